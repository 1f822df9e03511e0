"""`train` keeps the best epoch from the first one on, loses no file, and stops when patience has come to its end."""

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, load_reviews, train
from kseq.tasks.training import BestWeights


class Scores(keras.callbacks.Callback):
    """Writes given scores into the logs, and keeps the weight of every epoch."""

    def __init__(self, scores, losses):
        super().__init__()
        self.scores, self.losses, self.weights = scores, losses, []

    def on_epoch_end(self, epoch, logs=None):
        logs["score"], logs["val_loss"] = self.scores[epoch], self.losses.get(epoch, 1.0)
        self.weights.append(float(self.model.get_weights()[0][0, 0]))


def run(scores, losses=None, mode="max", **settings):
    """Epochs that were trained, and the one whose weights were kept."""
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    told = Scores(scores, losses or {})
    best = BestWeights(monitor="score", mode=mode, restore_best_weights=True, **settings)
    model.fit(np.ones((4, 1)), np.full((4, 1), 9.0), epochs=len(scores), callbacks=[told, best], verbose=0)
    return len(told.weights), told.weights.index(float(model.get_weights()[0][0, 0]))


def test_the_best_epoch_is_kept_though_patience_does_not_count_yet():
    assert run([0.1, 0.9, 0.2, 0.3, 0.4, 0.5], patience=2, patient_until=99) == (6, 1)
    assert run([0.1, 0.9, 0.8, 0.7], mode="min", patience=2, patient_until=2) == (4, 0)
    assert run([0.1, 0.9, 0.9, 0.9], mode="min", patience=1, patient_until=2) == (3, 0)


def test_an_accuracy_counts_when_the_model_has_begun():
    assert run([0.9, 0.1, 0.2, 0.3], patience=1, patient_until=2) == (4, 3)
    assert run([0.9, 0.1, 0.2, 0.1, 0.3], patience=1, patient_until=2) == (4, 2)


def test_patience_counts_from_there():
    assert run([0.9, 0.1, 0.1, 0.1, 0.1, 0.1], patience=2) == (3, 0)
    assert run([0.9, 0.1, 0.1, 0.1, 0.1, 0.1], patience=2, patient_until=3) == (6, 3)
    assert run([0.1, 0.2, 0.3, 0.4], patience=1) == (4, 3)


def test_of_equal_scores_the_lowest_loss_is_kept_without_new_patience():
    assert run([0.5, 0.9, 0.9, 0.9, 0.9], {2: 0.4, 3: 0.6}, patience=9) == (5, 2)
    assert run([0.9, 0.9, 0.9, 0.9, 0.9], {1: 0.9, 2: 0.8, 3: 0.7}, patience=2) == (3, 2)
    assert run([0.5, 0.9, 0.6, 0.9], {2: 0.1, 3: 1.0}, patience=9) == (4, 1)


def test_a_finished_model_is_not_replaced_unasked(tmp_path):
    reviews = load_reviews("contrast")
    (tmp_path / "mine.keras").write_bytes(b"what took an hour")
    model = build_sentiment_model(reviews.vectorizer, architecture="dense", embedding_dim=4, units=4)
    with pytest.raises(ValueError, match=r"mine\.keras is there already: choose another file, or say overwrite=True"):
        train(model, reviews, epochs=1, verbose=0, checkpoint=tmp_path / "mine.keras")
    assert (tmp_path / "mine.keras").read_bytes() == b"what took an hour"
    train(model, reviews, epochs=1, verbose=0, checkpoint=tmp_path / "mine.keras", overwrite=True)
    assert (tmp_path / "mine.keras").stat().st_size > 1000
