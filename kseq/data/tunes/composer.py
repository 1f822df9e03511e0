"""A composer: dance tunes in ABC notation, made from a seed (course row S4: data for music generation).

Not a model, but rules that a musician would recognise. A part has eight bars. Two-bar ideas come again (a b a c), each
over the chords of the mode; strong beats carry notes of the chord; the close goes to the tonic; the second part lies
higher and often ends like the first. So a model that learns from these tunes has something to learn.

>>> tunes = write_tunes(count=3, seed=1)
>>> print(tunes[0])
"""

from fractions import Fraction

import numpy as np

from kseq.data.tunes.abc_spelling import multiple
from kseq.data.tunes.composer_melody import close, nearest, new_idea, note_name, realise
from kseq.data.tunes.composer_rhythms import CHORDS, FIRST_WORDS, FORMS, KEYS, RHYTHMS, SECOND_WORDS, TUNE_FORMS

COUNT, SEED = 280, 2026  # of the bundled file
ENDINGS = 0.15  # how many parts that are repeated have a first and a second ending
GRACES = 0.03  # how many long notes get a grace note or a roll


def write_tunes(count=COUNT, seed=SEED):
    """Composes tunes.

    Args:
        count: number of tunes.
        seed: integer; the n-th tune of a seed is the same whatever `count` is.

    Returns:
        List of strings, a tune in ABC notation each, numbered from X:1. Titles differ up to 400 tunes.
    """
    order = np.random.default_rng([seed, 0]).permutation(len(FIRST_WORDS) * len(SECOND_WORDS))
    tunes = []
    for number in range(count):
        title = int(order[number % len(order)])
        name = f"The {FIRST_WORDS[title % len(FIRST_WORDS)]} {SECOND_WORDS[title // len(FIRST_WORDS)]}"
        tunes.append(compose_tune(np.random.default_rng([seed, number + 1]), number + 1, name))
    return tunes


def tunes_file(count=COUNT, seed=SEED):
    """The text of `datasets/tunes.abc`."""
    head = "% Synthetic tunes by the composer of kseq (kseq/data/tunes/composer.py), "
    return f"{head}seed {seed}; see tunes.md.\n\n" + "\n".join(f"{tune}\n" for tune in write_tunes(count, seed))


def compose_tune(random, number, title):
    """One tune: header and two or three parts."""
    rhythm = RHYTHMS[random.integers(len(RHYTHMS))]
    key, letter = KEYS[random.integers(len(KEYS))]
    tonic = letter - 7 if letter > 4 and random.random() < 0.5 else letter
    pickup = rhythm.pickups[random.integers(len(rhythm.pickups))]
    form = TUNE_FORMS[random.integers(len(TUNE_FORMS))]
    centres = {"A": tonic + 2, "B": tonic + 7, "C": tonic + 4}
    ends, parts = None, []
    for name in form:
        part = Part(random, rhythm, key, tonic, pickup, centres[name.upper()])
        ends = part.compose(ends if random.random() < 0.6 else None) or ends
        parts.append(part.text(repeated=name.isupper(), is_last=name == form[-1]))
    header = f"X:{number}\nT:{title}\nR:{rhythm.name}\nM:{rhythm.metre}\nL:1/8\nK:{key}\n"
    return header + "\n".join(parts)


