"""Checks of lengths that TensorFlow learns only while a compiled function runs."""

import tensorflow as tf


def check_at_most(length, limit, message):
    """Stops a compiled function where `length` is above `limit`, and says why; XLA leaves the check out."""
    tf.debugging.assert_less_equal(length, limit, message=message)
