"""`TaggingVectorizer`: words, their spelling and their tags become numbers and come back (course rows S5, T1, T2)."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.seen_sentences import seen_of
from kseq.data.unicode_words import UNKNOWN, composed, normalise_word_text, word_pattern
from kseq.data.vectorizer import TextVectorizer, most_frequent

FIRST, LAST = 3, 5  # characters of a word that a model gets to see: its beginning and its end
SPELLING = 1 + FIRST + LAST  # numbers in the spelling of a word; the first one is its shape
SHAPES = ("other", "lower", "Capital", "CAPITALS", "miXed", "number", "with-digit", "with-hyphen")
_RESERVED = 2  # id 0: nothing there, id 1: a character that was not seen
_NUMBER = r"\d+(?:[.,:/]\d+)+"
# Written without spaces, yet one word each: addresses of the web and of people, without the mark behind them; dots.
_WHOLE = r"""(?:https?://|www\.)[^\s<>"]*[^\s<>".,;:!?()\[\]'»”]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\.{2,}"""


class TaggingVectorizer(TextVectorizer):
    """Turns sentences and the tags of their words into rows of ids and back.

    A sentence is a list of words, or a string, which is cut into words as in the training data: "don't" becomes "do"
    and "n't" if it was so there. Besides its id a word has a spelling: its shape (lower case, capitals, number, …),
    its first three and its last five characters. An unknown word still has its ending, and that says much: "-ing".

    Args:
        vocabulary: words in the order of their ids, which begin at 2: by falling frequency; or one string with line
            feeds between them.
        labels: the tags in the order of their ids.
        lowercase: whether words are put in lower case for their ids. The spelling keeps its capitals.
        characters: the characters that spellings are made of, in one string.
        singles: how many words at the end of the vocabulary occurred only once in the training split.
        contractions: dictionary of a written form, in lower case, -> the words it stands for; or one string, a line
            for each, with tabs between.
        longest: number of words of the longest training sentence; 0: not known.
        seen: sketch of the training sentences, see `kseq.data.seen_sentences`.

    Example:

    >>> vectorizer = TaggingVectorizer.fit([["Do", "n't", "go"]], [["AUX", "PART", "VERB"]])
    >>> vectorizer.tokenize("Don't go!")
    ['Do', "n't", 'go', '!']

    References:
        Course rows S5 (word labelling), T1 (index, then embedding), T2 (vocabulary).
    """

    _unit = "word"
    _separator = "\n"  # a word of CoNLL-U may hold a space
    _joint = " "

    def __init__(self, vocabulary, labels=(), lowercase=True, characters="", singles=0, contractions=(), longest=0,
                 seen=""):  # fmt: skip
        super().__init__(vocabulary, labels, lowercase)
        self.characters = characters
        self.singles = int(singles)
        self.longest, self.seen = int(longest), seen
        if isinstance(contractions, str):
            contractions = {line.split("\t")[0]: line.split("\t")[1:] for line in contractions.split("\n") if line}
        self.contractions = {written: tuple(words) for written, words in dict(contractions).items()}
        self._spelling_ids = {c: i for i, c in enumerate(characters, _RESERVED + len(SHAPES))}
        self._known = {}

    @classmethod
    def fit(cls, sentences, tags, *, labels=None, max_tokens=None, min_count=1, lowercase=True, contractions=None):
        """Makes a vectorizer from the training split, and only that.

        Args:
            sentences: lists of words.
            tags: for each sentence the list of its tags.
            labels: all tags there may be; `None`: those that occur.
            max_tokens: largest `vocabulary_size`, the two reserved ids included; `None`: no limit.
            min_count: how often a word must occur to be kept.
            lowercase: as in the constructor.
            contractions: dictionary of written form -> `Counter` of the words it stands for.
        """
        counts = Counter(normalised(word, lowercase) for words in sentences for word in words)
        counts.pop("", None)
        vocabulary = most_frequent(counts, max_tokens, min_count)
        letters = Counter(c for words in sentences for word in words for c in composed(word))
        learned = {}
        for written, ways in (contractions or {}).items():
            (words, count), *_ = ways.most_common(1)
            if count > 1:  # what occurs once may be a slip
                learned[written] = words
        return cls(
            vocabulary,
            sorted({tag for row in tags for tag in row}) if labels is None else labels,
            lowercase,
            "".join(sorted(c for c, n in letters.items() if n > 1 and c != "\n")),
            sum(counts[word] == 1 for word in vocabulary),
            learned,
            max(map(len, sentences), default=0),
            seen_of(sentence_key(words) for words in sentences),
        )

    @property
    def tags(self):
        """The tags in the order of their ids."""
        return self.labels

    @property
    def num_characters(self):
        """Number of ids in spellings: the `input_dim` of their embedding."""
        return _RESERVED + len(SHAPES) + len(self.characters)

    def tokenize(self, text):
        """The words of one text, cut as in the training data."""
        if not isinstance(text, str):
            raise TypeError(f"Expected a sentence (str), received {type(text).__name__}: {text!r}")
        words = []
        text = composed(text).replace("\u2019", "'").replace(UNKNOWN, " ")
        for chunk in text.split():
            words += self._pieces(chunk)
        return words

    def words(self, sentence):
        """The words of a sentence, whether it is a string or a list of words already."""
        if isinstance(sentence, str):
            return self.tokenize(sentence)
        if not isinstance(sentence, Iterable):
            raise TypeError(f"expected each sentence as a string or a list of words. Received: {sentence!r}")
        words = list(sentence)
        for word in words:
            if not isinstance(word, str) or not word.strip():
                shown = repr(word)[:60]
                raise TypeError(f"expected each sentence as a string or a list of words. Received the word {shown}")
        return words

    def knows(self, text):
        """Whether at least one word of a sentence is in the vocabulary."""
        return any(normalised(word, self.lowercase) in self._ids for word in self.words(text))

    def encode_rows(self, texts, cut=True):
        """The word ids of each sentence, without padding: a list of int32 arrays; a sentence may be empty."""
        return [self._numbers(self.words(sentence))[:, 0] for sentence in texts]

    def _rows(self, texts):
        return [row.tolist() for row in self.encode_rows(texts)]

    def spell_rows(self, sentences):
        """The spelling of each word of each sentence: a list of int32 arrays of shape `(num_words, 9)`."""
        return [self._numbers(self.words(sentence))[:, 1:] for sentence in sentences]

    def inputs(self, sentences, length=None):
        """What a model reads: a dictionary of `"ids"` `(num_sentences, length)` and `"characters"` `(…, length, 9)`.

        Args:
            sentences: strings or lists of words.
            length: number of columns; `None`: as many as the longest sentence needs.
        """
        rows = [self._numbers(self.words(sentence)) for sentence in sentences]
        longest = max([len(row) for row in rows], default=1)
        if length is not None and length < longest:
            raise ValueError(f"`length` must be at least {longest}, that of the longest. Received: length={length}")
        result = np.zeros((len(rows), max(1, length or longest), 1 + SPELLING), np.int32)
        for padded, row in zip(result, rows, strict=True):
            padded[: len(row)] = row
        return {"ids": result[:, :, 0], "characters": result[:, :, 1:]}

    def encode_tags(self, tags):
        """The ids of each sentence's tags: a list of int32 arrays."""
        return [self.encode_labels(row) for row in tags]

    def spelling(self, word):
        """The nine ids of one word's spelling: shape, the first three characters, the last five.

        The end is written backwards from the last character on, so that "-ing" stands at the same place in all words.
        """
        word = composed(word)
        get = self._spelling_ids.get
        row = [_RESERVED + SHAPES.index(shape_of(word))]
        row += [get(c, 1) for c in word[:FIRST]] + [0] * (FIRST - len(word))
        return row + [get(c, 1) for c in word[: -LAST - 1 : -1]] + [0] * (LAST - len(word))

    def _numbers(self, words):
        """Id and spelling of each word, `(num_words, 10)`; worked out once for each word."""
        for word in words:
            if word not in self._known:
                self._known[word] = [self._ids.get(normalised(word, self.lowercase), 1), *self.spelling(word)]
        return np.array([self._known[word] for word in words], np.int32).reshape(-1, 1 + SPELLING)

    def _pieces(self, chunk):
        """The words in a stretch without white space."""
        for size in range(min(3, len(chunk))):  # "U.S.", "e-mail", a smiley: the training data knew it whole …
            head, tail = chunk[: len(chunk) - size], chunk[len(chunk) - size :]
            if any(map(str.isalnum, tail)):
                break
            if self._has(head) and head.lower() not in self.contractions and not self._ends(head):
                return [head, *_pattern().findall(tail)]  # … and this stands before a comma, or ends a quotation
        words = []
        for token in _pattern().findall(chunk):
            words += self._split(token)
        return words

    def _ends(self, word):
        """Whether the point of a word is better read as the end of a sentence: it is known without one, too."""
        return len(word) > 1 and word.endswith(".") and self._has(word[:-1])

    def _split(self, token):
        """A token, or the words it is a contraction of."""
        low = token.lower()
        if low in self.contractions:
            words = self.contractions[low]
            if "".join(words) == low:  # only cut: the capitals stay where they are
                ends = np.cumsum([0, *map(len, words)])
                return [token[a:b] for a, b in itertools.pairwise(ends)]
            return [words[0].capitalize() if token[0].isupper() else words[0], *words[1:]]
        if self._has(token) or "'" not in token[1:]:
            return [token]
        place = token.rindex("'")
        cuts = [place - 1] if low.endswith("n't") else []
        for cut in (*cuts, place):  # do|n't, John|'s
            if cut > 0 and self._has(token[cut:]):
                return [token[:cut], token[cut:]]
        return [token[: place + 1], token[place + 1 :]] if self._has(token[: place + 1]) else [token]  # l'|ami

    def _has(self, word):
        return normalised(word, self.lowercase) in self._ids

    def _spoils(self, token):
        return UNKNOWN in token or "\n" in token or not token.strip()

    def get_config(self):
        """Everything needed to make an equal vectorizer: JSON types only."""
        return {
            "vocabulary": self._separator.join(self.vocabulary),
            "labels": list(self.labels),
            "lowercase": self.lowercase,
            "characters": self.characters,
            "singles": self.singles,
            "contractions": "\n".join("\t".join((w, *parts)) for w, parts in self.contractions.items()),
            "longest": self.longest,
            "seen": self.seen,
        }

    def __repr__(self):
        return f"TaggingVectorizer(vocabulary_size={self.vocabulary_size}, tags={self.tags})"


def sentence_key(words):
    """Two sentences with the same key are the same sentence: case does not count."""
    return "\n".join(word.casefold() for word in words)


def check_tags(known, found, where):
    """Refuses tags that a model does not know.

    Args:
        known: the tags of the model.
        found: the tags of the words of the data.
        where: what the data is called.
    """
    strange = Counter(found)
    for tag in known:
        del strange[tag]
    if strange:
        shown, own = (", ".join(map(repr, some)) for some in (sorted(strange)[:5], known[:20]))
        own += f" and {len(known) - 20} more" if len(known) > 20 else ""
        raise DataError(
            f"{where}: expected the tags of the model ({own}), found {shown} in {counted(strange.total(), 'word')}"
        )


def normalised(word, lowercase):
    """A word as the vocabulary writes it."""
    return normalise_word_text(word, lowercase).strip().replace("\n", " ")


def shape_of(word):
    """One of `SHAPES`: what the whole word looks like, whatever its first and last characters are."""
    if any(c.isdigit() for c in word):
        return "number" if not any(c.isalpha() for c in word) else "with-digit"
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return "other"
    if "-" in word[1:-1]:
        return "with-hyphen"
    if not any(c.isupper() for c in letters):
        return "lower"
    if all(c.isupper() for c in letters):
        return "CAPITALS" if len(letters) > 1 else "Capital"
    return "Capital" if word[0].isupper() and not any(c.isupper() for c in letters[1:]) else "miXed"


def _pattern():
    return re.compile(f"{_WHOLE}|{_NUMBER}|{word_pattern().pattern}")
