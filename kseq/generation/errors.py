"""One exception for everything that cannot be continued."""


class GenerationError(ValueError):
    """Raised when a model, a prompt or an argument cannot be used to generate.

    The message is a single line that names the layer or the argument, and says what can be done instead.
    """
