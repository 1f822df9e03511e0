"""The command line: what it does, and how it refuses."""

import io
import os
import subprocess
import sys

import pytest

from kseq.cli import main
from tests.tasks.conftest import reviews_file, small_reviews, trained  # noqa: F401  fixtures


@pytest.fixture(scope="module")
def model_file(trained, tmp_path_factory):  # noqa: F811
    path = tmp_path_factory.mktemp("cli") / "model.keras"
    trained.save(path)
    return path


def run(capfd, *arguments):
    """Exit status, standard output and standard error of one command."""
    status = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code or 0
    output, errors = capfd.readouterr()
    return status, output, errors


def refuses(capfd, *arguments):
    """Runs a command that must end with status 2 and one line; returns the line."""
    status, output, errors = run(capfd, *arguments)
    assert status == 2
    assert output == ""
    assert errors.startswith("kseq: ")
    assert errors.count("\n") == 1
    return errors


@pytest.mark.parametrize("arguments", [["--help"], ["train", "sentiment", "--help"], ["--version"], ["datasets"]])
def test_answers_without_tensorflow(new_process, arguments):
    code = f"""
import sys
from kseq.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code
assert not {{"tensorflow", "keras", "pandas", "matplotlib"}} & set(sys.modules)
"""
    assert "kseq" in new_process(code) or arguments == ["datasets"]


def test_datasets_lists_what_the_loaders_know(capfd):
    from kseq.data.reviews import DATASETS
    from kseq.data.texts.loader import TEXTS

    status, output, _ = run(capfd, "datasets")
    assert status == 0
    reviews, texts = output.split("Running text")
    assert all(f"\n  {name} " in reviews for name in DATASETS)
    assert all(f"\n  {name} " in texts for name in TEXTS)


def test_train_then_predict(capfd, reviews_file, tmp_path):  # noqa: F811
    path = tmp_path / "mine.keras"
    status, output, _ = run(
        capfd, "train", "sentiment", "--data", reviews_file, "--architecture", "gru", "--epochs", 2, "--save", path
    )
    assert status == 0
    assert "majority class" in output
    assert "bag of words" in output
    assert path.exists()
    status, output, errors = run(capfd, "predict", path, "a lovely soup", "a dull tram")
    assert (status, errors) == (0, "")
    rows = [line.split("\t") for line in output.splitlines()]
    assert [row[2] for row in rows] == ["a lovely soup", "a dull tram"]
    assert all(row[0] in ("negative", "positive") and 0.5 <= float(row[1]) <= 1 for row in rows)


def test_predict_reads_lines(capfd, model_file, monkeypatch):
    lines = "a lovely soup\r\n\na dull\u0085tram\nlast line without an end"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode()), encoding="utf-8"))
    status, output, _ = run(capfd, "predict", model_file)
    assert status == 0
    answers = output.split("\n")
    assert len(answers) == 5  # one per line, the blank one stays blank
    assert answers[0].endswith("\ta lovely soup")
    assert answers[1] == ""
    assert answers[2].endswith("\ta dull\u0085tram")


def test_predict_in_a_pipe_as_people_use_it(model_file):
    done = subprocess.run(
        [sys.executable, "-m", "kseq", "predict", model_file],
        input="a lovely soup\nчто-то 🙂\n".encode(),
        capture_output=True,
    )
    errors = done.stderr.decode().splitlines()
    assert (done.returncode, len(errors)) == (0, 1), errors  # the second text is all unknown, and it says so
    assert done.stdout.decode().startswith("positive\t")


def test_the_figure_and_the_model_of_the_demo(tmp_path, capfd):
    status, output, _ = run(capfd, "demo", "--save", tmp_path / "new folder", "--epochs", 1)
    assert status == 0
    for expected in ("majority class", "bag of words", "truly positive", "Было сложно", "kseq predict"):
        assert expected in output
    assert (tmp_path / "new folder" / "sentiment.keras").stat().st_size > 10_000
    assert (tmp_path / "new folder" / "sentiment.png").read_bytes().startswith(b"\x89PNG")


