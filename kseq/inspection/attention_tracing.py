"""From a captured call of an attention layer to its `AttentionTrace`: words, padding, the steps that are wanted."""

import numpy as np

from kseq.inspection import tokens as words
from kseq.inspection.attention_records import BY_KEY, PAIRS, AttentionTrace
from kseq.inspection.attention_values import attention_values
from kseq.inspection.errors import InspectionError
from kseq.inspection.positions_in_time import positions_of
from kseq.inspection.residual import ResidualStream


def attention_trace(call, rows, given, steps):
    """The record of one call.

    Args:
        call: an `AttentionCall` with NumPy arrays.
        rows: candidates for tokens.
        given: the argument `tokens` of `trace`.
        steps: the argument `steps` of `trace`: which queries.
    """
    values, allowed = attention_values(call)
    batch, _, queries, keys = values["weights"].shape
    seen = call.seen
    inputs, keys_from = seen["inputs"], seen["keys_from"]
    itself = inputs.shape == keys_from.shape and np.array_equal(inputs, keys_from)
    key_counts = _all_true(seen["key_mask"], (batch, keys)) & allowed.any(axis=(1, 2))
    query_counts = _all_true(seen["query_mask"], (batch, queries))
    if itself and seen["query_mask"] is None:
        query_counts = query_counts & key_counts  # a step that nobody, not even itself, may look at is padding
    asked, answered, rows = _given(given, call.name, rows)
    query_tokens = words.tokens_for(call.name, rows, asked, batch, queries, _unless_all(query_counts))
    key_tokens = query_tokens
    if not itself:
        key_tokens = words.tokens_for(call.name, rows, answered, batch, keys, _unless_all(key_counts))
    positions = positions_of(steps, queries, call.name)
    if positions is not None:
        for name in values:
            if name in PAIRS or name in ("query", "context"):
                values[name] = values[name][:, :, positions]
            elif name not in BY_KEY:
                values[name] = values[name][:, positions]
        allowed, query_counts = allowed[:, :, positions], query_counts[:, positions]
        query_tokens = None if query_tokens is None else [[line[p] for p in positions] for line in query_tokens]
    scale = call.form.factor(call.layer, values["query"])
    kept = np.arange(queries) if positions is None else np.asarray(positions, int)
    counts = (query_counts, key_counts)
    kind = type(call.layer).__name__
    return AttentionTrace(call.name, kind, values, allowed, scale, kept, *counts, itself, query_tokens, key_tokens)


def residual_stream(points, records, steps):
    """The residual stream; words and padding are those of the attention layers over as many steps."""
    found, tokens = [], []
    for point in points:
        batch, length = point.values.shape[:2]
        near = [r for r in records if r.query_counts.shape == (batch, length)] if steps is None else []
        agree = near and all(np.array_equal(r.query_counts, near[0].query_counts) for r in near)
        mask = near[0].query_counts if agree else None
        known = [r.tokens for r in near if r.tokens is not None]
        same = known and all(one == known[0] for one in known)
        tokens.append(known[0] if same else None)
        found.append(point if mask is None else type(point)(point.name, point.values, mask))
    return ResidualStream(found, tokens)


def _given(given, name, rows):
    """The tokens that the caller gave for the queries and for the keys of one layer, and all candidates."""
    if not isinstance(given, dict):
        return given, None, rows
    value = next((given[key] for key in (name, name.partition("#")[0], name.split("/")[0]) if key in given), None)
    rows = [*rows, *(texts for texts in given.values() if isinstance(texts, list))]  # what the encoder read, say
    if not isinstance(value, dict):
        return value, None, rows
    unknown = [key for key in value if key not in ("query", "key")]
    if unknown:
        raise InspectionError(
            f"`tokens[{name!r}]` must be a list of lists of str, or a dict of those by 'query' and 'key'. "
            f"Received: {unknown[0]!r}"
        )
    return value.get("query"), value.get("key"), rows


def _unless_all(counts):
    """`None` where nothing is masked: then padding cannot be told by the mask."""
    return None if counts.all() else counts


def _all_true(mask, shape):
    return np.ones(shape, bool) if mask is None else np.broadcast_to(np.asarray(mask).astype(bool), shape)
