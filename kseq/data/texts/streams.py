"""Streams of a long text: each batch goes on where the one before ended (row R8, truncated BPTT with carried states).

A text is laid out in `batch_size` rows, each a contiguous stretch of it. Batch k holds the k-th window of every row:
row b of a batch continues row b of the batch before, so a stateful network that keeps its states reads each stretch
from its beginning, however short its windows, while the gradient goes back to the beginning of the window only.
"""

import numpy as np

from kseq.data.texts.windows import TrainingWindows


class TrainingStreams(TrainingWindows):
    """Streams for training, as NumPy arrays: batches `(x, y)`, each int32 of shape `(batch_size, T)`.

    What is left when the text is laid out in rows of whole windows lies before the first and behind the last row: where
    the first begins is drawn anew for each epoch, fixed by `seed` and its number, so that no token is always left out.

    Args:
        ids: int32 array of shape `(num_tokens,)`, longer than `batch_size * context_length`.
        context_length: T, the tokens in a window: how far back the gradient goes.
        batch_size: rows, contiguous stretches that are read side by side.
        seed: fixes where the rows begin.
        epoch, start: as for `TrainingWindows`.

    Attributes:
        epoch, start: as for `TrainingWindows`.
    """

    def __init__(self, ids, context_length, *, batch_size=32, seed=0, epoch=0, start=0):
        steps = (len(ids) - 1) // (batch_size * context_length)
        if steps < 1:
            raise ValueError(
                f"`ids` must be longer than batch_size * context_length = {batch_size * context_length:,}, for every "
                f"row needs a window. Received: {len(ids):,} ids"
            )
        windows = {"batch_size": batch_size, "seed": seed, "epoch": epoch, "start": start}
        super().__init__(ids, context_length, steps_per_epoch=steps, **windows)
        self.num_windows = steps * batch_size
        self.left_over = len(ids) - 1 - self.num_windows * context_length

    def starts(self, epoch, first, last):
        """Where the windows of the batches `first` to `last - 1` of an epoch begin: int64 `(last - first, B)`."""
        offset = np.random.default_rng([self.seed, epoch]).integers(self.left_over + 1)
        rows = np.arange(self.batch_size) * self.steps_per_epoch  # in windows, as all here
        return offset + self.context_length * (np.arange(first, last)[:, None] + rows)


class EvaluationStreams:
    """Streams that predict each token once: batches `(x, y, weights)`, each of shape `(batch_size, T)`.

    The rows are as long as each other but for the last ones, which may be shorter, even empty; behind their end stands
    padding that weighs 0. All other targets weigh `cells / predicted_tokens`, so that the loss Keras reports is exactly
    the mean over all tokens but the first.

    Args:
        ids: int32 array of shape `(num_tokens,)`, at least 2.
        context_length: T, the tokens in a window.
        batch_size: rows, contiguous stretches that are read side by side.
    """

    def __init__(self, ids, context_length, *, batch_size=32):
        self.ids = np.ascontiguousarray(ids, np.int32)
        if len(self.ids) < 2:
            raise ValueError(f"`ids` must hold 2 tokens or more. Received: {len(self.ids)}")
        self.context_length, self.batch_size = context_length, batch_size
        predicted = len(self.ids) - 1
        self.row = -(-predicted // batch_size)  # tokens that a row predicts
        self.weight = np.float32(len(self) * batch_size * context_length / predicted)

    def __len__(self):
        return -(-self.row // self.context_length)

    def __iter__(self):
        return map(self.batch, range(len(self)))

    def batch(self, number):
        """The arrays `(x, y, weights)` of one batch."""
        columns = number * self.context_length + np.arange(self.context_length)
        places = np.arange(self.batch_size)[:, None] * self.row + columns
        real = (columns < self.row) & (places < len(self.ids) - 1)
        places = np.where(real, places, 0)
        x, y = (np.where(real, self.ids[places + shift], 0) for shift in (0, 1))
        return x.astype(np.int32), y.astype(np.int32), real * self.weight

    def spec(self):
        """`(shape, dtype)` of all arrays of a batch."""
        shape = (self.batch_size, self.context_length)
        return (shape, np.dtype("int32")), (shape, np.dtype("int32")), (shape, np.dtype("float32"))
