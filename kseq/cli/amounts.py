"""`Amount`: numbers as people type them: `300B`, `300e9`, `1.4T`, `50_257`, `128k`."""

import math
import re

import click

LETTERS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}
WRITTEN = re.compile(r"([+-]?(?:\d[\d_,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([kmbgt]?)", re.IGNORECASE)


class Amount(click.ParamType):
    """A positive number, with a letter for thousands, millions, billions (B or G) or trillions.

    Args:
        most: the largest that is not absurd.
        whole: whether it must be an integer.
        zero: whether nothing at all is an answer, too.
    """

    name = "number"

    def __init__(self, most, *, whole=False, zero=False):
        self.most, self.whole, self.zero = most, whole, zero

    def convert(self, value, param, ctx):
        """The number that a text means."""
        if isinstance(value, int | float):
            return value
        found = WRITTEN.fullmatch(value.strip())
        if not found:
            self.fail(f"{value!r} is not a number; expected one such as 300, 300e9, 300B or 1.4T.", param, ctx)
        number = float(found[1].replace("_", "").replace(",", "")) * LETTERS[found[2].lower()]
        if not math.isfinite(number) or not 0 <= number <= self.most or (number == 0 and not self.zero):
            lowest = "from 0" if self.zero else "above 0"
            self.fail(f"{value!r} is out of range; expected a number {lowest}, up to {self.most:,.4g}.", param, ctx)
        if not self.whole:
            return number
        if not number.is_integer():
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        return int(number)


def size_in_letters(text):
    """The number of parameters that a text such as `1.3B` or `350m` means; None where it means something else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmbt])", text.strip(), re.IGNORECASE)
    return float(found[1]) * LETTERS[found[2].lower()] if found else None
