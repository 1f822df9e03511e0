"""`PositionalEncoding` and `PositionEmbedding`: where in the sequence a step stands, added to what it is."""

import keras
import numpy as np
from keras import ops

from kseq.layers.arguments import check_positive
from kseq.layers.seeding import for_weight


class AddedPosition(keras.layers.Layer):
    """What both layers share: they add a row to every step and need no memory to go on step by step."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, x_shape):
        """As it came."""
        return tuple(x_shape)

    def empty_state(self, batch_size, length, dtype=None):
        """Nothing needs to be remembered."""
        return ()

    def step(self, x, state, position):
        """The steps `position`, `position + 1`, …: `(batch_size, n, width)` → the same, and the state."""
        return self.call(ops.cast(x, self.compute_dtype), start_index=position), state


@keras.saving.register_keras_serializable(package="kseq")
class PositionalEncoding(AddedPosition):
    """Adds the course's sines and cosines to every step, so that the order of the steps can be seen.

    Attention by itself sees a set: "AJ's dog is a cutie" and "AJ looks like a dog" hold the same vector for "dog".
    With the position pos (from 0) and the feature 2i or 2i + 1 of d_model:

        PE(pos, 2i)     = sin(pos / 10000^(2i/d_model))
        PE(pos, 2i + 1) = cos(pos / 10000^(2i/d_model))

    The angles are computed in float32 whatever the precision of the layer: bfloat16 cannot tell 256 from 257.

    Args:
        max_wavelength: the 10,000 of the equation.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        x: `(batch_size, length, width)`.
        start_index: position of the first step, integer or scalar tensor. Default 0.

    Returns:
        x + PE, `(batch_size, length, width)`. Any length works, those not seen in training as well.

    Masks: passes a mask on as it came.

    Example:

    >>> kseq.PositionalEncoding()(np.zeros((1, 6, 4)))[0, 2]     # "dog" in the first sentence
    array([ 0.9092974 , -0.41614684,  0.01999867,  0.9998     ], dtype=float32)

    References:
        Vaswani et al. (2017), Attention is all you need. Row X3 of the course map.
    """

    def __init__(self, max_wavelength=10_000, **kwargs):
        super().__init__(**kwargs)
        self.max_wavelength = max_wavelength

    def call(self, x, start_index=0):
        """x + PE."""
        pair = np.arange(x.shape[-1]) // 2 * 2  # 2i, for the features 2i and 2i + 1
        frequencies = (float(self.max_wavelength) ** (-pair / x.shape[-1])).astype("float32")
        positions = ops.cast(ops.arange(ops.shape(x)[1]) + start_index, "float32")
        angles = positions[:, None] * frequencies  # (T, D)
        even = np.arange(x.shape[-1]) % 2 == 0
        return x + ops.cast(ops.where(even, ops.sin(angles), ops.cos(angles)), x.dtype)

    def get_config(self):
        """The one argument."""
        return {**super().get_config(), "max_wavelength": self.max_wavelength}


@keras.saving.register_keras_serializable(package="kseq")
class PositionEmbedding(AddedPosition):
    """Adds a learned row to every step: position p has the row p of a table.

    What `PositionalEncoding` computes is learned here. A position that the table does not have was never learned:
    a sequence longer than `context_length` is an error.

    Args:
        context_length: number of rows, the longest sequence.
        initializer: of the table. Default `"uniform"` (-0.05 to 0.05).
        seed: fixes the initial values.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        x: `(batch_size, length, width)`.
        start_index: position of the first step, integer or scalar tensor. Default 0.

    Returns:
        x + the rows, `(batch_size, length, width)`.

    Raises:
        ValueError: the sequence is longer than `context_length`.

    Masks: passes a mask on as it came.

    Example:

    >>> kseq.PositionEmbedding(context_length=64)(np.ones((2, 7, 8))).shape
    (2, 7, 8)

    References:
        Gehring et al. (2017), Convolutional sequence to sequence learning. Row X3 of the course map.
    """

    def __init__(self, context_length, initializer="uniform", seed=None, **kwargs):
        check_positive(context_length=context_length)
        super().__init__(**kwargs)
        self.context_length = context_length
        self.initializer = keras.initializers.get(initializer)
        self.seed = seed

    def build(self, x_shape):
        """Makes the table."""
        self.position_embeddings = self.add_weight(
            name="embeddings",
            shape=(self.context_length, x_shape[-1]),
            initializer=for_weight(self.initializer, self.seed, "embeddings"),
        )
        self.built = True

    def call(self, x, start_index=0):
        """x + the rows of the table from `start_index` on."""
        length = x.shape[1] if x.shape[1] is not None else ops.shape(x)[1]
        few = f"PositionEmbedding {self.name!r} has learned context_length={self.context_length} positions and knows no"
        if isinstance(length, int) and isinstance(start_index, int):
            if start_index + length > self.context_length:
                raise ValueError(f"{few} further ones. Received: {length} steps from position {start_index} on")
        elif x.shape[1] is None and keras.backend.backend() == "tensorflow":
            from kseq.backend.lengths_tensorflow import at_most

            few += " further ones. Received: more steps"
            length = at_most(start_index + length, self.context_length, few) - start_index
        table = ops.cast(self.position_embeddings, x.dtype)
        return x + ops.slice(table, (start_index, 0), (length, x.shape[-1]))

    def get_config(self):
        """All arguments."""
        return {
            **super().get_config(),
            "context_length": self.context_length,
            "initializer": keras.initializers.serialize(self.initializer),
            "seed": self.seed,
        }
