"""The middle of multi-head attention: from queries, keys and values by head to the output by head."""

from keras import ops

from kseq.layers.masking import causal_mask, masked_softmax


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
