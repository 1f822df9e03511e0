"""The small models of `memory_curve`: one recurrent stack and an output layer, every remedy of row R10 a switch."""

import keras
import numpy as np
from keras import ops

from kseq import layers
from kseq.backend import scan_tensorflow
from kseq.layers.seeding import seeded

CELLS = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
RESERVED = 1000  # seeds per run, so that the parts of two runs never share one
XLA_MIN_STEPS = 500  # from so many training steps on, seconds of compiling are earned back


def build_memory_model(
    cell,
    task,
    *,
    units,
    num_layers,
    activation,
    recurrent_initializer,
    residual,
    clipnorm,
    truncation,
    learning_rate,
    max_steps,
    seed,
):
    """A compiled `keras.Model` for a `SyntheticTask`; the arguments are those of `memory_curve`.

    The lengths are fixed, which lets XLA compile the loops over time.
    """
    seeds = iter(range(seed * RESERVED, (seed + 1) * RESERVED))
    inputs = x = keras.Input((task.steps, task.features), name="sequence")
    for number in range(1, num_layers + 1):
        last = number == num_layers and not task.per_step
        layer = getattr(layers, CELLS[cell])(
            units,
            activation=activation or "tanh",
            kernel_initializer=seeded("glorot_uniform", next(seeds)),
            recurrent_initializer=seeded(recurrent_initializer, next(seeds)),
            return_sequences=not last,
            name=f"{cell}_{number}",
        )
        if truncation:
            layer = layers.TruncatedBPTT(layer, steps=truncation, name=f"truncated_{number}")
        # a shortcut around a layer needs the same width before and behind it: not around the first
        shortcut = None if number == 1 or not residual else x[:, -1] if last else x
        x = layer(x)
        if shortcut is not None:
            x = keras.layers.Add(name=f"residual_{number}")([x, shortcut])
    units, activation = task.output
    outputs = layers.Dense(
        units, activation=activation, kernel_initializer=seeded("glorot_uniform", next(seeds)), name="output"
    )(x)
    model = keras.Model(inputs, outputs, name=cell)
    model.compile(
        keras.optimizers.Adam(learning_rate, clipnorm=clipnorm), task.loss, jit_compile=jit_compile(max_steps)
    )
    return model


def jit_compile(max_steps):
    """Keras's default, but on TensorFlow and a CPU all of a step goes through XLA: two to three times faster here."""
    on_cpu = keras.backend.backend() == "tensorflow" and not scan_tensorflow.on_accelerator()
    return True if on_cpu and max_steps >= XLA_MIN_STEPS and scan_tensorflow.xla_works() else "auto"


def predictions(model, x):
    """The outputs for a whole split at once, as a NumPy array."""
    return np.asarray(ops.convert_to_numpy(model.predict_on_batch(x)))
