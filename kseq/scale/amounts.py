"""`amount`: a number that somebody brings, checked, as a `Quantity`."""

import math

from kseq.scale.errors import ScaleError
from kseq.scale.quantity import Quantity, given


def amount(argument, value, unit, *, name="", least=None):
    """A size that must be positive.

    Args:
        argument: what the caller calls it, for the message.
        value: a number or a `Quantity`.
        unit: what it is counted in.
        name: what it is, in words.
        least: the smallest value that is allowed, where zero is not the end.

    Returns:
        A `Quantity`; one that comes in goes out as it is.

    Raises:
        ScaleError: It is no number, not finite, zero or negative, below `least`, or a `Quantity` of another unit.
    """
    number = _number(value)
    if number is None or not math.isfinite(number) or number <= 0 or (least is not None and number < least):
        wanted = "a positive number" if least is None else f"a number from {least} on"
        raise ScaleError(f"`{argument}` must be {wanted}{f' ({unit})' if unit else ''}. Received: {argument}={value!r}")
    if isinstance(value, Quantity) and value.unit and unit and value.unit != unit:
        raise ScaleError(f"`{argument}` must be in {unit}. Received: {argument}={value}")
    return value if isinstance(value, Quantity) else given(number, unit, name=name)


def _number(value):
    if isinstance(value, bool | str | bytes):
        return None
    try:
        return float(value) if not isinstance(value, int) else value
    except (TypeError, ValueError):
        return None
