"""Layers on top of each other: what one gives, the next one reads."""

import numpy as np

from kseq.scratch.matrices import MatrixRun
from kseq.scratch.runs import Back, FlatRun, Run


class Stacked:
    """A stack of layers: recurrent ones (the outputs of all steps go up), `Embedding`, `Dense`, `Last`, or a
    Transformer: `PositionalEncoding`, `TransformerEncoder`, `TransformerDecoder` (without an encoder) and their parts.

    The parameters are named "0/W", "0/U", "1/W_Y", …: the number of the layer and its own name.

    Args:
        layers: list of layers, the lowest first.

    Example:

    >>> model = Stacked([Embedding.random(100, 8), LSTM.random(8, 16), Last(), Dense.random(16, 1)])
    """

    def __init__(self, layers):
        self.layers = list(layers)
        if not self.layers:
            raise ValueError("layers: expected at least one. Received: layers=[]")

    @property
    def parameters(self):
        return named([layer.parameters for layer in self.layers])

    def initial_state(self, batch_size):
        """One entry per layer: its own initial state; `()` for a layer without one."""
        return tuple(layer.initial_state(batch_size) if has_state(layer) else () for layer in self.layers)

    def forward(self, x, state=None, mask=None, go_backwards=False):
        """From the bottom to the top.

        Args:
            x: what the lowest layer reads: `(batch, steps, d)`, or ids `(batch, steps)`.
            state: one entry per layer, as `initial_state` gives; zeros if `None`.
            mask: `(batch, steps)`, True for the steps that count; every layer that looks at other steps gets it.
            go_backwards: read x from its end. The results are in the order of processing.

        Returns:
            A `StackedRun`.
        """
        x = np.asarray(x)
        if state is None:
            state = self.initial_state(len(x))
        if len(state) != len(self.layers):
            raise ValueError(f"state: expected one entry per layer, {len(self.layers)}. Received: {len(state)}")
        if go_backwards:
            x, mask = x[:, ::-1], None if mask is None else np.asarray(mask)[:, ::-1]
        runs = []
        for layer, s in zip(self.layers, state, strict=True):
            if has_state(layer):
                run = layer.forward(x, state=none_if_empty(s), mask=mask)
            else:
                run = layer.forward(x, mask=mask) if sees_all_steps(layer) else layer.forward(x)
            runs.append(run)
            x = run.outputs
        return StackedRun(runs, go_backwards)

    def backward(self, run, d_outputs=None, d_state=None, *, d_last=None):
        """From the top to the bottom: ∂L/∂x of one layer is ∂L/∂outputs of the layer below.

        Args:
            run: what `forward` gave.
            d_outputs: ∂L/∂outputs, in their shape.
            d_state: ∂L/∂(last state), one entry per layer.
            d_last: ∂L/∂(last output), where only that is used.

        Returns:
            A `Back`; `d_initial_state` has an entry per layer, `d_states` names like "0/h".
        """
        if d_last is not None or d_outputs is None:
            outputs = run.outputs
            d_outputs = np.zeros_like(outputs) if d_outputs is None else np.array(d_outputs, outputs.dtype)
            if d_last is not None:
                d_outputs[:, -1] += d_last
        d_state = [None] * len(self.layers) if d_state is None else d_state
        backs = []
        for layer, below, d_s in reversed(list(zip(self.layers, run.runs, d_state, strict=True))):
            back = (
                layer.backward(below, d_outputs, d_s or None) if has_state(layer) else layer.backward(below, d_outputs)
            )
            backs.insert(0, back)
            d_outputs = back.d_x
        d_x = d_outputs[:, ::-1] if run.go_backwards and d_outputs is not None else d_outputs
        return Back(
            named([back.gradients for back in backs]),
            d_x,
            tuple(back.d_initial_state for back in backs),
            named([back.d_states or {} for back in backs]),
        )


class StackedRun:
    """A forward pass of a stack: `.runs` has the `Run` of each layer, `.outputs` is what the top one gave."""

    def __init__(self, runs, go_backwards=False):
        self.runs = runs
        self.go_backwards = go_backwards

    @property
    def outputs(self):
        return self.runs[-1].outputs

    @property
    def last(self):
        """The last step of the outputs."""
        return self.outputs[:, -1]

    @property
    def mask(self):
        """The mask in the order of processing, or `None`."""
        masks = (run.mask for run in self.runs if isinstance(run, Run | StackedRun | MatrixRun))
        return next((mask for mask in masks if mask is not None), None)

    @property
    def state(self):
        """The state after the last step, one entry per layer; `()` for a layer without one."""
        return tuple(run.state if isinstance(run, Run | StackedRun) else () for run in self.runs)


class Last:
    """Takes the last output of a sequence: many-to-one (row S3). After a masked run it is the last one that counts."""

    parameters: dict = {}  # noqa: RUF012

    def forward(self, x):
        """`(batch, steps, units)` -> a `FlatRun` with `.outputs` `(batch, units)`."""
        return FlatRun(x[:, -1], {"x": x})

    def backward(self, run, d_outputs):
        """The gradient goes to the last step; the others get none from here."""
        d_x = np.zeros_like(run.values["x"])
        d_x[:, -1] = d_outputs
        return Back({}, d_x)


def has_state(layer):
    return hasattr(layer, "initial_state")


def sees_all_steps(layer):
    """Whether a layer without a state looks at other steps all the same: attention does."""
    return getattr(layer, "sees_all_steps", False)


def none_if_empty(state):
    return None if state is None or len(state) == 0 else state


def named(dicts):
    """One dict from several: the number of each, a slash, and the name in it."""
    return {f"{n}/{name}": array for n, d in enumerate(dicts) for name, array in d.items()}
