"""One exception for sizes that cannot be, and names that nobody has published."""

import difflib


class ScaleError(ValueError):
    """Raised when an architecture is unknown or impossible.

    The message is a single line that names the argument, what was expected and what came.
    """


def near(name, known, number=3):
    """`Did you mean 'a' or 'b'? `, or nothing where no known name looks like it."""
    return either(difflib.get_close_matches(name, list(dict.fromkeys(known)), n=number, cutoff=0.5))


def either(names):
    """`Did you mean 'a' or 'b'? `, or nothing where there are no names."""
    names = list(dict.fromkeys(names))
    return f"Did you mean {' or '.join(map(repr, names))}? " if names else ""


def check_fields(fields, known):
    """Refuses what is no field of an `Architecture`.

    Args:
        fields: mapping of name -> value.
        known: the names that there are.
    """
    for name, value in fields.items():
        if name not in known:
            raise ScaleError(
                f"An architecture has no size {str(name)!r}. {near(str(name), known)}Known: {', '.join(known)}. "
                f"Received: {name}={value!r}"
            )
