"""`kseq train text`: from a file to a model that writes; Ctrl-C and going on; refusals."""

import os
import shlex
import signal

import pytest

from tests.tasks.conftest import reviews_file  # noqa: F401  a fixture
from tests.test_cli import refuses, run

SMALL = ["--architecture", "simple_rnn", "--units", 8, "--embedding-dim", 4, "--context-length", 12]


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli text") / "my roses.txt"
    path.write_text("".join(f"roses are red, says {n % 7}.\n" for n in range(80)))
    return path


@pytest.fixture
def interrupt(monkeypatch):
    """A function that has Ctrl-C pressed after a number of batches."""
    from kseq.tasks.checkpoints import Checkpoint

    before = Checkpoint.on_train_batch_end

    def after(batches):
        left = [batches]

        def on_train_batch_end(self, batch, logs=None):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGINT)
            before(self, batch, logs)

        monkeypatch.setattr(Checkpoint, "on_train_batch_end", on_train_batch_end)

    return after


def test_help_answers_without_tensorflow(new_process):
    code = """
import sys
from kseq.cli import main
try:
    main(["train", "text", "--help"])
except SystemExit as end:
    assert not end.code
assert not {"tensorflow", "keras", "pandas", "matplotlib"} & set(sys.modules)
"""
    assert "--context-length" in new_process(code)


@pytest.mark.parametrize("tokens", ["character", "word"])
def test_train_then_generate(capfd, text_file, tmp_path, tokens):
    path = tmp_path / "my model.keras"
    status, output, errors = run(
        capfd, "train", "text", "--data", text_file, *SMALL, "--tokens", tokens, "--epochs", 2, "--save", path
    )
    assert (status, errors) == (0, "")
    for expected in ("my roses: 1,840 characters", "unigram", "n-gram", "this model (", "perplexity", "Epoch 2/2"):
        assert expected in output
    last = output.splitlines()[-1]
    assert last.startswith(f"Saved {path}. Try: kseq generate ")
    arguments = shlex.split(last.partition("Try: ")[2])
    assert arguments == ["kseq", "generate", str(path), "--prompt", "roses are"]
    status, output, errors = run(capfd, *arguments[1:], "--length", 5, "--seed", 1)
    assert (status, errors) == (0, "")
    assert output.startswith("roses are")


def test_stopped_with_ctrl_c_then_resumed(capfd, text_file, tmp_path, interrupt):
    path = tmp_path / "run.keras"
    command = ["train", "text", "--data", text_file, *SMALL, "--steps", 18, "--epochs", 3, "--save", path]
    interrupt(8)
    status, output, errors = run(capfd, *command)
    assert status == 130
    assert "Epoch 2/3" in output
    assert "this model" not in output
    assert errors.count("\n") == 1
    assert errors.startswith(f"kseq: stopped; the run is saved in {path}. To go on: kseq train text ")
    again = shlex.split(errors.partition("To go on: ")[2])
    assert sorted(again) == sorted(["kseq", *map(str, command), "--resume"])
    assert "holds a run that was stopped: add --resume" in refuses(capfd, *command)
    status, output, _ = run(capfd, *again[1:])
    assert status == 0
    assert "Epoch 1/3" not in output  # it goes on in the second
    assert "Epoch 3/3" in output
    assert "this model" in output
    assert "holds no run that was stopped" in refuses(capfd, *again[1:])


@pytest.mark.parametrize("name", ["text", "sentiment"])
def test_a_finished_model_is_replaced_only_on_request(capfd, text_file, reviews_file, tmp_path, interrupt, name):  # noqa: F811
    path = tmp_path / "mine.keras"
    data = text_file if name == "text" else reviews_file
    settings = SMALL if name == "text" else ["--architecture", "dense"]
    command = ["train", name, "--data", data, *settings, "--epochs", 1, "--save", path]
    path.touch()  # a file without content, such as `mktemp` makes, can be used
    assert run(capfd, *command)[0] == 0
    before = path.read_bytes()
    no_data = ["train", name, "--data", "nowhere", "--save", path]  # it is refused before any data is looked for
    assert f"{path} holds a finished model: choose another file, or add --overwrite" in refuses(capfd, *no_data)
    assert "give one of them" in refuses(capfd, *command, "--resume", "--overwrite")
    assert path.read_bytes() == before
    interrupt(2)
    status, _, errors = run(capfd, *command, "--overwrite")
    assert status == 130
    again = shlex.split(errors.partition("To go on: ")[2])
    assert "--overwrite" not in again
    assert "holds a run that was stopped" in refuses(capfd, *command, "--overwrite")
    assert run(capfd, *again[1:])[0] == 0
    assert path.read_bytes() != before


