"""Files and folders as people keep them."""

import pytest

from kseq.data.errors import DataError
from kseq.data.sources import read_source


def by_class(rows):
    return {name: [t for t, label in rows if label == value] for name, value in (("neg", "0"), ("pos", "1"))}


def read(path):
    """`{split: {(text, label), …}}`, format, notes."""
    source = read_source(path)
    parts = {}
    for split, table in source.tables:
        parts.setdefault(split, set()).update(zip(table.texts, table.labels, strict=True))
    return parts, source.format, source.notes


@pytest.fixture
def classes(rows):
    return by_class(rows)


@pytest.fixture
def expected(classes):
    return {(text, name) for name, texts in classes.items() for text in texts}


def test_one_table(rows, write):
    path = write("a.tsv", "".join(f"{t}\t{n}\n" for t, n in rows))
    assert read(path)[0] == read(path.parent)[0] == {None: set(rows)}


def test_folder_per_class(classes, expected, write):
    for name, texts in classes.items():
        for number, text in enumerate(texts):
            folder = write(f"set/{name}/{number}.txt", text + "\n").parent.parent
    write("set/README.md", "no data")
    parts, format, notes = read(folder)
    assert parts == {None: expected}
    assert format == "one folder per class"
    assert notes == ["set: set aside as no data: README.md"]


def test_texts_of_a_folder_keep_their_lines(write):
    for name in ("neg", "pos"):
        for number in range(3):
            folder = write(f"{name}/{number}.txt", f"{name} {number}\nsecond\x85line\r\n").parent.parent
    ((_, table), _) = read_source(folder).tables
    assert table.texts[0] == "neg 0\nsecond\x85line"


def test_empty_files_are_named(write):
    for name in ("neg", "pos"):
        write(f"{name}/1.txt", name)
        folder = write(f"{name}/2.txt", "\n").parent.parent
    assert [table.skipped for _, table in read_source(folder).tables] == [{"empty text": ["2.txt"]}] * 2


def test_the_layout_of_the_film_reviews(classes, write):
    for split in ("train", "test"):
        for name, texts in classes.items():
            for number, text in enumerate(texts):
                folder = write(f"set/{split}/{name}/{number}_7.txt", f"{split} {text}").parent.parent.parent
        write(f"set/{split}/urls_pos.txt", "http://")
        write(f"set/{split}/labeledBow.feat", "9 0:9")
    for number in range(4):
        write(f"set/train/unsup/{number}_0.txt", "who knows")
    write("set/imdb.vocab", "the")
    write("set/README", "no data")
    parts, format, notes = read(folder)
    assert parts.keys() == {"train", "test"}
    assert parts["test"] == {(f"test {text}", name) for name, texts in classes.items() for text in texts}
    assert format == "ready split, one folder per class"
    assert any("train/unsup: 4 texts without labels" in note for note in notes)


@pytest.mark.parametrize("names", [("polarity.neg", "polarity.pos"), ("neg.txt", "pos.txt"), ("neg", "pos")])
def test_file_per_class(names, classes, expected, write):
    for name, texts in zip(names, classes.values(), strict=True):
        folder = write(name, "\n".join(texts) + "\n").parent
    parts, format, _ = read(folder)
    assert (parts, format) == ({None: expected}, "one file per class")


def test_one_of_the_files_stands_for_all(classes, expected, write):
    for name, texts in classes.items():
        path = write(f"polarity.{name}", "\n".join(f"{text}, so there" for text in texts))
    assert read(path)[0] == {None: {(f"{text}, so there", name) for text, name in expected}}


def test_a_class_file_alone(write):
    with pytest.raises(DataError, match=r"a file for each class, such as polarity\.pos and polarity\.neg"):
        read_source(write("polarity.pos", "good\nfine\n"))


@pytest.mark.parametrize(
    "names",
    [
        ("train.tsv", "dev.tsv", "test.tsv"),
        ("train.csv", "valid.csv", "test.csv"),
        ("train.txt", "validation.txt", "test.txt"),
        ("sst2_train", "sst2_val", "sst2_test"),
        ("Train.tsv", "DEV.tsv", "TEST.tsv"),
    ],
)
def test_ready_split(names, rows, write):
    for name in names:
        folder = write(name, "".join(f"{name} {t}\t{n}\n" for t, n in rows)).parent
    parts, format, _ = read(folder)
    assert parts == {
        split: {(f"{name} {t}", n) for t, n in rows}
        for split, name in zip(("train", "validation", "test"), names, strict=True)
    }
    assert format == "ready split, tab-separated lines without a header (text in column 1, label in column 2)"


def test_ready_split_in_json_lines(rows, write):
    for name in ("train", "test"):
        lines = "".join(f'{{"text": "{name} {t}", "label": {n}}}\n' for t, n in rows)
        folder = write(f"{name}.jsonl", lines).parent
    assert read(folder)[0].keys() == {"train", "test"}


def test_ready_split_with_a_file_per_class(classes, write):
    for split in ("train", "test"):
        for name, texts in classes.items():
            folder = write(f"{split}.{name}", "\n".join(f"{split} {text}" for text in texts)).parent
    parts, format, _ = read(folder)
    assert format == "ready split, one file per class"
    assert len(parts["train"]) == len(parts["test"]) == 60


def test_a_test_file_without_labels_is_noted(rows, write):
    for name in ("train", "dev"):
        write(f"{name}.tsv", "sentence\tlabel\n" + "".join(f"{name} {t}\t{n}\n" for t, n in rows))
    folder = write("test.tsv", "index\tsentence\n" + "".join(f"{i}\t{t}\n" for i, (t, _) in enumerate(rows))).parent
    parts, _, notes = read(folder)
    assert parts.keys() == {"train", "validation"}
    assert notes == ["test.tsv has no column of labels and is left aside"]


def test_several_tables_are_taken_together(rows, write):
    for name in ("films", "phones"):
        folder = write(f"{name}_labelled.txt", "".join(f"{name} {t}\t{n}\n" for t, n in rows)).parent
    write("readme.txt", "text")
    parts, _, notes = read(folder)
    assert len(parts[None]) == 120
    assert any("2 tables taken together" in note for note in notes)


def test_empty_lines_of_class_files_are_counted(write):
    write("a.pos", "good\n\nfine\n\n")
    source = read_source(write("a.neg", "bad\n").parent)
    assert [table.skipped for _, table in source.tables] == [{}, {"empty text": [2, 4]}]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "found nothing"),
        ({"pos/1.txt": "good"}, "expected a folder for each class, found only pos"),
        ({"a.md": "x"}, "found a.md"),
        ({"pos/1.txt": "good", "neg/x/1.txt": "bad"}, "neg: expected files with one text each, found none"),
        ({f"{i}.txt": f"text number {i}" for i in range(9)}, "found 9 files of one line each"),
        ({"train.tsv": "no labels here\n", "test.tsv": "a\t1\nb\t0\n"}, "train.tsv: expected two or more columns"),
    ],
)
def test_folders_that_hold_nothing_usable(files, message, write, tmp_path):
    for name, content in files.items():
        write(name, content)
    with pytest.raises(DataError) as error:
        read_source(tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_no_such_path(tmp_path):
    with pytest.raises(DataError, match="expected a file or a folder, found neither"):
        read_source(tmp_path / "nowhere")
