"""How each kind of Keras operation is unrolled over time: recurrence, directions, attention; the rest is tried out."""

import itertools
from dataclasses import replace

import keras
from keras import layers as kl

from kseq.inspection.graph_open import has_inside, is_cell, opened
from kseq.inspection.graph_probe import probe
from kseq.inspection.graph_walk import Value, arguments_of, calls_between, numbered, tensors_of
from kseq.layers.token_ids import TokenIds

# Change numbers within a step, or not at all: no node of their own.
ELEMENTWISE = (
    TokenIds, kl.Identity, kl.Embedding, kl.Masking, kl.Dropout, kl.SpatialDropout1D, kl.GaussianNoise,
    kl.GaussianDropout, kl.AlphaDropout, kl.Activation, kl.ReLU, kl.LeakyReLU, kl.ELU, kl.Rescaling,
    kl.TextVectorization, kl.StringLookup, kl.IntegerLookup, kl.Hashing,
)  # fmt: skip
WITHIN_FEATURES = (kl.LayerNormalization, kl.BatchNormalization, kl.UnitNormalization, kl.PReLU, kl.Softmax)
ATTENTION = (kl.MultiHeadAttention, kl.GroupQueryAttention, kl.Attention, kl.AdditiveAttention)
SIGNS = {
    "Add": "+",
    "Subtract": "−",
    "Multiply": "×",
    "Average": "mean",
    "Maximum": "max",
    "Minimum": "min",
    "Dot": "·",
}
POOLS = {"GlobalAveragePooling1D": "mean", "GlobalMaxPooling1D": "max", "Mean": "mean", "Max": "max", "Sum": "sum"}


def follow(walk, inputs, outputs, values, prefix=""):
    """Carries `values` of the symbolic tensors `inputs` through the graph; gives the values of `outputs`."""
    known = {id(tensor): value for tensor, value in zip(inputs, values, strict=True)}
    for call in calls_between(inputs, outputs):
        results = _apply(walk, call, known, prefix)
        known |= {id(tensor): value for tensor, value in zip(call.outputs, results, strict=True)}
    return [known[id(tensor)] for tensor in outputs]


def _apply(walk, call, known, prefix):
    """The values of one call's outputs."""
    layer = call.operation
    args, kwargs = arguments_of(call)
    tensors = tensors_of((args, kwargs))
    values = [known[id(tensor)] for tensor in tensors]
    name = prefix + layer.name
    if has_inside(layer):
        with opened(layer, args, kwargs) as (inputs, outputs):
            return follow(walk, inputs, outputs, values, f"{name}/")
    if isinstance(layer, kl.Bidirectional):
        return _bidirectional(walk, layer, tensors, values, name)
    if isinstance(layer, kl.RNN):
        outputs, states = _recurrent(walk, layer, name, _along_time(walk, tensors[0], values[0]), values[1:])
        return [outputs, *states] if layer.return_state else [outputs]
    if is_cell(layer):
        return _cell(walk, layer, name, values[0], values[1:], len(call.outputs))
    if isinstance(layer, ATTENTION):
        return _attention(walk, layer, name, tensors, values, kwargs, len(call.outputs))
    if values and values[0].axis == 1:
        value, rank = values[0], len(tensors[0].shape)
        safe = value.timeline is None or rank > 2  # on (batch, steps) the last axis is time itself
        if isinstance(layer, ELEMENTWISE) or (isinstance(layer, WITHIN_FEATURES) and safe):
            return [value]
        if isinstance(layer, (kl.Dense, kl.EinsumDense)) and safe:
            return [walk.layer("dense", name, type(layer).__name__, value, "d")]
        if isinstance(layer, kl.TimeDistributed):
            if isinstance(layer.layer, (*ELEMENTWISE, *WITHIN_FEATURES)):
                return [value]
            kind = "dense" if isinstance(layer.layer, kl.Dense) else "layer"
            return [walk.layer(kind, name, type(layer.layer).__name__, value, "d")]
    return [_anything(walk, layer, name, *found) for found in probe(walk, call, known)]


def _anything(walk, layer, name, value, mixed):
    """A node for what computes or mixes; none for what only moves steps about (slices, reshapes, concatenations)."""
    kind = type(layer).__name__
    if getattr(layer, "weights", None):
        return walk.layer("dense" if isinstance(layer, kl.Dense) else "layer", name, kind, value, "d")
    if mixed:
        if value.timeline is not None:
            return walk.layer("layer", name, kind, value, "m")
        return walk.layer("pool", name, POOLS.get(kind, kind), value, POOLS.get(kind, "pool"), edge="pool")
    if kind in SIGNS and any(len(step) > 1 for step in value.steps):
        row = walk.row("merge", name, kind, timeline=value.timeline)
        steps = []
        for number, sources in enumerate(value.steps):
            target = walk.node(row, None if value.timeline is None else number, SIGNS[kind])
            walk.edge(sources, target, "up")
            steps.append((target,))
        return replace(value, steps=tuple(steps))
    return value


