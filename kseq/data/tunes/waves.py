"""WAV files: notes become sound, sums of decaying sine waves (course row S4).

    s(t) = Σ_k a_k · e^{-d_k t} · sin(2π k f t),    f = 440 · 2^((pitch - 69) / 12) Hz

A plucked string has many overtones, the higher the sooner gone; a flute has few, comes in softly and lasts.
"""

import wave
from pathlib import Path

import numpy as np

RATE = 22_050  # samples a second
RELEASE = 0.08  # seconds in which a note fades out when it is over
# Loudness of the overtones, how fast they fade (1/s; grows with their number), seconds until they are there.
TIMBRES = {
    "plucked": {"overtones": (1.0, 0.6, 0.4, 0.25, 0.15, 0.08), "decay": 1.8, "attack": 0.004},
    "flute": {"overtones": (1.0, 0.22, 0.1, 0.03), "decay": 0.15, "attack": 0.04},
}


def frequency(pitch):
    """Hertz of a MIDI number, in equal temperament: 69 is the A of 440 Hz."""
    return 440.0 * 2 ** ((pitch - 69) / 12)


def samples(notes, tempo=120, timbre="plucked"):
    """The sound of notes, a float array of shape `(num_samples,)` between -1 and 1, 22,050 samples a second.

    Args:
        notes: objects with `pitch`, and `start` and `length` in quarter notes.
        tempo: quarter notes in a minute.
        timbre: `"plucked"` or `"flute"`.
    """
    if timbre not in TIMBRES:
        raise ValueError(f"`timbre` must be one of {', '.join(TIMBRES)}. Received: timbre={timbre!r}")
    if isinstance(tempo, bool) or not isinstance(tempo, int | float) or not 4 <= tempo <= 1000:
        raise ValueError(f"`tempo` must be between 4 and 1000 quarter notes a minute. Received: tempo={tempo!r}")
    second = 60 / tempo
    end = max(note.start + note.length for note in notes) * second
    sound, known = np.zeros(int((end + RELEASE) * RATE) + 2), {}
    for note in notes:
        key = (note.pitch, note.length)
        if key not in known:
            known[key] = tone(note.pitch, note.length * second, **TIMBRES[timbre])
        start = round(note.start * second * RATE)
        place = sound[start : start + len(known[key])]
        place += known[key][: len(place)]
    loudest = np.abs(sound).max()
    return 0.9 * sound / loudest if loudest else sound


def tone(pitch, seconds, overtones, decay, attack):
    """One note: a float array of `seconds` and the time in which it fades out."""
    time = np.arange(int((seconds + RELEASE) * RATE)) / RATE
    base, sound = frequency(pitch), np.zeros(len(time))
    for number, loudness in enumerate(overtones, 1):
        if base * number < RATE / 2:  # above that a sample rate cannot tell frequencies apart
            sound += loudness * np.exp(-decay * number * time) * np.sin(2 * np.pi * base * number * time)
    envelope = np.minimum(1, time / attack) * np.clip((seconds + RELEASE - time) / RELEASE, 0, 1)
    return sound * envelope


def write_wav(path, notes, tempo=120, timbre="plucked"):
    """Writes a WAV file of 16 bits, mono; returns its path. The arguments are those of `samples`."""
    data = np.round(samples(notes, tempo, timbre) * 32_767).astype("<i2")
    path = Path(path)
    # Opened here: `wave` would not clean up after a file that cannot be opened.
    with path.open("wb") as stream, wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data.tobytes())
    return path
