"""A layer and its twin side by side: outputs, attention weights, and all gradients."""

import numpy as np
from keras import ops

from kseq.scratch import read_weights
from tests.scratch import keras_gradients


def fill(layer, shapes, seed=0):
    """Builds the layer for inputs of these shapes and gives it weights with nothing zero in them."""
    layer.build(*shapes)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(scale=0.5, size=np.shape(w)) for w in layer.get_weights()])
    return layer


class Called:
    """A layer with fixed arguments, as `keras_gradients.run` calls it: the first input and a list of the others."""

    def __init__(self, layer, **options):
        self.layer, self.options = layer, options
        self.trainable_variables = layer.trainable_variables

    def __call__(self, x, initial_state=()):
        return self.layer(x, *initial_state, **self.options)


def gradients_of_layer(layer, inputs, d_outputs, **options):
    """Outputs, ∂L/∂weights and ∂L/∂inputs; outputs beyond the first, attention weights, have no part in L."""
    x, *others = inputs
    outputs = layer(*inputs, **options)
    shown = outputs if isinstance(outputs, tuple | list) else [outputs]
    weights = [d_outputs, *(np.zeros(y.shape) for y in shown[1:])]
    outputs, d_weights, d_x, d_others = keras_gradients.run(Called(layer, **options), x, weights, state=others)
    return outputs, d_weights, [d_x, *d_others]


def as_layer_masks(layer, masks):
    """`mask` is called `value_mask` there, and Keras's own layers take masks as one."""
    names = {"mask": "value_mask"}
    return {names.get(name, name): m if isinstance(m, bool) else ops.convert_to_tensor(m) for name, m in masks.items()}


def assert_same(layer, inputs, masks, atol=1e-6):
    """Outputs, attention weights and gradients of an attention layer are those of its twin."""
    twin = read_weights(layer)
    run = twin.forward(*inputs, **masks)
    d_outputs = np.random.default_rng(9).normal(size=run.outputs.shape)
    back = twin.backward(run, d_outputs)
    options = as_layer_masks(layer, masks) | {"return_attention_scores": True}
    (outputs, weights), d_weights, d_inputs = gradients_of_layer(layer, inputs, d_outputs, **options)
    close = {"atol": atol, "rtol": 0}
    np.testing.assert_allclose(run.outputs, outputs, **close)
    np.testing.assert_allclose(run["weights"], weights, **close)
    for ours, theirs in zip(back.d_inputs.values(), d_inputs, strict=True):
        np.testing.assert_allclose(ours, theirs, **close)
    for (name, ours), theirs in zip(back.gradients.items(), d_weights, strict=True):
        np.testing.assert_allclose(ours, theirs.reshape(ours.shape), err_msg=name, **close)
