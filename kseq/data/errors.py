"""One exception for all data that cannot be used as it is, and a word for numbers in messages."""


class DataError(ValueError):
    """Raised when a file, a folder or a name given to a loader cannot be used.

    The message is a single line that names the file (and the line, where there is one), what was expected and
    what was found, so that a command line can print it as it stands.
    """


def counted(number, noun):
    """`1 row`, `1,280 rows`: a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
