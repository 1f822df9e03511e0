"""What the composer knows of dances: bars, patterns of lengths, chords, forms (course row S4).

Lengths are in eighths.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rhythm:
    """A kind of tune.

    name, metre: as ABC writes them.
    eighths: in a bar.
    strong: places in a bar, in eighths, where a note of the chord must stand.
    patterns: lengths of the notes of a bar, each adding up to `eighths`.
    ends: lengths of a last bar, without a pickup.
    pickups: lengths of a pickup; `()` for none.
    dotted: whether pairs of eighths on the beat are written with the broken rhythm `>`.
    triplets: how probable it is that a quarter becomes three notes.
    """

    name: str
    metre: str
    eighths: int
    strong: tuple
    patterns: tuple
    ends: tuple
    pickups: tuple
    dotted: bool = False
    triplets: float = 0.0


EIGHT = (1,) * 8
SIX = (1,) * 6
RHYTHMS = (
    Rhythm(
        "reel",
        "4/4",
        8,
        (0, 4),
        (EIGHT, EIGHT, (2, 1, 1, 2, 1, 1), (2, *EIGHT[:6]), (*EIGHT[:4], 2, 1, 1), (3, 1, 1, 1, 1, 1)),
        ((2, 1, 1, 4), (1, 1, 1, 1, 4), (2, 2, 4)),
        ((), (), (1, 1), (2,)),
        triplets=0.08,
    ),
    Rhythm(
        "jig",
        "6/8",
        6,
        (0, 3),
        (SIX, SIX, (2, 1, 1, 1, 1), (1, 1, 1, 2, 1), (2, 1, 2, 1), (3, 1, 1, 1)),
        ((1, 1, 1, 3), (2, 1, 3), (3, 3)),
        ((), (1,), (1,), (1, 1)),
    ),
    Rhythm(
        "slip jig",
        "9/8",
        9,
        (0, 3, 6),
        ((*SIX, 1, 1, 1), (2, 1, 2, 1, 1, 1, 1), (2, 1, *SIX), (*SIX, 2, 1), (3, *SIX), (2, 1, 3, 1, 1, 1)),
        ((1, 1, 1, 1, 1, 1, 3), (2, 1, 2, 1, 3)),
        ((), (), (1,)),
    ),
    Rhythm(
        "hornpipe",
        "4/4",
        8,
        (0, 2, 4, 6),
        (EIGHT, EIGHT, (2, *EIGHT[:6]), (*EIGHT[:6], 2), (*EIGHT[:4], 2, 2)),
        ((2, 2, 4), (1, 1, 2, 4)),
        ((), (1, 1), (1, 1)),
        dotted=True,
        triplets=0.12,
    ),
    Rhythm(
        "polka",
        "2/4",
        4,
        (0, 2),
        ((1, 1, 1, 1), (2, 1, 1), (1, 1, 2), (2, 2), (1, 1, 1, 0.5, 0.5)),
        ((2, 2), (1, 1, 2)),
        ((), (1,), (0.5, 0.5)),
    ),
    Rhythm(
        "waltz",
        "3/4",
        6,
        (0, 4),
        ((2, 2, 2), (4, 2), (3, 1, 2), (2, 1, 1, 2), (2, 2, 1, 1), (2, 1, 1, 1, 1)),
        ((6,), (4, 2), (2, 4)),
        ((), (2,), (1, 1)),
    ),
    Rhythm(
        "slide",
        "12/8",
        12,
        (0, 3, 6, 9),
        ((2, 1, 2, 1, 2, 1, 3), (*SIX, 2, 1, 3), (2, 1, *SIX, 2, 1), (3, 2, 1, 2, 1, 1, 1, 1), (2, 1, 2, 1, *SIX)),
        ((2, 1, 2, 1, 6), (1, 1, 1, 2, 1, 6)),
        ((), (1,), (2, 1)),
    ),
)

# Keys that fiddles and flutes play, with the number of the letter of the tonic, 0 for C.
KEYS = (
    ("D", 1), ("G", 4), ("A", 5), ("C", 0), ("F", 3),
    ("Em", 2), ("Am", 5), ("Bm", 6), ("Dm", 1),
    ("Ador", 5), ("Edor", 2), ("Ddor", 1), ("Bdor", 6),
    ("Amix", 5), ("Dmix", 1), ("Gmix", 4),
)  # fmt: skip
# Roots of the chords of eight bars, as degrees of the scale from 0; the second half ends on the tonic.
CHORDS = {
    "": (
        (0, 0, 3, 4, 0, 0, 4, 0),
        (0, 3, 0, 4, 0, 3, 4, 0),
        (0, 0, 4, 4, 0, 3, 4, 0),
        (0, 5, 3, 4, 0, 5, 4, 0),
        (3, 0, 3, 4, 3, 0, 4, 0),
        (5, 3, 0, 4, 5, 3, 4, 0),
    ),
    "m": ((0, 0, 6, 6, 0, 5, 6, 0), (0, 3, 0, 4, 0, 3, 4, 0), (0, 5, 2, 6, 0, 5, 6, 0), (5, 6, 0, 0, 5, 6, 4, 0)),
    "dor": ((0, 0, 6, 6, 0, 0, 6, 0), (0, 6, 0, 6, 0, 3, 6, 0), (0, 3, 0, 6, 2, 3, 6, 0), (2, 6, 0, 6, 2, 6, 6, 0)),
    "mix": ((0, 0, 6, 6, 0, 0, 6, 0), (0, 3, 0, 6, 0, 3, 6, 0), (0, 6, 3, 0, 0, 6, 6, 0), (3, 0, 6, 0, 3, 0, 6, 0)),
}
# Which two bars stand where in a part of eight: a and b are ideas, c the close, h an open end half-way.
FORMS = ("abac", "abac", "ahac", "aabc", "abhc", "ahbc")
# The letters of the parts; a small letter is played once, a capital twice.
TUNE_FORMS = ("AB", "AB", "AB", "AB", "ABC", "Ab", "aB")
FIRST_WORDS = (
    "Copper", "Silver", "Windy", "Rusty", "Quiet", "Merry", "Lame", "Green", "Crooked", "Early", "Salty", "Humble",
    "Foggy", "Broken", "Patient", "Golden", "Lazy", "Northern", "Yellow", "Sleepless",
)  # fmt: skip
SECOND_WORDS = (
    "Kettle", "Heron", "Ferry", "Gatepost", "Lantern", "Millstone", "Tailor", "Ladder", "Haystack", "Compass",
    "Bellows", "Otter", "Signalman", "Teapot", "Orchard", "Anvil", "Postman", "Weathercock", "Barrow", "Lighthouse",
)  # fmt: skip
