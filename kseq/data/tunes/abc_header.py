"""ABC headers: what `M:`, `L:` and `K:` mean (course row S4: sheet music as text).

Metre and unit length are exact fractions of a whole note; a key is a tonic with a scale of seven letters.

References:
    The ABC music standard 2.1 (abcnotation.com/wiki/abc:standard:v2.1), sections 3.1 (fields) and 4.6 (keys).
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from kseq.data.tunes.abc_errors import AbcError

LETTERS = "CDEFGAB"
SEMITONES = dict(zip(LETTERS, (0, 2, 4, 5, 7, 9, 11), strict=True))
SHARPS_ORDER, FLATS_ORDER = "FCGDAEB", "BEADGCF"
# How many sharps a mode has more than the major key of the same tonic.
MODES = {"": 0, "maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3, "phr": -4, "loc": -5, "lyd": 1}
_SHORT = {"maj": "", "ion": "", "min": "m", "aeo": "m"}  # names that mean the same as another one
_TONICS = {letter: sharps for sharps, letter in zip(range(-1, 6), "FCGDAEB", strict=True)}
_KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)(.*)", re.DOTALL)
_EXTRA = re.compile(r"(\^\^|__|[\^_=])([A-Ga-g])")
_CLEF = re.compile(r"\b(?:clef|middle|transpose|octave|stafflines|treble|bass|alto|tenor|perc)\S*")
_METRE = re.compile(r"\(?(\d+(?:\s*\+\s*\d+)*)\)?\s*/\s*(\d+)")
NOTES_OF_ACCIDENTALS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}


@dataclass(frozen=True)
class Key:
    """A key signature.

    name: as ABC writes it in short, such as `"D"`, `"Ador"`, `"F#m"`; `"none"` for no key.
    tonic: pitch class, 0 for C to 11 for B; `None` without a key.
    alterations: dict from a letter to its sharps (1), flats (-1) or neither (absent).
    """

    name: str
    tonic: int | None
    alterations: dict = field(hash=False)

    @property
    def scale(self):
        """The seven pitch classes of the key."""
        return frozenset((SEMITONES[letter] + self.alterations.get(letter, 0)) % 12 for letter in LETTERS)


def read_key(value):
    """The `Key` of a `K:` field such as `"G"`, `"A Dorian"`, `"F#m"`, `"D Mix clef=bass"`, `"D exp _b _e ^f"`, `"HP"`.

    Raises:
        AbcError: it is none of these.
    """
    text = _CLEF.sub("", value).strip()
    if text in ("", "none"):
        return Key("none" if text or not value.strip() else "C", None if text or not value.strip() else 0, {})
    if text in ("HP", "Hp"):  # Highland pipes: no signature is written, or F sharp and C sharp
        return Key("HP", SEMITONES["A"], {"F": 1, "C": 1})
    match = _KEY.fullmatch(text)
    word = match[3].lower() if match else ""
    mode = word if word in ("", "m", "exp") else word[:3]
    if not match or (mode not in MODES and mode != "exp") or (match[4].strip() and not _EXTRA.search(match[4])):
        raise AbcError(f"expected a key such as K:G, K:Em or K:D Mixolydian, found K:{value[:40]}")
    letter, sign = match[1], {"": 0, "#": 1, "b": -1}[match[2]]
    mode = _SHORT.get(mode, mode)
    count = 0 if mode == "exp" else _TONICS[letter] + 7 * sign + MODES[mode]
    if abs(count) > 7:
        raise AbcError(f"expected a key of at most seven sharps or flats, found K:{value[:40]}")
    order = SHARPS_ORDER if count > 0 else FLATS_ORDER
    alterations = dict.fromkeys(order[: abs(count)], 1 if count > 0 else -1)
    extras = _EXTRA.findall(match[4])
    for accidental, name in extras:
        alterations[name.upper()] = NOTES_OF_ACCIDENTALS[accidental]
    shown = " ".join([letter + match[2] + mode if mode != "exp" else f"{letter}{match[2]} exp"])
    shown += "".join(f" {accidental}{name.lower()}" for accidental, name in extras)
    return Key(shown, (SEMITONES[letter] + sign) % 12, {k: v for k, v in alterations.items() if v})


def read_metre(value):
    """`(name, length)` of an `M:` field: the length of a bar in whole notes, or `None` for free metre.

    `"C"` is `"4/4"`, `"C|"` is `"2/2"`, `"none"` is free; `"(2+3)/8"` and `"2+3/8"` add up.

    Raises:
        AbcError: it is no metre.
    """
    text = value.strip()
    if text.lower() in ("none", ""):
        return "none", None
    if text in ("C", "C|"):
        return text, Fraction(1)
    match = _METRE.fullmatch(text)
    beats = sum(int(part) for part in match[1].split("+")) if match else 0
    if not match or not 0 < beats <= 64 or int(match[2]) not in (1, 2, 4, 8, 16, 32, 64):
        raise AbcError(f"expected a metre such as M:6/8, M:C or M:none, found M:{value[:40]}")
    return re.sub(r"\s", "", text), Fraction(beats, int(match[2]))


def is_compound(name):
    """Whether a metre counts in threes of eighths: 6/8, 9/8 and 12/8, but not 3/4, whose bars are as long as 6/8's."""
    match = _METRE.fullmatch(name)
    return bool(match) and match[2] in ("8", "16") and match[1] in ("3", "6", "9", "12")


def beat_of(name):
    """The length of the notes under one beam: three eighths in 6/8, half a bar in 4/4, a quarter in 3/4 and 2/4.

    `None` where the metre is free.
    """
    length = read_metre(name)[1]
    if length is None:
        return None
    if is_compound(name):
        return Fraction(3, int(name.split("/")[1]))
    return Fraction(1, 2) if length == 1 else Fraction(1, 4)


def read_unit(value):
    """The unit note length of an `L:` field, in whole notes.

    Raises:
        AbcError: it is no such length.
    """
    match = re.fullmatch(r"\s*1\s*(?:/\s*(\d+))?\s*", value)
    size = int(match[1] or 1) if match else 0
    if size not in (1, 2, 4, 8, 16, 32, 64, 128, 256):
        raise AbcError(f"expected a unit note length such as L:1/8, found L:{value[:40]}")
    return Fraction(1, size)


def default_unit(metre):
    """The unit note length where no `L:` says it: 1/16 for bars shorter than three quarters, else 1/8."""
    return Fraction(1, 16) if metre is not None and metre < Fraction(3, 4) else Fraction(1, 8)
