"""`load_word_vectors` and `WordVectors`: a table with a row of numbers for each word (course row T1)."""

import difflib
import os
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kseq.data.arguments import check_counts
from kseq.data.errors import DataError, counted
from kseq.data.word_vector_files import read_vectors, width_of, write_vectors

_SPACES = " \t\r\n"


class Neighbour(NamedTuple):
    """A word and how near its vector is: the cosine of the angle between them, 1 for the same direction."""

    word: str
    cosine: float

    def __repr__(self):
        return f"Neighbour(word={self.word!r}, cosine={self.cosine:.3g})"


class UnknownWordError(KeyError):
    """A word that is not in a table; unlike a plain `KeyError` it prints as it is written."""

    def __str__(self):
        return str(self.args[0])


class WordVectors:
    """Words and their vectors, with what can be asked of them (T1).

    Made by `load_word_vectors` from a file, or by `WordVectors.from_model` from what a model has learned.

    Args:
        words: the words, each once.
        matrix: array `(len(words), width)`, a row for each.
        name: how the table is called in messages.
        notes: remarks on what was read.

    Attributes:
        words, matrix (float32), name, notes: as given.

    Example:

    >>> vectors = load_word_vectors("glove.6B.50d.txt", limit=50_000)
    >>> vectors.neighbours("soup", k=3)
    >>> vectors.analogy("man", "king", "woman")
    """

    def __init__(self, words, matrix, name="vectors", notes=()):
        self.words, self.name, self.notes = list(words), name, list(notes)
        self.matrix = np.asarray(matrix, np.float32)
        if self.matrix.ndim != 2 or len(self.matrix) != len(self.words) or not self.matrix.size:
            raise ValueError(
                f"`matrix` must have a row for each of the {counted(len(self.words), 'word')}. "
                f"Received: shape {self.matrix.shape}"
            )
        self._places = {word: place for place, word in enumerate(self.words)}
        if len(self._places) < len(self.words):
            twice = next(word for place, word in enumerate(self.words) if self._places[word] != place)
            raise ValueError(f"`words` holds {twice!r} twice")

    @classmethod
    def from_model(cls, model, layer=None, vectorizer=None):
        """The table that a model of kseq has learned, without the rows for padding and unknown tokens.

        Tokens that differ only by the space before them (`" red"`, `"red"`) are one word: the more frequent one
        counts. Tokens of white space only are left out.

        Args:
            model: a built model.
            layer: name of its `Embedding`; `None`: the first that has a row for each token.
            vectorizer: names the rows; `None`: that of the model.
        """
        vectorizer = getattr(model, "vectorizer", None) if vectorizer is None else vectorizer
        if not hasattr(vectorizer, "readable_vocabulary"):
            raise ValueError(
                f"`model` must carry the vectorizer of its tokens, or it must be given as `vectorizer`. "
                f"Received: {type(model).__name__} with vectorizer={type(vectorizer).__name__}"
            )
        tables = [
            one
            for one in model.layers
            if hasattr(one, "embeddings") and one.input_dim == vectorizer.vocabulary_size and layer in (None, one.name)
        ]
        if not tables:
            raise ValueError(
                f"`model` must have an Embedding with {vectorizer.vocabulary_size:,} rows. Received: "
                f"{getattr(model, 'name', model)!r} with the layers {', '.join(one.name for one in model.layers)}"
            )
        table = np.array(tables[0].get_weights()[0], np.float32)
        rows, hidden = {}, 0
        for row, token in enumerate(
            vectorizer.readable_vocabulary, vectorizer.vocabulary_size - len(vectorizer.vocabulary)
        ):
            word = token.strip(_SPACES)
            rows.setdefault(word, row)
            hidden += not word
        rows.pop("", None)
        twice = len(vectorizer.vocabulary) - hidden - len(rows)
        notes = [f"{counted(twice, 'token')} left out that differ from another one by a space only"] if twice else []
        notes += [f"{counted(hidden, 'token')} of white space left out"] if hidden else []
        return cls(rows, table[list(rows.values())], getattr(model, "name", "model"), notes)

    @property
    def width(self):
        """Numbers in a vector."""
        return self.matrix.shape[1]

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return self.place(word) is not None

    def __repr__(self):
        return f"WordVectors({self.name!r}, {counted(len(self), 'word')}, width={self.width})"

    def place(self, word):
        """The row of a word, or `None`: as it is written or, if that is not there, in lower case or with capitals."""
        return next((self._places[form] for form in forms_of(word) if form in self._places), None)

    def vector(self, word):
        """The vector of a word, float32 `(width,)`.

        Raises:
            UnknownWordError: the word is not in the table; near ones are offered. It is a `KeyError`.
        """
        return self.matrix[self._place(word)]

    def neighbours(self, word, k=10):
        """The words whose vectors point most nearly in the same direction.

        Args:
            word: a word of the table, or a vector `(width,)`.
            k: how many.

        Returns:
            A list of `Neighbour(word, cosine)`, the nearest first, without the word itself.
        """
        check_counts(k=k)
        if isinstance(word, str):
            return self._nearest(self.vector(word), k, {self._place(word)})
        vector = np.asarray(word, np.float32)
        if vector.shape != (self.width,):
            raise ValueError(f"`word` must be a word or a vector of {self.width} numbers. Received: {word!r}")
        return self._nearest(vector, k, set())

    def analogy(self, a, b, c, k=5):
        """a is to b as c is to …: the neighbours of b - a + c, all three of length 1 and left out of the answer.

        Args:
            a, b, c: words of the table, such as `"man"`, `"king"`, `"woman"`.
            k: how many answers.

        Returns:
            A list of `Neighbour(word, cosine)`, the nearest first.

        References:
            Mikolov, Yih and Zweig (2013), Linguistic regularities in continuous space word representations.
        """
        check_counts(k=k)
        places = [self._place(word) for word in (a, b, c)]
        first, second, third = self._directions[places]
        return self._nearest(second - first + third, k, set(places))

    def rows_of(self, words):
        """The row of each word, -1 for those that are not there: int64 `(len(words),)`."""
        places = [self.place(word.strip(_SPACES)) for word in words]
        return np.array([-1 if place is None else place for place in places], np.int64)

    def save(self, path):
        """Writes the table as text that `load_word_vectors` reads, in the format of fastText; returns the path."""
        return write_vectors(path, self.words, self.matrix)

    @property
    def _directions(self):
        lengths = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        return self.matrix / np.where(lengths > 0, lengths, 1)

    def _nearest(self, vector, k, without):
        length = np.linalg.norm(vector)
        cosines = self._directions @ (vector / (length if length > 0 else 1))
        order = [place for place in np.argsort(-cosines, kind="stable")[: k + len(without)] if place not in without]
        return [Neighbour(self.words[place], float(cosines[place])) for place in order[:k]]

    def _place(self, word):
        place = self.place(word)
        if place is None:
            near = difflib.get_close_matches(word, self.words, n=3)
            hint = f"; near ones are {', '.join(near)}" if near else ""
            raise UnknownWordError(f"{word!r} is none of the {counted(len(self), 'word')} of {self.name!r}{hint}")
        return place


