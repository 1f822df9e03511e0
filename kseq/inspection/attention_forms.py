"""What each class of attention layers computes: which tensors to note while it runs, and its equations in NumPy.

All of them do softmax(scores)·V (rows Q3, X4); they differ in where the scores come from, and in what is done before
and after. B is the batch size, T the number of queries, S that of keys, H the number of heads, d the size of one.
"""

import inspect
import math

import keras
import numpy as np
from keras import ops

from kseq.inspection.errors import InspectionError

_ABSENT = object()


def read(weight, layer):
    """A weight as the layer uses it: rounded to its compute dtype, as float32 (or float64)."""
    dtype = layer.compute_dtype
    if dtype in ("bfloat16", "float16"):
        weight = ops.cast(ops.cast(weight, dtype), "float32")
    return ops.convert_to_numpy(weight)


class Form:
    """How one class of attention layers is run and replayed.

    Args:
        known: the class whose `call` is known.
    """

    scale = True  # whether the scores are divided by √d

    def __init__(self, known):
        self.known = known

    def problem(self, layer):
        """Why a layer cannot be looked into, or `None`."""

    def arguments(self, layer, args, kwargs):
        """`(given, args, kwargs)`: the arguments of `call` by name, with defaults, and the call without dropout."""
        bound = inspect.signature(type(layer).call).bind(layer, *args, **kwargs)
        known = inspect.signature(self.known.call).parameters
        given = {name: p.default for name, p in known.items() if p.default is not p.empty}
        for name, value in bound.arguments.items():
            others = bound.signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
            given.update(value if others else {name: value})
            if others and "training" in value:
                value["training"] = False
        # a layer that was told to drop out even now must not do so here
        if "training" in bound.signature.parameters:
            bound.arguments["training"] = False
        return given, bound.args[1:], bound.kwargs

    def run(self, layer, call, given):
        """Runs the layer.

        Args:
            layer: the layer.
            call: function without arguments that does what the layer does.
            given: its arguments by name.

        Returns:
            A tuple: what the layer gave, and a dict of the tensors that were noted: `"query"`, `"key"`, `"value"`,
            `"inputs"` (what is asked from), `"keys_from"` (what the keys are made of), `"allowed"`, `"query_mask"`,
            `"key_mask"`.
        """
        raise NotImplementedError

    def heads(self, layer, seen):
        """`(query, key, value)`, `(B, H, T, d)` each, from what was noted, as NumPy arrays."""
        return tuple(np.expand_dims(seen[name], 1) for name in ("query", "key", "value"))  # one head

    def products(self, layer, query, key):
        """The scores before scaling, `(B, H, T, S)`."""
        return grouped(query, np.swapaxes(key, -1, -2))

    def factor(self, layer, query):
        """What the scores are multiplied by before the softmax."""
        return 1.0

    def output(self, layer, context, seen):
        """The layer's output from the context of all heads, `(B, H, T, d)`."""
        return context[:, 0]


class KerasHeads(Form):
    """`keras.layers.MultiHeadAttention`, `GroupedQueryAttention`, and classes made from them.

    softmax(Q·Kᵀ/√d)·V in every head, with Q = x·W_Q + b_Q and so on; then all heads together times W_O. Q, K, V and
    the mask are noted where Keras hands them to its own `_compute_attention`.
    """

    def problem(self, layer):
        return "its weights are quantized" if getattr(layer._output_dense, "quantization_mode", None) else None

    def run(self, layer, call, given):
        cached = next((n for n, v in given.items() if "cache" in n and v is not None), None)
        if cached:
            raise InspectionError(f"it was called with `{cached}`: only a call on whole sequences can be traced")
        query, value = given["query"], given["value"]
        check_axes(query)
        seen = {"inputs": query, "keys_from": value if given.get("key") is None else given["key"]}
        note_masks(seen, given)
        compute = layer._compute_attention
        signature = inspect.signature(compute)

        def noting(*args, **kwargs):
            used = signature.bind(*args, **kwargs).arguments
            seen.update(query=used["query"], key=used["key"], value=used["value"])
            allowed = used.get("attention_mask")
            causal = used.get("use_causal_mask") or (given.get("use_causal_mask") and allowed is None)
            seen["allowed"] = with_causal(allowed, query, value) if causal else allowed
            return compute(*args, **kwargs)

        before = vars(layer).get("_compute_attention", _ABSENT)
        vars(layer)["_compute_attention"] = noting
        try:
            result = call()
        finally:
            if before is _ABSENT:
                vars(layer).pop("_compute_attention")
            else:
                vars(layer)["_compute_attention"] = before
        if getattr(layer, "_use_gate", getattr(layer, "use_gate", False)):
            seen["gate"] = layer._gate_dense(query)
        return result, seen

    def heads(self, layer, seen):
        if "query" not in seen:
            raise InspectionError("its own `call` does not use `_compute_attention`, so its heads are not known")
        query, key, value = (np.swapaxes(seen[name], 1, 2) for name in ("query", "key", "value"))
        repeats = getattr(layer, "num_repeats", 1)  # grouped heads: each key and value serves several queries
        return query, key[:, ::repeats], value[:, ::repeats]

    def factor(self, layer, query):
        return 1.0 / math.sqrt(query.shape[-1])

    def output(self, layer, context, seen):
        dense = layer._output_dense
        if "gate" in seen:
            context = context * np.swapaxes(seen["gate"], 1, 2)
        kernel = read(dense.kernel, layer)  # (H, d, …)
        joined = np.tensordot(np.swapaxes(context, 1, 2), kernel, axes=2)
        return joined if dense.bias is None else joined + read(dense.bias, layer)


