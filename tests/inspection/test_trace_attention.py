"""`trace` on every way in which an attention layer can stand in a model: are these the layer's own numbers?"""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers as L
from keras import ops

import kseq.layers as K
from kseq.inspection import trace
from kseq.inspection.attention_finding import attention_layers
from kseq.inspection.errors import InspectionError
from kseq.layers.tied_embedding import TiedEmbedding
from tests.inspection.attention_models import MODELS, WIDTH, keras_heads, on_ids, to_itself

backend = pytest.mark.backend
EVERYWHERE = {  # the equations, on every backend; where layers may stand does not hang on it
    "keras, causal",
    "keras, grouped",
    "keras Attention, causal",
    "keras AdditiveAttention, causal",
    "subclassed",
    "kseq, rotary, grouped",
    "kseq scaled dot",
    "kseq additive",
    "kseq multiplicative",
    "kseq encoder and decoder",
}
IDS = np.array([[1, 2, 3, 0, 0], [3, 2, 5, 1, 4], [7, 0, 0, 0, 0]], "int32")


def first(outputs):
    return ops.convert_to_numpy(keras.tree.flatten(outputs)[0]).astype("float32")


def asked_again(model, inputs):
    """What each attention layer says of its weights when it is called as it was, and asked for them; by name."""
    found = {}
    layers = attention_layers(model)
    before = {one.name: one.layer.call for one in layers}

    def asking(name, original):
        def call(*args, **kwargs):
            output, weights = original(*args, **{**kwargs, "return_attention_scores": True})
            number = 1 + sum(known.partition("#")[0] == name for known in found)
            weights = ops.convert_to_numpy(ops.cast(weights, "float32"))
            found[name if number == 1 else f"{name}#{number}"] = weights if weights.ndim == 4 else weights[:, None]
            return (output, weights) if kwargs.get("return_attention_scores") else output

        return call

    for one in layers:
        vars(one.layer)["call"] = asking(one.name, before[one.name])
    try:
        model(inputs, training=False)
    finally:
        for one in layers:
            vars(one.layer).pop("call")
    return found


