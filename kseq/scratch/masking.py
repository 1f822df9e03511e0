"""Who may attend to whom. True means "attend" (rows X4, X8)."""

from functools import reduce

import numpy as np

from kseq.scratch.checks import as_booleans, as_mask


def causal_mask(T, S=None):
    """`(T, S)`, S = T by default: position t attends to the positions 0 … t and to none that comes later (row X8)."""
    return np.tri(T, T if S is None else S, dtype=bool)


def combine_masks(shape, mask=None, attention_mask=None, use_causal_mask=False):
    """One mask out of three: a query attends to a key where all of those that are given say so.

    Args:
        shape: that of the scores, `(batch, T, S)` or `(batch, heads, T, S)`.
        mask: `(batch, S)`, True for the keys that count (the others are padding).
        attention_mask: `(T, S)`, `(batch, T, S)` or, where there are heads, `(batch, heads, T, S)`; an axis of 1 stands
            for any size. Booleans, or 0 and 1; a mask to be added to the scores, 0 and −∞, is refused.
        use_causal_mask: no key that comes after the query.

    Returns:
        Booleans in that shape, or `None`: everybody attends to everything.
    """
    batch, *heads, T, S = shape
    parts = []
    if mask is not None:
        parts.append(as_mask(mask, (batch, S)).reshape(batch, *(1 for _ in heads), 1, S))
    if attention_mask is not None:
        pairs = np.asarray(attention_mask)
        if heads and pairs.ndim == 3:  # the same for every head
            pairs = pairs[:, None]
        parts.append(as_attention_mask(pairs, shape, attention_mask))
    if use_causal_mask:
        parts.append(causal_mask(T, S))
    return np.broadcast_to(reduce(np.logical_and, parts), shape) if parts else None


def as_attention_mask(attention_mask, shape, came=None):
    """Booleans that broadcast to `shape`, that of the scores; `came` is what the user gave."""
    pairs = as_booleans(attention_mask, "attention_mask", "a query may attend")
    sizes = zip(pairs.shape[::-1], shape[::-1], strict=False)
    if not 1 < pairs.ndim <= len(shape) or not all(n in (1, m) for n, m in sizes):
        axes = "2 axes" if len(shape) == 2 else f"2 to {len(shape)} axes"
        raise ValueError(
            f"attention_mask: expected {axes} and a shape that broadcasts to {tuple(shape)}. "
            f"Received: attention_mask.shape={np.shape(attention_mask if came is None else came)}"
        )
    return pairs


def masked_softmax(scores, attention_mask=None):
    """The softmax of each row of scores `(…, T, S)` over the keys that it may attend to; all the others weigh 0.

    A row that may attend to nothing gets zeros: it has no weights that could add up to 1.

    Returns:
        The scores with −∞ in the forbidden places, and the weights.
    """
    # masked = scores, and −∞ where the mask is False, because e^−∞ = 0
    masked = scores
    if attention_mask is not None:
        masked = np.where(as_attention_mask(attention_mask, scores.shape), scores, scores.dtype.type(-np.inf))
    # weights = e^masked / Σ e^masked          the largest is taken off first, so that nothing overflows
    largest = masked.max(axis=-1, keepdims=True, initial=-np.inf)
    e = np.exp(masked - np.where(np.isneginf(largest), 0, largest))
    total = e.sum(axis=-1, keepdims=True)
    return masked, e / np.where(total == 0, 1, total)


def softmax_back(d_weights, weights):
    """∂L/∂masked from ∂L/∂weights: 0 where a weight is 0, so in the forbidden places and in rows without any key."""
    # ∂w_i/∂m_j = w_i·(1[i=j] − w_j), so ∂L/∂m = w∘(∂L/∂w − Σ_i ∂L/∂w_i·w_i)
    return weights * (d_weights - (d_weights * weights).sum(axis=-1, keepdims=True))
