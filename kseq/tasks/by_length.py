"""`batches_by_length`: texts of similar length go through a network together."""


def batches_by_length(lengths, batch_size):
    """The places of texts, a batch at a time, short texts first: so that a batch holds little padding.

    Args:
        lengths: length of each text.
        batch_size: texts in a batch, at most.

    Yields:
        Lists of indices into `lengths`.
    """
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def round_up(size, at_most=None):
    """The next power of two from 8 on, not above `at_most`: rows and lengths of few kinds, so that few are compiled."""
    power = max(8, 1 << (size - 1).bit_length())
    return power if at_most is None else max(size, min(power, at_most))
