"""`WordVectorizer`: a text becomes a row of word ids (course rows T1, T2)."""

import warnings
from collections import Counter

from kseq.data.unicode_words import UNKNOWN, normalise_word_text, unspaced_script, word_pattern
from kseq.data.vectorizer import TextVectorizer, _check_texts, most_frequent

_LONGEST_REMEMBERED = 64  # characters; longer stretches without white space hardly ever come twice


class WordVectorizer(TextVectorizer):
    """Turns texts into rows of word ids and back.

    Words are found in any script (see `kseq.data.unicode_words`); punctuation marks and emoji are tokens of
    their own. Texts are composed (NFC) and, by default, put in lower case. Scripts without spaces between
    words (Thai, Chinese, Japanese …) need a `CharacterVectorizer`.

    Args:
        vocabulary: words in the order of their ids, which begin at 2; or one string with spaces between them.
        labels: names of the classes in the order of their ids, such as `("negative", "positive")`.
        lowercase: whether texts are put in lower case first.
        max_length: longest row that `encode` returns, in words. `None`: no limit.

    Example:

    >>> vectorizer = WordVectorizer.fit(["Neat plot. Great acting."])
    >>> vectorizer.decode(vectorizer.encode(["Great plot!"]))
    ['great plot \ufffd']

    References:
        Course rows T1 (index, then embedding), T2 (words and sub-words).
    """

    _unit = "word"
    _separator = " "

    @classmethod
    def fit(cls, texts, *, labels=(), max_tokens=20_000, min_count=1, lowercase=True, max_length=None):
        """Makes a vectorizer whose vocabulary holds the most frequent words of `texts`.

        Args:
            texts: sequence of strings: the training split, and only that.
            labels: names of the classes in the order of their ids.
            max_tokens: largest `vocabulary_size`, the two reserved ids included; `None`: no limit.
            min_count: how often a word must occur to be kept.
            lowercase, max_length: as in the constructor.
        """
        texts = _check_texts(texts)
        script = unspaced_script(texts)
        if script:
            warnings.warn(
                f"These texts look like {script}, which is written without spaces between words: whole sentences "
                "would become single words. Use a CharacterVectorizer (tokens='character') instead.",
                stacklevel=2,
            )
        chunks = Counter()
        for text in texts:
            chunks.update(text.split())
        counts = Counter()
        for chunk, count in chunks.items():
            for token in _tokens(chunk, lowercase):
                counts[token] += count
        return cls(most_frequent(counts, max_tokens, min_count), labels, lowercase, max_length)

    def tokenize(self, text):
        """The words of one text, as strings."""
        return _tokens(_check_texts([text])[0], self.lowercase)

    def _rows(self, texts):
        if len(texts) == 1:  # nothing to remember
            return [[self._ids.get(token, self.unknown_id) for token in self.tokenize(texts[0])]]
        known, rows = _ChunkIds(self), []
        for text in texts:
            row = []
            for chunk in text.split():
                row += known[chunk]
            rows.append(row)
        return rows

    def _spoils(self, token):
        return UNKNOWN in token or token.split() != [token]


class _ChunkIds(dict):
    """Ids of each stretch between white space, worked out once: most of a text repeats itself."""

    def __init__(self, vectorizer):
        self._get, self._lowercase = vectorizer._ids.get, vectorizer.lowercase

    def __missing__(self, chunk):
        ids = [self._get(token, TextVectorizer.unknown_id) for token in _tokens(chunk, self._lowercase)]
        if len(chunk) <= _LONGEST_REMEMBERED:
            self[chunk] = ids
        return ids


def _tokens(text, lowercase):
    return word_pattern().findall(normalise_word_text(text, lowercase))
