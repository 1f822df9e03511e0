"""Small language models for the tests, and the slow way to generate: the whole forward pass for every token."""

import string

import keras
import numpy as np
from keras import ops

from kseq import layers
from kseq.data import CharacterVectorizer
from kseq.layers.token_ids import TokenIds

VECTORIZER = CharacterVectorizer(string.ascii_lowercase + " .\n")
SIZE = VECTORIZER.vocabulary_size
CONTEXT = 48
NEVER = -1e30


def normal(seed):
    """Weights large enough that no two logits are nearly equal."""
    return keras.initializers.RandomNormal(stddev=1.0, seed=seed)


def language_model(body, vectorizer=VECTORIZER, size=SIZE, width=8, activation=None, length=None):
    """ids -> embedding -> `body` -> logits."""
    ids = keras.Input((length,), dtype="int32")
    x = TokenIds(vectorizer)(ids) if vectorizer is not None else ids
    x = body(keras.layers.Embedding(size, width, embeddings_initializer=normal(1))(x))
    dense = keras.layers.Dense(size, kernel_initializer=normal(2), activation=activation, dtype="float32")
    return keras.Model(ids, dense(x))


def transformer(position="rotary", norm_first=True, num_key_value_heads=None, blocks=2, **options):
    """A small decoder-only Transformer."""

    def body(x):
        if position == "sine":
            x = layers.PositionalEncoding()(x)
        elif position == "learned":
            x = layers.PositionEmbedding(CONTEXT, initializer=normal(3))(x)
        for number in range(blocks):
            x = layers.TransformerDecoder(
                4,
                12,
                norm_first=norm_first,
                num_key_value_heads=num_key_value_heads,
                rotary=position == "rotary",
                kernel_initializer=normal(4 + number),
            )(x)
        return x

    return language_model(body, **options)


def recurrent(kind="LSTM", module=layers, blocks=1, residual=False, **options):
    """One or more recurrent layers, if asked for with a path around each."""

    def body(x):
        for number in range(blocks):
            y = getattr(module, kind)(8, return_sequences=True, recurrent_initializer=normal(5 + number))(x)
            x = keras.layers.Add()([x, y]) if residual else y
        return x

    return language_model(body, **options)


def slow_logits(model, ids):
    """Scores of the next token from the whole forward pass; ids are padded, so that there is only one shape."""
    padded = np.full((1, CONTEXT), 2, "int32")
    padded[0, : len(ids)] = ids
    logits = ops.convert_to_numpy(model.predict_on_batch(padded))[0, len(ids) - 1].astype("float64")
    logits[:2] = NEVER
    return logits


def slow_ids(model, ids, count, choose=np.argmax, window=lambda ids: ids):
    """The row `ids` with `count` more tokens; `choose` takes logits, `window` says what the model reads."""
    ids = list(ids)
    for _ in range(count):
        ids.append(int(choose(slow_logits(model, window(ids)))))
    return ids


def slow_text(model, prompt, count, **options):
    """As `slow_ids`, for texts."""
    return VECTORIZER.decode([slow_ids(model, VECTORIZER.ids(prompt), count, **options)])[0]
