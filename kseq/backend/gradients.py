"""Gradients of anything that runs eagerly, as NumPy arrays, on every backend.

    values, (d_x,) = value_and_gradients(lambda x: ops.mean(model(x)), x)

`numpy_function` lets plain NumPy code take part: it brings its own gradient, and the backend's automatic
differentiation calls that at its turn.
"""

import importlib

import keras
import numpy as np


class NotEagerError(RuntimeError):
    """The numbers are not known now: this runs inside compiled or vectorised code."""


def _module():
    return importlib.import_module(f"kseq.backend.gradients_{keras.backend.backend()}")


def value_and_gradients(function, *arrays, variables=()):
    """Computes a function of arrays, and its gradients.

    The function runs eagerly, inside a `keras.StatelessScope`: whatever it assigns to a variable (a state, a metric)
    is gone afterwards, so that no model is changed by looking at it.

    Args:
        function: takes as many tensors as there are `arrays`, returns one tensor with one number or with K of them.
        *arrays: NumPy arrays of floats.
        variables: the Keras variables that `function` reads, where it needs their regularisation terms: inside such
            a scope Keras finds their values only if they were handed over.

    Returns:
        A tuple `(value, gradients)` of NumPy arrays. `value` is `()` or `(K,)`; `gradients` has one array for each of
        `arrays`, in its shape or, for K numbers, `(K, *shape)`.
    """

    mapping = [(variable, variable.value) for variable in variables]

    def stateless(*tensors):
        with keras.StatelessScope(mapping, collect_losses=True):
            return function(*tensors)

    value, gradients = _module().value_and_gradients(stateless, arrays)
    return value, [g if np.ndim(value) else g[0] for g in gradients]


def numpy_function(forward, backward, *tensors):
    """Calls NumPy code in the middle of a computation that is to be differentiated.

    Args:
        forward: takes NumPy arrays, returns a tuple of NumPy arrays.
        backward: takes as many gradients as `forward` returned arrays, returns one gradient for each argument of
            `forward`. It is called once for every number that is differentiated, after `forward`.
        *tensors: tensors of floats. Half precision comes in and goes out, but NumPy computes in float32.

    Returns:
        A tuple of tensors, with the dtype of the first of `tensors`.

    Raises:
        NotEagerError: the tensors have no values now.
    """
    return _module().numpy_function(_in_full_precision(forward), _in_full_precision(backward), tensors)


def _in_full_precision(function):
    def run(*arrays):
        arrays = [np.asarray(a) for a in arrays]
        return function(*[a if a.dtype in (np.float32, np.float64) else a.astype(np.float32) for a in arrays])

    return run
