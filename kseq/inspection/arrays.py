"""From what was captured of a layer to its states and gates, checked against the layer's own output."""

import keras
import numpy as np

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
    cells = [replay.equations(cell) for cell in call.cells]
    initial = _initial_states(call, cells)
    _check_finite(call, cells, initial)
    mask = None if call.mask is None or call.mask.all() else call.mask
    kept = slice(None) if steps is None else np.asarray(steps, int)

    batch, length = call.sequences.shape[:2]
    dtype = cells[0].W.dtype
    whole = call.outputs.ndim == 3
    widest = max(c.W.shape[1] for c in cells)
    size = max(1, replay.CHUNK_BYTES // max(1, length * widest * dtype.itemsize))
    number = length if steps is None else len(steps)
    room = [
        [np.empty((batch, number, n * c.units), dtype) for n in (len(c.names), *[1] * len(c.states))]
        if wanted
        else None
        for c, wanted in zip(cells, entries, strict=True)
    ]
    as_given = whole and mask is None and steps is None  # h is what the layer gave: no need to copy it
    if as_given and entries[-1]:
        room[-1][1] = call.outputs[:, ::-1] if call.go_backwards else call.outputs
    spare = np.empty(min(size, batch) * length * widest, dtype)
    worst, scale = 0.0, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, batch, size):
            group = slice(first, first + size)
            x = call.sequences[group]
            m = None if mask is None else mask[group]
            for k, cell in enumerate(cells):
                is_last = k == len(cells) - 1
                into = room[k]
                z = into[0][group] if into and steps is None else np.empty((*x.shape[:2], cell.W.shape[1]), dtype)
                given = call.outputs[group] if is_last and whole else None
                start = [s[group] for s in initial[k]]
                work = spare[: z.size].reshape(z.shape)
                states, error = replay.run(cell, x, start, given, m, call.go_backwards, z, work)
                if is_last:
                    error = max(error, _final_error(call, group, m, states, whole))
                    scale = max(scale, float(np.abs(states[0]).max(initial=0.0)))
                worst = error if np.isnan(error) else max(worst, error)
                if into:
                    if m is not None:
                        z[~m] = np.nan  # no gate was used there
                    if steps is not None:
                        into[0][group] = z[:, kept]
                    for array, state in zip(into[1:], states, strict=True):
                        if not (is_last and as_given and array is into[1]):
                            array[group] = state[:, kept]
                x = states[0]
            if not worst <= tolerance(call.layer) * scale:
                _explain(call, states, worst, first)
    return [_named(cell, arrays) for cell, arrays in zip(cells, room, strict=True)]


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
