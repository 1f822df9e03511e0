"""∂L/∂h_t of whole models against Keras's own cells, step by step, with automatic differentiation."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kseq
from kseq.inspection import gradient_flow
from tests.inspection.stepwise import stepwise_gradients

B, T, D = 3, 5, 2
backend = pytest.mark.backend
RNG = np.random.default_rng(0)
X = RNG.normal(size=(B, T, D)).astype("float32")
Y = RNG.normal(size=(B, 1)).astype("float32")
# padding at the end, holes, and at the beginning
MASK = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1], [0, 0, 1, 1, 0]], bool)


def masked_input():
    x = np.where(MASK[..., None], X, 0).astype("float32")
    inputs = keras.Input((None, D))
    return x, inputs, layers.Masking()(inputs)


def flip(x):
    return ops.flip(x, axis=1)


def mse(outputs):
    return ops.mean(ops.square(outputs - ops.convert_to_tensor(Y)))


def two_layers():
    """LSTM below, GRU above, with a mask."""
    x, inputs, h = masked_input()
    lower, upper, dense = layers.LSTM(3, return_sequences=True, name="lstm"), layers.GRU(2, name="gru"), layers.Dense(1)
    model = keras.Model(inputs, dense(upper(lower(h))))

    def loss(walk):
        outputs, _ = walk("lstm", lower, x, MASK)
        return mse(dense(walk("gru", upper, outputs, MASK)[1][0]))

    return model, x, loss, {"lstm": [3, 3], "gru": [2]}


def both_directions():
    """Outputs at masked steps are 0 in `Bidirectional`; above it a layer that goes backwards."""
    x, inputs, h = masked_input()
    both = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="bi")
    top, dense = layers.SimpleRNN(3, go_backwards=True, name="top"), layers.Dense(1)
    model = keras.Model(inputs, dense(top(both(h))))

    def loss(walk):
        forward, _ = walk("bi/forward", both.forward_layer, x, MASK)
        backward, _ = walk("bi/backward", both.backward_layer, x, MASK)
        outputs = ops.concatenate([forward, backward], axis=-1) * ops.convert_to_tensor(
            MASK[..., None].astype("float32")
        )
        return mse(dense(walk("top", top, outputs, MASK)[1][0]))

    return model, x, loss, {"bi/forward": [2], "bi/backward": [2], "top": [3]}


def encoder_decoder():
    """The encoder's final states start the decoder, and nothing else of it is used."""
    inputs = keras.Input((None, D))
    encoder = layers.LSTM(3, return_state=True, name="encoder")
    decoder, dense = layers.LSTM(3, return_sequences=True, name="decoder"), layers.Dense(1)
    _, h, c = encoder(inputs)
    model = keras.Model(inputs, dense(layers.GlobalAveragePooling1D()(decoder(inputs, initial_state=[h, c]))))

    def loss(walk):
        _, states = walk("encoder", encoder, X)
        return mse(dense(ops.mean(walk("decoder", decoder, X, states=[states])[0], axis=1)))

    return model, X, loss, {"encoder": [3, 3], "decoder": [3, 3]}


def shared_layer():
    """One layer, twice, the second time on what it gave the first time."""
    inputs = keras.Input((None, D))
    shared, dense = layers.GRU(D, return_sequences=True, reset_after=False, name="gru"), layers.Dense(1)
    model = keras.Model(inputs, dense(shared(shared(inputs))[:, -1]))

    def loss(walk):
        outputs, _ = walk("gru", shared, X)
        return mse(dense(walk("gru", shared, outputs, names=["gru#2"])[0][:, -1]))

    return model, X, loss, {"gru": [D], "gru#2": [D]}


def stack_of_cells():
    """An `RNN` over three cells, going backwards, with a mask."""
    x, inputs, h = masked_input()
    cells = [layers.LSTMCell(3), layers.GRUCell(2), layers.SimpleRNNCell(2, activation="relu")]
    rnn, dense = layers.RNN(cells, go_backwards=True, name="rnn"), layers.Dense(1)
    model = keras.Model(inputs, dense(rnn(h)))

    def loss(walk):
        return mse(dense(walk("rnn", rnn, x, MASK)[1][-1]))

    return model, x, loss, {"rnn/0": [3, 3], "rnn/1": [2], "rnn/2": [2]}


