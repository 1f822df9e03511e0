"""The comparison of pictures itself: it lets fonts pass and nothing else."""

import matplotlib
import numpy as np
import pytest

from kseq.plot import gradient_norms, heatmap, unrolled_graph
from tests.plot.conftest import difference
from tests.plot.graphs import bidirectional
from tests.plot.test_curves import NORMS
from tests.plot.test_heatmaps import GATE, TOKENS

VALUES = np.where(np.arange(6)[:, None] > 3, np.nan, GATE)
WORDS = ["The", "movie", "was", "not", "good", "."]


def graph(without=""):
    record = bidirectional(4, ["Rest", "before", "your", "class"])
    record.edges = [edge for edge in record.edges if edge.kind != without]
    return unrolled_graph(record)


def other_colours():
    axes = heatmap(VALUES, TOKENS, padding=True, title="forget gate")
    axes.images[0].set_cmap("viridis")
    return axes


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("unrolled_bidirectional", graph),
        ("heatmap", lambda: heatmap(VALUES, TOKENS, padding=True, title="forget gate")),
        ("gradient_norms", lambda: gradient_norms(NORMS, tokens=WORDS)),
    ],
)
@pytest.mark.parametrize("setting", [{"text.hinting": "none"}, {"font.family": "DejaVu Serif"}])
def test_type_in_another_form_passes(name, draw, setting, tmp_path, monkeypatch):
    monkeypatch.delenv("KSEQ_NEW_BASELINES", raising=False)
    matplotlib.rcParams.update(setting)
    assert difference(draw().figure, name, tmp_path) is None


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("unrolled_bidirectional", lambda: graph("time")),
        ("unrolled_bidirectional", lambda: graph("up")),
        ("heatmap", other_colours),
        ("heatmap", lambda: heatmap(VALUES[::-1], TOKENS, padding=True, title="forget gate")),
        ("gradient_norms", lambda: gradient_norms({**NORMS, "LSTM": np.ones(6)}, tokens=WORDS)),
    ],
)
def test_another_picture_does_not(name, draw, tmp_path, monkeypatch):
    monkeypatch.delenv("KSEQ_NEW_BASELINES", raising=False)
    assert difference(draw().figure, name, tmp_path) is not None