def forms_of(word):
    """A word as it is written, in lower case, with a capital, and in capitals: files differ in what they keep."""
    return tuple(dict.fromkeys((word, word.lower(), word.capitalize(), word.upper())))


def load_word_vectors(path, *, words=None, limit=None):
    """Reads pre-trained word vectors: a file of GloVe, word2vec or fastText, as text (T1).

    Args:
        path: the file; also packed as `.gz`, or as `.zip` with one file in it.
        words: only these words are kept, in whatever case the file has them; `None`: all. Of a large file take only
            what you need: `words=dataset.vectorizer.vocabulary`.
        limit: lines to read at most. The files begin with the most frequent words.

    Returns:
        A `WordVectors`. What was left out is in its `.notes`; a file that does not hold as many words as its first line
        promises is a warning besides.

    Raises:
        DataError: the file is not what it should be; the message names file, line, what was expected and found.

    Example:

    >>> vectors = load_word_vectors("glove.6B.100d.txt", words=reviews.vectorizer.vocabulary)
    >>> model = build_sentiment_model(reviews.vectorizer, embeddings=vectors)
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"`path` must be the path of a file. Received: {type(path).__name__}")
    check_counts(optional=True, limit=limit)
    if isinstance(words, str):
        raise TypeError(f"`words` must be a list of words. Received: words={words[:40]!r}")
    wanted = None if words is None else {form for word in words for form in forms_of(word.strip(_SPACES))}
    table = read_vectors(path, wanted, limit)
    if not table.words:
        raise DataError(
            f"{path}: expected at least one of the {counted(len(list(words or ())), 'word')} asked for, found none"
        )
    if table.miscounted:
        warnings.warn(f"{path}: {table.miscounted}; is the file whole?", stacklevel=2)
    return WordVectors(table.words, np.stack(table.rows), Path(path).name, table.notes)


def vectors_width(embeddings):
    """The width of the vectors: of a `WordVectors`, or in a file, of which only the beginning is read."""
    return embeddings.width if isinstance(embeddings, WordVectors) else width_of(embeddings)
