"""The same numbers as Keras: outputs and gradients, on every backend, in float64 to 1e-6."""

import keras
import numpy as np
import pytest

from kseq import layers as kseq_layers
from kseq import scratch
from kseq.scratch import read_weights, write_weights
from tests.scratch import keras_gradients

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("jax_in_double_precision")]

D, UNITS, B, T = 3, 2, 3, 4
RIGHT = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
IRREGULAR = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]], bool)
KINDS = {
    "SimpleRNN": ("SimpleRNN", {}),
    "LSTM": ("LSTM", {}),
    "GRU": ("GRU", {}),
    "GRU reset before": ("GRU", {"reset_after": False}),
}
SETTINGS = {
    "plain": {},
    "right padded": {"mask": RIGHT},
    "irregular mask": {"mask": IRREGULAR},
    "backwards": {"go_backwards": True},
    "backwards, masked": {"go_backwards": True, "mask": RIGHT},
    "relu, no bias": {"activation": "relu", "recurrent_activation": "hard_sigmoid", "use_bias": False},
    "elu": {"activation": "elu"},
    "float32": {"dtype": "float32"},
}


def fill(layer, shape, seed=0):
    """Builds the layer and gives it weights with nothing zero in them."""
    layer.build(shape)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(scale=0.5, size=np.shape(w)) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_gradients(kind, setting):
    name, options = KINDS[kind]
    options = {"dtype": "float64", **options, **SETTINGS[setting]}
    mask = options.pop("mask", None)
    if name == "SimpleRNN":
        options.pop("recurrent_activation", None)
    layer = fill(getattr(keras.layers, name)(UNITS, return_sequences=True, return_state=True, **options), (B, T, D))
    backwards = options.get("go_backwards", False)
    cell = read_weights(layer)
    assert cell.dtype == options["dtype"]

    rng = np.random.default_rng(1)
    x = rng.normal(size=(B, T, D)).astype(options["dtype"])
    state = [rng.normal(size=(B, UNITS)).astype(options["dtype"]) for _ in cell.state_names]
    d_outputs = rng.normal(size=(B, T, UNITS))
    if mask is not None:  # before the first step that counts the backends disagree: 0, or the initial state
        shown = np.logical_or.accumulate(mask[:, ::-1] if backwards else mask, axis=1)
        d_outputs *= shown[:, :, None]
    d_state = [rng.normal(size=s.shape) for s in state]
    (outputs, *final), d_weights, d_x, d_initial = keras_gradients.run(
        layer, x, [d_outputs, *d_state], state=state, mask=mask
    )
    run = cell.forward(x, state, mask, go_backwards=backwards)
    back = cell.backward(run, d_outputs, d_state)

    close = {"atol": 1e-6 if options["dtype"] == "float64" else 1e-4, "rtol": 0}
    np.testing.assert_allclose(run.outputs * (d_outputs != 0), outputs * (d_outputs != 0), **close)
    for ours, keras_s in zip(run.state, final, strict=True):
        np.testing.assert_allclose(ours, keras_s, **close)
    for ours, keras_d in zip(back.gradients.values(), d_weights, strict=True):
        np.testing.assert_allclose(ours, keras_d, **close)
    np.testing.assert_allclose(back.d_x, d_x, **close)
    for ours, keras_d in zip(back.d_initial_state, d_initial, strict=True):
        np.testing.assert_allclose(ours, keras_d, **close)


@pytest.mark.parametrize("name", sorted(scratch.ACTIVATIONS))
def test_activations(name):
    a = np.array([[-3.7, -1.0, -0.2, 0.3, 2.0, 4.4]])
    expected = keras.ops.convert_to_numpy(getattr(keras.activations, name)(keras.ops.convert_to_tensor(a)))
    np.testing.assert_allclose(scratch.find_activation(name).function(a), expected, atol=1e-6)


@pytest.mark.parametrize(("return_sequences", "mask"), [(True, RIGHT), (True, IRREGULAR), (False, RIGHT)])
@pytest.mark.parametrize("mode", ["concat", "sum", "ave", "mul"])
def test_both_directions(mode, return_sequences, mask):
    inner = keras.layers.GRU(UNITS, return_sequences=return_sequences, dtype="float64")
    layer = fill(keras.layers.Bidirectional(inner, merge_mode=mode, dtype="float64"), (B, T, D))
    twin = read_weights(layer)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(B, T, D))
    run = twin.forward(x, mask=mask)
    d = rng.normal(size=run.outputs.shape)
    (outputs,), d_weights, d_x, _ = keras_gradients.run(layer, x, [d], mask=mask)
    back = twin.backward(run, d)
    np.testing.assert_allclose(run.outputs, outputs, atol=1e-6)
    np.testing.assert_allclose(back.d_x, d_x, atol=1e-6)
    for ours, keras_d in zip(back.gradients.values(), d_weights, strict=True):
        np.testing.assert_allclose(ours, keras_d, atol=1e-6)


