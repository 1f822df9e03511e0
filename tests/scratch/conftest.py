"""What the comparisons with Keras share."""

import keras
import pytest


@pytest.fixture(scope="module")
def jax_in_double_precision():
    """Without it JAX computes in float32."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    jax.config.update("jax_disable_most_optimizations", True)  # each small program runs once, as in tests/layers
    from keras.src.backend.jax import numpy as keras_numpy

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    with pytest.MonkeyPatch.context() as patch:
        # Keras's own tanh gives float32 for float64 on JAX, and then its SimpleRNN cannot loop
        patch.setattr(keras_numpy, "tanh", jax.numpy.tanh)
        yield
    jax.config.update("jax_enable_x64", before)
