"""What `gradient_flow` returns: the gradients at the states, and the Jacobians between them (row R9)."""

import dataclasses
import functools

import numpy as np

from kseq import scratch
from kseq.inspection.errors import InspectionError, no_such


@dataclasses.dataclass(eq=False)
class StateGradients:
    """The gradients at the states of one cell. Position t is that of the input, also in a layer that reads backwards.

    Args:
        values: "h" (and "c" for an LSTM) -> ∂L/∂h_t, `(batch, steps, units)`; NaN at masked steps.
        go_backwards: whether the layer reads from the last position to the first.
        cell: the cell, as in `kseq.scratch`.
        run: its forward pass, in the order of processing (`kseq.scratch.Run`).
        tokens: for each example the list of its tokens, or `None`.
    """

    values: dict
    go_backwards: bool
    cell: scratch.Recurrent
    run: scratch.Run
    tokens: list | None = None

    @classmethod
    def of(cls, loop, index, tokens=None):
        """The gradients of one cell of a `Loop`; 0 where the loss does not depend on its layer."""
        run, mask = loop.runs[index], loop.mask
        values = {}
        for name in run.state_names:
            found = np.zeros_like(run.outputs) if loop.gradients is None else loop.gradients[index][name]
            values[name] = loop.in_order(found if mask is None else np.where(mask[..., None], found, np.nan))
        return cls(values, loop.recurrent.go_backwards, loop.cells[index], run, tokens)

    def jacobian(self, t, k, example, block):
        """∂state_t/∂state_k, `(S, S)`: the product of the Jacobians of all steps between, from the last one back."""
        steps = self.run.outputs.shape[1]
        t, k = (steps - 1 - t, steps - 1 - k) if self.go_backwards else (t, k)
        d_state = self.cell.basis(1)
        for step in range(t, k, -1):
            if self.run.mask is None or self.run.mask[example, step]:  # a masked step leaves the state as it is
                values = {name: array[example : example + 1] for name, array in self.run.steps[step].items()}
                d_state = self.cell.back_in_time(d_state, values)[0]
        whole = np.concatenate(d_state, axis=-1)[:, 0]  # rows: entries of state_t, columns: entries of state_k
        if block is None:
            return whole
        rows, columns = (
            np.arange(self.cell.units) + self.cell.units * self.cell.state_names.index(name) for name in block
        )
        return whole[rows[:, None], columns]


