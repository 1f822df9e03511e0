"""The simple recurrent network: rows R1, R2, R3, and its way back, row R7."""

from kseq.scratch.activations import find_activation
from kseq.scratch.checks import as_weights
from kseq.scratch.initial import glorot, orthogonal, zeros
from kseq.scratch.recurrent import Recurrent


class SimpleRNN(Recurrent):
    """The simplest recurrent cell: the state before and the input make the new state.

    At every step the same function with the same weights, from h_0 = 0 (the course also writes A for the state h):

        h_t = g(x_t W_X + h_{t-1} W_A + b_A)

    Args:
        W_X: `(d, units)`; Keras calls it `kernel`.
        W_A: `(units, units)`; `recurrent_kernel`.
        b_A: `(units,)`; `bias`. `None`: no bias.
        activation: g, a name from `ACTIVATIONS` or a function.

    Example:

    >>> cell = SimpleRNN.random(d=4, units=3)
    >>> state, values = cell.step(x_t, cell.initial_state(1))
    """

    state_names = ("h",)
    blocks = 1

    def __init__(self, W_X, W_A, b_A=None, activation="tanh"):
        self.W_X = as_weights(W_X, "W_X", ("d", "units"))
        units = self.W_X.shape[1]
        self.W_A = as_weights(W_A, "W_A", (units, units))
        self.b_A = None if b_A is None else as_weights(b_A, "b_A", (units,))
        self.activation = find_activation(activation)

    @classmethod
    def random(cls, d, units, seed=0, dtype="float64", **options):
        """A cell with random weights as Keras starts them: Glorot, orthogonal, zero bias."""
        W_X, W_A = glorot((d, units), seed), orthogonal(units, units, seed)
        return cls(W_X.astype(dtype), W_A.astype(dtype), zeros(units, dtype), **options)

    @classmethod
    def from_elman(cls, W_xh, W_hh, b_h=None, activation="tanh"):
        """Row R3 writes vectors as columns, h_t = tanh(W_hh·h_{t-1} + W_xh·x_t): its matrices are the transposes.

        Args:
            W_xh: `(units, d)`.
            W_hh: `(units, units)`.
            b_h: `(units,)` or `None`.
            activation: as in the class.
        """
        W_xh, W_hh = as_weights(W_xh, "W_xh", ("units", "d")), as_weights(W_hh, "W_hh", ("units", "units"))
        return cls(W_xh.T, W_hh.T, b_h, activation)

    @property
    def W_xh(self):
        """`(units, d)`: W_X for those who write vectors as columns (row R3)."""
        return self.W_X.T

    @property
    def W_hh(self):
        """`(units, units)`: W_A for those who write vectors as columns (row R3)."""
        return self.W_A.T

    @property
    def parameters(self):
        named = {"W_X": self.W_X, "W_A": self.W_A, "b_A": self.b_A}
        return {name: array for name, array in named.items() if array is not None}

    @property
    def input_weights(self):
        return self.W_X

    @property
    def input_bias(self):
        return self.b_A

    def step(self, x_t, state, xW=None):
        """One time step: `x_t` `(batch, d)` and the state `(batch, units)` make the next state.

        `values` holds x, h_prev, the pre-activation a, and h, each `(batch, units)` but for x.
        """
        xW, state = self.prepare(x_t, state) if xW is None else (xW, state)
        (h_prev,) = state
        # a = x_t W_X + b_A + h_{t-1} W_A          (xW is x_t W_X + b_A)
        a = xW
        a += h_prev @ self.W_A
        # h_t = g(a)
        h = self.activation.function(a)
        return (h,), {"x": x_t, "h_prev": h_prev, "a": a, "h": h}

    def back_in_time(self, d_state, values):
        """From ∂L/∂h_t to ∂L/∂h_{t-1}, both `(…, batch, units)`, and to the pre-activation, ∂L/∂a."""
        (d_h,) = d_state
        # ∂L/∂a = ∂L/∂h ∘ g′(a)                    for tanh: g′ = 1 − h²
        d_a = self.activation.back(d_h, values["a"], values["h"])
        # ∂L/∂h_{t-1} = ∂L/∂a · W_Aᵀ               this product, once per step, vanishes or explodes (row R9)
        d_h_prev = d_a @ self.W_A.T
        return (d_h_prev,), {"a": d_a}

    def back_to_weights(self, d_a, values):
        """From ∂L/∂a to ∂L/∂x and ∂L/∂weights. A batch of rows: gradients add up over them (row R7)."""
        d_a = d_a["a"]
        # ∂L/∂x = ∂L/∂a · W_Xᵀ
        d_x = d_a @ self.W_X.T
        # ∂L/∂W_X = Σ xᵀ ∂L/∂a,   ∂L/∂W_A = Σ h_{t-1}ᵀ ∂L/∂a,   ∂L/∂b_A = Σ ∂L/∂a
        gradients = {"W_X": values["x"].T @ d_a, "W_A": values["h_prev"].T @ d_a}
        if self.b_A is not None:
            gradients["b_A"] = d_a.sum(axis=0)
        return d_x, gradients
