"""Weights of attention layers, positions, norms and Transformer blocks: the part of `read_weights` that knows them."""

import numpy as np

from kseq.scratch.attention_scores import AdditiveAttention, DotProductAttention, MultiplicativeAttention
from kseq.scratch.feed_forward import FeedForward
from kseq.scratch.keras_facts import activation_of, describe, weights_of
from kseq.scratch.layer_normalization import LayerNormalization
from kseq.scratch.multi_head_attention import MultiHeadAttention
from kseq.scratch.positions import PositionalEncoding, PositionEmbedding, RotaryEmbedding
from kseq.scratch.transformer_decoder import TransformerDecoder
from kseq.scratch.transformer_encoder import TransformerEncoder


def read_dot_product(layer, kind):
    return DotProductAttention(layer.scaled)


def read_scored(layer, kind):
    """kseq's additive and multiplicative attention."""
    if is_of_keras(layer):
        raise ValueError(
            "layer: Keras's AdditiveAttention has no projections of query and key, and so is not that of row Q4; "
            f"kseq.AdditiveAttention is. Received: {describe(layer)}"
        )
    return ATTENTION_TWINS[kind](*weights_of(layer))


def read_multi_head(layer, kind):
    """kseq's layer has matrices already; Keras's have an axis for the heads."""
    config = layer.get_config()
    options = {"num_key_value_heads": config.get("num_key_value_heads")}
    if is_of_keras(layer):
        refuse(layer, config, use_gate=False, sliding_window=None)
        if tuple(config.get("attention_axes") or (1,)) != (1,):
            raise ValueError(f"layer: expected attention_axes=None. Received: {describe(layer)}")
        num_heads = config["num_query_heads" if "num_query_heads" in config else "num_heads"]
    else:
        options |= {name: config[name] for name in ("rotary", "rotary_wavelength")}
        num_heads = config["num_heads"]
    names = ("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O")
    names = names if config["use_bias"] else names[::2]
    weights = dict(zip(names, weights_of(layer, len(names)), strict=True))
    weights = {name: as_matrix(name, w) for name, w in weights.items()}
    return MultiHeadAttention(num_heads, **weights, **options)


def as_matrix(name, weight):
    """Keras's (d, heads, width) -> (d, heads·width); its output (heads, width, d) -> (heads·width, d)."""
    if name.startswith("b_"):
        return weight.reshape(-1)
    return weight.reshape(-1, weight.shape[-1]) if name == "W_O" else weight.reshape(weight.shape[0], -1)


def read_norm(layer, kind):
    config = layer.get_config()
    refuse(layer, config, rms_scaling=False)
    if config["axis"] not in (-1, [-1]):
        raise ValueError(f"layer: expected axis=-1. Received: {describe(layer)} with axis={config['axis']}")
    names = [name for name, used in (("gamma", config["scale"]), ("beta", config["center"])) if used]
    weights = weights_of(layer, len(names)) if names else []
    return LayerNormalization(**dict(zip(names, weights, strict=True)), epsilon=config["epsilon"])


def read_position_embedding(layer, kind):
    return PositionEmbedding(*weights_of(layer, 1))


def read_wavelength(layer, kind):
    return ATTENTION_TWINS[kind](layer.max_wavelength)


def read_block(layer, kind):
    weights_of(layer)  # a layer that is not built has no parts
    parts = {name: read_multi_head(part, "") for name, part in attentions(layer).items()}
    parts |= {name: read_norm(part, "") for name, part in norms(layer).items()}
    (W_1, *b_1), (W_2, *b_2) = weights_of(layer.intermediate), weights_of(layer.output_projection)
    activation = activation_of(layer.intermediate, "activation")
    parts["feed_forward"] = FeedForward(W_1, W_2, *(b_1 or [None]), *(b_2 or [None]), activation)
    return ATTENTION_TWINS[kind](**parts, norm_first=layer.norm_first)


def attentions(layer):
    """The attention layers inside a kseq block, by name."""
    named = {name: getattr(layer, name, None) for name in ("self_attention", "cross_attention")}
    return {name: part for name, part in named.items() if part is not None}


