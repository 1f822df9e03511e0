"""Inputs that the model cannot take are refused in a line; what would not fit into memory before the model runs."""

import functools

import keras
import numpy as np
import pytest
from keras import layers as L

import kseq
from kseq.inspection import gradient_flow, receptive_profile, space, trace
from kseq.inspection.errors import InspectionError

backend = pytest.mark.backend


def flow(model, x):
    return gradient_flow(model, x, np.zeros((len(x), 1)), loss="mse")


FUNCTIONS = pytest.mark.parametrize("inspect", [trace, flow, receptive_profile])


@pytest.fixture(scope="module")
def series_model():
    inputs = keras.Input((4, 2))
    return keras.Model(inputs, L.Dense(1)(L.LSTM(2, name="lstm")(inputs)), name="series")


def refused(inspect, model, x, message):
    with pytest.raises(InspectionError, match=message) as caught:
        inspect(model, x)
    assert "\n" not in str(caught.value)


@backend
@FUNCTIONS
def test_ids_outside_the_embedding(plain_model, ids, inspect):
    name, changed = plain_model.layers[1].name, ids.copy()
    takes = f"The Embedding '{name}' takes ids, whole numbers from 0 to 8. Received: "
    changed[1, 2] = 9999
    refused(inspect, plain_model, changed, takes + "9999 in example 1, step 2")
    changed[1, 2] = -98
    refused(inspect, plain_model, changed, takes + "-98 in example 1, step 2")
    assert "call" not in vars(plain_model.layers[1])


@FUNCTIONS
def test_fractions_for_ids(plain_model, ids, inspect):
    refused(inspect, plain_model, ids + 0.5, "takes int32. Received: 2.5 in example 0, step 0")
    floats = keras.Sequential([keras.Input((6,)), L.Embedding(9, 2), L.GRU(2), L.Dense(1)])
    refused(inspect, floats, ids + 0.5, r"whole numbers from 0 to 8\. Received: 2.5 in example 0, step 0")
    assert inspect(floats, ids.astype("float32"))


@FUNCTIONS
@pytest.mark.parametrize("shape", [(1, 40, 1), (40,), (0, 40), (2, 0)])
def test_ids_of_another_shape(plain_model, inspect, shape):
    message = "at least one" if 0 in shape else rf"takes the shape \(batch, steps\)\. Received: int64 \({shape[0]},"
    refused(inspect, plain_model, np.zeros(shape, int), message)


@FUNCTIONS
def test_ids_of_a_model_that_was_built_by_calling_it(inspect, ids):
    """Its `Input` holds floats and the shape of the first batch."""
    model = keras.Sequential([L.Embedding(9, 2), L.GRU(2), L.Dense(1)], name="later")
    model(ids)
    assert inspect(model, ids[:1, :4])
    refused(inspect, model, ids[..., None], r"'later' .* shape \(batch, 6\)\. Received: int32 \(2, 6, 1\)")
    refused(inspect, model, ids + 90, "from 0 to 8. Received: 92 in example 0, step 0")


@FUNCTIONS
def test_more_arrays_than_inputs(series_model, inspect):
    x = np.ones((2, 4, 2))
    refused(inspect, series_model, [x, x], "'series' .* takes one array. Received: 2 arrays")


@FUNCTIONS
def test_series_of_another_shape(series_model, inspect):
    message = r"'series' cannot be run on `(inputs|x)`: it takes the shape \(batch, 4, 2\)\. Received: float64 \(3, 4, "
    refused(inspect, series_model, np.ones((3, 4, 5)), message)
    refused(inspect, series_model, np.ones((3, 7, 2)), "4, 2")  # Keras's own words in a line


def test_one_number_per_step_needs_no_axis():
    model = keras.Sequential([keras.Input((4, 1)), L.GRU(2)])
    np.testing.assert_array_equal(trace(model, np.ones((1, 4))).outputs, trace(model, np.ones((1, 4, 1))).outputs)


@backend
@FUNCTIONS
def test_numbers_that_are_not_finite(series_model, inspect):
    x = np.ones((3, 4, 2), "float32")
    x[2, 1] = np.nan
    refused(inspect, series_model, x, r"`(inputs|x)` must be finite\. Received: nan in example 2, step 1 \(2 in all\)")


