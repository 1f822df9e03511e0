"""`SubwordVectorizer`: byte-pair encoding, the sub-words of the GPT family (course row T2)."""

import functools
import json
import re
from itertools import chain

from kseq.data.vectorizer import RESERVED, TextVectorizer, _check_texts

NUM_BYTES = 256
_PART = 50_000  # characters


class SubwordVectorizer(TextVectorizer):
    """Turns texts into rows of sub-word ids and back, byte by byte the same.

    Byte-pair encoding begins with the 256 bytes that UTF-8 is made of and, again and again, joins the pair of
    neighbours that is most frequent in the training text, until the vocabulary is full. Frequent words
    become one token (with the space before them), rare ones a few, and nothing is ever unknown: between the
    short vocabulary of characters and the short rows of words. Learned and applied by the `tokenizers` library.

    Args:
        vocabulary: tokens in the order of their ids, which begin at 2; or one string with spaces between them. They
            are written in the byte alphabet of GPT-2, in which `Ġ` stands for a space; it must hold all 256.
        merges: pairs that are joined, first things first: `("t", "h")`; or one string, a pair in a line.
        labels: names of the classes in the order of their ids, such as `("negative", "positive")`.
        lowercase: whether texts are put in lower case first.
        max_length: longest row that `encode` returns, in tokens. `None`: no limit.

    Example:

    >>> vectorizer = SubwordVectorizer.fit(["the cat, the hat, the rat"], max_tokens=262)
    >>> vectorizer.tokenize("the bat")
    ['the', ' ', 'b', 'at']

    References:
        Sennrich, Haddow and Birch 2016, "Neural machine translation of rare words with subword units"; in bytes:
        Radford et al. 2019, "Language models are unsupervised multitask learners". Course rows T2, L1.
    """

    _unit = "sub-word"
    _separator = " "

    def __init__(self, vocabulary, merges=(), labels=(), lowercase=False, max_length=None):
        super().__init__(vocabulary, labels, lowercase, max_length)
        if isinstance(merges, str):
            merges = [line.split(" ") for line in merges.splitlines()]
        self.merges = [tuple(pair) for pair in merges]
        missing = [character for character in byte_alphabet() if character not in self._ids]
        if missing:
            raise ValueError(f"`vocabulary` must hold all {NUM_BYTES} bytes. Received one without {missing[0]!r}")
        for pair in self.merges:
            if len(pair) != 2 or not {*pair, "".join(pair)} <= self._ids.keys():
                raise ValueError(f"`merges` must be pairs of tokens whose joint is a token. Received: {pair!r}")

    @classmethod
    def fit(cls, texts, *, labels=(), max_tokens=1_000, min_count=2, lowercase=False, max_length=None):
        """Makes a vectorizer whose sub-words are learned from `texts`.

        Args:
            texts: sequence of strings: the training split, and only that.
            labels: names of the classes in the order of their ids.
            max_tokens: largest `vocabulary_size`, the two reserved ids and the 256 bytes included.
            min_count: how often a pair must occur to be joined.
            lowercase, max_length: as in the constructor.

        Raises:
            ImportError: the `tokenizers` library is not installed.
        """
        if max_tokens is None or max_tokens < RESERVED + NUM_BYTES:
            raise ValueError(
                f"`max_tokens` of sub-words must be at least {RESERVED + NUM_BYTES}: {RESERVED} reserved ids and the "
                f"{NUM_BYTES} bytes. Received: max_tokens={max_tokens}"
            )
        library = _library()
        texts = [_encodable(text, lowercase) for text in _check_texts(texts)]
        tokenizer = library.Tokenizer(library.models.BPE())
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = library.trainers.BpeTrainer(
            vocab_size=max_tokens - RESERVED,
            min_frequency=min_count,
            initial_alphabet=list(byte_alphabet()),
            special_tokens=[],
            show_progress=False,
        )
        tokenizer.train_from_iterator((part for text in texts for part in _parts(text)), trainer)
        ids = tokenizer.get_vocab()
        vocabulary = sorted(ids, key=ids.get)
        return cls(vocabulary, _merges(tokenizer), labels, lowercase, max_length)

    @property
    def readable_vocabulary(self):
        """The tokens of `vocabulary` as people read them; half a character shows as U+FFFD."""
        return [self._join([token]) for token in self.vocabulary]

    def tokenize(self, text):
        """The sub-words of one text, as readable strings; half a character shows as U+FFFD."""
        return [self._join([self.vocabulary[index - RESERVED]]) for index in self.ids(text)]

    def _rows(self, texts):
        parts = [_parts(_encodable(text, self.lowercase)) for text in texts]
        found = iter(self._tokenizer.encode_batch_fast(list(chain.from_iterable(parts)), add_special_tokens=False))
        return [[i + RESERVED for _ in own for i in next(found).ids] for own in parts]

    @functools.cached_property
    def _tokenizer(self):
        library = _library()
        ids = {token: index for index, token in enumerate(self.vocabulary)}
        tokenizer = library.Tokenizer(library.models.BPE(vocab=ids, merges=self.merges))
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        return tokenizer

    def _join(self, tokens):
        """The text of a row of tokens: characters back to bytes, bytes to text."""
        alphabet = byte_alphabet()
        data = b"".join(
            token.encode() if token == "\ufffd" else bytes([alphabet[c] for c in token]) for token in tokens
        )
        return data.decode("utf-8", errors="replace")

    def _spoils(self, token):
        return not set(token) <= byte_alphabet().keys()

    def get_config(self):
        """Everything needed to make an equal vectorizer: JSON types only, vocabulary and merges as one string each."""
        config = super().get_config()
        return {**config, "merges": "\n".join(map(" ".join, self.merges))}

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_tokenizer"}


@functools.cache
def byte_alphabet():
    """A visible character for each byte, as GPT-2 chose them: a dict from character to byte.

    Bytes that are a visible character in Latin-1 stand for themselves, the other 68 for the characters from U+0100 on.
    """
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(NUM_BYTES) if byte not in visible]
    return {chr(b): b for b in visible} | {chr(0x100 + place): b for place, b in enumerate(hidden)}


def _encodable(text, lowercase):
    """`text` in lower case if asked; half a surrogate pair, which UTF-8 cannot write, becomes U+FFFD."""
    text = text.lower() if lowercase else text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _parts(text):
    """A long text in parts that the library can work on in parallel; cut where no token could reach over."""
    if len(text) < 2 * _PART:
        return [text]
    lines, parts, size = re.split(r"(?<=\S\n)(?=\S)", text), [[]], 0
    for line in lines:
        if size >= _PART:
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line)
    return ["".join(part) for part in parts]


def _merges(tokenizer):
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [pair.split(" ") if isinstance(pair, str) else pair for pair in merges]


def _library():
    try:
        import tokenizers
    except ImportError as error:
        raise ImportError(
            "Sub-words need the tokenizers library: pip install kseq[subword], or take tokens='character' or 'word'."
        ) from error
    return tokenizers
