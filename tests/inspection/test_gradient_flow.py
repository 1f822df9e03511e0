"""∂L/∂h_t of whole models: against Keras's cells step by step, central differences and theory."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers, ops

import kseq
from kseq import scratch
from kseq.inspection import gradient_flow

B, T, D = 3, 5, 2
backend = pytest.mark.backend
RNG = np.random.default_rng(0)
X = RNG.normal(size=(B, T, D)).astype("float32")
Y = RNG.normal(size=(B, 1)).astype("float32")


@pytest.fixture(scope="module")
def lstm_model():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((None, D))
    h = layers.LSTM(3, return_sequences=True, name="lstm")(layers.Masking()(inputs))
    model = keras.Model(inputs, layers.Dense(1, name="dense")(h))
    model.compile("adam", "mse", metrics=["mae"])
    return model


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 8), st.integers(0, 99))
def test_central_differences(lstm_model, batch, steps, seed):
    """A state of `kseq.scratch`, moved a little after one step of one example, moves the loss as the gradient says."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(batch, steps, D)).astype("float32"), rng.normal(size=(batch, steps, 1))
    flow = gradient_flow(lstm_model, x, y)
    cell = scratch.read_weights(lstm_model.get_layer("lstm"))
    W_Y, b_Y = lstm_model.get_layer("dense").get_weights()
    cell = scratch.LSTM(*(a.astype("float64") for a in cell.parameters.values()))
    example, step, unit, which = (int(rng.integers(n)) for n in (batch, steps, 3, 2))

    def loss(change):
        state, total = cell.initial_state(batch), 0
        for t in range(steps):
            state, _ = cell.step(x[:, t].astype("float64"), state)
            if t == step:
                state[which][example, unit] += change
            total += np.sum(np.square(state[0] @ W_Y + b_Y - y[:, t]))
        return total / (batch * steps)

    expected = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert flow.loss == pytest.approx(loss(0), rel=1e-5)
    assert flow.gradients["lstm"]["hc"[which]][example, step, unit] == pytest.approx(expected, abs=1e-5)


@backend
@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_vanishing_and_exploding_follow_the_radius(radius, go_backwards):
    """A linear network with ρ times an orthogonal matrix: ‖∂L/∂h_t‖ = ρ^(T-t) · ‖∂L/∂h_T‖, row R9."""
    steps = 12
    inputs = keras.Input((None, D))
    layer = layers.SimpleRNN(4, activation="linear", go_backwards=go_backwards, name="rnn")
    model = keras.Model(inputs, layers.Dense(1)(layer(inputs)))
    W, U, b = layer.get_weights()
    layer.set_weights([W, radius * np.linalg.qr(np.random.default_rng(0).normal(size=U.shape))[0], b])
    flow = gradient_flow(model, np.ones((2, steps, D), "float32"), np.zeros((2, 1)), loss="mse")
    norms = flow.norms["rnn"][:, ::-1] if go_backwards else flow.norms["rnn"]
    expected = norms[:, -1:] * radius ** np.arange(steps)[::-1]
    np.testing.assert_allclose(norms, expected, rtol=1e-4)
    t, k = (2, 9) if go_backwards else (9, 2)
    np.testing.assert_allclose(flow.singular_values("rnn", t, k), np.full(4, radius**7), rtol=1e-4)


@pytest.mark.parametrize("forget", [1, 0])
def test_an_open_forget_gate_keeps_the_gradient(forget):
    """Along c the gradient is multiplied by f alone (row G1)."""
    inputs = keras.Input((None, D))
    layer = layers.LSTM(3, name="lstm")
    model = keras.Model(inputs, layers.Dense(1)(layer(inputs)))
    W, U, b = layer.get_weights()
    b[3:6] = 50 if forget else -50
    layer.set_weights([W, 0 * U, b])
    x = np.random.default_rng(0).normal(size=(2, 100, D)).astype("float32")
    norms = gradient_flow(model, x, np.ones((2, 1)), loss="mse").cell_norms["lstm"]
    before_last = norms[:, -2:-1]
    np.testing.assert_allclose(norms[:, :-1], forget * before_last + 0 * norms[:, :-1], rtol=1e-5)
    assert (before_last > 1e-4).all() == bool(forget)


