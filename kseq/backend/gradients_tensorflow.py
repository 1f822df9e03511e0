"""`kseq.backend.gradients` on TensorFlow: a tape."""

import numpy as np


def value_and_gradients(function, arrays):
    import tensorflow as tf

    tensors = [tf.convert_to_tensor(a) for a in arrays]
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        value = function(*tensors)
        numbers = tf.unstack(tf.reshape(value, [-1]))
    zero = tf.UnconnectedGradients.ZERO
    each = [tape.gradient(number, tensors, unconnected_gradients=zero) for number in numbers]
    return value.numpy(), [np.stack([tf.convert_to_tensor(d).numpy() for d in ds]) for ds in zip(*each, strict=True)]


def numpy_function(forward, backward, tensors):
    import tensorflow as tf

    from kseq.backend.gradients import NotEagerError

    if not tf.executing_eagerly():
        raise NotEagerError
    dtypes = [t.dtype for t in tensors]

    @tf.custom_gradient
    def call(*tensors):
        outputs = forward(*(t.numpy() for t in tensors))

        def gradient(*upstream):
            gradients = backward(*(tf.convert_to_tensor(d).numpy() for d in upstream))
            return tuple(tf.cast(d, dtype) for d, dtype in zip(gradients, dtypes, strict=True))

        return tuple(tf.cast(y, dtypes[0]) for y in outputs), gradient

    return tuple(call(*tensors))
