"""What a model takes, and how long its sequences are: shapes to run it on."""

import inspect

import keras
import numpy as np

from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import walk

ASSUMED_LENGTH = 128  # steps, where neither the model nor the caller says how many


def inputs_of(model):
    """What a model takes, as `KerasTensor`s nested as it takes them, and whether they are arguments by name."""
    struct = getattr(model, "_inputs_struct", None)
    if struct is None and isinstance(model, keras.Sequential):
        struct = model._functional._inputs_struct if getattr(model, "_functional", None) else None
        struct = struct[0] if isinstance(struct, (list, tuple)) and len(struct) == 1 else struct
    if struct is not None:
        return struct, False
    shapes = getattr(model, "_build_shapes_dict", None)
    if not shapes:
        raise InspectionError(
            f"It is not known what the model {model.name!r} takes: call it once on a batch, or build it as a "
            "functional model, with `keras.Input`"
        )
    dtype = "int32" if _takes_ids(model) else "float32"

    def tensor(shape):
        return keras.KerasTensor((None, *shape[1:]), dtype=dtype if len(shape) == 2 else "float32")

    needed = [
        name
        for name, parameter in inspect.signature(model.call).parameters.items()
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    if len(needed) > len(shapes):
        raise InspectionError(
            f"It is not known what the model {model.name!r} takes: its `call` has several arguments "
            f"({', '.join(needed)}). Build it as a functional model, with `keras.Input`, or describe its layers"
        )
    nested = {
        name.removesuffix("_shape"): _map_shapes(tensor, shape) for name, shape in shapes.items() if shape is not None
    }
    if len(nested) == 1:
        return next(iter(nested.values())), False
    return nested, True


def length_of(model, inputs, length):
    """How many steps the open axes have, and what must be said about it."""
    tensors = keras.tree.flatten(inputs)
    open_ended = any(None in x.shape[1:] or x.dtype == "string" for x in tensors)
    fixed = [x.shape[1] for x in tensors if len(x.shape) > 1 and x.shape[1] is not None and _is_sequence(x)]
    if length is not None and not open_ended and length not in fixed:
        takes = f"exactly {fixed[0]} steps" if fixed else "no sequence"
        raise InspectionError(f"`length` must be left out: the model {model.name!r} reads {takes}. Received: {length=}")
    if not open_ended:
        return (length or fixed[0] if fixed else None), []
    if length is not None:
        return length, []
    made_for = [getattr(layer, "context_length", None) for _, layer in walk(model)]  # of positions, of `TokenIds`
    if any(made_for):
        return min(filter(None, made_for)), []
    return ASSUMED_LENGTH, [f"The model takes any length; {ASSUMED_LENGTH} steps were assumed: say `length=`."]


def specs_of(inputs, length):
    """The inputs as a list of `KerasTensor`s without open axes: one example, or as many as the model insists on."""
    return [
        keras.KerasTensor(
            (x.shape[0] or 1, *(length if size is None else size for size in x.shape[1:])), dtype=x.dtype, name=x.name
        )
        for x in keras.tree.flatten(inputs)
    ]


def something(spec, length):
    """A tensor like this: zeros, or texts of `length` words."""
    if spec.dtype == "string":
        return keras.ops.convert_to_tensor(np.full(spec.shape, " ".join(["a"] * length), object))
    return keras.ops.zeros(spec.shape, spec.dtype)


def _map_shapes(function, shape):
    if isinstance(shape, dict):
        return {name: _map_shapes(function, one) for name, one in shape.items()}
    if shape and isinstance(shape[0], (tuple, list)):
        return [_map_shapes(function, one) for one in shape]
    return function(tuple(shape))


def _takes_ids(model):
    layers = (layer for _, layer in walk(model))
    return isinstance(
        next((x for x in layers if x.weights and not getattr(x, "_layers", None)), None), keras.layers.Embedding
    )


def _is_sequence(x):
    return len(x.shape) == 3 or (len(x.shape) == 2 and np.issubdtype(np.dtype(x.dtype), np.integer))
