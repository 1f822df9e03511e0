"""Time loops and the hand-derived gradient on JAX."""

import functools

from kseq.backend import bptt
from kseq.backend.cells import CELLS

MIN_UNITS = 128


def on_accelerator():
    import jax

    return jax.default_backend() != "cpu"


def is_faster(kind, units, training):
    """Whether the loop here beats the one that JAX derives from Keras's code, by measurement.

    JAX compiles Keras's loop, too. What wins for the GRU is the packed tanh; for the others it is the single product
    for the weight gradients, and only where that product is large.
    """
    return kind == "GRU" or (training and units >= MIN_UNITS)


@functools.cache
def _core(kind, sequences, training):
    """The loop as a function `(z, params, states, mask)` that carries its own gradient."""
    import jax
    import numpy as np

    cell, scan = CELLS[kind], jax.lax.scan

    def outputs(hs, last):
        return hs, tuple(last)

    @jax.custom_vjp
    def core(z, params, states, mask):
        hs, last, _ = bptt.forward(cell, scan, z, params, states, mask, sequences, keep=False)
        return outputs(hs, last)

    def forward(z, params, states, mask):
        hs, last, saved = bptt.forward(cell, scan, z, params, states, mask, sequences, keep=True)
        return outputs(hs, last), (params, mask, saved)

    def backward(kept, upstream):
        params, mask, saved = kept
        d_hs, d_states = upstream
        dz, dzh, d_first = bptt.backward(cell, scan, params[0].T, mask, saved, d_hs, d_states)
        d_params = bptt.weight_gradients(params, saved, dzh)
        d_mask = None if mask is None else np.zeros(mask.shape, jax.dtypes.float0)
        return dz, d_params, d_first, d_mask

    core.defvjp(forward, backward)
    return core


def recur(kind, z, params, states, mask, sequences, training):
    """Runs the cell called `kind` over `z`, with backpropagation through time as its gradient."""
    del training  # JAX itself knows whether a gradient is wanted
    return _core(kind, sequences, False)(z, tuple(params), tuple(states), mask)
