"""`PairVectorizer`: the two languages of a translation as numbers, and numbers as a translation (rows S6, Q1)."""

import numpy as np

from kseq.data.characters import CharacterVectorizer
from kseq.data.pairs.splits import source_key
from kseq.data.pairs.words import SentenceWordVectorizer
from kseq.data.seen_sentences import seen_of
from kseq.data.subwords import SubwordVectorizer
from kseq.data.vectorizer import TextVectorizer

KINDS = {"word": SentenceWordVectorizer, "character": CharacterVectorizer, "subword": SubwordVectorizer}
NUM_MARKS = 2  # begin and end of a translation


class PairVectorizer:
    """A text vectorizer for each language; the target's rows have a beginning and an end.

    The decoder of an encoder–decoder begins with `begin_id` and, when it has said all, writes `end_id`. Both stand
    behind the vocabulary of the target language: `begin_id` is `target.vocabulary_size`, `end_id` one more.

    Args:
        source: vectorizer of the source language: a `SentenceWordVectorizer`, `CharacterVectorizer`,
            `SubwordVectorizer`, or a dictionary as in `get_config`.
        target: the same for the target language.
        languages: names of the two languages.
        longest: number of tokens of the longest source sentence in training; 0: not known.
        seen: sketch of the source sentences in training, see `kseq.data.seen_sentences`.

    Attributes:
        source, target, languages, longest, seen: as given.
        pad_id, unknown_id: 0 and 1, in both languages.

    Example:

    >>> pair = PairVectorizer.fit(["Do you have a pet?"], ["¿Tienes una mascota?"], languages=("English", "Spanish"))
    >>> inputs, targets = pair.encode_target(["¿Tienes una mascota?"])
    >>> pair.decode_target(targets)
    ['¿Tienes una mascota?']

    References:
        Course rows S6, Q1 ("last encoder state starts the decoder … inference feeds back its own output").
    """

    pad_id = TextVectorizer.pad_id
    unknown_id = TextVectorizer.unknown_id

    def __init__(self, source, target, languages=("source", "target"), longest=0, seen=""):
        self.longest, self.seen = int(longest), seen
        self.source, self.target = _made("source", source), _made("target", target)
        self.languages = tuple(str(name) for name in languages)
        if len(self.languages) != 2:
            raise ValueError(f"`languages` must be two names. Received: languages={languages!r}")

    @classmethod
    def fit(cls, sources, targets, *, tokens="word", max_tokens=None, min_count=1, languages=("source", "target")):
        """Makes a vectorizer from the pairs of the training split, and only those.

        Args:
            sources, targets: sequences of strings.
            tokens: `"word"`, `"character"` or `"subword"`, or a pair of these, one for each language.
            max_tokens: largest vocabulary of a language; `None`: 20,000, or 4,000 sub-words.
            min_count: how often a token must occur to be part of a vocabulary.
            languages: names of the two languages.
        """
        kinds = (tokens, tokens) if isinstance(tokens, str) else tuple(tokens)
        made = []
        for kind, texts in zip(kinds, (sources, targets), strict=True):
            if kind not in KINDS:
                raise ValueError(f"`tokens` must be one of {', '.join(map(repr, KINDS))}. Received: tokens={tokens!r}")
            most = max_tokens or (4_000 if kind == "subword" else 20_000)
            made.append(KINDS[kind].fit(texts, max_tokens=most, min_count=min_count))
        longest = max(map(len, made[0].encode_rows(sources)), default=0)
        return cls(*made, languages, longest, seen_of(source_key(text) for text in sources))

    @property
    def source_size(self):
        """Number of ids of the source language: the `input_dim` of the encoder's embedding."""
        return self.source.vocabulary_size

    @property
    def target_size(self):
        """Number of ids of the target language, begin and end included: what the decoder chooses from."""
        return self.target.vocabulary_size + NUM_MARKS

    @property
    def begin_id(self):
        """The id that the decoder begins with."""
        return self.target.vocabulary_size

    @property
    def end_id(self):
        """The id that ends a translation."""
        return self.target.vocabulary_size + 1

    def encode_source(self, texts, length=None):
        """An int32 array `(num_texts, length)` of source ids, padded with 0 at the end."""
        return self.source.encode(texts, length)

    encode = encode_source

    def source_rows(self, texts):
        """Like `encode_source`, without padding: a list of lists of ids, none of them empty."""
        return self.source.encode_rows(texts)

    def target_rows(self, texts):
        """The rows of target ids without padding, begin or end."""
        return self.target.encode_rows(texts)

    def encode_target(self, texts, length=None):
        """What the decoder reads and what it is to say, for teacher forcing.

        Args:
            texts: sequence of strings.
            length: number of columns; `None`: as many as the longest row needs.

        Returns:
            `(inputs, targets)`, int32 arrays `(num_texts, length)`, padded with 0: `begin_id` and the words; the
            words and `end_id`.
        """
        rows = self.target_rows(texts)
        inputs = [[self.begin_id, *row] for row in rows]
        return self.target.pad(inputs, length), self.target.pad([[*row, self.end_id] for row in rows], length)

    def decode_source(self, ids):
        """Rows of source ids as sentences."""
        return self.source.decode(ids)

    def decode_target(self, ids):
        """Rows of target ids as sentences: what stands before `end_id`, without `begin_id` and padding.

        Args:
            ids: integers `(num_texts, length)`, or a sequence of rows.

        Returns:
            List of strings, with the spaces and capitals of the language; an unknown word is U+FFFD.
        """
        return self.target.decode([self._said(row) for row in ids])

    decode = decode_target

    def source_tokens(self, text):
        """The tokens of a source sentence as strings, one for each id of `source_rows`."""
        return self.source.tokenize(text) or ["\ufffd"]

    def target_tokens(self, ids, end=None):
        """One row of target ids as strings, one for each id before `end_id`.

        Args:
            ids: integers `(length,)`.
            end: what to write for `end_id`, such as `"⟨end⟩"`; `None`: nothing.
        """
        said = self._said(ids)
        table = ["", "\ufffd", *self.target.readable_vocabulary]
        return [table[i] for i in said] + ([end] if end is not None and self.end_id in np.asarray(ids) else [])

    def _said(self, row):
        row = np.asarray(row)
        if row.size and (row.dtype.kind not in "iu" or row.min() < 0 or row.max() >= self.target_size):
            raise ValueError(f"`ids` must be integers from 0 to {self.target_size - 1}. Received: {row[:10]}…")
        ends = np.flatnonzero(row == self.end_id)
        row = row[: ends[0]] if len(ends) else row
        return row[(row != self.begin_id) & (row != self.pad_id)].astype(np.int64)

    def get_config(self):
        """Everything needed to make an equal vectorizer: JSON types only."""
        kinds = {kind: name for name, kind in KINDS.items()}
        source, target = ({"tokens": kinds[type(v)], **v.get_config()} for v in (self.source, self.target))
        return {"source": source, "target": target, "languages": list(self.languages), "longest": self.longest,
                "seen": self.seen}  # fmt: skip

    @classmethod
    def from_config(cls, config):
        """Makes the vectorizer that `get_config` described."""
        return cls(**config)

    def __eq__(self, other):
        return type(self) is type(other) and self.get_config() == other.get_config()

    __hash__ = None

    def __repr__(self):
        sizes = f"source_size={self.source_size}, target_size={self.target_size}"
        return f"PairVectorizer({self.languages[0]!r} → {self.languages[1]!r}, {sizes})"


def _made(argument, vectorizer):
    if isinstance(vectorizer, dict):
        config = dict(vectorizer)
        return KINDS[config.pop("tokens")].from_config(config)
    if type(vectorizer) not in KINDS.values():
        names = ", ".join(kind.__name__ for kind in KINDS.values())
        raise TypeError(f"`{argument}` must be one of {names}. Received: {type(vectorizer).__name__}")
    return vectorizer
