"""Reading in both directions: row G4."""

import numpy as np

from kseq.scratch.checks import check_shape
from kseq.scratch.runs import Back

MERGE_MODES = ("concat", "sum", "ave", "mul")


class Bidirectional:
    """One cell reads from the start, another from the end; at each position both know their side of the sentence.

    Args:
        forward_cell: reads x_1 … x_T.
        backward_cell: reads x_T … x_1.
        merge_mode: how the two outputs become one: `"concat"`, `"sum"`, `"ave"` or `"mul"`.
        return_sequences: outputs of all positions, `(batch, steps, …)` in the order of the input; or, if False, the two
            last ones merged, `(batch, …)`: the backward cell's last output has read x_1.

    As in Keras, the outputs of masked steps are 0 if all are returned (a cell alone would repeat the one before).
    """

    def __init__(self, forward_cell, backward_cell, merge_mode="concat", return_sequences=True):
        if merge_mode not in MERGE_MODES:
            raise ValueError(f"merge_mode: expected one of {', '.join(MERGE_MODES)}. Received: {merge_mode=}")
        self.forward_cell = forward_cell
        self.backward_cell = backward_cell
        self.merge_mode = merge_mode
        self.return_sequences = return_sequences

    @property
    def parameters(self):
        return self._named(self.forward_cell.parameters, self.backward_cell.parameters)

    def initial_state(self, batch_size):
        """The two cells' initial states."""
        return self.forward_cell.initial_state(batch_size), self.backward_cell.initial_state(batch_size)

    def forward(self, x, state=None, mask=None):
        """Both walks through time.

        Args:
            x: `(batch, steps, d)`.
            state: pair of initial states; zeros if `None`.
            mask: `(batch, steps)`, True for the steps that count.

        Returns:
            A `BidirectionalRun`.
        """
        state_f, state_b = (None, None) if state is None else state
        run_f = self.forward_cell.forward(x, state_f, mask)
        run_b = self.backward_cell.forward(x, state_b, mask, go_backwards=True)
        mask = None if run_f.mask is None else run_f.mask[..., None]
        run = BidirectionalRun(run_f, run_b, mask if self.return_sequences else None)
        run.outputs = self._merge(*self._outputs(run))
        return run

    def backward(self, run, d_outputs=None, d_state=None):
        """Both ways back.

        Args:
            run: what `forward` gave.
            d_outputs: ∂L/∂outputs, in their shape.
            d_state: pair of ∂L/∂(last states).

        Returns:
            A `Back`; the two cells' parts of `gradients` and `d_states` are named "forward/…" and "backward/…", and
            `d_states` is in the order in which each cell read.
        """
        d = np.zeros_like(run.outputs) if d_outputs is None else np.asarray(d_outputs, run.outputs.dtype)
        check_shape(d, "d_outputs", run.outputs.shape)
        if run.mask is not None:  # 0 there, whatever the states
            d = np.where(run.mask, d, 0)
        d_f, d_b = self._split(d, *self._outputs(run))
        d_state_f, d_state_b = (None, None) if d_state is None else d_state
        if self.return_sequences:
            back_f = self.forward_cell.backward(run.forward, d_f, d_state_f)
            back_b = self.backward_cell.backward(run.backward, d_b[:, ::-1], d_state_b)
        else:
            back_f = self.forward_cell.backward(run.forward, None, d_state_f, d_last=d_f)
            back_b = self.backward_cell.backward(run.backward, None, d_state_b, d_last=d_b)
        return Back(
            self._named(back_f.gradients, back_b.gradients),
            # both have read x: ∂L/∂x adds up
            back_f.d_x + back_b.d_x,
            (back_f.d_initial_state, back_b.d_initial_state),
            self._named(back_f.d_states, back_b.d_states),
        )

    def _outputs(self, run):
        """The two cells' outputs, position by position (or the last ones)."""
        if not self.return_sequences:
            return run.forward.last, run.backward.last
        y_f, y_b = run.forward.outputs, run.backward.outputs[:, ::-1]
        return (y_f, y_b) if run.mask is None else (np.where(run.mask, y_f, 0), np.where(run.mask, y_b, 0))

    def _merge(self, y_f, y_b):
        if self.merge_mode == "concat":
            return np.concatenate([y_f, y_b], axis=-1)
        if self.merge_mode == "mul":
            return y_f * y_b
        return y_f + y_b if self.merge_mode == "sum" else 0.5 * (y_f + y_b)

    def _split(self, d, y_f, y_b):
        """∂L/∂(each cell's outputs) from ∂L/∂(merged outputs)."""
        if self.merge_mode == "concat":
            return d[..., : y_f.shape[-1]], d[..., y_f.shape[-1] :]
        if self.merge_mode == "mul":
            return d * y_b, d * y_f
        return (d, d) if self.merge_mode == "sum" else (0.5 * d, 0.5 * d)

    @staticmethod
    def _named(forward, backward):
        named = {f"forward/{name}": array for name, array in forward.items()}
        return named | {f"backward/{name}": array for name, array in backward.items()}


class BidirectionalRun:
    """A forward pass in both directions: `.forward` and `.backward` are two `Run`s, `.outputs` what came of them."""

    def __init__(self, forward, backward, mask):
        self.forward = forward
        self.backward = backward
        self.mask = mask
        self.outputs = None

    @property
    def state(self):
        """The two cells' states after their last steps."""
        return self.forward.state, self.backward.state