def test_predict_says_when_it_only_guesses(capfd, model_file):
    status, output, errors = run(capfd, "predict", model_file, "не плохо", "a lovely soup", "-1 stars")
    assert status == 0
    assert output.count("\n") == 3
    assert errors == "kseq: 2 of 3 texts hold no word that the model knows; it only guessed.\n"


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_backend_that_is_not_installed_is_named(model_file, backend):
    hide = f"import sys; sys.modules[{backend!r}] = None; from kseq.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", hide, "predict", model_file, "hello"],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"kseq: KERAS_BACKEND={backend}, but {backend} is not installed")
    assert done.stderr.count("\n") == 1


class TestRefusals:
    def test_nothing_on_standard_input(self, capfd, model_file, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        assert "standard input was empty" in refuses(capfd, "predict", model_file)

    def test_unknown_command(self, capfd):
        assert "trian" in refuses(capfd, "trian")

    def test_unknown_architecture(self, capfd):
        assert "lstn" in refuses(capfd, "train", "sentiment", "--architecture", "lstn")

    def test_epochs_out_of_range(self, capfd):
        assert "epochs" in refuses(capfd, "train", "sentiment", "--epochs", "0")

    def test_missing_data(self, capfd, tmp_path):
        assert "nowhere" in refuses(capfd, "train", "sentiment", "--data", tmp_path / "nowhere.csv")

    def test_misspelt_name(self, capfd):
        assert "contrast" in refuses(capfd, "train", "sentiment", "--data", "contarst")

    @pytest.mark.parametrize(
        "content", [b"", b"\n\n", b"\x00\x01\x02" * 100, b"text,label\nfine,positive\nnice,positive\n", b"one line\n"]
    )
    def test_unusable_data(self, capfd, tmp_path, content):
        path = tmp_path / "odd.csv"
        path.write_bytes(content)
        assert "odd.csv" in refuses(capfd, "train", "sentiment", "--data", path)

    @pytest.mark.parametrize("name", ["model.h5", "nofolder/model.keras"])
    def test_a_place_where_nothing_can_be_saved(self, capfd, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        assert "--save" in refuses(capfd, "train", "sentiment", "--save", name)

    def test_missing_model(self, capfd, tmp_path):
        assert "gone.keras" in refuses(capfd, "predict", tmp_path / "gone.keras", "hello")

    def test_truncated_model(self, capfd, tmp_path, model_file):
        path = tmp_path / "cut.keras"
        path.write_bytes(model_file.read_bytes()[:-500])
        assert "cut.keras" in refuses(capfd, "predict", path, "hello")

    def test_a_model_without_vectorizer(self, capfd, tmp_path):
        from kseq import build_sentiment_model, to_keras

        model = build_sentiment_model(20, architecture="dense")
        for index, other in enumerate((model, to_keras(model))):
            other.save(tmp_path / f"{index}.keras")
            assert "no kseq vectorizer" in refuses(capfd, "predict", tmp_path / f"{index}.keras", "hello")

    def test_a_language_model_has_another_command(self, capfd, tmp_path):
        from kseq import build_text_model
        from kseq.data import CharacterVectorizer

        path = tmp_path / "my verse.keras"
        build_text_model(CharacterVectorizer("abc"), architecture="gru", units=2, embedding_dim=2).save(path)
        message = refuses(capfd, "predict", path, "hello")
        assert message == f"kseq: {path} holds a language model; its command is: kseq generate '{path}'\n"

    def test_a_classifier_has_another_command(self, capfd, model_file):
        message = refuses(capfd, "generate", model_file)
        assert message.endswith(f"classifier, which writes no text; its command is: kseq predict {model_file}\n")

    def test_no_command_shows_the_help(self, capfd):
        status, output, _ = run(capfd)
        assert status == 2
        assert "kseq demo" in output