@backend
@pytest.mark.parametrize("stateful", [False, True])
def test_the_model_is_as_before(stateful):
    inputs = keras.Input(batch_shape=(B, T, D))
    rnn = kseq.LSTM(3, stateful=stateful, activity_regularizer="l2", kernel_regularizer="l2", name="lstm")
    h = layers.Dropout(0.5)(rnn(inputs))
    model = keras.Model(inputs, [layers.Dense(1, name="a")(h), layers.Dense(2, activation="softmax", name="b")(h)])
    model.compile("adam", ["mse", "sparse_categorical_crossentropy"], metrics=["mae", "accuracy"])
    y = [Y, np.array([0, 1, 1])]
    model.train_on_batch(X, y)

    def everything():
        variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
        return [np.array(ops.convert_to_numpy(v)) for v in variables]

    before, names = everything(), set(vars(rnn))
    flow = gradient_flow(model, X, y, sample_weight=[np.ones(B), np.array([1.0, 0.0, 2.0])])
    with pytest.raises(ValueError, match="`y` must have one row"):
        gradient_flow(model, X, [Y[:2], y[1]])
    after = everything()
    assert len(before) == len(after) and all(map(np.array_equal, before, after))
    assert set(vars(rnn)) == names
    assert np.isfinite(flow.loss) and flow.norms["lstm"].shape == (B, T)
    model.train_on_batch(X, y)


@backend
def test_dropout_is_off_and_weights_count(lstm_model):
    y = np.zeros((B, T, 1))
    weight = np.repeat([[1.0], [0.0], [3.0]], T, axis=1)
    flow = gradient_flow(lstm_model, X, y, sample_weight=weight)
    expected = lstm_model.evaluate(X, y, sample_weight=weight, verbose=0)[0]
    assert flow.loss == pytest.approx(expected, abs=1e-6)
    assert not flow.norms["lstm"][1].any() and flow.norms["lstm"][[0, 2]].all()
    inputs = keras.Input((None, D))
    dropped = keras.Model(inputs, layers.Dense(1)(layers.LSTM(3, return_sequences=True, dropout=0.5)(inputs)))
    dropped.set_weights(lstm_model.get_weights())
    again = gradient_flow(dropped, X, y, loss=keras.losses.MeanSquaredError(), sample_weight=weight)
    np.testing.assert_allclose(again.norms[again.names[0]], flow.norms["lstm"], atol=1e-6)


def test_half_precision_comes_close(lstm_model):
    inputs = keras.Input((None, D))
    h = layers.LSTM(3, return_sequences=True, dtype="mixed_bfloat16")(layers.Masking()(inputs))
    half = keras.Model(inputs, layers.Dense(1, dtype="mixed_bfloat16")(h))
    half.set_weights(lstm_model.get_weights())
    y = np.ones((B, T, 1))
    expected, found = (gradient_flow(m, X, y, loss="mse") for m in (lstm_model, half))
    assert found.loss == pytest.approx(expected.loss, rel=0.02)
    np.testing.assert_allclose(found.norms[found.names[0]], expected.norms["lstm"], rtol=0.05, atol=1e-3)


@backend
def test_texts_and_names_of_classes():
    """A kseq model takes raw texts; the table shows the words and leaves out the padding."""
    vectorizer = kseq.WordVectorizer(["good", "not", "at", "all"], labels=("bad", "fine"))
    model = kseq.build_sentiment_model(vectorizer, architecture="gru", units=4, embedding_dim=3, seed=0)
    texts, labels = ["good", "not good at all"], ["fine", "bad"]
    flow = gradient_flow(model, texts, labels)
    table = flow.table()
    assert list(table.columns) == ["layer", "example", "step", "token", "norm"]
    assert table.token.tolist() == ["good", "not", "good", "at", "all"]
    same = gradient_flow(model, vectorizer.encode(texts), np.array([[1.0], [0.0]]))
    np.testing.assert_array_equal(flow.norms["gru_1"], same.norms["gru_1"])
    np.testing.assert_array_equal(np.isnan(flow.norms["gru_1"]), [[False, True, True, True], [False] * 4])
    assert "gru_1" in repr(flow)
    with pytest.raises(ValueError, match="Unknown label 'poor'"):
        gradient_flow(model, texts, ["poor", "bad"])


