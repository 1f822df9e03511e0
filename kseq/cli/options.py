"""Kinds of options that several commands have: what is out of range is refused before TensorFlow starts."""

import math

import click


class Number(click.FloatRange):
    """A range of numbers without `nan` and `inf`, which click lets pass."""

    def convert(self, value, param, ctx):
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


COUNT = click.IntRange(min=1)
POSITIVE = Number(0, min_open=True)
FRACTION = Number(0, 1, max_open=True)  # that something is left of
PROBABILITY = Number(0, 1, min_open=True)
