"""`MultiHeadAttention`: Keras's results with Keras's weights, grouped heads, rotary positions, step by step."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from kseq.layers import MultiHeadAttention
from tests.layers.attending import MASK, SOURCE, SOURCE_MASK, X, attend_to_itself, numbers, randomised
from tests.layers.evaluation import Evaluator, assert_close
from tests.layers.harness import run_layer_test

pytestmark = pytest.mark.backend


@pytest.mark.parametrize(
    "options",
    [{}, {"num_key_value_heads": 2, "rotary": True}, {"num_key_value_heads": 1, "value_dim": 3, "output_dim": 5}],
)
def test_layer(options):
    def make(**more):
        # without biases: that of the keys changes nothing, for it adds the same to all scores of a query
        return MultiHeadAttention(4, 2, use_bias=False, seed=2, **options, **more)

    run_layer_test(make, X, (3, 7, options.get("output_dim", 8)), MASK, attend_to_itself)


def pair(query, value, key=None, grouped=None, **options):
    """Our layer and Keras's, with the same random weights."""
    ours = MultiHeadAttention(**options, num_key_value_heads=grouped)
    shapes = [x.shape for x in (query, value, key) if x is not None]
    ours.build(*shapes)
    randomised(ours, size=0.3)
    if grouped is None:
        theirs = keras.layers.MultiHeadAttention(**options)
    else:
        names = {
            "num_query_heads": options["num_heads"],
            "num_key_value_heads": grouped,
            "head_dim": options["key_dim"],
        }
        theirs = keras.layers.GroupQueryAttention(**names, use_bias=options.get("use_bias", True))
    theirs.build(*shapes)
    theirs.set_weights(ours.get_keras_weights())
    return ours, theirs


