"""From what was captured of a layer to its states and gates, checked against the layer's own output."""

import keras
import numpy as np

from kseq.backend.threads import cores, in_threads
from kseq.inspection import replay
from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import kind

TOLERANCE = {"float16": 16 * 2.0**-10, "bfloat16": 16 * 2.0**-7}  # 16 units in the last place: errors add up
SINGLE = 1e-5


def layer_values(call, entries, steps=None):
    """States and gates of one call.

    Args:
        call: a `Call`.
        entries: for each cell whether its values are wanted.
        steps: positions to keep, or `None` for all.

    Returns:
        A list with a dict `name -> (batch, steps, units)` per cell, in input order, or `None` where not wanted.

    Raises:
        InspectionError: something is not finite, or the values don't lead to the layer's own output.
    """
    work = Work(call, entries, steps)
    in_threads(work.group, work.groups())
    return [_named(cell, arrays) for cell, arrays in zip(work.cells, work.room, strict=True)]


class Work:
    """The replay of one call, in groups of examples that fit into a cache.

    Args:
        call, entries, steps: as for `layer_values`.
    """

    def __init__(self, call, entries, steps):
        self.call, self.steps = call, steps
        self.cells = [replay.equations(cell) for cell in call.cells]
        self.initial = _initial_states(call, self.cells)
        _check_finite(call, self.cells, self.initial)
        self.mask = None if call.mask is None or call.mask.all() else call.mask
        self.whole = call.outputs.ndim == 3
        self.batch, self.length = call.sequences.shape[:2]
        self.dtype = self.cells[0].W.dtype
        number = self.length if steps is None else len(steps)

        def rooms(cell):
            widths = (cell.W.shape[1], *[cell.units] * len(cell.states))
            return [np.empty((self.batch, number, width), self.dtype) for width in widths]

        # per cell: gates side by side, then each state; `None` where they are not wanted
        self.room = [rooms(cell) if wanted else None for cell, wanted in zip(self.cells, entries, strict=True)]
        # the last cell's h is what the layer gave: no need to copy it
        self.as_given = self.whole and self.mask is None and steps is None
        if self.as_given and entries[-1]:
            self.room[-1][1] = call.outputs[:, ::-1] if call.go_backwards else call.outputs

    def groups(self):
        """Slices of the batch, about equally large and a multiple of the cores in number, where there are several."""
        widest = max(cell.W.shape[1] for cell in self.cells)
        total = self.batch * self.length * widest * self.dtype.itemsize
        number = -(-total // replay.CHUNK_BYTES)
        if number > 1:
            number = cores() * -(-number // cores())
        size = max(1, -(-self.batch // max(1, number)))
        return [slice(first, first + size) for first in range(0, self.batch, size)]

    def group(self, group):
        """Replays one group of examples and puts it where it belongs."""
        call, x, worst = self.call, self.call.sequences[group], 0.0
        mask = None if self.mask is None else self.mask[group]
        with np.errstate(over="ignore", invalid="ignore"):
            for k, cell in enumerate(self.cells):
                is_last, into = k == len(self.cells) - 1, self.room[k]
                in_place = into and self.steps is None
                z = into[0][group] if in_place else np.empty((*x.shape[:2], cell.W.shape[1]), self.dtype)
                given = call.outputs[group] if is_last and self.whole else None
                start = [s[group] for s in self.initial[k]]
                states, error = replay.run(cell, x, start, given, mask, call.go_backwards, z)
                worst = np.maximum(worst, error)  # which keeps NaN
                if into:
                    if mask is not None:
                        z[~mask] = np.nan  # no gate was used there
                    if not in_place:
                        into[0][group] = z[:, self.steps]
                    for index, (array, state) in enumerate(zip(into[1:], states, strict=True)):
                        if not (is_last and self.as_given and index == 0):
                            array[group] = state if self.steps is None else state[:, self.steps]
                x = states[0]
            worst = np.maximum(worst, _final_error(call, group, mask, states, self.whole))
            h = states[0]
            scale = max(1.0, float(h.max(initial=0.0)), -float(h.min(initial=0.0)))
            if not worst <= tolerance(call.layer) * scale:
                _explain(call, states, worst, group.start)


def tolerance(layer):
    """How far the layer's outputs may be from what its equations give in float32."""
    return TOLERANCE.get(keras.backend.standardize_dtype(layer.compute_dtype), SINGLE)


def bytes_needed(cell, batch, number, itemsize=4):
    """Memory of the values of one cell, for `number` steps."""
    form = replay.EQUATIONS[kind(cell)]
    return batch * number * cell.units * (len(form.names) + len(form.states)) * itemsize


def _named(cell, arrays):
    if arrays is None:
        return None
    values = dict(zip(cell.states, arrays[1:], strict=True))
    return values | {name: cell.block(arrays[0], k) for k, name in enumerate(cell.names)}


def _initial_states(call, cells):
    batch, states = len(call.sequences), list(call.initial_state or [])
    return [
        [
            states.pop(0).astype(c.W.dtype, copy=False) if states else np.zeros((batch, c.units), c.W.dtype)
            for _ in c.states
        ]
        for c in cells
    ]


def _final_error(call, group, mask, states, whole):
    """Largest difference from the outputs and states after the last step."""
    end = 0 if call.go_backwards else -1
    pairs = []
    if not whole:
        pairs.append((states[0][:, end], call.outputs[group]))
    if call.states is not None:
        # the last cell's; the ones before had to be right for these to be right
        pairs += [(s[:, end], g[group]) for s, g in zip(states, call.states[-len(states) :], strict=True)]
    rows = slice(None) if mask is None else mask.any(axis=1)
    return max((float(np.abs(ours - theirs)[rows].max(initial=0.0)) for ours, theirs in pairs), default=0.0)


def _check_finite(call, cells, initial):
    x = call.sequences
    good = np.isfinite(x).all(axis=-1)
    if call.mask is not None:
        good |= ~call.mask
    if not good.all():
        example, step = np.argwhere(~good)[0]
        raise InspectionError(
            f"The layer {call.name!r} gets a number that is not finite at step {step} of example {example} "
            f"({_first_bad(x[example, step])}): look at the inputs and at the layers before it"
        )
    for k, (cell, states) in enumerate(zip(cells, initial, strict=True)):
        where = f"the layer {call.name!r}" + (f", cell {k}," if len(cells) > 1 else "")
        for name, array in (("kernel", cell.W), ("recurrent_kernel", cell.U), ("bias", cell.b)):
            if not np.isfinite(array).all():
                index = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
                raise InspectionError(f"The {name} of {where} is not finite at {index} ({_first_bad(array)})")
        for name, array in zip(cell.states, states, strict=True):
            if not np.isfinite(array).all():
                example = np.argwhere(~np.isfinite(array))[0][0]
                raise InspectionError(f"The initial {name} of {where} is not finite in example {example}")


def _explain(call, states, worst, first):
    """Raises the error for values that do not lead to the layer's output."""
    for state in states:
        bad = ~np.isfinite(state).all(axis=-1)
        if bad.any():
            steps = np.flatnonzero(bad.any(axis=0))
            step = steps[-1] if call.go_backwards else steps[0]
            raise InspectionError(
                f"The state of the layer {call.name!r} is not finite from step {step} on, in example "
                f"{first + np.flatnonzero(bad[:, step])[0]} (inputs and weights are): it grows at every step. Give "
                "shorter inputs, or look at its activation and recurrent weights"
            )
    raise InspectionError(
        f"The layer {call.name!r} ({type(call.layer).__name__}) gave outputs that differ by {worst:.2g} from what its "
        "weights and the equations of its cell give, so its gates are not known. Nothing is shown rather than "
        "something wrong: if it is not a class of your own, please report this as a mistake of kseq"
    )


def _first_bad(array):
    return array[~np.isfinite(array)].flat[0]
