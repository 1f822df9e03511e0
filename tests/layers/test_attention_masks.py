"""Rows with nothing to attend to: weights of 0 and never NaN, in every layer, precision and gradient."""

import numpy as np
import pytest

from kseq import layers
from tests.layers.attending import (
    ATTENTIONS,
    BLOCKS,
    MASK,
    SOURCE,
    ToItself,
    X,
    attend_to_itself,
    numbers,
)
from tests.layers.evaluation import Evaluator

pytestmark = pytest.mark.backend

DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")
NOTHING = MASK.copy()
NOTHING[1] = False  # the second row of the batch is padding from end to end


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(ATTENTIONS))
def test_weights_are_zero(name, dtype):
    layer = ATTENTIONS[name](dtype=dtype)
    output, weights = attend_to_itself(layer, X, NOTHING, return_attention_scores=True)
    quick = numbers(attend_to_itself(layer, X, NOTHING))  # where nobody asks for the weights there is another way
    output, weights = numbers(output), numbers(weights)
    assert np.all(weights[1] == 0) and np.all(output[1] == 0) and np.all(quick[1] == 0)
    assert np.all(np.isfinite(output)) and np.all(np.isfinite(weights))
    tolerance = 1e-5 if dtype == "float32" else 0.03
    np.testing.assert_allclose(quick, output, atol=tolerance)
    sums = weights.sum(-1)
    np.testing.assert_allclose(np.delete(sums, 1, axis=0), 1, atol=tolerance)
    assert np.all(weights[2][..., 5:] == 0)  # and so are those of single masked steps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(ATTENTIONS | BLOCKS))
def test_gradients_are_finite(name, dtype):
    layer = ToItself((ATTENTIONS | BLOCKS)[name](dtype=dtype, seed=3))
    layer.build(X.shape)
    (output,), gradients = Evaluator(layer)(X, mask=NOTHING)
    assert np.all(np.isfinite(output))
    assert all(np.all(np.isfinite(g)) for g in gradients)
    if name in ATTENTIONS:
        dx = gradients[-1]
        assert np.all(dx[1] == 0) and np.any(dx[0] != 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_cross_attention_to_nothing(dtype):
    block = layers.TransformerDecoder(2, 12, dtype=dtype)
    seen = np.array([[True] * 5, [False] * 5, [True] * 2 + [False] * 3])
    output, own, cross = block(X, encoder_sequence=SOURCE, encoder_sequence_mask=seen, return_attention_scores=True)
    assert np.all(np.isfinite(numbers(output)))
    assert np.all(numbers(cross)[1] == 0) and np.all(numbers(cross)[2][..., 2:] == 0)
    np.testing.assert_allclose(numbers(own).sum(-1), 1, atol=0.02)


@pytest.mark.parametrize("shape", [(7, 7), (1, 7), (3, 7, 7), (1, 7, 7), (3, 1, 7), (3, 4, 7, 7)])
def test_masks_of_every_shape(shape):
    mask = np.random.default_rng(1).random(shape) < 0.5
    layer = layers.MultiHeadAttention(4, 4)
    _, weights = layer(X, X, attention_mask=mask, return_attention_scores=True)
    by_head = mask if mask.ndim == 4 else (mask[:, None] if mask.ndim == 3 else mask)
    hidden = ~np.broadcast_to(by_head, (3, 4, 7, 7))
    weights = numbers(weights)
    assert np.all((weights == 0) == hidden)
    np.testing.assert_allclose(
        numbers(layer(X, X, attention_mask=mask)),
        numbers(layer(X, X, attention_mask=np.where(hidden, 0, 1))),  # numbers do as well as booleans
        atol=1e-6,
    )


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_sums_many_weights(dtype):
    """3,000 equal weights: summed up in half precision they would be far from 1."""
    x = np.ones((1, 3000, 2), "float32")
    output, weights = layers.DotProductAttention(dtype=dtype)(x[:, :1], x, return_attention_scores=True)
    np.testing.assert_allclose(numbers(weights).sum(), 1, atol=0.01)
    np.testing.assert_allclose(numbers(output), 1, atol=0.01)


def test_scores_beyond_float16():
    x = np.full((1, 3, 64), 60.0, "float32")  # 64 · 60² is more than float16 can hold
    assert np.all(np.isfinite(numbers(layers.DotProductAttention(dtype="mixed_float16")(x, x))))


def test_a_single_source_warns_nobody(recwarn):
    for mask in (None, np.array([[True], [False], [True]])):
        _, weights = layers.MultiHeadAttention(4, 4)(X, X[:, :1], value_mask=mask, return_attention_scores=True)
        expected = np.broadcast_to(1.0 if mask is None else mask[:, None, None], (3, 4, 7, 1))
        np.testing.assert_array_equal(numbers(weights), expected)
    assert not [w for w in recwarn if "softmax" in str(w.message)]