@settings(max_examples=2 if keras.backend.backend() == "jax" else 6, deadline=None)
@given(
    heads=st.integers(1, 4),
    dims=st.tuples(st.integers(2, 5), st.integers(2, 5)),  # 1 wide, Keras's own projection on TensorFlow is wrong
    lengths=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    own_key=st.booleans(),
    use_bias=st.booleans(),
    causal=st.booleans(),
    masked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_as_keras(heads, dims, lengths, own_key, use_bias, causal, masked, seed):
    rng = np.random.default_rng(seed)
    targets, sources = lengths
    query, value, key = (
        rng.normal(size=(2, n, d)).astype("float32") for n, d in ((targets, 5), (sources, 4), (sources, 3))
    )
    key = key if own_key else None
    mask = None
    if masked:
        mask = rng.random((2, targets, sources)) < 0.6
        mask[..., 0] = True
    ours, theirs = pair(query, value, key, num_heads=heads, key_dim=dims[0], value_dim=dims[1], use_bias=use_bias)
    options = {"attention_mask": mask, "use_causal_mask": causal}
    # with scores on Keras's side always: without, it cannot do values of another width on JAX
    expected = theirs(query, value, key=key, **options, return_attention_scores=True)
    actual = ours(query, value, key, **options, return_attention_scores=True)
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(numbers(a), numbers(e), atol=1e-5)
    np.testing.assert_allclose(numbers(ours(query, value, key, **options)), numbers(expected[0]), atol=1e-5)


def test_heads_of_width_one():
    layer = randomised_layer(MultiHeadAttention(2, 1))
    query_kernel, query_bias, key_kernel, key_bias, value_kernel, value_bias, kernel, bias = layer.get_weights()
    q, k, v = X @ query_kernel + query_bias, X @ key_kernel + key_bias, X @ value_kernel + value_bias
    heads = []
    for h in range(2):
        e = np.exp(q[..., h, None] * k[:, None, :, h])  # (B, T, S)
        heads.append((e / e.sum(-1, keepdims=True) * v[:, None, :, h]).sum(-1))
    expected = np.stack(heads, axis=-1) @ kernel + bias
    np.testing.assert_allclose(numbers(layer(X, X)), expected, atol=1e-5)


class WithMask(keras.layers.Layer):
    """An attention as a layer of one sequence and its mask; both Keras's and ours."""

    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.supports_masking = True
        self.built = True

    def call(self, x, mask=None, training=False):
        """Causal self-attention."""
        return self.attention(x, x, attention_mask=mask[:, None], use_causal_mask=True, training=training)


@pytest.mark.parametrize("grouped", [None, 2])
def test_gradients_as_keras(grouped):
    ours, theirs = pair(X, X, grouped=grouped, num_heads=4, key_dim=3)
    (actual, d_actual), (expected, d_expected) = (Evaluator(WithMask(layer))(X, mask=MASK) for layer in (ours, theirs))
    assert_close(actual, expected)
    for a, e in zip(d_actual, d_expected, strict=True):  # that of the key's bias is 0 but for rounding
        np.testing.assert_allclose(a.reshape(e.shape), e, atol=2e-5)


@pytest.mark.parametrize("grouped", [1, 2])
def test_grouped_heads_as_keras(grouped):
    ours, theirs = pair(X, SOURCE, grouped=grouped, num_heads=4, key_dim=3)
    mask = np.broadcast_to(SOURCE_MASK[:, None], (3, 7, 5))
    actual = ours(X, SOURCE, attention_mask=mask, return_attention_scores=True)
    expected = theirs(X, SOURCE, attention_mask=mask, return_attention_scores=True)
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(numbers(a), numbers(e), atol=1e-5)
    np.testing.assert_allclose(numbers(ours(X, SOURCE, attention_mask=mask)), numbers(expected[0]), atol=1e-5)


def test_grouped_heads_share_keys():
    """The same as all heads with their own, the matrices of a group repeated."""
    grouped = randomised_layer(MultiHeadAttention(4, 2, num_key_value_heads=2, rotary=True))
    full = MultiHeadAttention(4, 2, rotary=True)
    full.build(X.shape, X.shape)
    repeated = []
    for w, value in zip(grouped.weights, grouped.get_weights(), strict=True):
        if w.name.startswith(("key", "value")):
            by_head = value.reshape(*value.shape[:-1], 2, 2)
            value = np.repeat(by_head, 2, axis=-2).reshape(*value.shape[:-1], 8)
        repeated.append(value)
    full.set_weights(repeated)
    np.testing.assert_allclose(numbers(grouped(X, X)), numbers(full(X, X)), atol=1e-5)


def randomised_layer(layer):
    layer.build(X.shape, X.shape)
    return randomised(layer)


def test_weights_of_keras_go_both_ways():
    ours, theirs = pair(X, SOURCE, num_heads=4, key_dim=3, value_dim=2)
    other = MultiHeadAttention(4, 3, value_dim=2)
    other.build(X.shape, SOURCE.shape)
    other.set_keras_weights(theirs.get_weights())
    for a, b in zip(other.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [w.name for w in ours.weights] == [
        f"{name}_{kind}" for name in ("query", "key", "value", "output") for kind in ("kernel", "bias")
    ]


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("options", [{}, {"num_key_value_heads": 2, "rotary": True}])
@pytest.mark.parametrize("pieces", [(7,), (1,) * 7, (4, 1, 2)])
def test_steps_equal_the_full_pass(pieces, options, dtype):
    layer = randomised_layer(MultiHeadAttention(4, 2, dtype=dtype, **options))
    expected = numbers(layer(X, X, use_causal_mask=True))
    state, position, outputs = layer.empty_state(3, 9), 0, []
    shapes = [s.shape for s in state]
    for n in pieces:
        start = position if n > 1 else ops.convert_to_tensor(position, dtype="int32")
        x = ops.convert_to_tensor(X[:, position : position + n])
        y, state = layer.step(x, state, start)
        assert [s.shape for s in state] == shapes
        outputs.append(numbers(y))
        position += n
    tolerance = 1e-5 if dtype == "float32" else 0.05
    np.testing.assert_allclose(np.concatenate(outputs, axis=1), expected, atol=tolerance)


def test_the_cache_of_grouped_heads_is_smaller():
    state = MultiHeadAttention(8, 4, num_key_value_heads=2, value_dim=3).empty_state(5, 11, dtype="float16")
    assert [tuple(s.shape) for s in state] == [(5, 2, 11, 4), (5, 2, 11, 3)]
    assert all(keras.backend.standardize_dtype(s.dtype) == "float16" for s in state)


def test_no_room_in_the_cache():
    layer = randomised_layer(MultiHeadAttention(4, 2, name="heads"))
    with pytest.raises(ValueError, match=r"'heads' has room for 4 steps. Received: 3 steps at position 2"):
        layer.step(ops.convert_to_tensor(X[:, :3]), layer.empty_state(3, 4), 2)


def test_rotary_attention_sees_distances_only():
    """What comes in front of the sequence shifts all positions: the attention among the rest stays the same."""
    layer = randomised_layer(MultiHeadAttention(4, 2, rotary=True))
    shifted = np.concatenate([np.zeros_like(X[:, :3]), X], axis=1)
    visible = np.arange(10) >= 3
    _, expected = layer(X, X, return_attention_scores=True)
    _, actual = layer(shifted, shifted, attention_mask=visible[None], return_attention_scores=True)
    np.testing.assert_allclose(numbers(actual)[:, :, 3:, 3:], numbers(expected), atol=1e-5)
    turned = X[:, ::-1]
    _, backwards = layer(turned, turned, return_attention_scores=True)
    assert np.abs(numbers(backwards)[:, :, ::-1, ::-1] - numbers(expected)).max() > 1e-2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_heads": -3}, "`num_heads` must be a positive integer. Received: num_heads=-3"),
        ({"key_dim": 2.5}, "`key_dim` must be a positive integer. Received: key_dim=2.5"),
        ({"output_dim": 0}, "`output_dim` must be a positive integer. Received: output_dim=0"),
        ({"num_key_value_heads": 3}, "must divide `num_heads`. Received: num_heads=4, num_key_value_heads=3"),
        ({"rotary": True, "key_dim": 3}, "`key_dim` must be even: rotary positions turn pairs. Received: key_dim=3"),
        ({"dropout": True}, "Received: dropout=True"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(**{"num_heads": 4, "key_dim": 2, **options})
