"""The clock of a tune: time in the bar, bars in the part, length of the first bar, worked out by hand."""

import numpy as np
import pytest

from kseq import load_tunes
from kseq.data.tune import Tune
from kseq.data.tune_text import TuneVectorizer, model_text
from kseq.layers.tune_clock import ClockedEmbedding

TUNE = Tune("X:1\nM:4/4\nL:1/8\nK:C\n|:C2|DEFG A2(3Bcd|e4 f3/2g/2a2:|\nc8|d8||")


@pytest.fixture(scope="module")
def layer_and_ids():
    vectorizer = TuneVectorizer.fit([model_text(TUNE)], [TUNE])
    layer = ClockedEmbedding(3, *vectorizer.clock(), embeddings_initializer="zeros")
    layer.build()
    layer.times.assign(np.arange(64)[:, None] * [1.0, 0, 0])
    layer.bars.assign(np.arange(16)[:, None] * [0, 1.0, 0])
    layer.firsts.assign(np.arange(64)[:, None] * [0, 0, 1.0])
    return layer, np.array([vectorizer.ids(model_text(TUNE))]), vectorizer


def test_time_bars_and_the_first_bar(layer_and_ids):
    layer, ids, vectorizer = layer_and_ids
    clock = np.array(layer(ids))[0].astype(int)
    shown = [token.strip() for token in vectorizer.tokenize(model_text(TUNE))]
    by_token = list(zip(shown, clock.tolist(), strict=True))[4:]  # without the header
    assert [state for _, state in by_token] == [
        [0, 0, 0],  # |:
        [4, 0, 0], [0, 1, 4],  # C2 |
        [2, 1, 4], [4, 1, 4], [6, 1, 4], [8, 1, 4],  # DEFG
        [12, 1, 4], [10, 1, 4], [12, 1, 4], [14, 1, 4], [16, 1, 4], [0, 2, 4],  # A2 (3Bcd |
        [8, 2, 4], [11, 2, 4], [12, 2, 4], [16, 2, 4], [0, 0, 0], [0, 0, 0],  # e4 f3/2g/2a2 :| line break
        [16, 0, 0], [0, 1, 16], [16, 1, 16], [0, 0, 0], [0, 0, 0],  # c8 | d8 || end
    ]  # fmt: skip


@pytest.mark.parametrize("piece", [1, 5])
def test_steps_give_the_same_as_the_whole(piece):
    tunes = load_tunes()
    layer = ClockedEmbedding(8, *tunes.vectorizer.clock())
    ids = next(iter(tunes.arrays("validation", batch_size=3)))[0][:, :80]
    whole, state, parts = np.array(layer(ids)), layer.empty_state(3, 80), []
    for start in range(0, 80, piece):
        y, state = layer.step(ids[:, start : start + piece], state, start)
        parts.append(np.array(y))
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


def test_config_round_trip(layer_and_ids):
    layer = layer_and_ids[0]
    again = ClockedEmbedding.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
