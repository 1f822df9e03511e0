"""`trace` on every way in which a recurrent layer can stand in a model, against the equations of `kseq.scratch`."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from kseq.inspection import trace, tracing
from kseq.inspection.finding import recurrent_layers
from kseq.scratch import read_weights
from tests.inspection.models import FEATURES, MODELS, STEPS

pytestmark = pytest.mark.backend
NAMES = {  # ours -> the course's letters in `kseq.scratch`
    "SimpleRNN": {"hidden_state": "h", "pre_activation": "a"},
    "LSTM": {
        "hidden_state": "h",
        "cell_state": "c",
        "input_gate": "i",
        "forget_gate": "f",
        "candidate": "g",
        "output_gate": "o",
    },
    "GRU": {"hidden_state": "h", "update_gate": "z", "reset_gate": "r", "candidate": "n"},
}
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [1, 1, 1, 1, 1]], bool)  # right, left, holes, none
ALL_CASES = [*MODELS]


def numbers(seed=0, steps=STEPS, mask=MASK):
    x = np.random.default_rng(seed).normal(size=(4, steps, FEATURES)).astype("float32")
    return x * mask[:, :steps, None]


def first(outputs):
    return ops.convert_to_numpy(keras.tree.flatten(outputs)[0])


def checked_trace(model, inputs, tolerance=1e-5):
    """A trace, each array of which equals what `kseq.scratch` computes from the captured inputs."""
    captured, capture = [], tracing.capture
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracing, "capture", lambda *arguments: captured.append(capture(*arguments)) or captured[0])
        seen = trace(model, inputs)
    check_against_scratch(model, captured[0][1], seen, tolerance)
    return seen


def check_against_scratch(model, calls, seen, tolerance):
    """Also: masked steps hold what is promised, and the states are the layer's own outputs."""
    names = []
    for call in calls:
        x, states, backwards = call.sequences, list(call.initial_state or []), call.go_backwards
        for index, cell in enumerate(call.cells):
            base, sign, number = call.name.partition("#")
            name = call.name if len(call.cells) == 1 else f"{base}/{index}{sign}{number}"
            names.append(name)
            twin = read_weights(cell)
            start = [states.pop(0) for _ in twin.state_names] if states else None
            run = twin.forward(x, start, call.mask, backwards)
            layer = seen[name]
            assert layer.direction == ("backward" if backwards else "forward")
            assert set(layer.values) == set(NAMES[layer.cell])
            for ours, letter in NAMES[layer.cell].items():
                expected = run.sequence(letter)
                expected = expected[:, ::-1] if backwards else expected
                array = layer[ours]
                assert array.shape == expected.shape
                if call.mask is not None and not ours.endswith("state"):
                    assert np.isnan(array[~call.mask]).all(), ours
                    array, expected = array[call.mask], expected[call.mask]
                np.testing.assert_allclose(array, expected, rtol=tolerance, atol=tolerance, err_msg=f"{name} {ours}")
            x = run.sequence("h")[:, ::-1] if backwards else run.sequence("h")
        # and the outputs of the layer itself, at the steps that count
        if call.outputs.ndim == 3:
            given = call.outputs[:, ::-1] if backwards else call.outputs
            counts = slice(None) if call.mask is None else call.mask
            np.testing.assert_allclose(seen[name]["hidden_state"][counts], given[counts], rtol=1e-5, atol=1e-5)
    assert list(seen) == names
    assert {name.partition("#")[0].split("/")[0] for name in names} == {
        r.name.split("/")[0] for r in recurrent_layers(model)
    }


@pytest.mark.parametrize("case", ALL_CASES)
def test_values_are_those_of_the_equations(case):
    keras.utils.set_random_seed(1)
    model = MODELS[case]()
    inputs = numbers() if case != "encoder and decoder" else [numbers(), numbers(1, STEPS - 1)]
    if case == "stateful":
        model(inputs)  # from states that are not zero
    kept = [ops.convert_to_numpy(s) for s in states_of(model)]
    before = dict(vars(next(iter(recurrent_layers(model))).layer))
    seen = checked_trace(model, inputs)

    # nothing has changed
    assert before.keys() == vars(next(iter(recurrent_layers(model))).layer).keys()
    for state, value in zip(states_of(model), kept, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(state), value)
    np.testing.assert_allclose(first(seen.outputs), first(model(inputs)), rtol=1e-6, atol=1e-6)


def states_of(model):
    return [s for r in recurrent_layers(model) if r.layer.stateful for s in keras.tree.flatten(r.layer.states)]


def test_time_distributed_layers_are_called_once_per_step():
    inputs = keras.Input((2, STEPS, FEATURES))
    model = keras.Model(inputs, keras.layers.TimeDistributed(keras.layers.LSTM(2, name="lstm"), name="each")(inputs))
    x = np.stack([numbers(0), numbers(1)], axis=1)
    seen = checked_trace(model, x)
    assert list(seen) == ["each/lstm", "each/lstm#2"]
    np.testing.assert_allclose(seen["each/lstm#2"]["hidden_state"][:, -1], first(model(x))[:, 1], atol=1e-6)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16", "float64"])
