"""Which layers of a model run, in which order, and on what shapes: found by running it on shapes, without numbers."""

import contextlib
import dataclasses
import inspect
import math

import keras

from kseq.inspection.describing_inputs import inputs_of, length_of, something, specs_of
from kseq.inspection.errors import InspectionError, one_line
from kseq.inspection.finding import new_name, walk

SHORTCUTS = ("_can_attempt_fused_lstm", "_can_attempt_fused_gru")  # of Bidirectional, past its two layers
_ABSENT = object()


@dataclasses.dataclass
class Called:
    """One call of one layer.

    Args:
        name: where the layer is, `"encoder/self_attention"`; `"table#2"` at the second call.
        layer: the layer.
        given: its arguments by name; tensors as `Shape`.
        outputs: list of the shapes that it gave; filled in when it has run.
        data: names of the arguments that are data, which no weight has touched.
        batch: examples in the shapes.
        whole: whether the layers inside are part of it, and not opened.
    """

    name: str
    layer: object
    given: dict
    outputs: list
    data: frozenset
    batch: int
    whole: bool

    def shape(self, *names):
        """Shape of the first of these arguments that was given."""
        return next((self.given[name] for name in names if isinstance(self.given.get(name), Shape)), None)

    @property
    def first(self):
        """Shape of the first tensor among the arguments, and whether it is data."""
        for name, value in self.given.items():
            found = [one for one in keras.tree.flatten(value) if isinstance(one, Shape)]
            if found:
                return found[0], name in self.data
        return Shape((self.batch,)), False

    def values(self, shape):
        """How many numbers of one example there are in a shape."""
        return math.prod(shape) // self.batch

    @property
    def written(self):
        """How many numbers of one example the layer gives."""
        return sum(self.values(shape) for shape in self.outputs)


class Shape:
    """The shape of a tensor, with its batch; no tuple, for `keras.tree` would take that to pieces."""

    def __init__(self, sizes):
        self.sizes = tuple(sizes)

    def __iter__(self):
        return iter(self.sizes)

    def __getitem__(self, axis):
        return self.sizes[axis]

    def __len__(self):
        return len(self.sizes)


def calls_of(model, length, is_whole):
    """Runs a model on shapes, and writes down every call of its layers.

    Args:
        model: a built Keras model or layer.
        length: steps of the sequence where the model takes any number; `None`: as many as it was made for.
        is_whole: function `layer -> bool`: whether the layers inside are its own business.

    Returns:
        A tuple: list of `Called` in the order in which the calls began, the length, and a list of notes.

    Raises:
        InspectionError: it is not known what the model takes, it takes another length, or it does not run.
    """
    inputs, names = inputs_of(model)
    length, notes = length_of(model, inputs, length)
    specs = specs_of(inputs, length)
    batch = specs[0].shape[0]
    calls = []

    def run(*tensors):
        calls.clear()
        nested = keras.tree.pack_sequence_as(inputs, tensors)
        with watching(model, calls, tensors, batch, is_whole):
            options = {"training": False} if getattr(model, "_call_has_training_arg", False) else {}
            return model(**nested, **options) if names else model(nested, **options)

    try:
        if not _run_on_shapes(run, specs, calls):
            run(*(something(spec, length) for spec in specs))
    except Exception as error:
        shapes = ", ".join(str(tuple(spec.shape)) for spec in specs)
        raise InspectionError(
            f"The model {model.name!r} does not run on {shapes}: {one_line(error)}. Received: length={length}"
        ) from error
    return calls, length, notes


class Running(keras.Operation):
    """A function as Keras knows it, which can go through it with shapes alone."""

    def __init__(self, function):
        super().__init__()
        self.call = function


def _run_on_shapes(run, specs, calls):
    """Whether the model could be run without numbers, and all shapes are known."""
    if any(spec.dtype == "string" for spec in specs):
        return False
    if keras.backend.backend() == "torch":  # tensors without numbers are copied at each layer: data is not recognised
        return False
    try:
        Running(run).compute_output_spec(*specs)
    except Exception:  # what cannot be traced may still run
        return False
    return all(None not in shape for call in calls for shape in _shapes(call))


@contextlib.contextmanager
def watching(model, calls, tensors, batch, is_whole):
    """While this lasts, each layer of `model` writes down its calls."""
    changed, counts, inside = [], {}, []
    data = {id(tensor): tensor for tensor in tensors}  # the tensors are kept, so that no other gets the same id

    def put(layer, name, function):
        changed.append((layer, name, vars(layer).get(name, _ABSENT)))
        vars(layer)[name] = function

    def watch(name, layer):
        original, whole = layer.call, is_whole(layer)
        signature = inspect.signature(original)

        def call(*args, **kwargs):
            if inside:  # the business of the layer around it
                return original(*args, **kwargs)
            number = counts[name] = counts.get(name, 0) + 1
            given = _by_name(signature, args, kwargs)
            from_data = frozenset(key for key, value in given.items() if _all_in(value, data))
            one = Called(
                f"{name}#{number}" if number > 1 else name,
                layer,
                {key: _as_shapes(value) for key, value in given.items()},
                [],
                from_data,
                batch,
                whole,
            )
            calls.append(one)
            if whole:
                inside.append(layer)
            try:
                result = original(*args, **kwargs)
            finally:
                if whole:
                    inside.pop()
            outputs = [x for x in keras.tree.flatten(result) if hasattr(x, "shape")]
            one.outputs[:] = [Shape(x.shape) for x in outputs]
            if not layer.weights and from_data and len(from_data) == len([1 for v in given.values() if _tensors(v)]):
                data.update({id(x): x for x in outputs})
            return result

        put(layer, "call", call)

    try:
        for name, layer in layers_of(model, is_whole):
            if layer is not model or is_whole(layer):
                watch(name, layer)
            for shortcut in SHORTCUTS:
                if hasattr(layer, shortcut):
                    put(layer, shortcut, lambda *args, **kwargs: False)
        yield
    finally:
        for layer, name, before in reversed(changed):
            if before is _ABSENT:
                vars(layer).pop(name, None)
            else:
                vars(layer)[name] = before


def layers_of(model, is_whole):
    """Each layer once, as `(name, layer)`, without what is inside of whole ones; no two have the same name."""
    found, names, closed = {}, set(), []
    for path, layer in walk(model):
        if id(layer) in found or any(path[: len(outer)] == outer for outer in closed):
            continue
        if is_whole(layer):
            closed.append(path)
        name = new_name(path, layer, names)
        found[id(layer)] = (name, layer)
    return list(found.values())


def _by_name(signature, args, kwargs):
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return {**{str(number): value for number, value in enumerate(args)}, **kwargs}
    flat = {}
    for name, value in bound.items():
        kind = signature.parameters[name].kind
        flat.update(value if kind is inspect.Parameter.VAR_KEYWORD else {name: value})
    return flat


def _tensors(value):
    return [x for x in keras.tree.flatten(value) if hasattr(x, "shape") and hasattr(x, "dtype")]


def _all_in(value, data):
    tensors = _tensors(value)
    return bool(tensors) and all(id(x) in data for x in tensors)


def _as_shapes(value):
    if not _tensors(value):
        return value
    return keras.tree.map_structure(lambda x: Shape(x.shape) if hasattr(x, "shape") else x, value)


def _shapes(call):
    return [x for x in keras.tree.flatten([*call.given.values(), call.outputs]) if isinstance(x, Shape)]
