"""The functions g between the weights (row R2) and their derivatives g′ (rows R7, R9).

Each derivative receives the pre-activation a *and* the result y = g(a), because some are easiest from y:
tanh′ = 1 − y², σ′ = y·(1 − y). It is tanh′ ≤ 1 and σ′ ≤ ¼ that make gradients vanish, and relu′ = 1 that does not.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Activation(NamedTuple):
    """A function g and its derivative g′."""

    function: Callable
    """a -> y, of the same shape"""
    derivative: Callable | None
    """(a, y) -> g′(a); `None`: not known, so there is no way back"""
    name: str = ""

    def back(self, d_y, a, y):
        """∂L/∂a from ∂L/∂y: the chain rule for one activation. All of the same shape."""
        if self.derivative is None:
            raise ValueError(
                "activation: the way back needs a derivative; give a name from the table or "
                f"Activation(function, derivative). Received: activation={self.name or self.function!r}"
            )
        return d_y * self.derivative(a, y)


def sigmoid(a):
    """σ(a) = 1 / (1 + e^(−a)), written as ½·tanh(a/2) + ½: the same number, quicker, and never overflows."""
    y = np.tanh(0.5 * a)
    y *= 0.5
    y += 0.5
    return y


def softmax(a):
    """e^(a_k) / Σ_j e^(a_j) along the last axis; the largest a is taken off first, so that nothing overflows."""
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def expm1_below_zero(a):
    """e^a − 1 where a < 0, else 0 (so that large a do not overflow)."""
    return np.expm1(np.minimum(a, 0))


def normal_cdf(a):
    """Φ(a) = ½·(1 + erf(a/√2)): how much of a normal distribution lies below a."""
    return (0.5 * (1 + np.vectorize(math.erf, otypes=[float])(a / math.sqrt(2)))).astype(a.dtype)


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

ACTIVATIONS = {
    name: Activation(function, derivative, name)
    for name, function, derivative in (
        ("linear", lambda a: a, lambda a, y: np.ones_like(a)),
        ("tanh", np.tanh, lambda a, y: 1 - y * y),
        ("sigmoid", sigmoid, lambda a, y: y * (1 - y)),
        ("hard_sigmoid", lambda a: np.clip(a / 6 + 0.5, 0, 1), lambda a, y: (np.abs(a) < 3) / a.dtype.type(6)),
        ("relu", lambda a: np.maximum(a, 0), lambda a, y: (a > 0).astype(a.dtype)),
        ("relu6", lambda a: np.clip(a, 0, 6), lambda a, y: ((a > 0) & (a < 6)).astype(a.dtype)),
        ("leaky_relu", lambda a: np.where(a > 0, a, 0.2 * a), lambda a, y: np.where(a > 0, a.dtype.type(1), 0.2)),
        # elu(a) = a for a > 0, e^a − 1 below: there the derivative e^a is y + 1
        ("elu", lambda a: np.maximum(a, 0) + expm1_below_zero(a), lambda a, y: np.minimum(y, 0) + 1),
        (
            "selu",
            lambda a: SELU_SCALE * (np.maximum(a, 0) + SELU_ALPHA * expm1_below_zero(a)),
            lambda a, y: np.where(a > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA).astype(a.dtype),
        ),
        ("softplus", lambda a: np.logaddexp(a, 0).astype(a.dtype), lambda a, y: sigmoid(a)),
        ("softsign", lambda a: a / (1 + np.abs(a)), lambda a, y: (1 - np.abs(y)) ** 2),
        ("exponential", np.exp, lambda a, y: y),
        ("silu", lambda a: a * sigmoid(a), lambda a, y: y + sigmoid(a) * (1 - y)),
        (
            "gelu",
            lambda a: a * normal_cdf(a),
            lambda a, y: normal_cdf(a) + a * np.exp(-0.5 * a * a) / a.dtype.type(math.sqrt(2 * math.pi)),
        ),
    )
}


class Softmax(Activation):
    """For an output layer: here every y_k depends on every a_j, so g′ is a matrix and not one number per entry."""

    def back(self, d_y, a, y):
        # ∂y_k/∂a_j = y_k·(1[k=j] − y_j), so ∂L/∂a = y∘(∂L/∂y − Σ_k ∂L/∂y_k·y_k)
        return y * (d_y - (d_y * y).sum(axis=-1, keepdims=True))


ACTIVATIONS["softmax"] = Softmax(softmax, None, "softmax")
ACTIVATIONS["swish"] = ACTIVATIONS["silu"]


def find_activation(activation, argument="activation"):
    """An `Activation` from whatever the user gave.

    Args:
        activation: a name from `ACTIVATIONS`, an `Activation`, any function of an array (forward only: its derivative
            is not known), or `None` for `"linear"`.
        argument: the name to use in the error.

    Returns:
        An `Activation`.

    Raises:
        ValueError: if the name is not in the table.
    """
    if activation is None:
        return ACTIVATIONS["linear"]
    if isinstance(activation, Activation):
        return activation
    if isinstance(activation, str) and activation in ACTIVATIONS:
        return ACTIVATIONS[activation]
    if callable(activation):
        return Activation(activation, None, getattr(activation, "__name__", ""))
    names = ", ".join(sorted(ACTIVATIONS))
    raise ValueError(f"{argument}: expected a function or one of {names}. Received: {argument}={activation!r}")