@pytest.mark.parametrize("cell", ["LSTM", "GRU", "SimpleRNN"])
def test_other_precisions(cell, dtype):
    if dtype == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX has float64 only where it is switched on")
    inputs = keras.Input((STEPS, FEATURES), dtype="float64" if dtype == "float64" else "float32")
    model = keras.Model(inputs, getattr(keras.layers, cell)(3, dtype=dtype, return_sequences=True)(inputs))
    x = numbers().astype(inputs.dtype)
    (layer,) = trace(model, x).values()
    expected = read_weights(model.layers[-1]).forward(x)
    tolerance = 1e-6 if dtype == "float64" else 0.05  # on PyTorch Keras starts from float32 zeros
    assert layer["hidden_state"].dtype == ("float64" if dtype == "float64" else "float32")
    for ours, letter in NAMES[cell].items():
        np.testing.assert_allclose(layer[ours], expected.sequence(letter), atol=tolerance)


def test_dropout_is_off_even_where_a_layer_insists():
    inputs = keras.Input((STEPS, FEATURES))
    layer = keras.layers.LSTM(2, dropout=0.5, recurrent_dropout=0.5, name="lstm")
    model = keras.Model(inputs, layer(inputs, training=True))
    seen = checked_trace(model, numbers())
    np.testing.assert_array_equal(seen["lstm"]["hidden_state"], trace(model, numbers())["lstm"]["hidden_state"])


@settings(max_examples=8, deadline=None)
@given(data=st.data(), batch=st.integers(1, 3), steps=st.integers(1, 6), units=st.integers(1, 3))
def test_any_shape_and_mask(data, batch, steps, units):
    mask = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=steps, max_size=steps), min_size=batch,
                                       max_size=batch)))  # fmt: skip
    cell = data.draw(st.sampled_from(["SimpleRNN", "LSTM", "GRU"]))
    inputs, masks = keras.Input((None, 2)), keras.Input((None,), dtype="bool")
    layer = getattr(keras.layers, cell)(
        units, go_backwards=data.draw(st.booleans()), return_sequences=data.draw(st.booleans()), name="rnn"
    )
    model = keras.Model([inputs, masks], layer(inputs, mask=masks))
    x = [np.random.default_rng(0).normal(size=(batch, steps, 2)).astype("float32"), mask]
    checked_trace(model, x)


@pytest.mark.parametrize("case", ["cells", "other activations", "reset_after=False", "go_backwards"])
def test_groups_of_examples_make_no_difference(case, monkeypatch):
    keras.utils.set_random_seed(1)
    model = MODELS[case]()
    whole = trace(model, numbers())
    monkeypatch.setattr("kseq.inspection.replay.CHUNK_BYTES", 1)  # one example at a time
    parts = trace(model, numbers())
    for name, layer in whole.items():
        for what in layer.values:
            np.testing.assert_allclose(parts[name][what], layer[what], atol=1e-6)


def test_long_chaotic_states_are_the_layers_own():
    """Two float32 computations of a chaotic recurrence part company after some steps; a trace must not."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((150, 2))
    layer = keras.layers.SimpleRNN(20, recurrent_initializer=keras.initializers.RandomNormal(stddev=1.0))
    model = keras.Model(inputs, layer(inputs))
    x = np.random.default_rng(0).normal(size=(2, 150, 2)).astype("float32")
    seen = trace(model, x)
    ours = seen[layer.name]["hidden_state"][:, -1]
    np.testing.assert_allclose(ours, seen.outputs, atol=1e-5)
    assert np.abs(ours - read_weights(layer).forward(x.astype("float64")).last).max() > 0.01  # it is chaotic


def test_a_run_that_fails_leaves_the_model_as_it_was(plain_model, ids):
    expected = first(plain_model(ids))
    attributes = {id(r.layer): set(vars(r.layer)) for r in recurrent_layers(plain_model)}
    with pytest.raises(ValueError, match="cannot be run"):
        trace(plain_model, ids[None, None].astype("float32"))
    assert attributes == {id(r.layer): set(vars(r.layer)) for r in recurrent_layers(plain_model)}
    np.testing.assert_array_equal(first(plain_model(ids)), expected)


def test_a_cached_predict_works_as_before(ids):
    inputs = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(9, 3, mask_zero=True)(inputs)
    model = keras.Model(inputs, keras.layers.LSTM(2)(x))
    before = model.predict(ids, verbose=0)
    seen = trace(model, ids)
    np.testing.assert_allclose(seen.outputs, before, atol=1e-6)
    np.testing.assert_array_equal(model.predict(ids, verbose=0), before)
