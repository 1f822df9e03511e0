"""How ABC spells lengths, octaves and bar signs: small functions from text to values and back (course row S4)."""

from fractions import Fraction

from kseq.data.tunes.abc_errors import AbcError
from kseq.data.tunes.abc_header import LETTERS


def bar_sign(sign):
    """One of `|`, `||`, `|]`, `|:`, `:|`, `::` for all ways to write a bar sign; `[` where there is only an ending."""
    left, right = sign.startswith(":"), sign.endswith(":")
    if left and right:
        return "::"
    if left or right:
        return ":|" if left else "|:"
    return {"": "[", "||": "||", "|]": "|]", "[|": "||"}.get(sign.lstrip("."), "|")


def ending_numbers(text):
    """The passes at which an ending is played: `"1,3-4"` is `(1, 3, 4)`."""
    numbers = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            numbers += range(int(first), min(int(last) if last.isdigit() else int(first), 99) + 1)
    return tuple(numbers)


def written(text):
    """The multiple that stands behind a note: `"3/2"`, `"/"`, `"//"`, `""`."""
    number, slash, divisor = text.partition("/")
    halves = 2 ** text.count("/") if slash and not divisor.strip("/") else int(divisor or 1)
    if halves == 0:
        raise AbcError(f"expected a length, found {text!r}")
    return Fraction(int(number or 1), halves)


def multiple(value):
    """A multiple as ABC writes it, in lowest terms: `""`, `"2"`, `"/2"`, `"3/2"`."""
    over = "" if value.numerator == 1 and (value.denominator > 1 or value == 1) else str(value.numerator)
    return over if value.denominator == 1 else f"{over}/{value.denominator}"


def spelt(letter, marks):
    """A letter with octave marks, in the one way that needs the fewest: `c,` is `C`."""
    octave = marks.count("'") - marks.count(",") + letter.islower()
    upper = letter.upper()
    assert upper in LETTERS
    return upper.lower() + "'" * (octave - 1) if octave > 0 else upper + "," * -octave
