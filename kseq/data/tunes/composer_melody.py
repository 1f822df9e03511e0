"""How the composer makes a melody: ideas of a bar that come again over other chords (course row S4).

A pitch is a number of scale steps: 0 is middle C, 7 the C above, whatever the key. An *idea* is a row of lengths and
moves; realised over a chord, its strong notes are notes of the chord, what lies between goes by steps or along
the chord.
"""

from dataclasses import dataclass

LOWEST, HIGHEST = -3, 13  # G below middle C to the b two octaves above it
LETTERS = "CDEFGAB"
# What a note does after the one before: up or down a step, to the next note of the chord, or stays; weights.
MOVES = (("step", 1), ("step", -1), ("chord", 1), ("chord", -1), ("stay", 0))
FLAVOURS = {
    "running": (4, 4, 1, 1, 0.1),
    "arpeggio": (1, 1, 4, 4, 0.1),
    "pedal": (2, 2, 2, 2, 0.8),
}


@dataclass(frozen=True)
class Idea:
    """A bar's worth of melody without its pitches: lengths in eighths, and a move for each note but the first."""

    lengths: tuple
    moves: tuple


def new_idea(random, lengths):
    """An idea that keeps its direction more often than not."""
    weights = list(FLAVOURS.values())[random.integers(len(FLAVOURS))]
    moves, last = [], 0
    for _ in lengths[1:]:
        favour = [
            weight * (1.8 if last and sign == last else 1) for weight, (_, sign) in zip(weights, MOVES, strict=True)
        ]
        move = MOVES[random.choice(len(MOVES), p=[w / sum(favour) for w in favour])]
        last = move[1] or last
        moves.append(move)
    return Idea(tuple(lengths), tuple(moves))


def is_chord_note(step, tonic, root):
    """Whether a pitch belongs to the triad on a degree of the scale."""
    return (step - tonic - root) % 7 in (0, 2, 4)


def nearest(step, tonic, root):
    """The note of a triad nearest to a pitch: itself, or one above or below."""
    return next(step + move for move in (0, 1, -1, 2) if is_chord_note(step + move, tonic, root))


def along(step, tonic, root, sign):
    """The next note of a triad above a pitch (`sign` 1) or below it (-1)."""
    return next(step + sign * move for move in (1, 2, 3) if is_chord_note(step + sign * move, tonic, root))


def realise(idea, anchor, tonic, root, strong):
    """The pitches of an idea over a chord.

    Args:
        idea: an `Idea`.
        anchor: pitch that the first note should be near.
        tonic: pitch of the key.
        root: degree of the chord, from 0.
        strong: places where a note of the chord must stand.
    """
    pitch = nearest(anchor, tonic, root)
    pitches, place = [pitch], idea.lengths[0]
    for length, (kind, sign) in zip(idea.lengths[1:], idea.moves, strict=True):
        # Where the instrument ends, or a leap leads too far from the idea's beginning, the melody turns round.
        if not LOWEST + 3 <= pitch + 2 * sign <= HIGHEST - 3 or abs(pitch + sign - anchor) > 6:
            sign = -sign
        if kind == "step":
            pitch += sign
        elif kind == "chord":
            pitch = along(pitch, tonic, root, sign)
        if place in strong and not is_chord_note(pitch, tonic, root):
            pitch = along(pitch, tonic, root, sign or 1)
        pitches.append(pitch)
        place += length
    return pitches


def close(random, lengths, anchor, tonic):
    """The pitches of a last bar: down or up to the tonic, which lasts."""
    goal = tonic + 7 * round((anchor - tonic) / 7)
    while goal > HIGHEST:
        goal -= 7
    before = len(lengths) - 1
    way = {0: [], 1: [(0,), (-1,), (2,)], 2: [(2, 1), (1, -1), (0, 0), (4, 2)]}.get(before)
    if way is None:
        way = [
            tuple(range(before, 0, -1)),
            (*([2, 1] * before)[: before - 1], -1),
            (*([0, 2] * before)[: before - 1], 1),
        ]
    return [goal + step for step in (way[random.integers(len(way))] if way else ())] + [goal]


def note_name(step):
    """A pitch as ABC writes it."""
    octave, letter = divmod(step, 7)
    if octave > 0:
        return LETTERS[letter].lower() + "'" * (octave - 1)
    return LETTERS[letter] + "," * -octave