def norms(layer):
    """The norms inside a kseq block, by name."""
    names = [f"{part}_norm" for part in ("self_attention", "cross_attention", "feed_forward")]
    named = {name: getattr(layer, name, None) for name in names}
    return {name: part for name, part in named.items() if part is not None}


def pair_up_attention(twin, layer, kind):
    """`(arrays in Keras's order and shapes, layer to set)` for the layer or each one inside."""
    own = ATTENTION_READERS[kind](layer, kind)
    for name in SETTINGS.get(type(own).__name__, ()):
        if getattr(twin, name) != getattr(own, name):
            raise ValueError(f"layer: expected {name}={getattr(twin, name)}. Received: {describe(layer)}")
    if kind in ("TransformerEncoder", "TransformerDecoder"):
        if twin.parts.keys() != own.parts.keys():
            raise ValueError(f"layer: expected the parts {', '.join(twin.parts)}. Received: {', '.join(own.parts)}")
        for name, part in attentions(layer).items():
            yield from pair_up_attention(getattr(twin, name), part, "MultiHeadAttention")
        for name, part in norms(layer).items():
            yield from pair_up_attention(getattr(twin, name), part, "LayerNormalization")
        dense = twin.feed_forward
        yield [w for w in (dense.W_1, dense.b_1) if w is not None], layer.intermediate
        yield [w for w in (dense.W_2, dense.b_2) if w is not None], layer.output_projection
    elif own.parameters:
        arrays = twin.parameters
        if {n: a.shape for n, a in arrays.items()} == {n: a.shape for n, a in own.parameters.items()}:
            shapes = [np.shape(w) for w in weights_of(layer)]
            yield [a.reshape(shape) for a, shape in zip(arrays.values(), shapes, strict=True)], layer
        else:  # `write_weights` says what does not fit
            yield list(arrays.values()), layer


def is_of_keras(layer):
    """Whether the first known class among its ancestors is Keras's own."""
    known = (parent for parent in type(layer).__mro__ if parent.__name__ in ATTENTION_READERS)
    return next(known).__module__.split(".")[0] == "keras"


def refuse(layer, config, **plain):
    """Settings that have no twin here."""
    for name, value in plain.items():
        if config.get(name, value) != value:
            raise ValueError(f"layer: expected {name}={value}. Received: {describe(layer)} with {name}={config[name]}")


ATTENTION_READERS = {
    "DotProductAttention": read_dot_product,
    "AdditiveAttention": read_scored,
    "MultiplicativeAttention": read_scored,
    "MultiHeadAttention": read_multi_head,
    "GroupedQueryAttention": read_multi_head,
    "LayerNormalization": read_norm,
    "PositionEmbedding": read_position_embedding,
    "PositionalEncoding": read_wavelength,
    "RotaryEmbedding": read_wavelength,
    "TransformerEncoder": read_block,
    "TransformerDecoder": read_block,
}
ATTENTION_TWINS = {
    "DotProductAttention": DotProductAttention,
    "AdditiveAttention": AdditiveAttention,
    "MultiplicativeAttention": MultiplicativeAttention,
    "MultiHeadAttention": MultiHeadAttention,
    "GroupedQueryAttention": MultiHeadAttention,
    "LayerNormalization": LayerNormalization,
    "PositionEmbedding": PositionEmbedding,
    "PositionalEncoding": PositionalEncoding,
    "RotaryEmbedding": RotaryEmbedding,
    "TransformerEncoder": TransformerEncoder,
    "TransformerDecoder": TransformerDecoder,
}
# what two layers must have in common for the same weights to mean the same
SETTINGS = {
    "DotProductAttention": ("scaled",),
    "MultiHeadAttention": ("num_heads", "num_key_value_heads", "rotary", "rotary_wavelength"),
    "LayerNormalization": ("epsilon",),
    "PositionalEncoding": ("max_wavelength",),
    "RotaryEmbedding": ("max_wavelength",),
    "TransformerEncoder": ("norm_first",),
    "TransformerDecoder": ("norm_first",),
}
