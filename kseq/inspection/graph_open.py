"""Opens a model or a layer that has others inside: Keras's own graph of it, or one made by a symbolic call."""

from contextlib import contextmanager

import keras
from keras import layers as kl

from kseq.inspection.graph_walk import tensors_of

HELP = (
    "What can be drawn: a functional or Sequential model, a subclassed model whose `call` uses only Keras layers and "
    "`keras.ops`, or a part of it: kseq.inspection.unroll(keras.Sequential([its recurrent layer, …]), length)."
)


def has_graph(model):
    """Whether Keras keeps the model's graph: functional models and built Sequential ones."""
    if isinstance(model, keras.Sequential):
        return bool(model.built and getattr(model, "inputs", None))
    return all(hasattr(tensor, "_keras_history") for tensor in getattr(model, "outputs", None) or [None])


def has_inside(layer):
    """Whether a layer must be opened: models, and layers of one's own with recurrent layers inside."""
    if not isinstance(layer, keras.Layer) or isinstance(layer, (kl.RNN, kl.Bidirectional, kl.TimeDistributed)):
        return False
    inner = layer._flatten_layers(include_self=False)
    return isinstance(layer, keras.Model) or (
        not is_cell(layer) and any(isinstance(other, kl.RNN) or is_cell(other) for other in inner)
    )


def is_cell(layer):
    """Whether a layer makes one step of a recurrence, such as `LSTMCell`."""
    return isinstance(layer, keras.Layer) and hasattr(layer, "state_size") and hasattr(layer, "output_size")


@contextmanager
def opened(layer, args, kwargs):
    """Gives `(inputs, outputs)`: the symbolic tensors at both ends of a layer's inside.

    The inputs stand in the order of `tensors_of((args, kwargs))`. Without a graph of its own the layer's `call` is run
    once on symbolic tensors; the records that this leaves in the layers are taken away again.
    """
    if has_graph(layer):
        yield list(layer.inputs), list(layer.outputs)
        return
    if not layer.built:
        raise ValueError(
            f"`model` must be built. Received: {_name(layer)}, never called. Call it once on your data first."
        )
    inner = list(layer._flatten_layers(include_self=False))
    before = [(other, len(other._inbound_nodes), len(other._outbound_nodes)) for other in inner]
    stands_for = {id(t): keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in tensors_of((args, kwargs))}
    inputs = [stands_for[id(tensor)] for tensor in tensors_of((args, kwargs))]
    args, kwargs = keras.tree.map_structure(lambda leaf: stands_for.get(id(leaf), leaf), (args, kwargs))
    try:
        yield inputs, _called(layer, args, kwargs)
    finally:
        for other, inbound, outbound in before:
            del other._inbound_nodes[inbound:], other._outbound_nodes[outbound:]


def _called(layer, args, kwargs):
    try:
        return tensors_of(layer.call(*args, **kwargs))
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise ValueError(
            f"{_name(layer)} cannot be unrolled: its `call` does not run on symbolic tensors "
            f"({type(error).__name__}: {reason}). {HELP}"
        ) from error


def _name(layer):
    return f"{type(layer).__name__} {layer.name!r}"
