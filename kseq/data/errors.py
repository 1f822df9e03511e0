"""One exception for all data that cannot be used as it is: its message is one line and says what to do."""


class DataError(ValueError):
    """Raised when a file, a folder or a name given to a loader cannot be used.

    The message is a single line that names the file (and the line, where there is one), what was expected and
    what was found, so that a command line can print it as it stands.
    """
