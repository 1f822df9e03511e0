"""`warmup_cosine`: the learning-rate schedule of Transformers."""

import keras

from kseq.tasks.arguments import check_positive


def warmup_cosine(peak, steps, *, warmup_steps=None, end=0.0):
    """A learning rate that rises in a straight line, then falls along half a cosine.

    At first Adam's estimates rest on few batches, and a full step would throw the weights about: so it begins small.
    At the end small steps let the weights settle.

    Args:
        peak: highest learning rate.
        steps: number of batches in the whole training, `epochs * len(batches)`.
        warmup_steps: batches until the peak. Default: a tenth of `steps`.
        end: learning rate at the last batch and after it.

    Returns:
        A `keras.optimizers.schedules.CosineDecay`, for `learning_rate=` of a builder or of an optimizer.

    Raises:
        ValueError: an argument is out of its range.

    Example:

    >>> model = build_text_model(text.vectorizer, learning_rate=warmup_cosine(3e-3, steps=2_000))

    References:
        Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts. The warm-up is from the
        paper of the Transformer, Vaswani et al. (2017), Attention is all you need.
    """
    check_positive("steps", steps)
    if not peak > 0:
        raise ValueError(f"`peak` must be above 0. Received: peak={peak!r}")
    if not 0 <= end <= peak:
        raise ValueError(f"`end` must be between 0 and the peak {peak}. Received: end={end!r}")
    warmup_steps = steps // 10 if warmup_steps is None else warmup_steps
    if not 0 <= warmup_steps < steps:
        raise ValueError(
            f"`warmup_steps` must be at least 0 and less than steps={steps}. Received: warmup_steps={warmup_steps!r}"
        )
    if not warmup_steps:
        return keras.optimizers.schedules.CosineDecay(peak, steps, alpha=end / peak)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=steps - warmup_steps,
        alpha=end / peak,
        warmup_target=peak,
        warmup_steps=warmup_steps,
    )
