"""What `fit` and `evaluate` take, on the current backend."""

import random
import warnings

import keras
import numpy as np
import pytest

from tests.data.conftest import small_dataset

pytestmark = pytest.mark.backend


def build(dataset, seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.layers.Embedding(dataset.vectorizer.vocabulary_size, 4, mask_zero=True),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy"])
    return model


def test_what_is_reported_is_the_mean_over_the_texts_in_their_order():
    dataset = small_dataset(num_test=21, batch_size=8)  # 21 rows: the last batch is short
    model = build(dataset)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])  # not weighted, as most people write it
    loss, accuracy = model.evaluate(dataset.test, verbose=0)
    ids, truth = dataset.vectorizer.encode(dataset.texts("test")), dataset.labels("test")
    score = keras.ops.convert_to_numpy(model(ids))[:, 0]
    assert np.isclose(loss, -np.log(np.where(truth == 1, score, 1 - score)).mean(), rtol=1e-5)
    assert np.isclose(accuracy, ((score > 0.5) == truth).mean())
    np.testing.assert_allclose(model.predict(dataset.test, verbose=0)[:, 0], score, atol=1e-6)


def test_same_seed_same_losses_whatever_else_was_random():
    dataset = small_dataset()
    histories = []
    for _ in range(2):
        model = build(dataset)
        random.seed()  # Keras shuffles with Python's global numbers
        histories.append(model.fit(dataset.train, validation_data=dataset.test, epochs=3, verbose=0).history)
    assert histories[0] == histories[1]


def test_fit_sees_every_row_in_each_epoch(recwarn):
    dataset = small_dataset(num_train=93, batch_size=8)
    seen = []

    class Spy(keras.Model):
        def call(self, x):
            return keras.ops.cast(x[:, :1], "float32") * self.w

        def build(self, _):
            self.w = self.add_weight(shape=(1,), initializer="ones")

    batches = dataset.arrays("train")
    original = batches.batch
    batches.batch = lambda plan: (seen.append(plan), original(plan))[1]
    from kseq.data.keras_batches import keras_batches

    model = Spy()
    model.compile("sgd", "mse")
    given = keras_batches(batches)
    assert len(given) == 12
    model.fit(given, epochs=2, verbose=0)
    last_two = seen[-24:]
    for epoch in (last_two[:12], last_two[12:]):
        assert sorted(row for _, rows in epoch for row in rows) == list(range(93))
    assert [list(rows) for _, rows in last_two[:12]] != [list(rows) for _, rows in last_two[12:]]
    assert not [w for w in recwarn if "shuffle" in str(w.message)]


def test_iterating_by_hand():
    dataset = small_dataset()
    train = dataset.train
    epochs = [[np.asarray(labels).tolist() for _, labels, _ in train] for _ in range(2)]
    assert epochs[0] != epochs[1]
    again = [np.asarray(labels).tolist() for _, labels, _ in dataset.train]
    assert again == epochs[0]  # each use of the property begins with the same epoch
    assert list(train.texts) == dataset.texts("train")
    assert np.asarray(train.labels).tolist() == dataset.labels("train").tolist()


def test_no_warnings_in_ordinary_use():
    dataset = small_dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = build(dataset).fit(dataset.train, validation_data=dataset.test, epochs=1, verbose=0).history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data is used on TensorFlow only")
def test_nothing_tunes_itself():
    assert small_dataset().train.options().autotune.enabled is False
