"""What is wrong in a tune, before anybody has said in which file."""


class AbcError(ValueError):
    """A tune cannot be read: what was expected, what was found, and the line of the tune, counted from 0."""

    def __init__(self, message, line=None):
        super().__init__(message)
        self.line = line
