"""States and gates of a recurrent layer from what went in and came out: the equations of the course, all steps at once.

A layer tells its outputs h only. But with h_{t-1} known at every step, every gate follows from one large product,
`x·W + h_prev·U + b`, without walking through time; only the cell state c of an LSTM needs a loop, and that one has no
product in it. From the gates comes h again, which must equal what the layer gave: that is checked at every step.
Where the outputs are not known (the lower cells of a stack) the same equations are used step by step.

Symbols as in `kseq.scratch`, which has them one step at a time for reading; this is the version for speed. B is the
batch size, T the number of steps, u the number of units, d the number of features.
"""

import keras
import numpy as np
from keras import ops

from kseq.inspection.capture import to_numpy
from kseq.inspection.finding import kind

CHUNK_BYTES = 8 << 20  # examples are taken in groups whose gates fit into a cache


def sigmoid(x):
    """σ(x) = ½·tanh(x/2) + ½, in place."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5


def tanh(x):
    """In place."""
    np.tanh(x, out=x)


def in_place(activation):
    """A function that applies a Keras activation to a NumPy array in place."""
    known = {"tanh": tanh, "sigmoid": sigmoid, "linear": lambda x: None}
    for name, function in known.items():
        if activation is getattr(keras.activations, name) or activation is getattr(ops, name, None):
            return function

    def apply(x):
        x[...] = to_numpy(activation(ops.convert_to_tensor(x)))

    return apply


class Cell:
    """The weights of one Keras cell as NumPy arrays, and its equations."""

    names = ()  # of the values besides the states, in the order of the blocks of columns

    def __init__(self, cell):
        half = keras.backend.standardize_dtype(cell.compute_dtype) in ("bfloat16", "float16")
        read = (lambda w: to_numpy(ops.cast(w, cell.compute_dtype))) if half else to_numpy
        self.W, self.U = read(cell.kernel), read(cell.recurrent_kernel)  # (d, blocks·u), (u, blocks·u)
        self.b = read(cell.bias) if cell.use_bias else np.zeros(self.W.shape[1], self.W.dtype)
        self.units = self.U.shape[0]
        self.activation = in_place(cell.activation)
        self.recurrent_activation = in_place(getattr(cell, "recurrent_activation", cell.activation))
        self.reset_after = getattr(cell, "reset_after", False)

    def block(self, z, first, last=None):
        """The columns of one or several gates."""
        return z[..., first * self.units : (last or first + 1) * self.units]

    def project(self, x, z):
        """z = x·W + b for all steps: `(B, T, d)` to `(B, T, blocks·u)`."""
        product(x, self.W, z)
        z += self.b[0] if self.b.ndim == 2 else self.b


def product(x, W, out):
    """x·W as one product of two matrices, whatever axes x has in front; `out` must be one piece of memory."""
    np.matmul(x.reshape(-1, x.shape[-1]), W, out=out.reshape(-1, W.shape[1]))
    return out


class SimpleRNN(Cell):
    """h_t = tanh(x_t W + h_{t-1} U + b): rows R1, R2."""

    names = ("pre_activation",)
    states = ("hidden_state",)

    def gates(self, z, h_prev, work):
        z += product(h_prev, self.U, work)

    def state(self, z, h_prev):
        h = z.copy()
        self.activation(h)
        return h


class LSTM(Cell):
    """i, f, o = σ(x W + h U + b), g = tanh(x W + h U + b), c' = f∘c + i∘g, h' = o∘tanh(c'): row G1."""

    names = ("input_gate", "forget_gate", "candidate", "output_gate")
    states = ("hidden_state", "cell_state")

    def gates(self, z, h_prev, work):
        z += product(h_prev, self.U, work)
        self.recurrent_activation(self.block(z, 0, 2))
        self.activation(self.block(z, 2))
        self.recurrent_activation(self.block(z, 3))

    def cell_state(self, z, c, out=None):
        i, f, g = (self.block(z, k) for k in range(3))
        out = np.multiply(f, c, out=out)
        out += i * g
        return out

    def state(self, z, c):
        """h' for the *new* cell state c."""
        h = c.copy()
        self.activation(h)
        h *= self.block(z, 3)
        return h


class GRU(Cell):
    """z, r = σ(…), n = tanh(x W + b + r∘(h U + b')) or, with reset_after=False, tanh(x W + b + (r∘h) U): row G2.

    h' = z∘h + (1-z)∘n: z keeps the old state.
    """

    names = ("update_gate", "reset_gate", "candidate")
    states = ("hidden_state",)

    def gates(self, z, h_prev, work):
        gates, n = self.block(z, 0, 2), self.block(z, 2)
        if self.reset_after:
            q = product(h_prev, self.U, work)  # (…, 3u)
            if self.b.ndim == 2:
                q += self.b[1]
            gates += self.block(q, 0, 2)
            self.recurrent_activation(gates)
            q = self.block(q, 2)
            q *= self.block(z, 1)
            n += q
        else:
            gates += (h_prev.reshape(-1, self.units) @ self.U[:, : 2 * self.units]).reshape(gates.shape)
            self.recurrent_activation(gates)
            reset = (self.block(z, 1) * h_prev).reshape(-1, self.units)
            n += (reset @ self.U[:, 2 * self.units :]).reshape(n.shape)
        self.activation(n)

    def state(self, z, h_prev):
        n = self.block(z, 2)
        h = h_prev - n
        h *= self.block(z, 0)
        h += n
        return h


EQUATIONS = {cls.__name__: cls for cls in (SimpleRNN, LSTM, GRU)}


def equations(cell):
    """The equations and weights of a Keras cell."""
    return EQUATIONS[kind(cell)](cell)


def run(cell, x, initial, outputs, mask, go_backwards, z):
    """Fills in the gates and states of one cell for a group of examples.

    Args:
        cell: a `SimpleRNN`, `LSTM` or `GRU` of this file.
        x: the input, `(B, T, d)`, in input order, as all arrays here but `outputs`.
        initial: the initial states, `(B, u)` each.
        outputs: the states h that the layer gave, `(B, T, u)`, in the order of processing, or `None` where they
            are not known. Masked steps may hold anything.
        mask: `(B, T)` booleans or `None`.
        go_backwards: whether the last step comes first.
        z: `(B, T, blocks·u)`, receives the gates.

    Returns:
        A tuple: the states, `(B, T, u)` each, and the largest difference between h as computed and as given.
    """
    T = x.shape[1]
    cell.project(x, z)
    work = np.empty_like(z)  # for products on the way
    order = range(T - 1, -1, -1) if go_backwards else range(T)
    if outputs is None:
        return _step_by_step(cell, z, initial, mask, order, work), 0.0

    h, h_prev = shifted(outputs, initial[0], mask, go_backwards)
    cell.gates(z, h_prev, work)
    if isinstance(cell, LSTM):
        c = np.empty_like(h)
        c_t = initial[1]
        for t in order:
            new = cell.cell_state(z[:, t], c_t, out=c[:, t])
            if mask is not None:
                np.copyto(new, c_t, where=~mask[:, t, None])
            c_t = new
        again, states = cell.state(z, c), (h, c)
    else:
        again, states = cell.state(z, h_prev), (h,)
    again -= h
    np.abs(again, out=again)
    if mask is not None:
        again = again[mask]
    return states, float(again.max(initial=0.0))


def shifted(outputs, h_0, mask, go_backwards):
    """The state after each step and the state before it, in input order, from the outputs in order of processing."""
    if go_backwards:
        h, h_prev = shifted(outputs, h_0, None if mask is None else mask[:, ::-1], False)
        return h[:, ::-1], np.ascontiguousarray(h_prev[:, ::-1])
    if mask is not None:
        # the state after step t is the output of the last step up to t that counts, or the initial state
        last = np.maximum.accumulate(np.where(mask, np.arange(mask.shape[1]), -1), axis=1)  # (B, T)
        after = outputs[np.arange(len(outputs))[:, None], last]
        outputs = np.where((last >= 0)[..., None], after, h_0[:, None])
    h_prev = np.empty(outputs.shape, outputs.dtype)
    h_prev[:, 0] = h_0
    h_prev[:, 1:] = outputs[:, :-1]
    return outputs, h_prev


def _step_by_step(cell, z, initial, mask, order, work):
    states = [np.empty((*z.shape[:2], cell.units), z.dtype) for _ in cell.states]
    now, work = list(initial), work.reshape(-1)[: z[:, 0].size].reshape(z[:, 0].shape)
    for t in order:
        z_t = z[:, t]
        cell.gates(z_t, now[0], work)
        if isinstance(cell, LSTM):
            c = cell.cell_state(z_t, now[1])
            new = [cell.state(z_t, c), c]
        else:
            new = [cell.state(z_t, now[0])]
        now = new if mask is None else [np.where(mask[:, t, None], n, s) for n, s in zip(new, now, strict=True)]
        for array, state in zip(states, now, strict=True):
            array[:, t] = state
    return tuple(states)
