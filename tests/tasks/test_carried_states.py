"""`stateful=True`: states are carried from batch to batch, begin at zero, help, and leave `generate` as it is (R8)."""

import keras
import numpy as np
import pytest

from kseq import build_text_model, load_model, load_text
from kseq.tasks import train
from kseq.tasks.checkpoints import Checkpoint
from kseq.tasks.text import CELLS

SIZES = {"embedding_dim": 8, "units": 24, "learning_rate": 0.02, "seed": 0}
PERIOD = 5  # characters of a block, in windows of 4


@pytest.fixture(scope="module")
def periodic(tmp_path_factory):
    """Blocks `x..1 ` or `y..0 `, drawn by lot: how one ends is said at its beginning, often in the window before."""
    random = np.random.default_rng(0)
    blocks = random.choice(["x..1 ", "y..0 "], 1600)
    path = tmp_path_factory.mktemp("streams") / "periodic.txt"
    path.write_text("".join(blocks), encoding="utf-8")
    return path


def loaded(path, **settings):
    return load_text(path, context_length=4, batch_size=8, **settings)


@pytest.fixture(scope="module")
def carried(periodic):
    text = loaded(periodic, stateful=True)
    model = build_text_model(text.vectorizer, stateful=True, batch_size=8, **SIZES)
    train(model, text, epochs=4, patience=9, verbose=0)
    return model, text


def test_carried_states_know_what_stood_before_the_window(carried, periodic):
    """What a block ends with was said three characters before: in half of the windows of four it is not to be seen."""
    model, text = carried
    bits = model.scores(text)["bits_per_character"]
    windows = loaded(periodic)
    plain = build_text_model(windows.vectorizer, **SIZES)
    train(plain, windows, epochs=4, patience=9, verbose=0)
    forgetful = plain.scores(windows)["bits_per_character"]
    floor = 1 / PERIOD  # one toss of a coin for each block
    assert bits < floor + 0.05  # the end of each block is known
    assert forgetful > 1.4 * floor  # every other one is a second toss


def test_every_evaluation_begins_at_zero(carried):
    model, text = carried
    first = model.evaluate(text.test, verbose=0)
    assert model.evaluate(text.test, verbose=0) == first
    model.predict_on_batch(next(iter(text.arrays("test")))[0])
    assert model.evaluate(text.test, verbose=0) == first


@pytest.mark.backend
@pytest.mark.parametrize("architecture", CELLS)
def test_states_go_on_from_batch_to_batch(architecture, periodic):
    """Two windows one after the other give what one window of both gives, in `predict`, `evaluate` and `fit`."""
    text = loaded(periodic, stateful=True)
    still = SIZES | {"learning_rate": 1e-12}
    model = build_text_model(text.vectorizer, architecture=architecture, stateful=True, batch_size=8, **still)
    twin = build_text_model(text.vectorizer, architecture=architecture, **SIZES)
    twin.set_weights(model.get_weights())
    assert model.count_params() == twin.count_params()
    batches = list(text.arrays("test"))[:2]
    whole = np.asarray(twin.predict_on_batch(np.concatenate([x for x, *_ in batches], axis=1)))
    parts = [np.asarray(model.predict_on_batch(x)) for x, *_ in batches]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-4)

    rows = text.arrays("test")
    long = np.concatenate([np.stack(part, axis=-1) for part in rows], axis=1)  # (B, T, 3)
    logits = np.asarray(twin.predict_on_batch(long[..., 0].astype("int32")), np.float64)
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    targets = long[..., 1].astype(int)
    real = long[..., 2] > 0
    expected = -np.take_along_axis(logs, targets[..., None], axis=-1)[..., 0][real].mean()
    assert model.evaluate(text.test, return_dict=True, verbose=0)["loss"] == pytest.approx(expected, abs=1e-4)

    model.fit(text.train, epochs=1, verbose=0)
    read = np.concatenate([x for x, _ in text.arrays("train")], axis=1)
    layer, alike = model.get_layer(f"{architecture}_1"), twin.get_layer(f"{architecture}_1")
    outputs = alike(twin.get_layer("embedding")(read))[:, -1]
    state = layer.states[0]
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (state, outputs)), atol=1e-4)


