"""`RotaryEmbedding`: the position turns the query and the key, so that their product knows the distance."""

import keras
import numpy as np
from keras import ops


def angles(length, dim, wavelength, start=0):
    """`(length, dim/2)` in float32: position times the frequency of each pair."""
    frequencies = (wavelength ** (-np.arange(0, dim, 2, dtype="float64") / dim)).astype("float32")
    positions = ops.cast(ops.arange(length) + start, "float32")
    return positions[:, None] * frequencies


def rotate(x, start=0, wavelength=10_000):
    """Turns `(…, T, d)` by the angles of the positions `start`, `start + 1`, …; computed in float32."""
    dim = x.shape[-1]
    angle = angles(ops.shape(x)[-2], dim, wavelength, start)
    cos, sin = ops.cos(angle), ops.sin(angle)
    first, second = ops.cast(x[..., : dim // 2], "float32"), ops.cast(x[..., dim // 2 :], "float32")
    turned = ops.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
    return ops.cast(turned, x.dtype)


@keras.saving.register_keras_serializable(package="kseq")
class RotaryEmbedding(keras.layers.Layer):
    """Turns every pair of features by an angle that grows with the position.

    The features i and i + d/2 of a query or key at position p are the two coordinates of a point, turned by p·ω_i:

        x'_i       = x_i · cos(p·ω_i) - x_{i+d/2} · sin(p·ω_i)
        x'_{i+d/2} = x_{i+d/2} · cos(p·ω_i) + x_i · sin(p·ω_i)        ω_i = max_wavelength^(-2i/d)

    The length of the vector stays. The product of a turned query and a turned key depends on their contents and on
    how far apart they are, not on where in the sequence they stand. `MultiHeadAttention(rotary=True)` uses it inside.

    Args:
        max_wavelength: what the slowest pair needs for a full turn is about 2π times this. Default 10,000.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        x: `(batch_size, num_heads, length, head_dim)` or any shape that ends in `(length, head_dim)`; head_dim even.
        start_index: position of the first step, integer or scalar tensor. Default 0.

    Returns:
        The shape of `x`. Any length works, those not seen in training as well.

    Raises:
        ValueError: the last axis is odd.

    Masks: passes a mask on as it came.

    Example:

    >>> kseq.RotaryEmbedding()(np.ones((2, 4, 7, 8))).shape
    (2, 4, 7, 8)

    References:
        Su et al. (2021), RoFormer: enhanced Transformer with rotary position embedding. Row X3 of the course map.
    """

    def __init__(self, max_wavelength=10_000, **kwargs):
        super().__init__(**kwargs)
        self.max_wavelength = max_wavelength
        self.supports_masking = True

    def build(self, x_shape):
        """Checks the width; there are no weights."""
        check_even(head_dim=x_shape[-1])
        self.built = True

    def call(self, x, start_index=0):
        """Turns every step."""
        return rotate(x, start_index, self.max_wavelength)

    def compute_output_shape(self, x_shape):
        """As it came."""
        return tuple(x_shape)

    def get_config(self):
        """The one argument."""
        return {**super().get_config(), "max_wavelength": self.max_wavelength}


def check_even(**widths):
    """Refuses a width whose features cannot be paired."""
    for name, width in widths.items():
        if width is None or width % 2:
            raise ValueError(f"`{name}` must be even: rotary positions turn pairs. Received: {name}={width}")
