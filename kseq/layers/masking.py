"""Who may look at whom: masks, True where attention is allowed, and the softmax that obeys them."""

import keras
from keras import ops

from kseq.layers.mask_checks import pair_mask, step_mask

# What a masked score becomes. Finite, so that neither the softmax nor its gradient ever divides 0 by 0; so low that
# its exponential is exactly 0 beside any score that counts.
MASKED_SCORE = -1e30


def causal_mask(targets, sources, start=0):
    """`(1, T, S)`: the target at `start + t` sees the sources up to and including itself."""
    return ops.arange(targets)[None, :, None] + start >= ops.arange(sources)[None, None, :]


def combine_masks(attention_mask=None, value_mask=None, key_mask=None, causal=None, scores=None):
    """All masks in one.

    Args:
        attention_mask: `(T, S)`, `(B, T, S)` or `(B, H, T, S)`, or `None`.
        value_mask, key_mask: `(B, S)`, or `None`.
        causal: `(T, S)`, the two lengths, if the future is to be hidden.
        scores: shape of the scores, `(B, T, S)` or `(B, H, T, S)`, which the masks must fit as far as it is known.

    Returns:
        Booleans that broadcast to `(B, T, S)` or, where `attention_mask` has heads, `(B, H, T, S)`. `None` if there
        is nothing to hide.

    Raises:
        ValueError: a mask does not fit the scores, or holds floats other than 0 and 1.
    """
    masks = []
    attention_mask = pair_mask(attention_mask, scores)
    if attention_mask is not None:
        masks.append(attention_mask[None] if len(attention_mask.shape) == 2 else attention_mask)
    batch, steps = (None, None) if scores is None else (scores[0], scores[-1])
    for name, mask in (("value_mask", value_mask), ("key_mask", key_mask)):
        mask = step_mask(mask, batch, steps, name)
        if mask is not None:
            masks.append(mask[:, None, :])
    if causal:
        masks.append(causal_mask(*causal))
    if not masks:
        return None
    if any(len(m.shape) == 4 for m in masks):
        masks = [m if len(m.shape) == 4 else m[:, None] for m in masks]
    combined = masks[0]
    for mask in masks[1:]:
        combined = ops.logical_and(combined, mask)
    return combined


def masked_softmax(scores, mask=None):
    """Softmax over the last axis, 0 where `mask` is False; a row with nothing to attend to is all 0.

    Half precision is left for float32 in between: sums of many small weights need the digits.
    """
    dtype = keras.backend.standardize_dtype(scores.dtype)
    scores = ops.cast(scores, "float32") if dtype in ("float16", "bfloat16") else scores
    if mask is None:
        return ops.cast(softmax(scores), dtype)
    weights = softmax(ops.where(mask, scores, MASKED_SCORE))
    return ops.cast(ops.where(any_source(mask), weights, 0.0), dtype)


def softmax(scores):
    """Over the last axis; for a single source it is 1, where Keras's own function would warn the user."""
    return ops.ones_like(scores) if scores.shape[-1] == 1 else ops.softmax(scores)


def any_source(mask):
    """`(…, T, 1)`: whether a target has anything to attend to."""
    return ops.any(mask, axis=-1, keepdims=True)
