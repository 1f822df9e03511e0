"""The dense network of a Transformer block, the same at every position: row X7."""

import numpy as np

from kseq.scratch.activations import find_activation
from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.initial import glorot, zeros
from kseq.scratch.matrices import MatrixBack, MatrixRun


class FeedForward:
    """y = g(x W_1 + b_1) W_2 + b_2: wider, through g, and back to the width of x.

    Args:
        W_1: `(d, intermediate_dim)`.
        W_2: `(intermediate_dim, d)`.
        b_1: `(intermediate_dim,)`. `None`: no bias.
        b_2: `(d,)`. `None`: no bias.
        activation: g, a name from `ACTIVATIONS` or a function.
    """

    def __init__(self, W_1, W_2, b_1=None, b_2=None, activation="relu"):
        self.W_1 = as_weights(W_1, "W_1", ("d", "intermediate_dim"))
        self.W_2 = as_weights(W_2, "W_2", (self.W_1.shape[1], "d"))
        self.b_1 = None if b_1 is None else as_weights(b_1, "b_1", (self.W_1.shape[1],))
        self.b_2 = None if b_2 is None else as_weights(b_2, "b_2", (self.W_2.shape[1],))
        self.activation = find_activation(activation)

    @classmethod
    def random(cls, d, intermediate_dim, seed=0, dtype="float64", activation="relu", use_bias=True):
        """Glorot matrices, zero biases."""
        W_1 = glorot((d, intermediate_dim), [seed, 0]).astype(dtype)
        W_2 = glorot((intermediate_dim, d), [seed, 1]).astype(dtype)
        biases = (zeros(intermediate_dim, dtype), zeros(d, dtype)) if use_bias else (None, None)
        return cls(W_1, W_2, *biases, activation)

    @property
    def parameters(self):
        named = {"W_1": self.W_1, "b_1": self.b_1, "W_2": self.W_2, "b_2": self.b_2}
        return {name: array for name, array in named.items() if array is not None}

    def forward(self, x):
        """`x` `(…, d)` -> a `MatrixRun` with a, hidden `(…, intermediate_dim)` and output `(…, d)`."""
        x = np.asarray(x, self.W_1.dtype)
        check_shape(x, "x", (*x.shape[:-1], self.W_1.shape[0]))
        # a = x W_1 + b_1
        a = x @ self.W_1
        if self.b_1 is not None:
            a += self.b_1
        # hidden = g(a)
        hidden = self.activation.function(a)
        # y = hidden W_2 + b_2
        output = hidden @ self.W_2
        if self.b_2 is not None:
            output += self.b_2
        return MatrixRun(output, {"x": x, "a": a, "hidden": hidden, "output": output}, type(self).__name__)

    def backward(self, run, d_outputs):
        """From ∂L/∂y `(…, d)` to a `MatrixBack`."""
        x, a, hidden = run["x"], run["a"], run["hidden"]
        d_y = np.asarray(d_outputs, self.W_1.dtype)
        check_shape(d_y, "d_outputs", run.outputs.shape)
        # y = hidden W_2 + b_2:   ∂L/∂hidden = ∂L/∂y · W_2ᵀ
        d_hidden = d_y @ self.W_2.T
        # hidden = g(a):          ∂L/∂a = ∂L/∂hidden ∘ g′(a)
        d_a = self.activation.back(d_hidden, a, hidden)
        # a = x W_1 + b_1:        ∂L/∂x = ∂L/∂a · W_1ᵀ
        d_x = d_a @ self.W_1.T
        # ∂L/∂W = Σ inputᵀ ∂L/∂output,   ∂L/∂b = Σ ∂L/∂output          over all examples and positions
        gradients = {"W_1": rows(x).T @ rows(d_a), "b_1": rows(d_a).sum(axis=0)}
        gradients |= {"W_2": rows(hidden).T @ rows(d_y), "b_2": rows(d_y).sum(axis=0)}
        values = {"x": d_x, "a": d_a, "hidden": d_hidden, "output": d_y}
        gradients = {name: gradients[name] for name in self.parameters}
        return MatrixBack(gradients, d_x, values=values, d_inputs={"x": d_x}, kind=run.kind)

    def __repr__(self):
        return f"FeedForward(d={self.W_1.shape[0]}, intermediate_dim={self.W_1.shape[1]}, {self.W_1.dtype})"


def rows(array):
    """All vectors of all examples below each other: `(…, d)` -> `(rows, d)`."""
    return array.reshape(-1, array.shape[-1])
