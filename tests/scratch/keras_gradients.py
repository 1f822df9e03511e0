"""Outputs and gradients of a Keras layer by the backend's own automatic differentiation."""

import keras
import numpy as np
from keras import ops


def run(layer, x, weights, *, state=None, mask=None):
    """Outputs of a layer, and the gradients of Σ weights·outputs.

    Args:
        layer: a built layer.
        x: array of inputs.
        weights: one array for each output of the layer.
        state: list of arrays, the initial state; or `None`.
        mask: booleans or `None`.

    Returns:
        `(outputs, d_weights, d_x, d_state)`, lists of arrays but for d_x.
    """
    return BACKENDS[keras.backend.backend()](layer, x, weights, state or [], mask)


def call(layer, x, state, mask):
    options = {"mask": ops.convert_to_tensor(mask)} if mask is not None else {}
    if state:
        options["initial_state"] = state
    return keras.tree.flatten(layer(x, **options))


def total(outputs, weights):
    return sum(ops.sum(y * ops.cast(w, y.dtype)) for y, w in zip(outputs, weights, strict=True))


def on_tensorflow(layer, x, weights, state, mask):
    import tensorflow as tf

    x, state = tf.constant(x), [tf.constant(s) for s in state]
    with tf.GradientTape() as tape:
        tape.watch([x, *state])
        outputs = call(layer, x, state, mask)
        loss = total(outputs, weights)
    sources = [[v.value for v in layer.trainable_variables], x, state]
    d_weights, d_x, d_state = tape.gradient(loss, sources, unconnected_gradients="zero")
    return numbers(outputs), numbers(d_weights), numbers([d_x])[0], numbers(d_state)


def on_jax(layer, x, weights, state, mask):
    import jax

    def loss(variables, x, state):
        with keras.StatelessScope(list(zip(layer.trainable_variables, variables, strict=True))):
            outputs = call(layer, x, state, mask)
        return total(outputs, weights), outputs

    arguments = (
        [v.value for v in layer.trainable_variables],
        jax.numpy.asarray(x),
        [jax.numpy.asarray(s) for s in state],
    )
    (_, outputs), gradients = jax.jit(jax.value_and_grad(loss, (0, 1, 2), has_aux=True))(*arguments)
    d_weights, d_x, d_state = gradients
    return numbers(outputs), numbers(d_weights), np.asarray(d_x), numbers(d_state)


def on_torch(layer, x, weights, state, mask):
    import torch

    x, *state = (torch.tensor(a, requires_grad=True) for a in (x, *state))
    outputs = call(layer, x, state, mask)
    sources = [*(v.value for v in layer.trainable_variables), x, *state]
    # a source without any use has the gradient 0
    gradients = torch.autograd.grad(total(outputs, weights), sources, allow_unused=True, materialize_grads=True)
    n = len(gradients) - len(state) - 1
    return numbers(outputs), numbers(gradients[:n]), numbers([gradients[n]])[0], numbers(gradients[n + 1 :])


BACKENDS = {"tensorflow": on_tensorflow, "jax": on_jax, "torch": on_torch}


def numbers(tensors):
    return [ops.convert_to_numpy(t) for t in tensors]
