"""The weights a cell starts with: as in Keras, from a seed of our own."""

import numpy as np


def glorot(shape, seed):
    """Uniform in ±√(6 / (rows + columns)), as Keras starts W."""
    limit = np.sqrt(6 / sum(shape))
    return np.random.default_rng(seed).uniform(-limit, limit, shape)


def orthogonal(rows, columns, seed):
    """A random matrix with orthonormal rows (`rows` ≤ `columns`), as Keras starts U."""
    q, r = np.linalg.qr(np.random.default_rng([seed, 1]).normal(size=(columns, rows)))
    return (q * np.sign(np.diag(r))).T


def zeros(shape, dtype):
    return np.zeros(shape, dtype)
