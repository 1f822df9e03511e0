"""The piano roll shows every note where it sounds."""

import pytest
from matplotlib.colors import to_hex

from kseq.data.tune import Tune
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
    ax.figure.canvas.draw()


def test_triples_and_refusals():
    assert len(boxes(piano_roll([(60, 0, 1), (62, 1, 1)]))) == 2
    with pytest.raises(ValueError, match="at least one note"):
        piano_roll([])
