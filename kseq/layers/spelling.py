"""`SpellingEmbedding` and `RareWordDropout`: what a tagger does about words that it has never seen."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseq")
class SpellingEmbedding(keras.layers.Layer):
    """A vector for each word, made from its spelling: its shape, its first and its last characters.

        s_t = relu([e(c_1); e(c_2); …; e(c_K)] W + b)

    Each character has a vector e(c); those of a word are written side by side, each at its own place, so that one
    unit can learn "ends in -ing" or "begins with a capital". What a word looks like is known even if the word is not.

    Args:
        num_characters: number of different ids, 0 (nothing there) included.
        embedding_dim: width of a character's vector.
        units: width of a word's vector.
        activation: Default `"relu"`.
        embeddings_initializer: of the characters' vectors. Default `"uniform"`.
        kernel_initializer: of W. Default `"glorot_uniform"`.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        characters: integers of shape `(batch_size, sequence_length, K)`.

    Returns:
        `(batch_size, sequence_length, units)`.

    Masks: a word without any character is padding; the mask `(batch_size, sequence_length)` goes on.

    References:
        Plank et al. (2016), Multilingual part-of-speech tagging with bidirectional LSTMs and auxiliary loss: with
        characters read by an LSTM of their own. Places instead of an LSTM are cheaper. Row S5 of the course map.
    """

    def __init__(
        self,
        num_characters,
        embedding_dim,
        units,
        activation="relu",
        embeddings_initializer="uniform",
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        kwargs.setdefault("autocast", False)  # ids must not be cast to the compute dtype
        super().__init__(**kwargs)
        self.num_characters, self.embedding_dim, self.units = num_characters, embedding_dim, units
        self.activation = keras.activations.get(activation)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, characters_shape):
        """Makes the table, W and b."""
        self.table = self.add_weight(
            shape=(self.num_characters, self.embedding_dim), initializer=self.embeddings_initializer, name="table"
        )
        self.kernel = self.add_weight(
            shape=(characters_shape[-1] * self.embedding_dim, self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, characters):
        """Looks up, joins, multiplies."""
        B, T, K = ops.shape(characters)
        vectors = ops.take(ops.cast(self.table, self.compute_dtype), ops.cast(characters, "int32"), axis=0)
        joined = ops.reshape(vectors, (B, T, K * self.embedding_dim))  # (B, T, K·E)
        kernel, bias = (ops.cast(weight, self.compute_dtype) for weight in (self.kernel, self.bias))
        return self.activation(ops.matmul(joined, kernel) + bias)

    def compute_mask(self, characters, previous_mask=None):
        """True where there is a word."""
        return ops.any(ops.not_equal(characters, 0), axis=-1)

    def compute_output_shape(self, characters_shape):
        """`(B, T, units)`."""
        return (*characters_shape[:-1], self.units)

    def get_config(self):
        """What is needed to make an equal layer."""
        return {
            **super().get_config(),
            "num_characters": self.num_characters,
            "embedding_dim": self.embedding_dim,
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


@keras.saving.register_keras_serializable(package="kseq")
class RareWordDropout(keras.layers.Layer):
    """In training, now and then takes a word for an unknown one: so the model learns what to do about those.

    Without it the vector of the unknown word would never be trained, for in training every word is known. Words that
    occurred only once are the best stand-ins for words that never did, so they go much more often.

    Args:
        rate: share of all words that become unknown.
        rare_rate: the same for rare words.
        rare_from: id of the first rare word; the vocabulary is in the order of falling frequency. `None`: none is.
        unknown_id: id of the unknown word. Default 1. Padding, id 0, stays.
        seed: fixes the choice.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        ids: integers of shape `(batch_size, sequence_length)`.
        training: whether to drop.

    Returns:
        `int32` of the same shape.

    Masks: passes a mask on as it came.

    References:
        Kiperwasser and Goldberg (2016), Simple and accurate dependency parsing using bidirectional LSTM feature
        representations: a rate that falls with the frequency of the word.
    """

    def __init__(self, rate, rare_rate=0.5, rare_from=None, unknown_id=1, seed=None, **kwargs):
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.rate, self.rare_rate, self.rare_from, self.unknown_id = rate, rare_rate, rare_from, unknown_id
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, ids, training=False):
        """Drops in training only."""
        ids = ops.cast(ids, "int32")
        if not training:
            return ids
        chance = ops.full_like(ids, self.rate, dtype="float32")
        if self.rare_from is not None:
            chance = ops.where(ids >= self.rare_from, self.rare_rate, chance)
        lots = keras.random.uniform(ops.shape(ids), seed=self.seed_generator)
        dropped = ops.logical_and(lots < chance, ids != 0)
        return ops.where(dropped, self.unknown_id, ids)

    def compute_output_spec(self, ids, training=False):
        """Integers of the same shape."""
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self):
        """What is needed to make an equal layer."""
        return {
            **super().get_config(),
            "rate": self.rate,
            "rare_rate": self.rare_rate,
            "rare_from": self.rare_from,
            "unknown_id": self.unknown_id,
            "seed": self.seed,
        }
