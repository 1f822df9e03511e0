"""Length buckets: little padding, no row lost, exact means."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.buckets import MAX_BUCKETS, Batches, bucket_lengths

LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=200)


def make(sizes, **settings):
    rows = [np.full(size, number + 1, np.int32) for number, size in enumerate(sizes)]
    lengths = settings.pop("lengths", None) or bucket_lengths(sizes)
    return Batches(rows, np.arange(len(rows)), lengths, **settings)


@given(sizes=LENGTHS)
def test_bucket_lengths(sizes):
    lengths = bucket_lengths(sizes)
    assert 1 <= len(lengths) <= MAX_BUCKETS
    assert lengths == sorted(set(lengths))
    assert lengths[-1] == max(sizes)


def test_bucket_lengths_need_the_least_padding():
    assert bucket_lengths([5] * 10 + [20] * 10 + [80] * 10) == [5, 20, 80]
    assert bucket_lengths([7] * 10) == [7]
    assert bucket_lengths([100] * 99 + [101]) == [101]  # a second shape would save next to nothing

    # The best of all ways to choose the ends of two buckets.
    sizes = [1, 1, 2, 3, 3, 3, 8, 9, 9, 20]

    def cells(ends):
        return sum(min(end for end in ends if end >= size) for size in sizes)

    best = min(([end, 20] for end in range(1, 20)), key=cells)
    assert cells(bucket_lengths(sizes, max_buckets=2)) == cells(best)


@settings(deadline=None)
@given(sizes=LENGTHS, batch_size=st.integers(1, 40) | st.integers(1, 4), seed=st.integers(0, 5))
def test_every_row_once_in_every_epoch(sizes, batch_size, seed):
    batches = make(sizes, batch_size=batch_size, shuffle=True, seed=seed)
    for _ in range(2):
        seen, total, filled = Counter(), 0.0, 0
        shapes = []
        for ids, labels, weights in batches:
            assert ids.dtype == labels.dtype == np.int32
            assert weights.dtype == np.float32
            assert labels.shape == weights.shape == (batches.batch_size,)
            assert (ids[:, 0] > 0).all()  # no row is all padding, filling included
            shapes.append(ids.shape)
            filled += (weights == 0).sum()
            total += weights.sum()
            for row, label in zip(ids[weights > 0], labels[weights > 0], strict=True):
                assert row.tolist() == [label + 1] * sizes[label] + [0] * (len(row) - sizes[label])
                seen[int(label)] += 1
        assert seen == Counter(range(len(sizes)))
        assert len(shapes) == len(batches)
        assert {shape[0] for shape in shapes} == {min(batch_size, len(sizes))}
        assert {shape[1] for shape in shapes} <= set(batches.lengths)
        assert filled < batches.batch_size  # only one batch is short
        assert np.isclose(total, len(shapes) * batches.batch_size)


def test_filling_is_in_the_longest_bucket_only():
    batches = make([3] * 10 + [30] * 10, batch_size=4, shuffle=True)
    short = [ids.shape[1] for ids, _, weights in batches if (weights == 0).any()]
    assert batches.lengths == [3, 30]
    assert short == []  # 20 rows in 5 batches
    batches = make([3] * 10 + [30] * 11, batch_size=4, shuffle=True)
    assert [ids.shape[1] for ids, _, weights in batches if (weights == 0).any()] == [30]


def test_weights_make_the_mean_over_all_rows_exact():
    losses = np.arange(1.0, 8.0)
    batches = make([4, 4, 5, 9, 9, 9, 9], batch_size=3, shuffle=True)
    reported = np.mean([np.mean(losses[labels] * weights) for _, labels, weights in batches])
    assert np.isclose(reported, losses.mean())


@given(sizes=LENGTHS, batch_size=st.integers(1, 40) | st.integers(1, 4))
def test_what_is_not_shuffled_keeps_its_order_and_nothing_is_filled(sizes, batch_size):
    batches = list(make(sizes, batch_size=batch_size))
    assert np.concatenate([labels for _, labels, _ in batches]).tolist() == list(range(len(sizes)))
    assert all((weights == 1).all() and len(ids) == len(labels) for ids, labels, weights in batches)
    for ids, labels, _ in batches:
        assert [int((row > 0).sum()) for row in ids] == [sizes[label] for label in labels]


def test_seeds_and_epochs():
    sizes = list(range(1, 60))

    def epochs(seed, count=3):
        batches = make(sizes, batch_size=8, shuffle=True, seed=seed)
        return [[labels.tolist() for _, labels, _ in batches] for _ in range(count)]

    assert epochs(1) == epochs(1)
    assert epochs(1) != epochs(2)
    first, second, third = epochs(1)
    assert first != second != third != first
    plain = make(sizes, batch_size=8)
    assert [labels.tolist() for _, labels, _ in plain] == [labels.tolist() for _, labels, _ in plain]


def test_the_last_bucket_grows_for_longer_rows():
    batches = make([2, 2, 9], lengths=[2, 5], batch_size=1)
    assert batches.lengths == [2, 9]


def test_few_rows_make_one_smaller_batch():
    ((ids, _, weights),) = make([2, 3], batch_size=32)
    assert ids.shape == (2, 3)
    assert weights.tolist() == [1, 1]


def test_batch_size_is_checked():
    with pytest.raises(ValueError, match="Received: batch_size=0"):
        make([1], batch_size=0)
