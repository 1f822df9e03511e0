"""`JoinedFeatures`: features side by side, with the mask of the first input that has one."""

import keras
import numpy as np
import pytest

from kseq.layers.joined_features import JoinedFeatures

pytestmark = pytest.mark.backend


def small_model():
    ids, numbers = keras.Input((None,), dtype="int32"), keras.Input((None, 3))
    words = keras.layers.Embedding(9, 2, mask_zero=True)(ids)
    x = keras.layers.LSTM(4)(JoinedFeatures()([numbers, words]))
    model = keras.Model([ids, numbers], keras.layers.Dense(1)(x))
    model.compile("sgd", "mse")
    return model


def test_what_padding_holds_makes_no_difference():
    model, rng = small_model(), np.random.default_rng(0)
    ids, numbers = np.array([[3, 4, 0, 0], [5, 1, 2, 0]]), rng.normal(size=(2, 4, 3)).astype("float32")
    other = np.where(ids[..., None] != 0, numbers, 7.0).astype("float32")
    np.testing.assert_allclose(model.predict_on_batch([ids, numbers]), model.predict_on_batch([ids, other]), atol=1e-6)
    model.fit([ids, numbers], np.ones((2, 1)), verbose=0)  # the number of steps is unknown when it is traced


def test_side_by_side_and_reloaded(tmp_path):
    a, b = np.ones((2, 5, 3), "float32"), np.zeros((2, 5, 4), "float32")
    joined = keras.ops.convert_to_numpy(JoinedFeatures()([a, b]))
    np.testing.assert_array_equal(joined, np.concatenate([a, b], axis=-1))
    model = small_model()
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    x = [np.array([[1, 2]]), np.ones((1, 2, 3), "float32")]
    np.testing.assert_allclose(model.predict_on_batch(x), again.predict_on_batch(x), rtol=1e-6)
