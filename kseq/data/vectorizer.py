"""What the vectorizers of texts have in common: texts and labels become numbers and come back (rows T1, T2).

Networks cannot read words. A vectorizer holds everything needed to go from raw input to integers and back:
the vocabulary (an index for each token) and the names of the classes. Plain Python and NumPy.
"""

import json
from itertools import chain
from pathlib import Path

import numpy as np

from kseq.data.errors import DataError

RESERVED = 2  # id 0: padding, id 1: unknown


class TextVectorizer:
    """Base of `CharacterVectorizer`, `WordVectorizer`, `SpacedWordVectorizer` and `SubwordVectorizer`.

    Args:
        vocabulary: tokens in the order of their ids, without the two reserved ones; a sequence, or one string
            as `get_config` writes it.
        labels: names of the classes in the order of their ids, such as `("negative", "positive")`.
        lowercase: whether texts are put in lower case first.
        max_length: longest row that `encode` returns; what comes after is cut off. `None`: no limit.
    """

    pad_id = 0
    unknown_id = 1
    _separator = " "  # between the tokens of the vocabulary in a config
    _joint = None  # between the tokens of a decoded text; `None`: the same

    def __init__(self, vocabulary, labels=(), lowercase=True, max_length=None):
        if isinstance(vocabulary, str):
            vocabulary = vocabulary.split(self._separator) if self._separator else list(vocabulary)
            vocabulary = [token for token in vocabulary if token]
        if isinstance(labels, str):
            raise TypeError(f"`labels` must be a sequence of class names. Received: labels={labels!r}")
        if max_length is not None and max_length < 1:
            raise ValueError(f"`max_length` must be at least 1 or None. Received: max_length={max_length}")
        self.vocabulary = list(vocabulary)
        self.labels = tuple(str(label) for label in labels)
        self.lowercase = bool(lowercase)
        self.max_length = max_length
        self._check_vocabulary()
        self._ids = {token: index for index, token in enumerate(self.vocabulary, RESERVED)}
        if len(self._ids) < len(self.vocabulary):
            twice = next(t for i, t in enumerate(self.vocabulary, RESERVED) if self._ids[t] != i)
            raise ValueError(f"`vocabulary` holds {twice!r} twice")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError(f"`labels` must differ from each other. Received: labels={self.labels}")

    def _check_vocabulary(self):
        for token in self.vocabulary:
            if not isinstance(token, str) or not token or self._spoils(token):
                raise ValueError(f"`vocabulary` must hold {self._unit}s. Received: {token!r}")

    @property
    def vocabulary_size(self):
        """Number of ids, the two reserved ones included: the `input_dim` of an embedding."""
        return len(self.vocabulary) + RESERVED

    @property
    def readable_vocabulary(self):
        """The tokens of `vocabulary` as people read them."""
        return self.vocabulary

    @property
    def num_classes(self):
        """Number of classes."""
        return len(self.labels)

    def ids(self, text):
        """The ids of one text as a list, unpadded and uncut; empty for a text without tokens."""
        _check_texts([text])
        return self._rows([text])[0]

    def knows(self, text):
        """Whether at least one token of a text is in the vocabulary."""
        return any(token != self.unknown_id for token in self.ids(text))

    def encode(self, texts, length=None):
        """Turns texts into rows of ids, padded at the end.

        Args:
            texts: sequence of strings.
            length: number of columns; `None`: as many as the longest text needs. Never more than `max_length`
                ids of a text are kept.

        Returns:
            An int32 array of shape `(num_texts, length)`. A text without tokens becomes one unknown id, so
            that no row is all padding.
        """
        return self.pad(self.encode_rows(texts), length)

    def encode_rows(self, texts, cut=True):
        """Like `encode`, without padding: a list of lists of ids, none of them empty."""
        rows = self._rows(_check_texts(texts))
        limit = self.max_length if cut else None
        return [row[:limit] if row else [self.unknown_id] for row in rows]

    @staticmethod
    def pad(rows, length=None):
        """An int32 array of shape `(len(rows), length)` from lists of ids, padded (or cut) at the end."""
        if length is not None and length < 1:
            raise ValueError(f"`length` must be at least 1 or None. Received: length={length}")
        sizes = np.fromiter(map(len, rows), np.int64, len(rows))
        columns = length or int(max(1, sizes.max(initial=1)))
        if len(rows) and sizes.max() > columns:
            rows = [row[:columns] for row in rows]
            sizes = np.minimum(sizes, columns)
        ids = np.zeros((len(rows), columns), np.int32)
        ids[np.arange(columns) < sizes[:, None]] = np.fromiter(chain.from_iterable(rows), np.int32, sizes.sum())
        return ids

    def decode(self, ids):
        """Turns rows of ids back into texts; padding is skipped, an unknown id becomes U+FFFD.

        Args:
            ids: integers of shape `(num_texts, length)`, or a sequence of rows.
        """
        table = ["", "\ufffd", *self.vocabulary]
        return [self._join([table[i] for i in row if i]) for row in self._checked_rows(ids)]

    def _join(self, tokens):
        """The text of a row of tokens."""
        return (self._separator if self._joint is None else self._joint).join(tokens)

    def _checked_rows(self, ids):
        """Rows of ids as lists, all of them ids of this vocabulary."""
        rows, size = [np.asarray(row).ravel() for row in ids], self.vocabulary_size
        for row in rows:
            if row.size and (row.dtype.kind not in "iu" or row.min() < 0 or row.max() >= size):
                raise ValueError(f"`ids` must be integers from 0 to {size - 1}. Received: {row[:10]}…")
        return [row.tolist() for row in rows]

    def encode_labels(self, labels):
        """Turns names of classes into an int32 array of their ids."""
        index = {name: i for i, name in enumerate(self.labels)}
        labels = [str(label) for label in labels]
        for label in labels:
            if label not in index:
                raise ValueError(f"Unknown label {label!r}; expected one of {', '.join(self.labels)}")
        return np.array([index[label] for label in labels], np.int32)

    def decode_labels(self, ids):
        """Turns ids of classes into a list of their names."""
        return [self.labels[int(i)] for i in np.asarray(ids).ravel()]

    def get_config(self):
        """Everything needed to make an equal vectorizer: JSON types only, the vocabulary as one string."""
        return {
            "vocabulary": self._separator.join(self.vocabulary),
            "labels": list(self.labels),
            "lowercase": self.lowercase,
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config):
        """Makes the vectorizer that `get_config` described."""
        return cls(**config)

    def with_labels(self, labels, max_length=None):
        """A vectorizer with the same vocabulary for texts that have classes.

        Args:
            labels: names of the classes in the order of their ids.
            max_length: as in the constructor.
        """
        return type(self).from_config({**self.get_config(), "labels": list(labels), "max_length": max_length})

    def save(self, path):
        """Writes the vectorizer to a JSON file; returns the path."""
        path = Path(path)
        path.write_text(json.dumps({"class_name": type(self).__name__, "config": self.get_config()}), "utf-8")
        return path

    @classmethod
    def load(cls, path):
        """Reads a file that `save` wrote."""
        try:
            content = json.loads(Path(path).read_text("utf-8"))
            name, config = content["class_name"], content["config"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: expected a vectorizer saved as JSON, found something else") from error
        if name != cls.__name__:
            raise DataError(f"{path}: expected a {cls.__name__}, found a {name}")
        return cls.from_config(config)

    def __eq__(self, other):
        return type(self) is type(other) and self.get_config() == other.get_config()

    __hash__ = None

    def __repr__(self):
        return f"{type(self).__name__}(vocabulary_size={self.vocabulary_size}, labels={self.labels})"


def _check_texts(texts):
    """`texts` as a list of strings, or a one-line `TypeError`."""
    if isinstance(texts, str | bytes):
        raise TypeError(f"Expected a list of texts, received a single one: put it in a list, [{texts[:40]!r}]")
    texts = list(texts)
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"Expected texts (str), received {type(text).__name__} at index {index}: {text!r}")
    return texts


def most_frequent(counts, max_tokens, min_count):
    """The tokens of a vocabulary: by falling count, equal counts in alphabetical order."""
    if max_tokens is not None and max_tokens <= RESERVED:
        raise ValueError(f"`max_tokens` counts the {RESERVED} reserved ids too. Received: max_tokens={max_tokens}")
    kept = sorted((token for token, n in counts.items() if n >= min_count), key=lambda t: (-counts[t], t))
    return kept[: None if max_tokens is None else max_tokens - RESERVED]