def test_any_other_file_is_replaced_only_on_request(capfd, tmp_path):
    path = tmp_path / "notes.keras"
    path.write_text("my notes")
    assert "no run of kseq: choose another file" in refuses(capfd, "train", "text", "--save", path)
    assert path.read_text() == "my notes"


@pytest.mark.parametrize(("name", "what"), [("text", "texts"), ("sentiment", "reviews")])
def test_without_data_it_says_what_it_reads(capfd, monkeypatch, name, what):
    import kseq.tasks

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(kseq.tasks, "train", stop)
    status, output, _ = run(capfd, "train", name)
    assert (status, output.splitlines()[0]) == (130, f"no --data: the bundled {what}")
    assert f"[default: the bundled {what}]" in " ".join(run(capfd, "train", name, "--help")[1].split())


def test_ctrl_c_without_a_file_to_keep_the_run_in(capfd, text_file, monkeypatch):
    import kseq.tasks

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(kseq.tasks, "train", stop)
    status, _, errors = run(capfd, "train", "text", "--data", text_file, *SMALL)
    assert (status, errors.strip()) == (130, "kseq: stopped.")


def test_sentiment_is_stopped_and_resumed_too(capfd, reviews_file, tmp_path, interrupt):  # noqa: F811
    path = tmp_path / "run.keras"
    command = ["train", "sentiment", "--data", reviews_file, "--architecture", "dense", "--epochs", 2, "--save", path]
    interrupt(3)
    status, _, errors = run(capfd, *command)
    assert status == 130
    again = shlex.split(errors.partition("To go on: ")[2])
    status, output, _ = run(capfd, *again[1:])
    assert status == 0
    assert "majority class" in output


class TestRefusals:
    def test_missing_data(self, capfd, tmp_path):
        assert "nowhere" in refuses(capfd, "train", "text", "--data", tmp_path / "nowhere.txt")

    def test_misspelt_name(self, capfd):
        assert "'verse'" in refuses(capfd, "train", "text", "--data", "verze")

    def test_no_file_matches(self, capfd, text_file):
        assert "*.py" in refuses(capfd, "train", "text", "--data", text_file.parent, "--glob", "*.py")

    @pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, b"caf\x81 " * 100, b"too short"])
    def test_unusable_text(self, capfd, tmp_path, content):
        path = tmp_path / "odd.txt"
        path.write_bytes(content)
        assert "odd.txt" in refuses(capfd, "train", "text", "--data", path)

    def test_another_run_than_the_one_that_was_stopped(self, capfd, text_file, tmp_path, interrupt):
        path = tmp_path / "run.keras"
        command = ["train", "text", "--data", text_file, *SMALL, "--epochs", 2, "--save", path]
        interrupt(2)
        assert run(capfd, *command)[0] == 130
        status, _, errors = run(capfd, *command, "--resume", "--batch-size", 8)
        assert status == 2
        assert errors.count("\n") == 1
        assert "batch_size=8" in errors

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--resume"], "--resume needs --save"),
            (["--resume", "--save", "new.keras"], "no file new.keras"),
            (["--overwrite"], "--overwrite needs --save"),
            (["--save", "model.h5"], "ends in .keras"),
            (["--save", "nofolder/model.keras"], "no folder nofolder"),
            (["--heads", "2"], "--heads goes with --architecture transformer"),
            (["--architecture", "transformer", "--units", "8"], "--units goes with"),
            (["--tokens", "letter"], "letter"),
            (["--steps", "0"], "--steps"),
            (["--dropout", "1.5"], "--dropout"),
            (["--learning-rate", "-1"], "--learning-rate"),
            (["--glob", "*.py"], "glob='*.py'"),
        ],
    )
    def test_options(self, capfd, tmp_path, monkeypatch, options, message):
        monkeypatch.chdir(tmp_path)
        status, _, errors = run(capfd, "train", "text", *options)
        assert status == 2
        assert errors.startswith("kseq: ")
        assert errors.count("\n") == 1
        assert message in errors
