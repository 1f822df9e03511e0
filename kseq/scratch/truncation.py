"""Truncated backpropagation through time: row R8."""

from dataclasses import dataclass

import numpy as np

from kseq.scratch.runs import shapes
from kseq.scratch.walking import sweeps


@dataclass(repr=False)
class Chunk:
    """A piece of the sequence, run forward and back."""

    start: int
    """its first step"""
    stop: int
    """the step after its last"""
    loss: float
    """the loss of this piece"""
    gradients: dict
    """∂(loss of this piece)/∂θ with the state before it taken as a constant"""
    outputs: np.ndarray
    """`(batch, stop - start, …)`"""
    state: tuple
    """the state after it: the next piece starts from here"""

    def __repr__(self):
        arrays = f"outputs {self.outputs.shape}; gradients: {shapes(self.gradients)}"
        return f"Chunk({self.start}:{self.stop}, loss {self.loss:.6g}; {arrays})"


def truncated_bptt(model, x, targets, loss, tau, state=None, mask=None):
    """Splits long sequences into chunks of τ steps but keeps the hidden connection.

    The state goes on from chunk to chunk, so the way forward is that of the whole sequence; the gradient stops at the
    start of each chunk. It is a generator: change the weights between two chunks, or add the gradients up. With
    τ ≥ T there is one chunk, and the gradient is the full one.

    (A cell's own `backward(…, tau=τ)` truncates otherwise: there *every* step's loss goes back exactly τ steps.)

    Args:
        model: a recurrent cell, or a `Stacked` of layers that read forward.
        x: `(batch, steps, d)`, or ids `(batch, steps)`.
        targets: `(batch, steps, …)`.
        loss: function `(outputs, targets)` -> `(loss, d_outputs)`, such as those in `losses.py`; with a mask it gets
            `mask=`, too. With `reduction="sum"` the chunks' losses add up to that of the whole sequence; with `"mean"`
            each chunk has its own mean.
        tau: τ, the number of steps in a chunk (the last one may be shorter).
        state: the state to start from, zeros if `None`; give `chunk.state` of the last chunk to go on.
        mask: `(batch, steps)`, True for the steps that count.

    Returns:
        A generator of a `Chunk` for each piece.
    """
    x, targets = np.asarray(x), np.asarray(targets)
    steps = x.shape[1]
    sweeps(steps, tau)  # checks tau
    layers = (model, *getattr(model, "layers", ()))
    if any(hasattr(layer, "backward_cell") for layer in layers):
        raise ValueError("model: a bidirectional layer reads the end first, so it cannot run in chunks")
    if any(hasattr(layer, "sees_all_steps") for layer in layers):
        raise ValueError("model: attention looks at all steps and carries no state, so it cannot run in chunks")
    if targets.shape[:2] != x.shape[:2]:
        raise ValueError(f"targets: expected the shape {x.shape[:2]} + …. Received: targets.shape={targets.shape}")
    return chunks(model, x, targets, loss, steps if tau is None else tau, state, mask)


def chunks(model, x, targets, loss, tau, state, mask):
    for start in range(0, x.shape[1], tau):
        part = np.s_[:, start : start + tau]
        masks = {} if mask is None else {"mask": np.asarray(mask)[part]}
        # forward from the state that the chunk before has left …
        run = model.forward(x[part], state, **masks)
        value, d_outputs = loss(run.outputs, targets[part], **masks)
        # … and back to the start of the chunk, no further
        gradients = model.backward(run, d_outputs).gradients
        state = run.state
        yield Chunk(start, start + x[part].shape[1], value, gradients, run.outputs, state)
