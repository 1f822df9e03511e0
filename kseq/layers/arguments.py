"""Checks of the arguments that several layers share."""

import numbers


def check_positive(**arguments):
    """Refuses what is not a positive whole number."""
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")


def check_rate(**arguments):
    """Refuses what is not a share to drop."""
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value < 1:
            raise ValueError(f"`{name}` must be a number from 0 up to, not including, 1. Received: {name}={value!r}")


def check_width(**shapes):
    """Refuses a sequence whose width is not known: weights cannot be made for it."""
    for name, shape in shapes.items():
        if len(shape) != 3 or shape[-1] is None:
            raise ValueError(
                f"`{name}` must have the shape (batch_size, length, width) with a known width. "
                f"Received: {name} of shape {tuple(shape)}"
            )
