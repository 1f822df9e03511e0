"""MIDI and WAV files: read back with the standard library."""

import gc
import struct
import warnings
import wave
from types import SimpleNamespace

import numpy as np
import pytest

from kseq.data.tunes.midi import variable, write_midi
from kseq.data.tunes.tune import Tune
from kseq.data.tunes.waves import RATE, frequency, samples

SCALE = Tune("X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\n|:CDEF|GABc:|[CEG]4|z2 ^F2|")


def read_midi(path):
    """`(ticks a quarter, microseconds a quarter, notes)` of a file with one track; notes are (pitch, start, length)."""
    data = path.read_bytes()
    assert data[:4] == b"MThd"
    size, kind, tracks, ticks = struct.unpack(">IHHH", data[4:14])
    assert (size, kind, tracks) == (6, 0, 1)
    assert data[14:18] == b"MTrk"
    assert struct.unpack(">I", data[18:22])[0] == len(data) - 22
    place, time, tempo, sounding, notes = 22, 0, None, {}, []
    while place < len(data):
        wait = 0
        while True:
            byte, place = data[place], place + 1
            wait = wait << 7 | byte & 0x7F
            if byte < 0x80:
                break
        time += wait
        status = data[place]
        if status == 0xFF:
            what, length = data[place + 1], data[place + 2]
            content = data[place + 3 : place + 3 + length]
            tempo = int.from_bytes(content, "big") if what == 0x51 else tempo
            place += 3 + length
            if what == 0x2F:
                assert place == len(data)
        elif status == 0xC0:
            place += 2
        else:
            pitch = data[place + 1]
            if status == 0x90:
                assert pitch not in sounding
                sounding[pitch] = time
            else:
                assert status == 0x80
                start = sounding.pop(pitch)
                notes.append((pitch, start, time - start))
            place += 3
    assert not sounding
    return ticks, tempo, sorted(notes, key=lambda note: note[1:2] + note[:1])


def test_midi_holds_the_notes(tmp_path):
    path = SCALE.save_midi(tmp_path / "scale.mid", tempo=90)
    ticks, tempo, notes = read_midi(path)
    assert tempo == round(60e6 / 90)
    assert [pitch for pitch, _, _ in notes[:9]] == [60, 62, 64, 65, 67, 69, 71, 72, 60]
    assert [(p, s / ticks, n / ticks) for p, s, n in notes] == [(n.pitch, n.start, n.length) for n in SCALE.notes]
    assert notes[-1] == (66, 22 * ticks, 2 * ticks)  # after the rest
    assert b"Scale" in path.read_bytes()


@pytest.mark.parametrize(("number", "found"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x81\0"), (0x3FFF, b"\xff\x7f")])
def test_variable_lengths_are_those_of_the_standard(number, found):
    assert variable(number) == found


def test_wav_sounds_as_long_and_as_high_as_the_notes(tmp_path):
    path = SCALE.save_wav(tmp_path / "scale.wav", tempo=120, timbre="flute")
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767
    seconds = (SCALE.notes[-1].start + SCALE.notes[-1].length) / 2
    assert abs(len(sound) / RATE - seconds) < 0.2
    assert 0.5 < np.abs(sound).max() < 1
    for index in (0, 4, 7):
        note = SCALE.notes[index]
        begin = int((note.start / 2 + 0.1) * RATE)
        spectrum = np.abs(np.fft.rfft(sound[begin : begin + RATE // 4] * np.hanning(RATE // 4)))
        assert abs(np.argmax(spectrum) * 4 - frequency(note.pitch)) < 5


def test_a_pause_is_silent():
    notes = [SimpleNamespace(pitch=69, start=0, length=1), SimpleNamespace(pitch=69, start=4, length=1)]
    sound = samples(notes, 60)
    assert np.abs(sound[2 * RATE : int(3.9 * RATE)]).max() == 0


@pytest.mark.parametrize("timbre", ["plucked", "flute"])
def test_timbres_never_clip(timbre):
    assert np.abs(samples(SCALE.notes, 120, timbre)).max() <= 0.9 + 1e-9


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="Received: tempo=0"):
        SCALE.save_midi(tmp_path / "a.mid", tempo=0)
    with pytest.raises(ValueError, match="Received: timbre='harp'"):
        SCALE.save_wav(tmp_path / "a.wav", timbre="harp")
    with pytest.raises(ValueError, match="no notes to play"):
        Tune("X:1\nK:C\n").save_wav(tmp_path / "a.wav")
    with pytest.raises(ValueError, match="Received: pitch=200"):
        write_midi(tmp_path / "a.mid", [SimpleNamespace(pitch=200, start=0, length=1)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what goes wrong in `__del__` would be one
        with pytest.raises(FileNotFoundError):
            SCALE.save_wav(tmp_path / "nowhere" / "a.wav")
        gc.collect()
    assert not list(tmp_path.iterdir())
