"""What the tests of figures share: fixed settings, and the comparison with a committed picture.

KSEQ_NEW_BASELINES=1 pytest tests/plot        writes tests/plot/baseline/*.png anew; look at them before committing
"""

import os
from pathlib import Path

import matplotlib
import pytest
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from PIL import Image, ImageFilter

BASELINE = Path(__file__).parent / "baseline"
DPI = 40
BLUR = 1  # pixels: another version of a library may smooth an edge otherwise
TOLERANCE = 3  # root mean square of 255; what a missing row of arrows or another colour map makes is above it


@pytest.fixture(autouse=True)
def fixed_settings():
    """Nobody's matplotlibrc: Agg and DejaVu, as they come with matplotlib."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["font.family"] = "DejaVu Sans"
        yield


def difference(figure, name, folder):
    """None if a figure looks like the committed picture, else what differs.

    Type is hidden, and legends, whose size hangs on it: every version of the font library draws it otherwise. What it
    says is tested by its words.
    """
    figure.draw_without_rendering()  # so that all ticks are there
    for part in [*figure.findobj(Text), *figure.findobj(Legend)]:
        part.set_visible(False)
    expected = BASELINE / f"{name}.png"
    drawn = folder / f"{name}.png"
    figure.savefig(drawn, dpi=DPI, metadata={"Software": None})
    if os.environ.get("KSEQ_NEW_BASELINES"):
        BASELINE.mkdir(exist_ok=True)
        Image.open(drawn).convert("RGB").quantize(64).save(expected, optimize=True)
    sizes = [Image.open(path).size for path in (expected, drawn)]
    if any(abs(a - b) > 3 for a, b in zip(*sizes, strict=True)):
        return f"size {sizes[1]} in place of {sizes[0]}"
    for path, to in ((expected, folder / "expected.png"), (drawn, folder / "actual.png")):
        picture = Image.open(path).convert("RGB").resize(sizes[0])
        picture.filter(ImageFilter.GaussianBlur(BLUR)).save(to)
    return compare_images(str(folder / "expected.png"), str(folder / "actual.png"), TOLERANCE)


@pytest.fixture
def check_picture(tmp_path):
    """Asserts that a figure looks like `tests/plot/baseline/<name>.png`."""

    def check(axes, name):
        found = difference(axes.figure, name, tmp_path)
        assert found is None, f"{found}\n(new pictures on purpose: KSEQ_NEW_BASELINES=1 pytest tests/plot)"

    return check


@pytest.fixture
def overlapping():
    """Finds texts that touch each other: pairs of their strings."""
    return _overlapping


def _overlapping(figure, texts):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts if t.get_text() and t.get_visible()]
    pairs = []
    for number, (text, a) in enumerate(boxes):
        pairs += [
            (text, other)
            for other, b in boxes[number + 1 :]
            if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        ]
    return pairs
