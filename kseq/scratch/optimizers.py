"""From gradients to better weights: gradient descent and Adam, just large enough to train the small models here."""

import numpy as np


class SGD:
    """Stochastic gradient descent: a step against the gradient.

    Args:
        learning_rate: η.
        momentum: μ, the share of the step before that is kept.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0):
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.velocity = {}

    def update(self, parameters, gradients):
        """Changes the arrays in `parameters` in place; `gradients` has the same names."""
        for name, theta in parameters.items():
            g = gradient_of(name, theta, gradients)
            v = self.velocity.setdefault(name, np.zeros_like(theta))
            # v = μ·v − η·g
            v *= self.momentum
            v -= self.learning_rate * g
            # θ = θ + v
            theta += v


class Adam:
    """Adam: steps of about η in every direction, whatever the size of the gradient there.

    Args:
        learning_rate: η.
        beta_1: β₁, how slowly the mean of the gradients moves.
        beta_2: β₂, how slowly the mean of their squares moves.
        epsilon: ε, so that nothing is divided by zero.

    References:
        Kingma and Ba, "Adam: a method for stochastic optimization", 2014 (the form above section 2.1, as Keras has it).
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.learning_rate = learning_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n = 0
        self.m = {}
        self.v = {}

    def update(self, parameters, gradients):
        """Changes the arrays in `parameters` in place; `gradients` has the same names."""
        self.n += 1
        # both means start at 0, which the first steps make up for: η_n = η·√(1 − β₂ⁿ) / (1 − β₁ⁿ)
        eta = self.learning_rate * np.sqrt(1 - self.beta_2**self.n) / (1 - self.beta_1**self.n)
        for name, theta in parameters.items():
            g = gradient_of(name, theta, gradients)
            m = self.m.setdefault(name, np.zeros_like(theta))
            v = self.v.setdefault(name, np.zeros_like(theta))
            # m = β₁·m + (1 − β₁)·g
            m += (1 - self.beta_1) * (g - m)
            # v = β₂·v + (1 − β₂)·g²
            v += (1 - self.beta_2) * (g * g - v)
            # θ = θ − η_n·m / (√v + ε)
            theta -= (eta * m / (np.sqrt(v) + self.epsilon)).astype(theta.dtype)


def gradient_of(name, theta, gradients):
    if name not in gradients or np.shape(gradients[name]) != theta.shape:
        came = f"shape {np.shape(gradients[name])}" if name in gradients else f"only {', '.join(gradients)}"
        raise ValueError(f"gradients: expected one for {name!r} of the shape {theta.shape}. Received: {came}")
    return gradients[name]
