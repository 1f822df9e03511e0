"""The piano roll shows every note where it sounds."""

import pytest
from matplotlib.colors import to_hex

from kseq.data.tunes.tune import Tune
from kseq.plot import PALETTE, piano_roll

TUNE = Tune("X:1\nM:4/4\nL:1/4\nK:G\nGABc|d2 =f2|")


def boxes(ax):
    return {
        (patch.get_y() + patch.get_height() / 2, patch.get_x()): patch
        for container in ax.containers
        for patch in container
    }


def test_each_note_is_a_box():
    ax = piano_roll(TUNE.notes, bar=4, scale=TUNE.key.scale, title="Mine")
    found = boxes(ax)
    assert set(found) == {(float(note.pitch), note.start) for note in TUNE.notes}
    assert found[(67.0, 0.0)].get_width() == pytest.approx(0.94)
    assert found[(77.0, 6.0)].get_width() == pytest.approx(2 * 0.94)
    assert to_hex(found[(77.0, 6.0)].get_facecolor()).upper() == PALETTE[5]  # F natural is not in G
    assert to_hex(found[(67.0, 0.0)].get_facecolor()).upper() == PALETTE[0]
    assert ax.get_title() == "Mine"
    assert "C5" in [label.get_text() for label in ax.get_yticklabels()]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
    assert list(ax.get_xticks()) == [0, 4] and ax.get_xlabel() == "bar"
    ax.figure.canvas.draw()


def test_bar_numbers_after_a_pickup_and_rows_of_a_wide_tune():
    notes = [(48 + step, step, 1) for step in range(36)]
    ax = piano_roll(notes, bar=3, pickup=1)
    assert list(ax.get_xticks())[:3] == [1, 4, 7]
    named = [label.get_text() for label in ax.get_yticklabels()]
    assert named[:2] == ["C3", "G3"]
    assert list(ax.get_yticks()) == [pitch for pitch in range(47, 85) if pitch % 12 in (0, 7)]
    narrow = piano_roll(notes[:6]).get_yticklabels()
    assert [label.get_text() for label in narrow] == ["B2", "C3", "C♯3", "D3", "D♯3", "E3", "F3", "F♯3"]
    many = piano_roll([(60, 0, 200)], bar=4).get_xticklabels()
    assert len(many) <= 20 and [label.get_text() for label in many][:2] == ["1", "4"]


def test_triples_and_refusals():
    assert len(boxes(piano_roll([(60, 0, 1), (62, 1, 1)]))) == 2
    with pytest.raises(ValueError, match="at least one note"):
        piano_roll([])
