"""Masks as the user gave them, checked as far as they are known before the layer runs, as booleans."""

import keras
import numpy as np
from keras import ops

# What backends raise when the numbers of a tensor are asked for while a program is being compiled.
NOT_KNOWN_YET = (TypeError, NotImplementedError, AttributeError, RuntimeError, ValueError)


def scores_shape(query, value, heads=()):
    """`(B, T, S)`, or `(B, H, T, S)`: what is known of it; `None` stands for any size."""
    batch = query.shape[0] if query.shape[0] == value.shape[0] else None
    return (batch, *heads, query.shape[1], value.shape[1])


def pair_mask(mask, scores, name="attention_mask", padding="value_mask"):
    """A mask by query and key.

    Args:
        mask: what the user gave, or `None`.
        scores: shape of the scores, `(B, T, S)` or `(B, H, T, S)`, or `None`: it is not checked.
        name: of the argument.
        padding: the argument that a mask of padding belongs to.

    Returns:
        Booleans of 2 to 4 axes, or `None`.

    Raises:
        ValueError: it does not broadcast to the scores, or holds what is no truth value.
    """
    if mask is None:
        return None
    mask = as_booleans(mask, name, "a query may attend")
    if scores is None:
        return mask
    axes = len(mask.shape)
    without_heads = (scores[0], *scores[-2:])
    expected = scores if axes == 4 else without_heads
    if 2 <= axes <= len(scores) and fits(mask.shape, expected[-axes:]):
        return mask
    hint = ""
    if axes == 2 and fits(mask.shape, (scores[0], scores[-1])):
        hint = f"; padding goes into `{padding}`"
    by_head = f" or {shown(scores)}, (batch, heads, queries, keys)" if len(scores) == 4 else ""
    raise refused(
        f"`{name}` must broadcast to {shown(without_heads)}, (batch, queries, keys){by_head}{hint}. "
        f"Received: {name} of shape {shown(mask.shape)}"
    )


def step_mask(mask, batch, steps, name):
    """A mask by step, `(B, S)` booleans, or `None`; the errors are those of `pair_mask`."""
    if mask is None:
        return None
    mask = as_booleans(mask, name, "a step counts")
    if len(mask.shape) != 2 or not fits(mask.shape[:1], (batch,)) or not same(mask.shape[1], steps):
        raise refused(
            f"`{name}` must have the shape {shown((batch, steps))}, (batch, steps). "
            f"Received: {name} of shape {shown(mask.shape)}"
        )
    return mask


def as_booleans(mask, name, true_where):
    """A tensor of booleans. Numbers are looked at where they are floats, and known."""
    if isinstance(mask, list | tuple | str):
        mask = np.asarray(mask)
    dtype = keras.backend.standardize_dtype(mask.dtype) if not isinstance(mask, np.ndarray) else mask.dtype.name
    if dtype == "bool" and not isinstance(mask, np.ndarray):
        return mask
    meaning = f"`{name}` must be True where {true_where}"
    if dtype.startswith(("str", "object", "bytes")):
        raise refused(f"{meaning}: booleans, or the numbers 0 and 1. Received: {name} of type {dtype}")
    if "float" in dtype:
        check_numbers(mask, meaning)
    return ops.cast(mask, "bool")


def check_numbers(mask, meaning):
    """Refuses other numbers than 0 and 1: read as truth values, 0 and −∞ are the opposite of what was meant."""
    try:
        numbers = np.asarray(ops.convert_to_numpy(mask), "float32")
    except NOT_KNOWN_YET:
        return
    others = numbers[(numbers != 0) & (numbers != 1)]
    if not others.size:
        return
    if (numbers <= 0).all():
        raise refused(
            f"{meaning}; this looks like an additive mask (0 and -inf): write `mask == 0`. Received: {others[0]}"
        )
    raise refused(f"{meaning}: booleans, or the numbers 0 and 1. Received: {others[0]}")


def fits(shape, expected):
    """Whether it broadcasts; a size that is not known fits."""
    return all((isinstance(n, int) and n == 1) or same(n, m) for n, m in zip(shape, expected, strict=True))


def same(n, m):
    """Whether two sizes may be the same; one that is not known may be any."""
    return not isinstance(n, int) or not isinstance(m, int) or n == m


def shown(shape):
    """A shape in one form for all backends."""
    return tuple(n if isinstance(n, int) else None for n in shape)


def refused(message):
    """An error that reaches the user in one line: Keras would put the arguments of `call` below it."""
    error = ValueError(message)
    error._keras_call_info_injected = True
    return error
