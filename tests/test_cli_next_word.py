"""`kseq train next_word`, `--embeddings` and `--stateful`: from a file to a model that completes."""

import contextlib
import io

import pytest

from kseq.cli import main
from kseq.data import WordVectors
from tests.test_cli import refuses, run

SMALL = ["--architecture", "simple_rnn", "--epochs", 4, "--learning-rate", 0.02]


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli next word") / "my dog.txt"
    path.write_text("this morning i took my dog for a walk .\n" * 80)
    return path


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    words = ["this", "morning", "took", "dog", "walk"]
    table = WordVectors(words, [[0.1 * row, 0.2, -0.3, row % 2] for row in range(5)])
    return table.save(tmp_path_factory.mktemp("vectors") / "some vectors.vec")


@pytest.fixture(scope="module")
def saved(text_file, vectors, tmp_path_factory):
    """A trained model: its path, and what its training printed."""
    path = tmp_path_factory.mktemp("saved") / "my model.keras"
    arguments = ["train", "next_word", "--data", text_file, *SMALL, "--units", 16, "--context-length", 6]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        main([str(argument) for argument in [*arguments, "--embeddings", vectors, "--save", path]])
    return path, output.getvalue()


def test_train_prints_data_vectors_and_scores(saved):
    path, output = saved
    assert "contexts of up to 6 words" in output
    assert "some vectors.vec: vectors for 5 of 10 words of the vocabulary" in output
    assert "n-gram" in output and "top-5 accuracy" in output and "this model" in output
    assert path.exists()


def test_predict_completes(capfd, saved):
    status, output, errors = run(capfd, "predict", saved[0], "This morning I took my", "quux", "--k", 2)
    assert status == 0
    first, second = output.splitlines()
    assert first.startswith("This morning I took my\tdog ")
    assert len(first.split("\t")) == 3
    assert second.startswith("quux\t")
    assert errors == "kseq: 1 of 2 texts holds no word that the model knows; it only guessed.\n"


def test_blank_lines_stay_blank(capfd, monkeypatch, saved):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"my\n\nthis morning\n")))
    status, output, _ = run(capfd, "predict", saved[0], "--k", 1)
    lines = output.split("\n")
    assert status == 0 and [line.split("\t")[0] for line in lines] == ["my", "", "this morning", ""]


def test_evaluate_stands_beside_ngrams(capfd, saved, text_file):
    status, output, _ = run(capfd, "evaluate", saved[0], "--data", text_file, "--split", "validation")
    assert status == 0
    assert "Next word on the validation split" in output
    assert "most frequent words" in output and "bigram" in output
    assert "Unknown next words (0.0%)" in output


def test_text_with_streams_and_sentiment_with_vectors(capfd, text_file, vectors, tmp_path):
    path = tmp_path / "streams.keras"
    options = ["--units", 8, "--context-length", 8, "--batch-size", 4, "--epochs", 1, "--stateful", "--save", path]
    status, output, _ = run(capfd, "train", "text", "--data", text_file, *options)
    assert status == 0 and "in 4 streams" in output
    status, output, _ = run(capfd, "evaluate", path, "--data", text_file)
    assert status == 0 and "this model" in output
    reviews = tmp_path / "reviews.tsv"
    reviews.write_text("".join(f"dog walk {n}\tgood\nmorning took {n}\tbad\n" for n in range(40)))
    status, output, _ = run(
        capfd,
        "train",
        "sentiment",
        "--data",
        reviews,
        "--architecture",
        "dense",
        "--epochs",
        1,
        "--embeddings",
        vectors,
    )
    assert status == 0 and "vectors for 4 of" in output


def test_refusals(capfd, text_file, tmp_path):
    assert "--heads goes with --architecture transformer only" in refuses(capfd, "train", "next_word", "--heads", 2)
    assert "does not exist" in refuses(capfd, "train", "next_word", "--embeddings", tmp_path / "absent.vec")
    line = refuses(capfd, "train", "text", "--stateful", "--architecture", "transformer")
    assert "--stateful goes with recurrent" in line
    bad = tmp_path / "bad.vec"
    bad.write_text("dog 0.1 0.2\ncat 0.1\n")
    status, _, errors = run(capfd, "train", "next_word", "--data", text_file, "--embeddings", bad)
    assert status and "bad.vec, line 2: expected a word and 2 numbers" in errors
