"""What everybody here asks of the arrays that come in: the right type and the right shape."""

import numpy as np


def as_weights(value, argument, *shapes):
    """A copy of `value` as floating point numbers, checked against the allowed shapes (`None`: any size).

    It is a copy because the optimizers change weights in place. float32 and float64 stay what they are, half precision
    becomes float32, anything else float64.
    """
    array = np.asarray(value)
    if array.dtype not in (np.float32, np.float64):
        half = array.dtype.itemsize == 2 and array.dtype.kind not in "iu"  # float16, bfloat16
        array = array.astype(np.float32 if half else np.float64)
    check_shape(array, argument, *shapes)
    return np.array(array)


def check_shape(array, argument, *shapes):
    """Raises a `ValueError` unless the shape of `array` is one of `shapes`; there `None` and names mean any size."""
    for shape in shapes:
        if len(shape) == array.ndim and all(
            not isinstance(n, int) or n == m for n, m in zip(shape, array.shape, strict=True)
        ):
            return
    expected = " or ".join(f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})" for shape in shapes)
    raise ValueError(f"{argument}: expected the shape {expected}. Received: {argument}.shape={array.shape}")


def came(value, argument):
    """What to say of a value that was not expected: its shape, its length, or its type."""
    if isinstance(value, np.ndarray):
        return f"{argument}.shape={value.shape}"
    kind = type(value).__name__
    return f"a {kind} of {len(value)}" if isinstance(value, tuple | list) else f"{argument} of type {kind}"


def as_mask(mask, shape):
    """Booleans of the given shape, or `None`. True means "keep"."""
    if mask is None:
        return None
    mask = as_booleans(mask, "mask", "a step counts")
    check_shape(mask, "mask", shape)
    return mask


def as_booleans(mask, argument, true_where):
    """A mask as booleans: it may hold booleans, or the numbers 0 and 1 in place of them.

    Elsewhere a mask is sometimes added to the scores, 0 where a query may attend and −∞ where not. Read as a truth
    value, that is the opposite of what was meant; so such numbers are refused.
    """
    array = np.asarray(mask)
    meaning = f"{argument} must be True where {true_where}"
    if array.dtype == object or array.dtype.kind in "USmM":
        raise ValueError(f"{meaning}: booleans, or the numbers 0 and 1. Received: {shortened(array)}")
    if array.dtype.kind not in "bu":
        numbers = array.astype(float)
        others = numbers[(numbers < 0) | ((numbers != 0) & (numbers != 1) & (array.dtype.kind != "i"))]
        if others.size and not (numbers > 0).any() and not np.isnan(numbers).any():
            raise ValueError(
                f"{meaning}; this looks like an additive mask (0 and -inf): write `mask == 0`. Received: {others[0]}"
            )
        if others.size:
            raise ValueError(f"{meaning}: booleans, or the numbers 0 and 1. Received: {others[0]}")
    return array.astype(bool)


def shortened(array):
    """What came, in one short line."""
    text = " ".join(repr(array.tolist()).split())
    return text if len(text) <= 40 else f"{text[:39]}…"
