"""ABC music code: from the lines of a tune to notes, rests and bar signs with exact lengths (course row S4).

An `Element` is what the notation says at one place. Lengths are fractions of a whole note, after broken rhythm and
tuplets; nothing is rounded. What does not sound or does not say when something sounds (decorations, grace notes,
chord symbols, slurs) is counted and left out.

References:
    The ABC music standard 2.1, sections 4 (tune body) and 4.19 (order of symbols).
"""

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from kseq.data.tunes.abc_errors import AbcError
from kseq.data.tunes.abc_header import (
    NOTES_OF_ACCIDENTALS,
    SEMITONES,
    default_unit,
    is_compound,
    read_key,
    read_metre,
    read_unit,
)
from kseq.data.tunes.abc_spelling import bar_sign, ending_numbers, multiple, spelt, written

_NAMES = (
    r"trill|trill\(|trill\)|lowermordent|uppermordent|mordent|pralltriller|roll|turn|turnx|invertedturn|invertedturnx|"
    r"arpeggio|>|accent|emphasis|fermata|invertedfermata|tenuto|[0-5]|\+|plus|snap|slide|wedge|upbow|downbow|open|thumb|"
    r"breath|p{1,4}|f{1,4}|mp|mf|sfz|crescendo\(|<\(|crescendo\)|<\)|diminuendo\(|>\(|diminuendo\)|>\)|segno|coda|"
    r"D\.S\.|D\.C\.|dacoda|dacapo|fine|shortphrase|mediumphrase|longphrase|marcato|\^|editorial|courtesy|xstem|slap"
)
_NOTE = r"(?P<accidental>\^\^|__|[\^_=])?(?P<letter>[A-Ga-g])(?P<octave>[,']*)"
_LENGTH = r"(?P<length>\d*(?:/\d+|/*))"
_TOKENS = re.compile(
    rf"(?P<space>[\s`]+)|(?P<quoted>\"[^\"]*\")|(?P<decoration>!(?:{_NAMES})!|\+(?:{_NAMES})\+)|(?P<grace>\{{[^{{}}]*\}})|"
    r"\[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]|"
    r"(?P<bar>\.?\[\||:*\|[\]|]?:*|::+|\|\])(?P<ending>\s*\[?[1-9][\d,-]*)?|\[(?P<lone>[1-9][\d,-]*)|"
    r"\((?P<tuplet>[2-9])(?::(?P<q>\d?)(?::(?P<r>\d*))?)?|(?P<slur>\.?[()])|"
    rf"{_NOTE}{_LENGTH}|(?P<rest>[zxZX])(?P<rest_length>\d*(?:/\d+|/*))|(?P<spacer>y\d*)|"
    r"\[(?P<chord>[^\[\]|:]*)\](?P<chord_length>\d*(?:/\d+|/*))|"
    r"(?P<tie>\.?-)|(?P<broken>>+|<+)|(?P<ornament>[.~HLMOPSTuvRJ])|(?P<line>[!$*\\])"
)
_CHORD_NOTE = re.compile(rf"{_NOTE}{_LENGTH}\s*(?P<tie>-?)")
_LEFT_OUT = {
    "quoted": "chord symbols and annotations",
    "decoration": "decorations",
    "grace": "groups of grace notes",
    "slur": "slur signs",
    "ornament": "decorations",
}
MUSIC_FIELDS = "KLM"  # fields inside a tune that change what the music means
_SILENT_FIELDS = set("ABCDFGHNOQRSTZPmruwsWI")  # fields that say nothing about pitch or length
_TUPLET_TIME = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
LONGEST = Fraction(16)  # whole notes; what is longer is a slip of the pen


@dataclass(frozen=True)
class Element:
    """One thing in a tune.

    kind: `"note"` (a chord, too), `"rest"`, `"bar"`, `"field"`, `"tie"`, `"tuplet"`, `"break"` (end of a line).
    text: as ABC writes it with L:1/8 and without anything that does not sound, such as `"^f2"`, `":|"`, `"[M:6/8]"`.
    length: how long it sounds, in whole notes; 0 for what is no note and no rest.
    pitches: MIDI numbers, 60 for middle C (`C`); empty for a rest.
    tied: whether it goes on in the next note of the same pitch.
    line: number of the line in the tune, from 0.
    value: of a bar: the numbers of the endings that begin with it; of a field: `(metre name, length)` or a `Key`.
    """

    kind: str
    text: str
    length: Fraction = Fraction(0)
    pitches: tuple = ()
    tied: bool = False
    line: int = 0
    value: object = None


