"""The output layer: y_t = g(A·W_Y + b_Y), row R2, the same at every step."""

import numpy as np

from kseq.scratch.activations import find_activation
from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.initial import glorot, zeros
from kseq.scratch.runs import Back, FlatRun


class Dense:
    """y = g(x W_Y + b_Y), for one vector or for every step of a sequence.

    Args:
        W_Y: `(d, k)`; Keras calls it `kernel`.
        b_Y: `(k,)`; `bias`. `None`: no bias.
        activation: g, a name from `ACTIVATIONS` (`"softmax"` for classes) or a function. The losses of this room take
            scores, so for training leave it linear.
    """

    def __init__(self, W_Y, b_Y=None, activation="linear"):
        self.W_Y = as_weights(W_Y, "W_Y", ("d", "k"))
        self.b_Y = None if b_Y is None else as_weights(b_Y, "b_Y", (self.W_Y.shape[1],))
        self.activation = find_activation(activation)

    @classmethod
    def random(cls, d, k, seed=0, dtype="float64", **options):
        """Random weights as Keras starts them: Glorot, zero bias."""
        return cls(glorot((d, k), seed).astype(dtype), zeros(k, dtype), **options)

    @property
    def parameters(self):
        return {"W_Y": self.W_Y} | ({} if self.b_Y is None else {"b_Y": self.b_Y})

    def forward(self, x):
        """`x` `(…, d)` -> a `FlatRun` with `.outputs` `(…, k)`."""
        x = np.asarray(x, self.W_Y.dtype)
        check_shape(x, "x", (*("batch", "steps")[: x.ndim - 1], self.W_Y.shape[0]))
        # a = x W_Y + b_Y
        a = x @ self.W_Y
        if self.b_Y is not None:
            a += self.b_Y
        # y = g(a)
        return FlatRun(self.activation.function(a), {"x": x, "a": a})

    def backward(self, run, d_outputs):
        """From ∂L/∂y `(…, k)` to a `Back`."""
        x, a = run.values["x"], run.values["a"]
        d_y = np.asarray(d_outputs, self.W_Y.dtype)
        check_shape(d_y, "d_outputs", run.outputs.shape)
        # ∂L/∂a = ∂L/∂y ∘ g′(a)
        d_a = self.activation.back(d_y, a, run.outputs)
        # ∂L/∂x = ∂L/∂a · W_Yᵀ
        d_x = d_a @ self.W_Y.T
        # ∂L/∂W_Y = Σ xᵀ ∂L/∂a,   ∂L/∂b_Y = Σ ∂L/∂a          over all examples and steps
        d_a = d_a.reshape(-1, d_a.shape[-1])
        gradients = {"W_Y": x.reshape(-1, x.shape[-1]).T @ d_a}
        if self.b_Y is not None:
            gradients["b_Y"] = d_a.sum(axis=0)
        return Back(gradients, d_x)
