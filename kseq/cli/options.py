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


def held_out_options(default):
    """`--data`, `--split` and `--seed` for a command that scores a model on held-out data.

    Args:
        default: what is read without `--data`, in words.
    """
    options = (
        click.option(
            "--data",
            default=None,
            metavar="PATH|NAME",
            help=f"Your file or folder, or a name from `kseq datasets`.  [default: {default}]",
        ),
        click.option(
            "--split",
            type=click.Choice(["train", "validation", "test"]),
            default="test",
            show_default=True,
            help="Which part of the data to score.",
        ),
        click.option(
            "--seed", type=int, default=0, show_default=True, help="The one of the training: fixes the split."
        ),
    )

    def add(command):
        for option in reversed(options):
            command = option(command)
        return command

    return add
