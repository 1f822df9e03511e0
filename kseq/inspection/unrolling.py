"""`unroll`: the computational graph of a model across time, for `kseq.plot.unrolled_graph` to draw (course row R6)."""

import keras
import numpy as np

from kseq.inspection.graph import Graph, shape_of, traits_of
from kseq.inspection.graph_inputs import read_inputs
from kseq.inspection.graph_open import HELP, has_graph, opened
from kseq.inspection.graph_rules import follow
from kseq.inspection.graph_walk import Value, Walk, numbered
from kseq.inspection.graph_words import vectorizing
from kseq.inspection.tokens import as_array, is_text, takes_text


def unroll(model, inputs_or_length=None, tokens=None, vocabulary=None):
    """Unrolls the computational graph of a built model over time.

    One node for each input, each state of each recurrent layer and direction, each output; one edge wherever a value
    goes. The structure is read from Keras's own record of the model, at any depth of nesting; operations that are
    not known are tried out, step by step, on random numbers. The weights play no part.

    Args:
        model: a built Keras model: functional, Sequential, or subclassed if its `call` runs on symbolic tensors.
        inputs_or_length: how many steps. A number; a list of numbers or a dictionary input name → number where a model
            has several inputs; arrays such as `predict` takes, `(batch_size, timesteps, …)`, of which the first
            example is drawn; or a raw text where the model has a vectorizer: its tokens become the labels. Default:
            the number of `tokens`, or the length that the model is fixed to.
        tokens: labels of the steps: a list of strings; a list of lists, one for each input; or a dictionary
            input name → list, in which `"output"` labels the output steps. Default: the words where they are
            known, else x₁, x₂, …
        vocabulary: as in `trace`: the words of ids, where the model does not know them itself.

    Returns:
        A `Graph`: `.nodes`, `.edges`, `.rows`, and `.shape`, the configuration in course words (rows S2 to S6):
        `"one-to-one"`, `"one-to-many"`, `"many-to-one"`, `"many-to-many, synchronised"` or
        `"many-to-many, unsynchronised"`. All steps are there; the drawing leaves some out where there are many.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: the model is not built or its structure cannot be followed, or lengths and tokens do not fit it.

    Masks: padding of the data given, as an `Embedding` with `mask_zero=True` or a `Masking` layer finds it, is left out
    of the drawing, unless an operation needs the full length. Steps are numbered as they are drawn.

    Example:

    >>> graph = kseq.unroll(model, "Neat plot. Great acting.")
    >>> graph.shape
    'many-to-one'
    >>> kseq.plot.unrolled_graph(graph).figure.savefig("unrolled.svg")
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"`model` must be a keras.Model. Received: {model!r} of type {type(model).__name__}. {HELP}")
    if not model.built:
        raise ValueError(
            f"`model` must be built: call it once on data. Received: {type(model).__name__} {model.name!r}, not built"
        )
    symbols = _symbolic_inputs(model, inputs_or_length)
    with opened(model, (symbols,), {}) as (inputs, outputs):
        declared = [_fixed_length(model, tensor) for tensor in inputs]

        def walked(padding):
            given, labels, padded = read_inputs(model, inputs, declared, inputs_or_length, tokens, vocabulary, padding)
            try:
                return _walked(inputs, outputs, given, labels)
            except ValueError:
                if padding or not padded:
                    raise
                return walked(padding=True)  # an operation that only works on the full length

        walk, values, results = walked(padding=False)
    nodes, edges, rows, timelines = walk.finished()
    shape = shape_of(
        [walk.timeline(value.timeline) for value in values],
        [walk.timeline(value.timeline) for value in results],
        lambda timeline: timeline is not None and walk.many[timeline],
        {walk.timeline(timeline) for timeline in walk.handed_over},
    )
    return Graph(nodes, edges, rows, timelines, shape, traits_of(nodes, edges, rows), model.name)


def _walked(inputs, outputs, given, labels):
    """The walk through the model, and the values at both ends."""
    walk = Walk()
    values = [_input(walk, tensor, *one) for tensor, one in zip(inputs, given, strict=True)]
    results = follow(walk, inputs, outputs, values)
    results = [_output(walk, tensor, value, labels) for tensor, value in zip(outputs, results, strict=True)]
    return walk, values, results


def _symbolic_inputs(model, inputs):
    """What a model without a graph of its own is called on: tensors of the shapes of the data."""
    if has_graph(model):
        return []
    shapes = getattr(model, "_build_shapes_dict", None) or {}
    if inputs is None or isinstance(inputs, int):
        shape = shapes.get("input_shape")
        if shape is None or not all(size is None or isinstance(size, int) for size in shape):
            raise ValueError(
                f"{type(model).__name__} {model.name!r} is subclassed and does not tell the shapes of its inputs: give "
                f"arrays, as for `predict`. Received: inputs_or_length={inputs!r}"
            )
        dtype = "string" if takes_text(model) else None
        return keras.Input(batch_shape=(None, *shape[1:]), dtype=dtype)
    try:
        arrays = np.asarray([inputs] if isinstance(inputs, str) else inputs) if is_text(inputs) else as_array(inputs)
        arrays = keras.tree.map_structure(np.asarray, arrays)
        return keras.tree.map_structure(
            lambda a: keras.Input(
                batch_shape=(None, *a.shape[1:]), dtype="string" if a.dtype.kind in "UO" else str(a.dtype)
            ),
            arrays,
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{type(model).__name__} {model.name!r} is subclassed: `inputs_or_length` must be arrays for `predict`. "
            f"Received: {type(inputs).__name__}"
        ) from error


def _fixed_length(model, tensor):
    """The only number of steps that a functional model takes, or None. Keras holds the others to nothing."""
    if isinstance(model, keras.Sequential) or not has_graph(model) or vectorizing(tensor) is not None:
        return None
    return tensor.shape[1] if len(tensor.shape) > 1 else None


def _input(walk, tensor, name, length, many, labels):
    """The nodes of one input: one for each step, or one for a vector (`length=None`)."""
    timeline = None if length is None else walk.new_timeline(length, many)
    row = walk.row("input", name, timeline=timeline)
    steps = [None] if length is None else range(length)
    return Value(tuple((walk.node(row, s, labels[s or 0] if labels else numbered("x", s)),) for s in steps), timeline)


def _output(walk, tensor, value, tokens):
    """Makes sure that what comes out is drawn as an output: y₁, y₂, …"""
    rows = {walk.nodes[node].row for node in value.everything}
    sources = {source for source, _ in walk.edges}
    own = len(rows) == 1 and all(len(step) == 1 for step in value.steps)
    row = walk.rows[min(rows)] if rows else None
    if own and row.kind in ("dense", "layer") and not sources & set(value.everything):
        walk.relabel(min(rows), "output", "y")  # computed by a layer of its own, read by nobody else
    else:
        value = walk.layer("output", tensor._keras_history[0].name + " out", "", value, "y")
    if tokens is not None:
        if len(tokens) != len(value.steps):
            raise ValueError(
                f"`tokens['output']` must have one label for each of the {len(value.steps)} output steps. "
                f"Received: {len(tokens)}"
            )
        walk.label([step[0] for step in value.steps], tokens)
    return value
