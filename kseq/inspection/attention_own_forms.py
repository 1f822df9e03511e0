"""The equations of kseq's attention layers in NumPy, written anew: what the layers compute is not asked of them."""

import numpy as np
from keras import ops

from kseq.inspection.attention_forms import Form, check_axes, note_masks, read, summed, with_causal
from kseq.layers import AdditiveAttention, DotProductAttention, MultiHeadAttention, MultiplicativeAttention


class Own(Form):
    """What kseq's layers have in common: the same arguments, and masks that mean the same."""

    def run(self, layer, call, given):
        query, value = given["query"], given["value"]
        key = value if given["key"] is None else given["key"]
        check_axes(query)
        seen = {"inputs": query, "keys_from": key, "query": query, "key": key, "value": value}
        note_masks(seen, given)
        allowed = given["attention_mask"]
        if allowed is not None:
            allowed = ops.cast(allowed, "bool")
            allowed = allowed[None] if len(allowed.shape) == 2 else allowed
        if seen["key_mask"] is not None:
            counts = ops.cast(seen["key_mask"], "bool")[:, None]  # (B, 1, S)
            counts = counts[:, None] if allowed is not None and len(allowed.shape) == 4 else counts
            allowed = counts if allowed is None else ops.logical_and(allowed, counts)
        seen["allowed"] = with_causal(allowed, query, value) if given["use_causal_mask"] else allowed
        return call(), seen


class OwnDot(Own):
    """`DotProductAttention`: e = sᵀh, divided by √d where it is `scaled`."""

    def factor(self, layer, query):
        return query.shape[-1] ** -0.5 if layer.scaled else 1.0


class OwnAdditive(Own):
    """`AdditiveAttention`: e = vᵀ tanh(s W_q + h W_k); "query" and "key" are s W_q and h W_k."""

    def heads(self, layer, seen):
        query, key, value = super().heads(layer, seen)
        return query @ read(layer.query_kernel, layer), key @ read(layer.key_kernel, layer), value

    def products(self, layer, query, key):
        v = read(layer.v, layer)
        return summed(query, key, lambda z: np.tanh(z) * v)


class OwnMultiplicative(Own):
    """`MultiplicativeAttention`: e = s W hᵀ; "query" is s W."""

    def heads(self, layer, seen):
        query, key, value = super().heads(layer, seen)
        return query @ read(layer.kernel, layer), key, value


class OwnHeads(Own):
    """`MultiHeadAttention`: Q = x W_Q + b_Q and so on, cut into heads; turned by their positions where it is rotary."""

    def heads(self, layer, seen):
        groups = layer.num_key_value_heads or layer.num_heads
        query = self._project(layer, "query", seen["query"], layer.num_heads)
        key = self._project(layer, "key", seen["key"], groups)
        value = self._project(layer, "value", seen["value"], groups)
        if layer.rotary:
            query, key = (turned(x, layer.rotary_wavelength) for x in (query, key))
        return query, key, value

    def _project(self, layer, name, x, heads):
        projected = x @ read(getattr(layer, f"{name}_kernel"), layer)
        if layer.use_bias:
            projected += read(getattr(layer, f"{name}_bias"), layer)
        B, T, width = projected.shape
        return np.swapaxes(projected.reshape(B, T, heads, width // heads), 1, 2)  # (B, H, T, d)

    def factor(self, layer, query):
        return query.shape[-1] ** -0.5

    def output(self, layer, context, seen):
        B, H, T, d = context.shape
        joined = np.swapaxes(context, 1, 2).reshape(B, T, H * d) @ read(layer.output_kernel, layer)
        return joined + read(layer.output_bias, layer) if layer.use_bias else joined


def turned(x, wavelength):
    """Every pair of features, i and i + d/2, turned by position times frequency: row X3."""
    T, d = x.shape[-2:]
    angle = np.arange(T)[:, None] * wavelength ** (-np.arange(0, d, 2) / d)  # (T, d/2)
    cos, sin = np.cos(angle).astype(x.dtype), np.sin(angle).astype(x.dtype)
    first, second = x[..., : d // 2], x[..., d // 2 :]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


OWN_FORMS = [
    OwnHeads(MultiHeadAttention),
    OwnDot(DotProductAttention),
    OwnAdditive(AdditiveAttention),
    OwnMultiplicative(MultiplicativeAttention),
]
