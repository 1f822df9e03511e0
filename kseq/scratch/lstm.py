"""The LSTM cell: row G1, and its way back, row R7."""

import numpy as np

from kseq.scratch.activations import find_activation
from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.initial import glorot, orthogonal, zeros
from kseq.scratch.recurrent import Recurrent


class LSTM(Recurrent):
    """Long short-term memory: three gates and a candidate around a cell state.

    From step to step the cell state goes through no matrix and no tanh: each number of it is multiplied by its forget
    gate f, between 0 and 1, and something is added. While f is near 1, it stays, and so does its gradient (row R9).

    The decks' four steps forget, store, update, output are three gates (f, i, o) and a candidate g:

        i, f, o = σ(x_t W + h_{t-1} U + b)
        g       = tanh(x_t W + h_{t-1} U + b)
        c_t     = f∘c_{t-1} + i∘g                 ∘ is element by element
        h_t     = o∘tanh(c_t)

    Each has its own W, U and b: they stand side by side, `units` columns each, in Keras's order i, f, g, o.

    Args:
        W: `(d, 4·units)`; Keras calls it `kernel`.
        U: `(units, 4·units)`; `recurrent_kernel`.
        b: `(4·units,)`; `bias`. `None`: no bias.
        activation: in place of tanh, a name from `ACTIVATIONS` or a function.
        recurrent_activation: in place of σ.
    """

    state_names = ("h", "c")
    blocks = 4

    def __init__(self, W, U, b=None, activation="tanh", recurrent_activation="sigmoid"):
        self.U = as_weights(U, "U", ("units", "4·units"))
        units = self.U.shape[0]
        check_shape(self.U, "U", (units, 4 * units))
        self.W = as_weights(W, "W", ("d", 4 * units))
        self.b = None if b is None else as_weights(b, "b", (4 * units,))
        self.activation = find_activation(activation)
        self.recurrent_activation = find_activation(recurrent_activation, "recurrent_activation")

    @classmethod
    def random(cls, d, units, seed=0, dtype="float64", **options):
        """A cell with random weights as Keras starts them: Glorot, orthogonal, and f's bias 1 (it starts open)."""
        b = zeros(4 * units, dtype)
        b[units : 2 * units] = 1
        W, U = glorot((d, 4 * units), seed), orthogonal(units, 4 * units, seed)
        return cls(W.astype(dtype), U.astype(dtype), b, **options)

    @property
    def parameters(self):
        return {"W": self.W, "U": self.U} | ({} if self.b is None else {"b": self.b})

    @property
    def input_weights(self):
        return self.W

    @property
    def input_bias(self):
        return self.b

    def step(self, x_t, state, xW=None):
        """One time step: `x_t` `(batch, d)` and the states h, c `(batch, units)` make the next two.

        `values` holds x, h_prev, c_prev, the pre-activations a `(batch, 4·units)`, i, f, g, o, c, tanh_c and h.
        """
        xW, state = self.prepare(x_t, state) if xW is None else (xW, state)
        h_prev, c_prev = state
        # the pre-activations of all four: a = x_t W + b + h_{t-1} U          (xW is x_t W + b)
        a = xW
        a += h_prev @ self.U
        a_i, a_f, a_g, a_o = self.split(a)
        # i, f, o = σ(a), g = tanh(a)
        i = self.recurrent_activation.function(a_i)
        f = self.recurrent_activation.function(a_f)
        g = self.activation.function(a_g)
        o = self.recurrent_activation.function(a_o)
        # c_t = f∘c_{t-1} + i∘g
        c = f * c_prev + i * g
        # h_t = o∘tanh(c_t)
        tanh_c = self.activation.function(c)
        h = o * tanh_c
        values = {"x": x_t, "h_prev": h_prev, "c_prev": c_prev, "a": a}
        values |= {"i": i, "f": f, "g": g, "o": o, "c": c, "tanh_c": tanh_c, "h": h}
        return (h, c), values

    def back_in_time(self, d_state, values):
        """From ∂L/∂h_t, ∂L/∂c_t to ∂L/∂h_{t-1}, ∂L/∂c_{t-1}, all `(…, batch, units)`, and to ∂L/∂a."""
        d_h, d_c = d_state
        i, f, g, o = (values[name] for name in "ifgo")
        a_i, a_f, a_g, a_o = self.split(values["a"])
        back, gate_back = self.activation.back, self.recurrent_activation.back
        # h_t = o∘tanh(c_t):           ∂L/∂o = ∂L/∂h∘tanh(c),   and to what came from later, ∂L/∂c += ∂L/∂h∘o∘tanh′(c)
        d_o = d_h * values["tanh_c"]
        d_c = d_c + back(d_h * o, values["c"], values["tanh_c"])
        # c_t = f∘c_{t-1} + i∘g:       ∂L/∂i = ∂L/∂c∘g,   ∂L/∂f = ∂L/∂c∘c_{t-1},   ∂L/∂g = ∂L/∂c∘i
        d_i, d_f, d_g = d_c * g, d_c * values["c_prev"], d_c * i
        # ∂L/∂a = ∂L/∂gate ∘ σ′(a), for the candidate ∘ tanh′(a)
        parts = [gate_back(d_i, a_i, i), gate_back(d_f, a_f, f), back(d_g, a_g, g), gate_back(d_o, a_o, o)]
        d_a = np.concatenate(parts, axis=-1)
        # ∂L/∂h_{t-1} = ∂L/∂a · Uᵀ
        d_h_prev = d_a @ self.U.T
        # ∂L/∂c_{t-1} = ∂L/∂c_t ∘ f          no product with U: along c the gradient flows on as long as f is open
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), {"a": d_a}

    def back_to_weights(self, d_a, values):
        """From ∂L/∂a to ∂L/∂x and ∂L/∂weights. A batch of rows: gradients add up over them (row R7)."""
        d_a = d_a["a"]
        # ∂L/∂x = ∂L/∂a · Wᵀ
        d_x = d_a @ self.W.T
        # ∂L/∂W = Σ xᵀ ∂L/∂a,   ∂L/∂U = Σ h_{t-1}ᵀ ∂L/∂a,   ∂L/∂b = Σ ∂L/∂a
        gradients = {"W": values["x"].T @ d_a, "U": values["h_prev"].T @ d_a}
        if self.b is not None:
            gradients["b"] = d_a.sum(axis=0)
        return d_x, gradients
