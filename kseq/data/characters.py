"""`CharacterVectorizer`: a text becomes a row of character ids (course row T2)."""

import unicodedata
from collections import Counter

import numpy as np

from kseq.data.vectorizer import RESERVED, TextVectorizer, _check_texts, most_frequent


class CharacterVectorizer(TextVectorizer):
    """Turns texts into rows of character ids and back.

    A character is a Unicode code point of the composed text (NFC). Works for every script, those without
    spaces between words included; rows are about five times as long as those of words.

    Args:
        vocabulary: characters in the order of their ids, which begin at 2; or one string of them.
        labels: names of the classes in the order of their ids, such as `("negative", "positive")`.
        lowercase: whether texts are put in lower case first.
        max_length: longest row that `encode` returns, in characters. `None`: no limit.

    Example:

    >>> vectorizer = CharacterVectorizer.fit(["ดีมาก"])
    >>> vectorizer.decode(vectorizer.encode(["มาก"]))
    ['มาก']
    """

    _unit = "character"
    _separator = ""

    def __init__(self, vocabulary, labels=(), lowercase=False, max_length=None):
        super().__init__(vocabulary, labels, lowercase, max_length)
        codes = np.array([ord(c) for c in self.vocabulary], np.int64)
        # Ids by code point, as far as the largest known one; everything beyond is unknown.
        self._table = np.full(int(codes.max(initial=0)) + 2, self.unknown_id, np.int32)
        self._table[codes] = np.arange(RESERVED, RESERVED + len(codes))

    @classmethod
    def fit(cls, texts, *, labels=(), max_tokens=20_000, min_count=1, lowercase=False, max_length=None):
        """Makes a vectorizer whose vocabulary holds the most frequent characters of `texts`.

        Args:
            texts: sequence of strings: the training split, and only that.
            labels: names of the classes in the order of their ids.
            max_tokens: largest `vocabulary_size`, the two reserved ids included; `None`: no limit.
            min_count: how often a character must occur to be kept.
            lowercase, max_length: as in the constructor.
        """
        counts = Counter()
        for text in _check_texts(texts):
            counts.update(_normalise(text, lowercase))
        counts.pop("\ufffd", None)  # what unknown ids decode to
        return cls(most_frequent(counts, max_tokens, min_count), labels, lowercase, max_length)

    def tokenize(self, text):
        """The characters of one text, as strings."""
        return list(_normalise(_check_texts([text])[0], self.lowercase))

    def _rows(self, texts):
        return [self._table[self._codes(text)].tolist() for text in texts]

    def _codes(self, text):
        data = _normalise(text, self.lowercase).encode("utf-32-le", "surrogatepass")
        return np.minimum(np.frombuffer(data, np.uint32), len(self._table) - 1)

    def _spoils(self, token):
        return len(token) != 1 or token == "\ufffd"


def _normalise(text, lowercase):
    text = text.lower() if lowercase else text
    return text if text.isascii() else unicodedata.normalize("NFC", text)
