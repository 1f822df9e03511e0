"""Batches as a `tf.data.Dataset` that ends its epochs at once.

The autotuner of tf.data runs in a thread of its own that sleeps for 10, 20, 40 … milliseconds at a time. When an
epoch ends, it is told to stop; if that call comes just before it falls asleep, the whole program waits for it,
idle, for seconds in the end. Nothing here needs tuning, so it is off.
"""

import warnings

import tensorflow as tf


def tensorflow_batches(batches):
    """A `tf.data.Dataset` from batches with a `spec()`, such as `kseq.data.buckets.Batches`; `len` works on it."""
    signature = specs(batches.spec())
    return finished(tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=signature), len(batches))


def specs(structure):
    """`tf.TensorSpec`s for tuples and dictionaries of `(shape, dtype)`."""
    if isinstance(structure, dict):
        return {name: specs(part) for name, part in structure.items()}
    shape, dtype = structure[0], structure[-1]
    if isinstance(shape, tuple) and all(size is None or isinstance(size, int) for size in shape):
        return tf.TensorSpec(shape, dtype)
    return tuple(specs(part) for part in structure)


def finished(dataset, length):
    """`dataset` of `length` batches in a whole epoch, with the settings that all our batches share."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.deterministic = True
    # `fit` warns that it cannot shuffle a tf.data.Dataset, although nobody asked: shuffling is its default.
    warnings.filterwarnings("ignore", r"`shuffle=True` was passed, but will be ignored since the data `x` .* tf\.data")
    dataset = dataset.prefetch(2).with_options(options)
    # `assert_cardinality` would stop the epoch of a resumed run, which begins in the middle and so is shorter.
    dataset.cardinality = lambda: tf.constant(length, tf.int64)
    return dataset