def _along_time(walk, tensor, value):
    """A value whose steps run along axis 1, as recurrent layers want it."""
    if value.timeline is not None and value.axis == 1:
        return value
    if tensor.shape[1] is None:
        raise ValueError(f"tensor {tensor.name!r} reaches a recurrent layer with a number of steps that is not known")
    return Value((value.everything,) * tensor.shape[1], walk.new_timeline(tensor.shape[1]))


def _recurrent(walk, layer, name, value, initial, direction=None):
    """Unrolls one recurrent layer; gives its output and the list of its final states.

    `value.steps[t]` is position t of the input; a layer that goes backwards begins at the last one.
    """
    cells = getattr(layer.cell, "cells", None) or [layer.cell]
    direction = direction or ("backward" if layer.go_backwards else "forward")
    order = list(range(len(value.steps)))[:: -1 if layer.go_backwards else 1]
    below, states = value, []
    for number, cell in enumerate(cells):
        row_name = name if len(cells) == 1 else f"{name}/{number}"
        row = walk.row("state", row_name, _cell_name(cell), direction, value.timeline)
        nodes = [walk.node(row, step, numbered("h", step)) for step in range(len(value.steps))]
        for step, node in enumerate(nodes):
            walk.edge(below.steps[step], node, "up")
        for before, after in itertools.pairwise(order):
            walk.edge([nodes[before]], nodes[after], "time")
        count = len(keras.tree.flatten(cell.state_size))
        mine, initial = initial[:count], initial[count:]
        for given in mine:
            walk.edge(given.everything, nodes[order[0]], "state")
            walk.handed_over.add(value.timeline)
        below = Value(tuple((node,) for node in nodes), value.timeline)
        states += [Value((below.steps[order[-1]],))] * count
    outputs = Value(tuple(below.steps[step] for step in order), value.timeline)  # in the order of processing
    return outputs if layer.return_sequences else Value((below.steps[order[-1]],)), states


def _bidirectional(walk, layer, tensors, values, name):
    value, initial = _along_time(walk, tensors[0], values[0]), values[1:]
    half = len(initial) // 2
    there, states = _recurrent(walk, layer.forward_layer, f"{name}/forward", value, initial[:half], "forward")
    back, more = _recurrent(walk, layer.backward_layer, f"{name}/backward", value, initial[half:], "backward")
    if layer.return_sequences:
        back = replace(back, steps=back.steps[::-1])  # Keras turns it round again
    if layer.merge_mode is None:
        outputs = [there, back]
    else:
        pairs = zip(there.steps, back.steps, strict=True)
        outputs = [replace(there, steps=tuple(tuple(dict.fromkeys(a + b)) for a, b in pairs))]
    return [*outputs, *states, *more] if layer.return_state else outputs


def _cell(walk, layer, name, value, states, count):
    """A cell called by hand, once for each step of a loop: one node per call, all in one row."""
    row = next((n for n, r in enumerate(walk.rows) if r.name == name and r.kind == "state"), None)
    step = 0 if row is None else sum(node.row == row for node in walk.nodes)
    if row is None:
        below = {walk.rows[walk.nodes[n].row].timeline for n in value.everything if walk.nodes[n].step == 0} - {None}
        row = walk.row("state", name, _cell_name(layer), "forward", min(below) if below else walk.new_timeline(1))
    timeline = walk.rows[row].timeline
    walk.lengths[timeline] = max(walk.lengths[timeline], step + 1)
    walk.many[timeline] = walk.many[timeline] or step > 0
    node = walk.node(row, step, numbered("h", step))
    walk.edge(value.everything, node, "up")
    for state in states:
        for source in state.everything:
            walk.edge([source], node, "time" if walk.nodes[source].row == row else "state")
    return [Value(((node,),))] * count


def _attention(walk, layer, name, tensors, values, kwargs, count):
    """Every step asks all steps (those up to itself with a causal mask): rows Q3 and X4."""
    query, keys = _along_time(walk, tensors[0], values[0]), values[1:] or values[:1]
    causal = kwargs.get("use_causal_mask", False)
    row = walk.row("attention", name, type(layer).__name__, timeline=query.timeline)
    steps = []
    for step, asking in enumerate(query.steps):
        node = walk.node(row, step, numbered("a", step))
        walk.edge(asking, node, "up")
        for key in keys:
            for source in key.steps[: step + 1] if causal else key.steps:
                walk.edge(source, node, "attention")
        steps.append((node,))
    return [Value(tuple(steps), query.timeline)] * count


def _cell_name(cell):
    return type(cell).__name__.removesuffix("Cell")
