"""Weights of Keras layers, read into the objects of this room and written back.

No Keras is imported: a layer is recognised by the name of its class (or of one it comes from) and asked for its
`get_config()` and `get_weights()`.
"""

import numpy as np

from kseq.scratch.activations import ACTIVATIONS
from kseq.scratch.gru import GRU
from kseq.scratch.lstm import LSTM
from kseq.scratch.simple_rnn import SimpleRNN

CELLS = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}


def read_weights(layer):
    """The twin of a Keras layer, with a copy of its weights.

    Args:
        layer: a built layer of Keras or kseq: `SimpleRNN`, `LSTM`, `GRU`, one of their cells, or `RNN` around one.
            Its `go_backwards` is not part of the twin: it is an argument of `forward`.

    Returns:
        A `SimpleRNN`, `LSTM` or `GRU`.

    Raises:
        ValueError: if the layer is of another kind or has no weights yet.
    """
    kind = kind_of(layer)
    return READERS[kind](layer, kind)


def kind_of(layer):
    for parent in type(layer).__mro__:
        if parent.__name__ in READERS:
            return parent.__name__
    raise ValueError(f"layer: expected one of {', '.join(READERS)}. Received: layer={layer!r}")


def read_cell(layer, kind):
    """A recurrent layer or its cell."""
    config = layer.get_config()
    weights = weights_of(layer, 2 + config["use_bias"])
    options = {
        name: activation_of(layer, config, name) for name in ("activation", "recurrent_activation") if name in config
    }
    if "reset_after" in config:
        options["reset_after"] = config["reset_after"]
    return CELLS[kind.removesuffix("Cell")](*weights, **options)


def read_rnn(layer, kind):
    """`RNN(cell)`."""
    return read_weights(layer.cell)


def weights_of(layer, number):
    weights = [np.asarray(w) for w in layer.get_weights()]
    if len(weights) != number:
        raise ValueError(
            f"layer: expected a built layer with {number} weights (call it once, or build it). "
            f"Received: {type(layer).__name__} {getattr(layer, 'name', '')!r} with {len(weights)}"
        )
    return weights


def activation_of(layer, config, name):
    """Its name if we know its derivative; else the layer's own function, for the way forward only."""
    known = config[name]
    if isinstance(known, dict):  # a function registered under a name
        known = known.get("config")
    if isinstance(known, str) and known in ACTIVATIONS:
        return known
    function = getattr(layer, name)

    def activation(a):
        y = function(a)
        y = y.detach() if hasattr(y, "detach") else y
        return np.asarray(y, a.dtype)

    return activation


READERS = dict.fromkeys((*CELLS, *(f"{name}Cell" for name in CELLS)), read_cell) | {"RNN": read_rnn}
