"""Models in which recurrent layers stand in every way that Keras knows: name -> (function that builds, input kind)."""

import keras
from keras import layers as L

import kseq.layers

STEPS, FEATURES = 5, 3


def numbers(layer_or_function, **kwargs):
    """A functional model over `(batch, 5, 3)` numbers."""
    inputs = keras.Input((STEPS, FEATURES), **kwargs)
    return keras.Model(inputs, layer_or_function(inputs))


def masked(function):
    """A functional model over masked numbers: steps that are all zero do not count."""
    inputs = keras.Input((STEPS, FEATURES))
    return keras.Model(inputs, function(L.Masking()(inputs)))


def bidirectional(merge_mode, **kwargs):
    def build():
        layer = L.Bidirectional(L.LSTM(2, return_sequences=True, **kwargs), merge_mode=merge_mode, name="bi")
        return masked(lambda x: layer(x))

    return build


def stacked():
    return masked(lambda x: L.SimpleRNN(2)(L.GRU(3, return_sequences=True)(L.LSTM(2, return_sequences=True)(x))))


def nested():
    inner = numbers(lambda x: L.LSTM(2, return_sequences=True, name="lstm")(x))
    inner.name = "inner"
    return numbers(lambda x: L.GRU(2, name="gru")(inner(x)))


def encoder_decoder():
    first, second = keras.Input((STEPS, FEATURES)), keras.Input((STEPS - 1, FEATURES))
    _, h, c = L.LSTM(2, return_state=True, name="encoder")(first)
    outputs = L.LSTM(2, return_sequences=True, name="decoder")(second, initial_state=[h, c])
    return keras.Model([first, second], outputs)


def shared():
    layer = L.GRU(FEATURES, return_sequences=True, name="shared")
    return numbers(lambda x: layer(layer(x)))


class Subclassed(keras.Model):
    """A model that keeps its layers in a list."""

    def __init__(self):
        super().__init__()
        self.parts = [L.LSTM(2, return_sequences=True, name="first"), L.GRU(2, name="second")]
        self.out = L.Dense(1)

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return self.out(x)


def subclassed():
    model = Subclassed()
    model(keras.ops.zeros((1, STEPS, FEATURES)))
    return model


def layer_alone():
    layer = L.LSTM(2, name="alone")
    layer.build((None, STEPS, FEATURES))
    return layer


def unusual(cls, **kwargs):
    """A layer whose weights are all random, so that no forgotten bias goes unnoticed."""

    def build():
        layer = cls(2, return_sequences=True, bias_initializer="random_normal", name="rnn", **kwargs)
        return masked(lambda x: layer(x))

    return build


def two_directions_of_stacks():
    layer = L.Bidirectional(L.RNN([L.GRUCell(2), L.LSTMCell(3)], return_state=True), name="bi")
    return masked(lambda x: layer(x)[0])


MODELS = {
    "stacked": stacked,
    **{f"bidirectional {mode}": bidirectional(mode) for mode in ("concat", "sum", "mul", "ave", None)},
    "bidirectional, last step": lambda: masked(lambda x: L.Bidirectional(L.GRU(2), name="bi")(x)),
    "go_backwards": lambda: masked(lambda x: L.LSTM(2, go_backwards=True)(x)),
    "go_backwards, all steps": lambda: masked(lambda x: L.GRU(2, go_backwards=True, return_sequences=True)(x)),
    "states returned": lambda: masked(lambda x: L.LSTM(2, return_state=True)(x)),
    "zeros for masked steps": unusual(L.LSTM, zero_output_for_mask=True),
    "nested": nested,
    "cell": lambda: masked(lambda x: L.RNN(L.GRUCell(2))(x)),
    "cells": lambda: masked(lambda x: L.RNN([L.LSTMCell(2), L.GRUCell(3), L.SimpleRNNCell(2)], name="rnn")(x)),
    "cells, all steps": lambda: masked(
        lambda x: L.RNN([L.SimpleRNNCell(2), L.LSTMCell(2)], return_sequences=True, return_state=True)(x)[0]
    ),
    "two directions of stacks": two_directions_of_stacks,
    "stateful": lambda: numbers(lambda x: L.LSTM(2, stateful=True)(x), batch_size=4),
    "encoder and decoder": encoder_decoder,
    "shared": shared,
    "subclassed": subclassed,
    "a layer alone": layer_alone,
    "reset_after=False": unusual(L.GRU, reset_after=False),
    "reset_after=False, no bias": unusual(L.GRU, reset_after=False, use_bias=False),
    "no bias": unusual(L.LSTM, use_bias=False),
    "GRU, no bias": unusual(L.GRU, use_bias=False),
    "SimpleRNN with relu": unusual(L.SimpleRNN, activation="relu"),
    "other activations": unusual(L.LSTM, activation="softsign", recurrent_activation="hard_sigmoid"),
    "unroll": unusual(L.GRU, unroll=True),
    "kseq LSTM": lambda: masked(lambda x: kseq.layers.LSTM(2)(x)),
    "kseq GRU": lambda: masked(lambda x: kseq.layers.GRU(2, return_sequences=True, go_backwards=True)(x)),
    "kseq SimpleRNN": lambda: masked(lambda x: kseq.layers.SimpleRNN(2, return_state=True)(x)[0]),
    "kseq Bidirectional": lambda: masked(
        lambda x: kseq.layers.Bidirectional(kseq.layers.LSTM(2, return_sequences=True), name="bi")(x)
    ),
}
