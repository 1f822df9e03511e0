"""Attention in NumPy: against the slides' equations by loop, against central differences, and with nothing to see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scratch import (
    AdditiveAttention,
    DotProductAttention,
    LayerNormalization,
    MultiHeadAttention,
    MultiplicativeAttention,
    TransformerEncoder,
    attend,
    attend_back,
    causal_mask,
    gradient_check,
    masked_softmax,
    scaled_dot_product_attention,
    scaled_dot_product_attention_back,
)

SCORES = {
    "dot": lambda d_query, d_key, seed: DotProductAttention(),
    "scaled": lambda d_query, d_key, seed: DotProductAttention(scaled=True),
    "additive": lambda d_query, d_key, seed: AdditiveAttention.random(d_query, d_key, 3, seed),
    "multiplicative": lambda d_query, d_key, seed: MultiplicativeAttention.random(d_query, d_key, seed),
}
SAME_WIDTH = ("dot", "scaled")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def weighted_sum(forward, backward, inputs, parameters, shape):
    """A function for `gradient_check`: a random weighting of all outputs, of inputs and parameters."""
    d_outputs = normal(*shape, seed=7)

    def f(_):
        run = forward()
        back = backward(run, d_outputs)
        return (run.outputs * d_outputs).sum(), back.gradients | back.d_inputs

    return f, parameters | inputs


def test_row_q3_by_loop():
    """e^t = [s_tᵀ h_1, …], α^t = softmax(e^t), a_t = Σ α_i^t h_i."""
    s, h = normal(4, 5), normal(3, 5, seed=1)
    run = attend(s, h)
    for t in range(4):
        e = np.array([s[t] @ h[i] for i in range(3)])
        alpha = np.exp(e) / np.exp(e).sum()
        np.testing.assert_allclose(run["e"][t], e)
        np.testing.assert_allclose(run["alpha"][t], alpha)
        np.testing.assert_allclose(run["a"][t], sum(alpha[i] * h[i] for i in range(3)))
    assert run.outputs is run["a"]
    same = DotProductAttention().forward(s[None], h[None])
    np.testing.assert_allclose(same.outputs[0], run.outputs)
    np.testing.assert_allclose(same["weights"][0], run["alpha"])


def test_row_x4_by_numbers():
    """Two words; each is its own best match. √d = 2."""
    Q = K = np.array([[2.0, 0, 0, 0], [0, 2, 0, 0]])
    V = np.array([[1.0, 10], [3, 30]])
    run = scaled_dot_product_attention(Q, K, V)
    np.testing.assert_array_equal(run["scores"], [[4, 0], [0, 4]])
    np.testing.assert_array_equal(run["scaled"], [[2, 0], [0, 2]])
    high = np.exp(2) / (np.exp(2) + 1)
    np.testing.assert_allclose(run["weights"], [[high, 1 - high], [1 - high, high]])
    np.testing.assert_allclose(run["output"][0], [high + 3 * (1 - high), 10 * high + 30 * (1 - high)])
    run = scaled_dot_product_attention(Q, K, V, causal_mask(2))
    np.testing.assert_array_equal(run["masked"], [[2, -np.inf], [0, 2]])
    np.testing.assert_array_equal(run["output"][0], V[0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 3), max_size=2), *[st.integers(1, 4)] * 4, st.booleans(), st.integers(0, 2**31))
def test_single_heads_of_any_shape(before, T, S, d, d_v, masked, seed):
    Q, K, V = normal(*before, T, d, seed=seed), normal(*before, S, d, seed=seed + 1), normal(*before, S, d_v, seed=seed)
    mask = np.random.default_rng(seed).random((*before, T, S)) < 0.6 if masked else None
    run = scaled_dot_product_attention(Q, K, V, mask)
    assert run.outputs.shape == (*before, T, d_v) and run["weights"].shape == (*before, T, S)
    some = np.ones((*before, T), bool) if mask is None else mask.any(axis=-1)
    np.testing.assert_allclose(run["weights"].sum(axis=-1), some)
    if mask is not None:
        assert (run["weights"][~mask] == 0).all()
    check = gradient_check(
        *weighted_sum(
            lambda: scaled_dot_product_attention(Q, K, V, mask),
            scaled_dot_product_attention_back,
            {"Q": Q, "K": K, "V": V},
            {},
            run.outputs.shape,
        )
    )
    assert check.ok, check
    check = gradient_check(
        *weighted_sum(lambda: attend(Q, K, mask), attend_back, {"s": Q, "h": K}, {}, (*before, T, d))
    )
    assert check.ok, check


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(SCORES)), *[st.integers(1, 4)] * 5, *[st.booleans()] * 3, st.integers(0, 2**31))
def test_three_scores_of_any_shape(kind, batch, T, S, d_query, d_key, own_key, masked, causal, seed):
    d_key = d_query if kind in SAME_WIDTH else d_key
    layer = SCORES[kind](d_query, d_key, seed)
    inputs = {"query": normal(batch, T, d_query, seed=seed), "value": normal(batch, S, d_key, seed=seed + 1)}
    if own_key:
        inputs |= {"value": normal(batch, S, 2, seed=seed + 1), "key": normal(batch, S, d_key, seed=seed + 2)}
    rng = np.random.default_rng(seed)
    masks = {"mask": rng.random((batch, S)) < 0.7, "attention_mask": rng.random((T, S)) < 0.7} if masked else {}
    masks["use_causal_mask"] = causal
    run = layer.forward(**inputs, **masks)
    assert run.outputs.shape == (batch, T, inputs["value"].shape[-1]) and run["weights"].shape == (batch, T, S)
    check = gradient_check(
        *weighted_sum(
            lambda: layer.forward(**inputs, **masks), layer.backward, inputs, layer.parameters, run.outputs.shape
        ),
        max_entries=4,
    )
    assert check.ok, check
    assert set(check.errors) == {*layer.parameters, *inputs}


def test_additive_and_multiplicative_scores_by_loop():
    s, h = normal(1, 2, 3), normal(1, 4, 5, seed=1)
    additive, multiplicative = AdditiveAttention.random(3, 5, 6), MultiplicativeAttention.random(3, 5)
    e, m = additive.forward(s, h)["scores"][0], multiplicative.forward(s, h)["scores"][0]
    for t in range(2):
        for i in range(4):
            expected = additive.v @ np.tanh(additive.W_Q.T @ s[0, t] + additive.W_K.T @ h[0, i])
            np.testing.assert_allclose(e[t, i], expected)
            np.testing.assert_allclose(m[t, i], s[0, t] @ multiplicative.W @ h[0, i])


@settings(max_examples=40, deadline=None)
@given(*[st.integers(1, 3)] * 7, *[st.booleans()] * 5, st.integers(0, 2**31))
def test_multi_head_attention_of_any_shape(
    batch, T, S, d, kv_heads, group, width, rotary, cross, masked, causal, use_bias, seed
):
    layer = MultiHeadAttention.random(
        d,
        kv_heads * group,
        key_dim=2 * width,
        value_dim=width,
        num_key_value_heads=kv_heads,
        d_value=d + cross,
        output_dim=2,
        use_bias=use_bias,
        rotary=rotary,
        seed=seed,
    )
    for name, array in layer.parameters.items():
        array += normal(*array.shape, seed=len(name)) * 0.5  # zero biases hide mistakes
    inputs = {"query": normal(batch, T, d, seed=seed)}
    S = S if cross else T
    if cross:
        inputs["value"] = normal(batch, S, d + 1, seed=seed + 1)
    rng = np.random.default_rng(seed)
    masks = {"mask": rng.random((batch, S)) < 0.7, "attention_mask": rng.random((batch, T, S)) < 0.7} if masked else {}
    masks["use_causal_mask"] = causal

    def forward():
        return layer.forward(**inputs, **masks)

    run = forward()
    assert run.outputs.shape == (batch, T, 2) and run["weights"].shape == (batch, kv_heads * group, T, S)
    back = layer.backward(run, run.outputs)
    assert {name: a.shape for name, a in back.matrices().items()} == {n: a.shape for n, a in run.matrices().items()}
    f, parameters = weighted_sum(forward, layer.backward, inputs, layer.parameters, run.outputs.shape)
    check = gradient_check(f, parameters, max_entries=3, seed=seed)
    assert check.ok, check


def test_heads_are_attentions_side_by_side():
    """Row X6: each head is `scaled_dot_product_attention` with its own columns of the matrices; grouped ones share."""
    x = normal(2, 5, 6)
    layer = MultiHeadAttention.random(6, 4, key_dim=3, num_key_value_heads=2, use_bias=False)
    run = layer.forward(x, use_causal_mask=True)
    heads = []
    for n in range(4):
        own, shared = np.s_[:, 3 * n : 3 * n + 3], np.s_[:, 3 * (n // 2) : 3 * (n // 2) + 3]
        Q, K, V = x @ layer.W_Q[own], x @ layer.W_K[shared], x @ layer.W_V[shared]
        heads.append(scaled_dot_product_attention(Q, K, V, causal_mask(5)).outputs)
        np.testing.assert_allclose(run["heads"][:, n], heads[-1])
    np.testing.assert_allclose(run.outputs, np.concatenate(heads, axis=-1) @ layer.W_O)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", [*SCORES, "heads"])
def test_nothing_to_attend_to_is_zero_and_never_nan(kind, dtype, recwarn):
    inputs = [normal(2, 3, 4).astype(dtype), normal(2, 5, 4, seed=1).astype(dtype)]
    if kind == "heads":
        layer = MultiHeadAttention.random(4, 2, dtype=dtype)
    else:
        layer = SCORES[kind](4, 4, 0)
        for name, array in layer.parameters.items():
            setattr(layer, name, array.astype(dtype))
    mask = np.array([[1, 1, 1, 0, 0], [0, 0, 0, 0, 0]], bool)
    run = layer.forward(*inputs, mask=mask)
    assert (run["weights"][1] == 0).all() and (run.outputs[1] == 0).all() and (run["weights"][0].sum(-1) > 0).all()
    back = layer.backward(run, np.ones_like(run.outputs))
    alone = layer.backward(layer.forward(*(a[:1] for a in inputs), mask=mask[:1]), np.ones_like(run.outputs[:1]))
    for name, d in back.d_inputs.items():
        assert (d[1] == 0).all()
        np.testing.assert_allclose(d[:1], alone.d_inputs[name], rtol=1e-5)
    for name, d in back.gradients.items():  # the example that sees nothing says nothing, but for the last bias
        np.testing.assert_allclose(d, alone.gradients[name] * (2 if name == "b_O" else 1), rtol=1e-4, atol=1e-6)
    arrays = [run.outputs, *run.matrices().values(), *back.matrices().values(), *back.gradients.values()]
    assert {a.dtype for a in arrays} == {np.dtype(dtype)} and not recwarn.list


def test_softmax_of_huge_and_of_no_scores(recwarn):
    huge = np.array([[1e30, -1e30, 1e30], [-1e30, -1e30, -1e30]])
    np.testing.assert_array_equal(masked_softmax(huge)[1], [[0.5, 0, 0.5], [1 / 3, 1 / 3, 1 / 3]])
    masked, weights = masked_softmax(huge, [[False, True, False], [False, False, False]])
    np.testing.assert_array_equal(weights, [[0, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(masked[0], [-np.inf, -1e30, -np.inf])
    none = scaled_dot_product_attention(np.ones((2, 3)), np.ones((0, 3)), np.ones((0, 4)))
    np.testing.assert_array_equal(none.outputs, np.zeros((2, 4)))
    assert not recwarn.list


def test_what_is_masked_has_no_influence():
    layer = MultiHeadAttention.random(4, 2)
    x = normal(2, 5, 4)
    other = x.copy()
    other[:, 3:] = normal(2, 2, 4, seed=3)
    mask = np.array([[1, 1, 1, 0, 0]] * 2, bool)
    np.testing.assert_array_equal(
        layer.forward(x, mask=mask).outputs[:, :3], layer.forward(other, mask=mask).outputs[:, :3]
    )
    np.testing.assert_allclose(layer.forward(x, mask=mask).outputs[:, :3], layer.forward(x[:, :3]).outputs)
    causal = [layer.forward(a, use_causal_mask=True).outputs[:, :3] for a in (x, other)]
    np.testing.assert_array_equal(*causal)


@settings(max_examples=25, deadline=None)
@given(*[st.integers(1, 4)] * 3, st.sampled_from([(), ("gamma",), ("beta",), ("gamma", "beta")]), st.integers(0, 2**31))
def test_layer_normalization(batch, steps, d, used, seed):
    layer = LayerNormalization(**{name: normal(d, seed=len(name)) for name in used}, epsilon=1e-2)
    x = normal(batch, steps, d, seed=seed) * 3 + 1
    run = layer.forward(x)
    np.testing.assert_allclose(run["normalized"].mean(axis=-1), 0, atol=1e-9)
    v = x.var(axis=-1)
    np.testing.assert_allclose(run["normalized"].var(axis=-1), v / (v + 1e-2), atol=1e-9)
    check = gradient_check(*weighted_sum(lambda: layer.forward(x), layer.backward, {"x": x}, layer.parameters, x.shape))
    assert check.ok, check


def test_printing_and_names():
    run = scaled_dot_product_attention(normal(4, 6), normal(3, 6), normal(3, 2))
    assert repr(run).splitlines()[:4] == [
        "scaled_dot_product_attention",
        "  Q        (4, 6)",
        "  K        (3, 6)",
        "  scores   (4, 3)",
    ]
    assert list(run.matrices()) == ["Q", "K", "scores", "scaled", "masked", "weights", "V", "output"]
    assert "weights" in run and "weighs" not in run
    with pytest.raises(KeyError, match="no 'weighs' in scaled_dot_product_attention; there are: Q, K, scores"):
        run["weighs"]
    back = scaled_dot_product_attention_back(run, run.outputs)
    assert "  ∂L/∂weights  (4, 3)" in repr(back)
    np.testing.assert_allclose(back["weights"], run.outputs @ run["V"].T)
    layer = MultiHeadAttention.random(6, 2, num_key_value_heads=1, rotary=False)
    run = layer.forward(normal(2, 4, 6))
    assert run.example(1)["weights"].shape == (2, 4, 4)
    assert repr(layer) == "MultiHeadAttention(d=6, num_heads=2, key_dim=3, num_key_value_heads=1)"
    assert "∂L/∂W_Q (parameter)" in repr(layer.backward(run, run.outputs))


def test_a_run_is_read_like_a_dict():
    block = TransformerEncoder.random(6, 2, 8)
    run = block.forward(normal(2, 4, 6))
    back = block.backward(run, run.outputs)
    for record in (run, back, run["self_attention"]):
        matrices = record.matrices()
        assert list(record) == list(record.keys()) == list(matrices) and len(record) == len(matrices) and record
        assert all(array is matrices[name] is record[name] for name, array in record.items())
        assert list(dict(record)) == list(matrices)
    assert "self_attention/weights" in list(run) and isinstance(run.values, dict)
    with pytest.raises(KeyError, match="no 0 in TransformerEncoder; there are: x"):
        run[0]


HEADS = MultiHeadAttention.random(4, 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: attend(normal(3), normal(2, 3)), r"s: expected the shape \(steps, d\). Received: s.shape=\(3,\)"),
        (lambda: attend(normal(2, 3), normal(2, 4)), r"h: expected the shape \(N, 3\). Received: h.shape=\(2, 4\)"),
        (
            lambda: scaled_dot_product_attention(normal(2, 3), normal(4, 3), normal(5, 3)),
            r"V: expected the shape \(4, d_v\)",
        ),
        (
            lambda: scaled_dot_product_attention(normal(2, 3), normal(4, 3), normal(4, 3), causal_mask(2)),
            r"attention_mask: expected 2 axes and .* broadcasts to \(2, 4\). Received: attention_mask.shape=\(2, 2\)",
        ),
        (
            lambda: DotProductAttention().forward(normal(1, 2, 3), normal(1, 2, 4)),
            r"key: expected the shape \(1, 2, 3\)",
        ),
        (
            lambda: AdditiveAttention.random(3, 4, 2).forward(normal(1, 2, 4), normal(1, 2, 4)),
            r"query: expected the shape \(1, 2, 3\)",
        ),
        (
            lambda: MultiplicativeAttention.random(3, 4).forward(normal(1, 2, 3), normal(1, 2, 3)),
            r"key: expected the shape \(1, 2, 4\)",
        ),
        (lambda: HEADS.forward(normal(1, 2, 3)), r"query: expected the shape \(batch, T, 4\)"),
        (lambda: HEADS.forward(normal(1, 2, 4), normal(2, 2, 4)), r"value: expected the shape \(1, S, 4\)"),
        (lambda: HEADS.forward(normal(1, 2, 4), mask=np.ones((1, 3))), r"mask: expected the shape \(1, 2\)"),
        (
            lambda: HEADS.forward(normal(1, 2, 4), attention_mask=np.ones((1, 3, 2, 2))),
            r"attention_mask: .*\(1, 2, 2, 2\). Received: attention_mask.shape=\(1, 3, 2, 2\)",
        ),
        (
            lambda: HEADS.forward(normal(1, 2, 4), attention_mask=np.ones((1, 3, 3))),
            r"attention_mask: .*\(1, 2, 2, 2\). Received: attention_mask.shape=\(1, 3, 3\)",
        ),
        (
            lambda: HEADS.forward(normal(1, 2, 4), attention_mask=np.ones(2)),
            r"attention_mask: expected 2 to 4 axes and .*\(1, 2, 2, 2\). Received: attention_mask.shape=\(2,\)",
        ),
        (lambda: HEADS.backward(HEADS.forward(normal(1, 2, 4)), normal(1, 3, 4)), r"d_outputs: expected the shape"),
        (lambda: MultiHeadAttention.random(5, 2), "num_heads: expected it to divide d. Received: num_heads=2, d=5"),
        (
            lambda: MultiHeadAttention.random(6, 3, num_key_value_heads=2),
            "num_heads: .*multiple.* Received: num_heads=3, num_key_value_heads=2",
        ),
        (lambda: MultiHeadAttention.random(6, 2, rotary=True), "rotary: expected an even key_dim. Received: key_dim=3"),
        (lambda: MultiHeadAttention(2, *[np.ones((3, 3))] * 4), "W_Q: expected .* 2 heads. Received: 3"),
    ],
)
def test_errors_name_the_argument(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


ADDITIVE = np.where(causal_mask(2), 0, -np.inf)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (ADDITIVE, r"looks like an additive mask \(0 and -inf\): write `mask == 0`. Received: -inf$"),
        (ADDITIVE.tolist(), "write `mask == 0`. Received: -inf$"),
        (np.where(causal_mask(2), 0, -10_000), "write `mask == 0`. Received: -10000.0$"),
        (np.full((2, 2), 0.5), "booleans, or the numbers 0 and 1. Received: 0.5$"),
        (np.full((2, 2), np.nan), "booleans, or the numbers 0 and 1. Received: nan$"),
        ("causal", "booleans, or the numbers 0 and 1. Received: 'causal'$"),
    ],
)
def test_masks_that_are_none(mask, message):
    x = normal(1, 2, 4)
    for wrong in (
        lambda: HEADS.forward(x, attention_mask=mask),
        lambda: DotProductAttention().forward(x, x, attention_mask=mask),
        lambda: scaled_dot_product_attention(x, x, x, mask),
    ):
        with pytest.raises(ValueError, match=f"^attention_mask must be True where a query may attend.*{message}"):
            wrong()
    with pytest.raises(ValueError, match=f"^mask must be True where a step counts.*{message}"):
        HEADS.forward(x, mask=mask if isinstance(mask, str) else mask[:1])


@pytest.mark.parametrize("kind", [bool, "uint8", int, "float32"])
def test_numbers_0_and_1_are_a_mask(kind):
    x = normal(1, 3, 4)
    expected = HEADS.forward(x, use_causal_mask=True).outputs
    np.testing.assert_array_equal(HEADS.forward(x, attention_mask=causal_mask(3).astype(kind)).outputs, expected)