def own_cell_above():
    """A layer over a cell that is not known here lets the gradient through by itself."""

    class Average(layers.Layer):
        state_size = output_size = 3

        def call(self, x, states):
            new = 0.5 * (x + states[0])
            return new, [new]

    inputs = keras.Input((None, D))
    lower, upper, dense = layers.LSTM(3, return_sequences=True, name="lstm"), layers.RNN(Average()), layers.Dense(1)
    model = keras.Model(inputs, dense(upper(lower(inputs))))

    def loss(walk):
        outputs, _ = walk("lstm", lower, X)
        state = ops.zeros((B, 3))
        for t in range(T):
            state = 0.5 * (outputs[:, t] + state)
        return mse(dense(state))

    return model, X, loss, {"lstm": [3, 3]}


@backend
@pytest.mark.parametrize(
    "case", [two_layers, both_directions, encoder_decoder, shared_layer, stack_of_cells, own_cell_above]
)
def test_gradients_of_a_walk_step_by_step(case):
    keras.utils.set_random_seed(0)
    model, x, loss, units = case()
    model.compile(loss="mse")
    flow = gradient_flow(model, x, Y, layers="lstm" if case is own_cell_above else None)
    value, expected = stepwise_gradients(loss, {name: [(B, T, u) for u in us] for name, us in units.items()})
    assert flow.loss == pytest.approx(value, abs=1e-6)
    assert set(flow.names) == set(units)
    masked = ~MASK if x is not X else np.zeros((B, T), bool)
    for name, gradients in expected.items():
        for found, right in zip(flow.gradients[name].values(), gradients, strict=True):
            assert np.isnan(found[masked]).all()
            np.testing.assert_allclose(found[~masked], right[~masked], atol=1e-6)
        norms = np.linalg.norm(gradients[0], axis=-1)
        assert np.isnan(flow.norms[name][masked]).all() and norms.max() > 1e-4
        np.testing.assert_allclose(flow.norms[name][~masked], norms[~masked], atol=1e-6)


@pytest.mark.parametrize("case", [two_layers, both_directions, stack_of_cells])
def test_jacobian(case):
    """Against central differences of `kseq.scratch`; masked steps in between leave the state as it is."""
    model, x, _, units = case()
    flow = gradient_flow(model, x, Y, loss="mse")
    for name in units:
        states = flow.states[name]
        cell, run = states.cell, states.run
        cell64 = type(cell)(*(a.astype("float64") for a in cell.parameters.values()))
        cell64.activation = cell.activation
        for example in range(B):
            t, k = (1, 4) if states.go_backwards else (4, 1)
            late, early = (T - 1 - t, T - 1 - k) if states.go_backwards else (t, k)

            def final(state, cell=cell64, run=run, early=early, late=late, example=example):
                for n in range(early + 1, late + 1):
                    if run.mask is None or run.mask[example, n]:
                        x_t = run.x[example : example + 1, n].astype("float64")
                        state, _ = cell.step(x_t, np.split(state, len(cell.state_names), axis=1))
                        state = np.concatenate(state, axis=1)
                return state

            start = np.concatenate([s[example : example + 1] for s in run.states[early]], axis=1).astype("float64")
            basis = 1e-6 * np.eye(start.shape[1])[:, None]
            expected = [(final(start + e) - final(start - e))[0] / 2e-6 for e in basis]  # a row per entry of state_k
            found = flow.jacobian(name, t, k, example)
            np.testing.assert_allclose(found, np.transpose(expected), atol=1e-4)
            np.testing.assert_allclose(
                flow.singular_values(name, t, k, example), np.linalg.svd(expected, compute_uv=False), atol=1e-4
            )
            n = cell.units
            np.testing.assert_array_equal(found[:n, :n], flow.jacobian(name, t, k, example, block="hh"))
            if "c" in cell.state_names:
                np.testing.assert_array_equal(found[n:, :n], flow.jacobian(name, t, k, example, block="ch"))
            np.testing.assert_array_equal(flow.jacobian(name, k, k, example), np.eye(len(found)))


@backend
@pytest.mark.parametrize("cell", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("room", [keras.layers, kseq])
def test_loss_is_the_models_own(cell, room):
    """With initial states and padding in front, where Keras's backends differ, too; every output counts."""
    x, inputs, h = masked_input()
    layer = getattr(room, cell)(3, return_sequences=True, zero_output_for_mask=cell == "GRU")
    start = layers.Dense(3)(inputs[:, -1])
    outputs = layer(h, initial_state=[start, start] if cell == "LSTM" else start)
    model = keras.Model(inputs, layers.Dense(1)(ops.sum(outputs, axis=1)))
    model.compile(loss="mse")
    assert gradient_flow(model, x, Y).loss == pytest.approx(model.evaluate(x, Y, verbose=0), abs=1e-6)
