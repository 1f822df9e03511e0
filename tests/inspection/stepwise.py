"""Gradients at every state without BPTT: Keras's own cells step by step, with something to add at each step."""

import numpy as np
from keras import ops

from kseq.backend.gradients import value_and_gradients


class Walker:
    """Walks through time with a layer's cell(s); adds `changes[name][state][:, t]` to the states after each step t."""

    def __init__(self, changes):
        self.changes = changes

    def __call__(self, name, layer, x, mask=None, states=None, names=None):
        """Returns the outputs of all steps in the order of the input, and the final states, flat."""
        cells = getattr(layer.cell, "cells", [layer.cell])
        names = names or [name] if len(cells) == 1 else [f"{name}/{k}" for k in range(len(cells))]
        steps = x.shape[1]
        order = range(steps)[::-1] if layer.go_backwards else range(steps)
        sizes = [np.ravel(cell.state_size).tolist() for cell in cells]
        if states is None:
            states = [[ops.zeros((x.shape[0], n)) for n in size] for size in sizes]
        outputs, shown = [None] * steps, ops.zeros((x.shape[0], sizes[-1][0]))
        for t in order:
            value, m = x[:, t], None if mask is None else ops.convert_to_tensor(mask[:, t, None])
            for k, cell in enumerate(cells):
                value, new = cell(value, states[k])
                new = list(new) if isinstance(new, list | tuple) else [new]
                new = new if m is None else [ops.where(m, n, s) for n, s in zip(new, states[k], strict=True)]
                states[k] = [n + e[:, t] for n, e in zip(new, self.changes[names[k]], strict=True)]
                value = states[k][0]
            shown = value if m is None else ops.where(m, value, shown)
            outputs[t] = shown
        return ops.stack(outputs, axis=1), [s for state in states for s in state]


def stepwise_gradients(function, shapes):
    """The loss and its gradients at every state.

    Args:
        function: takes a `Walker`, returns the loss.
        shapes: name -> list of `(batch, steps, units)`, one per state.
    """
    names = list(shapes)
    arrays = [np.zeros(shape, "float32") for name in names for shape in shapes[name]]

    def loss(*tensors):
        tensors = iter(tensors)
        return function(Walker({name: [next(tensors) for _ in shapes[name]] for name in names}))

    value, gradients = value_and_gradients(loss, *arrays)
    gradients = iter(gradients)
    return float(value), {name: [next(gradients) for _ in shapes[name]] for name in names}
