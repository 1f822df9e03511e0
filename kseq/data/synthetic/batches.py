"""Batches of examples that all have the same shape, in the form that suits the current Keras backend."""

import numpy as np

from kseq.data.keras_batches import keras_batches


class ExampleBatches:
    """The batches of one split: `(x, y, weights)`.

    With `shuffle` there are always `batch_size` examples. Those that only fill the last batch repeat a real one and
    weigh 0; the real ones weigh more, so that the mean that Keras reports is that of the real ones (as in
    `kseq.data.buckets.Batches`). Without, the last batch is as short as it is.

    On TensorFlow, iterating gives numbers of rows, from which `fit_batches` looks up the examples. Thus they go
    through the same `tf.data` pipeline as all batches of kseq, the one that ends its epochs at once.

    Args:
        x, y: the examples and their targets.
        weights: optional `(count, steps)`.
        batch_size: rows in a batch; all rows where there are fewer.
        shuffle: whether the order changes with each epoch.
        seed: fixes the order of all epochs. `epoch` and `start` say where the next one begins, as in
            `kseq.data.buckets.Batches`.
    """

    texts = ()

    def __init__(self, x, y, weights=None, *, batch_size, shuffle=False, seed=0):
        self.x, self.labels = x, y
        self.weights = np.ones(len(x), "float32") if weights is None else weights
        self.batch_size = min(batch_size, len(x))
        self.shuffle, self.seed, self.epoch, self.start = shuffle, seed, 0, 0
        self.weight = len(self) * self.batch_size / len(x) if shuffle else 1.0

    def spec(self):
        """`(shape, dtype)` of what iterating gives: the numbers of the rows, twice, and what they weigh."""
        B = self.batch_size if self.shuffle else None
        return ((B, 1), np.dtype("int32")), ((B,), np.dtype("int32")), ((B,), np.dtype("float32"))

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def next_epoch(self):
        """Begins an epoch: a list with, for each batch, the numbers of its rows and what each of them weighs."""
        count = len(self.x)
        if not self.shuffle:
            rows = np.split(np.arange(count, dtype="int32"), range(self.batch_size, count, self.batch_size))
            return [(some, np.ones(len(some), "float32")) for some in rows]
        order = np.random.default_rng([self.seed, self.epoch]).permutation(count)
        self.epoch += 1
        rows = np.resize(order, len(self) * self.batch_size).reshape(len(self), -1).astype("int32")
        factors = np.where(np.arange(rows.size) < count, self.weight, 0).reshape(rows.shape).astype("float32")
        return list(zip(rows, factors, strict=True))

    def batch(self, plan):
        """The arrays of one batch."""
        rows, factors = plan
        weights = self.weights[rows]
        return self.x[rows], self.labels[rows], weights * factors.reshape(-1, *[1] * (weights.ndim - 1))

    def __iter__(self):
        start, self.start = self.start, 0
        return ((rows[:, None], rows, factors) for rows, factors in self.next_epoch()[start:])


def fit_batches(batches):
    """What `fit` and `evaluate` take: a `tf.data.Dataset` on TensorFlow, a `keras.utils.PyDataset` elsewhere."""
    found = keras_batches(batches)
    if not hasattr(found, "map"):  # a PyDataset: it asks for `batch`
        return found
    from keras import ops

    x, y, weights = (ops.convert_to_tensor(a) for a in (batches.x, batches.labels, batches.weights))

    def look_up(_, rows, factors):
        chosen = ops.take(weights, rows, axis=0)
        return (
            ops.take(x, rows, axis=0),
            ops.take(y, rows, axis=0),
            chosen * ops.reshape(factors, (-1, *[1] * (len(chosen.shape) - 1))),
        )

    mapped = found.map(look_up)
    mapped.cardinality, mapped.batches = found.cardinality, batches  # a mapped dataset forgets its length otherwise
    return mapped