@pytest.mark.parametrize("case", [pytest.param(c, marks=backend) if c in EVERYWHERE else c for c in MODELS])
def test_weights_are_the_layers_own(case):
    keras.utils.set_random_seed(1)
    model = MODELS[case]()
    expected = asked_again(model, IDS)
    before = {one.name: set(vars(one.layer)) for one in attention_layers(model)}
    seen = trace(model, IDS)
    assert list(seen) == list(expected) and len(seen)
    for name, weights in expected.items():
        layer = seen[name]
        counts = layer.query_counts
        ours, theirs = np.moveaxis(layer["weights"], 2, 1)[counts], np.moveaxis(weights, 2, 1)[counts]
        np.testing.assert_allclose(ours, theirs, atol=1e-5, err_msg=name)
        heads, groups = layer["query"].shape[1], layer["key"].shape[1]
        key, value = (np.repeat(layer[what], heads // groups, axis=1) for what in ("key", "value"))
        np.testing.assert_allclose(layer["weights"] @ value, layer["context"], atol=1e-5)
        if "additive" not in name and "concat" not in case and case != "kseq additive":
            products = np.einsum("bhtd,bhsd->bhts", layer["query"], key)
            np.testing.assert_allclose(layer["scores"], products * layer.scale, atol=1e-5)
        batch, length = IDS.shape
        assert all(array.ndim == len(layer.axes[what]) for what, array in layer.values.items())
        assert layer["weights"].shape == layer["scores"].shape == (batch, heads, length, length)
    # nothing has changed
    assert before == {one.name: set(vars(one.layer)) for one in attention_layers(model)}
    np.testing.assert_allclose(first(seen.outputs), first(model(IDS)), atol=1e-6)


def test_queries_keys_and_values_are_those_of_the_sublayers():
    model = MODELS["keras"]()
    layer = model.get_layer("mha")
    seen = trace(model, IDS)["mha"]
    x = ops.convert_to_tensor(seen["input"])
    for name, dense in (("query", layer.query_dense), ("key", layer.key_dense), ("value", layer.value_dense)):
        np.testing.assert_allclose(seen[name], np.swapaxes(first(dense(x)), 1, 2), atol=1e-5)
    assert seen.scale == 0.5 and seen.heads == 2 and seen.self_attention
    assert model.name not in seen and "weights" in seen


@backend
def test_keras_and_kseq_agree():
    ours, theirs = MODELS["kseq"](), MODELS["keras"]()
    ours.get_layer("embedding").set_weights(theirs.get_layer("embedding").get_weights())
    ours.get_layer("mha").set_keras_weights(theirs.get_layer("mha").get_weights())
    a, b = trace(ours, IDS)["mha"], trace(theirs, IDS)["mha"]
    counts = IDS != 0
    for what in ("query", "key", "value", "scores"):
        np.testing.assert_allclose(a[what], b[what], atol=1e-5, err_msg=what)
    np.testing.assert_allclose(a["output"][counts], b["output"][counts], atol=1e-5)


@pytest.mark.parametrize("dtype", [pytest.param("mixed_bfloat16", marks=backend), "mixed_float16", "float64"])
@pytest.mark.parametrize("case", ["keras, causal", "kseq, rotary, grouped", "keras AdditiveAttention", "kseq additive"])
def test_other_precisions(case, dtype):
    keras.utils.set_random_seed(1)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        model = MODELS[case]()
        seen = next(iter(trace(model, IDS).values()))
    finally:
        keras.config.set_dtype_policy(before)
    double = dtype == "float64" and keras.backend.backend() != "jax"  # which has it only when told at its start
    assert seen["weights"].dtype == ("float64" if double else "float32")
    rows = np.moveaxis(seen["weights"], 2, 1)[seen.query_counts].sum(axis=-1)
    np.testing.assert_allclose(rows, 1, atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(data=st.data(), batch=st.integers(1, 3), queries=st.integers(1, 4), keys=st.integers(1, 5))
def test_any_shape_and_mask(data, batch, queries, keys):
    """Also where a query may look nowhere at all: its weights are zero, or equal, as the layer has it."""
    rows = st.lists(st.lists(st.booleans(), min_size=keys, max_size=keys), min_size=queries, max_size=queries)
    mask = np.array(data.draw(st.lists(rows, min_size=batch, max_size=batch)))
    first_layer, second = keras_heads(), K.MultiHeadAttention(2, 4, name="own")
    x, memory = keras.Input((None, 3)), keras.Input((None, 4))
    allowed = keras.Input((None, None), dtype="bool")
    y = first_layer(x, memory, attention_mask=allowed) + second(x, memory, attention_mask=allowed)
    model = keras.Model([x, memory, allowed], y)
    random = np.random.default_rng(0)
    inputs = [random.normal(size=(batch, n, d)).astype("float32") for n, d in ((queries, 3), (keys, 4))]
    seen = trace(model, [*inputs, mask])
    nowhere = ~mask.any(axis=-1)
    assert (np.moveaxis(seen["own"]["weights"], 2, 1)[nowhere] == 0).all()
    for layer in seen.values():
        total = np.moveaxis(layer["weights"], 2, 1)[~nowhere].sum(axis=-1)
        np.testing.assert_allclose(total, 1, atol=1e-5)
        np.testing.assert_array_equal(layer.allowed[:, 0], mask)


def test_a_table_that_is_used_both_ways():
    """Tied weights: an `Embedding` that gets vectors at the end, which are no ids."""
    table = TiedEmbedding(9, WIDTH, mask_zero=True)
    inputs = keras.Input((None,), dtype="int32")
    x = table(inputs)
    model = keras.Model(inputs, table(K.TransformerDecoder(2, 8, name="block")(x), reverse=True))
    assert trace(model, IDS).outputs.shape == (3, 5, 9)
    with pytest.raises(
        InspectionError, match=r"takes ids, whole numbers from 0 to 8\. Received: 9 in example 0, step 1"
    ):
        trace(model, np.array([[1, 9]], "int32"))


def test_saved_and_loaded(tmp_path):
    model = MODELS["kseq encoder and decoder"]()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    before, after = trace(model, IDS), trace(loaded, IDS)
    assert list(before) == ["encoder/self_attention", "decoder/self_attention", "decoder/cross_attention"]
    for name in before:
        np.testing.assert_allclose(after[name]["weights"], before[name]["weights"], atol=1e-6)


@backend
def test_attention_and_recurrence_in_one_model():
    def function(x):
        states = L.LSTM(WIDTH, return_sequences=True, name="lstm")(x)
        return L.GRU(2, name="gru")(K.DotProductAttention(name="dot")(states, x))

    model = on_ids(function)
    seen = trace(model, IDS)
    assert list(seen) == ["lstm", "dot", "gru"]
    np.testing.assert_allclose(seen["dot"]["input"], first(seen["lstm"]["hidden_state"]), atol=1e-6)
    np.testing.assert_allclose(seen["gru"]["hidden_state"][:, -1], seen.outputs, atol=1e-6)
    assert list(seen.frame()["cell"]) == ["LSTM", "DotProductAttention", "GRU"]
    assert list(trace(model, IDS, layers="dot")) == ["dot"]
    assert list(trace(model, IDS, layers=["gru", "dot"])) == ["dot", "gru"]


def test_stateful_layers_keep_their_states_when_only_attention_is_asked_for():
    inputs = keras.Input((4, 3), batch_size=2)
    x = L.LSTM(3, stateful=True, return_sequences=True, name="lstm")(inputs)
    model = keras.Model(inputs, keras_heads()(x, x))
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    model(x)
    states = [first(s) for s in model.get_layer("lstm").states]
    trace(model, x, layers="mha")
    for state, before in zip(model.get_layer("lstm").states, states, strict=True):
        np.testing.assert_array_equal(first(state), before)


# --- the residual stream -----------------------------------------------------------------------------------------


@backend
@pytest.mark.parametrize("norm_first", [True, False])
def test_the_residual_stream_of_a_block_is_exact(norm_first):
    keras.utils.set_random_seed(2)
    blocks = [K.TransformerDecoder(2, 8, norm_first=norm_first, name=f"block_{n}") for n in (1, 2)]
    model = on_ids(lambda x: blocks[1](blocks[0](x)))
    seen = trace(model, IDS)
    stream = seen.residual
    assert list(stream) == [f"block_{n}/{place}" for n in (1, 2) for place in ("input", "after_attention", "output")]
    np.testing.assert_array_equal(stream["block_1/output"], stream["block_2/input"])
    np.testing.assert_allclose(stream["block_2/output"], seen.outputs, atol=1e-6)
    for block in blocks:
        added = stream[f"{block.name}/input"] + seen[f"{block.name}/self_attention"]["output"]
        after = added if norm_first else first(block.self_attention_norm(added))
        np.testing.assert_allclose(stream[f"{block.name}/after_attention"], after, atol=1e-5)
        normed = first(block.feed_forward_norm(after)) if norm_first else after
        out = after + first(block.output_projection(block.intermediate(normed)))
        out = out if norm_first else first(block.feed_forward_norm(out))
        np.testing.assert_allclose(stream[f"{block.name}/output"], out, atol=1e-5)
        assert "call" not in vars(block) and "call" not in vars(block.feed_forward_norm)


def test_the_residual_stream_with_an_encoder():
    stream = trace(MODELS["kseq encoder and decoder"](), IDS).residual
    places = ["input", "after_attention", "after_cross_attention", "output"]
    assert list(stream) == [f"encoder/{p}" for p in places if "cross" not in p] + [f"decoder/{p}" for p in places]


def test_sums_in_a_model_of_ones_own():
    def function(x):
        x = L.Add(name="around")([x, keras_heads()(x, x)])
        return x + L.Dense(WIDTH)(x)

    model = on_ids(function)
    seen = trace(model, IDS)
    assert len(seen.residual) == 2 and next(iter(seen.residual)) == "around"
    np.testing.assert_allclose(seen.residual["around"], seen["mha"]["input"] + seen["mha"]["output"], atol=1e-6)
    np.testing.assert_allclose(list(seen.residual.values())[1], seen.outputs, atol=1e-6)
    assert not trace(MODELS["keras"](), IDS).residual  # nothing is added


# --- what cannot be traced ---------------------------------------------------------------------------------------


class Doubled(keras.layers.MultiHeadAttention):
    """A layer that does more than its class, unseen from outside."""

    def call(self, query, value, key=None, **kwargs):
        return super().call(query, value, key, **kwargs) * 2.0


class Sharpened(keras.layers.MultiHeadAttention):
    """A layer that keeps to `_compute_attention`, but makes other queries there."""

    def _compute_attention(self, query, key, value, *args, **kwargs):
        return super()._compute_attention(query * 3.0, key, value, *args, **kwargs)


class WithCache(keras.layers.MultiHeadAttention):
    """A layer that may be called with a cache."""

    def call(self, query, value, key=None, cache=None, **kwargs):
        return super().call(query, value, key, **kwargs)


class ALayer(keras.layers.Layer):
    """Hands its attention a cache."""

    def __init__(self):
        super().__init__(name="outer")
        self.inner = WithCache(2, 3, name="cached")

    def build(self, shape):
        self.inner.build(shape, shape)

    def call(self, x):
        return self.inner(x, x, cache=x)


@pytest.mark.parametrize("cls", [Doubled, Sharpened])
def test_a_layer_that_does_something_else_is_found_out(cls):
    model = to_itself(lambda: cls(2, 3, name="odd"))()
    with pytest.raises(InspectionError, match=rf"'odd' \({cls.__name__}\) gave outputs that differ"):
        trace(model, IDS)


def test_a_call_with_a_cache():
    with pytest.raises(InspectionError, match=r"'outer/cached' cannot be traced: it was called with `cache`"):
        trace(on_ids(ALayer()), IDS)


def test_images_are_no_sequences():
    inputs = keras.Input((2, 3, 4))
    model = keras.Model(inputs, keras_heads()(inputs, inputs))
    with pytest.raises(InspectionError, match=r"'mha' cannot be traced: its inputs have 4 axes in place of \(batch"):
        trace(model, np.ones((1, 2, 3, 4), "float32"))


def test_weights_that_are_not_finite():
    model = MODELS["keras"]()
    layer = model.get_layer("mha")
    weights = layer.get_weights()
    weights[2][0, 1, 0] = np.nan
    layer.set_weights(weights)
    with pytest.raises(InspectionError, match=r"The key of the layer 'mha' is not finite at step 0 .*, head 1"):
        trace(model, IDS)


def test_too_much_memory():
    model = to_itself(keras_heads)()
    with pytest.raises(InspectionError, match=r"take .* \(mha .*\), more than the 1 kB .* layers='mha', steps=range"):
        trace(model, IDS, max_bytes=1000)
    many = np.ones((400, 300), "int32")  # found out with one example, before the model runs
    with pytest.raises(InspectionError, match=r"This trace would take 6\d\d MB \(mha 6\d\d MB\)"):
        trace(model, many, max_bytes=1e6)


def test_nothing_to_trace():
    model = keras.Sequential([keras.Input((3,)), L.Dense(1, name="only")])
    with pytest.raises(InspectionError, match=r"no recurrent layer .* and no attention layer \(Multi.* only \(Dense\)"):
        trace(model, np.ones((1, 3)))
    with pytest.raises(InspectionError, match=r"There is no attention layer 'mah'. Did you mean 'mha'\?"):
        trace(MODELS["keras"](), IDS, layers="mah")
    with pytest.raises(KeyError, match=r"There is no attention layer 'lstm'\. There are: 'mha'"):
        trace(MODELS["keras"](), IDS)["lstm"]
    with pytest.raises(InspectionError, match=r"'mha#2' did not run on these inputs\. What ran: 'mha'"):
        trace(MODELS["keras"](), IDS, layers="mha#2")