def test_generate_is_that_of_a_model_without_carried_states(carried):
    """Whatever batch the states are made for: the stepper keeps its own, beginning at zero."""
    model, text = carried
    twin = build_text_model(text.vectorizer, **SIZES)
    twin.set_weights(model.get_weights())
    before = model.evaluate(text.test, verbose=0)
    for prompt in ("x...", ["x..", "y.......", "x"]):
        assert model.generate(prompt, 30, seed=1) == twin.generate(prompt, 30, seed=1)
    # An x is answered by a 1, a y by a 0.
    seen = ["x..1 y..0 y", "x..1 y..0 x"]
    assert model.generate(seen, 3, sampler="greedy") == ["x..1 y..0 y..0", "x..1 y..0 x..1"]
    assert model.evaluate(text.test, verbose=0) == before


def test_it_is_saved_and_reloaded(carried, tmp_path, new_process):
    model, text = carried
    model.save(tmp_path / "carried.keras")
    again = load_model(tmp_path / "carried.keras")
    assert again.streams == 8
    assert again.evaluate(text.test, verbose=0) == pytest.approx(model.evaluate(text.test, verbose=0), abs=1e-5)
    code = "import sys, kseq; print(kseq.load_model(sys.argv[1]).generate('x..', 20, sampler='greedy'))"
    assert new_process(code, tmp_path / "carried.keras").strip() == model.generate("x..", 20, sampler="greedy")


@pytest.mark.backend
def test_a_run_that_was_stopped_goes_on_exactly(periodic, tmp_path):
    """In the middle of an epoch: the carried states are part of what is saved."""

    def begun():
        text = loaded(periodic, stateful=True)
        model = build_text_model(text.vectorizer, stateful=True, batch_size=8, dropout=0.1, **SIZES)
        return model, text.train

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            keeper.interrupted = keeper.interrupted or batch == 100

    model, batches = begun()
    whole = model.fit(batches, epochs=2, verbose=0).history["loss"]
    model, batches = begun()
    keeper = Checkpoint(tmp_path / "run.keras", batches)
    with pytest.raises(KeyboardInterrupt):
        model.fit(batches, epochs=2, verbose=0, callbacks=[Interrupt(), keeper])
    model, batches = begun()
    keeper = Checkpoint(tmp_path / "run.keras", batches, resume=True)
    model.fit(batches, epochs=2, verbose=0, callbacks=[keeper])
    np.testing.assert_allclose([row["loss"] for row in keeper.history], whole, rtol=1e-5)


def test_refusals(periodic, carried):
    model, text = carried
    windows = loaded(periodic)
    for method in (model.fit, model.evaluate):
        with pytest.raises(
            ValueError, match=r"stateful=True, batch_size=8\). Received: batches of unconnected windows"
        ):
            method(windows.train)
    forgetful = build_text_model(text.vectorizer, **SIZES)
    with pytest.warns(UserWarning, match=r"laid out in 8 streams .* stateful=True, batch_size=8\)"):
        forgetful.fit(text.train, epochs=1, steps_per_epoch=1, verbose=0)
    with pytest.raises(ValueError, match="Received: streams of batch_size=4"):
        model.evaluate(text.batches("test", batch_size=4))
    with pytest.raises(ValueError, match="a Transformer has no state to carry"):
        build_text_model(text.vectorizer, architecture="transformer", stateful=True, batch_size=4)
    for wrong in ({"stateful": True}, {"batch_size": 3}):
        with pytest.raises(ValueError, match="go together"):
            build_text_model(text.vectorizer, **wrong)
