"""Which word stands at which position: from texts, from ids and a vocabulary, or as the caller says."""

import dataclasses

import keras
import numpy as np
from keras import ops

from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import check_built, walk
from kseq.inspection.fitting import check_inputs, described, place
from kseq.inspection.vocabulary import PADDING, Vocabulary, is_vectorizer

VECTORIZERS = (keras.layers.TextVectorization, keras.layers.StringLookup)


@dataclasses.dataclass
class Reading:
    """The model's inputs, and what is known of their words.

    Args:
        inputs: what the model is called with.
        given: tokens that the caller gave: a list of lists, or a dict of those by layer.
        vocabulary: a `Vocabulary`, or `None`.
        ids: the arrays among the inputs that are ids of its words.
    """

    inputs: object
    given: object = None
    vocabulary: Vocabulary | None = None
    ids: list = ()

    def rows(self, outputs):
        """Candidates for tokens: a list of `(batch, steps)` nested lists of strings.

        Args:
            outputs: `(layer, output)` of the layers in `VECTORIZERS`, as they ran.
        """
        found = []
        for layer, ids in outputs:
            ids = ops.convert_to_numpy(ids.to_tensor() if hasattr(ids, "to_tensor") else ids)
            if ids.ndim == 2 and ids.dtype.kind in "iu":
                found.append(Vocabulary(list(layer.get_vocabulary())).words(ids))
        return found + [self.vocabulary.words(ids) for ids in self.ids]


def read(model, inputs, tokens=None, vocabulary=None, argument="inputs"):
    """Prepares the inputs, makes sure that they fit the model, and finds out where words come from.

    Args:
        model, inputs, tokens, vocabulary: as for `trace`.
        argument: what the caller calls `inputs`.

    Raises:
        InspectionError: the model is not built; the inputs don't fit it, or are texts and it has nothing to turn them
            into ids with; or the vocabulary cannot be that of the ids.
    """
    check_built(model)
    if isinstance(inputs, str):
        inputs = [inputs]
    inputs = as_array(inputs, argument)
    vectorizer = find_vectorizer(model)
    own = vectorizer is not None or takes_text(model)
    if vocabulary is not None and own:
        raise InspectionError(
            f"`vocabulary` must be left out, as the model {model.name!r} has its words inside. Received: "
            f"vocabulary={vocabulary!r:.40}"
        )
    if vocabulary is not None:
        vocabulary = Vocabulary(vocabulary)
    elif vectorizer is not None:
        vocabulary = Vocabulary(vectorizer)
    if is_text(inputs):
        if vectorizer is not None:
            # A tagger reads more than one array of each sentence.
            inputs = getattr(vectorizer, "inputs", vectorizer.encode)(list(inputs))
        elif own:
            inputs = ops.convert_to_tensor([str(text) for text in inputs], dtype="string")
            if len(getattr(model, "input_shape", None) or ()) == 2:
                inputs = ops.expand_dims(inputs, -1)
        else:
            raise InspectionError(
                f"`{argument}` are texts, but the model {model.name!r} has no vectorizer to turn them into ids: give "
                "the ids as in training, and `vocabulary=` (words by id, or a dict word -> id) to see the words again"
            )
    elif own and vectorizer is None and _is_one_array(inputs):
        raise InspectionError(
            f"`{argument}` must be texts, as the model {model.name!r} turns them into ids itself. Received: "
            f"{described(inputs)}"
        )
    check_inputs(model, inputs, argument)
    ids = [] if vocabulary is None else _named(vocabulary, model, inputs, argument, must=vectorizer is None)
    return Reading(inputs, tokens, vocabulary, ids)


def _named(vocabulary, model, inputs, argument, must):
    """The arrays of ids that the vocabulary fits; of several it need not fit all.

    Args:
        must: whether it was given to be used.
    """
    arrays = id_arrays(inputs)
    if not arrays and must:
        raise InspectionError(
            f"`vocabulary` needs ids in `{argument}`: whole numbers (batch, steps). Received: {_not_ids(inputs)}"
        )
    masks_zero = any(getattr(layer, "mask_zero", False) for _, layer in walk(model))
    problems = [vocabulary.problem(ids, masks_zero, argument) for ids in arrays]
    if must and all(problems):
        raise InspectionError(problems[0])
    return [ids for ids, problem in zip(arrays, problems, strict=True) if problem is None]


