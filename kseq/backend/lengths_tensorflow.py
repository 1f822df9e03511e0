"""Checks of lengths that TensorFlow learns only while a compiled function runs."""

import tensorflow as tf


def at_most(length, limit, message):
    """`length`; a compiled function stops where it is above `limit`, and says why. XLA leaves the check out."""
    with tf.control_dependencies([tf.debugging.assert_less_equal(length, limit, message=message)]):
        return tf.identity(length)  # whoever uses it waits for the check
