"""Seeing what goes into and comes out of each attention layer while the model runs, without changing the model."""

import contextlib
import dataclasses
import functools

import keras
import numpy as np
from keras import ops

from kseq.inspection.errors import InspectionError


@dataclasses.dataclass
class AttentionCall:
    """One call of one attention layer: what it got and what it gave.

    Args:
        name: the layer's name, with `"#2"` at the second call of a shared layer.
        layer: the Keras layer.
        form: its equations.
        seen: the tensors that the form notes, by name; `None` for a mask that is not there.
        output: what the layer gave, `(batch, queries, …)`.
    """

    name: str
    layer: object
    form: object
    seen: dict
    output: object

    @property
    def entries(self):
        """Its name, in a tuple, as for recurrent layers."""
        return (self.name,)

    def to_numpy(self):
        """The same call with NumPy arrays instead of the backend's tensors."""
        seen = {name: as_array(value) for name, value in self.seen.items()}
        return dataclasses.replace(self, seen=seen, output=as_array(self.output))


@contextlib.contextmanager
def attending(chosen, calls, problems):
    """While this lasts, every call of the chosen attention layers is written down.

    Args:
        chosen: a list of `Attending`.
        calls: a list that receives `AttentionCall`s.
        problems: a list that receives what went wrong: Keras wraps what is raised in a layer.
    """
    counts, before = {}, {}

    def watch(attending):
        layer, original = attending.layer, attending.layer.call

        def call(*args, **kwargs):
            number = counts[attending.name] = counts.get(attending.name, 0) + 1
            name = attending.name if number == 1 else f"{attending.name}#{number}"
            try:
                given, args, kwargs = attending.form.arguments(layer, args, kwargs)
                result, seen = attending.form.run(layer, functools.partial(original, *args, **kwargs), given)
            except InspectionError as error:
                problems.append(InspectionError(f"The layer {name!r} cannot be traced: {error}"))
                raise problems[-1] from None
            calls.append(AttentionCall(name, layer, attending.form, seen, keras.tree.flatten(result)[0]))
            return result

        before[id(layer)] = (layer, vars(layer).get("call"))
        vars(layer)["call"] = call

    try:
        for one in chosen:
            watch(one)
        yield
    finally:
        for layer, original in before.values():
            vars(layer).pop("call", None)
            if original is not None:
                vars(layer)["call"] = original


def as_array(tensor):
    """A NumPy array; half precision becomes float32; what is none stays."""
    if tensor is None or isinstance(tensor, np.ndarray):
        return tensor
    if keras.backend.standardize_dtype(tensor.dtype) in ("bfloat16", "float16"):
        tensor = ops.cast(tensor, "float32")
    return ops.convert_to_numpy(tensor)