def test_several_cells_under_one_rnn():
    cells = [keras.layers.LSTMCell(2, dtype="float64"), keras.layers.GRUCell(3, dtype="float64")]
    cells = keras.layers.StackedRNNCells(cells, dtype="float64")
    layer = fill(keras.layers.RNN(cells, return_sequences=True, dtype="float64"), (B, T, D))
    twin = read_weights(layer)
    rng = np.random.default_rng(3)
    x, d = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, 3))
    (outputs,), d_weights, d_x, _ = keras_gradients.run(layer, x, [d], mask=RIGHT)
    run = twin.forward(x, mask=RIGHT)
    back = twin.backward(run, d)
    np.testing.assert_allclose(run.outputs, outputs, atol=1e-6)
    np.testing.assert_allclose(back.d_x, d_x, atol=1e-6)
    for ours, keras_d in zip(back.gradients.values(), d_weights, strict=True):
        np.testing.assert_allclose(ours, keras_d, atol=1e-6)


def test_dense_with_softmax_and_embedding():
    layer = fill(keras.layers.Dense(4, activation="softmax", dtype="float64"), (B, T, D))
    rng = np.random.default_rng(4)
    x, d = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, 4))
    (outputs,), d_weights, d_x, _ = keras_gradients.run(layer, x, [d])
    twin = read_weights(layer)
    run = twin.forward(x)
    back = twin.backward(run, d)
    np.testing.assert_allclose(run.outputs, outputs, atol=1e-6)
    np.testing.assert_allclose(back.d_x, d_x, atol=1e-6)
    for ours, keras_d in zip(back.gradients.values(), d_weights, strict=True):
        np.testing.assert_allclose(ours, keras_d, atol=1e-6)

    table = fill(keras.layers.Embedding(5, 3), (B, T))
    ids = np.array([[4, 0, 1]])
    np.testing.assert_array_equal(read_weights(table).forward(ids).outputs, keras.ops.convert_to_numpy(table(ids)))


def make(kind, seed, package=keras.layers):
    k = package
    layer = {
        "SimpleRNN": lambda: k.SimpleRNN(2),
        "LSTM": lambda: k.LSTM(2),
        "GRU": lambda: k.GRU(2, reset_after=True),
        "GRU reset before": lambda: k.GRU(2, reset_after=False, use_bias=False),
        "Bidirectional": lambda: k.Bidirectional(k.LSTM(2, return_sequences=True)),
        "SimpleRNNCell": lambda: keras.layers.SimpleRNNCell(2),
        "LSTMCell": lambda: keras.layers.LSTMCell(2),
        "GRUCell": lambda: keras.layers.GRUCell(2),
        "RNN": lambda: keras.layers.RNN(keras.layers.GRUCell(2)),
        "RNN of two": lambda: keras.layers.RNN([keras.layers.LSTMCell(2), keras.layers.GRUCell(3)]),
        "Bidirectional RNN of two": lambda: keras.layers.Bidirectional(
            keras.layers.RNN([keras.layers.LSTMCell(2), keras.layers.GRUCell(3)])
        ),
        "Dense": lambda: k.Dense(2, use_bias=False),
        "Embedding": lambda: k.Embedding(5, 2),
    }[kind]()
    shape = (B, D) if kind.endswith("Cell") else (B, T, D)
    return fill(layer, shape, seed)


ALL = ["SimpleRNN", "LSTM", "GRU", "GRU reset before", "Bidirectional", "SimpleRNNCell", "LSTMCell", "GRUCell", "RNN"]
ALL += ["RNN of two", "Bidirectional RNN of two", "Dense", "Embedding"]


@pytest.mark.parametrize("kind", ALL)
def test_weights_go_both_ways(kind):
    one, other = make(kind, 1), make(kind, 2)
    twin = read_weights(one)
    write_weights(twin, other)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    # the twin has copies: changing it leaves the layer alone
    for array in twin.parameters.values():
        array += 1
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
    again = read_weights(other)
    assert again.parameters.keys() == twin.parameters.keys()


@pytest.mark.parametrize("kind", ALL[:5])
def test_kseq_layers_are_read_too(kind):
    layer = make(kind, 3, kseq_layers)
    x = np.random.default_rng(5).normal(size=(B, T, D)).astype("float32")
    run = read_weights(layer).forward(x)
    outputs = run.outputs if kind == "Bidirectional" else run.last
    np.testing.assert_allclose(outputs, keras.ops.convert_to_numpy(layer(x)), atol=1e-5)


def test_an_activation_without_a_known_derivative_still_goes_forward():
    def tanh(x):  # a user's own, whatever its name
        return keras.ops.tanh(x) * 2

    layer = fill(keras.layers.SimpleRNN(2, activation=tanh), (B, T, D))
    x = np.random.default_rng(6).normal(size=(B, T, D)).astype("float32")
    cell = read_weights(layer)
    run = cell.forward(x)
    np.testing.assert_allclose(run.last, keras.ops.convert_to_numpy(layer(x)), atol=1e-5)
    with pytest.raises(ValueError, match="activation: the way back needs a derivative"):
        cell.backward(run, run.outputs)
    assert read_weights(fill(keras.layers.GRU(2, activation=keras.ops.tanh), (B, T, D))).activation.derivative


