"""What only the TensorFlow loops have: XLA for long sequences, graphs, tapes inside tapes."""

import keras
import numpy as np
import pytest

from kseq import layers
from tests.layers.evaluation import assert_close

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about the TensorFlow backend"),
]

CELLS = ("SimpleRNN", "LSTM", "GRU")
RNG = np.random.default_rng(2)
X = RNG.normal(size=(4, 12, 3)).astype("float32")
MASK = np.arange(12)[None] < np.array([12, 7, 1, 5])[:, None]


def make(module, cell):
    """A model with an input mask whose first recurrent layer gives sequences, the second not."""
    x, mask = keras.Input((12, 3)), keras.Input((12,), dtype="bool")
    h = getattr(module, cell)(5, return_sequences=True)(x, mask=mask)
    h = getattr(module, cell)(4, go_backwards=True)(h, mask=mask)
    return keras.Model([x, mask], keras.layers.Dense(1)(h))


# (smallest number of steps for loops by XLA, whether the whole model is compiled, too)
XLA, ALL_XLA, TENSORFLOW_IN_XLA = (1, False), (1, True), (1000, True)


@pytest.mark.parametrize(
    ("cell", "compiled"), [*((cell, XLA) for cell in CELLS), ("LSTM", ALL_XLA), ("GRU", TENSORFLOW_IN_XLA)]
)
def test_training_equals_keras(cell, compiled, monkeypatch):
    """Whoever compiles what, the weights are the same; the last batch is shorter."""
    min_steps, jit_compile = compiled
    from kseq.backend import scan_tensorflow

    monkeypatch.setattr(scan_tensorflow, "XLA_MIN_STEPS", min_steps)
    mine, theirs = make(layers, cell), make(keras.layers, cell)
    mine.set_weights(theirs.get_weights())
    y = RNG.normal(size=(4, 1)).astype("float32")
    for model, jit in ((mine, jit_compile), (theirs, False)):
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit)
        model.fit([X, MASK], y, batch_size=3, epochs=2, shuffle=False, verbose=0)
    assert_close(mine.get_weights(), theirs.get_weights(), "weights", tolerance=1e-4)
    predictions = [model.predict([X, MASK], verbose=0) for model in (mine, theirs)]
    assert_close([predictions[0]], [predictions[1]], "predictions", tolerance=1e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_tapes(cell):
    """A persistent tape gives the same gradient twice, and a tape around a tape the second derivative."""
    import tensorflow as tf

    pair = getattr(layers, cell)(3), getattr(keras.layers, cell)(3)
    for layer in pair:
        layer.build(X.shape)
    pair[0].set_weights(pair[1].get_weights())
    results = []
    for layer in pair:
        x = tf.constant(X)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch(x)
                y = tf.reduce_sum(layer(x) ** 2)
            first, again = inner.gradient(y, x), inner.gradient(y, x)
            size = tf.reduce_sum(first**2)
        assert_close([first.numpy()], [again.numpy()], "persistent")
        results.append([first.numpy(), outer.gradient(size, x).numpy()])
    assert_close(*results, "second derivative", tolerance=1e-4)


def test_unknown_sizes_and_many_lengths_trace_once():
    import tensorflow as tf

    layer = layers.GRU(4)
    layer.build((None, None, 3))
    traced = []

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3))])
    def call(x):
        traced.append(1)
        return layer(x)

    for steps in (1, 5, 12):
        np.testing.assert_allclose(call(X[:2, :steps]), layer(X[:2, :steps]), atol=1e-6)
    assert len(traced) == 1


def test_a_gpu_is_left_to_keras(monkeypatch):
    from kseq.backend import recurrence, scan_tensorflow

    assert recurrence.covers("LSTM", X, 5, None, True, False)
    monkeypatch.setattr(scan_tensorflow, "on_accelerator", lambda: True)
    assert not recurrence.covers("LSTM", X, 5, None, True, False)
