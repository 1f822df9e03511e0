"""Which recurrent layers a model has, wherever they are, and which of them can be looked into."""

import dataclasses

import keras

from kseq.inspection.errors import InspectionError, listed, no_such

CELLS = {
    "SimpleRNN": keras.layers.SimpleRNNCell,
    "LSTM": keras.layers.LSTMCell,
    "GRU": keras.layers.GRUCell,
}
NO_LAYER = "`layers` must be a name or a list of names"


@dataclasses.dataclass(frozen=True)
class Recurrent:
    """A recurrent layer of a model.

    Args:
        name: where it is: `"lstm"`, `"bi/forward"`, `"inner/lstm"`; `"lstm#2"` at the second call of a shared layer.
        layer: the Keras layer: an `RNN`, or a subclass such as `LSTM`.
        cells: the cells at one time step, first to last: one, except in an `RNN` over several.
        bidirectional: the `Bidirectional` around it, or `None`.
        problem: why it cannot be looked into, or `None`.
    """

    name: str
    layer: keras.layers.RNN
    cells: tuple
    bidirectional: object = None
    problem: str | None = None

    @property
    def go_backwards(self):
        """Whether the layer begins at the last step."""
        return bool(self.layer.go_backwards)

    @property
    def entries(self):
        """A name for each cell: the layer's own, or `"rnn/0"`, `"rnn/1"`, … for a stack of cells."""
        if len(self.cells) == 1:
            return (self.name,)
        name, sign, number = self.name.partition("#")
        return tuple(f"{name}/{index}{sign}{number}" for index in range(len(self.cells)))


def kind(cell):
    """`"SimpleRNN"`, `"LSTM"` or `"GRU"`, or `None` for a cell whose equations are not known here."""
    for name, known in CELLS.items():
        if isinstance(cell, known) and type(cell).call is known.call:
            return name
    return None


def walk(layer, path=()):
    """A layer and all layers within it, as `(path, layer)`; recurrent layers are not entered."""
    yield path, layer
    if isinstance(layer, keras.layers.Bidirectional):
        yield (*path, "forward"), layer.forward_layer
        yield (*path, "backward"), layer.backward_layer
    elif not isinstance(layer, keras.layers.RNN):
        for child in getattr(layer, "_layers", None) or []:
            if isinstance(child, keras.layers.Layer):
                yield from walk(child, (*path, child.name))


def new_name(path, layer, names):
    """A name for a layer that no other has yet: its path. Two layers of one path are told apart by counting.

    Args:
        path, layer: as `walk` gives them.
        names: set of the names that there are; the new one is added.
    """
    plain = name = "/".join(path) or layer.name
    number = 1
    while name in names:
        number += 1
        name = f"{plain}-{number}"
    names.add(name)
    return name


def check_built(model):
    """Refuses what is no Keras model, or one without weights."""
    if not isinstance(model, keras.layers.Layer):
        raise InspectionError(f"`model` must be a built Keras model. Received: {type(model).__name__}")
    if not model.built:
        raise InspectionError(
            f"The model {model.name!r} has no weights yet: train it, call it once on a batch, or give it an "
            "`Input`; then look inside"
        )


def recurrent_layers(model):
    """Finds every recurrent layer of a built model.

    Args:
        model: a `keras.Model` or any Keras layer.

    Returns:
        A list of `Recurrent` in the order in which the model holds them. A layer that occurs several times is
        listed once.

    Raises:
        InspectionError: `model` is no Keras model, not built yet, or has no recurrent layer.
    """
    check_built(model)
    found = found_recurrent(model)
    if not found:
        classes = [f"{layer.name} ({type(layer).__name__})" for _, layer in walk(model)]
        raise InspectionError(
            f"The model {model.name!r} has no recurrent layer to look into (SimpleRNN, LSTM, GRU, RNN, Bidirectional). "
            f"Its layers: {', '.join(classes[1:9]) or classes[0]}"
        )
    return found


def found_recurrent(model):
    """As `recurrent_layers`; an empty list where there are none."""
    found, names, around = {}, set(), {}
    for path, layer in walk(model):
        if isinstance(layer, keras.layers.Bidirectional):
            around |= {id(layer.forward_layer): layer, id(layer.backward_layer): layer}
        if not isinstance(layer, keras.layers.RNN) or id(layer) in found:
            continue
        name = new_name(path, layer, names)
        cells = tuple(_cells(layer.cell))
        found[id(layer)] = Recurrent(name, layer, cells, around.get(id(layer)), _problem(layer, cells))
    return list(found.values())


def choose(recurrents, layers=None):
    """The layers that `layers` names; all for `None`.

    Args:
        recurrents: what `recurrent_layers` found, or `traceable_layers`.
        layers: a name or a list of names. `"bi"` means both directions, `"rnn"` all cells of a stack,
            `"lstm#2"` the second call of a shared layer.

    Raises:
        InspectionError: a name is not known, or one of the layers cannot be looked into.
    """
    possible = [r for r in recurrents if not r.problem]
    instead = listed([r.name for r in possible])
    instead = f"; what can be traced: layers=[{instead}]" if possible else "; nothing else here can be traced either"
    chosen = recurrents
    if layers is not None:
        names = requested(layers)
        known = list(dict.fromkeys(name for r in recurrents for name in (*_above(r.name), *r.entries)))
        for name in names:
            if not any(_covers(name, r) for r in recurrents):
                raise no_such(noun(recurrents), name, known, argument="layers")
        chosen = [r for r in recurrents if any(_covers(name, r) for name in names)]
    for r in chosen:
        if r.problem:
            raise InspectionError(f"The layer {r.name!r} cannot be traced: {r.problem}{instead}")
    return chosen


def noun(layers):
    """What to call these layers in a message: `"recurrent layer"`, `"attention layer"` or both."""
    kinds = [
        name for name, has in (("recurrent", "cells"), ("attention", "form")) if any(hasattr(r, has) for r in layers)
    ]
    return f"{' or '.join(kinds)} layer"


def requested(layers):
    """The argument `layers` as a list of names."""
    if isinstance(layers, str):
        return [layers]
    if not isinstance(layers, list | tuple | set) or not layers or not all(isinstance(n, str) for n in layers):
        raise InspectionError(f"{NO_LAYER}. Received: layers={layers!r}")
    return list(layers)


def is_wanted(entry, layers):
    """Whether an entry such as `"rnn/0#2"` is meant by `layers`."""
    if layers is None:
        return True
    base, _, number = entry.partition("#")
    for name in requested(layers):
        asked, sign, which = name.partition("#")
        if asked in _above(base) and (not sign or which == (number or "1")):
            return True
    return False


def _above(name):
    """`"a/b/c"`: `"a"`, `"a/b"`, `"a/b/c"`."""
    parts = name.split("/")
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def _covers(name, recurrent):
    base = name.partition("#")[0]
    return any(base in _above(entry) for entry in recurrent.entries)


def _cells(cell):
    if isinstance(cell, keras.layers.StackedRNNCells):
        for one in cell.cells:
            yield from _cells(one)
    else:
        yield cell


def _problem(layer, cells):
    if "ConvLSTM" in type(layer).__name__:
        return f"{type(layer).__name__} has images for states, not vectors"
    for cell in cells:
        if kind(cell) is None:
            return (
                f"its cell {type(cell).__name__} is not SimpleRNNCell, LSTMCell or GRUCell, so its equations are "
                "not known"
            )
    return None