@dataclasses.dataclass(eq=False, repr=False)
class GradientFlow:
    """How strongly a loss depends on the states of the recurrent layers at every step; from `gradient_flow`.

    Names are those of `trace`: `"lstm"`, `"bi/forward"`, `"rnn/0"` (a cell of a stack), `"lstm#2"` (the second call of
    a shared layer). Positions are those of the input; masked ones are NaN.

    Args:
        loss: the loss L, dropout switched off.
        states: name -> `StateGradients`.
    """

    loss: float
    states: dict

    @property
    def names(self):
        """The names of the layers."""
        return list(self.states)

    @property
    def tokens(self):
        """name -> for each example the list of its tokens, or `None` where they are not known."""
        return {name: states.tokens for name, states in self.states.items()}

    @functools.cached_property
    def gradients(self):
        """name -> {"h": ∂L/∂h_t, and for an LSTM "c": ∂L/∂c_t}, each `(batch, steps, units)`.

        The states h_t and c_t are taken as two separate things: ∂L/∂h_t with c_t held fixed, and the other way round.
        In a mean over a batch of B examples, each example's gradient is 1/B of what it would be alone.
        """
        return {name: states.values for name, states in self.states.items()}

    @functools.cached_property
    def norms(self):
        """name -> ‖∂L/∂h_t‖, `(batch, steps)`."""
        return {name: np.linalg.norm(values["h"], axis=-1) for name, values in self.gradients.items()}

    @functools.cached_property
    def cell_norms(self):
        """name -> ‖∂L/∂c_t‖, `(batch, steps)`, of the LSTMs: along c the gradient flows on where f is open (G1)."""
        return {name: np.linalg.norm(v["c"], axis=-1) for name, v in self.gradients.items() if "c" in v}

    def jacobian(self, name, t, k, example=0, block=None):
        """∂h_t/∂h_k: how much each unit of the state at position k moves each unit of the state at position t.

        Everything else is held fixed: the layer's inputs between the two positions, the states of other layers and of
        the other cells of a stack. Masked positions in between leave the state as it is.

        Args:
            name: the layer.
            t: position in the input, the later one in the order of reading.
            k: position in the input, the earlier one. In a layer that reads backwards k ≥ t. For k = t the result is
                the identity.
            example: which example of the batch.
            block: for an LSTM, whose state is h and c. `None`: the whole, `(2 * units, 2 * units)`, first h, then c.
                `"hh"`: ∂h_t/∂h_k with c_k held fixed; `"cc"`: ∂c_t/∂c_k with h_k held fixed; `"hc"`: ∂h_t/∂c_k with h_k
                held fixed; `"ch"`: ∂c_t/∂h_k with c_k held fixed.

        Returns:
            An array `(units, units)`: entry [i, j] is ∂h_t[i] / ∂h_k[j].

        Raises:
            InspectionError: there is no such layer, position, example or block.
        """
        states = self._states(name)
        batch, steps, _ = states.run.outputs.shape
        for argument, value, size in (("t", t, steps), ("k", k, steps), ("example", example, batch)):
            if not isinstance(value, int | np.integer) or not 0 <= value < size:
                raise InspectionError(
                    f"`{argument}` must be a whole number from 0 to {size - 1}. Received: {argument}={value!r}"
                )
        if (k < t) if states.go_backwards else (k > t):
            order = "t ≤ k, as it reads backwards" if states.go_backwards else "k ≤ t"
            raise InspectionError(
                f"A state depends on those before it: for the layer {name!r} that is {order}. Received: t={t}, k={k}"
            )
        known = states.cell.state_names
        if block is not None and not (
            isinstance(block, str | tuple | list) and len(block) == 2 and set(block) <= set(known)
        ):
            blocks = ", ".join(repr(a + b) for a in known for b in known)
            raise InspectionError(f"`block` must be {blocks} or None for {name!r}. Received: block={block!r}")
        return states.jacobian(t, k, example, block)

    def singular_values(self, name, t, k, example=0, block=None):
        """The singular values of `jacobian`, largest first: by how much ∂h_t/∂h_k stretches or shrinks a change.

        If all are far below 1, nothing at position k can be learned from position t (vanishing); one above 1 that
        grows with the distance explodes (row R9). The first of them is the norm of the Jacobian.

        Args:
            name, t, k, example, block: as in `jacobian`.

        Returns:
            An array `(units,)`, or `(2 * units,)` for the whole state of an LSTM.
        """
        return np.linalg.svd(self.jacobian(name, t, k, example, block), compute_uv=False)

    def table(self):
        """A `pandas.DataFrame` with a row for each layer, example and step.

        Columns: `layer`, `example`, `step`, `token` (where known), `norm` = ‖∂L/∂h_t‖ and, if there is an LSTM,
        `cell_norm` = ‖∂L/∂c_t‖. Masked steps have no row.
        """
        import pandas as pd

        parts = []
        for name, norms in self.norms.items():
            example, step = np.nonzero(self._not_masked(name))
            part = {"layer": name, "example": example, "step": step}
            tokens = self.tokens[name]
            if any(self.tokens.values()):
                part["token"] = [tokens[e][s] if tokens else "" for e, s in zip(example, step, strict=True)]
            part["norm"] = norms[example, step]
            if self.cell_norms:
                cell = self.cell_norms.get(name)
                part["cell_norm"] = np.nan if cell is None else cell[example, step]
            parts.append(pd.DataFrame(part))
        return pd.concat(parts, ignore_index=True)

    def __repr__(self):
        lines = [f"GradientFlow: loss {self.loss:.4g}; mean ‖∂L/∂h_t‖ over the batch"]
        width = max(map(len, self.names), default=0)
        for name, norms in self.norms.items():
            batch, steps = norms.shape
            seen = self._not_masked(name)
            shown = ", ".join(_at_end(which, norms, seen) for which in ("first", "last"))
            lines.append(f"  {name:{width}}  {batch} × {steps} steps  {shown}")
        return "\n".join(lines)

    def _states(self, name):
        if name not in self.states:
            raise no_such("recurrent layer", name, self.names, argument="name")
        return self.states[name]

    def _not_masked(self, name):
        states = self.states[name]
        shape = states.run.outputs.shape[:2]
        if states.run.mask is None:
            return np.ones(shape, bool)
        return states.run.mask[:, ::-1] if states.go_backwards else states.run.mask


def _at_end(which, norms, seen):
    """`"first step (0) 0.8"`: the mean norm at the first or last step of each example that is not masked."""
    rows = np.flatnonzero(seen.any(axis=1))
    ordered = seen if which == "first" else seen[:, ::-1]
    steps = ordered.argmax(axis=1) if which == "first" else seen.shape[1] - 1 - ordered.argmax(axis=1)
    value = float(np.nan_to_num(norms)[rows, steps[rows]].mean()) if len(rows) else 0.0
    lowest, highest = steps[rows].min(initial=seen.shape[1]), steps[rows].max(initial=0)
    where = f"{lowest}" if lowest == highest else f"{lowest} … {highest}"
    return f"{which} {'' if seen.all() else 'unmasked '}step ({where}) {value:.3g}"
