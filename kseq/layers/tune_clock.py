"""`TuneClock`: where in the bar a note stands, as vectors (course rows S4, X3)."""

import keras
from keras import ops

PLACES, BARS = 64, 16  # sixteenths, and bars since the part began, that are told apart
BELOW = 8  # sixteenths that a bar may be too long by


@keras.saving.register_keras_serializable(package="kseq")
class TuneClock(keras.layers.Layer):
    """A position encoding for music, to be added to the vectors of the tokens.

        y_t = P[time since the last bar sign] + N[bars since the part began]
            + R[time left in the bar] + Q[time left, if the part ends here]

    Positions in a text count tokens; in music they count time. All of it follows from the tokens so far: nothing looks
    ahead. A musician has it before the eyes; without it a network must learn to add up lengths. The first bar of a
    part may be a pickup: it is as long as the last bar of the part before has left open, and the last bar of a part
    leaves room for the pickup with which it is repeated.

    Args:
        output_dim: width of the vectors.
        lengths: for each id its length in sixteenths, 0 for what takes no time.
        signs: for each id 0, or 1 for a bar sign, or 2 for one that ends or begins a part.
        metres: for each id the length of a full bar, in sixteenths, that it calls for; 0 for all but metres.
        embeddings_initializer: of all four tables.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        ids: integers of shape `(batch_size, sequence_length)`.

    Returns:
        `(batch_size, sequence_length, output_dim)`.

    Masks: none is used or made; padding goes at the end, and nothing before it depends on it.
    """

    def __init__(self, output_dim, lengths, signs, metres, embeddings_initializer="uniform", **kwargs):
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.output_dim = output_dim
        self.lengths, self.signs, self.metres = list(lengths), list(signs), list(metres)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    def build(self, input_shape=None):
        def table(name, rows):
            initializer = self.embeddings_initializer
            return self.add_weight(name=name, shape=(rows, self.output_dim), initializer=initializer)

        self.times = table("times", PLACES)
        self.bars = table("bars", BARS)
        self.left = table("left", PLACES)
        self.closing = table("closing", PLACES)
        self.built = True

    def call(self, ids):
        ids = ops.cast(ids, "int32")
        length, sign, metre = self._read(ids)
        total, is_bar, is_part = ops.cumsum(length, axis=1), sign > 0, sign == 2
        size = ops.shape(ids)[1]
        index = ops.arange(1, size + 1, dtype="int32")
        until_now = index[:, None] >= index[None, :]

        def last(flags):  # (B, T): the number, from 1, of the last flagged token so far; 0 if there is none
            return ops.max(ops.where(flags[:, None, :] & until_now[None], index[None, None, :], 0), axis=-1)

        def value_at(values, numbers):
            return ops.take_along_axis(ops.pad(values, ((0, 0), (1, 0))), numbers, axis=1)

        bar, part = last(is_bar), last(is_part)
        time = total - value_at(total, bar)
        before = total - value_at(total, ops.pad(bar[:, :-1], ((0, 0), (1, 0))))  # at a sign: of the bar it ends
        count = ops.cumsum(ops.cast(is_bar, "int32"), axis=1)
        bars = count - value_at(count, part)
        first = last(is_bar & ops.logical_not(is_part) & (bars == 1))
        first_length = ops.where(first > part, value_at(total - value_at(total, part), first), 0.0)
        full = value_at(metre, last(metre > 0))
        open_ = value_at(ops.maximum(full - before, 0.0), last(is_part & (before > 0)))
        return self._vectors(time, bars, first_length, full, open_)

    def empty_state(self, batch_size, length):
        """Time, bars, length of the part's first bar, of a full bar, and what the last part has left open."""
        dtypes = ("float32", "int32", "float32", "float32", "float32")
        return tuple(ops.zeros((batch_size, 1), dtype) for dtype in dtypes)  # each its own: a program may take it over

    def step(self, ids, state, position):
        """The next n tokens: `(batch_size, n)` → `(batch_size, n, output_dim)`, and the state."""
        ids = ops.cast(ids, "int32")
        time, bars, first, full, open_ = state
        outputs = []
        for number in range(ids.shape[1]):
            one = ids[:, number : number + 1]
            length, sign, metre = self._read(one)
            time, full = time + length, ops.where(metre > 0, metre, full)
            open_ = ops.where((sign == 2) & (time > 0), ops.maximum(full - time, 0.0), open_)
            first = ops.where((sign == 1) & (bars == 0), time, ops.where(sign == 2, 0.0, first))
            bars = ops.where(sign == 2, 0, bars + sign)
            time = ops.where(sign > 0, 0.0, time)
            outputs.append(self._vectors(time, bars, first, full, open_))
        return ops.concatenate(outputs, axis=1), (time, bars, first, full, open_)

    def _read(self, ids):
        tables = ((self.lengths, "float32"), (self.signs, "int32"), (self.metres, "float32"))
        return [ops.take(ops.convert_to_tensor(table, dtype), ids) for table, dtype in tables]

    def _vectors(self, time, bars, first, full, open_):
        """The sum of the four rows, `(B, T, output_dim)`."""
        goal = ops.where((bars == 0) & (open_ > 0), open_, full)  # how long this bar should be
        pickup = ops.where(first < full, first, 0.0)
        left = ops.where(full > 0, goal - time, 0.0)
        closing = ops.where(bars == 0, left, ops.where(full > 0, full - pickup - time, 0.0))
        y = ops.take(self.times, place(time), axis=0) + ops.take(self.bars, ops.clip(bars, 0, BARS - 1), axis=0)
        y = y + ops.take(self.left, place(left + BELOW), axis=0)
        y = y + ops.take(self.closing, place(closing + BELOW), axis=0)
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
            "metres": self.metres,
            "embeddings_initializer": initializer,
        }


def place(time):
    """The row of a time in its table."""
    return ops.clip(ops.cast(ops.round(time), "int32"), 0, PLACES - 1)
