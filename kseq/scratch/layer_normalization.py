"""Layer normalisation: the "norm" of "add & norm", row X7."""

import numpy as np

from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.matrices import MatrixBack, MatrixRun


class LayerNormalization:
    """Every vector gets the mean 0 and the variance 1, and then a scale γ and a shift β of each of its numbers.

    It looks at one position of one example at a time: no other word and no other example has a say.

    Args:
        gamma: `(d,)`; γ. `None`: no scale.
        beta: `(d,)`; β. `None`: no shift.
        epsilon: ε, so that nothing is divided by zero.
        d: the width, where there is neither gamma nor beta.
    """

    def __init__(self, gamma=None, beta=None, epsilon=1e-5, d="d"):
        self.gamma = None if gamma is None else as_weights(gamma, "gamma", (d,))
        self.beta = None if beta is None else as_weights(beta, "beta", (d if gamma is None else len(self.gamma),))
        self.epsilon = epsilon
        self.d = next((len(array) for array in self.parameters.values()), d)

    @classmethod
    def random(cls, d, dtype="float64", epsilon=1e-5):
        """γ = 1 and β = 0, as it always starts: nothing random about it."""
        return cls(np.ones(d, dtype), np.zeros(d, dtype), epsilon)

    @property
    def parameters(self):
        named = {"gamma": self.gamma, "beta": self.beta}
        return {name: array for name, array in named.items() if array is not None}

    def forward(self, x):
        """`x` `(…, d)` -> a `MatrixRun` with mean, variance `(…, 1)`, normalized and output `(…, d)`."""
        x = np.asarray(x, next((array.dtype for array in self.parameters.values()), float))
        check_shape(x, "x", (*x.shape[:-1], self.d))
        # μ = 1/d Σ_j x_j,   σ² = 1/d Σ_j (x_j − μ)²
        mean = x.mean(axis=-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
        # n = (x − μ) / √(σ² + ε)
        normalized = (x - mean) / np.sqrt(variance + x.dtype.type(self.epsilon))
        # y = γ∘n + β
        output = normalized if self.gamma is None else self.gamma * normalized
        output = output if self.beta is None else output + self.beta
        values = {"x": x, "mean": mean, "variance": variance, "normalized": normalized, "output": output}
        return MatrixRun(output, values, type(self).__name__)

    def backward(self, run, d_outputs):
        """From ∂L/∂y `(…, d)` to a `MatrixBack`."""
        n = run["normalized"]
        d_y = np.asarray(d_outputs, n.dtype)
        check_shape(d_y, "d_outputs", n.shape)
        # y = γ∘n + β:     ∂L/∂n = ∂L/∂y∘γ,   ∂L/∂γ = Σ ∂L/∂y∘n,   ∂L/∂β = Σ ∂L/∂y
        d_n = d_y if self.gamma is None else d_y * self.gamma
        d = n.shape[-1]
        gradients = {"gamma": (d_y * n).reshape(-1, d).sum(axis=0), "beta": d_y.reshape(-1, d).sum(axis=0)}
        # every x_j is in μ and in σ, too:
        # ∂L/∂x = (∂L/∂n − mean(∂L/∂n) − n∘mean(∂L/∂n∘n)) / √(σ² + ε)
        inside = d_n - d_n.mean(axis=-1, keepdims=True) - n * (d_n * n).mean(axis=-1, keepdims=True)
        d_x = inside / np.sqrt(run["variance"] + n.dtype.type(self.epsilon))
        values = {"x": d_x, "normalized": d_n, "output": d_y}
        gradients = {name: gradients[name] for name in self.parameters}
        return MatrixBack(gradients, d_x, values=values, d_inputs={"x": d_x}, kind=run.kind)

    def __repr__(self):
        return f"LayerNormalization(d={self.d}, epsilon={self.epsilon})"
