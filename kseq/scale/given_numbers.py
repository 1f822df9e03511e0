"""What users give: numbers above zero, and words out of a few. Anything else is refused in one line.

Counts may be written as people write them: `"300B"`, `"1.4T"`, `"300e9"`.
"""

import math
import numbers
import re

from kseq.scale.errors import ScaleError, near
from kseq.scale.quantity import given

LETTERS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}
WRITTEN = re.compile(r"([+-]?(?:\d[\d_,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([kmbgt]?)", re.IGNORECASE)
COUNTED = ("tokens", "parameters", "FLOP")  # may be written with a letter


def number_in(text):
    """The number that a text such as `"300B"`, `"1.4T"`, `"300e9"` or `"50_257"` is; None where it is none."""
    found = WRITTEN.fullmatch(text.strip())
    return float(found[1].replace("_", "").replace(",", "")) * LETTERS[found[2].lower()] if found else None


def one_of(name, value, choices):
    """Refuses a word that is none of the choices."""
    if value not in choices:
        raise ScaleError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. {near(str(value), choices)}"
            f"Received: {name}={value!r}"
        )


def positive(argument, value, unit="", name=""):
    """A number above zero as a `Quantity`; anything else is refused in the name of its argument."""
    if isinstance(value, str) and unit in COUNTED and number_in(value) is not None:
        value = number_in(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not (math.isfinite(value) and value > 0):
        raise ScaleError(f"`{argument}` must be a number above 0. Received: {argument}={value!r}")
    return given(value, unit, name=name)
