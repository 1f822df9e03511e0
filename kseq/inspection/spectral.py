"""Vanishing and exploding gradients as a function of one number: the spectral radius of W_A (row R9)."""

import numpy as np

from kseq import scratch
from kseq.inspection.errors import InspectionError

MATRICES = ("orthogonal", "normal")
CELLS = ("simple_rnn", "lstm", "gru")


def spectral_radius_experiment(
    radii=(0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5),
    *,
    steps=50,
    units=32,
    activation="tanh",
    cell="simple_rnn",
    matrix="orthogonal",
    input_scale=0.1,
    seeds=3,
):
    """Measures how ‖∂h_T/∂h_0‖ depends on the largest eigenvalue of the recurrent matrix and on the distance T.

    The gradient goes back through a product of T Jacobians, ∂h_T/∂h_0 = Π ∂h_t/∂h_{t-1} (row R9). For a simple RNN
    each is W_A times the derivative of the activation. With `"linear"` the product is W_A^T, and in the long run its
    norm falls or grows like ρ^T, where ρ is the spectral radius, the largest |eigenvalue|; for a multiple of an
    orthogonal matrix it is exactly ρ^T from the first step on. With `"tanh"`, whose derivative is at most 1, it is at
    most ‖W_A‖^T: with an orthogonal matrix the gradient must vanish for ρ < 1, but need not explode for ρ > 1.

    Args:
        radii: spectral radii to try. The recurrent matrix is scaled to each; in an LSTM or GRU the block of every gate
            is.
        steps: T, the largest distance.
        units: size of the state.
        activation: `"tanh"`, `"linear"`, `"relu"` or another that `kseq.scratch` knows.
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`. Gates and biases start as in Keras (the LSTM's forget gate open).
        matrix: `"orthogonal"`, all eigenvalues on one circle, or `"normal"`, Gaussian entries, whose eigenvalues fill
            the disc.
        input_scale: standard deviation of the random inputs x_t; 0 for none.
        seeds: a number of seeds, or a list of them.

    Returns:
        A `pandas.DataFrame` with one row per radius, seed and distance 1 … T. Columns: `radius`, `seed`, `distance`,
        `norm`, the Frobenius norm of ∂h_T/∂h_{T-distance} divided by √units (1 for the identity), and
        `largest_singular_value`, the spectral norm. For the LSTM the Jacobian of the whole state (h, c), divided by
        √(2 · units).

    Raises:
        InspectionError: an argument is out of its range.

    Example:

    >>> found = spectral_radius_experiment([0.9, 1.1], steps=20, activation="linear")
    >>> found[found.distance == 20].groupby("radius").largest_singular_value.mean()

    References:
        Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks. Row R9.
    """
    import pandas as pd

    radii, seeds = _numbers(radii), _seeds(seeds)
    for name, value in (("steps", steps), ("units", units)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
            raise InspectionError(f"`{name}` must be a positive whole number. Received: {name}={value!r}")
    if not isinstance(input_scale, int | float) or not 0 <= input_scale < np.inf:
        raise InspectionError(f"`input_scale` must be a number from 0 on. Received: input_scale={input_scale!r}")
    for name, value, known in (
        ("cell", cell, CELLS),
        ("matrix", matrix, MATRICES),
        ("activation", activation, tuple(scratch.ACTIVATIONS)),
    ):
        if value not in known:
            raise InspectionError(f"`{name}` must be one of {', '.join(known)}. Received: {name}={value!r}")
    rows = []
    for radius in radii:
        for seed in seeds:
            twin = _cell(cell, units, activation, radius, matrix, seed)
            x = input_scale * np.random.default_rng([seed, 2]).normal(size=(1, steps, units))
            for distance, jacobian in enumerate(_jacobians(twin, twin.forward(x)), 1):
                norm = np.linalg.norm(jacobian) / np.sqrt(len(jacobian))
                largest = np.linalg.svd(jacobian, compute_uv=False)[0]
                rows.append((radius, seed, distance, float(norm), float(largest)))
    return pd.DataFrame(rows, columns=["radius", "seed", "distance", "norm", "largest_singular_value"])


def recurrent_matrix(units, radius, matrix, seed):
    """A random matrix `(units, units)` whose largest |eigenvalue| is `radius`."""
    W = np.random.default_rng([seed, 1]).normal(size=(units, units))
    if matrix == "orthogonal":
        q, r = np.linalg.qr(W)
        return radius * q * np.sign(np.diag(r))  # with these signs, every orthogonal matrix is as likely as another
    return W * (radius / np.abs(np.linalg.eigvals(W)).max())


def _cell(kind, units, activation, radius, matrix, seed):
    """A cell with random weights; each block of its recurrent matrix has the given spectral radius."""
    if kind == "simple_rnn":
        W_X = np.eye(units)
        return scratch.SimpleRNN(W_X, recurrent_matrix(units, radius, matrix, seed), activation=activation)
    made = getattr(scratch, kind.upper()).random(units, units, seed, activation=activation)
    blocks = [recurrent_matrix(units, radius, matrix, 1000 * seed + block) for block in range(made.blocks)]
    made.U[...] = np.concatenate(blocks, axis=1)
    return made


def _jacobians(cell, run):
    """∂h_T/∂h_{T-1}, ∂h_T/∂h_{T-2}, …: one more step back each time."""
    d_state = cell.basis(1)
    for values in reversed(run.steps):
        d_state, _ = cell.back_in_time(d_state, values)
        yield np.concatenate(d_state, axis=-1)[:, 0]


def _numbers(radii):
    radii = [radii] if isinstance(radii, int | float) else list(radii)
    if not radii or not all(isinstance(r, int | float | np.number) and 0 < r < np.inf for r in radii):
        raise InspectionError(f"`radii` must be positive numbers. Received: radii={radii!r}")
    return [float(r) for r in radii]


def _seeds(seeds):
    if isinstance(seeds, int | np.integer) and not isinstance(seeds, bool) and seeds > 0:
        return list(range(seeds))
    if isinstance(seeds, list | tuple | range) and seeds and all(isinstance(s, int) and s >= 0 for s in seeds):
        return list(seeds)
    raise InspectionError(f"`seeds` must be a positive number of seeds or a list of them. Received: seeds={seeds!r}")
