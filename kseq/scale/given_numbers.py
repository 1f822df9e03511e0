"""What users give: numbers above zero, and words out of a few. Anything else is refused in one line."""

import math
import numbers

from kseq.scale.errors import ScaleError, near
from kseq.scale.quantity import given


def one_of(name, value, choices):
    """Refuses a word that is none of the choices."""
    if value not in choices:
        raise ScaleError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. {near(str(value), choices)}"
            f"Received: {name}={value!r}"
        )


def positive(argument, value, unit="", name=""):
    """A number above zero as a `Quantity`; anything else is refused in the name of its argument."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not (math.isfinite(value) and value > 0):
        raise ScaleError(f"`{argument}` must be a number above 0. Received: {argument}={value!r}")
    return given(value, unit, name=name)