class OwnCell(keras.layers.LSTMCell):
    def call(self, inputs, states, training=False):
        return super().call(inputs * 2, states, training=training)


class LSTM:
    """Only called so."""


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: keras.layers.LSTM(3), "layer: expected a built layer with 3 weights .* LSTM 'lstm.*' with 0"),
        (lambda: keras.layers.Conv1D(3, 2), "layer: expected one of SimpleRNN, LSTM, GRU, .* Conv1D 'conv1d"),
        (lambda: fill(OwnCell(2), (B, D)), "layer: OwnCell 'own_cell.*' has its own `call`"),
        (lambda: LSTM(), "layer: expected one of"),
        (
            lambda: fill(keras.layers.Bidirectional(keras.layers.GRU(2), merge_mode=None), (B, T, D)),
            "layer: merge_mode=None gives two outputs",
        ),
        (
            lambda: fill(
                keras.layers.Bidirectional(
                    keras.layers.GRU(2, go_backwards=True), backward_layer=keras.layers.GRU(2, name="other")
                ),
                (B, T, D),
            ),
            "layer: expected the first inner layer to read forward. Received: Bidirectional",
        ),
    ],
)
def test_layers_that_cannot_be_read(layer, message):
    with pytest.raises(ValueError, match=message):
        read_weights(layer())


@pytest.mark.parametrize(
    ("twin", "layer", "message"),
    [
        (scratch.LSTM.random(D, 3), "LSTM", r"layer: LSTM .* expects the shapes \[\(3, 8\)"),
        (scratch.GRU.random(D, 2), "LSTM", "scratch_object: expected a LSTM for LSTM 'lstm"),
        (scratch.GRU.random(D, 2), "GRU reset before", "layer: expected reset_after=True"),
        (scratch.Stacked([scratch.LSTM.random(D, 2)]), "RNN of two", "scratch_object: expected 2 cells. Received: 1"),
    ],
)
def test_weights_that_do_not_fit_are_not_written(twin, layer, message):
    layer = make(layer, 1)
    before = layer.get_weights()
    with pytest.raises(ValueError, match=message):
        write_weights(twin, layer)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (scratch.SGD(0.1), lambda: keras.optimizers.SGD(0.1)),
        (scratch.SGD(0.1, momentum=0.9), lambda: keras.optimizers.SGD(0.1, momentum=0.9)),
        (scratch.Adam(0.01), lambda: keras.optimizers.Adam(0.01)),
        (scratch.Adam(0.1, 0.8, 0.9, 1e-3), lambda: keras.optimizers.Adam(0.1, 0.8, 0.9, 1e-3)),
    ],
)
def test_optimizers(ours, theirs):
    rng = np.random.default_rng(7)
    theta = {"a": rng.normal(size=(2, 3)), "b": rng.normal(size=4)}
    variables = [keras.Variable(array, dtype="float64") for array in theta.values()]
    optimizer = theirs()
    for _ in range(5):
        gradients = {name: rng.normal(size=array.shape) for name, array in theta.items()}
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients.values()], variables)
        ours.update(theta, gradients)
    for array, variable in zip(theta.values(), variables, strict=True):
        np.testing.assert_allclose(array, keras.ops.convert_to_numpy(variable), atol=1e-6)


@pytest.mark.parametrize(
    ("clip", "argument"),
    [
        (scratch.clip_by_value, "clipvalue"),
        (scratch.clip_by_norm, "clipnorm"),
        (scratch.clip_by_global_norm, "global_clipnorm"),
    ],
)
@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipping(clip, argument, limit):
    rng = np.random.default_rng(8)
    gradients = {"a": rng.normal(size=(2, 3)), "b": rng.normal(size=4)}
    variables = [keras.Variable(np.zeros(g.shape), dtype="float64") for g in gradients.values()]
    optimizer = keras.optimizers.SGD(1.0, **{argument: limit})
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients.values()], variables)
    for g, variable in zip(clip(gradients, limit).values(), variables, strict=True):
        np.testing.assert_allclose(-g, keras.ops.convert_to_numpy(variable), atol=1e-6)


def test_losses():
    rng = np.random.default_rng(9)
    scores, classes = rng.normal(size=(B, T, 4)), rng.integers(4, size=(B, T))
    yes = rng.integers(2, size=(B, T, 4)).astype(float)
    for (ours, targets), theirs in {
        (scratch.softmax_cross_entropy, "classes"): keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        (scratch.mean_squared_error, "yes"): keras.losses.MeanSquaredError(),
        (scratch.binary_cross_entropy, "yes"): keras.losses.BinaryCrossentropy(from_logits=True),
    }.items():
        y = {"classes": classes, "yes": yes}[targets]
        assert ours(scores, y)[0] == pytest.approx(float(theirs(y, scores)), abs=1e-5)
