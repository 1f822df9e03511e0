"""`ClockedEmbedding`: token vectors that know where in the bar a note stands (course rows S4, X3)."""

import keras
from keras import ops

PLACES, BARS = 64, 16  # sixteenths since the last bar sign, and bars since the part began, that are told apart


@keras.saving.register_keras_serializable(package="kseq")
class ClockedEmbedding(keras.layers.Layer):
    """The vector of a token plus three of a clock: a position encoding for music.

        y_t = E[x_t] + P[time since the last bar sign] + N[bars since the part began] + F[length of its first bar]

    Positions in a text count tokens; in music they count time. All three follow from the tokens so far: nothing looks
    ahead. A musician has them before the eyes; without them a network must learn to add up lengths.

    Args:
        output_dim: width of the vectors.
        lengths: for each id its length in sixteenths, 0 for what takes no time.
        signs: for each id 0, or 1 for a bar sign, or 2 for one that ends or begins a part.
        embeddings_initializer: of all four tables.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        ids: integers of shape `(batch_size, sequence_length)`.

    Returns:
        `(batch_size, sequence_length, output_dim)`.

    Masks: none is used or made; padding goes at the end, and nothing before it depends on it.
    """

    def __init__(self, output_dim, lengths, signs, embeddings_initializer="uniform", **kwargs):
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.output_dim, self.lengths, self.signs = output_dim, list(lengths), list(signs)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    def build(self, input_shape=None):
        def table(name, rows):
            initializer = self.embeddings_initializer
            return self.add_weight(name=name, shape=(rows, self.output_dim), initializer=initializer)

        self.tokens = table("tokens", len(self.lengths))
        self.times = table("times", PLACES)
        self.bars = table("bars", BARS)
        self.firsts = table("firsts", PLACES)
        self.built = True

    def call(self, ids):
        ids = ops.cast(ids, "int32")
        length, sign = self._read(ids)
        total, is_bar, is_part = ops.cumsum(length, axis=1), sign > 0, sign == 2
        size = ops.shape(ids)[1]
        index = ops.arange(1, size + 1, dtype="int32")
        until_now = index[:, None] >= index[None, :]

        def last(flags):  # (B, T): the number, from 1, of the last flagged token so far; 0 if there is none
            return ops.max(ops.where(flags[:, None, :] & until_now[None], index[None, None, :], 0), axis=-1)

        def value_at(values, numbers):
            return ops.take_along_axis(ops.pad(values, ((0, 0), (1, 0))), numbers, axis=1)

        part = last(is_part)
        time = total - value_at(total, last(is_bar))
        count = ops.cumsum(ops.cast(is_bar, "int32"), axis=1)
        bars = count - value_at(count, part)
        ends_first = is_bar & ops.logical_not(is_part) & (bars == 1)
        first = last(ends_first)
        length_of_first = value_at(total - value_at(total, part), first)
        return self._vectors(ids, time, bars, ops.where(first > part, length_of_first, 0.0))

    def empty_state(self, batch_size, length):
        """Time, bars and length of the first bar, each `(batch_size, 1)`."""
        zeros = ops.zeros((batch_size, 1), "float32")
        return zeros, ops.zeros((batch_size, 1), "int32"), zeros

    def step(self, ids, state, position):
        """The next n tokens: `(batch_size, n)` → `(batch_size, n, output_dim)`, and the state."""
        ids = ops.cast(ids, "int32")
        time, bars, first = state
        outputs = []
        for number in range(ids.shape[1]):
            one = ids[:, number : number + 1]
            length, sign = self._read(one)
            time = time + length
            first = ops.where((sign == 1) & (bars == 0), time, ops.where(sign == 2, 0.0, first))
            bars = ops.where(sign == 2, 0, bars + sign)
            time = ops.where(sign > 0, 0.0, time)
            outputs.append(self._vectors(one, time, bars, first))
        return ops.concatenate(outputs, axis=1), (time, bars, first)

    def _read(self, ids):
        lengths = ops.convert_to_tensor(self.lengths, "float32")
        return ops.take(lengths, ids), ops.take(ops.convert_to_tensor(self.signs, "int32"), ids)

    def _vectors(self, ids, time, bars, first):
        y = ops.take(self.tokens, ids, axis=0) + ops.take(self.times, place(time), axis=0)
        y = y + ops.take(self.bars, ops.clip(bars, 0, BARS - 1), axis=0) + ops.take(self.firsts, place(first), axis=0)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def get_config(self):
        initializer = keras.initializers.serialize(self.embeddings_initializer)
        return {
            **super().get_config(),
            "output_dim": self.output_dim,
            "lengths": self.lengths,
            "signs": self.signs,
            "embeddings_initializer": initializer,
        }


def place(time):
    """The row of a time in its table."""
    return ops.clip(ops.cast(ops.round(time), "int32"), 0, PLACES - 1)
