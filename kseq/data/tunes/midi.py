"""MIDI files, written by hand: a header, and one track of events, each after a time to wait (course row S4).

    MThd 6 | format 0, 1 track, 480 ticks a quarter        MTrk n | wait event wait event …

References:
    The MIDI Association, Standard MIDI Files 1.0 (RP-001).
"""

import struct
from pathlib import Path

TICKS = 480  # in a quarter note
VELOCITY = 80
FLUTE = 73  # General MIDI, from 0


def write_midi(path, notes, tempo=120, title="", program=FLUTE):
    """Writes a MIDI file of one track; returns its path.

    Args:
        path: where to.
        notes: objects with `pitch`, and `start` and `length` in quarter notes.
        tempo: quarter notes in a minute.
        title: name of the track.
        program: number of the instrument, 0 to 127.

    Raises:
        ValueError: `tempo` is no positive number, or a pitch is none of MIDI's.
    """
    if isinstance(tempo, bool) or not isinstance(tempo, int | float) or not 4 <= tempo <= 1000:
        raise ValueError(f"`tempo` must be between 4 and 1000 quarter notes a minute. Received: tempo={tempo!r}")
    events = []
    for note in notes:
        if not 0 <= note.pitch <= 127:
            raise ValueError(f"`notes` must have pitches from 0 to 127. Received: pitch={note.pitch}")
        start, end = round(note.start * TICKS), round((note.start + note.length) * TICKS)
        events += [(start, 1, note.pitch), (max(end, start + 1), 0, note.pitch)]
    name = title.encode("utf-8")[:100]
    track = b"\0\xff\x03" + variable(len(name)) + name
    track += b"\0\xff\x51\x03" + round(60e6 / tempo).to_bytes(3, "big")  # microseconds a quarter
    track += bytes([0, 0xC0, program])
    now = 0
    for time, on, pitch in sorted(events):  # at one time, what ends comes before what begins
        track += variable(time - now) + bytes([0x90 if on else 0x80, pitch, VELOCITY if on else 0])
        now = time
    track += b"\0\xff\x2f\0"
    path = Path(path)
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(track)) + track)
    return path


def variable(number):
    """A number in MIDI's own way: seven bits a byte, the highest bit says that more follow."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | number & 0x7F)
    return bytes(reversed(found))
