"""Checks of what loaders and datasets are given: numbers of things, and shares to hold out."""


def check_counts(least=1, optional=False, **given):
    """Refuses anything but integers from `least` on.

    Args:
        least: the smallest allowed value.
        optional: whether `None` passes, because it stands for a default.
        **given: argument's name -> value.

    Raises:
        ValueError: naming the argument, what was expected and what came.
    """
    for name, value in given.items():
        if optional and value is None:
            continue
        if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
            raise ValueError(f"`{name}` must be an integer, at least {least}. Received: {name}={value!r}")


def check_fractions(validation_fraction, test_fraction):
    """The shares of validation and test as a pair; refuses shares that leave nothing to train on.

    Raises:
        ValueError: a share is below 0, or both together make 1 or more.
    """
    fractions = validation_fraction, test_fraction
    if not (min(fractions) >= 0 and sum(fractions) < 1):  # also where one is not a number
        raise ValueError(
            "`validation_fraction` and `test_fraction` must be at least 0 and less than 1 together. "
            f"Received: validation_fraction={validation_fraction}, test_fraction={test_fraction}"
        )
    return fractions