def as_array(inputs, argument="inputs"):
    """Rows of plain numbers as an array; all else as it is."""
    if not isinstance(inputs, list) or not all(isinstance(x, int | float) for x in keras.tree.flatten(inputs)):
        return inputs
    try:
        return np.array(inputs)
    except ValueError:
        raise InspectionError(f"`{argument}` must be rows of equal length: pad them as in training") from None


def find_vectorizer(model):
    """The kseq vectorizer that a model carries, or `None`."""
    for _, layer in walk(model):
        vectorizer = getattr(layer, "vectorizer", None)
        if is_vectorizer(vectorizer):
            return vectorizer
    return None


def takes_text(model):
    """Whether the model turns strings into ids itself."""
    inputs = getattr(model, "inputs", None) or []
    if inputs:
        return keras.backend.standardize_dtype(inputs[0].dtype) == "string"
    return any(isinstance(layer, VECTORIZERS) for _, layer in walk(model))


def is_text(inputs):
    """Whether the inputs are a sequence of strings."""
    if isinstance(inputs, np.ndarray):
        return inputs.dtype.kind in "UT" or (inputs.dtype == object and inputs.size and isinstance(inputs.flat[0], str))
    return isinstance(inputs, list | tuple) and bool(inputs) and all(isinstance(text, str) for text in inputs)


def _not_ids(inputs):
    """What there is instead of ids: a fraction, or another shape."""
    for x in keras.tree.flatten(inputs):
        if isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.kind == "f":
            return place(x != np.floor(x), x)
    return described(inputs)


def _is_one_array(inputs):
    """Whether the input is a single array of numbers."""
    return (
        not keras.tree.is_nested(inputs)
        and str(getattr(inputs, "dtype", "")) not in ("", "object", "string")
        and (not isinstance(inputs, np.ndarray) or inputs.dtype.kind in "iufb")
    )


def id_arrays(inputs):
    """The inputs that may be ids: integers of shape `(batch, steps)`."""
    arrays = [x for x in keras.tree.flatten(inputs) if len(np.shape(x)) == 2]
    arrays = [ops.convert_to_numpy(x) if not isinstance(x, np.ndarray) else x for x in arrays]
    whole = [x for x in arrays if x.dtype.kind in "iu"]
    # Keras's own loaders and `pad_sequences` give int32, but ids often come as floats
    return whole or [x.astype(int) for x in arrays if x.dtype.kind == "f" and np.array_equal(x, np.floor(x))]


def tokens_for(name, rows, given, batch, length, mask):
    """The tokens of one layer, a list of lists of equal length, or `None`.

    Args:
        name: the layer's name.
        rows: candidates found in the inputs.
        given: what the caller gave; goes before the candidates.
        batch, length, mask: of the layer's input.

    Raises:
        InspectionError: the caller's tokens don't fit.
    """
    if isinstance(given, dict):
        given = next((given[key] for key in (name, name.partition("#")[0], name.split("/")[0]) if key in given), None)
    if given is None:
        fitting = [row for row in rows if len(row) == batch and (not row or len(row[0]) == length)]
        if len(fitting) > 1 and mask is not None:  # the text whose padding is where the mask is
            fitting = [row for row in fitting if [[word != PADDING for word in line] for line in row] == mask.tolist()]
        return fitting[0] if fitting and all(row == fitting[0] for row in fitting) else None
    if isinstance(given, str) or any(isinstance(row, str) for row in given):
        raise InspectionError(f"`tokens` must be a list of lists of str, one list per example. Received: {given!r:.60}")
    if len(given) != batch:
        raise InspectionError(f"`tokens` must hold {batch} lists, one per example. Received: {len(given)}")
    return [
        _placed(name, [str(token) for token in row], index, length, None if mask is None else mask[index])
        for index, row in enumerate(given)
    ]


def _placed(name, row, index, length, mask):
    if len(row) == length:
        return row
    if mask is not None and len(row) == mask.sum():  # padding was left out
        line = np.full(length, PADDING, object)
        line[mask] = row
        return line.tolist()
    unpadded = "" if mask is None else f", or {mask.sum()} without padding"
    raise InspectionError(
        f"`tokens[{index}]` must hold a token for each of the {length} steps of the layer {name!r}{unpadded}. "
        f"Received: {len(row)}"
    )
