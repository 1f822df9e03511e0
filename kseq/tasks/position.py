"""How a Transformer learns where a token stands: the argument `position` of the builders (X3)."""

import keras

from kseq import layers

POSITIONS = ("sine", "learned", "rotary")
SPREAD = 0.05  # standard deviation of token vectors and positions at the beginning


def add_position(x, position, context_length, seeds, max_wavelength=10_000):
    """The vectors of tokens with their positions.

    `"rotary"` adds nothing here: it turns queries and keys inside the attention.

    Args:
        x: tensor of shape `(batch_size, sequence_length, width)`.
        position: one of `POSITIONS`.
        context_length: number of positions to learn; only `"learned"` needs it.
        seeds: `kseq.tasks.arguments.Seeds`.
        max_wavelength: of `"sine"`.

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: positions are to be learned, and nobody said how many.
    """
    if position == "learned":
        if context_length is None:
            raise ValueError(
                "`context_length` must say how many positions are to be learned. "
                "Received: position='learned', context_length=None"
            )
        return layers.PositionEmbedding(context_length, initializer=normal(seeds), name="position")(x)
    if position == "sine":
        # As in the paper: else small vectors would drown in sines and cosines between -1 and 1.
        x = keras.layers.Rescaling(x.shape[-1] ** 0.5, name="scale")(x)
        return layers.PositionalEncoding(max_wavelength, name="position")(x)
    return x


def normal(seeds):
    """Small normal values with the next seed."""
    return keras.initializers.RandomNormal(stddev=SPREAD, seed=seeds.next())
