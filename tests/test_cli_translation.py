"""`kseq train translation`, `kseq predict` and `kseq evaluate` on translation models."""

import pytest

from tests.tasks.test_translation import write_pairs
from tests.test_cli import refuses, run


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("cli pairs") / "reverse.tsv", count=120)


@pytest.fixture(scope="module")
def model_file(data):
    """A model that has hardly begun to learn."""
    from kseq import build_translation_model, load_sentence_pairs

    path = data.parent / "model.keras"
    build_translation_model(load_sentence_pairs(data).vectorizer, units=16, embedding_dim=8, seed=0).save(path)
    return path


def test_train_prints_scores_beside_the_baselines(capfd, data):
    path = data.parent / "trained.keras"
    small = ["--units", 16, "--embedding-dim", 8, "--epochs", 1]
    status, printed, _ = run(capfd, "train", "translation", "--data", data, *small, "--save", path)
    assert status == 0
    assert path.exists()
    assert "copy the source" in printed
    assert "BLEU" in printed
    _, again, _ = run(capfd, "evaluate", path, "--data", data)  # the same split: the same scores
    assert again.strip().splitlines()[-1] in printed
    assert printed.splitlines()[-1].endswith(" --alignment")
    assert run(capfd, "evaluate", path, "--data", data)[2] == ""
    errors = run(capfd, "evaluate", path, "--data", data, "--seed", 4)[2]  # not the same split: that is said
    assert errors.count("\n") == 1
    assert errors.startswith("kseq: the model was trained on about ")


def test_only_attention_has_an_alignment_to_show(capfd, data):
    path = data.parent / "plain.keras"
    small = ["--architecture", "seq2seq", "--units", 8, "--embedding-dim", 8, "--epochs", 1]
    printed = run(capfd, "train", "translation", "--data", data, *small, "--save", path)[1]
    assert f"Saved {path}. Try: kseq predict" in printed
    assert "--alignment" not in printed


def test_what_the_model_cannot_know_is_said(capfd, data, model_file):
    errors = run(capfd, "predict", model_file, "--beam", 1, "zqxw one two", "", "zqxw vv.")[2]
    assert errors == "kseq: 3 of 6 words are new to the model: zqxw, vv.\n"
    assert run(capfd, "predict", model_file, "--beam", 1, "one two.")[2] == ""
    errors = run(capfd, "predict", model_file, "--beam", 1, "one " * 40)[2]
    assert errors.startswith("kseq: a sentence has 40 tokens, the longest one in the training of this model ")
    assert errors.count("\n") == 1
    assert "is a file; its lines: kseq predict" in refuses(capfd, "predict", model_file, "one", data)


def test_predict_translates_each_line(capfd, model_file):
    status, printed, _ = run(capfd, "predict", model_file, "--beam", 1, "one two.", "", "three.")
    assert status == 0
    assert len(printed.splitlines()) == 3
    assert printed.splitlines()[1] == ""


def test_predict_shows_what_the_words_looked_at(capfd, model_file):
    _, printed, _ = run(capfd, "predict", model_file, "--alignment", "one two three.")
    words = printed.splitlines()[1:]
    assert words
    assert all(any(source in line for source in ("one", "two", "three", ".")) for line in words)


def test_refusals(capfd, model_file):
    message = refuses(capfd, "generate", model_file)
    assert message == f"kseq: {model_file} holds a translator; its command is: kseq predict '{model_file}'\n"
    assert "--beam" in refuses(capfd, "predict", model_file, "--beam", 0, "one")
    assert "--architecture" in refuses(capfd, "train", "translation", "--architecture", "rnn")
