"""From what was captured of an attention layer to every matrix on the way, checked against the layer's own output.

scores = Q·Kᵀ/√d,  weights = softmax(scores where the mask allows),  context = weights·V,  output = [heads]·W_O.
Nothing is trusted: the output follows from the arrays here, and must equal what the layer gave.
"""

import numpy as np

from kseq.inspection.arrays import tolerance
from kseq.inspection.attention_forms import grouped
from kseq.inspection.errors import InspectionError


def attention_values(call):
    """Every array of one call.

    Args:
        call: an `AttentionCall` with NumPy arrays.

    Returns:
        A tuple: the arrays by name, and the mask, booleans `(batch, 1 or heads, queries, keys)` (True: may look).

    Raises:
        InspectionError: something is not finite, or the arrays don't lead to the layer's own output.
    """
    form, layer, seen = call.form, call.layer, call.seen
    try:
        query, key, value = form.heads(layer, seen)
    except InspectionError as error:
        raise InspectionError(f"The layer {call.name!r} cannot be traced: {error}") from None
    _check_finite(call, {"query": query, "key": key, "value": value})
    factor = form.factor(layer, query)
    scores = form.products(layer, query, key)  # (B, H, T, S)
    scores *= np.asarray(factor, scores.dtype)
    allowed = allowed_pairs(seen["allowed"], scores.shape)
    values = {"input": seen["inputs"], "query": query, "key": key, "value": value, "scores": scores}
    weights = softmax(scores, allowed)
    context = grouped(weights, value)
    again = form.output(layer, context, seen)
    limit = tolerance(layer) * max(1.0, float(np.abs(call.output).max(initial=0.0, where=np.isfinite(call.output))))
    nothing = ~allowed.any(axis=-1)  # (B, 1 or H, T): queries that may look nowhere
    wrong = _rows_off(again, call.output, limit)
    if nothing.any() and wrong.any():
        again = _queries_that_see_nothing(call, values, weights, context, nothing, limit)
        wrong = _rows_off(again, call.output, limit) & ~np.isnan(context).any(axis=(1, 3))
    if wrong.any():
        _explain(call, again, wrong)
    values |= {"weights": weights, "context": context, "output": call.output}
    return values, allowed


def softmax(scores, allowed):
    """Row by row over the keys that may be looked at; zero everywhere where there is none."""
    z = np.where(allowed, scores, -np.inf)
    top = z.max(axis=-1, keepdims=True)
    z -= np.where(np.isfinite(top), top, 0)
    np.exp(z, out=z)
    total = z.sum(axis=-1, keepdims=True)
    z /= np.where(total > 0, total, 1)
    return z


def allowed_pairs(mask, shape):
    """The mask as booleans that fit `(B, H, T, S)`; all True for `None`."""
    B, _, T, S = shape
    if mask is None:
        return np.ones((B, 1, T, S), bool)
    mask = np.asarray(mask)
    mask = mask if mask.dtype == bool else mask > 0.5
    if mask.ndim < 4:
        mask = np.expand_dims(mask if mask.ndim == 3 else mask[None], 1)
    return np.broadcast_to(mask, (B, mask.shape[1], T, S))


def _queries_that_see_nothing(call, values, weights, context, nothing, limit):
    """Such a query has zero weights, or the same for every key: whichever gives what the layer gave there.

    Keras's layers do the one or the other, by backend and by way of computing. Where neither does, and the query is
    padding, no weights are known: NaN.
    """
    nothing = np.broadcast_to(nothing, weights.shape[:3])
    weights[nothing] = 1.0 / weights.shape[-1]
    context[...] = grouped(weights, values["value"])
    again = call.form.output(call.layer, context, call.seen)
    off = _rows_off(again, call.output, limit)
    padding = call.seen["query_mask"]
    if padding is not None and (off & ~padding.astype(bool)).any():
        unknown = (off & ~padding.astype(bool))[:, None] & nothing
        weights[unknown], context[unknown] = np.nan, np.nan
    return again


def _rows_off(again, output, limit):
    """`(B, T)`: which queries' outputs differ by more than allowed; NaN differs."""
    difference = np.abs(again - output).reshape(*output.shape[:2], -1)
    return ~(difference <= limit).all(axis=-1)


def _check_finite(call, arrays):
    if not np.isfinite(call.seen["inputs"]).all():
        example, step = np.argwhere(~np.isfinite(call.seen["inputs"]).all(axis=-1))[0]
        raise InspectionError(
            f"The layer {call.name!r} gets a number that is not finite at step {step} of example {example}: look at "
            "the inputs and at the layers before it"
        )
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            example, head, step, _ = np.argwhere(~np.isfinite(array))[0]
            raise InspectionError(
                f"The {name} of the layer {call.name!r} is not finite at step {step} of example {example}, head {head}"
                ": look at its weights"
            )


def _explain(call, again, wrong):
    example, step = np.argwhere(wrong)[0]
    worst = float(np.abs(again - call.output)[wrong].max())
    raise InspectionError(
        f"The layer {call.name!r} ({type(call.layer).__name__}) gave outputs that differ by {worst:.2g} from what its "
        f"queries, keys, values and weights give (first at step {step} of example {example}), so its attention is "
        "not known. Nothing is shown rather than something wrong: if it is not a class of your own, please report this "
        "as a mistake of kseq"
    )