def test_weights_that_are_not_finite(series_model):
    model = keras.models.clone_model(series_model)
    model.set_weights([w * np.nan for w in series_model.get_weights()])
    refused(receptive_profile, model, np.ones((1, 4, 2)), r"weights must be finite\. Received: 'lstm")


@FUNCTIONS
def test_a_model_that_is_not_built(inspect):
    model = keras.Sequential([L.LSTM(2)], name="later")
    refused(inspect, model, np.ones((1, 2, 3)), "'later' has no weights yet: train it")


@FUNCTIONS
def test_ids_of_a_kseq_model_that_it_does_not_have(inspect):
    vectorizer = kseq.data.WordVectorizer.fit(["the film was not good"], labels=("negative", "positive"))
    model = kseq.build_sentiment_model(vectorizer, architecture="gru", units=2, embedding_dim=3)
    refused(inspect, model, np.array([[2, 3, 99]]), "whole numbers from 0 to 6. Received: 99 in example 0, step 2")


def test_a_dict_of_inputs(ids):
    inputs = {"ids": keras.Input((None,), dtype="int32", name="ids"), "age": keras.Input((1,), name="age")}
    x = L.Concatenate()([L.GRU(2)(L.Embedding(9, 2)(inputs["ids"])), inputs["age"]])
    model = keras.Model(inputs, L.Dense(1)(x), name="two")
    given = {"age": np.ones((2, 1)), "ids": ids}
    assert trace(model, given)
    refused(trace, model, given | {"ids": ids[..., None]}, r"'two' .* shape \(batch, steps\)")


# --- memory ----------------------------------------------------------------------------------------------------


@pytest.fixture
def batches(plain_model, monkeypatch):
    """The shapes that the model runs on."""
    shapes, embedding = [], plain_model.layers[1]
    call = embedding.call

    @functools.wraps(call)
    def noting(inputs):
        shapes.append(tuple(inputs.shape))
        return call(inputs)

    monkeypatch.setitem(vars(embedding), "call", noting)
    yield shapes
    monkeypatch.delitem(vars(embedding), "call", raising=False)


@backend
def test_what_is_huge_is_refused_before_the_model_runs(plain_model, ids, batches, monkeypatch):
    monkeypatch.setattr(space, "free_bytes", lambda: 20 << 30)
    huge = np.broadcast_to(np.tile(ids[1], 7), (3_000_000, 42))
    size = 3_000_000 * 42 * (6 * 3 + 6 * 3 + 4 * 2) * 4
    with pytest.raises(
        InspectionError, match=rf"{space.readable(size)} \(bi/forward .* or fewer than 3000000 examples"
    ):
        trace(plain_model, huge)
    assert batches == [(1, 37)]
    with pytest.raises(InspectionError, match=r"steps=range\(8\)"):
        trace(plain_model, huge, max_bytes=3_000_000 * 8 * 44 * 4)


def test_the_model_itself_must_be_able_to_run(plain_model, ids, batches, monkeypatch):
    monkeypatch.setattr(space, "free_bytes", lambda: 1 << 29)
    huge = np.broadcast_to(ids[1], (3_000_000, 6))
    with pytest.raises(InspectionError, match=r"run the model at once on 3000000 examples takes .* fewer examples"):
        trace(plain_model, huge, steps=[0], layers="gru", max_bytes=1e9)
    assert batches == [(1, 6)]


def test_fewer_steps_than_the_input_are_found_out(monkeypatch):
    """Pooling makes 20 steps of 40."""
    inputs = keras.Input((None, 1))
    model = keras.Model(inputs, L.GRU(2, name="gru")(L.MaxPooling1D(2)(inputs)))
    x = np.broadcast_to(np.float32(1), (3000, 40, 1))
    size = 3000 * 20 * 4 * 2 * 4
    with pytest.raises(InspectionError, match=rf"would take {space.readable(size)} "):
        trace(model, x, max_bytes=size - 1)
    assert trace(model, x, max_bytes=size, steps=range(20))["gru"].nbytes == size


def test_a_model_that_takes_whole_batches_only_runs():
    inputs = keras.Input(batch_shape=(2, 60_000, 1))
    model = keras.Model(inputs, L.GRU(1, stateful=True, name="gru")(L.MaxPooling1D(10_000)(inputs)))
    assert trace(model, np.ones((2, 60_000, 1), "float32"))["gru"]["hidden_state"].shape == (2, 6, 1)
