"""Time loops and the hand-derived gradient on TensorFlow."""

import functools

from kseq.backend import bptt
from kseq.backend.cells import CELLS

# XLA fuses the small operations of a step into few, which makes it 1.3 to 2 times faster, but it takes about half a
# second for every new shape. Shorter sequences, and those of unknown length, are often done before that is paid back.
XLA_MIN_STEPS = 100
# Without XLA, hoisting the products pays for the LSTM from about this size on.
MIN_UNITS = 128


def on_accelerator():
    import tensorflow as tf

    return bool(tf.config.get_visible_devices("GPU"))


@functools.cache
def xla_works():
    import tensorflow as tf

    try:
        return bool(tf.function(lambda: tf.constant(1.0) + 1.0 == 2.0, jit_compile=True)())
    except (tf.errors.OpError, RuntimeError, ValueError):
        return False  # TensorFlow was built without it for this kind of machine


def _pays_off(steps):
    """Whether to compile with XLA. Not in eager calls: they may come with a new shape every time."""
    import tensorflow as tf

    if steps is None or steps < XLA_MIN_STEPS or tf.executing_eagerly():
        return False
    with tf.init_scope():
        return xla_works()


def is_faster(kind, units, steps, masked, training):
    """Whether the loop here beats Keras's, by measurement.

    Keras's eager loop runs in Python, and its masks cost it several operations per step.
    """
    import tensorflow as tf

    if _pays_off(steps) or masked or kind == "SimpleRNN" or tf.executing_eagerly():
        return True
    return training and (kind == "GRU" or units >= MIN_UNITS)


def scan(body, carry, xs, reverse=False):
    """`jax.lax.scan` for TensorFlow: `body(carry, x_t) -> carry, y_t` over the first axis; `None` in `xs` stays."""
    import tensorflow as tf

    flat = tf.nest.flatten(xs)
    first = next(a for a in flat if a is not None)
    steps = first.shape[0] if first.shape[0] is not None else tf.shape(first)[0]

    def at(t):
        return tf.nest.pack_sequence_as(xs, [None if a is None else a[t] for a in flat])

    # the body once by itself, to see what it returns; the graph drops it as nothing uses its values
    example = body(carry, at(0))[1]
    arrays = tuple(tf.TensorArray(y.dtype, steps, element_shape=y.shape) for y in example)

    def one_step(n, carry, arrays):
        t = steps - 1 - n if reverse else n
        carry, ys = body(carry, at(t))
        return n + 1, carry, tuple(array.write(t, y) for array, y in zip(arrays, ys, strict=True))

    _, carry, arrays = tf.while_loop(
        lambda n, *_: n < steps,
        one_step,
        (tf.constant(0), tuple(carry), arrays),
        maximum_iterations=steps,
        parallel_iterations=8,  # so that writing the results of one step does not hold up the next
    )
    return carry, tuple(array.stack() for array in arrays)


@functools.cache
def _loops(kind, units, dtype, masked, sequences, training, xla):
    """The forward and the backward loop as graphs: op by op in Python they would be many times slower.

    One pair per setting, since TensorFlow warns of a single function that it has to trace again and again.
    """
    import tensorflow as tf

    del units, dtype, masked, training  # they only tell one pair from another
    cell = CELLS[kind]

    def forward(z, params, states, mask, keep):
        return bptt.forward(cell, scan, z, params, states, mask, sequences, keep)

    def backward(U_T, mask, saved, d_hs, d_states):
        return bptt.backward(cell, scan, U_T, mask, saved, d_hs, d_states)

    options = {"jit_compile": xla, "reduce_retracing": True, "autograph": False}
    return tf.function(forward, **options), tf.function(backward, **options)


def recur(kind, z, params, states, mask, sequences, training):
    """Runs the cell called `kind` over `z`, with backpropagation through time as its gradient.

    In training the forward loop keeps what the backward loop needs. Otherwise it keeps nothing, and if a gradient is
    asked for after all, it runs once more.
    """
    import tensorflow as tf

    xla, units = _pays_off(z.shape[0]), params[0].shape[0]
    forward, backward = _loops(kind, units, z.dtype, mask is not None, sequences, bool(training), xla)
    n = len(params)

    @tf.custom_gradient
    def core(z, *flat):
        params, states = flat[:n], flat[n:]
        hs, last, saved = forward(z, params, states, mask, bool(training))

        def gradient(*upstream):
            d_hs, d_states = (upstream[0], upstream[1:]) if sequences else (None, upstream)
            kept = saved if training else forward(z, params, states, mask, True)[2]
            dz, dzh, d_first = backward(tf.transpose(params[0]), mask, kept, d_hs, tuple(d_states))
            # the large product stays outside of XLA, which is slower at it
            return dz, *bptt.weight_gradients(params, kept, dzh), *d_first

        return ((hs,) if sequences else ()) + tuple(last), gradient

    out = core(z, *params, *states)
    return (out[0], out[1:]) if sequences else (None, out)
