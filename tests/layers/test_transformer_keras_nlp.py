"""The same results as keras-nlp's layers of the same meaning, with the same weights."""

import numpy as np
import pytest

from kseq import layers
from tests.layers.attending import MASK, SOURCE, SOURCE_MASK, X, numbers, randomised

pytestmark = pytest.mark.backend


@pytest.fixture(scope="module")
def theirs():
    """keras-nlp's layers; they take seconds to import."""
    import keras_nlp

    return keras_nlp.layers


def copy_weights(ours, theirs, sublayers):
    """Gives a block of keras-nlp the weights of ours; `sublayers` names theirs and ours."""
    for name, own in {
        "_self_attention_layer": "self_attention",
        "_self_attention_layer_norm": "self_attention_norm",
        "_feedforward_layer_norm": "feed_forward_norm",
        "_feedforward_intermediate_dense": "intermediate",
        "_feedforward_output_dense": "output_projection",
        **sublayers,
    }.items():
        part = getattr(ours, own)
        weights = part.get_keras_weights() if isinstance(part, layers.MultiHeadAttention) else part.get_weights()
        getattr(theirs, name).set_weights(weights)


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder(theirs, norm_first):
    ours = layers.TransformerEncoder(2, 12, activation="gelu", norm_first=norm_first)
    other = theirs.TransformerEncoder(12, 2, activation="gelu", normalize_first=norm_first)
    ours.build(X.shape)
    other.build(X.shape)
    randomised(ours, size=0.3)
    copy_weights(ours, other, {})
    np.testing.assert_allclose(numbers(ours(X)), numbers(other(X)), atol=1e-5)
    actual, expected = ours(X, mask=MASK), other(X, padding_mask=MASK)
    np.testing.assert_allclose(numbers(actual)[MASK], numbers(expected)[MASK], atol=1e-5)
    anyone = np.random.default_rng(0).random((3, 7, 7)) < 0.7
    anyone |= np.eye(7, dtype=bool)
    actual, expected = ours(X, attention_mask=anyone), other(X, attention_mask=anyone)
    np.testing.assert_allclose(numbers(actual), numbers(expected), atol=1e-5)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("encoder", [False, True])
def test_decoder(theirs, norm_first, encoder):
    ours = layers.TransformerDecoder(2, 12, norm_first=norm_first)
    other = theirs.TransformerDecoder(12, 2, normalize_first=norm_first)
    source = np.concatenate([SOURCE, SOURCE], axis=-1)[..., :8]
    shapes = [X.shape] + ([source.shape] if encoder else [])
    ours.build(*shapes)
    other.build(*shapes)
    randomised(ours, size=0.3)
    cross = {"_cross_attention_layer": "cross_attention", "_cross_attention_layer_norm": "cross_attention_norm"}
    copy_weights(ours, other, cross if encoder else {})
    actual = ours(
        X, **({"encoder_sequence": source, "encoder_sequence_mask": SOURCE_MASK} if encoder else {}), x_mask=MASK
    )
    expected = other(
        X,
        decoder_padding_mask=MASK,
        **({"encoder_sequence": source, "encoder_padding_mask": SOURCE_MASK} if encoder else {}),
    )
    np.testing.assert_allclose(numbers(actual)[MASK], numbers(expected)[MASK], atol=1e-5)


@pytest.mark.parametrize("start", [0, 30])
def test_sine_positions(theirs, start):
    expected = X + numbers(theirs.SinePositionEncoding()(X, start_index=start))
    np.testing.assert_allclose(numbers(layers.PositionalEncoding()(X, start_index=start)), expected, atol=1e-5)


def test_learned_positions(theirs):
    ours, other = layers.PositionEmbedding(9), theirs.PositionEmbedding(9)
    ours.build(X.shape)
    other.build(X.shape)
    other.set_weights(ours.get_weights())
    expected = X + numbers(other(X, start_index=2))
    np.testing.assert_allclose(numbers(ours(X, start_index=2)), expected, atol=1e-6)


@pytest.mark.parametrize("start", [0, 30])
def test_rotary_positions(theirs, start):
    x = np.random.default_rng(0).normal(size=(2, 7, 3, 6)).astype("float32")  # theirs has the heads behind the steps
    expected = numbers(theirs.RotaryEmbedding(max_wavelength=500)(x, start_index=start))
    actual = numbers(layers.RotaryEmbedding(max_wavelength=500)(x.transpose(0, 2, 1, 3), start_index=start))
    np.testing.assert_allclose(actual.transpose(0, 2, 1, 3), expected, atol=1e-5)
