"""What is asked of a Keras layer: its weights, its activation, its name. No Keras is imported."""

import numpy as np

from kseq.scratch.activations import ACTIVATIONS


def weights_of(layer, number=None):
    weights = [np.asarray(w) for w in layer.get_weights()]
    if not weights or (number is not None and len(weights) != number):
        expected = "weights" if number is None else f"{number} weights"
        raise ValueError(
            f"layer: expected a built layer with {expected} (call it once, or build it). "
            f"Received: {describe(layer)} with {len(weights)}"
        )
    return weights


def activation_of(layer, name):
    """Its name if it is Keras's own and in our table; else the layer's function, for the way forward only."""
    function = getattr(layer, name)
    module, known = getattr(function, "__module__", "") or "", getattr(function, "__name__", "")
    if known in ACTIVATIONS and (module.startswith("keras.src.activations") or is_simple_op(module, known)):
        return known

    def activation(a):
        y = function(a)
        y = y.detach().cpu() if hasattr(y, "detach") else y
        return np.asarray(y, a.dtype)

    return activation


def is_simple_op(module, name):
    """`keras.ops.tanh` is `keras.activations.tanh`; with other functions the defaults may differ (gelu's do)."""
    return module.startswith("keras.src.ops") and name in ("tanh", "sigmoid", "relu")


def describe(layer):
    return f"{type(layer).__name__} {getattr(layer, 'name', '')!r}"
