"""`trace`: every state and every gate of a model's recurrent layers, at every step."""

import keras
import numpy as np

from kseq.inspection import space
from kseq.inspection import tokens as words
from kseq.inspection.arrays import bytes_needed, layer_values
from kseq.inspection.capture import capture, to_numpy
from kseq.inspection.errors import InspectionError, listed
from kseq.inspection.finding import is_wanted, kind, requested
from kseq.inspection.records import LayerTrace, Trace


def trace(model, inputs, *, layers=None, steps=None, tokens=None, vocabulary=None, max_bytes=None):
    """Looks inside a built Keras model: hidden and cell states and gates of its recurrent layers, for some inputs.

    The model may be any Keras model, trained with kseq or without, built, saved and loaded as you like: Keras's and
    kseq's `SimpleRNN`, `LSTM`, `GRU`, `RNN` over their cells, stacked, inside `Bidirectional`, in nested or subclassed
    models. It runs once, without dropout, and is the same afterwards; stateful layers keep their states.

    Nothing is trusted: from the gates follow the outputs again, and they must equal the layer's own to 1e-5 (16 units
    in the last place of a half-precision layer), or an error says so.

    Args:
        model: a built `keras.Model` (or layer).
        inputs: what the model takes. Texts, if the model has a kseq vectorizer or a `TextVectorization` inside.
        layers: a name or list of names, where not all layers are wanted: `"lstm"`, `"bi"` for both directions,
            `"bi/forward"`, `"inner/lstm"` in a nested model, `"rnn/0"` for the first cell of a stack, `"lstm#2"` for
            the second call of a layer that is used twice.
        steps: positions of the input that are wanted: a slice, a range or a list. `None`: all.
        tokens: the words, a list of lists of str, if neither the model nor a vocabulary tells them; or a dict of those
            by layer. Padding may be left out.
        vocabulary: for models that take ids: a list of words by id, a dict word -> id, or `"imdb"` for the ids of
            `keras.datasets.imdb` (whose own word index is 3 lower and is recognised, too).
        max_bytes: largest memory that the arrays may take. Default: half of what is free.

    Returns:
        A `Trace`: a mapping from the layers' names to `LayerTrace`s, each a mapping from `"forget_gate"` and so on to
        an array `(batch, step, unit)`, in input order also for backward layers. See `LayerTrace` for masked steps.

    Raises:
        InspectionError: a `ValueError`; the model has no recurrent layer or one that cannot be traced, the inputs
            don't fit or hold numbers that are not finite, or the arrays would take too much memory. The message says
            what can be traced instead.

    Example:

    >>> seen = trace(model, ids, vocabulary=word_index)
    >>> seen["bidirectional/forward"].at("not")

    References:
        Rows R1, G1, G2 of the course map.
    """
    reading = words.read(model, inputs, tokens, vocabulary)
    _check_inputs(reading.inputs)
    outputs, calls, read = capture(
        model, reading.inputs, layers, lambda calls: _check_space(calls, layers, steps, max_bytes), words.VECTORIZERS
    )
    if not calls:
        raise InspectionError(f"The model {model.name!r} ran without using the layers asked for. Received: {layers=}")
    rows = reading.rows(read)
    traces = []
    for call in calls:
        names = entries_of(call)
        wanted = [is_wanted(name, layers) for name in names]
        if not any(wanted):
            continue
        length = call.sequences.shape[1]
        positions = positions_of(steps, length, call.name)
        values = layer_values(call, wanted, positions)
        row = words.tokens_for(call.name, rows, tokens, len(call.sequences), length, call.mask)
        mask = call.mask
        if positions is not None:
            mask = None if mask is None else mask[:, positions]
            row = None if row is None else [[line[p] for p in positions] for line in row]
        steps_kept = np.arange(length) if positions is None else np.asarray(positions, int)
        direction = "backward" if call.go_backwards else "forward"
        for name, cell, arrays in zip(names, call.cells, values, strict=True):
            if arrays is not None:
                traces.append(LayerTrace(name, kind(cell), direction, arrays, steps_kept, mask, row))
    _check_found([name for call in calls for name in entries_of(call)], layers)
    whole = next((t.tokens for t in traces if t.tokens is not None), None)
    return Trace(traces, keras.tree.map_structure(to_numpy, outputs), whole)


