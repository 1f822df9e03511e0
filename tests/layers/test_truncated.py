"""`TruncatedBPTT`: the same outputs, and no gradient across the borders of the chunks."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from kseq import layers
from kseq.layers import TruncatedBPTT
from tests.layers.evaluation import Evaluator, assert_close
from tests.layers.harness import run_layer_test

pytestmark = pytest.mark.backend

CELLS = ("SimpleRNN", "LSTM", "GRU")
RNG = np.random.default_rng(3)
X = RNG.normal(size=(3, 7, 4)).astype("float32")
MASK = np.arange(7)[None] < np.array([7, 2, 5])[:, None]


def pair(cell, steps, units=5, **options):
    """The layer by itself and in chunks, with the same weights."""
    plain = getattr(layers, cell)(units, **options)
    cut = TruncatedBPTT(getattr(layers, cell)(units, **options), steps=steps)
    plain.build(X.shape)
    cut.build(X.shape)
    cut.set_weights(plain.get_weights())
    return plain, cut


def arrays(outputs):
    return [ops.convert_to_numpy(y) for y in keras.tree.flatten(outputs)]


@pytest.mark.parametrize(("cell", "sequences"), [("LSTM", False), ("GRU", True)])
def test_layer(cell, sequences):
    def make(dtype=None):
        layer = getattr(layers, cell)(5, seed=1, return_sequences=sequences, dtype=dtype)
        return TruncatedBPTT(layer, steps=3, dtype=dtype)

    run_layer_test(make, X, (3, 7, 5) if sequences else (3, 5), MASK)


@settings(max_examples=4 if keras.backend.backend() == "jax" else 12, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    steps=st.integers(1, 9),
    back=st.booleans(),
    masked=st.booleans(),
    started=st.booleans(),
    seed=st.integers(0, 99),
)
def test_same_outputs_as_the_layer_by_itself(cell, steps, back, masked, started, seed):
    rng = np.random.default_rng(seed)
    mask = rng.random(X.shape[:2]) < 0.5 if masked else None
    plain, cut = pair(cell, steps, return_sequences=True, return_state=True, go_backwards=back)
    states = [rng.normal(size=(3, 5)).astype("float32") for _ in range(1 + (cell == "LSTM"))] if started else None
    expected, actual = (arrays(layer(X, initial_state=states, mask=mask)) for layer in (plain, cut))
    assert_close(actual, expected, f"{cell} {steps} {back} {masked} {started}")
    single = TruncatedBPTT.from_config(cut.get_config())
    single.return_sequences = single.return_state = False
    single.build(X.shape)
    single.set_weights(plain.get_weights())
    np.testing.assert_allclose(arrays(single(X, initial_state=states, mask=mask))[0], expected[0][:, -1], atol=1e-5)


class ByHand(keras.layers.Layer):
    """The chunks one after the other, as the course writes them."""

    def __init__(self, layer, steps):
        super().__init__()
        self.layer, self.steps = layer, steps

    def build(self, shape):
        self.layer.build(shape)
        self.built = True

    def call(self, x, initial_state=None, mask=None, training=False):
        outputs, states = [], initial_state
        for start in range(0, x.shape[1], self.steps):
            chunk, *states = self.layer(x[:, start : start + self.steps], initial_state=states)
            outputs.append(chunk)
            states = [ops.stop_gradient(s) for s in states]
        return ops.concatenate(outputs, axis=1)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_stop_at_the_borders(cell):
    _, cut = pair(cell, 3, return_sequences=True)
    by_hand = ByHand(getattr(layers, cell)(5, return_sequences=True, return_state=True), 3)
    by_hand.build(X.shape)
    by_hand.set_weights(cut.get_weights())
    states = [np.zeros((3, 5), "float32") for _ in range(1 + (cell == "LSTM"))]
    (out, grads), (expected, expected_grads) = (Evaluator(layer)(X, None, states) for layer in (cut, by_hand))
    assert_close(out[:1], expected[:1], f"{cell} outputs")
    assert_close(grads, expected_grads, f"{cell} gradients")


def test_what_the_last_output_teaches():
    """Row R8: only the steps of the last chunk get a gradient, or of the last one that counts."""
    inside = {}
    for mask in (None, MASK):
        _, cut = pair("GRU", 3)
        dx = Evaluator(cut)(X, mask, [np.zeros((3, 5), "float32")])[1][-2]
        inside[mask is None] = np.abs(np.asarray(dx)).sum(axis=2) > 0
    assert inside[True].tolist() == [[False] * 6 + [True]] * 3
    assert inside[False].tolist() == [
        [False] * 6 + [True],
        [True] * 2 + [False] * 5,
        [False] * 3 + [True] * 2 + [False] * 2,
    ]


@pytest.mark.parametrize(
    ("layer", "steps", "message"),
    [
        (lambda: layers.LSTM(2), 0, "`steps` must be a positive integer. Received: steps=0"),
        (lambda: layers.LSTM(2), 2.5, "steps=2.5"),
        (lambda: keras.layers.Dense(2), 2, "recurrent layer with a single cell.*Dense"),
        (lambda: layers.Bidirectional(layers.GRU(2)), 2, "recurrent layer with a single cell"),
        (lambda: layers.LSTM(2, stateful=True), 2, "`stateful`"),
        (lambda: layers.LSTM(2, dropout=0.5), 2, "`dropout` .put a Dropout layer in front"),
    ],
)
def test_what_it_cannot_take(layer, steps, message):
    with pytest.raises(ValueError, match=message):
        TruncatedBPTT(layer(), steps=steps)


def test_saved_and_loaded(tmp_path):
    inputs = keras.Input((None, 4))
    h = TruncatedBPTT(layers.LSTM(3, return_sequences=True), steps=2)(inputs)
    model = keras.Model(inputs, TruncatedBPTT(layers.GRU(3), steps=4)(h))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6)


@pytest.mark.parametrize("masked", [False, True])
def test_padding_leaves_the_gradient_as_it_is(masked):
    """The chunks are counted from the first step, so more padding moves no border."""
    _, cut = pair("LSTM", 3)
    mask = MASK if masked else np.ones_like(MASK)
    states = [np.zeros((3, 5), "float32")] * 2
    longer = np.concatenate([X, np.full_like(X[:, :4], 9.0)], axis=1), np.pad(mask, [(0, 0), (0, 4)])
    short, long = (Evaluator(cut)(x, m, states)[1] for x, m in ((X, mask), longer))
    long[-3] = long[-3][:, :7]  # the gradient at the input
    assert_close(long, short, "gradients")
