"""The residual stream: what runs past attention and feed-forward networks, each of which only adds to it."""

import contextlib
import dataclasses
from collections.abc import Mapping

import keras
import numpy as np
import pandas as pd

from kseq.inspection.attention_capture import as_array
from kseq.inspection.errors import InspectionError, no_such
from kseq.inspection.finding import walk
from kseq.inspection.missing import UnknownName
from kseq.layers import TransformerDecoder, TransformerEncoder

NORMS = {  # in the order in which they come; what stands after attention, and what it is called
    "self_attention_norm": "after_attention",
    "cross_attention_norm": "after_cross_attention",
    "feed_forward_norm": "output",
}


@dataclasses.dataclass
class Point:
    """The stream at one place: `name`, the tensor `(batch, step, width)`, and the mask of its steps, if known."""

    name: str
    values: object
    mask: object = None


class ResidualStream(Mapping):
    """The residual stream by layer: a mapping from places to arrays `(batch, step, width)`, in the order of the run.

    In kseq's blocks the places are exact: `"block_1/input"`, `"block_1/after_attention"`, in a decoder with an encoder
    `"block_1/after_cross_attention"`, and `"block_1/output"`. With `norm_first` each is the one before plus what the
    sublayer gave; else that sum, normalised. In any other model the places are the outputs of its `Add` layers (and of
    `a + b` in a functional model), under their names: whether one of them goes round an attention layer, or adds
    positions to embeddings, is for you to know. Where a layer of somebody's own adds inside its `call`, there is no
    place to see: look at `"input"` and `"output"` of the attention layers, which are always there.

    Args:
        points: list of `Point`s with NumPy arrays.
        tokens: for each point a list of lists of str, or `None`.
    """

    def __init__(self, points, tokens):
        self._points = {point.name: point for point in points}
        self.tokens = dict(zip(self._points, tokens, strict=True))

    def __getitem__(self, name):
        if name not in self._points:
            raise UnknownName(str(no_such("place in the residual stream", name, list(self._points))))
        return self._points[name].values

    def __iter__(self):
        return iter(self._points)

    def __len__(self):
        return len(self._points)

    def table(self, name, example=0):
        """One example at one place: a row per token, without padding, a column per number of the width."""
        values = self[name]
        if not isinstance(example, int | np.integer) or not 0 <= example < len(values):
            raise InspectionError(
                f"`example` must be an integer from 0 to {len(values) - 1}. Received: example={example!r}"
            )
        counts, index = self._steps(name, example)
        frame = pd.DataFrame(values[example][counts], index=index)
        frame.columns.name = "unit"
        frame.attrs |= {"kind": "state", "what": name}
        return frame

    def norms(self, example=0):
        """How long the vector of each token is, place by place: a row per token, a column per place of its length."""
        if not self._points:
            raise InspectionError("This model has no `Add` layer and none of kseq's blocks: no residual stream is seen")
        first = next(iter(self))
        length = self[first].shape[1]
        columns = {
            name: np.linalg.norm(self.table(name, example).to_numpy(), axis=1)
            for name in self
            if self[name].shape[1] == length
        }
        return pd.DataFrame(columns, index=self._steps(first, example)[1])

    def _steps(self, name, example):
        point, tokens = self._points[name], self.tokens[name]
        counts = np.ones(point.values.shape[1], bool) if point.mask is None else point.mask[example]
        if tokens is None:
            return counts, pd.Index(np.flatnonzero(counts), name="step")
        return counts, pd.Index(np.array(tokens[example], object)[counts], name="token")

    def __repr__(self):
        return "\n".join(f"{name}: {values.shape}" for name, values in self.items()) or "ResidualStream: nothing seen"


@contextlib.contextmanager
def residual_points(model, points):
    """While this lasts, the residual stream is written down as it passes.

    Args:
        model: a built Keras model or layer.
        points: a list that receives `Point`s with the backend's tensors.
    """
    before, counts = [], {}

    def note(name, tensor):
        if len(getattr(tensor, "shape", ())) == 3 and "float" in keras.backend.standardize_dtype(tensor.dtype):
            points.append(Point(name, tensor))

    def watch(layer, noting):
        if any(layer is known for known, _ in before):
            return
        before.append((layer, vars(layer).get("call")))
        vars(layer)["call"] = noting(layer.call)

    def numbered(name):
        counts[name] = counts.get(name, 0) + 1
        return name if counts[name] == 1 else f"{name}#{counts[name]}"

    def adding(name):
        def noting(original):
            def call(*args, **kwargs):
                result = original(*args, **kwargs)
                note(numbered(name), result)
                return result

            return call

        return noting

    def block(name, layer):
        state = {}  # the name of the call that is under way
        norms = [norm for norm in NORMS if getattr(layer, norm, None) is not None]

        def noting(original):
            def call(*args, **kwargs):
                state["name"] = numbered(name)
                note(f"{state['name']}/input", args[0] if args else kwargs["x"])
                result = original(*args, **kwargs)
                note(f"{state['name']}/output", keras.tree.flatten(result)[0])
                return result

            return call

        def norm_noting(place, of_input):
            def noting(original):
                def call(x, *args, **kwargs):
                    result = original(x, *args, **kwargs)
                    note(f"{state['name']}/{place}", x if of_input else result)
                    return result

                return call

            return noting

        watch(layer, noting)
        # norm_first: what goes into a norm is the stream after the sublayer before it; else what comes out of it
        places = [NORMS[norm] for norm in norms][:-1]
        watched = norms[1:] if layer.norm_first else norms[:-1]
        for norm, place in zip(watched, places, strict=True):
            watch(getattr(layer, norm), norm_noting(place, layer.norm_first))

    try:
        for path, layer in walk(model):
            name = "/".join(path) or layer.name
            if isinstance(layer, TransformerEncoder | TransformerDecoder):
                block(name, layer)
            elif isinstance(layer, keras.layers.Add):
                watch(layer, adding(name))
            for operation in getattr(layer, "operations", None) or ():
                # `a + b` in a functional model is an operation, not a layer
                if not isinstance(operation, keras.layers.Layer) and type(operation).__name__ == "Add":
                    watch(operation, adding("/".join((*path, operation.name))))
        yield
    finally:
        for layer, original in reversed(before):
            vars(layer).pop("call", None)
            if original is not None:
                vars(layer)["call"] = original


def of_points(points):
    """The same points with NumPy arrays."""
    return [dataclasses.replace(point, values=as_array(point.values)) for point in points]
