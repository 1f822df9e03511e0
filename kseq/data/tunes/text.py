"""Tunes as a language model reads and writes them: ABC in one spelling, one token for each note (course rows S4, T2).

    X:1 / M:6/8 / L:1/8 / K:D / d2A BAG | …        header lines, notes, bar signs, line breaks; an empty line ends it

ABC writes the same music in many ways; the model sees one: L:1/8, broken rhythm written out, no decorations. A token is
a note with accidental, octave and length, and with the space before it where a beat begins; so a row is shorter than in
characters, and no token is half a note.
"""

import re
from collections import Counter

from kseq.data.tunes.abc_bars import PART_SIGNS
from kseq.data.tunes.abc_header import beat_of, read_metre
from kseq.data.tunes.abc_music import _TUPLET_TIME
from kseq.data.tunes.abc_spelling import written
from kseq.data.vectorizer import TextVectorizer, _check_texts, most_frequent

_TIMED = re.compile(r"(?:\[[^\]|:\d][^\]]*\]|(?:\^\^|__|[\^_=])?[A-Ga-g][,']*|z)([\d/]*)")
FIRST, END = "X:1\n", "\n\n"
TOKEN = re.compile(
    r"[KLMRX]:[^\n]*\n|\n\n|\n|\[[KM]:[^\]]*\]|\[[1-9][\d,-]*|:?\|[\]|:]?(?:[1-9][\d,-]*)?|::|"
    r" ?(?:\[[^\]|:\d][^\]]*\][\d/]*|\(\d(?::\d:\d)?|(?:\^\^|__|[\^_=])?[A-Ga-g][,']*[\d/]*|z[\d/]*)|-|[^\s]"
)


def header_text(metre, key, rhythm=""):
    """The header of a tune as the model reads it."""
    return f"{FIRST}{f'R:{rhythm}' + chr(10) if rhythm else ''}M:{metre}\nL:1/8\nK:{key}\n"


def body_text(elements, metre="none"):
    """The music of a tune as the model reads it: a space before each beat, as far as the metre is known.

    Spaces change nothing in ABC; here they always stand where a beat begins, so that nobody has to count far.
    """
    result, time, beat = [], 0, beat_of(metre)
    for element in elements:
        if element.kind == "field" and element.text.startswith("[M:"):
            beat = beat_of(element.value[0])
        if element.kind == "bar":
            time = 0
        elif beat and time and time % beat == 0 and (element.length or element.kind == "tuplet"):
            # The first note of a tuplet stands behind its sign.
            result.append("" if result[-1].startswith("(") else " ")
        result.append(element.text + "-" * element.tied)
        time += element.length
    return "".join(result)


def model_text(tune):
    """A tune as the model reads it, its end included."""
    return (
        header_text(tune.metre_name, tune.key.name, tune.rhythm.lower())
        + body_text(tune.elements, tune.metre_name)
        + END
    )


class TuneVectorizer(TextVectorizer):
    """Turns tunes in the model's spelling into rows of ids and back.

    Args:
        vocabulary: tokens in the order of their ids, which begin at 2; or one string of them, as in a config.
        headers: list of `[rhythm, metre, key, count]`: the headers of the training tunes and how often each occurs.
        labels, lowercase, max_length: as in every vectorizer; `max_length` counts tokens of a tune.

    Example:

    >>> vectorizer = TuneVectorizer.fit([model_text(tune)], [tune])
    >>> vectorizer.tokenize("X:1\\nM:6/8\\nL:1/8\\nK:D\\nd2A|")
    ['X:1\\n', 'M:6/8\\n', 'L:1/8\\n', 'K:D\\n', 'd2', 'A', '|']
    """

    _unit = "token"
    _separator = "\x1f"
    _joint = ""

    def __init__(self, vocabulary, headers=(), labels=(), lowercase=False, max_length=None):
        super().__init__(vocabulary, labels, lowercase, max_length)
        self.headers = [list(header) for header in headers]

    @classmethod
    def fit(cls, texts, tunes, *, max_tokens=None, min_count=1, max_length=None):
        """Makes a vectorizer from the training tunes.

        Args:
            texts: the tunes as the model reads them.
            tunes: the same as `Tune` objects.
            max_tokens: largest `vocabulary_size`; `None`: no limit.
            min_count: how often a token must occur to be kept.
            max_length: longest row, in tokens.
        """
        counts = Counter(token for text in _check_texts(texts) for token in TOKEN.findall(text))
        headers = Counter((tune.rhythm.lower(), tune.metre_name, tune.key.name) for tune in tunes)
        vocabulary = most_frequent(counts, max_tokens, min_count)
        rows = [
            [*header, count]
            for header, count in sorted(headers.items())
            if set(TOKEN.findall(header_text(header[1], header[2], header[0]))) <= set(vocabulary)
        ]
        return cls(vocabulary, rows, max_length=max_length)

    def tokenize(self, text):
        """The tokens of one text, as strings."""
        return TOKEN.findall(_check_texts([text])[0])

    def _rows(self, texts):
        return [[self._ids.get(token, self.unknown_id) for token in TOKEN.findall(text)] for text in texts]

    def _spoils(self, token):
        return self._separator in token

    def header_ids(self):
        """The ids of header lines, which have no place in the music: a list."""
        return [number for token, number in self._ids.items() if re.fullmatch(r"[KLMRX]:[^\n]*\n", token)]

    def clock(self):
        """What each id does to the clock of a tune: `(lengths, signs, metres)`, three lists.

        Lengths are in sixteenths; the sign of a tuplet takes back what its notes, taken for eighths, are too long.
        Signs are 0, 1 for a bar sign, 2 for one that ends or begins a part. A metre is the length of its full bar in
        sixteenths, 0 for all that is no metre.
        """
        lengths, signs, metres = [0.0, 0.0], [0, 0], [0.0, 0.0]
        for token in self.vocabulary:
            note = _TIMED.fullmatch(token.strip(" "))
            tuplet = re.fullmatch(r" ?\((\d)(?::(\d):\d)?", token)
            if note:
                lengths.append(2.0 * float(written(note[1])))
            elif tuplet:
                number = int(tuplet[1])
                lengths.append(2.0 * (int(tuplet[2] or _TUPLET_TIME.get(number, 2)) - number))
            else:
                lengths.append(0.0)
            sign = token.rstrip("0123456789,-")
            signs.append(2 if sign in PART_SIGNS else int(sign == "|"))
            metre = re.fullmatch(r"\[?M:([^\]\n]*)[\]\n]", token)
            metres.append(16.0 * float(read_metre(metre[1])[1] or 0) if metre else 0.0)
        return lengths, signs, metres

    def get_config(self):
        return {**super().get_config(), "headers": self.headers}
