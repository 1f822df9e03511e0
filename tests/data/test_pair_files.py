"""Files of sentence pairs: what is read, what is counted, and what is refused with file and line."""

import io
import warnings
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kseq.data import DataError, load_sentence_pairs
from kseq.data.pairs.files import read_pairs

LINES = [f"Here is number {n}.\tAquí está el número {n}." for n in range(12)]
TABLE = "\n".join(LINES) + "\n"


def pairs_of(source):
    tables = read_pairs(source)
    return [pair for table in tables for pair in zip(table.sources, table.targets, strict=True)]


EXPECTED = [tuple(line.split("\t")) for line in LINES]


def test_two_columns_and_three(write):
    assert pairs_of(write("spa.txt", TABLE)) == EXPECTED
    attributed = "\n".join(f"{line}\tCC-BY 2.0 #{n}" for n, line in enumerate(LINES))
    assert pairs_of(write("ann.txt", attributed)) == EXPECTED
    assert pairs_of(write("crlf.txt", TABLE.replace("\n", "\r\n"))) == EXPECTED
    assert pairs_of(write("mac.txt", TABLE.replace("\n", "\r"))) == EXPECTED


def test_a_header_names_the_columns(write):
    turned = "es\ten\tsource of it\n" + "\n".join(f"{b}\t{a}\tme" for a, b in EXPECTED)
    table = read_pairs(write("turned.tsv", turned))[0]
    assert table.languages == ("Spanish", "English")
    assert table.sources == [b for _, b in EXPECTED]
    roles = "target,id,source\n" + "\n".join(f'"{b}",{n},"{a}"' for n, (a, b) in enumerate(EXPECTED))
    assert pairs_of(write("roles.csv", roles)) == EXPECTED


def test_the_four_columns_of_tatoeba(write):
    text = "\n".join(f"{n}\t{a}\t{n + 900}\t{b}" for n, (a, b) in enumerate(EXPECTED))
    assert pairs_of(write("export.tsv", text)) == EXPECTED


def test_csv_with_quotes_and_line_ends_in_them(write):
    text = 'One, two.;"Uno;\ndos."\nThree.;"Él dijo ""tres""."\n'
    assert pairs_of(write("own.csv", text)) == [("One, two.", "Uno;\ndos."), ("Three.", 'Él dijo "tres".')]


def test_quotes_in_a_file_with_tabs_are_quotes(write):
    text = '"Yes", he said.\t"Sí", dijo.\n"No.\t"No.\n'
    assert pairs_of(write("quotes.tsv", text)) == [('"Yes", he said.', '"Sí", dijo.'), ('"No.', '"No.')]


def test_an_archive_with_one_such_file(tmp_path):
    path = tmp_path / "spa-eng.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_about.txt", "who made it")
        archive.writestr("spa.txt", TABLE)
    assert pairs_of(path) == EXPECTED
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("fra.txt", TABLE)
    with pytest.raises(DataError, match=r"spa-eng\.zip: expected one file of pairs in the archive, found 2 \(_about"):
        read_pairs(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="expected a zip archive, found a broken or locked one"):
        read_pairs(path)


def test_an_archive_with_two_aligned_files(tmp_path):
    path = tmp_path / "opus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README", "who made it")
        archive.writestr("corpus.en-es.es", "\n".join(b for _, b in EXPECTED))
        archive.writestr("corpus.en-es.en", "\n".join(a for a, _ in EXPECTED))
    assert pairs_of(path) == EXPECTED
    assert read_pairs(path)[0].languages == ("English", "Spanish")


