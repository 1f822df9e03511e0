"""The middle of multi-head attention: from queries, keys and values by head to the output by head."""

import keras
from keras import ops

from kseq.layers.masking import any_source, causal_mask, masked_softmax


def attend(query, key, value, mask=None, causal=False, dropout=None, return_scores=False):
    """softmax(Q·Kᵀ / √d)·V for all heads side by side.

    Args:
        query: `(B, H, T, d)`.
        key: `(B, H_kv, S, d)`; every H / H_kv heads after one another share one of keys and values.
        value: `(B, H_kv, S, d_v)`.
        mask: booleans that broadcast to `(B, H, T, S)`, or `None`.
        causal: whether a target sees only the sources up to its own number.
        dropout: function applied to the weights, or `None`.
        return_scores: whether the weights are wanted.

    Returns:
        `(output, weights)`: `(B, H, T, d_v)`, and `(B, H, T, S)` before dropout, or `None`.
    """
    if keras.backend.backend() == "torch" and dropout is None and not return_scores:
        return attend_fused(query, key, value, mask, causal), None
    if causal:
        visible = causal_mask(ops.shape(query)[2], ops.shape(key)[2])[:, None]  # (1, 1, T, S)
        mask = visible if mask is None else ops.logical_and(mask, visible)
    heads, groups = query.shape[1], key.shape[1]
    # Scaled before the product: in float16 the product by itself may leave the range.
    query = query * (query.shape[-1] ** -0.5)
    scores = ops.matmul(by_group(query, groups), ops.transpose(key, (0, 1, 3, 2)))  # (B, H_kv, H/H_kv·T, S)
    scores = by_head(scores, heads, groups)  # (B, H, T, S)
    weights = masked_softmax(scores, mask)
    dropped = weights if dropout is None else dropout(weights)
    output = by_head(ops.matmul(by_group(dropped, groups), value), heads, groups)
    return output, weights if return_scores else None


def attend_fused(query, key, value, mask=None, causal=False):
    """The same by the one function that PyTorch has for it, which never writes the weights down.

    What it does with a target that has nothing to attend to depends on its version and on the device. So such a
    target gets to see everything, and then its output is set to 0.
    """
    if mask is not None:
        if causal:
            mask = ops.logical_and(mask, causal_mask(ops.shape(query)[2], ops.shape(key)[2])[:, None])
        sees = any_source(mask)  # (B, 1, T, 1)
        mask = ops.logical_or(mask, ops.logical_not(sees))
    repeats = query.shape[1] // key.shape[1]
    if repeats > 1:
        key, value = ops.repeat(key, repeats, axis=1), ops.repeat(value, repeats, axis=1)
    by_step = [ops.transpose(x, (0, 2, 1, 3)) for x in (query, key, value)]
    output = ops.dot_product_attention(*by_step, mask=mask, is_causal=causal and mask is None)
    output = ops.transpose(output, (0, 2, 1, 3))
    return output if mask is None else ops.where(sees, output, ops.zeros_like(output))


def by_group(x, groups):
    """`(B, H, T, n)` → `(B, groups, H/groups·T, n)`: the heads that share keys stand below one another."""
    if x.shape[1] == groups:
        return x
    batch, heads, length, width = ops.shape(x)
    return ops.reshape(x, (batch, groups, heads // groups * length, width))


def by_head(x, heads, groups):
    """The way back: `(B, groups, H/groups·T, n)` → `(B, H, T, n)`."""
    if heads == groups:
        return x
    batch, _, rows, width = ops.shape(x)
    return ops.reshape(x, (batch, heads, rows * groups // heads, width))
