"""`Tune`: one tune in ABC notation: read, checked, heard and seen (course row S4)."""

import functools
import re
from dataclasses import dataclass

from kseq.data.tunes.abc_bars import bar_problems, bars_of, playing_order
from kseq.data.tunes.abc_errors import AbcError
from kseq.data.tunes.abc_music import begin

FIELD = re.compile(r"([A-Za-z]):(.*)")
IN_KEY = 0.85  # share of the notes of a tune that must belong to its key; the rest may be passing notes
FEWEST_BARS = 4  # of a tune that is one
QUARTERS_A_MINUTE = 120


@dataclass(frozen=True)
class PlayedNote:
    """A note as it sounds.

    pitch: MIDI number, 60 is middle C. start, length: in quarter notes from the beginning.
    """

    pitch: int
    start: float
    length: float


class Tune:
    """One tune in ABC notation.

    A tune that cannot be read is a tune, too: `error` says why, and it has no bars.

    Args:
        abc: the text of one tune, header and music.
        where: where it is from, for messages, such as `"irish.abc: line 12"`.

    Attributes:
        abc: as given.
        fields: dictionary of the header: letter -> value.
        left_out: dictionary of what was read but does not sound -> how often.
        error: what makes it unreadable, one line; `None` if nothing does.

    Example:

    >>> tune = Tune("X:1\\nM:3/4\\nL:1/4\\nK:G\\nG2 B|d3|")
    >>> tune.bars[0].text, tune.problems
    ('G4B2', [])
    """

    def __init__(self, abc, where=""):
        self.abc, self.where = abc, where
        self.fields, self.left_out, self.error, self.error_line = {}, {}, None, None
        self.metre_name, self.metre, self.key, self.elements = "none", None, None, []
        try:
            self._read()
        except AbcError as error:
            self.error, self.error_line, self.elements = str(error), error.line, []

    def _read(self):
        reader, begun = None, False
        for number, line in enumerate(re.split(r"\r\n|\r|\n", self.abc)):
            text = without_comment(line)
            if not text.strip():
                continue
            field = FIELD.fullmatch(text.rstrip())
            try:
                if reader is None and field:
                    letter, value = field[1], field[2].strip()
                    self.fields.setdefault(letter, value)
                    if letter == "K":
                        self.metre_name, reader = begin(self.fields)
                        self.metre, self.key = reader.metre, reader.key
                elif reader is None:
                    found = f"found {text.strip()[:30]!r}"
                    raise AbcError(f"expected a header that ends with a K: field, {found}", number)
                elif field and not text.startswith("|"):
                    reader.read_field(field[1], field[2].strip(), number)
                else:
                    reader.read_line(text, number)
                    begun = True
            except AbcError as error:
                raise AbcError(str(error), number) from None
        if reader is None:
            raise AbcError("expected a K: field at the end of the header, found none")
        reader.finish()
        self.left_out = {name: count for name, count in reader.left_out.items() if count}
        if not begun or not any(element.length for element in reader.elements):
            raise AbcError("expected notes after the header, found none: an empty tune")
        self.elements = reader.elements

    @property
    def title(self):
        """The title, or `""`."""
        return self.fields.get("T", "")

    @property
    def rhythm(self):
        """The kind of tune, such as `"reel"`, or `""`."""
        return self.fields.get("R", "")

    @functools.cached_property
    def _bars_and_parts(self):
        return bars_of(self.elements, self.metre)

    @property
    def bars(self):
        """The bars as they are written: a list of `kseq.data.tunes.abc_bars.Bar`."""
        return self._bars_and_parts[0]

    @property
    def parts(self):
        """The parts, between double bars and repeat signs: lists of bars."""
        return self._bars_and_parts[1]

    @functools.cached_property
    def notes(self):
        """The notes as they are played, repeats written out and tied notes joined: a list of `PlayedNote`."""
        notes, time, open_notes = [], 0, {}
        for bar in playing_order(self.parts):
            for element in bar.elements:
                if not element.length:
                    continue
                begun = {}
                for pitch in element.pitches:
                    start, length = open_notes.get(pitch, (time, 0))
                    begun[pitch] = (start, length + element.length)
                notes += [PlayedNote(p, 4.0 * s, 4.0 * n) for p, (s, n) in open_notes.items() if p not in begun]
                if element.tied:
                    open_notes = begun
                else:
                    notes += [PlayedNote(p, float(4 * s), float(4 * n)) for p, (s, n) in begun.items()]
                    open_notes = {}
                time += element.length
        notes += [PlayedNote(p, float(4 * s), float(4 * n)) for p, (s, n) in open_notes.items()]
        return sorted(notes, key=lambda note: (note.start, note.pitch))

    @functools.cached_property
    def in_key(self):
        """Share of the written notes that belong to the key; 1.0 without a key, 0.0 without notes."""
        inside, count, key = 0, 0, self.key
        for element in self.elements:
            if element.kind == "field" and element.text.startswith("[K:"):
                key = element.value
            count += len(element.pitches)
            inside += sum(key.tonic is None or pitch % 12 in key.scale for pitch in element.pitches)
        return inside / count if count else 0.0

    @functools.cached_property
    def problems(self):
        """What is wrong with the tune, a list of lines; empty for a good one.

        A good tune can be read, has four bars or more, all of them full or paired (a pickup and the bar that it
        completes), and at least 85 % of its notes belong to its key.
        """
        if self.error:
            return [self.error]
        problems = [f"bar {bar.number}: {found}" for bar, found in bar_problems(self.parts)]
        if len(self.bars) < FEWEST_BARS:
            problems.append(f"{len(self.bars)} bars where a tune has {FEWEST_BARS} or more")
        if self.in_key < IN_KEY:
            problems.append(f"{self.in_key:.0%} of the notes are in key where a tune has {IN_KEY:.0%} or more")
        return problems

    @property
    def is_good(self):
        """Whether there are no `problems`."""
        return not self.problems

    def save_midi(self, path, tempo=QUARTERS_A_MINUTE):
        """Writes a MIDI file; returns the path.

        Args:
            path: where to.
            tempo: quarter notes in a minute.
        """
        from kseq.data.tunes.midi import write_midi

        return write_midi(path, self._sounding(), tempo, self.title)

    def save_wav(self, path, tempo=QUARTERS_A_MINUTE, timbre="plucked"):
        """Writes a WAV file (16 bits, mono); returns the path.

        Args:
            path: where to.
            tempo: quarter notes in a minute.
            timbre: `"plucked"` (a string) or `"flute"`.
        """
        from kseq.data.tunes.waves import write_wav

        return write_wav(path, self._sounding(), tempo, timbre)

    def _sounding(self):
        if not self.notes:
            raise ValueError(f"This tune has no notes to play: {self.error or 'it holds rests only'}")
        return self.notes

    def __eq__(self, other):
        return isinstance(other, Tune) and self.abc == other.abc

    def __hash__(self):
        return hash(self.abc)

    def __repr__(self):
        state = self.error or f"{len(self.bars)} bars, M:{self.metre_name}, K:{self.key.name}"
        return f"Tune({self.title!r}, {state})"

    def __str__(self):
        return self.abc


def without_comment(line):
    """A line up to the `%` that begins a comment; `\\%` is a percent sign."""
    return re.split(r"(?<!\\)%", line, maxsplit=1)[0]
