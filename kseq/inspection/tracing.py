"""`trace`: every state, gate, query, key, score and weight of a model's recurrent and attention layers."""

import keras
import numpy as np

from kseq.inspection import tokens as words
from kseq.inspection.arrays import layer_values
from kseq.inspection.attention_capture import AttentionCall
from kseq.inspection.attention_records import AttentionTrace
from kseq.inspection.attention_tracing import attention_trace, residual_stream
from kseq.inspection.budget import Budget
from kseq.inspection.capture import capture, to_numpy
from kseq.inspection.errors import InspectionError, listed
from kseq.inspection.finding import is_wanted, kind, requested
from kseq.inspection.positions_in_time import positions_of
from kseq.inspection.records import LayerTrace, Trace


def trace(model, inputs, *, layers=None, steps=None, tokens=None, vocabulary=None, max_bytes=None):
    """Looks inside a built Keras model: states and gates of its recurrent layers, who looks where in its attention.

    The model may be any Keras model, trained with kseq or without, built, saved and loaded as you like: Keras's and
    kseq's `SimpleRNN`, `LSTM`, `GRU`, `RNN` over their cells, stacked, inside `Bidirectional`; Keras's
    `MultiHeadAttention`, `GroupQueryAttention`, `Attention`, `AdditiveAttention`; kseq's attention layers, by
    themselves and inside `TransformerEncoder` and `TransformerDecoder`; in nested or subclassed models. It runs once,
    without dropout, and is the same afterwards; stateful layers keep their states. What a step-by-step pass with a
    cache does (generation) is not seen.

    Nothing is trusted: from the gates, and from queries, keys and values, follow the outputs again, and they must equal
    the layer's own to 1e-5 (16 units in the last place of a half-precision layer), or an error says so.

    Args:
        model: a built `keras.Model` (or layer).
        inputs: what the model takes. Texts, if the model has a kseq vectorizer or a `TextVectorization` inside.
        layers: a name or list of names, where not all layers are wanted: `"lstm"`, `"bi"` for both directions,
            `"bi/forward"`, `"inner/lstm"` in a nested model, `"rnn/0"` for the first cell of a stack, `"lstm#2"` for
            the second call of a layer that is used twice, `"block_1"` for all attention in a block.
        steps: positions of the input that are wanted: a slice, a range or a list. `None`: all. Of attention, these are
            the queries; the keys are always there.
        tokens: the words, a list of lists of str, if neither the model nor a vocabulary tells them; or a dict of those
            by layer; for attention from one sequence to another a dict `{"query": …, "key": …}` for that layer. Padding
            may be left out.
        vocabulary: for models that take ids: a list of words by id, a dict word -> id, or `"imdb"` for the ids of
            `keras.datasets.imdb` (whose own word index is 3 lower and is recognised, too).
        max_bytes: largest memory that the arrays may take. Default: half of what is free. What
            many examples would take is found out with one of them, before the model runs.

    Returns:
        A `Trace`: a mapping from the layers' names to `LayerTrace`s, each a mapping from `"forget_gate"` and so on to
        an array `(batch, step, unit)`, in input order also for backward layers (see there for masked steps), and to
        `AttentionTrace`s, with `"weights"` `(batch, head, query, key)` and so on. `.residual` is what runs past them.

    Raises:
        InspectionError: a `ValueError`; the model has nothing to trace or a layer that cannot be traced, the inputs
            don't fit or hold numbers that are not finite, or the arrays would take too much memory. The message says
            what can be traced instead.

    Example:

    >>> seen = trace(model, ids, vocabulary=word_index)
    >>> seen["bidirectional/forward"].at("not")

    References:
        Rows R1, G1, G2, Q3, Q4, X4 to X8 of the course map.
    """
    reading = words.read(model, inputs, tokens, vocabulary)
    budget = Budget(layers, steps, max_bytes)
    budget.try_one_example(model, reading.inputs)
    points = []
    outputs, calls, read = capture(model, reading.inputs, layers, budget.check, words.VECTORIZERS, points)
    if not calls:
        raise InspectionError(f"The model {model.name!r} ran without using the layers asked for. Received: {layers=}")
    rows = reading.rows(read)
    traces = []
    for call in calls:
        names = call.entries
        if isinstance(call, AttentionCall):
            if is_wanted(call.name, layers):
                traces.append(attention_trace(call, rows, tokens, steps))
            continue
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
    _check_found([name for call in calls for name in call.entries], layers)
    whole = next((t.tokens for t in traces if t.tokens is not None), None)
    attending = [one for one in traces if isinstance(one, AttentionTrace)]
    residual = residual_stream(points, attending, steps)
    return Trace(traces, keras.tree.map_structure(to_numpy, outputs), whole, residual)


def _check_found(names, layers):
    """An error for a name that was found in the model, but did not run (as `"lstm#3"` of a layer used twice)."""
    for name in [] if layers is None else requested(layers):
        if not any(is_wanted(known, name) for known in names):
            raise InspectionError(f"The layer {name!r} did not run on these inputs. What ran: {listed(names)}")
