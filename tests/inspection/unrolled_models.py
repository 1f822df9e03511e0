"""Models of every shape that the course draws (row R6), and what their graphs must be called."""

import keras
import numpy as np
from keras import layers as kl
from keras import ops

import kseq


def words(name=None):
    return keras.Input((None,), dtype="int32", name=name)


def vectors():
    return kl.Embedding(9, 4, mask_zero=True)


def one_to_one():
    x = keras.Input((5,), name="x")
    return keras.Model(x, kl.Dense(1)(kl.Dense(3, activation="relu", name="hidden")(x)))


def one_to_many():
    x = keras.Input((5,), name="x")
    return keras.Model(x, kl.Dense(2)(kseq.LSTM(3, return_sequences=True, name="lstm")(kl.RepeatVector(6)(x))))


def caption():
    image, text = keras.Input((5,), name="image"), words("text")
    states = [kl.Dense(3, name="h0")(image), kl.Dense(3, name="c0")(image)]
    x = kl.LSTM(3, return_sequences=True, name="lstm")(vectors()(text), initial_state=states)
    return keras.Model([image, text], kl.Dense(9)(x))


def many_to_one():
    x = words("x")
    return keras.Model(x, kl.Dense(1, activation="sigmoid")(kl.LSTM(3, name="lstm")(vectors()(x))))


def synchronised():
    x = words("x")
    return keras.Model(x, kl.Dense(4)(kseq.GRU(3, return_sequences=True, name="gru")(vectors()(x))))


def bidirectional():
    x = words("x")
    both = kl.Bidirectional(kl.LSTM(3, return_sequences=True), name="bi")(vectors()(x))
    return keras.Model(x, kl.TimeDistributed(kl.Dense(4))(both))


def encoder_decoder(attention=False):
    source, target, embed = words("source"), words("target"), vectors()
    states, *last = kl.LSTM(3, return_sequences=True, return_state=True, name="encoder")(embed(source))
    x = kl.LSTM(3, return_sequences=True, name="decoder")(embed(target), initial_state=last)
    if attention:
        x = kl.Concatenate()([kl.Attention(name="attention")([x, states]), x])
    return keras.Model([source, target], kl.Dense(9)(x))


def autoencoder():
    x = keras.Input((None, 4), name="x")
    code = kl.RepeatVector(5)(kl.GRU(3, name="encoder")(x))
    return keras.Model(x, kl.TimeDistributed(kl.Dense(4))(kl.GRU(3, return_sequences=True, name="decoder")(code)))


def slides():
    """Row R12, as printed."""
    return keras.Sequential(
        [
            keras.Input((None, 4), name="x"),
            kseq.Bidirectional(kseq.LSTM(3, return_sequences=True), name="one"),
            kseq.Bidirectional(kseq.LSTM(3, return_sequences=True), name="two"),
            kseq.Dense(4, activation="relu", name="hidden"),
            kseq.Dense(1, activation="sigmoid"),
        ]
    )


def sentiment():
    return kseq.build_sentiment_model(30, architecture="lstm", bidirectional=True, num_layers=2)


def flattened():
    x = keras.Input((10, 2), name="x")
    return keras.Model(x, kl.Dense(1)(kl.Flatten()(x)))


def window():
    x = keras.Input((10,), name="x")
    return keras.Model(x, kl.Dense(1)(kl.SimpleRNN(3, name="rnn")(kl.Reshape((10, 1))(x))))


def residual():
    x = keras.Input((None, 4), name="x")
    a = kl.LSTM(4, return_sequences=True, name="one")(x)
    a = kl.Add(name="add")([a, kl.LSTM(4, return_sequences=True, name="two")(a)])
    return keras.Model(x, kl.Dense(1)(a[:, -1]))


def cells_backwards():
    x = keras.Input((None, 4), name="x")
    cells = [kl.LSTMCell(3), kl.GRUCell(2)]
    return keras.Model(x, kl.RNN(cells, go_backwards=True, name="rnn")(x))


