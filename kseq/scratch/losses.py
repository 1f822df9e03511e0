"""How wrong the outputs are, and ∂L/∂outputs, where the way back begins (row R7).

The decks differ in how they put the steps together: A takes the mean, L = 1/T Σ_t loss(y_t, ŷ_t), E the sum, and D the
last step. Here `reduction="mean"`, the default and what Keras does, divides by the number of all entries that count (of
the whole batch); `"sum"` does not divide. For the last step alone, give the loss that step's output.

Every loss returns a pair: the loss, a number, and its gradient in the shape of the first argument.
"""

import numpy as np

from kseq.scratch.activations import sigmoid
from kseq.scratch.checks import as_mask, check_shape


def softmax_cross_entropy(scores, targets, mask=None, reduction="mean"):
    """−log P(target), where P = softmax(scores): for one class out of k at each step.

    Args:
        scores: `(…, k)`, before the softmax.
        targets: `(…)` class numbers, or `(…, k)` probabilities such as one-hot vectors.
        mask: `(…)`, True for the steps that count.
        reduction: `"mean"` over the steps that count, or `"sum"`.

    Returns:
        `(loss, d_scores)`.
    """
    scores = as_floats(scores)
    p = as_probabilities(np.asarray(targets), scores)
    # log P_k = s_k − log Σ_j e^(s_j)          the largest s is taken off first, so that nothing overflows
    shifted = scores - scores.max(axis=-1, keepdims=True)
    log_P = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    # loss = −Σ_k p_k·log P_k
    each = -(p * log_P).sum(axis=-1)
    # ∂loss/∂s_k = P_k − p_k          (with Σ p = 1)
    d_each = np.exp(log_P) * p.sum(axis=-1, keepdims=True) - p
    return reduce_loss(each, d_each, mask, reduction)


def mean_squared_error(outputs, targets, mask=None, reduction="mean"):
    """(y − ŷ)²: for numbers, as in the price table (row R4).

    Args:
        outputs: `(…, k)`, ŷ.
        targets: `(…, k)`, y.
        mask: `(…)`, True for the steps that count.
        reduction: `"mean"` over all numbers that count, or `"sum"` of them.

    Returns:
        `(loss, d_outputs)`.
    """
    outputs = as_floats(outputs)
    targets = np.asarray(targets, outputs.dtype)
    check_shape(targets, "targets", outputs.shape)
    # loss = (ŷ − y)²,   ∂loss/∂ŷ = 2·(ŷ − y)
    error = outputs - targets
    return reduce_loss(error * error, 2 * error, mask, reduction)


def binary_cross_entropy(scores, targets, mask=None, reduction="mean"):
    """−log P(target), where P(1) = σ(score): for yes or no, as in sentiment (row S3).

    Args:
        scores: any shape, before the sigmoid.
        targets: the same shape, 0 or 1 or a probability.
        mask: the leading axes of that shape, True for what counts.
        reduction: `"mean"` over all numbers that count, or `"sum"` of them.

    Returns:
        `(loss, d_scores)`.
    """
    scores = as_floats(scores)
    targets = np.asarray(targets, scores.dtype)
    check_shape(targets, "targets", scores.shape)
    # loss = −y·log σ(s) − (1−y)·log(1−σ(s)) = log(1 + e^s) − y·s
    each = np.logaddexp(scores, 0) - targets * scores
    # ∂loss/∂s = σ(s) − y
    return reduce_loss(each, sigmoid(scores) - targets, mask, reduction)


def reduce_loss(each, d_each, mask, reduction):
    """Mean or sum of `each` where the mask says True, and what becomes of its gradients."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction: expected 'mean' or 'sum'. Received: reduction={reduction!r}")
    count = each.size
    if mask is not None:
        mask = np.asarray(mask)
        mask = as_mask(mask, each.shape[: mask.ndim])
        weights = mask.reshape(mask.shape + (1,) * (each.ndim - mask.ndim))
        count = np.broadcast_to(weights, each.shape).sum()
        each = np.where(weights, each, 0)
        d_each = np.where(mask.reshape(mask.shape + (1,) * (d_each.ndim - mask.ndim)), d_each, 0)
    if reduction == "sum":
        return float(each.sum()), d_each
    count = max(int(count), 1)  # nothing counts: the loss is 0
    return float(each.sum() / count), d_each / d_each.dtype.type(count)


def as_floats(array):
    array = np.asarray(array)
    return array if array.dtype.kind == "f" else array.astype(float)


def as_probabilities(targets, scores):
    """`(…, k)` from class numbers `(…)`, or as they are."""
    k = scores.shape[-1]
    if targets.dtype.kind not in "iu" or targets.shape == scores.shape:
        check_shape(targets, "targets", scores.shape)
        return targets.astype(scores.dtype)
    check_shape(targets, "targets", scores.shape[:-1], scores.shape)
    if targets.size and not (targets.min() >= 0 and targets.max() < k):
        raise ValueError(
            f"targets: expected class numbers from 0 to {k - 1}. Received: {targets.min()} to {targets.max()}"
        )
    return np.eye(k, dtype=scores.dtype)[targets]
