"""Real running text, where `KSEQ_REAL_DATA` says there is some, and Python's own library, which is on every machine."""

import sysconfig

import pytest

from kseq.data import load_text


@pytest.fixture(scope="module")
def shakespeare(real_data):
    path = real_data / "charlm" / "tinyshakespeare.txt"
    return load_text(path, validation_fraction=0.1, test_fraction=0, batch_size=12, steps_per_epoch=2_000)


@pytest.mark.real_data
def test_first_nine_tenths_and_last_tenth(shakespeare, real_data):
    whole = (real_data / "charlm" / "tinyshakespeare.txt").read_text("utf-8")
    cut = int(len(whole) * 0.9)
    assert (shakespeare.text("train"), shakespeare.text("validation")) == (whole[:cut], whole[cut:])
    assert shakespeare.vectorizer.vocabulary_size == 65 + 2
    assert len(shakespeare.arrays("train")) == 2_000
    assert sum((weights > 0).sum() for _, _, weights in shakespeare.arrays("validation")) == 111_540 - 1


@pytest.mark.real_data
def test_what_a_network_has_to_beat(shakespeare):
    losses = shakespeare.baselines("validation").loss
    assert 3.3 < losses["unigram"] < 3.4
    assert 2.4 < losses["bigram"] < 2.5
    assert 1.5 < losses["n-gram"] < 1.6


@pytest.mark.real_data
@pytest.mark.parametrize("tokens", ["word", "subword"])
def test_other_tokens(shakespeare, real_data, tokens):
    text = load_text(real_data / "charlm" / "tinyshakespeare.txt", tokens=tokens)
    assert text.characters_per_token() > 2
    if tokens == "subword":
        assert text.vectorizer.vocabulary_size == 1_000
        assert text.vectorizer.decode([text.ids("test")]) == [text.text("test")]


def test_the_standard_library():
    text = load_text(sysconfig.get_path("stdlib") + "/json", glob="*.py", context_length=32)
    assert {"decoder.py", "encoder.py"} <= set(text.frame.file)
    assert "def " in text.text("train")
    assert text.baselines().loss["n-gram"] < 2