class KerasDot(Form):
    """`keras.layers.Attention`: scores q·k, times a learned number if there is one; or its variant of sums."""

    def run(self, layer, call, given):
        inputs = given["inputs"]
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        check_axes(query)
        masks = [*(given["mask"] or ()), None, None][:2]
        seen = {"inputs": query, "keys_from": key, "query": query, "key": key, "value": value}
        seen["query_mask"], seen["key_mask"] = masks
        allowed = None if masks[1] is None else ops.expand_dims(ops.cast(masks[1], "bool"), 1)
        seen["allowed"] = with_causal(allowed, query, value) if given["use_causal_mask"] else allowed
        return call(), seen

    def products(self, layer, query, key):
        if getattr(layer, "score_mode", "dot") == "dot":
            return super().products(layer, query, key)
        scale = 1.0 if layer.scale is None else read(layer.scale, layer)
        return read(layer.concat_score_weight, layer) * summed(query, key, lambda z: np.tanh(scale * z))

    def factor(self, layer, query):
        learned = layer.scale is not None and getattr(layer, "score_mode", "dot") == "dot"
        return float(read(layer.scale, layer)) if learned else 1.0

    def output(self, layer, context, seen):
        mask = seen["query_mask"]
        return context[:, 0] if mask is None else np.where(mask[..., None], context[:, 0], 0)


class KerasAdditive(KerasDot):
    """`keras.layers.AdditiveAttention`: scores Σ scale·tanh(q + k), which knows no projections of q and k."""

    def products(self, layer, query, key):
        scale = read(layer.scale, layer) if layer.use_scale else 1.0
        return summed(query, key, lambda z: scale * np.tanh(z))

    def factor(self, layer, query):
        return 1.0


def with_causal(allowed, query, value):
    """The mask, and nobody sees what comes later: `(…, T, S)`."""
    T, S = query.shape[1], value.shape[1]
    causal = ops.convert_to_tensor(np.tri(T, S, dtype=bool)[None])
    return causal if allowed is None else ops.logical_and(ops.cast(allowed, "bool"), causal)


def grouped(left, right):
    """left·right for each head; where there are fewer heads at the right, each serves as many of the left in a row."""
    B, H, T = left.shape[:3]
    groups = right.shape[1]
    product = np.matmul(left.reshape(B, groups, H // groups, *left.shape[2:]), right[:, :, None])
    return product.reshape(B, H, T, right.shape[-1])


def summed(query, key, function, room=1 << 22):
    """Σ over d of function(q + k), `(B, H, T, S)`: as many queries at a time as fit into a cache."""
    scores = np.empty((*query.shape[:3], key.shape[2]), query.dtype)
    step = max(1, room // max(1, key.size))
    for first in range(0, query.shape[2], step):
        z = query[:, :, first : first + step, None] + key[:, :, None]  # (B, H, step, S, d)
        scores[:, :, first : first + step] = function(z).sum(axis=-1)
    return scores


def note_masks(seen, given):
    """Which queries and which keys count, `(B, T)` and `(B, S)`, as far as the layer was told."""
    seen["query_mask"], seen["key_mask"] = given.get("query_mask"), given.get("key_mask")
    if given.get("value_mask") is not None:
        other = seen["key_mask"]
        seen["key_mask"] = given["value_mask"] if other is None else ops.logical_and(given["value_mask"], other)


def check_axes(query):
    """Refuses inputs that are no sequences."""
    if len(query.shape) != 3:
        raise InspectionError(f"its inputs have {len(query.shape)} axes in place of (batch, steps, features)")


FORMS = [
    KerasHeads(keras.layers.MultiHeadAttention),
    KerasHeads(keras.layers.GroupQueryAttention),
    KerasAdditive(keras.layers.AdditiveAttention),
    KerasDot(keras.layers.Attention),
]
