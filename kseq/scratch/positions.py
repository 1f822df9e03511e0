"""Where a word stands: attention itself does not see it (row X3). Three ways to tell it."""

import numpy as np

from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.matrices import MatrixBack, MatrixRun

MAX_WAVELENGTH = 10_000


def positional_encoding(length, dim, start=0, max_wavelength=MAX_WAVELENGTH):
    """Row X3: PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i+1) = cos(pos / 10000^(2i/d)).

    Args:
        length: how many positions.
        dim: d, the width.
        start: the first position.
        max_wavelength: the 10000.

    Returns:
        `(length, dim)`: the row `pos` is added to the vector of the word at that position.
    """
    # one column per pair 2i, 2i+1: angle = pos / 10000^(2i/d)
    angle = angles(length, dim, start, max_wavelength)
    matrix = np.empty((length, dim))
    # even columns: sin, odd columns: cos
    matrix[:, 0::2] = np.sin(angle)
    matrix[:, 1::2] = np.cos(angle[:, : dim // 2])
    return matrix


def rotate(x, start=0, max_wavelength=MAX_WAVELENGTH):
    """Rotary positions: every vector is turned, by an angle that grows with its position.

    A query at position m and a key at position n are turned by m and by n; in their product only m − n is left. The
    first half of the numbers are the one coordinate, and the second half the other, of d/2 points in the plane.

    Args:
        x: `(…, steps, d)`, d even: queries or keys.
        start: the position of the first step.
        max_wavelength: the slowest point takes nearly so many positions, times 2π, for a full turn.

    Returns:
        The same shape.

    References:
        Su et al., "RoFormer: enhanced Transformer with rotary position embedding", 2021 (there the pairs are
        neighbours; halves are the usual form in code).
    """
    x = np.asarray(x)
    if x.ndim < 2 or x.shape[-1] % 2:
        raise ValueError(f"x: expected the shape (…, steps, d) with an even d. Received: x.shape={x.shape}")
    half = x.shape[-1] // 2
    # the point (x_i, x_{i+d/2}) is turned by the angle pos / 10000^(2i/d)
    angle = angles(x.shape[-2], x.shape[-1], start, max_wavelength)
    sin, cos = np.sin(angle).astype(x.dtype), np.cos(angle).astype(x.dtype)
    first, second = x[..., :half], x[..., half:]
    # first·cos − second·sin,   second·cos + first·sin
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def rotate_back(d_y, start=0, max_wavelength=MAX_WAVELENGTH):
    """∂L/∂x from ∂L/∂`rotate(x)`: turned back by the same angles, because the transpose of a rotation undoes it."""
    half = d_y.shape[-1] // 2
    angle = angles(d_y.shape[-2], d_y.shape[-1], start, max_wavelength)
    sin, cos = np.sin(angle).astype(d_y.dtype), np.cos(angle).astype(d_y.dtype)
    d_first, d_second = d_y[..., :half], d_y[..., half:]
    return np.concatenate([d_first * cos + d_second * sin, d_second * cos - d_first * sin], axis=-1)


def angles(length, dim, start, max_wavelength):
    """pos / max_wavelength^(2i/d), `(length, ⌈dim/2⌉)`."""
    position = np.arange(start, start + length)[:, None]
    two_i = np.arange(0, dim, 2)
    return position / max_wavelength ** (two_i / dim)


class PositionalEncoding:
    """x + PE (row X3). Nothing to learn; any length."""

    parameters: dict = {}  # noqa: RUF012

    def __init__(self, max_wavelength=MAX_WAVELENGTH):
        self.max_wavelength = max_wavelength

    def forward(self, x, start=0):
        """`x` `(batch, steps, d)`, whose first step stands at `start` -> a `MatrixRun` with x, positions, output."""
        x = np.asarray(x)
        check_shape(x, "x", ("batch", "steps", "d"))
        PE = positional_encoding(*x.shape[1:], start, self.max_wavelength).astype(x.dtype)
        # y_t = x_t + PE(t)
        output = x + PE
        return MatrixRun(output, {"x": x, "positions": PE[None], "output": output}, type(self).__name__)

    def backward(self, run, d_outputs):
        """∂L/∂x = ∂L/∂y."""
        d_x = np.asarray(d_outputs, run.outputs.dtype)
        check_shape(d_x, "d_outputs", run.outputs.shape)
        return MatrixBack({}, d_x, values={"x": d_x, "output": d_x}, d_inputs={"x": d_x}, kind=run.kind)


class RotaryEmbedding:
    """`rotate` as a layer. Nothing to learn; any length. `MultiHeadAttention(…, rotary=True)` has it inside."""

    parameters: dict = {}  # noqa: RUF012

    def __init__(self, max_wavelength=MAX_WAVELENGTH):
        self.max_wavelength = max_wavelength

    def forward(self, x, start=0):
        """`x` `(…, steps, d)`, d even, whose first step stands at `start` -> a `MatrixRun` with x, start, output."""
        x = np.asarray(x)
        output = rotate(x, start, self.max_wavelength)
        return MatrixRun(output, {"x": x, "start": np.array([start]), "output": output}, type(self).__name__)

    def backward(self, run, d_outputs):
        """Every gradient is turned back."""
        d_y = np.asarray(d_outputs, run.outputs.dtype)
        check_shape(d_y, "d_outputs", run.outputs.shape)
        d_x = rotate_back(d_y, int(run["start"][0]), self.max_wavelength)
        return MatrixBack({}, d_x, values={"x": d_x, "output": d_y}, d_inputs={"x": d_x}, kind=run.kind)


class PositionEmbedding:
    """x + a learned row for each position: a table like that of the words, and no row for a position beyond it.

    Args:
        E: `(context_length, d)`; the layer's `embeddings`.
    """

    def __init__(self, E):
        self.E = as_weights(E, "E", ("context_length", "d"))

    @classmethod
    def random(cls, context_length, d, seed=0, dtype="float64"):
        """Uniform in ±0.05, as Keras starts a table."""
        return cls(np.random.default_rng(seed).uniform(-0.05, 0.05, (context_length, d)).astype(dtype))

    @property
    def parameters(self):
        return {"E": self.E}

    def forward(self, x, start=0):
        """`x` `(batch, steps, d)`, whose first step stands at `start` -> a `MatrixRun` with x, t, positions, output."""
        x = np.asarray(x, self.E.dtype)
        context_length, d = self.E.shape
        check_shape(x, "x", ("batch", "steps", d))
        if not 0 <= start <= context_length - x.shape[1]:
            raise ValueError(
                f"x: expected positions from 0 to {context_length - 1}, the table has no others. "
                f"Received: {start} to {start + x.shape[1] - 1}"
            )
        t = np.arange(start, start + x.shape[1])
        # y_t = x_t + E[t]
        output = x + self.E[t]
        values = {"x": x, "t": t[None], "positions": self.E[t][None], "output": output}
        return MatrixRun(output, values, type(self).__name__)

    def backward(self, run, d_outputs):
        """∂L/∂x = ∂L/∂y, and ∂L/∂E[t] = Σ ∂L/∂y_t over the examples."""
        d_y = np.asarray(d_outputs, self.E.dtype)
        check_shape(d_y, "d_outputs", run.outputs.shape)
        d_E = np.zeros_like(self.E)
        d_E[run["t"][0]] = d_y.sum(axis=0)
        return MatrixBack({"E": d_E}, d_y, values={"x": d_y, "output": d_y}, d_inputs={"x": d_y}, kind=run.kind)
