"""`SpacedWordVectorizer`: words with the space before them, so that generated text reads as text (row L1)."""

import functools
import re
import warnings
from collections import Counter

from kseq.data.unicode_words import APOSTROPHES, UNKNOWN, composed, unspaced_script, word_pattern
from kseq.data.vectorizer import TextVectorizer, _check_texts, most_frequent

_SEPARATOR = "\0"  # never part of a text file, so it can stand between the words of a vocabulary


class SpacedWordVectorizer(TextVectorizer):
    """Turns texts into rows of word ids and back without losing white space, capitals or punctuation.

    A `WordVectorizer` is made for reading: it drops the spaces, so that what a model writes would come out as
    "roses are red , violets". Here a token carries the space before it, as in GPT-2: "Roses are red, violets\\n"
    is cut into `"Roses"`, `" are"`, `" red"`, `","`, `" violets"`, `"\\n"`, and tokens put one after the other are the
    text again. Words are found in any script (see `kseq.data.unicode_words`); further spaces and line ends are
    tokens of their own. Texts are composed (NFC).

    Args:
        vocabulary: tokens in the order of their ids, which begin at 2; or one string with U+0000 between them.
        labels: names of the classes in the order of their ids, such as `("negative", "positive")`.
        lowercase: whether texts are put in lower case first.
        max_length: longest row that `encode` returns, in tokens. `None`: no limit.

    Example:

    >>> vectorizer = SpacedWordVectorizer.fit(["Roses are red,\\nviolets are blue."])
    >>> vectorizer.decode([vectorizer.ids("Roses are blue,\\nviolets red.")])
    ['Roses are blue,\\nviolets red.']

    References:
        Course rows T2 (words and sub-words), L1.
    """

    _unit = "word"
    _separator = _SEPARATOR
    _joint = ""

    def __init__(self, vocabulary, labels=(), lowercase=False, max_length=None):
        super().__init__(vocabulary, labels, lowercase, max_length)

    @classmethod
    def fit(cls, texts, *, labels=(), max_tokens=20_000, min_count=2, lowercase=False, max_length=None):
        """Makes a vectorizer whose vocabulary holds the most frequent tokens of `texts`.

        Args:
            texts: sequence of strings: the training split, and only that.
            labels: names of the classes in the order of their ids.
            max_tokens: largest `vocabulary_size`, the two reserved ids included; `None`: no limit.
            min_count: how often a token must occur to be kept. With 1 nothing in `texts` is unknown, and a model
                trained on them never learns that words it does not know will come.
            lowercase, max_length: as in the constructor.
        """
        texts = _check_texts(texts)
        script = unspaced_script(texts)
        if script:
            warnings.warn(
                f"These texts look like {script}, which is written without spaces between words: whole sentences "
                "would become single words. Use tokens='subword' or tokens='character' instead.",
                stacklevel=2,
            )
        counts = Counter()
        for text in texts:
            counts.update(_tokens(text, lowercase))
        counts = {token: count for token, count in counts.items() if not _is_reserved(token)}
        return cls(most_frequent(counts, max_tokens, min_count), labels, lowercase, max_length)

    def tokenize(self, text):
        """The tokens of one text, as strings; joined they are the text."""
        return _tokens(_check_texts([text])[0], self.lowercase)

    def _rows(self, texts):
        get, unknown = self._ids.get, self.unknown_id
        return [[get(token, unknown) for token in _tokens(text, self.lowercase)] for text in texts]

    def _spoils(self, token):
        # Several spaces are one token where a word follows, and alone they are not cut as they were there.
        return _is_reserved(token) or (bool(token.strip(" ")) and _tokens(token, lowercase=False) != [token])


def _tokens(text, lowercase):
    return _pattern().findall(composed(text.lower() if lowercase else text))


def _is_reserved(token):
    return UNKNOWN in token or _SEPARATOR in token


@functools.cache
def _pattern():
    # A visible token with at most one space; or spaces before the one that belongs to a token; or any one character.
    return re.compile(rf" ?(?:{word_pattern(APOSTROPHES).pattern})| +(?= )|[\s\S]")
