"""Streams: row b of a batch goes on where row b of the batch before ended, and nothing is predicted twice."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import DataError, load_text
from kseq.data.texts.streams import EvaluationStreams, TrainingStreams


def row(length):
    """Ids that say where they stand."""
    return np.arange(2, length + 2, dtype=np.int32)


@settings(deadline=None)
@given(length=st.integers(2, 300), context=st.integers(1, 40), batch=st.integers(1, 9))
def test_evaluation_predicts_each_token_once_and_rows_go_on(length, context, batch):
    ids, losses = row(length), np.linspace(0, 1, length + 2)  # a loss for each target
    streams = EvaluationStreams(ids, context, batch_size=batch)
    predicted, total, before = Counter(), 0.0, None
    for x, y, weights in streams:
        real = weights > 0
        assert x.shape == y.shape == weights.shape == (batch, context)
        assert (y == np.where(real, x + 1, 0)).all() and (x[~real] == 0).all()
        assert (np.sort(~real, axis=1) == ~real).all()  # padding stands at the end
        if before is not None:
            both = real[:, 0]
            assert (x[both, 0] == before[both]).all()
        before = y[:, -1]
        predicted.update(y[real].tolist())
        total += np.mean(losses[y] * weights)  # as Keras does it: the mean of each batch, all of one size
    assert predicted == Counter(ids[1:].tolist())
    assert np.isclose(total / len(streams), losses[ids[1:]].mean(), rtol=1e-5)


@settings(deadline=None)
@given(length=st.integers(2, 300), context=st.integers(1, 20), batch=st.integers(1, 9), epoch=st.integers(0, 3))
def test_training_rows_go_on_and_no_token_comes_twice(length, context, batch, epoch):
    ids = row(length)
    if (length - 1) // (batch * context) < 1:
        with pytest.raises(ValueError, match="every row needs a window"):
            TrainingStreams(ids, context, batch_size=batch)
        return
    streams = TrainingStreams(ids, context, batch_size=batch, seed=1, epoch=epoch)
    batches = list(streams)
    assert len(batches) == len(streams) and streams.epoch == epoch + 1
    for (x, y), (following, _) in itertools.pairwise(batches):
        assert (y == x + 1).all() and (following[:, 0] == y[:, -1]).all()
    counts = Counter(np.concatenate([y.ravel() for _, y in batches]).tolist())
    assert set(counts.values()) == {1}
    assert length - 1 - len(counts) == streams.left_over < batch * context
    again = TrainingStreams(ids, context, batch_size=batch, seed=1, epoch=epoch, start=len(batches) - 1)
    np.testing.assert_array_equal(next(iter(again)), batches[-1])


def test_other_epochs_leave_other_tokens_out():
    streams = TrainingStreams(row(100), 7, batch_size=4)
    assert len({int(streams.starts(epoch, 0, 1)[0, 0]) for epoch in range(20)}) > 5


@pytest.mark.backend
def test_keras_gets_the_same_batches_in_their_order(tmp_path):
    text = load_text("verse", context_length=20, batch_size=16, stateful=True)
    for split in ("train", "validation"):
        plain, keras_batches = text.arrays(split), text.batches(split)
        pairs = list(zip(plain, keras_batches, strict=True))
        assert len(pairs) == len(plain) == len(keras_batches)
        for ours, theirs in pairs[:3] + pairs[-2:]:
            for mine, other in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(mine, np.asarray(other))
    assert "in 16 streams" in text.describe()


def test_refusals():
    with pytest.raises(ValueError, match=r"neither `stride` nor `steps_per_epoch`.*stride=3"):
        load_text("verse", stateful=True, stride=3)
    with pytest.raises(DataError, match=r"expected 64,001 or more tokens .*\(context_length=64, batch_size=1000\)"):
        load_text("verse", stateful=True, batch_size=1000)
