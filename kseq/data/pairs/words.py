"""`SentenceWordVectorizer`: words as ids, and ids as a sentence with its spaces and capitals (course rows T2, S6).

A translation is read by people, so "¿ tienes una mascota ?" will not do. A model should not have to learn "The" and
"the" as two words either. So ids know no case and no spaces, and both are put back when a sentence is written.
"""

import functools
import re
import unicodedata
import warnings
from collections import Counter, defaultdict

from kseq.data.unicode_words import UNKNOWN, normalise_word_text, unspaced_script, word_pattern
from kseq.data.vectorizer import TextVectorizer, _check_texts, most_frequent

SPACES = ("", " ", "\u00a0", "\u202f")  # what may stand between two tokens; the last two do not break a line
_ENDS = frozenset(".!?…")  # behind them a sentence begins
_QUOTES = frozenset("\"'")  # opening and closing look alike


class SentenceWordVectorizer(TextVectorizer):
    """Turns sentences into rows of word ids and back into sentences that read well.

    Words are found in any script (see `kseq.data.unicode_words`); punctuation marks are tokens of their own, numbers
    ("2:30", "1.500") one token. What is written together but means two words is cut: "l'|homme", "qu'|il",
    "Tom|'s", "she|'ll". How a word is written within a sentence ("Tom", "tired"), and on which side of a mark the
    space is (none before "," in Spanish, a narrow one before "?" in French), is learned from the training texts.

    Args:
        vocabulary: words as they are written within a sentence, in the order of their ids, which begin at 2; or one
            string with spaces between them.
        labels, max_length: as for every `TextVectorizer`.
        lowercase: whether words that differ in case only share an id.
        spacing: dictionary of punctuation mark -> `[left, right]`: what stands at its sides.
        capitals: whether a sentence begins with a capital letter.
        apostrophe: which apostrophe is written.

    Example:

    >>> vectorizer = SentenceWordVectorizer.fit(["¿Tienes una mascota?", "Tom tiene una mascota, ¿verdad?"])
    >>> vectorizer.decode(vectorizer.encode(["¿tienes una mascota, tom?"]))
    ['¿Tienes una mascota, Tom?']
    """

    _unit = "word"
    _separator = " "

    def __init__(self, vocabulary, labels=(), lowercase=True, max_length=None, spacing=None, capitals=True,
                 apostrophe="'"):  # fmt: skip
        super().__init__(vocabulary, labels, lowercase, max_length)
        self.spacing = {token: list(sides) for token, sides in (spacing or {}).items()}
        self.capitals, self.apostrophe = bool(capitals), apostrophe
        for token, sides in self.spacing.items():
            if len(sides) != 2 or not set(sides) <= set(SPACES):
                raise ValueError(f"`spacing` must hold two kinds of space for each mark. Received: {token!r}: {sides}")
        if self.lowercase:
            self._ids = {_lower(token): index for token, index in self._ids.items()}
            if len(self._ids) < len(self.vocabulary):
                raise ValueError("`vocabulary` holds words that differ in case only")

    @classmethod
    def fit(cls, texts, *, labels=(), max_tokens=20_000, min_count=1, lowercase=True, max_length=None):
        """Makes a vectorizer whose vocabulary holds the most frequent words of `texts`.

        Args:
            texts: sequence of strings: the training split, and only that.
            labels, lowercase, max_length: as in the constructor.
            max_tokens: largest `vocabulary_size`, the two reserved ids included; `None`: no limit.
            min_count: how often a word must occur to be kept.
        """
        texts = _check_texts(texts)
        script = unspaced_script(texts)
        if script:
            warnings.warn(
                f"These texts look like {script}, which is written without spaces between words: whole sentences "
                "would become single words. Use tokens='character' or tokens='subword' instead.",
                stacklevel=2,
            )
        counts, forms, sides = Counter(), defaultdict(Counter), defaultdict(lambda: (Counter(), Counter()))
        upper = lower = curly = straight = 0
        for text in texts:
            curly, straight = curly + text.count("\u2019"), straight + text.count("'")
            begins = True
            before, last = None, 0
            text = normalise_word_text(text, lowercase=False)
            for match in _pattern().finditer(text):
                token = match.group()
                counts[_lower(token) if lowercase else token] += 1
                gap = _gap(text[last : match.start()]) if before is not None else None
                if _is_word(token):
                    if begins:
                        upper, lower = upper + token[0].isupper(), lower + token[0].islower()
                    else:
                        forms[_lower(token)][token] += 1
                    begins = False
                elif token in _ENDS:
                    begins = True
                if gap is not None and not _is_word(token):
                    sides[token][0][gap] += 1
                if gap is not None and not _is_word(before):
                    sides[before][1][gap] += 1
                before, last = token, match.end()
        vocabulary = most_frequent(counts, max_tokens, min_count)
        if lowercase:
            vocabulary = [_form(forms.get(token), token) for token in vocabulary]
        spacing = {token: [_most(own, " ") for own in sides[token]] for token in vocabulary if token in sides}
        apostrophe = "\u2019" if curly > straight else "'"
        return cls(vocabulary, labels, lowercase, max_length, spacing, upper > lower, apostrophe)

    def tokenize(self, text):
        """The words of one text, as strings."""
        return _tokens(_check_texts([text])[0])

    def _rows(self, texts):
        lower, get = (_lower if self.lowercase else str), self._ids.get
        return [[get(lower(token), self.unknown_id) for token in _tokens(text)] for text in texts]

    def _spoils(self, token):
        return UNKNOWN in token or token.split() != [token]

    def _join(self, tokens):
        """The sentence that the tokens are: spaces by `spacing`, capitals at its beginning."""
        text, right, begins, quotes = "", "", self.capitals, Counter()
        for token in tokens:
            left, after = self._sides(token, quotes)
            gap = "" if "" in (left, right) else left if left != " " else right
            if begins and _is_word(token):
                token, begins = token[:1].upper() + token[1:], False
            elif token in _ENDS:
                begins = self.capitals
            text += (gap if text else "") + token
            right = after
        return text.replace("'", self.apostrophe) if self.apostrophe != "'" else text

    def _sides(self, token, quotes):
        """What stands before and behind a token."""
        if token in _QUOTES:
            quotes[token] += 1
            return (" ", "") if quotes[token] % 2 else ("", " ")
        if _is_word(token):
            return "" if token[0] == "'" else " ", "" if token[-1] == "'" else " "
        return self.spacing.get(token, (" ", " "))

    def get_config(self):
        """Everything needed to make an equal vectorizer: JSON types only."""
        own = {"spacing": self.spacing, "capitals": self.capitals, "apostrophe": self.apostrophe}
        return {**super().get_config(), **own}


