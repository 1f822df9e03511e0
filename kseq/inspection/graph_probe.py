"""What an operation that nobody described does to the steps of a sequence: found by trying it.

One input step is changed, and whatever changes in the output depends on it. Each operation is tried by itself, on
random numbers, so that neither its name nor its kind need be known.
"""

import keras
import numpy as np

from kseq.inspection.graph_walk import Value, arguments_of, tensors_of

CHANGES = (0.5, 20.0, -20.0)  # added to a step, one after the other: a ReLU, a maximum or a minimum hides some of them
UNKNOWN_SIZE = 3  # what stands for an axis of any length that is not time


def probe(walk, call, known):
    """Finds what each output step of one call depends on.

    Returns:
        For each output a pair: the `Value` made of all its sources, and whether some step is made of several steps
        of the same input (then something is mixed, not only moved).
    """
    args, kwargs = arguments_of(call)
    tensors = list({id(t): t for t in tensors_of((args, kwargs))}.values())
    values = [known[id(tensor)] for tensor in tensors]
    moved = _moved(call, args, kwargs, tensors, values, walk)
    return [_read(walk, values, [m[index] for m in moved]) for index in range(len(call.outputs))]


def _moved(call, args, kwargs, tensors, values, walk):
    """For every tensor and output: booleans `(input steps, *shape of the output without the batch)`."""
    random = np.random.default_rng(0)
    shapes = [_shape(tensor, value, walk) for tensor, value in zip(tensors, values, strict=True)]
    moved = [None] * len(tensors)
    for change in CHANGES:
        arrays = [_random(random, shape, tensor.dtype) for shape, tensor in zip(shapes, tensors, strict=True)]
        base = _run(call, args, kwargs, tensors, arrays)
        for number, (_tensor, value) in enumerate(zip(tensors, values, strict=True)):
            found = []
            for step in range(len(value.steps)):
                where = (slice(None),) * (value.axis if value.timeline is not None else 0)
                where += (step,) if value.timeline is not None else ()
                changed = arrays[number].copy()
                changed[where] = _other(changed[where], change)
                trial = [changed if n == number else array for n, array in enumerate(arrays)]
                found.append(
                    [_differs(a, b) for a, b in zip(_run(call, args, kwargs, tensors, trial), base, strict=True)]
                )
            stacked = [np.stack(outputs) for outputs in zip(*found, strict=True)]
            before = moved[number]
            moved[number] = stacked if before is None else [a | b for a, b in zip(before, stacked, strict=True)]
    return moved


def _shape(tensor, value, walk):
    shape = [UNKNOWN_SIZE if size is None else size for size in tensor.shape]
    shape[0] = 1
    if value.timeline is not None:
        shape[value.axis] = len(value.steps)
    return tuple(shape)


def _random(random, shape, dtype):
    if dtype == "bool":
        return random.random(shape) < 0.5
    if "int" in dtype:
        return random.integers(1, 3, shape)  # 1 or 2: every vocabulary has them
    return random.normal(size=shape)


def _other(part, change):
    if part.dtype == bool:
        return ~part
    return 3 - part if part.dtype.kind in "iu" else part + change


def _differs(a, b):
    return (a != b) & ~((a != a) & (b != b))  # NaN twice is no change


def _run(call, args, kwargs, tensors, arrays):
    given = {id(t): keras.ops.convert_to_tensor(a, dtype=t.dtype) for t, a in zip(tensors, arrays, strict=True)}
    args, kwargs = keras.tree.map_structure(lambda leaf: given.get(id(leaf), leaf), (args, kwargs))
    what = f"operation {call.operation.name!r} ({type(call.operation).__name__})"
    try:
        outputs = keras.tree.flatten(call.operation(*args, **kwargs))
    except Exception as error:
        raise ValueError(
            f"{what} cannot be followed: tried on inputs of shape {[a.shape for a in arrays]} it failed with "
            f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}. "
            "Draw a part of the model without it: keras.Model(inputs, the tensor before it)."
        ) from error
    outputs = [keras.ops.convert_to_numpy(output) for output in outputs]
    if any(output.ndim == 0 or output.shape[0] != 1 for output in outputs):
        raise ValueError(
            f"{what} cannot be followed: it moves or folds the batch axis, which must stay the first one. "
            "Draw a part of the model without it: keras.Model(inputs, the tensor before it)."
        )
    return [output[0] for output in outputs]


def _read(walk, values, moved):
    """One output's `Value` from what moved in it, and whether steps were mixed."""
    shape = moved[0].shape[1:]
    sequences = [value for value in values if value.timeline is not None]
    axis = _time_axis(shape, sequences, values, moved)
    if axis is None:
        deps = [m.reshape(len(m), -1) for m in moved]  # (input steps, elements)
        mixed = any((d.sum(axis=0) > 1).any() for d in deps)
        sources = [
            s
            for value, d in zip(values, deps, strict=True)
            for s, any_ in zip(value.steps, d.any(1), strict=True)
            if any_
        ]
        return Value((tuple(dict.fromkeys(n for source in sources for n in source)),)), mixed
    deps = [np.moveaxis(m, axis, 1).reshape(len(m), shape[axis - 1], -1) for m in moved]  # (input, output, the rest)
    # a mixture within one step of one feature: several input steps reach the same element, not only the same step
    mixed = any((d.any(axis=2).sum(axis=0) > 1).any() for d in deps)
    steps = []
    for step in range(shape[axis - 1]):
        reached = [
            s
            for value, d in zip(values, deps, strict=True)
            for s, hit in zip(value.steps, d[:, step].any(1), strict=True)
            if hit
        ]
        steps.append(tuple(dict.fromkeys(n for source in reached for n in source)))
    return Value(tuple(steps), _timeline(walk, steps, sequences), axis), mixed


def _time_axis(shape, sequences, values, moved):
    """Which axis of the output runs along the steps (the batch is axis 0), or None for a vector."""
    if not shape:
        return None
    if not sequences:
        return 1 if len(shape) == 2 else None  # RepeatVector, Reshape: a vector becomes a sequence; images stay whole
    length = max(len(value.steps) for value in sequences)
    fitting = [axis for axis in range(1, len(shape) + 1) if shape[axis - 1] == length]
    for axis in fitting:  # steps that differ in what they depend on
        for value, m in zip(values, moved, strict=True):
            if value.timeline is not None and len(value.steps) == length > 1:
                d = np.moveaxis(m, axis, 1).reshape(len(m), length, -1).any(axis=2)
                if d.any() and len(np.unique(d, axis=1).T) > 1:
                    return axis
    if len(shape) == 1:
        return None
    same = [value.axis for value in sequences if value.axis in fitting]
    return same[0] if same else fitting[0] if fitting and length > 1 else 1


def _timeline(walk, steps, sequences):
    """An old timeline where step k is made of the k-th steps of it; else a new one."""
    length = len(steps)
    same = [value.timeline for value in sequences if len(value.steps) == length]
    if same:
        return walk.join(same)
    found = [
        {walk.timeline(walk.rows[walk.nodes[n].row].timeline) for n in s if walk.nodes[n].step == k}
        for k, s in enumerate(steps)
    ]
    common = set.intersection(*found) - {None} if found else set()
    for timeline in sorted(common):
        if walk.lengths[timeline] == length:
            return timeline
    return walk.new_timeline(length)
