"""Batches of rows with an answer at every step: tags of words, words of a translation (S5, S6).

Several inputs may belong to a row; all that has a time axis is padded to one length, a bucket's, as in
`kseq.data.buckets`.
"""

import numpy as np

from kseq.data.arguments import check_counts
from kseq.data.buckets import Batches, bucket_lengths


class AlignedBatches(Batches):
    """The batches of one split, as NumPy arrays: `(inputs, targets, weights)`.

    `inputs` is a dictionary of name -> array `(batch_size, bucket_length, …)`, `targets` has shape
    `(batch_size, bucket_length)`, and so have `weights`: 0 for padding and for rows that only fill a batch, and for
    all others one number, all rows (filling ones included) divided by all real steps. With `kseq.tasks.StepLoss`,
    which sums over the steps and averages over the rows, the loss that Keras reports is exactly the mean over the
    real steps of the split; weighted metrics are exact, too.

    Order, epochs and seeds are those of `Batches`.

    Args:
        inputs: dictionary of name -> list of arrays `(length, …)`, one for each row; numbers of rows agree, lengths
            need not.
        targets: list of integer arrays `(length,)`.
        lengths: ascending bucket lengths; `None`: chosen from these rows.
        batch_size, shuffle, seed, texts: as for `Batches`.
        counts: how many leading steps of each row are real answers; `None`: all of `targets`.
    """

    def __init__(self, inputs, targets, lengths=None, batch_size=32, shuffle=False, seed=0, texts=(), counts=None):
        check_counts(batch_size=batch_size)
        self.inputs, self.rows, self.labels, self.texts = inputs, targets, targets, texts
        self.batch_size = min(batch_size, len(targets))
        self.shuffle, self.seed, self.epoch, self.start = shuffle, seed, 0, 0
        columns = [targets, *inputs.values()]
        self.sizes = np.max([[len(row) for row in column] for column in columns], axis=0)
        lengths = bucket_lengths(self.sizes) if lengths is None else lengths
        self.lengths = [*lengths[:-1], max(lengths[-1], int(self.sizes.max()))]
        self._bucket = np.searchsorted(self.lengths, self.sizes)
        self.counts = np.array([len(row) for row in targets] if counts is None else counts)
        rows = len(self) * self.batch_size if shuffle else len(targets)
        self.weight = rows / max(1, self.counts.sum())

    def spec(self):
        """`(shape, dtype)` of all arrays of a batch, `None` where sizes differ."""
        B = self.batch_size if self.shuffle else None
        inputs = {
            name: ((B, None, *np.shape(rows[0])[1:]), np.asarray(rows[0]).dtype) for name, rows in self.inputs.items()
        }
        return inputs, ((B, None), np.dtype("int32")), ((B, None), np.dtype("float32"))

    def batch(self, plan):
        """The arrays of one batch, from its bucket length and the numbers of its rows."""
        length, members = plan
        filled = np.resize(members, self.batch_size if self.shuffle else len(members))
        weights = np.zeros((len(filled), length), np.float32)
        for i, member in enumerate(members):
            weights[i, : self.counts[member]] = self.weight
        inputs = {name: padded([rows[i] for i in filled], length) for name, rows in self.inputs.items()}
        return inputs, padded([self.rows[i] for i in filled], length).astype(np.int32), weights


def padded(rows, length):
    """One array `(len(rows), length, …)`: zeros behind the end of each row."""
    first = np.asarray(rows[0])
    result = np.zeros((len(rows), length, *first.shape[1:]), first.dtype)
    for i, row in enumerate(rows):
        result[i, : len(row)] = row
    return result
