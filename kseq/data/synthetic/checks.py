"""Checks of the arguments that the tasks share; every message is one line."""

import numbers


def check_integer(argument, value, least, why=""):
    """Refuses anything but an integer from `least` on."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        reason = f" ({why})" if why else ""
        raise ValueError(f"`{argument}` must be an integer from {least} on{reason}. Received: {argument}={value!r}")


def check_number(argument, value, least, most):
    """Refuses anything but a number between `least` and `most`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not least <= value <= most:
        raise ValueError(f"`{argument}` must be a number from {least} to {most}. Received: {argument}={value!r}")


def check_flag(argument, value):
    """Refuses anything but True and False."""
    if not isinstance(value, bool):
        raise ValueError(f"`{argument}` must be True or False. Received: {argument}={value!r}")
