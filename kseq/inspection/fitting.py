"""Whether inputs fit a model: shape, kind of numbers, ids that an `Embedding` has; said before or while it runs."""

import contextlib

import keras
import numpy as np
from keras import ops

from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import walk


def described(inputs):
    """`int32 (2, 5)`: what was given, for a message."""
    parts = [
        f"{np.asarray(x).dtype} {np.shape(x)}" if not isinstance(x, str) else f"text {x[:20]!r}"
        for x in keras.tree.flatten(inputs)[:4]
    ]
    return ", ".join(parts)


def place(wrong, x):
    """`nan in example 2, step 1`: the first number of `x` where `wrong` is true."""
    index = np.argwhere(wrong)[0].tolist()
    where = [f"{axis} {i}" for axis, i in zip(("example", "step"), index, strict=False)]
    return f"{x[tuple(index)]}".removesuffix(".0") + (f" in {', '.join(where)}" if where else "")


def check_inputs(model, inputs, argument):
    """Refuses inputs that the model cannot take, or would take for something else.

    Args:
        model: a built Keras model or layer.
        inputs: arrays or tensors, as the model is called with them.
        argument: what the caller calls them.

    Raises:
        InspectionError: no example, no step, a number that is not finite, another shape or kind than that of the
            model's `Input`.
    """
    arrays = keras.tree.flatten(inputs)
    for x in arrays:
        if 0 in _shape(x):
            raise InspectionError(
                f"`{argument}` must hold at least one example, and each at least one step. Received: {described(x)}"
            )
    _check_number(model, inputs, argument)
    for x, expected in _pairs(model, inputs):
        _check_shape(model, x, expected, argument)
        x, dtype = _numbers(x), keras.backend.standardize_dtype(expected.dtype)
        if x is not None and x.dtype.kind == "f" and "int" in dtype and (x != np.floor(x)).any():
            raise InspectionError(
                f"`{argument}` must hold whole numbers, as the model {model.name!r} takes {dtype}. "
                f"Received: {place(x != np.floor(x), x)}"
            )
    check_finite_numbers(inputs, argument)


def check_finite_numbers(given, argument):
    """Refuses NaN and infinity, and says where the first one stands."""
    for x in keras.tree.flatten(given):
        x = _numbers(x)
        if x is not None and x.dtype.kind == "f" and not np.isfinite(x).all():
            bad = ~np.isfinite(x)
            raise InspectionError(f"`{argument}` must be finite. Received: {place(bad, x)} ({bad.sum()} in all)")


@contextlib.contextmanager
def checked_embeddings(model, problems):
    """While this lasts, an `Embedding` refuses ids that it has no row for, where backends crash, clip or give NaN.

    Args:
        model: a built Keras model.
        problems: an empty list, which receives the `InspectionError`: Keras wraps what is raised in a layer.
    """
    layers = {id(layer): layer for _, layer in walk(model) if isinstance(layer, keras.layers.Embedding)}
    before = {key: vars(layer).get("call") for key, layer in layers.items()}

    def checking(layer, call):
        def checked(inputs, *args, **kwargs):
            # a table that also turns vectors back into scores (tied weights) gets no ids then
            problem = None if kwargs.get("reverse", args[:1] == (True,)) else _bad_ids(layer, inputs)
            if problem:
                problems.append(InspectionError(problem))
                raise problems[-1]
            return call(inputs, *args, **kwargs)

        return checked

    for layer in layers.values():
        vars(layer)["call"] = checking(layer, layer.call)
    try:
        yield
    finally:
        for key, layer in layers.items():
            vars(layer).pop("call")
            if before[key] is not None:
                vars(layer)["call"] = before[key]


def _bad_ids(layer, ids):
    """What is wrong with the ids that an `Embedding` gets, or `None`."""
    try:
        ids = ops.convert_to_numpy(ids)
    except Exception:
        return None  # inside compiled code there are no numbers to see
    if ids.size == 0 or ids.dtype.kind not in "iuf":
        return None
    last = layer.input_dim - 1
    whole = True if ids.dtype.kind != "f" else ids == np.floor(ids)
    if ids.min() >= 0 and ids.max() <= last and np.all(whole):
        return None
    bad = (ids < 0) | (ids > last) | ~np.broadcast_to(whole, ids.shape)
    return f"The Embedding {layer.name!r} takes ids, whole numbers from 0 to {last}. Received: {place(bad, ids)}"


def _check_number(model, inputs, argument):
    """As many arrays as inputs: of too many Keras takes the first ones, with a warning."""
    expected, given = getattr(model, "inputs", None) or [], len(keras.tree.flatten(inputs))
    if expected and given != len(expected) and not isinstance(inputs, dict):
        number = f"{len(expected)} arrays, one for each input" if len(expected) > 1 else "one array"
        raise InspectionError(
            f"The model {model.name!r} cannot be run on `{argument}`: it takes {number}. Received: {given} arrays"
        )


def _check_shape(model, x, expected, argument):
    shape, wanted = _shape(x), tuple(expected.shape)
    if not shape or _numbers(x) is None:
        return
    if len(shape) == len(wanted) - 1 and wanted[-1] == 1:
        return  # Keras adds the axis: one number per step
    features = len(wanted) > 2 and wanted[-1] is not None
    if len(shape) != len(wanted) or (features and shape[-1] != wanted[-1]):
        sizes = ["batch", *(str(size or ("steps" if axis == 1 else "any")) for axis, size in enumerate(wanted) if axis)]
        raise InspectionError(
            f"The model {model.name!r} cannot be run on `{argument}`: it takes the shape ({', '.join(sizes)}). "
            f"Received: {described(x)}"
        )


def _pairs(model, inputs):
    """`(array, what the model's Input says of it)`, as far as both are known."""
    expected = getattr(model, "inputs", None) or []
    if isinstance(inputs, dict):
        by_name = {one.name: one for one in expected}
        return [(x, by_name[name]) for name, x in inputs.items() if name in by_name]
    given = keras.tree.flatten(inputs)
    return list(zip(given, expected, strict=True)) if len(given) == len(expected) else []


def _shape(x):
    try:
        return tuple(np.shape(x))
    except (TypeError, ValueError):
        return ()


def _numbers(x):
    """An array of the numbers in `x`, half precision as float32; `None` where there are none to see."""
    if not isinstance(x, np.ndarray):
        dtype = str(getattr(x, "dtype", ""))
        if "bfloat16" in dtype:
            x = ops.cast(x, "float32")
        elif "string" in dtype or "object" in dtype:
            return None
        try:
            x = ops.convert_to_numpy(x) if ops.is_tensor(x) else np.asarray(x)
        except (TypeError, ValueError, NotImplementedError):
            return None
    return x if x.dtype.kind in "iufb" else None
