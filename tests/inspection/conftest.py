"""Many small programs are compiled here and each runs once: on JAX the compiler need not try hard."""

import keras
import numpy as np
import pytest

if keras.backend.backend() == "jax":
    import jax

    jax.config.update("jax_disable_most_optimizations", True)

WORDS = ["", "[UNK]", "the", "film", "was", "not", "good", "at", "all"]


@pytest.fixture(scope="session")
def ids():
    """Two sentences as ids, padded at the end; `WORDS` has the words."""
    return np.array([[2, 3, 4, 6, 0, 0], [2, 3, 4, 5, 6, 8]], "int32")


@pytest.fixture(scope="session")
def words():
    return list(WORDS)


@pytest.fixture(scope="session")
def plain_model():
    """A bidirectional LSTM of plain Keras, over ids; tests must not train it."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(len(WORDS), 4, mask_zero=True)(inputs)
    x = keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True), name="bi")(x)
    x = keras.layers.GRU(2, name="gru")(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x), name="plain")