class Part:
    """Eight bars, with a pickup if the tune has one.

    Args:
        random: a NumPy generator.
        rhythm: a `Rhythm`.
        key: such as `"Ador"`.
        tonic: its pitch in scale steps.
        pickup: lengths of the pickup.
        centre: pitch around which the melody lies.
    """

    def __init__(self, random, rhythm, key, tonic, pickup, centre):
        self.random, self.rhythm, self.key, self.tonic = random, rhythm, key, tonic
        self.pickup, self.centre = pickup, min(centre, 9)
        mode = key.lstrip("ABCDEFG#b")
        self.chords = CHORDS[mode][random.integers(len(CHORDS[mode]))]
        self.bars = []  # lists of (length, pitch)

    def _pick(self, choices):
        return choices[self.random.integers(len(choices))]

    def compose(self, ends=None):
        """Fills the bars. `ends`: the last two bars of an earlier part, to end alike; returns those of this one."""
        ideas = {name: [new_idea(self.random, self._pick(self.rhythm.patterns)) for _ in "12"] for name in "abhc"}
        anchors = {name: self.centre + int(self.random.integers(-2, 3)) for name in "abhc"}
        pitch = self.centre
        for place, name in enumerate(self._pick(FORMS)):
            for bar in range(2):
                number = 2 * place + bar
                if number == 7:
                    break
                anchor = anchors[name] if bar == 0 else pitch
                root = self.chords[number]
                pitches = realise(ideas[name][bar], anchor, self.tonic, root, self.rhythm.strong)
                self.bars.append(list(zip(ideas[name][bar].lengths, pitches, strict=True)))
                pitch = pitches[-1]
        lengths = self._pick([end for end in self.rhythm.ends if end[-1] > sum(self.pickup)])
        lengths = (*lengths[:-1], lengths[-1] - sum(self.pickup))
        own = [self.bars[6], list(zip(lengths, close(self.random, lengths, pitch, self.tonic), strict=True))]
        self.bars[6:] = ends or own
        return own

    def text(self, repeated, is_last):
        """The part as ABC, four bars in a line."""
        names = [self._bar(bar) for bar in self.bars]
        first = nearest(self.bars[0][0][1] - 2, self.tonic, 4)
        before = "".join(self._note(n, first + i) for i, n in enumerate(self.pickup))
        opening = ("|:" if repeated else "") + (before + "|" if before else "")
        if not repeated:
            return f"{opening}{'|'.join(names[:4])}|\n{'|'.join(names[4:])}{'|]' if is_last else '||'}"
        if self.random.random() < ENDINGS:
            # The first time the close leads on instead of coming to rest.
            lengths = tuple(length for length, _ in self.bars[-1])
            idea = new_idea(self.random, lengths)
            open_end = realise(idea, self.bars[-1][-1][1] + 2, self.tonic, 4, (0,))
            first_time = self._bar(list(zip(lengths, open_end, strict=True)))
            second = "|]" if is_last else "||"
            return f"{opening}{'|'.join(names[:4])}|\n{'|'.join(names[4:7])}|1{first_time}:|2{names[7]}{second}"
        return f"{opening}{'|'.join(names[:4])}|\n{'|'.join(names[4:])}:|"

    def _bar(self, bar):
        """A bar as ABC, with a space between the beats."""
        beat = {9: 3, 6: 3 if self.rhythm.metre == "6/8" else 2, 12: 3, 8: 4, 4: 2}[self.rhythm.eighths]
        text, place, index = "", 0, 0
        while index < len(bar):
            length, pitch = bar[index]
            if place and place % beat == 0:
                text += " "
            following = bar[index + 1] if index + 1 < len(bar) else None
            if self.rhythm.dotted and length == 1 and following and following[0] == 1 and place % 2 == 0:
                text += f"{note_name(pitch)}>{note_name(following[1])}"
                place, index = place + 2, index + 2
                continue
            if length == 2 and place % 2 == 0 and self.random.random() < self.rhythm.triplets:
                text += f"(3{note_name(pitch)}{note_name(pitch + 1)}{note_name(pitch)}"
            else:
                text += self._note(length, pitch)
            place, index = place + length, index + 1
        return text

    def _note(self, length, pitch):
        """A note with its length, sometimes with an ornament."""
        ornament = ""
        if length >= 2 and self.random.random() < GRACES:
            ornament = "~" if length == 3 else f"{{{note_name(pitch + 1)}}}"
        return ornament + note_name(pitch) + multiple(Fraction(length))
