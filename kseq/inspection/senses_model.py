"""The small Transformer of `sense_separation`: hidden words are guessed, and nobody ever tells it a sense."""

import keras
import numpy as np

from kseq import layers
from kseq.inspection.memory_model import RESERVED, jit_compile
from kseq.layers.tied_embedding import TiedEmbedding

MASK = 1  # the id of unknown words, of which there are none, stands for a hidden word
HIDDEN = 0.2  # share of the words that are to be guessed
SHOWN_AS_THEY_ARE, REPLACED = 0.1, 0.1  # of these, as in BERT
MOST = 0.5  # no word is hidden more often than this
WAVELENGTH = 100  # of the rotation: with 10,000 half of each head would hardly turn in so short a sentence
ROWS = 256  # sentences at a time when vectors are read off


def build_sense_model(vocabulary_size, length, *, num_layers, num_heads, embedding_dim, learning_rate, steps, seed):
    """A compiled masked language model, and the same model with the vectors after each layer as its outputs.

    Positions come in by rotation, inside the attention: the vector of a word before the first layer is its embedding
    and nothing else.

    Returns:
        `(model, look)`: ids `(B, T)` -> logits `(B, T, V)`, and ids -> list of `num_layers + 1` arrays `(B, T, D)`, of
        which the first is the embedding.
    """
    seeds = iter(range(seed * RESERVED, (seed + 1) * RESERVED))
    inputs = keras.Input((length,), dtype="int32", name="ids")
    embedding = TiedEmbedding(
        vocabulary_size,
        embedding_dim,
        mask_zero=True,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.1, seed=next(seeds)),
        name="embedding",
    )
    x = embedding(inputs)
    vectors = [x]
    for number in range(1, num_layers + 1):
        x = layers.TransformerEncoder(
            num_heads,
            2 * embedding_dim,
            activation="gelu",
            norm_first=True,
            rotary=True,
            rotary_wavelength=WAVELENGTH,
            seed=next(seeds),
            name=f"block_{number}",
        )(x)
        vectors.append(x)
    x = keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    model = keras.Model(inputs, embedding(x, reverse=True), name="masked_words")
    model.compile(
        keras.optimizers.Adam(warm_up_and_fall(learning_rate, steps), clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit_compile(steps),
    )
    return model, keras.Model(inputs, vectors, name="vectors")


def warm_up_and_fall(learning_rate, steps):
    """A learning rate that grows over the first tenth of the steps and falls as a cosine over the others."""
    warmup = max(1, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        learning_rate / warmup, max(1, steps - warmup), warmup_target=learning_rate, warmup_steps=warmup
    )


class HiddenWords:
    """Endless batches of sentences in which some words are hidden.

    Frequent words such as "the" say little: a word is hidden the more often the rarer it is (by the square root of
    its frequency), a fifth of all words in all.
    """

    def __init__(self, ids, vocabulary_size, batch_size, seed):
        self.ids, self.vocabulary_size, self.batch_size = ids, vocabulary_size, batch_size
        self.random = np.random.default_rng([seed, 1])
        counts = np.bincount(ids[ids > 0], minlength=vocabulary_size)
        rate = 1 / np.sqrt(np.maximum(counts, 1))
        self.rate = np.minimum(rate * HIDDEN * counts.sum() / (rate * counts).sum(), MOST)
        self.order = []

    def next(self):
        """A batch `(x, y, weights)`: the weights are 0 where nothing is to be guessed, 1 on average."""
        if len(self.order) < self.batch_size:
            self.order = self.random.permutation(len(self.ids))
        rows, self.order = self.order[: self.batch_size], self.order[self.batch_size :]
        y = self.ids[rows]  # (B, T)
        asked = (self.random.random(y.shape) < self.rate[y]) & (y > 0)
        kind = self.random.random(y.shape)
        anything = self.random.integers(MASK + 1, self.vocabulary_size, y.shape)
        shown = np.where(kind < SHOWN_AS_THEY_ARE, y, np.where(kind < SHOWN_AS_THEY_ARE + REPLACED, anything, MASK))
        weights = asked / max(asked.mean(), 1e-9)
        return np.where(asked, shown, y).astype("int32"), y, weights.astype("float32")


def vectors_at(look, ids, rows, columns):
    """The vectors of some words after each layer: a list of arrays `(words, D)`, the embedding first."""
    parts = []
    for start in range(0, len(ids), ROWS):
        some = ids[start : start + ROWS]
        some = np.pad(some, ((0, ROWS - len(some)), (0, 0)))  # one shape, so that it is compiled once
        parts.append([np.asarray(keras.ops.convert_to_numpy(one)) for one in look.predict_on_batch(some)])
    return [np.concatenate(one)[rows, columns] for one in zip(*parts, strict=True)]
