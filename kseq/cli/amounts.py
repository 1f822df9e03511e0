"""`Amount`, `Share`: numbers as people type them: `300B`, `300e9`, `1.4T`, `50_257`, `128k`; `0.4`, `40%`."""

import math

import click

from kseq.scale.given_numbers import number_in


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
        number = number_in(value)
        if number is None:
            self.fail(f"{value!r} is not a number; expected one such as 300, 300e9, 300B or 1.4T.", param, ctx)
        if not math.isfinite(number) or not 0 <= number <= self.most or (number == 0 and not self.zero):
            lowest = "from 0" if self.zero else "above 0"
            self.fail(f"{value!r} is out of range; expected a number {lowest}, up to {self.most:,.4g}.", param, ctx)
        if not self.whole:
            return number
        if not number.is_integer():
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        return int(number)


class Share(click.ParamType):
    """A part of a whole, above 0 and up to 1: `0.4`, `40%`."""

    name = "share"

    def convert(self, value, param, ctx):
        """The share that a text means."""
        if isinstance(value, int | float):
            return value
        text = value.strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = math.nan
        if not math.isfinite(share):
            self.fail(f"{value!r} is no share; expected one such as 0.4 or 40%.", param, ctx)
        if not 0 < share <= 1:
            meant = f" Did you mean {share:g}%?" if 1 < share <= 100 else ""
            self.fail(
                f"{value!r} is not in the range from 0 to 1; expected a share such as 0.4 or 40%.{meant}", param, ctx
            )
        return share
