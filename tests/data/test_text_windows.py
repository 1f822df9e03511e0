"""Windows over running text: nothing lost, nothing predicted twice, any batch of any epoch at once."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.texts.windows import EvaluationWindows, TrainingWindows

NUMBERS = st.integers(1, 40)


def row(length):
    """Ids that say where they stand."""
    return np.arange(2, length + 2, dtype=np.int32)


@settings(deadline=None)
@given(length=st.integers(2, 300), context=NUMBERS, stride=NUMBERS | st.none(), batch=st.integers(1, 9))
def test_evaluation_predicts_each_token_once_and_its_mean_is_exact(length, context, stride, batch):
    ids, losses = row(length), np.linspace(0, 1, length + 2)  # a loss for each target
    windows = EvaluationWindows(ids, context, stride=stride, batch_size=batch)
    batches = list(windows)
    predicted, rows, total = Counter(), 0, 0.0
    for x, y, weights in batches:
        assert x.dtype == y.dtype == np.int32
        assert weights.dtype == np.float32
        assert x.shape == y.shape == weights.shape == (len(x), min(context, length - 1))
        assert (y == x + 1).all()
        assert (x > 0).all()
        predicted.update(y[weights > 0].tolist())
        rows += len(x)
        total += np.mean(losses[y] * weights) * len(x)  # as Keras does it: the mean of each batch, by its rows
    assert predicted == Counter(ids[1:].tolist())
    assert len(batches) == len(windows)
    assert [len(x) for x, _, _ in batches[:-1]] == [batch] * (len(batches) - 1)
    assert np.isclose(total / rows, losses[ids[1:]].mean(), rtol=1e-5)


@settings(deadline=None)
@given(length=st.integers(40, 300), context=st.integers(4, 30), stride=st.integers(1, 30))
def test_a_smaller_stride_gives_each_token_more_before_it(length, context, stride):
    stride = min(stride, context)
    windows = EvaluationWindows(row(length), context, stride=stride)
    for x, _, weights in windows:
        for line, columns in enumerate(weights > 0):
            if x[line, 0] > 2:  # all windows but the first
                assert columns.argmax() >= context - stride


@settings(deadline=None)
@given(
    length=st.integers(2, 300),
    context=NUMBERS,
    stride=NUMBERS | st.none(),
    batch=st.integers(1, 9),
    seed=st.integers(0, 3),
)
def test_a_round_of_training_goes_once_through_the_text(length, context, stride, batch, seed):
    context = min(context, length - 1)
    windows = TrainingWindows(row(length), context, stride=stride, batch_size=batch, seed=seed)
    stride = windows.stride
    for x, y in windows:
        assert x.shape == y.shape == (batch, context)
        assert (y == x + 1).all()
        assert (np.diff(x) == 1).all()
    count = windows.num_windows
    for number in range(3):
        starts = np.sort(windows._round(number))
        assert (np.diff(starts) == stride).all()
        assert len(starts) == count
        assert starts[0] >= 0
        assert starts[-1] + context < length
        if count > 1:  # what is left over at both ends is less than two strides
            assert starts[0] + (length - 1 - context - starts[-1]) < 2 * stride


def test_every_token_is_predicted_and_at_every_place_of_a_window():
    length, context = 50, 5
    windows = TrainingWindows(row(length), context, batch_size=3)
    seen = {
        (int(y), place)
        for _ in range(60)
        for _, targets in windows
        for y_row in targets
        for place, y in enumerate(y_row)
    }
    assert {target for target, _ in seen} == set(range(3, length + 2))
    middle = [{place for target, place in seen if target == chosen} for chosen in range(10, 40)]
    assert middle == [set(range(context))] * 30


@settings(deadline=None)
@given(length=st.integers(20, 200), steps=st.integers(1, 30) | st.none(), batch=st.integers(1, 9))
def test_any_batch_of_any_epoch_at_once(length, steps, batch):
    make = lambda **place: TrainingWindows(row(length), 7, batch_size=batch, steps_per_epoch=steps, seed=5, **place)  # noqa: E731
    whole = make()
    epochs = [[x.tolist() for x, _ in whole] for _ in range(3)]
    assert whole.epoch == 3
    assert [len(epoch) for epoch in epochs] == [len(whole)] * 3
    assert len(whole) == steps or steps is None
    start = len(whole) - 1
    later = make(epoch=1, start=start)
    assert [x.tolist() for x, _ in later] == epochs[1][start:]
    assert (later.epoch, later.start) == (2, 0)
    assert [x.tolist() for x, _ in later] == epochs[2]
    assert make().batch(2, start)[0].tolist() == epochs[2][start]


def test_each_window_of_a_round_comes_once_before_the_next_round():
    windows = TrainingWindows(row(101), 10, batch_size=4, steps_per_epoch=7)
    stream = np.concatenate([windows.starts(epoch, 0, 7).ravel() for epoch in range(3)])
    count = windows.num_windows
    rounds = [stream[i : i + count] for i in range(0, len(stream) - count, count)]
    assert all(len(set(starts.tolist())) == count for starts in rounds)
    assert len({tuple(starts.tolist()) for starts in rounds}) == len(rounds)
    assert len({int(starts.min()) for starts in rounds}) > 1  # another offset


def test_seeds():
    def epoch(seed):
        return [x.tolist() for x, _ in TrainingWindows(row(200), 8, batch_size=4, seed=seed)]

    assert epoch(1) == epoch(1)
    assert epoch(1) != epoch(2)


def test_looking_at_the_first_batch_is_no_epoch():
    windows = TrainingWindows(row(200), 8, batch_size=4)
    first = next(iter(windows))[0].tolist()
    assert next(iter(windows))[0].tolist() == first
    assert windows.epoch == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"context_length=8\. Received: 8 ids"):
        TrainingWindows(row(8), 8)
    assert TrainingWindows(row(9), 8, batch_size=2).batch(0, 0)[0].tolist() == [row(8).tolist()] * 2
    with pytest.raises(ValueError, match="Received: start=4"):
        TrainingWindows(row(9), 8, steps_per_epoch=4, start=4)
    with pytest.raises(ValueError, match="Received: 1"):
        EvaluationWindows(row(1), 8)
