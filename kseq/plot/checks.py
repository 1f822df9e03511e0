"""What the figures ask of the arrays they get. Each error names the argument, what was expected and what came."""

import numpy as np

KINDS = ("gate", "state")


def numbers(values, name, dims, give=None):
    """An array of floats with one of the given numbers of dimensions, something finite in it, masked entries NaN.

    Args:
        values: what the caller gave.
        name: what the argument is called.
        dims: the numbers of dimensions that will do.
        give: what else would have been right, for the message about what is no array at all.
    """
    if give and not hasattr(values, "__array__") and not isinstance(values, (list, tuple)):
        raise ValueError(f"`{name}` must be {give}, or an array of numbers. Received: {type(values).__name__}")
    masked = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` must be numbers in rows of equal length. Received: {error}") from error
    if array.ndim not in dims:
        shapes = " or ".join({1: "(steps,)", 2: "(steps, units)"}[d] if name == "values" else f"{d}-d" for d in dims)
        raise ValueError(f"`{name}` must be of shape {shapes}. Received: shape {array.shape}")
    if masked is not None:
        array[masked] = np.nan
    if not array.size or not np.isfinite(array).any():
        raise ValueError(f"`{name}` holds no finite number. Received: {'all NaN' if array.size else 'an empty array'}")
    if np.isinf(array).any():
        raise ValueError(
            f"`{name}` must be finite (NaN: masked). Received: {int(np.isinf(array).sum())} infinite values"
        )
    return array


def tokens_for(tokens, steps, name="tokens"):
    """One string per step; positions from 0, as in the tables of a trace, where none are given."""
    if tokens is None:
        return [str(step) for step in range(steps)]
    tokens = [str(token) for token in tokens]
    if len(tokens) != steps:
        raise ValueError(f"`{name}` must have one entry for each of the {steps} steps. Received: {len(tokens)}")
    return tokens


def limits(values, kind, name="values"):
    """The ends of the colour scale: 0 and 1 for gates, symmetric about 0 for states."""
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {KINDS}. Received: kind={kind!r}")
    low, high = np.nanmin(values), np.nanmax(values)
    if kind == "gate":
        if low < -1e-6 or high > 1 + 1e-6:
            raise ValueError(
                f"`{name}` of kind 'gate' must lie between 0 and 1. Received: {low:.3g} to {high:.3g}; "
                "for states and candidates use kind='state'"
            )
        return 0.0, 1.0
    end = max(abs(low), abs(high)) or 1.0
    return -end, end


def named(lines, name, dims=(1, 2)):
    """A dictionary name → array, all of the same number of steps (their last axis)."""
    if not isinstance(lines, dict) or not lines:
        raise ValueError(f"`{name}` must be a dictionary of label → numbers. Received: {type(lines).__name__}")
    return same_steps(
        {str(label): numbers(values, f"{name}[{label!r}]", dims) for label, values in lines.items()}, name
    )


def same_steps(arrays, name):
    """The dictionary of arrays itself, if all have the same number of steps (their last axis)."""
    steps = {array.shape[-1] for array in arrays.values()}
    if len(steps) > 1:
        found = ", ".join(f"{label}: {array.shape[-1]}" for label, array in arrays.items())
        raise ValueError(f"`{name}` must all have the same number of steps. Received: {found}")
    return arrays
