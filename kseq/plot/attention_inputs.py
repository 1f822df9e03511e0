"""Attention as the figures get it: arrays, tables, records of a trace, runs of `kseq.scratch`; known by their form."""

import numpy as np

from kseq.plot.checks import numbers, tokens_for
from kseq.plot.inputs import is_table

WEIGHTS = "attention weights such as `trace(…)['mha'].table('weights')`"
CLOSE = 1e-3  # how far from 1 the weights of a query may add up to: half precision rounds


def is_attention(values):
    """Whether this is an `AttentionTrace`, or anything of its form."""
    return all(hasattr(values, name) for name in ("table", "matrices", "heads", "key_counts"))


def read_weights(weights, queries=None, keys=None, *, head=0, example=0, name="weights"):
    """`(array (T, S), query tokens, key tokens)` of one head.

    Args:
        weights: `(T, S)`, or `(H, T, S)`, of which `head` is taken; a table; or a record of a trace.
        queries, keys: tokens; `keys` alone may be left out where there are as many keys as queries.
        head, example: which one, where there are several.
        name: what the argument is called.
    """
    if is_attention(weights):
        weights = weights.table("weights", head, example)
    if is_table(weights):
        array = numbers(weights.to_numpy(), name, (2,), WEIGHTS)
        queries = list(weights.index) if queries is None else queries
        keys = list(weights.columns) if keys is None else keys
    else:
        array = numbers(weights, name, (2, 3), WEIGHTS)
        if array.ndim == 3:
            array = array.mean(axis=0) if head == "mean" else array[number_of(head, len(array), "head", " or 'mean'")]
    check_weights(array, name)
    return array, *both(queries, keys, array.shape)


def check_weights(array, name="weights"):
    """Refuses what cannot be weights: below 0, or a query that gives away more than 1."""
    low, most = np.nanmin(array), np.nansum(array, axis=-1).max()
    if low < 0 or most > 1 + CLOSE:
        found = f"a weight of {low:.3g}" if low < 0 else f"a row that adds up to {most:.3g}"
        raise ValueError(
            f"`{name}` must be attention weights: 0 or more, and at most 1 in each row (after the softmax). "
            f"Received: {found}"
        )


def both(queries, keys, shape):
    """Tokens of the queries and of the keys; positions where there are none."""
    if keys is None and queries is not None and shape[-2] == shape[-1]:
        keys = queries  # it looks at itself
    return tokens_for(queries, shape[-2], "queries"), tokens_for(keys, shape[-1], "keys")


def number_of(value, count, name, other=""):
    """A number from 0 to `count - 1`."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 0 <= value < count:
        raise ValueError(f"`{name}` must be a whole number from 0 to {count - 1}{other}. Received: {name}={value!r}")
    return int(value)


def read_layers(weights, queries, keys, example):
    """Rows of heads: a list of `(label, array (H, T, S), query tokens, key tokens)`."""
    if is_attention(weights):
        weights = {None: weights}
    elif not hasattr(weights, "items"):
        array = numbers(weights, "weights", (3, 4), "attention weights (heads, T, S) or (layers, heads, T, S)")
        layers = array[None] if array.ndim == 3 else array
        weights = {None if array.ndim == 3 else f"layer {n}": layer for n, layer in enumerate(layers)}
    rows = []
    for label, layer in weights.items():
        if is_attention(layer):
            tables = [layer.table("weights", head, example) for head in range(layer.heads)]
            array = np.stack([table.to_numpy() for table in tables])
            own = (list(tables[0].index), list(tables[0].columns))
            words = both(queries or own[0], keys or own[1], array.shape)
        elif hasattr(layer, "cell") or hasattr(layer, "direction"):
            continue  # a recurrent layer of the same trace
        else:
            array = numbers(layer, f"weights[{label!r}]", (3,), "attention weights (heads, T, S)")
            words = both(queries, keys, array.shape)
        check_weights(array, "weights" if label is None else f"weights[{label!r}]")
        rows.append((label, array, *words))
    if not rows:
        raise ValueError("`weights` must hold at least one attention layer. Received: none")
    return rows


STEPS = ("Q", "K", "V", "scores", "scaled", "masked", "weights", "output")
# what runs of `kseq.scratch` call them, best first: as they meet, of one head
NAMES = {
    "Q": ("Q_rotated", "Q", "s"),
    "K": ("K_shared", "K_rotated", "K", "h"),
    "V": ("V_shared", "V", "h"),
    "scores": ("scores", "e"),
    "weights": ("weights", "alpha"),
    "output": ("heads", "output", "a"),
}


def read_steps(matrices, queries, keys, head, example):
    """`(name → array (rows, columns), query tokens, key tokens)` of one head of one example."""
    if is_attention(matrices):
        matrices = matrices.matrices(head=head, example=example)
    elif isinstance(getattr(matrices, "values", None), dict):  # a run
        matrices = matrices.values
    if not isinstance(matrices, dict):
        raise ValueError(
            f"`matrices` must be a dictionary of {', '.join(STEPS)}, a run of `kseq.scratch`, or an attention layer of "
            f"a trace. Received: {type(matrices).__name__}"
        )
    found, tables = {}, {}
    for step in STEPS:
        name = next((name for name in NAMES.get(step, (step,)) if name in matrices), None)
        if name is None:
            continue
        values = matrices[name]
        if is_table(values):
            tables[step], values = values, values.to_numpy()
        found[step] = _one(np.array(values, dtype=float), name, head, example)
    missing = [step for step in STEPS if step not in found and step not in ("scaled", "masked")]
    if missing:
        raise ValueError(f"`matrices` must hold {', '.join(missing)}. Received: {', '.join(map(str, matrices))}")
    _check_shapes(found)
    if "weights" in tables:
        queries = list(tables["weights"].index) if queries is None else queries
        keys = list(tables["weights"].columns) if keys is None else keys
    return found, *both(queries, keys, found["weights"].shape)


def _one(array, name, head, example):
    """One matrix out of `(batch, heads, …)` or `(batch, …)`; one for all, if there is only one."""
    if array.ndim == 4:
        array = array[0 if len(array) == 1 else number_of(example, len(array), "example")]
        return array[0 if len(array) == 1 else number_of(head, len(array), "head")]
    if array.ndim == 3:
        return array[0 if len(array) == 1 else number_of(example, len(array), "example")]
    if array.ndim != 2:
        raise ValueError(f"`matrices[{name!r}]` must be a matrix, or matrices by example (and head). "
                         f"Received: shape {array.shape}")  # fmt: skip
    return array


def _check_shapes(found):
    T, S = found["weights"].shape
    d, d_v = found["Q"].shape[-1], found["V"].shape[-1]
    expected = {"Q": (T, d), "K": (S, d), "V": (S, d_v), "output": (T, d_v)}
    for step, array in found.items():
        shape = expected.get(step, (T, S))
        if array.shape != shape:
            raise ValueError(f"`matrices[{step!r}]` must be of shape {shape}, as weights are {(T, S)} and V "
                             f"{found['V'].shape}. Received: shape {array.shape}")  # fmt: skip
        finite = np.isfinite(array) | ((step == "masked") & np.isneginf(array))
        if not finite.all():
            raise ValueError(f"`matrices[{step!r}]` must be finite. Received: {array[~finite][0]}")
