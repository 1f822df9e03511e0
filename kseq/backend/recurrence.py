"""One door to the fast time loops of all backends.

    z = x·W + b        for all steps at once: one large product
    h_t = f(z_t, h_{t-1}·U)        step by step: only what depends on the step before

`covers` says whether a fast loop exists for a layer's settings and device; `run` runs it.
"""

import keras
from keras import ops

from kseq.backend.cells import CELLS


def covers(kind, x, units, mask, training, needs_states):
    """Whether `run` can do this on the current backend and device, and faster than Keras.

    Args:
        kind: `"SimpleRNN"`, `"LSTM"` or `"GRU"`.
        x: the input sequences.
        units: the number of units.
        mask: `(B, T)` booleans or `None`.
        training: whether gradients are expected.
        needs_states: whether the final states are wanted besides the outputs.
    """
    name = keras.backend.backend()
    if name == "tensorflow":
        from kseq.backend import scan_tensorflow

        if scan_tensorflow.on_accelerator():
            return False
        return scan_tensorflow.is_faster(kind, units, x.shape[1], mask is not None, training)
    if name == "jax":
        from kseq.backend import scan_jax

        return not scan_jax.on_accelerator() and scan_jax.is_faster(kind, units, training)
    if name == "torch":
        from kseq.backend import aten

        if aten.on_accelerator(x) or x.shape[0] == 0 or x.shape[1] == 0:
            return False
        if mask is None:
            return True
        # ATen does not tell the c of the last step that counts
        return not (kind == "LSTM" and needs_states) and not aten.is_tracing() and aten.is_right_padded(mask)
    return False


def run(kind, x, weights, states, mask=None, go_backwards=False, sequences=True, training=False):
    """Runs a recurrent cell over a batch of sequences.

    Args:
        kind: `"SimpleRNN"`, `"LSTM"` or `"GRU"`.
        x: `(B, T, D)`.
        weights: the kernel, the recurrent kernel and the bias in Keras's layout.
        states: list of the initial states, `(B, H)` each.
        mask: `(B, T)` booleans or `None`. Where it is False, the states stay as they are.
        go_backwards: whether to begin at the last step.
        sequences: whether the states h of all steps are wanted.
        training: whether gradients are expected. They are right in any case.

    Returns:
        A tuple `(hs, states)`: `hs` is `(B, T, H)` in the order of processing. Without `sequences` only
        `states` counts.
    """
    dtype = x.dtype
    # half precision saves nothing on a CPU, and errors would add up over the steps
    wide = "float64" if keras.backend.standardize_dtype(dtype) == "float64" else "float32"
    x, *weights = (ops.cast(a, wide) for a in (x, *weights))
    states = [ops.cast(s, wide) for s in states]

    if keras.backend.backend() == "torch":
        from kseq.backend import aten

        hs, states = aten.recur(kind, x, *weights, states, mask, go_backwards, sequences)
    else:
        hs, states = _scan(kind, x, *weights, states, mask, go_backwards, sequences, training)
    return hs if hs is None else ops.cast(hs, dtype), [s if s is None else ops.cast(s, dtype) for s in states]


def _scan(kind, x, kernel, recurrent_kernel, bias, states, mask, go_backwards, sequences, training):
    if keras.backend.backend() == "tensorflow":
        from kseq.backend.scan_tensorflow import recur
    else:
        from kseq.backend.scan_jax import recur

    cell, units = CELLS[kind], recurrent_kernel.shape[0]
    half = ops.repeat(ops.convert_to_tensor(cell.half, dtype=kernel.dtype), units)  # (K,)
    bias, extra = cell.split_bias(bias, half)

    batch, steps, features = ops.shape(x)
    x = ops.transpose(x, (1, 0, 2))  # (T, B, D)
    if mask is not None:
        mask = ops.expand_dims(ops.transpose(mask), -1)  # (T, B, 1)
    if go_backwards:
        x = ops.flip(x, axis=0)
        mask = None if mask is None else ops.flip(mask, axis=0)

    z = ops.matmul(ops.reshape(x, (-1, features)), kernel * half) + bias  # (T·B, K)
    z = ops.reshape(z, (steps, batch, kernel.shape[1]))
    hs, states = recur(kind, z, (recurrent_kernel * half, *extra), tuple(states), mask, sequences, training)
    return None if hs is None else ops.transpose(hs, (1, 0, 2)), states
