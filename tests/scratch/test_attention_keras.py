"""Attention, positions and norms: the same numbers as the layers, outputs and gradients, on every backend."""

import keras
import numpy as np
import pytest

from kseq import layers as kseq_layers
from kseq import scratch
from kseq.scratch import read_weights, write_weights
from tests.scratch.layer_parity import DOUBLE, DOUBLE_WITH_NORM, SINGLE, assert_same, fill

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("jax_in_double_precision")]

B, T, S, D = 2, 4, 3, 6
PADDING = np.array([[1, 1, 1], [1, 0, 0]], bool)
NOTHING = np.array([[1, 1, 0], [0, 0, 0]], bool)
PAIRS = np.random.default_rng(0).random((B, T, S)) < 0.6
PAIRS[..., 0] = True
BY_HEAD = np.random.default_rng(1).random((B, 2, T, S)) < 0.6
BY_HEAD[..., 0] = True


def arrays(*shapes, seed=1):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


SCORES = {
    "dot": lambda: kseq_layers.DotProductAttention(dtype="float64"),
    "scaled": lambda: kseq_layers.DotProductAttention(scaled=True, dtype="float64"),
    "additive": lambda: kseq_layers.AdditiveAttention(5, dtype="float64"),
    "multiplicative": lambda: kseq_layers.MultiplicativeAttention(dtype="float64"),
}
MASKS = {
    "no mask": {},
    "padding": {"mask": PADDING},
    "a row without keys": {"mask": NOTHING},
    "all masks": {"mask": PADDING, "attention_mask": PAIRS, "use_causal_mask": True},
}


def compare(layer, shapes, masks, close=DOUBLE):
    layer_masks = {{"mask": "value_mask"}.get(name, name): mask for name, mask in masks.items()}
    assert_same(fill(layer, shapes), arrays(*shapes), masks, layer_masks, close=close)


@pytest.mark.parametrize("masks", ["no mask", "a row without keys", "all masks"])
@pytest.mark.parametrize("score", SCORES)
def test_three_scores(score, masks):
    compare(SCORES[score](), [(B, T, D), (B, S, D)], MASKS[masks])


@pytest.mark.parametrize("score", SCORES)
def test_keys_of_their_own(score):
    d_key = D if score in ("dot", "scaled") else 4
    compare(SCORES[score](), [(B, T, D), (B, S, 5), (B, S, d_key)], MASKS["padding"])


HEADS = {
    "kseq": lambda: kseq_layers.MultiHeadAttention(2, 3, dtype="float64"),
    "kseq, other widths": lambda: kseq_layers.MultiHeadAttention(2, 4, value_dim=3, output_dim=5, dtype="float64"),
    "kseq, grouped, no bias": lambda: kseq_layers.MultiHeadAttention(
        4, 2, num_key_value_heads=2, use_bias=False, dtype="float64"
    ),
    "kseq, rotary": lambda: kseq_layers.MultiHeadAttention(2, 4, rotary=True, dtype="float64"),
    "kseq, grouped, rotary": lambda: kseq_layers.MultiHeadAttention(
        2, 4, num_key_value_heads=1, rotary=True, rotary_wavelength=50, dtype="float64"
    ),
    "Keras": lambda: keras.layers.MultiHeadAttention(2, 3, dtype="float64"),
    "Keras, other widths": lambda: keras.layers.MultiHeadAttention(
        2, 4, value_dim=3, output_shape=5, use_bias=False, dtype="float64"
    ),
    "Keras, grouped": lambda: keras.layers.GroupQueryAttention(3, 4, 2, dtype="float64"),
}
# Keras gives equal weights to a row without keys
FITTING = [(k, m) for k in HEADS for m in ("no mask", "all masks")]
FITTING += [("Keras", "padding"), ("kseq", "a row without keys"), ("kseq, grouped, rotary", "a row without keys")]


@pytest.mark.parametrize(("kind", "masks"), FITTING)
def test_multi_head_attention(kind, masks):
    close = SINGLE if "rotary" in kind else DOUBLE
    compare(HEADS[kind](), [(B, T, D), (B, S, D)], MASKS[masks], close)


def test_a_mask_for_each_head_and_keys_of_their_own():
    compare(HEADS["kseq, other widths"](), [(B, T, D), (B, S, 5), (B, S, 4)], {"attention_mask": BY_HEAD})


NORMS = [{"epsilon": 0.1}, {"center": False}, {"scale": False}, {"center": False, "scale": False}]


