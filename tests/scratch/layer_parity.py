"""A layer and its twin side by side: outputs, attention weights, and all gradients."""

import keras
import numpy as np
from keras import ops

from kseq.scratch import read_weights
from tests.scratch import keras_gradients

# Inside of a layer of float64, some things are computed in float32: on torch every product (Keras's `matmul`), on JAX
# and torch layer normalisation, everywhere the angles of kseq's positions.
SINGLE = {"atol": 1e-5, "rtol": 1e-5}
DOUBLE = SINGLE if keras.backend.backend() == "torch" else {"atol": 1e-6, "rtol": 0}
DOUBLE_WITH_NORM = DOUBLE if keras.backend.backend() == "tensorflow" else SINGLE


def fill(layer, shapes, seed=0):
    """Builds the layer for inputs of these shapes and gives it weights with nothing zero in them."""
    layer.build(*shapes)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(scale=0.5, size=np.shape(w)) for w in layer.get_weights()])
    return layer


class Called:
    """A layer with fixed arguments, as `keras_gradients.run` calls it: the first input and a list of the others."""

    def __init__(self, layer, options):
        self.layer, self.options = layer, options
        self.trainable_variables = layer.trainable_variables

    def __call__(self, x, initial_state=()):
        return self.layer(x, *initial_state, **self.options)


def assert_same(layer, inputs, masks=None, layer_masks=None, attentions=("weights",), close=DOUBLE):
    """Outputs, attention weights and gradients of a layer are those of its twin.

    Args:
        layer: a built layer.
        inputs: arrays, in the order in which layer and twin take them.
        masks: what the twin's `forward` gets besides.
        layer_masks: the same for the layer.
        attentions: where the twin's run has the attention weights that the layer returns.
        close: tolerance.
    """
    twin = read_weights(layer)
    run = twin.forward(*inputs, **(masks or {}))
    d_outputs = np.random.default_rng(9).normal(size=run.outputs.shape)
    back = twin.backward(run, d_outputs)

    masks = {n: m if isinstance(m, bool) else ops.convert_to_tensor(m) for n, m in (layer_masks or {}).items()}
    options = masks | ({"return_attention_scores": True} if attentions else {})
    x, *others = inputs
    d_all = [d_outputs, *(np.zeros(run[name].shape) for name in attentions)]
    outputs, d_weights, d_x, d_others = keras_gradients.run(Called(layer, options), x, d_all, state=others)

    np.testing.assert_allclose(run.outputs, outputs[0], **close)
    for name, theirs in zip(attentions, outputs[1:], strict=True):
        np.testing.assert_allclose(run[name], theirs, **close)
    for (name, ours), theirs in zip(back.d_inputs.items(), [d_x, *d_others], strict=True):
        np.testing.assert_allclose(ours, theirs, err_msg=name, **close)
    theirs = {id(v): d for v, d in zip(layer.trainable_variables, d_weights, strict=True)}
    for name, ours in back.gradients.items():
        d = theirs.pop(id(variable(layer, name)))
        np.testing.assert_allclose(ours, d.reshape(ours.shape), err_msg=name, **close)
    assert not theirs


def variable(layer, name):
    """The variable of the layer for a parameter of the twin, such as "W_Q" or "self_attention/W_Q"."""
    part, _, weight = name.rpartition("/")
    letter, _, of = weight.partition("_")
    if part == "feed_forward":
        return getattr(getattr(layer, {"1": "intermediate", "2": "output_projection"}[of]), KINDS[letter])
    if part:
        return variable(getattr(layer, part), weight)
    roles = {"Q": "query", "K": "key", "V": "value", "O": "output"}
    if of in roles and hasattr(layer, f"_{roles[of]}_dense"):  # Keras's own
        return getattr(getattr(layer, f"_{roles[of]}_dense"), KINDS[letter])
    own = {"W": "kernel", "E": "position_embeddings"}.get(weight, weight)
    return getattr(layer, f"{roles[of]}_{KINDS[letter]}" if of in roles else own)


KINDS = {"W": "kernel", "b": "bias"}
