"""Encoder and decoder blocks: the same numbers as kseq's layers, outputs and gradients, on every backend."""

import numpy as np
import pytest

from kseq import layers as kseq_layers
from kseq.scratch import TransformerDecoder, TransformerEncoder, read_weights, write_weights
from tests.scratch.layer_parity import DOUBLE_WITH_NORM, SINGLE, assert_same, fill

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("jax_in_double_precision")]

B, T, S, D = 2, 4, 3, 6
PADDING = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
ENCODER_PADDING = np.array([[1, 1, 0], [0, 0, 0]], bool)
PAIRS = np.random.default_rng(0).random((B, T, T)) < 0.6
SETTINGS = {
    "post-norm": {},
    "pre-norm": {"norm_first": True},
    "gelu, own width of heads": {"activation": "gelu", "key_dim": 4, "layer_norm_epsilon": 0.01},
    "rotary, no bias": {"rotary": True, "use_bias": False, "norm_first": True, "key_dim": 4},
}


def compare(layer, inputs, masks, layer_masks):
    attentions = [f"{part}/weights" for part in ("self_attention", "cross_attention")[: len(inputs)]]
    assert_same(layer, inputs, masks, layer_masks, attentions, SINGLE if layer.rotary else DOUBLE_WITH_NORM)


@pytest.mark.parametrize("setting", SETTINGS)
def test_encoder(setting):
    masks = {} if setting == "pre-norm" else {"mask": PADDING, "attention_mask": PAIRS}
    layer = fill(kseq_layers.TransformerEncoder(2, 5, **SETTINGS[setting], dtype="float64"), [(B, T, D)])
    compare(layer, [np.random.default_rng(1).normal(size=(B, T, D))], masks, masks)


@pytest.mark.parametrize("setting", ["pre-norm", "rotary, no bias"])
def test_decoder_alone(setting):
    layer = kseq_layers.TransformerDecoder(2, 5, num_key_value_heads=1, **SETTINGS[setting], dtype="float64")
    masks = {"mask": PADDING, "attention_mask": PAIRS}
    compare(fill(layer, [(B, T, D)]), [np.random.default_rng(1).normal(size=(B, T, D))], masks, masks)


@pytest.mark.parametrize("setting", SETTINGS)
def test_decoder_with_an_encoder(setting):
    shapes = [(B, T, D), (B, S, 7)]
    layer = fill(kseq_layers.TransformerDecoder(2, 5, **SETTINGS[setting], dtype="float64"), shapes)
    rng = np.random.default_rng(1)
    masks = {"mask": PADDING, "encoder_mask": ENCODER_PADDING}
    layer_masks = {"mask": PADDING, "encoder_sequence_mask": ENCODER_PADDING}
    compare(layer, [rng.normal(size=shape) for shape in shapes], masks, layer_masks)


BLOCKS = {
    "encoder": (kseq_layers.TransformerEncoder, [(B, T, D)]),
    "decoder": (kseq_layers.TransformerDecoder, [(B, T, D)]),
    "decoder with an encoder": (kseq_layers.TransformerDecoder, [(B, T, D), (B, S, 7)]),
}


@pytest.mark.parametrize("setting", ["post-norm", "rotary, no bias"])
@pytest.mark.parametrize("kind", BLOCKS)
def test_weights_go_both_ways(kind, setting):
    block, shapes = BLOCKS[kind]
    one, other = (fill(block(2, 5, **SETTINGS[setting]), shapes, seed) for seed in (1, 2))
    twin = read_weights(one)
    write_weights(twin, other)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for array in twin.parameters.values():  # copies: the layer does not change with them
        array += 1
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("twin", "kind", "options", "message"),
    [
        (TransformerEncoder.random(D, 2, 5), "decoder", {}, "scratch_object: expected a TransformerDecoder"),
        (TransformerDecoder.random(D, 2, 5), "decoder with an encoder", {}, "layer: expected the parts self_attention"),
        (TransformerDecoder.random(D, 3, 5), "decoder", {}, "layer: expected num_heads=3"),
        (TransformerEncoder.random(D, 2, 5), "encoder", {"norm_first": True}, "layer: expected norm_first=False"),
        (TransformerEncoder.random(D, 2, 4), "encoder", {}, r"layer: Dense .* expects the shapes \[\(6, 5\)"),
    ],
)
def test_weights_that_do_not_fit_are_not_written(twin, kind, options, message):
    block, shapes = BLOCKS[kind]
    layer = fill(block(2, 5, **options), shapes)
    before = layer.get_weights()
    with pytest.raises(ValueError, match=message):
        write_weights(twin, layer)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_block_that_is_not_built_is_refused():
    with pytest.raises(ValueError, match="layer: expected a built layer with weights"):
        read_weights(kseq_layers.TransformerEncoder(2, 5))