@pytest.mark.parametrize("options", NORMS)
def test_layer_normalization(options):
    layer = fill(keras.layers.LayerNormalization(**options, dtype="float64"), [(B, T, D)])
    assert_same(layer, arrays((B, T, D)), attentions=(), close=DOUBLE_WITH_NORM)


POSITIONS = {
    "sine": lambda: kseq_layers.PositionalEncoding(100, dtype="float64"),
    "learned": lambda: kseq_layers.PositionEmbedding(9, dtype="float64"),
    "rotary": lambda: kseq_layers.RotaryEmbedding(100, dtype="float64"),
}


@pytest.mark.parametrize("kind", POSITIONS)
def test_positions(kind):
    layer = fill(POSITIONS[kind](), [(B, 7, D)])
    (x,) = arrays((B, 7, D))
    assert_same(layer, [x], attentions=(), close=DOUBLE if kind == "learned" else SINGLE)
    later = keras.ops.convert_to_numpy(layer(x[:, :2], start_index=4))
    np.testing.assert_allclose(read_weights(layer).forward(x[:, :2], start=4).outputs, later, **SINGLE)


ALL = {**SCORES, **HEADS, **POSITIONS, "norm": lambda: keras.layers.LayerNormalization(dtype="float64")}


@pytest.mark.parametrize("kind", ALL)
def test_weights_go_both_ways(kind):
    one_input = kind in POSITIONS or kind == "norm"
    shapes = [(B, T, D)] if one_input else [(B, T, D), (B, S, D)]
    one, other = fill(ALL[kind](), shapes, 1), fill(ALL[kind](), shapes, 2)
    twin = read_weights(one)
    write_weights(twin, other)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for array in twin.parameters.values():  # copies: the layer does not change with them
        array += 1
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class OwnAttention(keras.layers.MultiHeadAttention):
    def call(self, query, value, **options):
        return super().call(query, query, **options)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: keras.layers.MultiHeadAttention(2, 3), "layer: expected a built layer with 8 weights"),
        (lambda: fill(OwnAttention(2, 3), [(B, T, D), (B, T, D)]), "layer: OwnAttention .* has its own `call`"),
        (
            lambda: keras.layers.MultiHeadAttention(2, 3, attention_axes=2),
            r"layer: expected attention_axes=None. Received: MultiHeadAttention",
        ),
        (lambda: keras.layers.AdditiveAttention(), "layer: Keras's AdditiveAttention has no projections"),
        (
            lambda: fill(keras.layers.LayerNormalization(axis=1), [(B, T, D)]),
            r"layer: expected axis=-1. Received: LayerNormalization .* with axis=\[1\]",
        ),
    ],
)
def test_layers_that_cannot_be_read(layer, message):
    with pytest.raises(ValueError, match=message):
        read_weights(layer())


@pytest.mark.parametrize(
    ("twin", "layer", "message"),
    [
        (
            scratch.MultiHeadAttention.random(D, 3, key_dim=2, num_key_value_heads=3),
            lambda: kseq_layers.MultiHeadAttention(2, 3),
            "layer: expected num_heads=3. Received: MultiHeadAttention",
        ),
        (
            scratch.MultiHeadAttention.random(D, 2, key_dim=4, rotary=True),
            lambda: kseq_layers.MultiHeadAttention(2, 4),
            "layer: expected rotary=True. Received: MultiHeadAttention",
        ),
        (
            scratch.MultiHeadAttention.random(D, 2, use_bias=False),
            lambda: keras.layers.MultiHeadAttention(2, 3),
            r"layer: MultiHeadAttention .* expects the shapes \[\(6, 2, 3\)",
        ),
        (
            scratch.AdditiveAttention.random(D, D, 3),
            lambda: kseq_layers.AdditiveAttention(4),
            r"layer: AdditiveAttention .* expects the shapes \[\(6, 4\), \(6, 4\), \(4,\)\]. Received: \[\(6, 3\)",
        ),
        (
            scratch.DotProductAttention(),
            lambda: kseq_layers.AdditiveAttention(4),
            "scratch_object: expected a AdditiveAttention",
        ),
    ],
)
def test_weights_that_do_not_fit_are_not_written(twin, layer, message):
    layer = fill(layer(), [(B, T, D), (B, T, D)])
    before = layer.get_weights()
    with pytest.raises(ValueError, match=message):
        write_weights(twin, layer)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
