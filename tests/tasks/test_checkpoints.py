"""A run that was killed goes on as if it had not been: same losses, same weights."""

import json
import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, load_model, load_reviews
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
    for ours, theirs in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert json.dumps(resumed.history, sort_keys=True) == json.dumps(history.history, sort_keys=True)
    assert resumed.epoch == list(range(EPOCHS))


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


class StopAfter(keras.callbacks.Callback):
    """Breaks off after an epoch, as an error would."""

    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("broken off")


def test_other_models_and_other_data_are_refused(reviews_file, tmp_path):
    path = tmp_path / "run.keras"
    reviews = load_reviews(reviews_file)
    batches = reviews.train
    model = new_model(reviews)
    with pytest.raises(RuntimeError, match="broken off"):
        model.fit(batches, verbose=0, callbacks=[Checkpoint(path, batches), StopAfter()])
    with pytest.raises(ValueError, match="go on with resume=True"):
        train(new_model(reviews), reviews, verbose=0, checkpoint=path)
    with pytest.raises(ValueError, match="another model"):
        train(new_model(reviews, units=12), reviews, verbose=0, checkpoint=path, resume=True)
    other = load_reviews(reviews_file, batch_size=50)
    with pytest.raises(ValueError, match=f"of {len(reviews.train)} batches.*Received: {len(other.train)} batches"):
        train(new_model(other), other, verbose=0, checkpoint=path, resume=True)
    with pytest.raises(ValueError, match="`resume` needs the file"):
        train(model, reviews, verbose=0, resume=True)
