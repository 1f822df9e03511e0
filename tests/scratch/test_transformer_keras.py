"""Encoder and decoder blocks: the same numbers as kseq's layers, outputs and gradients, on every backend."""

import numpy as np
import pytest
from keras import ops

from kseq import layers as kseq_layers
from kseq.scratch import TransformerDecoder, TransformerEncoder, read_weights, write_weights
from tests.scratch.layer_parity import fill, gradients_of_layer

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


def compare(layer, inputs, options, twin_options):
    """Outputs, weights of all attentions, gradients of all parameters and inputs."""
    twin = read_weights(layer)
    run = twin.forward(*inputs, **twin_options)
    d_outputs = np.random.default_rng(9).normal(size=run.outputs.shape)
    back = twin.backward(run, d_outputs)
    options = {name: ops.convert_to_tensor(mask) for name, mask in options.items()}
    outputs, d_weights, d_inputs = gradients_of_layer(layer, inputs, d_outputs, **options, return_attention_scores=True)
    close = {"atol": 1e-5 if layer.rotary else 1e-6, "rtol": 0}  # kseq computes the angles in float32
    np.testing.assert_allclose(run.outputs, outputs[0], **close)
    names = [name for name in ("self_attention/weights", "cross_attention/weights") if name in run]
    for name, theirs in zip(names, outputs[1:], strict=True):
        np.testing.assert_allclose(run[name], theirs, **close)
    for ours, theirs in zip(back.d_inputs.values(), d_inputs, strict=True):
        np.testing.assert_allclose(ours, theirs, **close)
    gradients = {v.path: g for v, g in zip(layer.trainable_variables, d_weights, strict=True)}
    for name, ours in back.gradients.items():
        np.testing.assert_allclose(ours, gradients.pop(path_of(layer, name)), err_msg=name, **close)
    assert not gradients


def path_of(layer, name):
    """`self_attention/W_Q` is the variable with this path there."""
    part, weight = name.split("/")
    words = {"Q": "query", "K": "key", "V": "value", "O": "output", "1": "intermediate", "2": "output_projection"}
    kind, _, of = weight.partition("_")
    kind = {"W": "kernel", "b": "bias"}.get(kind, kind)
    if part == "feed_forward":
        return getattr(layer, words[of]).variables[("kernel", "bias").index(kind)].path
    wanted = kind if part.endswith("_norm") else f"{words[of]}_{kind}"
    return next(v.path for v in getattr(layer, part).variables if v.name == wanted)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("masks", [{}, {"mask": PADDING}, {"mask": PADDING, "attention_mask": PAIRS}])
def test_encoder(setting, masks):
    layer = fill(kseq_layers.TransformerEncoder(2, 5, **SETTINGS[setting], dtype="float64"), [(B, T, D)])
    x = np.random.default_rng(1).normal(size=(B, T, D))
    compare(layer, [x], masks, masks)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("masks", [{}, {"mask": PADDING}, {"attention_mask": PAIRS}])
def test_decoder_alone(setting, masks):
    layer = kseq_layers.TransformerDecoder(2, 5, num_key_value_heads=1, **SETTINGS[setting], dtype="float64")
    x = np.random.default_rng(1).normal(size=(B, T, D))
    compare(fill(layer, [(B, T, D)]), [x], masks, masks)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("masked", [False, True])
def test_decoder_with_an_encoder(setting, masked):
    layer = kseq_layers.TransformerDecoder(2, 5, **SETTINGS[setting], dtype="float64")
    rng = np.random.default_rng(1)
    x, encoder_sequence = rng.normal(size=(B, T, D)), rng.normal(size=(B, S, 7))
    layer = fill(layer, [(B, T, D), (B, S, 7)])
    masks = {"mask": PADDING, "encoder_sequence_mask": ENCODER_PADDING} if masked else {}
    twin_masks = {"mask": PADDING, "encoder_mask": ENCODER_PADDING} if masked else {}
    compare(layer, [x, encoder_sequence], masks, twin_masks)


BLOCKS = {
    "encoder": (kseq_layers.TransformerEncoder, [(B, T, D)]),
    "decoder": (kseq_layers.TransformerDecoder, [(B, T, D)]),
    "decoder with an encoder": (kseq_layers.TransformerDecoder, [(B, T, D), (B, S, 7)]),
}


@pytest.mark.parametrize("setting", SETTINGS)
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
