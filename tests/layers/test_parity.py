"""kseq's recurrent layers against Keras's: outputs, states and gradients, over the product of their settings."""

import importlib
import itertools

import keras
import numpy as np
import pytest

from kseq import layers
from tests.layers import reference
from tests.layers.evaluation import Evaluator, assert_close

pytestmark = pytest.mark.backend

CELLS = ("SimpleRNN", "LSTM", "GRU")
B, T, D, H = 4, 7, 5, 6
RNG = np.random.default_rng(0)
X = RNG.normal(size=(B, T, D)).astype("float32")
STATES = [RNG.normal(size=(B, H)).astype("float32") for _ in range(4)]
RIGHT = np.arange(T)[None] < np.array([7, 3, 1, 5])[:, None]
IRREGULAR = np.array([[0, 0, 1, 1, 1, 1, 1], [1, 0, 1, 0, 0, 1, 0], [0] * 7, [0, 1, 1, 1, 1, 0, 1]], bool)
MASKS = {"none": None, "right-padded": RIGHT, "irregular": IRREGULAR}


@pytest.fixture(autouse=True)
def own_loop(monkeypatch):
    """kseq leaves to Keras what Keras does faster. Here it has to do everything itself."""
    if keras.backend.backend() in ("jax", "tensorflow"):
        scan = importlib.import_module(f"kseq.backend.scan_{keras.backend.backend()}")
        monkeypatch.setattr(scan, "is_faster", lambda *_: True)


def twins(cell, **options):
    """The same layer of kseq and of Keras; the weights of the one go into the other."""
    options = {"bias_initializer": "random_normal", **options}
    pair = getattr(layers, cell)(H, **options), getattr(keras.layers, cell)(H, **options)
    for layer in pair:
        layer.build(X.shape)
    pair[0].set_weights(pair[1].get_weights())
    return pair


def assert_same(ours, theirs, mask=None, states=None, back=False, what=""):
    """Where an initial state meets masked first steps, Keras's backends differ: those outputs do not count here."""
    seen = None if mask is None or states is None else reference.seen(mask, back)
    mine, expected = ours(X, mask, states, seen), theirs(X, mask, states, seen)
    assert_close(mine[0], expected[0], f"{what}: outputs")
    assert_close(mine[1], expected[1], f"{what}: gradients")


@pytest.mark.parametrize("back", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("cell", CELLS)
def test_equals_keras(cell, back):
    """All of return_sequences × return_state × mask × initial_state, with a dropout that is idle at inference."""
    for sequences, state in itertools.product((False, True), repeat=2):
        options = {"return_sequences": sequences, "return_state": state, "go_backwards": back}
        ours, theirs = map(Evaluator, twins(cell, dropout=0.3 if state else 0.0, **options))
        cases = [(name, given) for name in MASKS for given in (True, False)]
        if not (sequences and state):
            cases.remove(("right-padded", False))  # each case is compiled anew on JAX
            cases.remove(("irregular", False))
        for name, given in cases:
            mask = MASKS[name]
            states = STATES[: 2 if cell == "LSTM" else 1] if given else None
            assert_same(ours, theirs, mask, states, back, f"{options}, mask {name}, initial state {given}")


@pytest.mark.parametrize("cell", CELLS)
def test_equals_the_numpy_loop(cell):
    """Masked first steps show 0, whatever the initial state: the same on every backend."""
    for back, zero in itertools.product((False, True), repeat=2):
        layer, _ = twins(cell, return_sequences=True, return_state=True, go_backwards=back)
        layer.zero_output_for_mask = zero
        last, _ = twins(cell, go_backwards=back)
        last.zero_output_for_mask = zero
        last.set_weights(layer.get_weights())
        for mask in MASKS.values():
            states = STATES[: 2 if cell == "LSTM" else 1]
            outputs, final = reference.run(cell, X, layer.get_weights(), mask, states, back, zero)
            actual = layer(X, mask=mask, initial_state=states)
            assert_close([keras.ops.convert_to_numpy(a) for a in actual], [outputs, *final], f"{back} {zero}")
            actual = keras.ops.convert_to_numpy(last(X, mask=mask, initial_state=states))
            assert_close([actual], [outputs[:, -1]], f"last, {back} {zero}")


@pytest.mark.parametrize("cell", CELLS)
def test_stateful(cell):
    for mask in (None, RIGHT):
        ours, theirs = twins(cell, stateful=True, return_sequences=True)
        for _ in range(2):
            mine, expected = (keras.ops.convert_to_numpy(layer(X, mask=mask)) for layer in (ours, theirs))
            assert_close([mine], [expected], "outputs")
            assert_close([s.numpy() for s in ours.states], [s.numpy() for s in theirs.states], "states")
        ours.reset_state()
        assert all(np.all(s.numpy() == 0) for s in ours.states)


@pytest.mark.parametrize("cell", CELLS)
def test_dropout_in_training(cell):
    """The same seed drops the same inputs, and the gradients see it."""
    pair = twins(cell, dropout=0.5, seed=3, return_sequences=True)
    ours, theirs = (Evaluator(layer, training=True) for layer in pair)
    assert_same(ours, theirs, what="dropout")


MERGES = [("concat", True), ("sum", True), ("mul", True), ("ave", True), (None, True), ("concat", False)]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("merge", "sequences"), MERGES)
def test_bidirectional(cell, merge, sequences):
    options = {"return_sequences": sequences, "return_state": merge == "sum", "bias_initializer": "normal"}
    ours = layers.Bidirectional(getattr(layers, cell)(H, **options), merge_mode=merge)
    theirs = keras.layers.Bidirectional(getattr(keras.layers, cell)(H, **options), merge_mode=merge)
    for layer in (ours, theirs):
        layer.build(X.shape)
    ours.set_weights(theirs.get_weights())
    theirs.set_weights(ours.get_weights())  # and back
    ours, theirs = Evaluator(ours), Evaluator(theirs)
    for name, mask in MASKS.items():
        assert_same(ours, theirs, mask, what=f"mask {name}")
    if sequences:  # masked outputs are zeros here, so all backends agree
        states = STATES if cell == "LSTM" else STATES[:2]
        mine, expected = ours(X, RIGHT, states), theirs(X, RIGHT, states)
        assert_close(mine[0] + mine[1], expected[0] + expected[1], "initial state")


OTHER_SETTINGS = {
    "activation": {"activation": "relu"},
    "no bias": {"use_bias": False},
    "unroll": {"unroll": True},
    "recurrent dropout": {"recurrent_dropout": 0.5, "seed": 1},
    "recurrent activation": {"recurrent_activation": "hard_sigmoid"},
    "reset before": {"reset_after": False},
}


@pytest.mark.parametrize("setting", OTHER_SETTINGS)
def test_other_settings_fall_back_to_keras(setting):
    cell = {"reset before": "GRU", "recurrent activation": "LSTM"}.get(setting, "SimpleRNN")
    pair = twins(cell, return_sequences=True, **OTHER_SETTINGS[setting])
    training = setting == "recurrent dropout"
    ours, theirs = (Evaluator(layer, training=training) for layer in pair)
    for mask in (None, RIGHT):
        assert_same(ours, theirs, mask, what=setting)