def entries_of(call):
    """A name for each cell of a call: `"lstm#2"`, or `"rnn/0#2"`, `"rnn/1#2"`."""
    if len(call.cells) == 1:
        return [call.name]
    name, sign, number = call.name.partition("#")
    return [f"{name}/{index}{sign}{number}" for index in range(len(call.cells))]


def positions_of(steps, length, name):
    """The argument `steps` as a list of positions from 0 to `length - 1`, or `None` for all of them."""
    if steps is None:
        return None
    if isinstance(steps, slice):
        chosen = list(range(length)[steps])
    elif isinstance(steps, int | np.integer):
        chosen = [int(steps)]
    else:
        chosen = list(np.asarray(steps).ravel()) if isinstance(steps, list | tuple | range | np.ndarray) else None
    if chosen is None or not all(isinstance(p, int | np.integer) for p in chosen):
        raise InspectionError(f"`steps` must be a slice, a range or a list of positions. Received: steps={steps!r}")
    outside = [int(p) for p in chosen if not -length <= p < length]
    if outside or not chosen:
        raise InspectionError(
            f"The input of the layer {name!r} has the steps 0 … {length - 1}. Received: steps={outside or steps!r}"
        )
    return [int(p) % length for p in chosen]


def _check_inputs(inputs):
    for x in keras.tree.flatten(inputs):
        if getattr(x, "dtype", None) is None or not hasattr(x, "shape"):
            x = np.asarray(x)
        if np.dtype(object) == x.dtype or "float" not in str(x.dtype):
            continue
        x = x if isinstance(x, np.ndarray) else to_numpy(x)
        if not np.isfinite(x).all():
            index = np.argwhere(~np.isfinite(x))[0].tolist()
            where = f"example {index[0]}" + (f", step {index[1]}" if x.ndim > 1 else "")
            raise InspectionError(f"`inputs` must be finite. Received: {x[tuple(index)]} in {where}")


def _check_space(calls, layers, steps, max_bytes):
    """Refuses, before anything large is made, what would not fit."""
    if max_bytes is not None and (not isinstance(max_bytes, int | float) or not max_bytes > 0):
        raise InspectionError(f"`max_bytes` must be a positive number. Received: max_bytes={max_bytes!r}")
    sizes, one_step = {}, 0
    for call in calls:
        batch, length = call.sequences.shape[:2]
        positions = positions_of(steps, length, call.name)
        number = length if positions is None else len(positions)
        itemsize = 8 if keras.backend.standardize_dtype(call.sequences.dtype) == "float64" else 4
        for name, cell in zip(entries_of(call), call.cells, strict=True):
            if is_wanted(name, layers):
                sizes[name] = bytes_needed(cell, batch, number, itemsize)
                one_step += bytes_needed(cell, batch, 1, itemsize)
    total = sum(sizes.values())
    allowed = space.SHARE * space.free_bytes() if max_bytes is None else max_bytes
    if total <= allowed:
        return
    readable = space.readable
    each = ", ".join(f"{name} {readable(size)}" for name, size in list(sizes.items())[:6])
    limit = "half of the free memory" if max_bytes is None else f"{max_bytes=}"
    few = max(1, int(allowed // max(1, one_step)))
    smallest = min(sizes, key=sizes.get)
    raise InspectionError(
        f"This trace would take {readable(total)} ({each}), more than the {readable(allowed)} allowed ({limit}). "
        f"Choose less: layers={smallest!r}, steps=range({few}), or fewer than {calls[0].sequences.shape[0]} examples; "
        "`max_bytes` allows more"
    )


def _check_found(names, layers):
    """An error for a name that was found in the model, but did not run (as `"lstm#3"` of a layer used twice)."""
    for name in [] if layers is None else requested(layers):
        if not any(is_wanted(known, name) for known in names):
            raise InspectionError(f"The layer {name!r} did not run on these inputs. What ran: {listed(names)}")
