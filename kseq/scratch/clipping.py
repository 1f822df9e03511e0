"""Clipping: a remedy for exploding gradients, row R10. Each takes a dict name -> gradient and gives a new one."""

import numpy as np


def clip_by_value(gradients, limit):
    """Every single number into [−limit, limit]. The direction changes. (Keras: `clipvalue`.)"""
    check_limit(limit)
    return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}


def clip_by_norm(gradients, limit):
    """Every array g to a length ‖g‖ of at most `limit`. (Keras: `clipnorm`.)"""
    check_limit(limit)
    # g · limit / max(‖g‖, limit)
    return {name: g * (limit / max(norm(g), limit)) for name, g in gradients.items()}


def clip_by_global_norm(gradients, limit):
    """All arrays together to a length of at most `limit`: the direction stays. (Keras: `global_clipnorm`.)"""
    check_limit(limit)
    # g · limit / max(‖all g‖, limit)
    scale = limit / max(global_norm(gradients), limit)
    return {name: g * scale for name, g in gradients.items()}


def global_norm(gradients):
    """√(Σ ‖g‖²) over all arrays: the length of the whole gradient."""
    return float(np.sqrt(sum(norm(g) ** 2 for g in gradients.values())))


def norm(g):
    return float(np.sqrt((g * g).sum()))


def check_limit(limit):
    if not limit > 0:
        raise ValueError(f"limit: expected a number above 0. Received: limit={limit!r}")
