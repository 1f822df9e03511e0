"""What reads the window of a forecaster: a dense, recurrent or Transformer network, and the linear shortcut around."""

import keras
import numpy as np

from kseq.data.linear import choose_ridge
from kseq.data.series.windows import Windows, rows
from kseq.layers.series_values import ForecastErrors, SeriesValues, WindowEnd
from kseq.tasks.arguments import check_choice, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.position import POSITIONS, add_position
from kseq.tasks.reading import recurrent_layer
from kseq.tasks.text import CELLS

ARCHITECTURES = ("dense", *CELLS, "transformer")


def check_body(architecture, sizes, position, dropout, clipnorm, residual):
    """Refuses arguments of a builder that are out of their range."""
    check_choice("architecture", architecture, ARCHITECTURES)
    check_choice("position", position, POSITIONS)
    for argument, value in sizes.items():
        if value is not None:
            check_positive(argument, value)
    check_fraction("dropout", dropout)
    check_clipnorm(clipnorm)
    if not isinstance(residual, bool):
        raise ValueError(f"`residual` must be True or False. Received: residual={residual!r}")
    if architecture == "transformer":
        check_heads(sizes["units"], sizes["num_heads"], position)


def check_context(context_length, vectorizer):
    """How many steps a model reads: those of the vectorizer, or fewer."""
    longest = vectorizer.context_length
    if context_length is not None and context_length > longest:
        raise ValueError(
            f"`context_length` can be at most {longest}, the steps in the windows of the data; load the data with "
            f"context_length={context_length}. Received: context_length={context_length}"
        )
    return context_length or longest


def read_window(x, architecture, *, units, num_layers, num_heads, intermediate_dim, position, activation, seeds):
    """The features of a window: `(B, W, C)` → `(B, features)`.

    Args:
        x: tensor of encoded values.
        architecture: one of `ARCHITECTURES`.
        units, num_layers, num_heads, intermediate_dim, position, activation: as for the builders.
        seeds: `kseq.tasks.arguments.Seeds`.
    """
    glorot = "glorot_uniform"
    if architecture == "dense":
        x = keras.layers.Flatten(name="flat_window")(x)
        for number in range(1, num_layers + 1):
            x = keras.layers.Dense(
                units,
                activation=activation or "relu",
                kernel_initializer=seeds.initializer(glorot),
                name=f"hidden_{number}",
            )(x)
        return x
    if architecture in CELLS:
        for number in range(1, num_layers + 1):
            x = recurrent_layer(architecture, units, activation, "orthogonal", False, seeds, number)(x)
        return WindowEnd(name="last_step")(x)
    from kseq import layers

    W = x.shape[1]
    x = keras.layers.Dense(units, kernel_initializer=seeds.initializer(glorot), name="embedding")(x)
    x = add_position(x, position, W, seeds)
    for number in range(1, num_layers + 1):
        x = layers.TransformerDecoder(
            num_heads,
            intermediate_dim or 4 * units,
            activation=activation or "gelu",
            norm_first=True,
            rotary=position == "rotary",
            seed=seeds.next(),
            name=f"block_{number}",
        )(x)
    return keras.layers.LayerNormalization(epsilon=1e-5, name="final_norm")(WindowEnd(name="last_step")(x))


def forecaster(vectorizer, context_length, architecture, *, dropout, residual, seeds, **body):
    """Inputs and output of a forecaster.

    Returns:
        `(inputs, outputs)`: `(B, W, C)`, or a dictionary of that and of what is known in advance `(B, H, K)`; and the
        encoded forecast `(B, H, V)`.
    """
    W, H, V = vectorizer.context_length, vectorizer.horizon, vectorizer.num_values
    inputs = window = keras.Input((W, vectorizer.channels), name="window")
    carried = vectorizer if hasattr(vectorizer, "get_config") else None
    x = SeriesValues(carried, context_length, name="values")(window)
    told = None
    if vectorizer.known:
        known = keras.Input((H, vectorizer.known), name="known")
        inputs = {"window": window, "known": known}
        told = keras.layers.Flatten(name="flat_known")(known)
    features = read_window(x, architecture, seeds=seeds, **body)
    if told is not None:
        features = keras.layers.Concatenate(name="with_known")([features, told])
        features = keras.layers.Dense(
            body["units"], activation="relu", kernel_initializer=seeds.initializer("glorot_uniform"), name="mixed"
        )(features)
    if dropout:
        features = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_features")(features)
    # With a shortcut the network begins with nothing to say, and learns what the line cannot.
    start = "zeros" if residual else seeds.initializer("glorot_uniform")
    outputs = keras.layers.Dense(H * V, kernel_initializer=start, dtype="float32", name="network")(features)
    if residual:
        read = keras.layers.Flatten(name="flat_values")(x)
        if told is not None:
            read = keras.layers.Concatenate(name="all_values")([read, told])
        line = keras.layers.Dense(
            H * V, kernel_initializer=seeds.initializer("glorot_uniform"), dtype="float32", name="linear"
        )(read)
        outputs = keras.layers.Add(name="sum")([line, outputs])
    outputs = keras.layers.Reshape((H, V), name="steps")(outputs)
    return inputs, ForecastErrors(name="errors")(outputs)


def begin_linear(model, train, validation):
    """Gives the linear shortcut the weights of the ridge regression on the training windows."""
    W, C = model.get_layer("values").context_length, train.inputs.shape[-1]

    def cropped(windows):
        known = rows(windows.known)
        features = np.concatenate([rows(windows.inputs[:, -W:] if W else windows.inputs), known], axis=1)
        return features, windows.flat_targets, windows.flat_weights

    weights = choose_ridge(cropped(train), None if validation is None else cropped(validation))
    assert weights.shape[0] == W * C + rows(train.known).shape[1] + 1
    model.get_layer("linear").set_weights([weights[:-1].astype("float32"), weights[-1].astype("float32")])


def windows_in(data, y=None):
    """The `Windows` behind what `fit` was given: batches of a dataset, or arrays; `None` for anything else."""
    windows = getattr(getattr(data, "batches", None), "windows", None)
    if windows is not None:
        return windows
    if isinstance(data, tuple) and len(data) >= 2:
        return windows_in(*data[:2])
    x, known = (data.get("window"), data.get("known")) if isinstance(data, dict) else (data, None)
    if not hasattr(x, "shape") or not hasattr(y, "shape") or len(x.shape) != 3 or len(y.shape) != 3:
        return None
    x, y = np.asarray(x), np.asarray(y)
    known = np.zeros((len(x), y.shape[1], 0)) if known is None else np.asarray(known)
    return Windows(x, known, y, np.ones(y.shape[:2]), np.arange(len(x)), y, x[:, :0])
