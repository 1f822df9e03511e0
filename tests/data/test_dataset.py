"""`Dataset` and `load_reviews`: what a student sees."""

import re
import subprocess
import sys

import numpy as np
import pytest

from kseq.data import DATASETS, CharacterVectorizer, DataError, Dataset, WordVectorizer, bundled_path, load_reviews
from kseq.data.reviews import _read


@pytest.fixture
def path(rows, write):
    return write("food.tsv", "".join(f"{t}\t{n}\n" for t, n in rows))


def test_what_a_dataset_holds(path):
    dataset = load_reviews(path, batch_size=8)
    assert isinstance(dataset, Dataset)
    assert (dataset.name, dataset.batch_size, dataset.num_classes) == ("food", 8, 2)
    assert dataset.vectorizer.labels == ("negative", "positive")
    assert list(dataset.frame.columns) == ["text", "label", "split"]
    assert dataset.labels("test").dtype == np.int32
    assert len(dataset.texts("train")) == len(dataset.labels("train")) == 42
    assert repr(dataset) == "Dataset('food', train=42, validation=6, test=12, labels=('negative', 'positive'))"
    with pytest.raises(ValueError, match="split='dev'"):
        dataset.texts("dev")


def test_the_vocabulary_is_that_of_the_training_split(path):
    dataset = load_reviews(path)
    words = {word for text in dataset.texts("train") for word in dataset.vectorizer.tokenize(text)}
    assert set(dataset.vectorizer.vocabulary) == words
    assert dataset.vectorizer == WordVectorizer.fit(
        dataset.texts("train"), labels=("negative", "positive"), max_length=256
    )


def test_settings(path):
    dataset = load_reviews(path, tokens="character", max_tokens=10, max_length=7)
    assert isinstance(dataset.vectorizer, CharacterVectorizer)
    assert dataset.vectorizer.vocabulary_size == 10
    assert dataset.bucket_lengths == [7]
    assert next(iter(dataset.arrays("train")))[0].shape == (32, 7)
    with pytest.raises(ValueError, match="tokens='letters'"):
        load_reviews(path, tokens="letters")
    with pytest.raises(ValueError, match="batch_size=0"):
        load_reviews(path, batch_size=0)


def test_describe(rows, write):
    lines = "".join(f'"{t}",{n}\n' for t, n in rows).encode("cp1252")
    path = write("food.csv", b"text,label\n" + lines + b",1\ncaf\xe9 " + b"word " * 300 + b",1\n")
    with pytest.warns(UserWarning, match=r"1 row skipped \(food\.csv: empty text, 1 row: line 62\)") as caught:
        dataset = load_reviews(path)
    assert len(caught) == 1
    report = dataset.describe()
    for part in (
        "food: 61 texts in 2 classes",
        str(path),
        "quoted comma-separated lines with a header (text in 'text', label in 'label'), Windows-1252",
        "1 text longer than max_length=256 tokens",
        "food.csv: empty text, 1 row: line 62",
        "food.csv is not valid UTF-8 and was read as Windows-1252",
        "tokens in the test split",
        f"vocabulary {dataset.vectorizer.vocabulary_size}",
    ):
        assert part in report
    assert re.search(r"rows +negative +positive +together\ntrain +21 +2\d +4\d\n", report)
    assert repr(report) == str(report)


def test_a_million_characters_in_a_line(rows, write):
    lines = "".join(f"{t}\t{n}\n" for t, n in rows) + "word " * 200_000 + "\t1\n"
    dataset = load_reviews(write("a.tsv", lines), test_fraction=0, validation_fraction=0)
    assert max(map(len, dataset._rows("train"))) == 256
    assert "1 text longer than max_length=256" in dataset.describe()


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("0", "1"), ("negative", "positive")),
        (("0.0", "1"), ("negative", "positive")),
        (("neg", "pos"), ("neg", "pos")),
        (("NEG", "Pos"), ("NEG", "Pos")),
        (("1", "10", "2"), ("1", "2", "10")),
        (("-1", "1"), ("-1", "1")),
        (("0", "1", "2"), ("0", "1", "2")),
        (("films", "Books"), ("Books", "films")),
    ],
)
def test_names_and_order_of_classes(labels, names, write):
    lines = [f"text {i} is here\t{labels[i % len(labels)]}\n" for i in range(60)]
    dataset = load_reviews(write("a.tsv", "".join(lines)))
    assert dataset.vectorizer.labels == names
    assert set(dataset.frame.label) == set(names)


def test_case_of_labels_does_not_count(write):
    lines = [f"text {i} is here\t{['pos', 'neg', 'Pos', 'neg', 'pos', 'NEG'][i % 6]}\n" for i in range(60)]
    assert load_reviews(write("a.tsv", "".join(lines))).vectorizer.labels == ("neg", "pos")


def test_baselines(path):
    dataset = load_reviews(path)
    table = dataset.baselines()
    assert list(table.index) == ["majority class", "bag of words", "bag of 1–2-grams"]
    assert list(table.columns) == ["accuracy", "seconds"]
    assert table.accuracy["majority class"] == 0.5
    assert table.accuracy["bag of words"] == 1  # "lovely" and "burnt" give it away
    assert (table.seconds >= 0).all()
    assert dataset.baselines("validation").accuracy["bag of words"] == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("contrats", "did you mean 'contrast'?"),
        ("no/such/file.csv", "names are reviews, es, ru, all, contrast, imdb"),
        ("", "no such file or folder"),
        ("a review\nof two lines", "no such file or folder"),
        ("Good, cheap food! " * 200, "cannot be read (File name too long)"),
        ("nul\0", "no such file or folder"),
    ],
)
def test_no_such_source(source, message):
    with pytest.raises(DataError) as error:
        load_reviews(source)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_source():
    with pytest.raises(TypeError, match="`source` must be a name or a path"):
        load_reviews(3)


def test_names_win_over_paths(rows, write, monkeypatch):
    path = write("imdb", "".join(f"{t}\t{n}\n" for t, n in rows))
    monkeypatch.chdir(path.parent)
    assert load_reviews("./imdb").name == "imdb"
    assert "grammar" in _read("contrast", 0)[1]


def test_one_class(write):
    with pytest.raises(
        DataError, match=r"a\.tsv: expected texts of two or more classes, found only '1' in all 30 rows"
    ):
        load_reviews(write("a.tsv", "".join(f"text number {i}\t1\n" for i in range(30))))


def test_too_few_texts_of_a_class(rows, write):
    lines = "".join(f"{t}\t{n}\n" for t, n in rows) + "a slip of the pen\tO\n"
    with pytest.raises(DataError, match=r"a\.tsv: line 61: expected 3 or more different texts .* found 1 of 'O'"):
        load_reviews(write("a.tsv", lines))


def test_names_are_described():
    assert list(DATASETS) == ["reviews", "es", "ru", "all", "contrast", "imdb"]
    assert "download" in DATASETS["imdb"]
    assert all("\n" not in line for line in DATASETS.values())


def test_bundled_path():
    assert bundled_path("reviews.csv").is_file()
    with pytest.raises(DataError, match=r"nothing\.csv"):
        bundled_path("nothing.csv")


def test_loading_imports_no_keras(path):
    code = f"import sys, kseq; d = kseq.load_reviews({str(path)!r}); d.describe(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "torch", "jax", "sklearn"} & set(loaded)
