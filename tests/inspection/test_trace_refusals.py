"""What cannot be traced: errors that name the layer and say what can."""

import keras
import numpy as np
import pytest
from keras import layers as L

from kseq.inspection import trace
from kseq.inspection.errors import InspectionError


def text_model():
    inputs = keras.Input((4, 3))
    return keras.Model(inputs, L.LSTM(2, name="lstm")(inputs))


class OwnCell(L.Layer):
    """A cell of somebody's own."""

    state_size = output_size = 2

    def call(self, x, states):
        return x[:, :2], [x[:, :2]]


class ScaledLSTMCell(L.LSTMCell):
    """A known cell with other equations."""

    def call(self, inputs, states, training=False):
        outputs, states = super().call(inputs * 2.0, states, training)
        return outputs, states


class ScaledLSTM(L.LSTM):
    """A layer that does more than its cell, unseen from outside."""

    def inner_loop(self, sequences, *args, **kwargs):
        return super().inner_loop(sequences * 2.0, *args, **kwargs)


def test_cells_of_ones_own():
    inputs = keras.Input((4, 3))
    for cell in (OwnCell(), ScaledLSTMCell(2)):
        model = keras.Model(inputs, L.LSTM(2, name="lstm")(L.RNN(cell, return_sequences=True, name="own")(inputs)))
        x = np.ones((1, 4, 3), "float32")
        with pytest.raises(InspectionError, match=rf"'own' .* {type(cell).__name__} .*layers=\['lstm'\]"):
            trace(model, x)
        assert list(trace(model, x, layers="lstm")) == ["lstm"]


def test_a_layer_that_does_something_else_is_found_out():
    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, ScaledLSTM(2, name="scaled")(inputs))
    with pytest.raises(InspectionError, match=r"'scaled' \(ScaledLSTM\) gave outputs that differ"):
        trace(model, np.ones((1, 4, 3), "float32"))


def test_images_as_states():
    inputs = keras.Input((2, 4, 4, 1))
    model = keras.Model(inputs, L.ConvLSTM2D(1, 2, name="images")(inputs))
    with pytest.raises(InspectionError, match=r"'images' cannot be traced: ConvLSTM2D .* nothing else"):
        trace(model, np.ones((1, 2, 4, 4, 1), "float32"))


def test_no_recurrent_layer():
    model = keras.Sequential([keras.Input((3,)), L.Dense(1, name="only")])
    with pytest.raises(InspectionError, match=r"no recurrent layer .* only \(Dense\)"):
        trace(model, np.ones((1, 3)))


def test_not_a_built_model():
    with pytest.raises(InspectionError, match=r"'later' has no weights yet: train it"):
        trace(keras.Sequential([L.LSTM(2)], name="later"), np.ones((1, 2, 3)))
    with pytest.raises(InspectionError, match="Received: str"):
        trace("model.keras", np.ones((1, 2, 3)))


def test_inputs_of_the_wrong_shape(plain_model):
    with pytest.raises(InspectionError, match=r"takes the shape \(batch, steps\)\. Received: float64 \(2, 3, 4\)"):
        trace(plain_model, np.ones((2, 3, 4)))


def test_rows_of_plain_numbers(plain_model, ids):
    rows = trace(plain_model, ids.tolist())
    np.testing.assert_array_equal(rows["gru"]["hidden_state"], trace(plain_model, ids)["gru"]["hidden_state"])
    with pytest.raises(InspectionError, match="equal length: pad them"):
        trace(plain_model, [[1, 2], [3]])


def test_inputs_of_the_wrong_kind(plain_model):
    with pytest.raises(InspectionError, match="cannot be run on `inputs`"):
        trace(plain_model, np.array([[object(), object()]]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite(bad):
    model = text_model()
    x = np.ones((3, 4, 3), "float32")
    x[2, 1, 0] = bad
    with pytest.raises(InspectionError, match=rf"`inputs` must be finite\. Received: {bad} in example 2, step 1"):
        trace(model, x)


def test_weights_that_are_not_finite():
    model = text_model()
    kernel, recurrent, bias = model.get_weights()
    model.set_weights([kernel, np.where(np.eye(2, 8), np.nan, recurrent), bias])
    with pytest.raises(InspectionError, match=r"recurrent_kernel of the layer 'lstm' is not finite at \(0, 0\)"):
        trace(model, np.ones((1, 4, 3), "float32"))


def test_numbers_that_stop_being_finite_on_the_way():
    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, L.LSTM(2, name="lstm")(L.Lambda(lambda x: 1 / x)(inputs)))
    x = np.ones((2, 4, 3), "float32")
    x[1, 2] = 0
    with pytest.raises(InspectionError, match=r"'lstm' gets .* not finite at step 2 of example 1 \(inf\)"):
        trace(model, x)


def test_states_that_explode():
    inputs = keras.Input((60, 1))
    layer = L.SimpleRNN(1, activation="relu", name="relu")
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([np.ones((1, 1)), np.full((1, 1), 10.0), np.zeros(1)])
    x = np.ones((2, 60, 1), "float32")
    x[0] = 0
    with pytest.raises(InspectionError, match=r"state of the layer 'relu' is not finite from step 39 on, in example 1"):
        trace(model, x)
