"""Outputs and gradients of a layer as NumPy arrays, on whichever backend is active."""

import keras
import numpy as np
from keras import ops

TOLERANCE = 1e-5  # of the largest absolute value


class Evaluator:
    """Calls a built layer and differentiates a weighted sum of everything that it returns.

    `Evaluator(layer)(x, mask, states, seen)` returns two lists of arrays: the outputs (sequence or last step, then
    the states), and the gradients with respect to the weights, the input and the initial states. `seen` is a mask of
    the steps of the first output that count.
    """

    def __init__(self, layer, training=False):
        self.layer = layer
        self.training = training
        self.gradients = getattr(self, "_" + keras.backend.backend())
        if keras.backend.backend() == "jax":
            import jax

            self.differentiated = jax.jit(jax.grad(self._stateless, argnums=(0, 1, 2), has_aux=True))

    def __call__(self, x, mask=None, states=None, seen=None):
        outputs, gradients = self.gradients(x, mask, list(states or []), seen)
        return _numbers(outputs), _numbers(gradients)

    def _call(self, x, mask, states, seen, call=None):
        options = {"mask": mask, "training": self.training} | ({"initial_state": states} if states else {})
        outputs = keras.tree.flatten((call or self.layer)(x, **options))
        if seen is not None:
            seen = ops.cast(ops.convert_to_tensor(seen), outputs[0].dtype)
            outputs[0] = outputs[0] * (seen[..., None] if len(outputs[0].shape) == 3 else seen[:, -1:])
        # a sum with weights that differ for every number, so that no error cancels
        loss = 0.0
        for k, y in enumerate(outputs):
            weights = np.cos(np.arange(np.prod(y.shape)) * 0.7 + k).reshape(y.shape).astype("float32")
            loss = loss + ops.sum(ops.cast(y, "float32") * ops.convert_to_tensor(weights))
        return loss, outputs

    def _tensorflow(self, x, mask, states, seen):
        import tensorflow as tf

        x, *states = [tf.constant(a) for a in (x, *states)]
        wanted = [*(v.value for v in self.layer.trainable_variables), x, *states]
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            loss, outputs = self._call(x, mask, states, seen)
        return outputs, tape.gradient(loss, wanted, unconnected_gradients="zero")

    def _stateless(self, trainable, x, states, mask, seen, others):
        def call(x, **options):
            return self.layer.stateless_call(trainable, others, x, **options)[0]

        return self._call(x, mask, states, seen, call)

    def _jax(self, x, mask, states, seen):
        trainable = [v.value for v in self.layer.trainable_variables]
        others = [v.value for v in self.layer.non_trainable_variables]
        gradients, outputs = self.differentiated(trainable, x, states, mask, seen, others)
        return outputs, keras.tree.flatten(gradients)

    def _torch(self, x, mask, states, seen):
        import torch

        x, *states = [torch.tensor(a, requires_grad=True) for a in (x, *states)]
        mask = None if mask is None else torch.tensor(mask)
        wanted = [*(v.value for v in self.layer.trainable_variables), x, *states]
        loss, outputs = self._call(x, mask, states, seen)
        gradients = torch.autograd.grad(loss, wanted, allow_unused=True)
        return outputs, [torch.zeros_like(w) if g is None else g for g, w in zip(gradients, wanted, strict=True)]


def _numbers(tensors):
    return [ops.convert_to_numpy(ops.cast(ops.stop_gradient(t), "float32")) for t in tensors]


def assert_close(actual, expected, what="", tolerance=TOLERANCE):
    """Every array equals the expected one up to a share of its largest absolute value."""
    assert len(actual) == len(expected), what
    for number, (a, e) in enumerate(zip(actual, expected, strict=True)):
        a, e = np.asarray(a, "float64"), np.asarray(e, "float64")
        assert a.shape == e.shape, f"{what} [{number}]: {a.shape} != {e.shape}"
        worst, scale = np.abs(a - e).max(initial=0), np.abs(e).max(initial=0)
        # a NaN is not smaller than anything
        assert worst <= tolerance * max(scale, 1e-2), f"{what} [{number}]: off by {worst:.2e} of {scale:.2e}"
