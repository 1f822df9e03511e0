"""`PositionalEncoding`, `PositionEmbedding`, `RotaryEmbedding`."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from kseq.layers import PositionalEncoding, PositionEmbedding, RotaryEmbedding
from tests.layers.attending import MASK, X, numbers
from tests.layers.harness import check_config, check_mixed_precision, check_symbolic, run_layer_test

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("make", [PositionalEncoding, lambda **k: PositionEmbedding(16, **k)])
def test_layer(make):
    run_layer_test(make, X, (3, 7, 8))


def test_rotary_layer():
    check_config(RotaryEmbedding(max_wavelength=100))
    check_symbolic(RotaryEmbedding(), X, X.shape)
    for dtype in ("mixed_bfloat16", "mixed_float16"):
        check_mixed_precision(RotaryEmbedding, X, None, dtype)


@settings(max_examples=8, deadline=None)
@given(length=st.integers(1, 9), dim=st.integers(1, 9), start=st.integers(0, 500))
def test_sines_and_cosines_of_the_course(length, dim, start):
    expected = np.zeros((length, dim))
    for pos, feature in np.ndindex(length, dim):
        angle = (pos + start) / 10_000 ** (2 * (feature // 2) / dim)
        expected[pos, feature] = np.cos(angle) if feature % 2 else np.sin(angle)
    actual = numbers(PositionalEncoding()(np.zeros((1, length, dim)), start_index=start))[0]
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_two_dogs():
    """ "AJ's dog is a cutie" and "AJ looks like a dog": the same word at the positions 2 and 5 (from 1)."""
    encoded = numbers(PositionalEncoding()(np.zeros((1, 5, 4))))[0]
    np.testing.assert_allclose(encoded[1], [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)], atol=1e-6)
    np.testing.assert_allclose(encoded[4], [np.sin(4), np.cos(4), np.sin(0.04), np.cos(0.04)], atol=1e-6)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_angles_are_not_computed_in_half_precision(dtype):
    """bfloat16 has no 257 and float16 no 2049: computed in them, neighbours would be the same."""
    x = np.zeros((1, 2100, 16), "float32")
    exact, half = (numbers(PositionalEncoding(dtype=d)(x)) for d in ("float32", dtype))
    np.testing.assert_allclose(half, exact, atol=4e-3)
    turned = np.random.default_rng(0).normal(size=(1, 2100, 16)).astype("float32")
    exact, half = (numbers(RotaryEmbedding(dtype=d)(turned)) for d in ("float32", dtype))
    np.testing.assert_allclose(half, exact, atol=0.04)
    assert np.all(np.abs(np.diff(half[0], axis=0)).max(-1) > 0.01)


def test_any_length_after_any_other():
    encoding, rotary = PositionalEncoding(), RotaryEmbedding()
    long = np.random.default_rng(0).normal(size=(2, 300, 8)).astype("float32")
    for layer in (encoding, rotary):
        short = numbers(layer(long[:, :5]))
        np.testing.assert_allclose(numbers(layer(long))[:, :5], short, atol=1e-6)
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, rotary(encoding(inputs)))
    assert model.predict(long[:, :20], verbose=0).shape == (2, 20, 8)
    np.testing.assert_allclose(model.predict(long, verbose=0), numbers(rotary(encoding(long))), atol=1e-4)


def test_learned_positions():
    layer = PositionEmbedding(9, seed=1)
    out = numbers(layer(X))
    (table,) = layer.get_weights()
    np.testing.assert_allclose(out, X + table[:7], atol=1e-6)
    np.testing.assert_allclose(numbers(layer(X, start_index=2)), X + table[2:], atol=1e-6)
    np.testing.assert_array_equal(numbers(PositionEmbedding(9, seed=1)(X)), out)


def test_learned_positions_end():
    layer = PositionEmbedding(6, name="places")
    with pytest.raises(ValueError, match=r"'places' has learned context_length=6 .* Received: 7 steps from position 0"):
        layer(X)
    with pytest.raises(ValueError, match="Received: 2 steps from position 5"):
        layer(X[:, :2], start_index=5)
    with pytest.raises(ValueError, match="context_length=-1"):
        PositionEmbedding(-1)


def test_learned_positions_end_in_compiled_models_too():
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, PositionEmbedding(5)(inputs))
    for length in (3, 5):
        assert model.predict(np.zeros((2, length, 4)), verbose=0).shape == (2, length, 4)
    with pytest.raises(Exception, match="context_length=5 positions and knows no further ones"):
        model.predict(np.zeros((2, 6, 4)), verbose=0)


def test_a_mask_goes_on():
    x = keras.layers.Masking()(ops.convert_to_tensor(np.where(MASK[..., None], X, 0)))
    for layer in (PositionalEncoding(), PositionEmbedding(9), RotaryEmbedding()):
        y = layer(x, start_index=ops.convert_to_tensor(1, dtype="int32"))
        np.testing.assert_array_equal(ops.convert_to_numpy(layer.compute_mask(x, x._keras_mask)), MASK)
        pooled = numbers(keras.layers.GlobalAveragePooling1D()(y))
        np.testing.assert_allclose(pooled[1], numbers(y)[1, :2].mean(0), atol=1e-5)


@pytest.mark.parametrize("layer", [PositionalEncoding(), PositionEmbedding(9)])
def test_steps_equal_the_full_pass(layer):
    expected = numbers(layer(X))
    state = layer.empty_state(3, 9)
    assert state == ()
    for start, n in ((0, 4), (4, 1), (5, 2)):
        for position in (start, ops.convert_to_tensor(start, dtype="int32")):
            y, state = layer.step(ops.convert_to_tensor(X[:, start : start + n]), state, position)
            assert state == ()
            np.testing.assert_allclose(numbers(y), expected[:, start : start + n], atol=1e-6)


@settings(max_examples=6, deadline=None)
@given(half=st.integers(1, 5), distance=st.integers(0, 20), start=st.integers(0, 200), seed=st.integers(0, 99))
def test_products_of_turned_vectors_know_the_distance_only(half, distance, start, seed):
    q, k = np.random.default_rng(seed).normal(size=(2, 1, 1, 2 * half)).astype("float32")
    rotary = RotaryEmbedding()
    product = lambda i, j: np.sum(numbers(rotary(q, start_index=i)) * numbers(rotary(k, start_index=j)))  # noqa: E731
    np.testing.assert_allclose(product(start, start + distance), product(0, distance), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(numbers(rotary(q, start_index=start))), np.linalg.norm(q), atol=1e-4)


def test_rotary_needs_pairs():
    with pytest.raises(ValueError, match=r"`head_dim` must be even: rotary positions turn pairs. Received: head_dim=5"):
        RotaryEmbedding()(np.ones((2, 3, 5)))
