"""The clock of a tune: time in the bar, bars in the part, time left in the bar and in the part, worked out by hand."""

import numpy as np
import pytest

from kseq import load_tunes
from kseq.data.tunes.text import TuneVectorizer, model_text
from kseq.data.tunes.tune import Tune
from kseq.layers.tune_clock import TuneClock

TUNE = Tune("X:1\nM:4/4\nL:1/8\nK:C\n|:C2|DEFG A2(3Bcd|e4 f3/2g/2a2:|\nc8|d8||")


@pytest.fixture(scope="module")
def layer_and_ids():
    vectorizer = TuneVectorizer.fit([model_text(TUNE)], [TUNE])
    layer = TuneClock(4, *vectorizer.clock(), embeddings_initializer="zeros")
    layer.build()
    layer.times.assign(np.arange(64)[:, None] * [1.0, 0, 0, 0])
    layer.bars.assign(np.arange(16)[:, None] * [0, 1.0, 0, 0])
    layer.left.assign((np.arange(64) - 8)[:, None] * [0, 0, 1.0, 0])
    layer.closing.assign((np.arange(64) - 8)[:, None] * [0, 0, 0, 1.0])
    return layer, np.array([vectorizer.ids(model_text(TUNE))]), vectorizer


def test_time_bars_and_what_is_left(layer_and_ids):
    layer, ids, vectorizer = layer_and_ids
    clock = np.array(layer(ids))[0].astype(int)
    shown = [token.strip() for token in vectorizer.tokenize(model_text(TUNE))]
    by_token = list(zip(shown, clock.tolist(), strict=True))[4:]  # without the header
    assert [state for _, state in by_token] == [
        [0, 0, 16, 16],  # |:
        [4, 0, 12, 12], [0, 1, 16, 12],  # C2 |
        [2, 1, 14, 10], [4, 1, 12, 8], [6, 1, 10, 6], [8, 1, 8, 4],  # DEFG
        [12, 1, 4, 0], [10, 1, 6, 2], [12, 1, 4, 0], [14, 1, 2, -2], [16, 1, 0, -4], [0, 2, 16, 12],  # A2 (3Bcd |
        [8, 2, 8, 4], [11, 2, 5, 1], [12, 2, 4, 0], [16, 2, 0, -4],  # e4 f3/2g/2a2: a bar that leaves nothing open
        [0, 0, 16, 16], [0, 0, 16, 16],  # :| line break
        [16, 0, 0, 0], [0, 1, 16, 16], [16, 1, 0, 0], [0, 0, 16, 16], [0, 0, 16, 16],  # c8 | d8 || end
    ]  # fmt: skip


def test_a_part_begins_with_what_the_one_before_left_open(layer_and_ids):
    tune = Tune("X:1\nM:4/4\nL:1/8\nK:C\n|:C2|c8|e4f2:|\nA2|d8|")
    vectorizer = TuneVectorizer.fit([model_text(tune)], [tune])
    layer = TuneClock(4, *vectorizer.clock(), embeddings_initializer="zeros")
    layer.build()
    layer.left.assign((np.arange(64) - 8)[:, None] * [0, 0, 1.0, 0])
    clock = np.array(layer(np.array([vectorizer.ids(model_text(tune))])))[0, :, 2].astype(int)
    shown = [token.strip() for token in vectorizer.tokenize(model_text(tune))]
    left = list(zip(shown, clock.tolist(), strict=True))[4:]
    assert left[5:] == [("e4", 8), ("f2", 4), (":|", 4), ("", 4), ("A2", 0), ("|", 16), ("d8", 0), ("|", 16), ("", 16)]


@pytest.mark.parametrize("piece", [1, 5])
def test_steps_give_the_same_as_the_whole(piece):
    tunes = load_tunes()
    layer = TuneClock(8, *tunes.vectorizer.clock())
    ids = next(iter(tunes.arrays("validation", batch_size=3)))[0][:, :80]
    whole, state, parts = np.array(layer(ids)), layer.empty_state(3, 80), []
    for start in range(0, 80, piece):
        y, state = layer.step(ids[:, start : start + piece], state, start)
        parts.append(np.array(y))
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


def test_config_round_trip(layer_and_ids):
    layer = layer_and_ids[0]
    again = TuneClock.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
