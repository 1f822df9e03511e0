"""The positions of a model's input as vectors that can be changed one at a time: embedded ids, or a series."""

import contextlib

import keras
import numpy as np
from keras import ops

from kseq.inspection.capture import to_numpy
from kseq.inspection.errors import InspectionError, listed, no_such
from kseq.inspection.finding import walk
from kseq.inspection.fitting import described


def find_positions(model, x, name, run):
    """`Embedded` or `Series`, whichever the model's input is, and the outputs for it.

    Args:
        model: a built Keras model.
        x: its input.
        name: the name of an `Embedding`, or `None`.
        run: a function that runs the model on an input.
    """
    layers = {layer.name: layer for _, layer in walk(model) if isinstance(layer, keras.layers.Embedding)}
    if name is not None and name not in layers:
        raise no_such("Embedding", name, list(layers), argument="layer")
    calls, batch = {}, x.shape[0]
    with contextlib.ExitStack() as stack:
        for layer in layers.values():
            stack.enter_context(_changed_call(layer, lambda call, ids, n=layer.name: _noted(calls, n, call, ids)))
        outputs = run(x)
    repeat = isinstance(x, np.ndarray) and not any(getattr(layer, "stateful", False) for _, layer in walk(model))
    # an embedding of positions gets 0, 1, 2, …, not a row per example
    calls = {n: ids for n, ids in calls.items() if ids.ndim == 2 and len(ids) == batch}
    if name is None and len(calls) > 1:
        raise InspectionError(f"`layer` must name one of the embeddings {listed(calls)}. Received: layer=None")
    if calls:
        name = name or next(iter(calls))
        if name not in calls:
            raise InspectionError(f"`layer` must name an embedding that gets one id per position. Received: {name!r}")
        return Embedded(x, layers[name], calls[name], repeat), outputs
    if isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.ndim >= 2:
        return Series(x, _mask_of(model, x), repeat), outputs
    raise InspectionError(
        "`x` must be ids for an `Embedding` or a series of floats (batch, positions, features). "
        f"Received: {described(x)}, and the model {model.name!r} has no embedding that reads it"
    )


class Embedded:
    """Ids: the vectors are those that an `Embedding` gives."""

    def __init__(self, x, layer, ids, may_repeat):
        self.x, self.layer, self.ids, self.may_repeat = x, layer, ids, may_repeat
        self.shape = ids.shape
        mask = layer.compute_mask(ops.convert_to_tensor(ids))
        self.mask = None if mask is None else ops.convert_to_numpy(mask)

    def zeros(self):
        return np.zeros((*self.shape, self.layer.output_dim), keras.config.floatx())

    def added(self, run, change):
        """Runs the model with `change` added to the vectors."""

        def call(original, ids):
            vectors = original(ids)
            return vectors + ops.cast(change, vectors.dtype)

        with _changed_call(self.layer, call):
            return run(self.x)

    def replaced(self, run, chosen, replacement):
        """Runs the model once for each of the positions `chosen`, with that position replaced, one below the other."""
        if replacement is not None and not (
            isinstance(replacement, int | np.integer) and 0 <= replacement < self.layer.input_dim
        ):
            raise InspectionError(
                f"`replacement` must be an id from 0 to {self.layer.input_dim - 1}. Received: {replacement!r}"
            )
        here = _here(chosen, self.shape)

        def call(original, ids):
            if replacement is not None:
                return original(ops.where(here, ops.cast(replacement, ids.dtype), ids))
            vectors = original(ids)
            return ops.where(here[..., None], ops.zeros_like(vectors), vectors)

        with _changed_call(self.layer, call):
            return run(_repeated(self.x, len(chosen)))


class Series:
    """Floats: the vectors are the input itself."""

    ids = None

    def __init__(self, x, mask, may_repeat):
        self.x, self.mask, self.may_repeat = x, mask, may_repeat
        self.shape = x.shape[:2]

    def zeros(self):
        return np.zeros(self.x.shape, keras.config.floatx())

    def added(self, run, change):
        return run(ops.convert_to_tensor(self.x, change.dtype) + change)

    def replaced(self, run, chosen, replacement):
        here = _here(chosen, self.shape)
        x = _repeated(self.x, len(chosen)).copy()
        try:
            x[here] = 0 if replacement is None else replacement
        except (ValueError, TypeError) as error:
            raise InspectionError(
                f"`replacement` must be a number or a vector of {x.shape[-1]}. Received: {replacement!r:.60}"
            ) from error
        return run(x)


def _here(chosen, shape):
    """`(len(chosen) * batch, positions)`: True at the replaced position of each row."""
    batch, steps = shape
    return np.repeat(np.arange(steps) == chosen[:, None], batch, axis=0)


def _repeated(x, times):
    return x if times == 1 else np.tile(x, (times, *[1] * (x.ndim - 1)))


def _mask_of(model, x):
    """What a `Masking` layer of the model lets through of a series, or `None`."""
    masking = next((layer for _, layer in walk(model) if isinstance(layer, keras.layers.Masking)), None)
    return None if masking is None or x.ndim != 3 else ops.convert_to_numpy(masking.compute_mask(x))


@contextlib.contextmanager
def _changed_call(layer, function):
    """While this lasts, `layer(x)` gives `function(the layer's own call, x)`."""
    original = layer.call
    vars(layer)["call"] = lambda inputs, *args, **kwargs: function(original, inputs)
    try:
        yield
    finally:
        vars(layer).pop("call")


def _noted(calls, name, call, ids):
    calls[name] = to_numpy(ops.cast(ids, "int32"))
    return call(ids)
