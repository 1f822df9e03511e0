"""Length buckets: rows of similar length share a batch, so that little of it is padding.

Every shape of a batch is compiled once, so for training there are few bucket lengths and one constant batch size. The
remainder of each bucket moves up to the next longer one; only the longest has a short batch, which is filled
with rows of weight zero. So no row is lost and `fit` compiles once per bucket.

What is not shuffled, validation and test, comes row by row in its own order, the last batch as short as it is:
`predict` gives one answer per row, in the order of the labels.
"""

import numpy as np

from kseq.data.arguments import check_counts

MAX_BUCKETS = 5
_CANDIDATES = 128  # lengths considered as a bucket's end; the search takes time quadratic in it
_WORTH = 0.05  # a further bucket must save this share of the cells, or it is not worth compiling a shape for


def bucket_lengths(lengths, max_buckets=MAX_BUCKETS):
    """The bucket lengths, at most `max_buckets`, that need the least padding for rows of these `lengths`.

    Args:
        lengths: number of ids in each training row.
        max_buckets: most lengths to return. Fewer come back where one more would save next to nothing.

    Returns:
        Ascending list of integers; the last one is the largest length.
    """
    lengths = np.sort(np.asarray(lengths, np.int64))
    ends = np.unique(lengths[np.linspace(0, len(lengths) - 1, _CANDIDATES).astype(int)])
    counts = np.searchsorted(lengths, ends, side="right")  # rows that are no longer than each end
    # cost[j]: fewest cells for the rows up to ends[j] in k buckets, the last of which ends there.
    cost, choices = (counts * ends).astype(float), []
    total = [cost[-1]]
    for _ in range(1, max_buckets):
        # before[i, j]: the bucket before the last ends at ends[i], so the last holds the rows in between.
        before = cost[:, None] + (counts[None, :] - counts[:, None]) * ends[None, :]
        before[np.tril_indices(len(ends))] = np.inf
        best = before.argmin(axis=0)
        better = before[best, np.arange(len(ends))]
        if better[-1] > total[-1] * (1 - _WORTH):
            break
        cost = better
        choices.append(best)
        total.append(cost[-1])
    chosen = [len(ends) - 1]
    for best in reversed(choices):
        chosen.append(best[chosen[-1]])
    return [int(ends[i]) for i in reversed(chosen)]


class Batches:
    """The batches of one split, as NumPy arrays: `(ids, labels, weights)`.

    `ids` has shape `(batch_size, bucket_length)`, `labels` and `weights` have shape `(batch_size,)`. With `shuffle`,
    rows that only fill the last batch repeat a real row and weigh 0. Every real row weighs `rows_with_filling /
    real_rows` (1 where nothing had to be filled), so that the loss that Keras reports, a mean over all rows of all
    batches, is exactly the mean over the real rows. Metrics of the training split are right when they are weighted:
    `compile(weighted_metrics=…)`. Without `shuffle` nothing is filled and all rows weigh 1.

    Each time it is iterated over, a new epoch begins. With `shuffle`, each epoch has another order and other
    neighbours in a batch, all of it fixed by `seed`: the same seed gives the same epochs. A run that was broken off
    goes on where it was: `epoch` and `start` say which epoch is next, and how many of its batches to leave out.

    Args:
        rows: list of rows of ids, none empty.
        labels: one integer for each row.
        lengths: ascending bucket lengths. If a row is longer than the last of them, the last one grows to it.
        batch_size: rows in a batch; all rows where there are fewer.
        shuffle: whether the order changes with each epoch. If not, the rows come in the order in which they are.
        seed: fixes the order of all epochs.
        texts: what the rows were made from, for those who want to show them.
    """

    def __init__(self, rows, labels, lengths, batch_size=32, shuffle=False, seed=0, texts=()):
        check_counts(batch_size=batch_size)
        self.rows, self.labels = rows, np.asarray(labels, np.int32)
        self.texts = texts
        self.batch_size = min(batch_size, len(rows))
        self.shuffle, self.seed, self.epoch, self.start = shuffle, seed, 0, 0
        self.sizes = np.fromiter(map(len, rows), np.int64, len(rows))
        self.lengths = [*lengths[:-1], max(lengths[-1], int(self.sizes.max()))]
        self._bucket = np.searchsorted(self.lengths, self.sizes)
        self.weight = len(self) * self.batch_size / len(rows) if shuffle else 1.0

    def spec(self):
        """`(shape, dtype)` of all arrays of a batch, `None` where sizes differ."""
        B = self.batch_size if self.shuffle else None  # what is not shuffled ends with a shorter batch
        return ((B, None), np.dtype("int32")), ((B,), np.dtype("int32")), ((B,), np.dtype("float32"))

    def __len__(self):
        return -(-len(self.rows) // self.batch_size)

    def __iter__(self):
        start, self.start = self.start, 0
        return map(self.batch, self.next_epoch()[start:])

    def next_epoch(self):
        """Begins an epoch: a list with, for each batch, its bucket length and the numbers of its rows."""
        if not self.shuffle:
            rows = np.split(np.arange(len(self.rows)), range(self.batch_size, len(self.rows), self.batch_size))
            return [(self.lengths[self._bucket[members].max()], members) for members in rows]
        random = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        batches, left = [], np.array([], np.int64)
        for bucket, length in enumerate(self.lengths):
            members = np.concatenate([left, random.permutation(np.flatnonzero(self._bucket == bucket))])
            last = bucket == len(self.lengths) - 1
            full = len(members) if last else len(members) // self.batch_size * self.batch_size
            batches += [(length, members[i : i + self.batch_size]) for i in range(0, full, self.batch_size)]
            left = members[full:]
        return [batches[i] for i in random.permutation(len(batches))]

    def batch(self, plan):
        """The arrays of one batch, from its bucket length and the numbers of its rows."""
        length, members = plan
        count = self.batch_size if self.shuffle else len(members)
        ids = np.zeros((count, length), np.int32)
        weights = np.zeros(count, np.float32)
        weights[: len(members)] = self.weight
        filled = np.resize(members, count)  # repeats the first rows where some are missing
        for i, member in enumerate(filled):
            ids[i, : self.sizes[member]] = self.rows[member]
        return ids, self.labels[filled], weights