class MusicReader:
    """Reads the lines of a tune, one after another.

    Args:
        metre: length of a bar, or `None`.
        metre_name: as `read_metre` gives it.
        unit: unit note length.
        key: the `Key` in the beginning.

    Attributes:
        elements: what was read so far.
        left_out: `Counter` of what does not sound.
    """

    def __init__(self, metre, unit, key, metre_name="none"):
        self.metre, self.unit, self.key, self.metre_name = metre, unit, key, metre_name
        self.elements, self.left_out = [], Counter()
        self._in_bar = {}  # accidentals hold for their letter to the end of the bar
        self._tuplet, self._factor, self._broken = 0, Fraction(1), Fraction(1)

    def read_line(self, text, number):
        """Reads one line of music code.

        Raises:
            AbcError: something in it is not ABC.
        """
        place, last, ends = 0, len(text), True
        while place < last:
            match = _TOKENS.match(text, place)
            if match is None or match.end() == place:
                raise AbcError(f"expected ABC notes, found {text[place : place + 20]!r}", number)
            place = match.end()
            kind = match.lastgroup
            ends = kind != "line" or match["line"] == "!" or match["line"] == "$"
            try:
                self._take(match, number)
            except AbcError as error:
                raise AbcError(str(error), number) from None
        if ends and self.elements and self.elements[-1].kind != "break":
            self.elements.append(Element("break", "\n", line=number))

    def read_field(self, letter, value, number):
        """Takes a field inside the tune, on its own line or in brackets."""
        if letter == "M":
            self.metre_name, self.metre = read_metre(value)
            self._add("field", f"[M:{self.metre_name}]", number, value=(self.metre_name, self.metre))
        elif letter == "L":
            self.unit = read_unit(value)
        elif letter == "K":
            self.key = read_key(value)
            self._in_bar = {}
            self._add("field", f"[K:{self.key.name}]", number, value=self.key)
        elif letter == "V":
            raise AbcError("expected one voice, found a V: field")
        elif letter in _SILENT_FIELDS:
            self.left_out["fields inside tunes"] += 1
        else:
            raise AbcError(f"expected a field inside a tune, found {letter}:{value[:20]}")

    def finish(self):
        """Checks that nothing is left open."""
        if self._tuplet:
            raise AbcError(f"expected {self._tuplet} more notes in the last tuplet, found the end of the tune")
        if self._broken != 1:
            raise AbcError("expected a note after the broken rhythm > or <, found the end of the tune")
        while self.elements and self.elements[-1].kind == "break":
            self.elements.pop()

    def _add(self, kind, text, number, **more):
        self.elements.append(Element(kind, text, line=number, **more))

    def _take(self, match, number):
        found = match.groupdict()
        if found["letter"]:
            name = (match["accidental"] or "") + spelt(match["letter"], match["octave"])
            self._sound("note", name, (self._pitch(match),), found["length"], number)
        elif found["bar"] or found["lone"]:
            self._bar(found, number)
        elif found["rest"]:
            self._rest(found, number)
        elif found["chord"] is not None:
            self._chord(found, number)
        elif found["tuplet"]:
            self._begin_tuplet(found, number)
        elif found["broken"]:
            self._break_rhythm(found["broken"])
        elif found["tie"]:
            if not self.elements or self.elements[-1].kind != "note":
                raise AbcError("expected a note before the tie '-'")
            self.elements[-1] = _tied(self.elements[-1])
        elif found["field"]:
            self.read_field(found["field"], found["value"], number)
        elif found["line"] in ("!", "$") and self.elements and self.elements[-1].kind != "break":
            self._add("break", "\n", number)
        for group, name in _LEFT_OUT.items():
            self.left_out[name] += bool(found[group])

    def _pitch(self, match):
        """MIDI number of a note, with the key and what came before it in the bar."""
        letter, upper = match["letter"], match["letter"].upper()
        if match["accidental"]:
            self._in_bar[upper] = NOTES_OF_ACCIDENTALS[match["accidental"]]
        shift = self._in_bar.get(upper, self.key.alterations.get(upper, 0))
        octaves = match["octave"].count("'") - match["octave"].count(",") + letter.islower()
        pitch = 60 + SEMITONES[upper] + shift + 12 * octaves
        if not 0 <= pitch <= 127:
            raise AbcError(f"expected a note that MIDI has, found {match[0]!r}")
        return pitch

    def _chord(self, found, number):
        inside, names, pitches, place, lengths, tied = found["chord"], [], [], 0, [], False
        while place < len(inside):
            match = _CHORD_NOTE.match(inside, place)
            if match is None:
                raise AbcError(f"expected notes in a chord, found [{inside[:20]}]")
            pitches.append(self._pitch(match))
            names.append((match["accidental"] or "") + spelt(match["letter"], match["octave"]))
            lengths.append(written(match["length"]))
            place, tied = match.end(), tied or bool(match["tie"])
        if not names:
            raise AbcError("expected notes in a chord, found []")
        factor = lengths[0] * written(found["chord_length"])  # the first note says how long the chord is
        self._sound("note", f"[{''.join(names)}]", tuple(pitches), "", number, factor)
        if tied:
            self.elements[-1] = _tied(self.elements[-1])

    def _rest(self, found, number):
        if found["rest"] in "ZX":  # whole bars
            bars = int(found["rest_length"] or 1) if (found["rest_length"] or "1").isdigit() else 0
            if self.metre is None or not 0 < bars <= 64:
                raise AbcError(f"expected bars of rest in a metre, found {found['rest']}{found['rest_length']}")
            for bar in range(bars):
                self._add("rest", f"z{multiple(self.metre * 8)}", number, length=self.metre)
                if bar < bars - 1:
                    self._add("bar", "|", number, value=())
            return
        self._sound("rest", "z", (), found["rest_length"], number)

    def _sound(self, kind, name, pitches, length, number, factor=1):
        size = self.unit * written(length) * factor * self._broken
        self._broken = Fraction(1)
        if not 0 < size <= LONGEST:
            raise AbcError(f"expected a length above 0 and at most {LONGEST} whole notes, found {name}{length}")
        sounding = size * self._factor
        self._tuplet = max(0, self._tuplet - 1)
        if not self._tuplet:
            self._factor = Fraction(1)
        self._add(kind, name + multiple(size * 8), number, length=sounding, pitches=pitches)

    def _begin_tuplet(self, found, number):
        if self._tuplet:
            raise AbcError("expected the notes of the first tuplet, found a tuplet inside it")
        p = int(found["tuplet"])
        q = int(found["q"] or 0) or _TUPLET_TIME.get(p, 3 if is_compound(self.metre_name) else 2)
        r = int(found["r"] or 0) or p
        self._tuplet, self._factor = r, Fraction(q, p)
        usual = q == _TUPLET_TIME.get(p) and r == p
        self._add("tuplet", f"({p}" if usual else f"({p}:{q}:{r}", number)

    def _break_rhythm(self, signs):
        sounding = [i for i, element in enumerate(self.elements) if element.kind in ("note", "rest")]
        index = sounding[-1] if sounding else -1
        if index < 0 or self._broken != 1 or self.elements[-1].kind == "bar":
            raise AbcError(f"expected a note before the broken rhythm {signs}")
        less = Fraction(1, 2 ** len(signs))
        first, second = (2 - less, less) if signs[0] == ">" else (less, 2 - less)
        self.elements[index] = stretched(self.elements[index], first)
        self._broken = second

    def _bar(self, found, number):
        if self._broken != 1:
            raise AbcError("expected a note after the broken rhythm > or <, found a bar sign")
        if self._tuplet:
            raise AbcError(f"expected {self._tuplet} more notes in the tuplet, found a bar sign")
        self._in_bar = {}
        endings = (found["ending"] or found["lone"] or "").strip(" [")
        self._add("bar", bar_sign(found["bar"] or "") + endings, number, value=ending_numbers(endings))


def stretched(element, factor):
    """A note or rest that lasts `factor` times as long."""
    name = re.sub(r"[\d/]*$", "", element.text)
    length = written(element.text[len(name) :]) * factor
    return Element(
        element.kind, name + multiple(length), element.length * factor, element.pitches, element.tied, element.line
    )


def _tied(element):
    return Element(element.kind, element.text, element.length, element.pitches, True, element.line)


def begin(fields):
    """`(metre name, MusicReader)` for a header: a dictionary of letter -> value."""
    name, metre = read_metre(fields.get("M", "none"))
    unit = read_unit(fields["L"]) if "L" in fields else default_unit(metre)
    return name, MusicReader(metre, unit, read_key(fields["K"]), name)
