"""A run that was killed goes on as if it had not been: same losses, same weights."""

import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, build_text_model, load_model, load_reviews, load_text
from kseq.tasks import train
from kseq.tasks.checkpoints import Checkpoint

pytestmark = pytest.mark.backend
EPOCHS = 3

# Trains in a process of its own, which is killed after a number of batches; saves whenever it can.
RUN = """
import os, signal, sys
import keras
from kseq import load_reviews
from tests.tasks.test_checkpoints import EPOCHS, Often, new_model
from kseq.tasks import train

class Kill(keras.callbacks.Callback):
    left = int(sys.argv[3])
    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), int(sys.argv[4]))

reviews = load_reviews(sys.argv[1])
with Often():
    train(new_model(reviews), reviews, epochs=EPOCHS, verbose=0, checkpoint=sys.argv[2], callbacks=[Kill()])
"""


def new_model(reviews, seed=0, units=8):
    return build_sentiment_model(
        reviews.vectorizer, units=units, embedding_dim=8, learning_rate=0.01, dropout=0.3, seed=seed
    )


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C, or an error, after a number of batches."""

    def __init__(self, after, how):
        super().__init__()
        self.left, self.how = after, how

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            if self.how == "error":
                raise RuntimeError("broken off")
            os.kill(os.getpid(), signal.SIGINT)


class Often:
    """While this lasts, checkpoints are written after every batch."""

    def __enter__(self):
        self.before = Checkpoint.__init__.__kwdefaults__["seconds"]
        Checkpoint.__init__.__kwdefaults__["seconds"] = 0

    def __exit__(self, *_):
        Checkpoint.__init__.__kwdefaults__["seconds"] = self.before


@pytest.fixture(scope="module")
def uninterrupted(reviews_file, tmp_path_factory):
    """The weights and the history of a run that nothing disturbed."""
    reviews = load_reviews(reviews_file)
    model = new_model(reviews)
    path = tmp_path_factory.mktemp("whole") / "run.keras"
    history = train(model, reviews, epochs=EPOCHS, verbose=0, checkpoint=path)
    return model.get_weights(), history, path


def check_same(model, resumed, weights, history):
    """The resumed run has the weights and the history of the one that nothing disturbed."""
    # On JAX the tests of other rooms may have told this process, but not the killed one, to compile with less care.
    tolerance = 1e-5 if keras.backend.backend() == "jax" else 0
    for ours, theirs in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)
    assert list(resumed.history) == list(history.history)
    for name, values in history.history.items():
        np.testing.assert_allclose(resumed.history[name], values, rtol=0, atol=tolerance)
    assert resumed.epoch == list(range(EPOCHS))


def broken_off(reviews_file, path, after, how, checkout):
    """Runs until it is killed; gives the exit status and the error output."""
    arguments = [sys.executable, "-c", RUN, str(reviews_file), str(path), str(after), str(int(how))]
    done = subprocess.run(arguments, cwd=checkout, capture_output=True, text=True, env=dict(os.environ))
    return done.returncode, done.stderr


@pytest.mark.parametrize(("after", "how"), [(9, signal.SIGKILL), (9, signal.SIGINT)])
def test_resumed_run_is_the_uninterrupted_one(uninterrupted, reviews_file, tmp_path, checkout, after, how):
    weights, history, _ = uninterrupted
    path = tmp_path / "run.keras"
    status, errors = broken_off(reviews_file, path, after, how, checkout)
    assert status == -signal.SIGKILL if how == signal.SIGKILL else "KeyboardInterrupt" in errors, errors
    reviews = load_reviews(reviews_file)
    half = load_model(path)  # what is there so far can be tried out
    assert half.classify("a lovely soup").label in reviews.vectorizer.labels
    model = new_model(reviews, seed=7)  # whatever its weights are, the run's come back
    resumed = train(model, reviews, epochs=EPOCHS, verbose=0, checkpoint=path, resume=True)
    check_same(model, resumed, weights, history)


def test_the_finished_file_is_a_model_and_no_run(uninterrupted, reviews_file, tmp_path):
    weights, _, path = uninterrupted
    for ours, theirs in zip(load_model(path).get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    reviews = load_reviews(reviews_file)
    with pytest.raises(ValueError, match=r"run\.keras holds a finished model"):
        train(new_model(reviews), reviews, epochs=EPOCHS, verbose=0, checkpoint=path, resume=True)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        train(new_model(reviews), reviews, verbose=0, checkpoint=tmp_path / "nowhere.keras", resume=True)
    with pytest.raises(ValueError, match=r"must end in \.keras"):
        train(new_model(reviews), reviews, verbose=0, checkpoint=tmp_path / "run.h5")


def test_other_models_and_other_data_are_refused(reviews_file, tmp_path):
    path = tmp_path / "run.keras"
    reviews = load_reviews(reviews_file)
    batches = reviews.train
    model = new_model(reviews)
    with pytest.raises(RuntimeError, match="broken off"):
        model.fit(batches, verbose=0, callbacks=[Checkpoint(path, batches, seconds=0), Interrupt(2, "error")])
    with pytest.raises(ValueError, match="go on with resume=True"):
        train(new_model(reviews), reviews, verbose=0, checkpoint=path)
    with pytest.raises(ValueError, match="another model"):
        train(new_model(reviews, units=12), reviews, verbose=0, checkpoint=path, resume=True)
    other = load_reviews(reviews_file, batch_size=50)
    with pytest.raises(ValueError, match=r"with batch_size=32: .* Received: batch_size=50"):
        train(new_model(other), other, verbose=0, checkpoint=path, resume=True)
    other = load_reviews(reviews_file, seed=1)
    with pytest.raises(ValueError, match=r"run\.keras was trained with (other texts|seed=0)"):
        train(new_model(other), other, verbose=0, checkpoint=path, resume=True)
    with pytest.raises(ValueError, match="`resume` needs the file"):
        train(model, reviews, verbose=0, resume=True)


def write_text(path, words="red blue green"):
    path.write_text("".join(f"roses are {word}, says {n % 7}.\n" for n in range(40) for word in words.split()))
    return path


def load_small_text(path, **settings):
    return load_text(path, **{"context_length": 12, "batch_size": 4, "steps_per_epoch": 6, **settings})


def new_text_model(text, seed=0):
    """A Transformer with dropout, whose learning rate follows the length of `fit`."""
    sizes = {"context_length": 12, "embedding_dim": 8, "num_layers": 1, "num_heads": 2}
    return build_text_model(text.vectorizer, architecture="transformer", dropout=0.3, seed=seed, **sizes)


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    return write_text(tmp_path_factory.mktemp("text") / "roses.txt")


@pytest.fixture(scope="module")
def uninterrupted_text(text_file, tmp_path_factory):
    text = load_small_text(text_file)
    model = new_text_model(text)
    path = tmp_path_factory.mktemp("whole") / "run.keras"
    history = train(model, text, epochs=EPOCHS, verbose=0, checkpoint=path)
    return model.get_weights(), history


@pytest.mark.parametrize(
    ("after", "how", "go_on_with"),
    # The 12th batch is the last of the second epoch.
    [(8, "Ctrl-C", "same model"), (11, "Ctrl-C", "new model"), (12, "error", "new model")],
)
def test_resumed_language_model_is_the_uninterrupted_one(
    uninterrupted_text, text_file, tmp_path, after, how, go_on_with
):
    path, text = tmp_path / "run.keras", load_small_text(text_file)
    model = new_text_model(text)
    with Often(), pytest.raises(RuntimeError if how == "error" else KeyboardInterrupt):
        train(model, text, epochs=EPOCHS, verbose=0, checkpoint=path, callbacks=[Interrupt(after, how)])
    if go_on_with == "new model":
        model = new_text_model(text, seed=7)
    resumed = train(model, text, epochs=EPOCHS, verbose=0, checkpoint=path, resume=True)
    check_same(model, resumed, *uninterrupted_text)


def test_a_text_that_was_changed_is_refused(text_file, tmp_path):
    path, text = tmp_path / "run.keras", load_small_text(text_file)
    with pytest.raises(KeyboardInterrupt):
        train(new_text_model(text), text, verbose=0, checkpoint=path, callbacks=[Interrupt(2, "Ctrl-C")])
    changed = load_small_text(write_text(tmp_path / "roses.txt", "red blue brown"), vectorizer=text.vectorizer)
    shorter = load_small_text(text_file, context_length=8)
    for other, message in ((changed, "other texts or another vocabulary"), (shorter, "Received: context_length=8")):
        with pytest.raises(ValueError, match=message):
            train(new_text_model(text), other, verbose=0, checkpoint=path, resume=True)