def test_table_with_two_states(lstm_model):
    table = gradient_flow(lstm_model, X, np.zeros((B, T, 1)), tokens=[list("abcde")] * B).table()
    assert list(table.columns) == ["layer", "example", "step", "token", "norm", "cell_norm"]
    assert len(table) == B * T and table.token[4] == "e"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"y": np.zeros((B, T, 2))},
            r"`y` must have the shape \(3, 5, 1\) or \(3, 5\) .* Received: y float64 \(3, 5, 2\)",
        ),
        ({"y": np.zeros((2, T, 1))}, r"`y` must have one row for each of the 3 examples"),
        ({"sample_weight": np.ones(2)}, "`sample_weight` must have one row"),
        ({"y": np.full((B, T, 1), np.nan)}, "`y` must be finite. Received: nan in example 0, step 0 \\(15 in all\\)"),
        ({"x": np.full((B, T, D), np.inf)}, "`x` must be finite. Received: inf in example 0, step 0"),
        ({"x": np.zeros((B, T, 7))}, "cannot be run on `x`"),
        ({"x": ["a text"]}, "has no vectorizer"),
        ({"y": ["good", "bad", "bad"]}, "`y` holds names"),
        ({"layers": "lstn"}, "Did you mean 'lstm'"),
        ({"layers": "lstm#2"}, "did not run"),
        ({"loss": "mean_sqared"}, "`loss` must be as for `compile`"),
        ({"loss": lambda y, p: ops.sum(p) / 0.0 * 0.0}, "The loss must be a finite number"),
        ({"loss": "sparse_categorical_crossentropy", "y": np.full((B, T), 4)}, "classes from 0 to 0"),
    ],
)
def test_mistakes(lstm_model, arguments, message):
    arguments = {"x": X, "y": np.zeros((B, T, 1))} | arguments
    with pytest.raises(ValueError, match=message) as caught:
        gradient_flow(lstm_model, **arguments)
    assert "\n" not in str(caught.value)


def test_models_without_a_flow(lstm_model):
    inputs = keras.Input((None, D))
    dense = keras.Model(inputs, layers.Dense(1)(inputs))
    with pytest.raises(ValueError, match="no recurrent layer"):
        gradient_flow(dense, X, X[..., :1], loss="mse")
    uncompiled = keras.Model(inputs, layers.LSTM(1)(inputs), name="plain")
    with pytest.raises(ValueError, match=r"'plain' has no loss .*loss='mse'"):
        gradient_flow(uncompiled, X, Y)
    odd = keras.Model(inputs, layers.SimpleRNN(1, activation=lambda x: x * 0.5, name="odd")(inputs))
    with pytest.raises(ValueError, match="'odd' has no gradient flow: the derivative of its activation"):
        gradient_flow(odd, X, Y, loss="mse")

    class Own(keras.layers.LSTM):
        def inner_loop(self, *args, **kwargs):
            return super().inner_loop(*args, **kwargs)

    with pytest.raises(ValueError, match="the class Own has an `inner_loop` of its own"):
        gradient_flow(keras.Model(inputs, Own(1)(inputs)), X, Y, loss="mse")
    exploded = keras.models.clone_model(uncompiled)
    exploded.set_weights([w + np.nan for w in exploded.get_weights()])
    with pytest.raises(ValueError, match=r"weights must be finite.* Received: 'lstm.*kernel'"):
        gradient_flow(exploded, X, Y, loss="mse")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("gru", 1, 0), "There is no recurrent layer 'gru'. There are: 'lstm'. Received: name='gru'"),
        (("lstm", 5, 0), "`t` must be a whole number from 0 to 4"),
        (("lstm", 1, -1), "`k` must be a whole number"),
        (("lstm", 1, 0, 3), "`example` must be a whole number from 0 to 2"),
        (("lstm", 0, 1), "'lstm' that is k ≤ t. Received: t=0, k=1"),
        (("lstm", 1, 0, 0, "hx"), "`block` must be 'hh', 'hc', 'ch', 'cc' or None"),
    ],
)
def test_mistakes_with_the_jacobian(lstm_model, arguments, message):
    flow = gradient_flow(lstm_model, X, np.zeros((B, T, 1)))
    with pytest.raises(ValueError, match=message):
        flow.jacobian(*arguments)
