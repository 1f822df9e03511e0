"""The small models of `few_shot_curve`: a GPT and an LSTM with about as many parameters."""

import keras
import numpy as np

from kseq import layers
from kseq.inspection.memory_model import RESERVED, jit_compile
from kseq.inspection.senses_model import warm_up_and_fall
from kseq.layers.seeding import seeded


def build_prompt_model(
    architecture, vocabulary_size, length, *, num_layers, num_heads, embedding_dim, learning_rate, steps, seed
):
    """A compiled model: ids `(B, T)` -> logits of the next token `(B, T, V)`."""
    seeds = iter(range(seed * RESERVED, (seed + 1) * RESERVED))

    def small():
        return keras.initializers.RandomNormal(stddev=0.02, seed=next(seeds))

    inputs = keras.Input((length,), dtype="int32", name="ids")
    x = layers.Embedding(vocabulary_size, embedding_dim, embeddings_initializer=small(), name="embedding")(inputs)
    if architecture == "transformer":
        x = layers.PositionEmbedding(length, initializer=small(), name="positions")(x)
        for number in range(1, num_layers + 1):
            x = layers.TransformerDecoder(
                num_heads,
                4 * embedding_dim,
                activation="gelu",
                norm_first=True,
                seed=next(seeds),
                name=f"block_{number}",
            )(x)
        x = keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    else:
        for number in range(1, num_layers + 1):
            x = layers.LSTM(
                lstm_units(embedding_dim, num_layers),
                return_sequences=True,
                kernel_initializer=seeded("glorot_uniform", next(seeds)),
                recurrent_initializer=seeded("orthogonal", next(seeds)),
                name=f"lstm_{number}",
            )(x)
    logits = layers.Dense(vocabulary_size, kernel_initializer=seeded("glorot_uniform", next(seeds)), name="logits")(x)
    model = keras.Model(inputs, logits, name=architecture)
    model.compile(
        keras.optimizers.Adam(warm_up_and_fall(learning_rate, steps), beta_2=0.98, clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit_compile(steps),
    )
    return model


def lstm_units(embedding_dim, num_layers):
    """The width at which the LSTM layers have as many weights as the blocks of the Transformer, or just fewer."""
    wanted = num_layers * 12 * embedding_dim**2  # attention 4·D², feed-forward layer 8·D²

    def weights(units):
        return 4 * units * (embedding_dim + units + (num_layers - 1) * 2 * units)

    return next(units for units in range(12 * embedding_dim, 0, -1) if weights(units) <= wanted)


def answers(model, prompts, length):
    """What the model answers to prompts `(count, steps)`: the most probable next token of each."""
    padded = np.pad(prompts, ((0, 0), (0, length - prompts.shape[1])))  # later tokens change nothing: it is causal
    logits = keras.ops.convert_to_numpy(model.predict_on_batch(padded))
    return logits[:, prompts.shape[1] - 1].argmax(axis=-1)
