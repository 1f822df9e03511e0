"""What `fit` and `evaluate` take of a text, on the current backend."""

import random
import warnings

import keras
import numpy as np
import pytest

from kseq.data import load_text

pytestmark = pytest.mark.backend

LINES = [
    f"{name} {verb} the {thing}.\n"
    for name in ("Ann", "Bob")
    for verb in ("saw", "fed")
    for thing in ("cat", "hen", "dog")
]


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    rng = random.Random(3)
    path.write_text("".join(rng.choice(LINES) for _ in range(120)))
    return load_text(path, context_length=12, batch_size=4, steps_per_epoch=6)


def build(text, seed=0):
    keras.utils.set_random_seed(seed)
    size = text.vectorizer.vocabulary_size
    layers = [keras.Input((None,), dtype="int32"), keras.layers.Embedding(size, 8), keras.layers.Dense(size)]
    model = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, weighted_metrics=["sparse_categorical_crossentropy"])
    return model


def exact_loss(model, ids, context):
    """Mean over all tokens but the first, one by one; the model looks at nothing but the last token."""
    logits = keras.ops.convert_to_numpy(model(ids[None, :-1]))[0].astype("float64")
    norms = np.log(np.exp(logits).sum(axis=-1))
    return np.mean(norms - logits[np.arange(len(ids) - 1), ids[1:]])


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("settings", [{}, {"stride": 5}, {"context_length": 1_000}, {"batch_size": 100}])
def test_what_evaluate_reports_is_the_mean_over_all_tokens(text, split, settings):
    model = build(text)
    batches = text.batches(split, **settings)
    loss = model.evaluate(batches, verbose=0)[0]
    assert (len(text.ids(split)) - 1) % 12  # the last window does overlap
    assert np.isclose(loss, exact_loss(model, text.ids(split), 12), rtol=1e-5)


class Epochs(keras.callbacks.Callback):
    """Remembers the first ids of each batch that `fit` trains on, by epoch."""

    def __init__(self, batches):
        super().__init__()
        self.batches, self.numbers = batches.batches, []

    def on_epoch_begin(self, epoch, logs=None):
        self.numbers.append(self.batches.epoch)


def test_fit_goes_through_the_epochs_in_order(text):
    random.seed()  # Keras shuffles with Python's global numbers
    losses, numbers = [], []
    for _ in range(2):
        batches = text.train
        epochs = Epochs(batches)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = build(text)
            history = model.fit(batches, validation_data=text.validation, epochs=3, callbacks=[epochs], verbose=0)
        losses.append(history.history["loss"])
        numbers.append(epochs.numbers)
    assert losses[0] == losses[1]
    assert numbers == [[0, 1, 2]] * 2
    assert losses[0][0] > losses[0][-1]


def test_a_run_goes_on_in_the_middle_of_an_epoch(text):
    whole = build(text)
    whole.fit(text.train, epochs=3, verbose=0)
    stopped, arrays = build(text), text.arrays("train")
    for epoch, number in [(0, number) for number in range(6)] + [(1, number) for number in range(4)]:
        stopped.train_on_batch(*arrays.batch(epoch, number))
    rest = text.batches("train", epoch=1, start=4)
    stopped.fit(rest, steps_per_epoch=2, initial_epoch=1, epochs=2, verbose=0)
    assert (rest.batches.epoch, rest.batches.start) == (2, 0)
    stopped.fit(rest, initial_epoch=2, epochs=3, verbose=0)
    for one, other in zip(whole.get_weights(), stopped.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_iterating_by_hand_gives_what_the_arrays_give(text):
    train, arrays = text.train, text.arrays("train")
    assert len(train) == len(arrays) == 6
    for start in (0, 0, 4):
        train.batches.start = arrays.start = start
        for given, expected in zip(train, arrays, strict=True):
            for one, other in zip(given, expected, strict=True):
                np.testing.assert_array_equal(np.asarray(one), other)
    for given, expected in zip(text.validation, text.arrays("validation"), strict=True):
        for one, other in zip(given, expected, strict=True):
            np.testing.assert_array_equal(np.asarray(one), other)


def test_a_text_shorter_than_a_window_of_validation(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("abcdefghij" * 10)
    text = load_text(path, context_length=20)
    assert [x.shape for x, _, _ in text.arrays("test")] == [(1, 9)]
    model = build(text)
    loss = model.evaluate(text.test, verbose=0)[0]
    assert np.isclose(loss, exact_loss(model, text.ids("test"), 20), rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data is used on TensorFlow only")
def test_nothing_tunes_itself(text):
    assert text.train.options().autotune.enabled is False
    assert text.validation.options().autotune.enabled is False
    assert text.train.element_spec[0].shape.as_list() == [4, 12]
