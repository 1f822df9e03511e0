"""Windows of a text as a `tf.data.Dataset`: Python says where they start, TensorFlow cuts them out.

A batch costs about 0.1 ms this way; one that Python cuts and hands over costs three times that (`from_generator` is
slow for each element, not for each byte), and steps of small models take a few milliseconds.
"""

import tensorflow as tf

from kseq.backend.batches_tensorflow import finished

_AT_ONCE = 32  # batches whose starts are handed over together


def training_dataset(windows):
    """A `tf.data.Dataset` of `(x, y)` from `kseq.data.texts.windows.TrainingWindows`.

    The epoch is read from `windows` whenever an iteration begins, and counted on when it ends.
    """

    def starts():
        epoch, steps = windows.epoch, windows.steps_per_epoch
        for first in range(windows.start, steps, _AT_ONCE):
            yield windows.starts(epoch, first, min(first + _AT_ONCE, steps))
        windows.end_epoch(epoch)

    cut = _cutter(windows)
    dataset = tf.data.Dataset.from_generator(
        starts, output_signature=tf.TensorSpec((None, windows.batch_size), tf.int64)
    )
    return finished(dataset.map(cut).unbatch(), len(windows))


def evaluation_dataset(windows):
    """A `tf.data.Dataset` of `(x, y, weights)` from `kseq.data.texts.windows.EvaluationWindows`."""
    cut, columns = _cutter(windows), tf.range(windows.context_length, dtype=tf.int64)

    def weighted(starts, new):
        is_new = columns >= new[:, None]
        return *cut(starts), tf.cast(is_new, tf.float32) * windows.weight

    dataset = tf.data.Dataset.from_tensor_slices((windows.starts, windows.new)).batch(windows.batch_size)
    return finished(dataset.map(weighted), len(windows))


def _cutter(windows):
    with tf.device("CPU"):  # where tf.data runs
        ids = tf.constant(windows.ids)
        steps = tf.range(windows.context_length + 1, dtype=tf.int64)

    def cut(starts):
        rows = tf.gather(ids, starts[..., None] + steps)
        return rows[..., :-1], rows[..., 1:]

    return cut
