"""`describe`: what each layer of a Keras model costs, as a table that `kseq.scale` computes with."""

from keras import layers as kl

from kseq.inspection.describing_calls import calls_of, layers_of
from kseq.inspection.describing_rules import cost_of, is_whole, rule_of
from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import check_built
from kseq.scale import LayerCost, LayerTable

KNOWN = ("keras.", "keras_hub.", "keras_nlp.", "kseq.")  # whose layers do no matrix products outside of the rules


def describe(model, batch_size=1, length=None):
    """What each layer of a Keras model costs: parameters, FLOPs, and values kept for the backward pass (row L6).

    The model runs once on shapes, without numbers (on PyTorch, on one example of zeros), so that layers inside of
    other layers, shared ones and those of subclassed models are seen with the shapes that they really get. Blocks
    such as `TransformerEncoder` are opened into their parts; a recurrent layer or an attention layer is one row.

    Args:
        model: a built Keras model (or layer): functional, sequential or subclassed.
        batch_size: examples in a step of training, for `table.step_flops`. Default 1.
        length: steps of the sequences, for a model that takes any number. Default: what it was made for
            (its `context_length`), else 128, which `table.notes` says.

    Returns:
        A `kseq.scale.LayerTable`; `print` shows it. `parameters(table)`, `memory(table, …)` and
        `flops_per_token(table)` take it in the place of a name. `table.notes` says what could not be counted: in a
        layer of your own, only the known layers inside of it.

    Raises:
        InspectionError: `model` is no Keras model or not built, what it takes is not known, or a number is not
            positive.

    Example:

    >>> table = describe(keras.Sequential([keras.Input((50, 8)), keras.layers.LSTM(16), keras.layers.Dense(1)]))
    >>> table.rows[0].parameters, table.rows[0].formula, table.rows[0].flops
    (1600, '8·T·h·(m + h)', 153600)

    References:
        Rows L1, L6, G6 and X9 of the course map. Activations in the sense of Korthikanti et al. (2022), Reducing
        activation recomputation in large Transformer models, arXiv 2205.05198.
    """
    check_built(model)
    for name, value in (("batch_size", batch_size), ("length", length)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise InspectionError(f"`{name}` must be a positive integer. Received: {name}={value!r}")
    calls, length, notes = calls_of(model, length, is_whole)
    claimed, rows = set(), []
    for call in calls:
        row, problem = row_of(call, claimed)
        notes += [problem] if problem and problem not in notes else []
        if row.parameters or row.flops or row.activations:
            rows.append(row)
    for name, layer in layers_of(model, is_whole):  # what no call has claimed
        count, frozen = claim(own_weights(layer), claimed)
        if count:
            unused = layer is not model and not any(call.layer is layer for call in calls)
            if unused:
                notes.append(f"The layer {name!r} was not used in this run.")
            rows.append(LayerCost(name, type(layer).__name__, count, frozen=frozen))
    notes += own_code(model)
    return LayerTable(model.name, tuple(rows), batch_size, length, tuple(dict.fromkeys(notes)))


def row_of(call, claimed):
    """The `LayerCost` of a call, and a sentence on what is not known of it, or ""."""
    layer, problem = call.layer, ""
    count, frozen = claim(own_weights(layer), claimed)
    if not call.whole and getattr(layer, "_layers", None):  # its parts have rows of their own
        return LayerCost(call.name, type(layer).__name__, count, frozen=frozen), own_products(call)
    cost = cost_of(layer, call)
    if cost is None:
        problem = f"The FLOPs of {call.name!r} ({type(layer).__name__}) are not known, and not in the sums."
        return LayerCost(call.name, type(layer).__name__, count, 0, call.written, frozen=frozen), problem
    flops = cost.flops(call.name)
    data = cost.flops(call.name, cost.with_data)
    row = LayerCost(call.name, type(layer).__name__, count, flops, cost.kept, cost.formula, data, frozen)
    return row, own_products(call)


def own_weights(layer):
    """The weights of a layer that is one row; of one that is opened, those that none of its parts has."""
    if is_whole(layer):
        return layer.weights
    inside = {id(weight) for child in getattr(layer, "_layers", None) or [] for weight in child.weights}
    return [weight for weight in layer.weights if id(weight) not in inside]


def claim(weights, claimed):
    """How many numbers there are in weights that no row has yet, and how many of them are not trained."""
    new = {id(weight): weight for weight in weights if id(weight) not in claimed}
    claimed.update(new)
    sizes = [(_size(weight), weight.trainable) for weight in new.values()]
    return sum(size for size, _ in sizes), sum(size for size, trained in sizes if not trained)


def own_products(call):
    """A sentence on a layer that may multiply matrices in a way that is not known here, or ""."""
    layer = call.layer
    if rule_of(layer) is not None or (type(layer).__module__.startswith(KNOWN) and not isinstance(layer, kl.Lambda)):
        return ""
    what = "only the layers inside of it are counted" if getattr(layer, "_layers", None) else "no FLOPs are counted"
    return f"The layer {call.name!r} ({type(layer).__name__}) has code of its own: {what}."


def own_code(model):
    """Sentences on matrix products of a functional model that are no layers, and on a model with its own `call`."""
    operations = getattr(model, "operations", None) or []
    loose = [op.name for op in operations if type(op).__name__ in ("Matmul", "Einsum", "Dot", "Tensordot", "Inner")]
    loose = [name for name in loose if not any(layer.name == name for layer in getattr(model, "layers", []))]
    notes = [f"Products that are no layers are not counted: {', '.join(loose)}."] if loose else []
    if not operations and getattr(model, "_layers", None) and not type(model).__module__.startswith(KNOWN):
        notes.append(f"The model has code of its own ({type(model).__name__}): only the layers inside it are counted.")
    return notes


def _size(weight):
    size = 1
    for one in weight.shape:
        size *= one
    return size
