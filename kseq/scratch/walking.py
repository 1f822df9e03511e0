"""Small helpers of `Recurrent.forward` and `Recurrent.backward`: masks, sums, and how far to go back."""

import numpy as np


class Rows(dict):
    """The values of all steps, one below the other, put together when first asked for."""

    def __init__(self, steps):
        self.steps = steps

    def __missing__(self, name):
        self[name] = np.concatenate([values[name] for values in self.steps])
        return self[name]


def sweeps(steps, tau):
    """Which walks back to make, as `(from step, to the step before, for the loss at the first one alone)`."""
    if tau is not None and (not isinstance(tau, int | np.integer) or isinstance(tau, bool) or tau < 1):
        raise ValueError(f"tau: expected a positive whole number or None. Received: tau={tau!r}")
    if tau is None or tau >= steps:
        return [(steps - 1, -1, False)]
    return [(end, max(end - tau, -1), True) for end in range(steps)]


def keep(mask, new, old):
    """`new` where the mask `(batch,)` is True, elsewhere `old`: tuples of `(…, batch, units)`."""
    return tuple(np.where(mask[:, None], n, o) for n, o in zip(new, old, strict=True))


def seen(mask):
    """`(batch, steps)`: whether a step that counts has come."""
    return np.logical_or.accumulate(mask, axis=1)


def add(total, new):
    """Adds two dicts of arrays; `None` counts as zero."""
    return new if total is None else {name: total[name] + d for name, d in new.items()}
