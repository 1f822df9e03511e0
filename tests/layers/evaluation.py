"""Outputs and gradients of a layer as NumPy arrays, on whichever backend is active."""

import keras
import numpy as np
from keras import ops

TOLERANCE = 1e-5  # of the largest absolute value


def evaluate(layer, x, mask=None, states=None, training=False):
    """Calls a built layer and differentiates a weighted sum of everything that it returns.

    Returns:
        A tuple of two lists of arrays: the outputs (sequence or last step, then the states), and the gradients with
        respect to the weights, the input and the initial states.
    """
    states = list(states or [])
    backend = keras.backend.backend()
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[backend](layer, x, mask, states, training)


def assert_close(actual, expected, what="", tolerance=TOLERANCE):
    """Every array equals the expected one up to a share of its largest absolute value."""
    assert len(actual) == len(expected), what
    for number, (a, e) in enumerate(zip(actual, expected, strict=True)):
        a, e = np.asarray(a, "float64"), np.asarray(e, "float64")
        assert a.shape == e.shape, f"{what} [{number}]: {a.shape} != {e.shape}"
        worst, scale = np.abs(a - e).max(initial=0), np.abs(e).max(initial=0)
        assert worst <= tolerance * max(scale, 1e-3), f"{what} [{number}]: differs by {worst:.2e} of {scale:.2e}"


def _loss(outputs):
    """A sum with weights that differ for every number, so that no error cancels."""
    total = 0.0
    for k, y in enumerate(outputs):
        weights = np.cos(np.arange(np.prod(y.shape)) * 0.7 + k).reshape(y.shape)
        total = total + ops.sum(ops.cast(y, "float32") * ops.convert_to_tensor(weights, dtype="float32"))
    return total


def _call(layer, x, mask, states, training):
    options = {"mask": mask, "training": training}
    if states:
        options["initial_state"] = states
    return keras.tree.flatten(layer(x, **options))


def _numbers(tensors):
    return [ops.convert_to_numpy(ops.cast(t, "float32")) for t in tensors]


def _tensorflow(layer, x, mask, states, training):
    import tensorflow as tf

    x, *states = [tf.constant(a) for a in (x, *states)]
    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = _call(layer, x, mask, states, training)
        loss = _loss(outputs)
    gradients = tape.gradient(loss, [*weights, x, *states], unconnected_gradients="zero")
    return _numbers(outputs), _numbers(gradients)


def _jax(layer, x, mask, states, training):
    import jax

    trainable = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]

    def loss(trainable, x, states):
        options = {"mask": mask, "training": training}
        if states:
            options["initial_state"] = states
        outputs, _ = layer.stateless_call(trainable, others, x, **options)
        outputs = keras.tree.flatten(outputs)
        return _loss(outputs), outputs

    arguments = trainable, ops.convert_to_tensor(x), [ops.convert_to_tensor(s) for s in states]
    gradients, outputs = jax.grad(loss, argnums=(0, 1, 2), has_aux=True)(*arguments)
    # a plain call, too, so that states are updated as a user sees it
    outputs = _call(layer, x, mask, states, training) if getattr(layer, "stateful", False) else outputs
    return _numbers(outputs), _numbers(keras.tree.flatten(gradients))


def _torch(layer, x, mask, states, training):
    import torch

    x, *states = [torch.tensor(a, requires_grad=True) for a in (x, *states)]
    mask = None if mask is None else torch.tensor(mask)
    weights = [v.value for v in layer.trainable_variables]
    outputs = _call(layer, x, mask, states, training)
    wanted = [*weights, x, *states]
    gradients = torch.autograd.grad(_loss(outputs), wanted, allow_unused=True)
    gradients = [torch.zeros_like(w) if g is None else g for g, w in zip(gradients, wanted, strict=True)]
    return _numbers([o.detach() for o in outputs]), _numbers(gradients)