def nested():
    inner = keras.Sequential(
        [keras.Input((None, 4)), kl.GRU(3, return_sequences=True, name="one"), kl.GRU(3, name="two")]
    )
    inner.name = "inner"
    x = keras.Input((None, 4), name="x")
    return keras.Model(x, kl.Dense(1)(inner(x)))


def by_hand():
    """The loop written out, with a cell (row R5)."""
    x, cell = keras.Input((4, 2), name="x"), kl.LSTMCell(3, name="cell")
    outputs, states = [], [ops.zeros((1, 3))] * 2
    for t in range(4):
        output, states = cell(x[:, t], states)
        outputs.append(output)
    return keras.Model(x, kl.Dense(1)(ops.stack(outputs, axis=1)))


class Subclassed(keras.Model):
    """A model without a graph of its own."""

    def __init__(self):
        super().__init__(name="subclassed")
        self.embed, self.rnn, self.dense = vectors(), kl.LSTM(3, name="lstm"), kl.Dense(1)

    def call(self, x, training=False):
        return self.dense(self.rnn(self.embed(x)))


def subclassed():
    model = Subclassed()
    model(np.ones((1, 4), "int32"))
    return model


def windows():
    x = keras.Input((8, 3), name="x")
    a = kl.MaxPooling1D(2)(kl.Conv1D(4, 3, padding="causal", name="conv")(x))
    return keras.Model(x, kl.Dense(1)(kl.LSTM(3, name="lstm")(a)))


def self_attention():
    x = keras.Input((None, 4), name="x")
    a = kl.LSTM(4, return_sequences=True, name="lstm")(x)
    a = kl.LayerNormalization()(a + kl.MultiHeadAttention(2, 2, name="attention")(a, a, use_causal_mask=True))
    return keras.Model(x, kl.GlobalMaxPooling1D(name="max")(a))


MANY = "many-to-many, "
# function -> (what to give unroll, shape, traits besides "recurrent", nodes, edges); T is the length, 5 where free
ZOO = {
    one_to_one: (None, "one-to-one", None, 3, 2),
    one_to_many: (None, "one-to-many", (), 1 + 6 + 6, 6 + 5 + 6),
    caption: (5, "one-to-many", (), 1 + 5 + 2 + 5 + 5, 2 + 2 + 5 + 4 + 5),
    many_to_one: (5, "many-to-one", (), 11, 5 + 4 + 1),
    synchronised: (5, MANY + "synchronised", (), 15, 5 + 4 + 5),
    bidirectional: (5, MANY + "synchronised", ("bidirectional",), 20, 10 + 8 + 10),
    encoder_decoder: ([4, 3], MANY + "unsynchronised", ("encoder–decoder",), 17, 7 + 5 + 1 + 3),
    autoencoder: (4, MANY + "unsynchronised", ("encoder–decoder",), 8 + 10, 4 + 3 + 5 + 4 + 5),
    slides: (5, MANY + "synchronised", ("stacked", "bidirectional"), 35, 10 + 8 + 20 + 8 + 10 + 5),
    sentiment: (5, "many-to-one", ("stacked", "bidirectional"), 27, 10 + 8 + 20 + 8 + 10 + 1),
    flattened: (None, "many-to-one", None, 11, 10),
    window: (None, "many-to-one", (), 21, 10 + 9 + 1),
    residual: (5, "many-to-one", ("stacked",), 21, 5 + 4 + 5 + 4 + 10 + 1),
    cells_backwards: (5, "many-to-one", ("stacked",), 16, 5 + 4 + 5 + 4 + 1),
    nested: (5, "many-to-one", ("stacked",), 16, 5 + 4 + 5 + 4 + 1),
    by_hand: (None, MANY + "synchronised", (), 12, 4 + 3 + 4),
    subclassed: (5, "many-to-one", (), 11, 5 + 4 + 1),
    windows: (None, "many-to-one", (), 8 + 8 + 4 + 4 + 1, 1 + 2 + 18 + 8 + 4 + 3 + 1),
    self_attention: (4, "many-to-one", ("attention",), 4 + 4 + 4 + 4 + 1 + 1, 4 + 3 + 4 + 6 + 8 + 4 + 1),
}