def test_a_bad_line_in_an_archive_is_named(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("deu.txt", "Go.\tGeh.\nStop.\n")
    (tmp_path / "deu.zip").write_bytes(data.getvalue())
    with pytest.raises(DataError, match=r"deu\.zip: deu\.txt: line 2: expected 2 columns, found 1: 'Stop\.'"):
        read_pairs(tmp_path / "deu.zip")


def test_aligned_files(write):
    english = write("train.en", "\n".join(a for a, _ in EXPECTED))
    spanish = write("train.es", "\n".join(b for _, b in EXPECTED))
    assert pairs_of((english, spanish)) == EXPECTED
    assert pairs_of(english.parent) == EXPECTED  # a folder with both
    assert read_pairs((english, spanish))[0].languages == ("English", "Spanish")
    assert load_sentence_pairs((str(english), str(spanish)), reverse=True).languages == ("Spanish", "English")
    spanish.write_text("uno\ndos\n", "utf-8")
    with pytest.raises(DataError, match=r"train\.es: expected 12 lines, one for each of train\.en, found 2"):
        read_pairs((english, spanish))


def test_aligned_files_called_txt(write):
    first = write("english.txt", "\n".join(a for a, _ in EXPECTED))
    write("spanish.txt", "\n".join(b for _, b in EXPECTED))
    assert pairs_of(first.parent) == EXPECTED


def test_a_ready_split_of_tables_and_of_aligned_files(write):
    for split, lines in (("train", LINES[:8]), ("dev", LINES[8:10]), ("test", LINES[10:])):
        write(f"tables/{split}.tsv", "\n".join(lines))
        write(f"aligned/{split}.en", "\n".join(line.split("\t")[0] for line in lines))
        folder = write(f"aligned/{split}.es", "\n".join(line.split("\t")[1] for line in lines)).parent
    for path in (folder, folder.parent / "tables"):
        dataset = load_sentence_pairs(path)
        assert dataset.pairs("train") == EXPECTED[:8]
        assert dataset.pairs("validation") == EXPECTED[8:10]
        assert dataset.pairs("test") == EXPECTED[10:]


def test_a_ready_split_that_leaks_is_mended_and_said(write):
    write("train.tsv", "\n".join([*LINES[:8], "here is NUMBER 10\tOtra"]))
    folder = write("test.tsv", "\n".join(LINES[8:])).parent
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = load_sentence_pairs(folder, validation_fraction=0.2)
    assert any("1 train pair with the source of a test pair left out" in note for note in dataset.notes)
    assert "here is NUMBER 10" not in dataset.sources("train")
    assert "left out" in str(dataset.describe())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Go.\tVe.\nStop.\n", r"line 2: expected 2 columns, found 1: 'Stop\.'"),
        ("Stop.\nGo.\tVe.\n", r"line 1: expected two columns with a tab between them .* found one: 'Stop\.'"),
        ("a\tb\nc\td\te\tf\n", "line 2: expected 2 columns, found 4"),
        ("a\tb\tc\td\te\n", "line 1: expected 2 columns .* found 5"),
        ("", "expected pairs of sentences, found an empty file"),
        (" \n\t\n", "expected pairs of sentences, found an empty file"),
        ("a\t\n\tb\n", "expected pairs of sentences, found none"),
        (
            "Go.\tVé.\n".encode() * 3 + "Stop.\tAllí.\n".encode("cp1252"),
            "line 4: .* line 1 is UTF-8: the encodings are",
        ),
        (b"a\tb\0\n", "expected a text file, found a binary one"),
        (b"%PDF-1.4", r"expected a text file, found a binary one \(PDF\)"),
    ],
)
def test_bad_files_are_refused_with_their_line(write, content, message):
    path = write("bad.tsv", content)
    with pytest.raises(DataError, match=rf"bad\.tsv: {message}") as error:
        read_pairs(path)
    assert "\n" not in str(error.value)


def test_windows_1252_throughout_is_read_and_said(write):
    path = write("old.tsv", TABLE.encode("cp1252"))
    dataset = load_sentence_pairs(path)
    assert any("read as Windows-1252" in note for note in dataset.notes)
    assert {pair for split in ("train", "validation", "test") for pair in dataset.pairs(split)} == set(EXPECTED)


def test_empty_sides_are_counted(write):
    path = write("gaps.tsv", TABLE + "Alone.\t\n\nAgain.\t  \n")
    with pytest.warns(UserWarning, match="3 rows skipped .*empty side, 2 rows: line 13, 15"):
        dataset = load_sentence_pairs(path)
    assert "empty line, 1 row: line 14" in str(dataset.describe())


def test_rows_with_another_number_of_columns_are_said(write):
    lines = [f"Sentence {n}.\tFrase {n}.\tTom" for n in range(20)]
    lines[7] = "Sentence 7.\tFrase 7."
    dataset = load_sentence_pairs(write("mixed.tsv", "\n".join(lines)))
    assert any(note.startswith("1 row with another number of columns than the 3") for note in dataset.notes)
    assert any("(line 8)" in note for note in dataset.notes)


def test_the_file_is_named_once_in_what_is_skipped(write):
    with pytest.warns(UserWarning) as said:
        load_sentence_pairs(write("gaps.tsv", TABLE + "Alone.\t\n"))
    assert str(said[0].message).count("gaps.tsv") == 1


def test_names_and_paths_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="en-se: no such file or folder; did you mean 'en-es'"):
        load_sentence_pairs("en-se")
    with pytest.raises(DataError, match=r"expected a table of pairs .* found nothing"):
        load_sentence_pairs(tmp_path)
    with pytest.raises(TypeError, match="`source` must be a name or a path"):
        load_sentence_pairs(3)
    with pytest.raises(TypeError, match="two paths of aligned files"):
        load_sentence_pairs(("a", "b", "c"))


CELL = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_any_strings_come_back_from_a_table(tmp_path, rows):
    rows = [("Mark.", "Marca."), *rows]  # so that no row of numbers or names is taken for a header
    path = tmp_path / "any.tsv"
    path.write_bytes("".join(f"{a}\t{b}\n" for a, b in rows).encode())
    table = read_pairs(path)[0]
    kept = [(a.strip(), b.strip()) for a, b in rows if a.strip() and b.strip()]
    assert list(zip(table.sources, table.targets, strict=True)) == kept
    assert len(table.sources) + sum(map(len, table.skipped.values())) == len(rows)
