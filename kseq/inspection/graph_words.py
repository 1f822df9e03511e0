"""What the data that `unroll` is given say of its steps: which words stand there, and which of them are padding."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers as kl

from kseq.inspection import tokens as reading
from kseq.inspection.graph_open import has_inside, opened
from kseq.inspection.graph_walk import arguments_of, tensors_of
from kseq.layers.token_ids import TokenIds

SAME = (TokenIds, kl.Identity, kl.Dropout, kl.SpatialDropout1D, kl.GaussianNoise, kl.GaussianDropout)  # in inference
PAD, NO_WORD = "[PAD]", "�"


@dataclass
class Steps:
    """The steps of one input: how many, their words if known, and which of them are no padding."""

    length: int
    words: list | None = None
    kept: list | None = None

    def labels(self, given, padding):
        """What to write on the steps: as the caller says, for all of them or those that are no padding; else words."""
        if given is None and self.words is not None:
            given = [word or PAD for word in self.words]
        if given is None or padding or self.kept is None or len(given) != self.length:
            return given
        return [given[step] for step in self.kept]


def consumers(tensor):
    """The recorded calls that take a tensor."""
    operation, index, _ = tensor._keras_history
    after = operation._inbound_nodes[index].outputs
    calls = [call for call in operation._outbound_nodes if any(t is tensor for t in call.arguments.keras_tensors)]
    return calls if any(t is tensor for t in after) else []


def vectorizing(tensor):
    """The recorded call of a `TextVectorization` that turns a tensor of whole texts into ids, or `None`."""
    if tensor.dtype != "string":
        return None
    return next((call for call in consumers(tensor) if isinstance(call.operation, kl.TextVectorization)), None)


def shape(one):
    """The shape of an array or of nested lists; `()` for a number, and for rows of unequal length."""
    try:
        return tuple(np.shape(one))
    except ValueError:
        return ()


def words_by_input(model, inputs, ones, vocabulary):
    """For each input the words of its first example, where ids and a vocabulary tell them; else `None`.

    Args:
        model, vocabulary: as for `trace`.
        inputs: as the caller gave them.
        ones: the same, one for each input: an array, a number of steps, or `None`.
    """
    arrays = [one if len(shape(one)) == 2 and np.asarray(one).dtype.kind in "iuf" else None for one in ones]
    if vocabulary is not None and all(array is None for array in arrays):
        raise ValueError(
            "`vocabulary` gives ids their words: `inputs_or_length` must be ids, of shape (batch_size, timesteps). "
            f"Received: inputs_or_length={inputs!r:.60}"
        )
    if any(shape(one) == () for one in ones) or (vocabulary is None and reading.find_vectorizer(model) is None):
        return [None] * len(ones)
    rows = reading.read(model, inputs, None, vocabulary, "inputs_or_length").rows([])
    found = []
    for number, array in enumerate(arrays):
        same = [n for n, other in enumerate(arrays) if other is not None and shape(other) == shape(array)]
        fitting = [row for row in rows if np.shape(row) == shape(array)]
        known = array is not None and len(fitting) == len(same)  # else it is not clear which are whose
        found.append([str(word) for word in fitting[same.index(number)][0]] if known else None)
    return found


def steps_of(tensor, one, words):
    """The `Steps` of one input, of which the first example is read.

    Args:
        tensor: the symbolic input.
        one: an array `(batch_size, timesteps, …)`, or a text where the model vectorizes it.
        words: those of the first example, or `None`.
    """
    call = vectorizing(tensor)
    if call is not None:
        tensor, one, words = _vectorized(call, one)
        if tensor is None:
            return Steps(1, words)
    mask = getattr(one, "_keras_mask", None)
    one = np.asarray(keras.ops.convert_to_numpy(one) if keras.ops.is_tensor(one) else one)[:1]
    if mask is not None:
        mask = keras.ops.convert_to_numpy(mask)[0]
    elif len(one):
        mask = _mask(tensor, one[0])
    if one.dtype.kind in "UO" and one.ndim == 2:
        words = [str(word) for word in one[0]]
    if mask is None or mask.all():
        return Steps(one.shape[1], words)
    return Steps(one.shape[1], words, np.flatnonzero(mask).tolist() or [0])


def _vectorized(call, text):
    """The symbolic ids that a text becomes, the ids themselves and their words; no symbol where there is no word."""
    texts = [text] if isinstance(text, str) else np.asarray(text).ravel().tolist()
    texts = [one.decode("utf-8") if isinstance(one, bytes) else one for one in texts]
    if len(texts) != 1 or not isinstance(texts[0], str):
        raise ValueError(
            f"`inputs_or_length` must be one text: a graph is drawn over one. Received: {len(texts)} texts"
            if texts and isinstance(texts[0], str)
            else f"`inputs_or_length` must be a text or a number of steps. Received: {text!r:.60}"
        )
    tensor = keras.ops.convert_to_tensor(texts, dtype="string")
    layer = call.operation
    ids = layer(keras.ops.expand_dims(tensor, -1) if len(layer.input.shape) == 2 else tensor)
    ids = ids.to_tensor() if hasattr(ids, "to_tensor") else ids
    rows = reading.Reading(None).rows([(layer, ids)])
    if not rows:
        return None, None, None  # no ids: counts of words, one vector
    return (call.outputs[0], ids, [str(word) for word in rows[0][0]]) if rows[0][0] else (None, None, [NO_WORD])


def _mask(tensor, values):
    """Which steps of one example are no padding: what the first `Embedding` or `Masking` on the way says; or `None`."""
    for call in consumers(tensor):
        layer, mask = call.operation, None
        if isinstance(layer, kl.Embedding):
            mask = values != 0 if layer.mask_zero and values.ndim == 1 else None
        elif isinstance(layer, kl.Masking):
            mask = np.any(values != layer.mask_value, axis=-1)
        elif isinstance(layer, kl.StringLookup) and values.dtype.kind in "UO":
            mask = _mask(call.outputs[0], keras.ops.convert_to_numpy(layer(values.tolist())))
        elif has_inside(layer):
            args, kwargs = arguments_of(call)
            place = [id(t) for t in tensors_of((args, kwargs))].index(id(tensor))
            with opened(layer, args, kwargs) as (inputs, _):
                mask = _mask(inputs[place], values)
        elif isinstance(layer, SAME) or type(layer).__name__ == "Cast":
            mask = _mask(call.outputs[0], values)
        if mask is not None:
            return mask
    return None
