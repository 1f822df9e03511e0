"""Which word stands at which position: from texts, from ids and a vocabulary, or as the caller says."""

import dataclasses

import keras
import numpy as np
from keras import ops

from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import walk

VECTORIZERS = (keras.layers.TextVectorization, keras.layers.StringLookup)
PADDING, UNKNOWN = "", "[UNK]"
IMDB_WORDS = 88_584  # of `keras.datasets.imdb.get_word_index()`, whose ids are 3 lower than those in the data
IMDB_RESERVED = {0: PADDING, 1: "[START]", 2: UNKNOWN}


@dataclasses.dataclass
class Reading:
    """The model's inputs, and what is known of their words.

    Args:
        inputs: what the model is called with.
        given: tokens that the caller gave: a list of lists, or a dict of those by layer.
        words: a function from an array of ids to nested lists of tokens, or `None`.
    """

    inputs: object
    given: object = None
    words: object = None

    def rows(self, outputs):
        """Candidates for tokens: a list of `(batch, steps)` nested lists of strings.

        Args:
            outputs: `(layer, output)` of the layers in `VECTORIZERS`, as they ran.
        """
        found = []
        for layer, ids in outputs:
            ids = ops.convert_to_numpy(ids.to_tensor() if hasattr(ids, "to_tensor") else ids)
            if ids.ndim == 2 and ids.dtype.kind in "iu":
                vocabulary = layer.get_vocabulary()
                found.append(by_id(dict(enumerate(vocabulary)))(ids))
        if self.words is not None:
            found += [self.words(ids) for ids in id_arrays(self.inputs)]
        return found


def read(model, inputs, tokens=None, vocabulary=None):
    """Prepares the inputs and finds out where words come from.

    Raises:
        InspectionError: texts for a model that has nothing to turn them into ids with, or arguments that make no
            sense.
    """
    if isinstance(inputs, str):
        inputs = [inputs]
    inputs = as_array(inputs)
    words = None
    vectorizer = find_vectorizer(model)
    if vocabulary is not None:
        words = by_id(as_dict(vocabulary))
    elif vectorizer is not None:
        table = {0: PADDING, 1: UNKNOWN} | dict(enumerate(vectorizer.vocabulary, 2))
        words = by_id(table)
    if is_text(inputs):
        if vectorizer is not None:
            inputs = vectorizer.encode(list(inputs))
        elif takes_text(model):
            inputs = ops.convert_to_tensor([str(text) for text in inputs], dtype="string")
            if len(getattr(model, "input_shape", None) or ()) == 2:
                inputs = ops.expand_dims(inputs, -1)
        else:
            raise InspectionError(
                f"`inputs` are texts, but the model {model.name!r} has no vectorizer to turn them into ids: give the "
                "ids as in training, and `vocabulary=` (words by id, or a dict word -> id) to see the words again"
            )
    return Reading(inputs, tokens, words)


def as_array(inputs):
    """Rows of plain numbers as an array; all else as it is."""
    if not isinstance(inputs, list) or not all(isinstance(x, int | float) for x in keras.tree.flatten(inputs)):
        return inputs
    try:
        return np.array(inputs)
    except ValueError:
        raise InspectionError("`inputs` must be rows of equal length: pad them as in training") from None


def find_vectorizer(model):
    """The kseq vectorizer that a model carries, or `None`."""
    for _, layer in walk(model):
        vectorizer = getattr(layer, "vectorizer", None)
        if vectorizer is not None and hasattr(vectorizer, "encode") and hasattr(vectorizer, "vocabulary"):
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


def id_arrays(inputs):
    """The inputs that may be ids: integers of shape `(batch, steps)`."""
    arrays = [x for x in keras.tree.flatten(inputs) if len(np.shape(x)) == 2]
    arrays = [ops.convert_to_numpy(x) if not isinstance(x, np.ndarray) else x for x in arrays]
    whole = [x.astype(int) for x in arrays if x.dtype.kind in "iu"]
    # Keras's own loaders and `pad_sequences` give int32, but ids often come as floats
    return whole or [x.astype(int) for x in arrays if x.dtype.kind == "f" and np.array_equal(x, np.floor(x))]


def as_dict(vocabulary):
    """A vocabulary as a dict id -> word."""
    if vocabulary == "imdb" or _is_imdb(vocabulary):
        index = keras.datasets.imdb.get_word_index() if isinstance(vocabulary, str) else vocabulary
        return IMDB_RESERVED | {number + 3: word for word, number in index.items()}
    if isinstance(vocabulary, dict):
        pairs = list(vocabulary.items())
        if all(isinstance(n, int | np.integer) for _, n in pairs):
            return {int(n): str(word) for word, n in pairs}
        if all(isinstance(n, int | np.integer) for n, _ in pairs):
            return {int(n): str(word) for n, word in pairs}
    elif not isinstance(vocabulary, str) and all(isinstance(word, str) for word in vocabulary):
        return dict(enumerate(vocabulary))
    raise InspectionError(
        "`vocabulary` must be a list of words by id, a dict word -> id, or 'imdb'. Received: "
        f"vocabulary={str(vocabulary)[:60]}"
    )


def by_id(table):
    """A function from an array of ids to lists of words; an id without a word becomes `[7]`, id 0 is padding."""
    table = {0: PADDING} | table

    def words(ids):
        return [[table.get(number, f"[{number}]") for number in row] for row in ids.tolist()]

    return words


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
        return fitting[0] if len(fitting) == 1 else None
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


def _is_imdb(vocabulary):
    return isinstance(vocabulary, dict) and len(vocabulary) == IMDB_WORDS and vocabulary.get("the") == 1
