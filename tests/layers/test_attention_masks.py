"""Rows with nothing to attend to: weights of 0 and never NaN, in every layer, precision and gradient."""

import keras
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


ADDITIVE = np.where(np.tri(7, dtype=bool), 0, -np.inf).astype("float32")
MEANING = "`attention_mask` must be True where a query may attend"
PAIRS = r"`attention_mask` must broadcast to \(3, 7, 7\), \(batch, queries, keys\)"


@pytest.mark.parametrize("name", ["dot", "grouped", "encoder", "decoder"])
@pytest.mark.parametrize(
    ("argument", "mask", "message"),
    [
        (
            "attention_mask",
            ADDITIVE,
            MEANING + r"; .* additive mask \(0 and -inf\): write `mask == 0`. Received: -inf$",
        ),
        ("attention_mask", ADDITIVE.tolist(), "write `mask == 0`. Received: -inf$"),
        ("attention_mask", np.full((7, 7), 0.5), MEANING + r": booleans, or the numbers 0 and 1. Received: 0.5$"),
        ("attention_mask", "causal", MEANING + ": booleans, or the numbers 0 and 1. Received: .* of type str"),
        (
            "attention_mask",
            MASK,
            PAIRS + r".*; padding goes into `\w*mask`. Received: attention_mask of shape \(3, 7\)$",
        ),
        ("attention_mask", np.ones((3, 7, 6)), PAIRS + r".*\. Received: attention_mask of shape \(3, 7, 6\)$"),
        ("attention_mask", np.ones(7), PAIRS + r".*\. Received: attention_mask of shape \(7,\)$"),
        ("attention_mask", np.ones((3, 9, 7, 7)), PAIRS + r".* of shape \(3, 9, 7, 7\)$"),
        ("padding", MASK[:, :6], r"mask` must have the shape \(3, 7\), \(batch, steps\). .* of shape \(3, 6\)$"),
        ("padding", MASK[:2], r"mask` must have the shape \(3, 7\), \(batch, steps\). .* of shape \(2, 7\)$"),
        ("padding", MASK[:, None], r"mask` must have the shape \(3, 7\).* of shape \(3, 1, 7\)$"),
        ("padding", np.where(MASK, 0.0, -np.inf), r"mask` must be True where a step counts; .*write `mask == 0`"),
    ],
)
def test_masks_that_are_none(name, argument, mask, message):
    layer = (ATTENTIONS | BLOCKS)[name]()
    padding, options = (mask, {}) if argument == "padding" else (None, {argument: mask})
    with pytest.raises(ValueError, match=message) as caught:
        attend_to_itself(layer, X, padding, **options)
    assert "\n" not in str(caught.value)


def test_masks_have_the_names_of_the_call():
    attention, block = layers.MultiHeadAttention(2, 4), layers.TransformerDecoder(2, 12)
    for name, short in (("query_mask", MASK[:, :6]), ("value_mask", MASK), ("key_mask", MASK)):
        with pytest.raises(ValueError, match=f"^`{name}` must have the shape"):
            attention(X, SOURCE, **{name: short})
    with pytest.raises(ValueError, match=r"^`encoder_sequence_mask` must have the shape \(3, 5\)"):
        block(X, encoder_sequence=SOURCE, encoder_sequence_mask=MASK)
    with pytest.raises(ValueError, match=r"^`encoder_attention_mask` .*\(3, 7, 5\).* into `encoder_sequence_mask`"):
        block(X, encoder_sequence=SOURCE, encoder_attention_mask=np.ones((3, 5), bool))


def test_masks_whose_numbers_or_sizes_are_not_known_yet():
    """A mask that comes in as an input of a model, in a compiled pass and for lengths that vary."""
    x, mask = keras.Input((None, 8)), keras.Input((None, None), dtype="float32")
    model = keras.Model([x, mask], layers.TransformerEncoder(2, 12)(x, attention_mask=mask))
    for length in (7, 4):
        visible = np.tri(length, dtype="float32")[None].repeat(3, axis=0)
        expected = numbers(model([X[:, :length], visible]))
        np.testing.assert_allclose(model.predict([X[:, :length], visible], verbose=0), expected, atol=1e-5)
