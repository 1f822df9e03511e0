"""Weights of Keras layers, read into the objects of this room and written back.

No Keras is imported: a layer is recognised by the name of its class (or of the Keras class it comes from) and asked for
its `get_config()` and `get_weights()`.
"""

import numpy as np

from kseq.scratch.bidirectional import Bidirectional
from kseq.scratch.dense import Dense
from kseq.scratch.embedding import Embedding
from kseq.scratch.gru import GRU
from kseq.scratch.keras_attention import ATTENTION_READERS, ATTENTION_TWINS, pair_up_attention
from kseq.scratch.keras_facts import activation_of, describe, weights_of
from kseq.scratch.lstm import LSTM
from kseq.scratch.simple_rnn import SimpleRNN
from kseq.scratch.stacked import Stacked

CELLS = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}


def read_weights(layer):
    """The twin of a Keras layer, with a copy of its weights.

    Args:
        layer: a built layer of Keras or kseq: `SimpleRNN`, `LSTM`, `GRU`, one of their cells, `RNN` around one or
            several, `Bidirectional` around these, `Embedding`, `Dense`; Keras's `LayerNormalization`,
            `MultiHeadAttention` and `GroupedQueryAttention`; kseq's attention layers, positions and Transformer blocks.
            Not part of the twin are `go_backwards` and `use_causal_mask` (arguments of `forward`), dropout, and a
            cell's `zero_output_for_mask`.

    Returns:
        The object of the same name in this room; `Stacked` for several cells under one `RNN`, `MultiHeadAttention`
        also for grouped heads.

    Raises:
        ValueError: if the layer is of another kind or has no weights yet.
    """
    kind = kind_of(layer)
    return READERS[kind](layer, kind)


def write_weights(scratch_object, layer):
    """Copies the weights into a built Keras layer of the same kind and sizes: `read_weights` the other way round.

    Args:
        scratch_object: what `read_weights` gives for such a layer.
        layer: the layer to write to.

    Raises:
        ValueError: if the two do not fit; nothing is written then.
    """
    pairs = list(pair_up(scratch_object, layer))
    for arrays, part in pairs:
        shapes, expected = [a.shape for a in arrays], [np.shape(w) for w in weights_of(part)]
        if shapes != expected:
            raise ValueError(f"layer: {describe(part)} expects the shapes {expected}. Received: {shapes}")
    for arrays, part in pairs:
        part.set_weights([np.array(a) for a in arrays])  # copies: JAX may go on using the very array it is given


def pair_up(scratch_object, layer):
    """`(arrays in Keras's order, layer to set)` for every cell or layer inside."""
    kind = kind_of(layer)
    if kind == "RNN":
        yield from pair_up(scratch_object, layer.cell)
        return
    expected = TWINS[kind.removesuffix("Cell")]
    if not isinstance(scratch_object, expected):
        raise ValueError(
            f"scratch_object: expected a {expected.__name__} for {describe(layer)}. Received: {scratch_object!r}"
        )
    if kind in ATTENTION_READERS:
        yield from pair_up_attention(scratch_object, layer, kind)
    elif kind == "Bidirectional":
        yield from pair_up(scratch_object.forward_cell, layer.forward_layer)
        yield from pair_up(scratch_object.backward_cell, layer.backward_layer)
    elif kind == "StackedRNNCells":
        if len(scratch_object.layers) != len(layer.cells):
            raise ValueError(
                f"scratch_object: expected {len(layer.cells)} cells. Received: {len(scratch_object.layers)}"
            )
        for cell, keras_cell in zip(scratch_object.layers, layer.cells, strict=True):
            yield from pair_up(cell, keras_cell)
    else:
        if getattr(scratch_object, "reset_after", None) != getattr(layer, "reset_after", None):
            raise ValueError(f"layer: expected reset_after={scratch_object.reset_after}. Received: {describe(layer)}")
        yield list(scratch_object.parameters.values()), layer


def kind_of(layer):
    """The name of the first class among the layer's ancestors that is Keras's or ours and known here."""
    for parent in type(layer).__mro__:
        if parent.__name__ in READERS and parent.__module__.split(".")[0] in ("keras", "kseq"):
            plain = parent.__name__.endswith("Cell") or parent.__name__ in ATTENTION_READERS
            if plain and type(layer).call is not parent.call:
                raise ValueError(f"layer: {describe(layer)} has its own `call`, so its equations are not known here")
            return parent.__name__
    raise ValueError(f"layer: expected one of {', '.join(READERS)}. Received: {describe(layer)}")


def read_cell(layer, kind):
    """A recurrent layer or its cell."""
    config = layer.get_config()
    weights = weights_of(layer, 2 + config["use_bias"])
    options = {name: activation_of(layer, name) for name in ("activation", "recurrent_activation") if name in config}
    if "reset_after" in config:
        options["reset_after"] = config["reset_after"]
    return CELLS[kind.removesuffix("Cell")](*weights, **options)


def read_rnn(layer, kind):
    """`RNN(cell)`, `RNN([cell, cell])`."""
    return read_weights(layer.cell)


def read_cells(layer, kind):
    """`StackedRNNCells`."""
    return Stacked([read_weights(cell) for cell in layer.cells])


def read_bidirectional(layer, kind):
    if layer.forward_layer.go_backwards or not layer.backward_layer.go_backwards:
        raise ValueError(f"layer: expected the first inner layer to read forward. Received: {describe(layer)}")
    if layer.merge_mode is None:
        raise ValueError(f"layer: merge_mode=None gives two outputs; read its two layers. Received: {describe(layer)}")
    forward, backward = read_weights(layer.forward_layer), read_weights(layer.backward_layer)
    return Bidirectional(forward, backward, layer.merge_mode, bool(layer.forward_layer.return_sequences))


def read_embedding(layer, kind):
    return Embedding(*weights_of(layer, 1))


def read_dense(layer, kind):
    return Dense(*weights_of(layer, 1 + layer.use_bias), activation=activation_of(layer, "activation"))


READERS = dict.fromkeys((*CELLS, *(f"{name}Cell" for name in CELLS)), read_cell) | {
    "RNN": read_rnn,
    "StackedRNNCells": read_cells,
    "Bidirectional": read_bidirectional,
    "Embedding": read_embedding,
    "Dense": read_dense,
    **ATTENTION_READERS,
}
TWINS = CELLS | {
    "StackedRNNCells": Stacked,
    "Bidirectional": Bidirectional,
    "Embedding": Embedding,
    "Dense": Dense,
    **ATTENTION_TWINS,
}
