"""One exception for sizes that cannot be, and names that nobody has published."""

import difflib


class ScaleError(ValueError):
    """Raised when an architecture is unknown or impossible.

    The message is a single line that names the argument, what was expected and what came.
    """


def near(name, known, number=3):
    """`Did you mean 'a' or 'b'? `, or nothing where no known name looks like it."""
    close = difflib.get_close_matches(name, known, n=number, cutoff=0.5)
    return f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