def _tokens(text):
    return _pattern().findall(normalise_word_text(text, lowercase=False))


@functools.lru_cache(maxsize=65_536)
def _lower(token):
    return unicodedata.normalize("NFC", token.lower())


@functools.lru_cache(maxsize=65_536)
def _is_word(token):
    return any(map(str.isalnum, token)) or token == UNKNOWN


def _gap(text):
    """The kind of space that a stretch of white space is."""
    return text if text in SPACES else " "


def _most(counts, otherwise):
    return max(counts, key=counts.get) if counts else otherwise


def _form(counts, lower):
    """How a word is mostly written within a sentence; in small letters where it only ever began one."""
    return max(counts, key=lambda form: (counts[form], form)) if counts else lower


@functools.cache
def _pattern():
    """A number, an abbreviation, dots, a part of a word that an apostrophe cuts, or a token as everywhere in kseq."""
    elided = r"(?:[cdjlmnstCDJLMNST]|(?i:qu|jusqu|lorsqu|puisqu|quoiqu))'(?=[^\W\d_]{2}|[^\W\d_]\b(?!'))"
    word = r"[^\W\d_]+(?='(?:s|ll|re|ve|d|m)\b)"
    clitic = r"(?<=\w)'(?:s|ll|re|ve|d|m)\b"
    number = r"\d+(?:[.,:]\d+)+"
    short = r"\b(?:(?:[^\W\d_]\.){2,}|(?:Mr|Mrs|Ms|Dr|Sr|Sra|Srta|Dra|St)\.)"
    return re.compile(rf"{number}|{short}|\.{{2,}}|{clitic}|(?<!\w){elided}|(?<!\w){word}|{word_pattern().pattern}")
