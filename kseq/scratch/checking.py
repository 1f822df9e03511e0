"""Is a gradient right? Move each parameter a little and look at the loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kseq.scratch.checks import came


@dataclass
class GradientCheck:
    """What `gradient_check` found."""

    errors: dict
    """name -> the largest difference between the two gradients of this parameter, relative to its largest entry"""
    worst: tuple
    """`(name, index, analytic, numeric)`: the entry with the largest error"""
    tolerance: float
    """`ok` is True if no error is above it"""
    checked: dict = field(default_factory=dict)
    """name -> how many entries were moved"""

    @property
    def ok(self):
        return all(error <= self.tolerance for error in self.errors.values())  # False for NaN

    def __repr__(self):
        name, index, analytic, numeric = self.worst
        lines = [f"gradient check: {'ok' if self.ok else 'WRONG'} (tolerance {self.tolerance:.0e})"]
        lines += [f"  {key:<12} error {error:.1e}" for key, error in self.errors.items()]
        place = f"{name}[{', '.join(map(str, index))}]"
        lines.append(f"  worst: {place} is {analytic:.8g} by the backward pass, {numeric:.8g} by differences")
        return "\n".join(lines)


def gradient_check(f, params, eps=None, tolerance=None, max_entries=None, seed=0):
    """Compares a gradient with central differences, (f(θ + ε) − f(θ − ε)) / 2ε, entry by entry.

    Args:
        f: function of `params` that returns `(loss, gradients)`, gradients named like `params`. It may ignore its
            argument and read the same arrays elsewhere: they are changed in place.
        params: dict name -> array of floats, such as `cell.parameters`. Every entry is moved by ±ε and put back.
        eps: ε; about 6e-6 for float64, 5e-3 for float32 (there the differences are rough).
        tolerance: what counts as equal; 1e-6 for float64, 1e-2 for float32.
        max_entries: check no more than so many entries of a parameter, drawn by `seed`. `None`: all of them.
        seed: see `max_entries`.

    Returns:
        A `GradientCheck`.

    Raises:
        ValueError: if `f` returns something else, if the loss is not one finite number, or if a gradient is missing or
            of another shape.

    Example:

    >>> def f(parameters):
    ...     run = cell.forward(x)
    ...     loss, d_outputs = mean_squared_error(run.outputs, y)
    ...     return loss, cell.backward(run, d_outputs).gradients
    >>> gradient_check(f, cell.parameters).ok
    True
    """
    if not params:
        raise ValueError("params: expected at least one array. Received: params={}")
    loss, gradients = require_pair(f(params))
    require_finite(loss, "before anything was moved")
    random = np.random.default_rng(seed)
    errors, checked, worst = {}, {}, (-1.0, None)
    for name, theta in params.items():
        analytic = gradient_for(name, theta, gradients)
        machine = np.finfo(theta.dtype).eps
        step = machine ** (1 / 3) if eps is None else eps
        allowed = (1e-6 if machine < 1e-10 else 1e-2) if tolerance is None else tolerance
        chosen = np.arange(theta.size)
        if max_entries is not None and theta.size > max_entries:
            chosen = np.sort(random.choice(theta.size, max_entries, replace=False))
        numeric = np.array([difference(f, params, name, n, step) for n in chosen])
        analytic = analytic.reshape(-1)[chosen]
        checked[name] = len(chosen)
        # differences of a loss L are only known to about machine·|L|/ε, and less well where many terms make it up:
        # smaller gradients are compared with that
        noise = 16 * machine * max(1.0, abs(loss)) / step / allowed
        wrong = np.abs(analytic - numeric) / max(np.abs(numeric).max(initial=0), finite_max(analytic), noise)
        wrong[~np.isfinite(analytic)] = np.inf
        errors[name] = float(wrong.max(initial=0))
        if len(chosen) and errors[name] > worst[0]:
            n = int(wrong.argmax())
            index = tuple(int(i) for i in np.unravel_index(chosen[n], theta.shape))
            worst = (errors[name], (name, index, float(analytic[n]), float(numeric[n])))
    return GradientCheck(errors, worst[1], allowed, checked)


def difference(f, params, name, n, step):
    """(f(θ + ε) − f(θ − ε)) / 2ε for entry number n; the entry is put back."""
    theta = params[name]
    index = np.unravel_index(n, theta.shape)
    before = theta[index]
    losses = []
    try:
        for theta[index] in (before + step, before - step):
            losses.append(float(f(params)[0]))
            require_finite(losses[-1], f"with {name}[{', '.join(map(str, index))}] = {theta[index]:.8g}")
    finally:
        theta[index] = before
    return (losses[0] - losses[1]) / (2 * step)


def require_pair(returned):
    """`(loss, gradients)`, as it should have come back from `f`."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise ValueError(f"f: expected it to return (loss, gradients). Received: {came(returned, 'returned')}")
    loss, gradients = returned
    if np.ndim(loss) or np.asarray(loss).dtype.kind not in "fiu":
        what = f"loss.shape={np.shape(loss)}; take its mean or sum" if np.ndim(loss) else came(loss, "loss")
        raise ValueError(f"f: expected the loss to be one number. Received: {what}")
    if not isinstance(gradients, Mapping):
        raise ValueError(f"f: expected a dict name -> gradient. Received: {came(gradients, 'gradients')}")
    return loss, gradients


def require_finite(loss, when):
    if not np.isfinite(loss):
        raise ValueError(f"f: expected a finite loss. Received: loss={loss} {when}")


def gradient_for(name, theta, gradients):
    if not isinstance(theta, np.ndarray) or theta.dtype.kind != "f":
        kind = f"of dtype {theta.dtype}" if isinstance(theta, np.ndarray) else f"of type {type(theta).__name__}"
        raise ValueError(f"params: expected arrays of floats. Received: {name} {kind}")
    if name not in gradients or np.shape(gradients[name]) != theta.shape:
        other = f"the shape {np.shape(gradients[name])}" if name in gradients else f"only {', '.join(gradients)}"
        raise ValueError(f"f: expected a gradient for {name!r} of the shape {theta.shape}. Received: {other}")
    return np.asarray(gradients[name], float)


def finite_max(array):
    finite = np.abs(array[np.isfinite(array)])
    return finite.max(initial=0)
