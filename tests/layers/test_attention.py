"""`DotProductAttention`, `AdditiveAttention`, `MultiplicativeAttention`: the course's three scores."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq import layers
from tests.layers.attending import ATTENTIONS, MASK, SOURCE, X, attend_to_itself, numbers, randomised
from tests.layers.harness import run_layer_test

pytestmark = pytest.mark.backend

SINGLE = ("dot", "scaled", "additive", "multiplicative")


@pytest.mark.parametrize("name", SINGLE)
def test_layer(name):
    def make(**options):
        return ATTENTIONS[name](seed=1, **options)

    # smaller numbers, for a dot product of X by itself makes weights too sharp for the tolerance in half precision
    run_layer_test(make, 0.3 * X, (3, 7, 8), MASK, attend_to_itself)


def softmax(e, mask):
    e = np.where(mask, e, -np.inf)
    e = np.exp(e - e.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def expected_score(layer, query, key):
    """e for every pair, one by one, as on the slide."""
    e = np.zeros((len(query), query.shape[1], key.shape[1]))
    weights = [np.asarray(w, "float64") for w in layer.get_weights()]
    for b, t, s in np.ndindex(*e.shape):
        q, k = query[b, t].astype("float64"), key[b, s].astype("float64")
        if isinstance(layer, layers.DotProductAttention):
            e[b, t, s] = q @ k / (np.sqrt(len(q)) if layer.scaled else 1)
        elif isinstance(layer, layers.MultiplicativeAttention):
            e[b, t, s] = q @ weights[0] @ k
        else:
            query_kernel, key_kernel, v = weights
            e[b, t, s] = v @ np.tanh(q @ query_kernel + k @ key_kernel)
    return e


@settings(max_examples=8, deadline=None)
@given(
    name=st.sampled_from(SINGLE),
    targets=st.integers(1, 4),
    sources=st.integers(1, 5),
    widths=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5)),
    causal=st.booleans(),
    seed=st.integers(0, 99),
)
def test_equation(name, targets, sources, widths, causal, seed):
    rng = np.random.default_rng(seed)
    d_q, d_k, d_v = widths
    d_k = d_q if name in ("dot", "scaled") else d_k
    query, key, value = (
        rng.normal(size=(2, n, d)).astype("float32") for n, d in ((targets, d_q), (sources, d_k), (sources, d_v))
    )
    layer = ATTENTIONS[name]()
    layer.build(query.shape, value.shape, key.shape)
    randomised(layer, seed)
    mask = rng.random((2, targets, sources)) < 0.6
    mask[..., 0] = True  # rows with nothing to attend to have their own tests
    output, alpha = layer(query, value, key, attention_mask=mask, use_causal_mask=causal, return_attention_scores=True)
    visible = mask & (np.tri(targets, sources, dtype=bool) if causal else True)
    expected = softmax(expected_score(layer, query, key), visible)
    np.testing.assert_allclose(numbers(alpha), expected, atol=1e-5)
    np.testing.assert_allclose(numbers(output), expected @ value, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_dot_products_as_in_keras(causal):
    source = np.repeat(SOURCE, 2, axis=-1)[..., :8]
    options = {"return_attention_scores": True, "use_causal_mask": causal}
    expected = keras.layers.Attention()([X, source], **options)
    actual = layers.DotProductAttention()(X, source, **options)
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(numbers(a), numbers(e), atol=1e-5)


@pytest.mark.parametrize("name", ["dot", "additive", "multiplicative"])
def test_the_same_call_does_for_all_in_a_decoder(name):
    """One interface: the layer of a decoder is changed by changing the layer."""
    decoder, encoder = keras.Input((None, 8)), keras.Input((None, 8))
    output, alpha = ATTENTIONS[name]()(decoder, encoder, return_attention_scores=True)
    model = keras.Model([decoder, encoder], [keras.layers.Concatenate()([output, decoder]), alpha])
    joined, weights = model.predict([X, X[:, :5]], verbose=0)
    assert joined.shape == (3, 7, 16) and weights.shape == (3, 7, 5)
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("name", sorted(ATTENTIONS))
def test_masks_of_keras_arrive(name):
    ids = np.array([[3, 4, 5, 0, 0], [1, 2, 3, 4, 5]])
    embedding = keras.layers.Embedding(9, 8, mask_zero=True)
    inputs = keras.Input((None,), dtype="int32")
    layer = ATTENTIONS[name]()
    x = embedding(inputs)
    output, scores = layer(x, x, return_attention_scores=True)
    pooled = keras.layers.GlobalAveragePooling1D()(output)  # takes the mask of the output
    actual = keras.Model(inputs, [output, scores, pooled]).predict(ids, verbose=0)
    rows = numbers(embedding(ids))
    output, scores = layer(rows, rows, value_mask=ids != 0, return_attention_scores=True)
    output, scores = numbers(output), numbers(scores)
    assert np.all(scores[0][..., 3:] == 0)
    np.testing.assert_allclose(actual[0], output, atol=1e-6)
    np.testing.assert_allclose(actual[1], scores, atol=1e-6)
    np.testing.assert_allclose(actual[2][0], output[0, :3].mean(0), atol=1e-6)


@pytest.mark.parametrize("name", sorted(ATTENTIONS))
def test_dropout_and_seed(name):
    make = lambda seed: ATTENTIONS[name](dropout=0.5, seed=seed)  # noqa: E731
    first, again, other = make(1), make(1), make(2)
    results = [numbers(attend_to_itself(layer, X, training=True)) for layer in (first, again, other)]
    np.testing.assert_array_equal(results[0], results[1])
    assert np.abs(results[0] - results[2]).max() > 1e-3
    calm = numbers(attend_to_itself(first, X))
    np.testing.assert_array_equal(calm, numbers(attend_to_itself(first, X, training=False)))
    assert np.abs(results[0] - calm).max() > 1e-3
    shapes = [w.shape for w in first.weights]
    for i, w in enumerate(first.get_weights()):  # weights of one shape don't begin as one and the same
        assert not any(np.array_equal(w, u) and w.any() for u in first.get_weights()[:i]), shapes


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.AdditiveAttention(0), "`units` must be a positive integer. Received: units=0"),
        (lambda: layers.MultiplicativeAttention(dropout=1.0), "up to, not including, 1. Received: dropout=1.0"),
        (lambda: layers.DotProductAttention()(X, SOURCE), "Received: query 8 wide and key 6 wide"),
        (lambda: layers.AdditiveAttention(3)(X[0], X[0]), r"Received: query of shape \(7, 8\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_additive_scores_of_one_query_and_many_sources():
    """The shape of decoding word by word, where Keras 3.10 on TensorFlow multiplies four axes by a matrix wrongly."""
    rng = np.random.default_rng(0)
    query, key = rng.standard_normal((8, 1, 8)).astype("float32"), rng.standard_normal((8, 8, 8)).astype("float32")
    layer = layers.AdditiveAttention(8, seed=0)
    _, weights = layer(query, key, return_attention_scores=True)
    W_q, W_k, v = layer.get_weights()
    scores = np.tanh((query @ W_q)[:, :, None] + (key @ W_k)[:, None]) @ v
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(weights), expected, atol=1e-5)
