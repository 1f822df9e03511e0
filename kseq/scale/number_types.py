"""Bytes of one number, by the name of its type; and checks of what counts things."""

import numbers

from kseq.scale.errors import ScaleError, near

TRAINED = {"float32": 4, "bfloat16": 2, "float16": 2}  # what weights are trained in
STORED = {**TRAINED, "float8": 1, "int8": 1, "int4": 0.5}  # what may be kept to be read only


def bytes_of(dtype, known=TRAINED):
    """Bytes of one number of a type.

    Args:
        dtype: name of the type.
        known: mapping of name -> bytes.

    Raises:
        ScaleError: There is no such type there.
    """
    return choice("dtype", dtype, known)


def choice(argument, name, known):
    """What `known` has under a name.

    Raises:
        ScaleError: It has nothing; the message offers near names.
    """
    if (name is None or isinstance(name, str)) and name in known:
        return known[name]
    offered = near(name, [one for one in known if one]) if isinstance(name, str) else ""
    listed = ", ".join(map(repr, known))
    raise ScaleError(f"`{argument}` must be one of {listed}. {offered}Received: {argument}={name!r}")


def check_count(argument, value, least=1):
    """Refuses what counts nothing: no integer, or less than `least`."""
    whole = isinstance(value, numbers.Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or value < least:
        raise ScaleError(f"`{argument}` must be an integer from {least} on. Received: {argument}={value!r}")
