"""Figures of scale: what is drawn are the numbers that were given, and labels stay legible."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from kseq.plot import memory_budget, scaling_frontier, theory_against_length, training_footprints
from kseq.plot.scaling import meetings

GIB = 2**30
COMPUTING = [10.0**n for n in range(18, 27)]
LAWS = [{"model": "Chinchilla", "flops": c, "parameters": (c / 120) ** 0.5} for c in COMPUTING]
MODELS = [
    {"model": "GPT-3", "flops": 3.14e23, "parameters": 175e9},
    {"model": "OPT-175B", "flops": 1.9e23, "parameters": 175e9},
    {"model": "BLOOM", "flops": 3.7e23, "parameters": 176e9},
    {"model": "LLaMA-65B", "flops": 5.5e23, "parameters": 65e9},
    {"model": "Chinchilla", "flops": 5.76e23, "parameters": 70e9},
]
LENGTHS = [64, 128, 256, 512, 1024, 2048, 4096]
LINES = [{"model": "LSTM", "length": n, "flops": 16e6 * n} for n in LENGTHS]
LINES += [{"model": "attention", "length": n, "flops": 8e6 * n + 2e4 * n * n} for n in LENGTHS]
BUDGETS = {
    "float32": {"weights": 6 * GIB, "gradients": 6 * GIB, "optimizer": 12 * GIB, "activations": 20 * GIB},
    "in eight parts": {"weights": GIB, "gradients": GIB, "optimizer": 2 * GIB},
}
TRAININGS = [
    {"model": "BLOOM", "tonnes": 24.7, "low": 24.7, "high": 50.5, "kind": "Luccioni"},
    {"model": "GPT-3", "tonnes": 552, "kind": "Patterson"},
    {"model": "Llama 3.1 405B", "tonnes": 8930, "low": float("nan"), "kind": "Meta"},
]


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_laws_are_lines_and_models_points():
    ax = scaling_frontier(LAWS, pd.DataFrame(MODELS), title="Larger, or more text?")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [row["parameters"] for row in LAWS])
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[m["flops"], m["parameters"]] for m in MODELS])
    assert words(ax) == [model["model"] for model in MODELS]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel()) == ("log", "log", "FLOPs of training")
    assert words(scaling_frontier(LAWS)) == []


def test_no_label_lies_on_a_line_a_point_or_another_label():
    ax = scaling_frontier(LAWS, MODELS)
    ax.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text).padded(-1) for text in ax.texts]  # without the lines that lead to points
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    (law,) = ax.lines
    (start, *_, end) = ax.transData.transform(law.get_xydata())
    points = ax.transData.transform([[model["flops"], model["parameters"]] for model in MODELS])
    for x, y in (*np.linspace(start, end, 2000), *points):
        assert not any(box.contains(x, y) for box in boxes)


def test_the_crossing_stands_where_the_formulas_say():
    measured = [{"model": "LSTM", "length": 64, "flops": f} for f in (1.0e9, 1.1e9, 9e9)]
    ax = theory_against_length(LINES, measured, label="FLOPs")
    (mark,) = [line for line in ax.lines if line.get_gid() == "crossing"]
    (x,), (y,) = mark.get_data()
    assert x == pytest.approx(400, rel=0.03) and y == pytest.approx(16e6 * 400, rel=0.03)  # 8e6·T = 2e4·T²
    assert words(ax) == [f"T = {x:,.0f}"]
    assert words(theory_against_length(LINES, crossings=[400])) == ["T = 400"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "LSTM, by its formula",
        "LSTM, measured",
        "attention",
    ]
    assert list(ax.lines[1].get_ydata()) == [1.1e9]  # the median
    least = theory_against_length(LINES, measured, theory="at least").get_legend().get_texts()
    assert [text.get_text() for text in least] == ["LSTM, at least", "LSTM, measured", "attention"]
    assert words(theory_against_length(LINES, crossings=False)) == []


def test_where_lines_meet():
    line = {1: 1.0, 2: 2.0, 4: 4.0}
    assert meetings(line, {1: 2.0, 2: 2.0, 4: 2.0}) == [2]
    assert meetings(line, {1: 2.0, 4: 2.0}) == meetings({1: 2.0, 4: 2.0}, line) == [pytest.approx(2)]
    assert meetings(line, line) == [] and meetings(line, {8: 1.0}) == [] and meetings(line, {1: 3.0, 4: 5.0}) == []


def test_bars_are_as_long_as_the_bytes(overlapping):
    ax = memory_budget(BUDGETS, capacity={"RTX 4090": 24 * GIB, "A100": 40 * GIB}, title="Does it fit?")
    widths = np.array([[bar.get_width() for bar in container] for container in ax.containers])
    np.testing.assert_allclose(widths, [[6, 1], [6, 1], [12, 2], [20, 0]])
    assert words(ax) == ["44 GiB, does not fit", "4 GiB", "RTX 4090: 24 GiB", "A100: 40 GiB"]
    assert [line.get_xdata()[0] for line in ax.lines] == [24, 40] and not overlapping(ax.figure, [*ax.texts, ax.title])
    assert words(memory_budget(BUDGETS))[:2] == ["44 GiB", "4 GiB"]
    assert words(memory_budget(BUDGETS, capacity=80 * GIB))[-1] == "there is: 80 GiB"


def test_trainings_stand_in_order_with_their_ranges(overlapping):
    ax = training_footprints(TRAININGS, title="What trainings emitted")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["BLOOM", "GPT-3", "Llama 3.1 405B"]
    assert words(ax) == ["24.7 to 50.5", "552", "8,930"] and not overlapping(ax.figure, ax.texts)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Meta", "Patterson", "Luccioni"]
    dollars = [{"model": "Transformer", "dollars": 930}, {"model": "GPT-4", "dollars": 78.4e6}]
    ax = training_footprints(dollars, value="dollars")
    assert words(ax) == ["930", "78.4 M"] and ax.get_xlabel() == "US dollars" and ax.get_legend() is None


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: scaling_frontier([{"model": "a", "flops": 1}]), "`records` must have parameters"),
        (lambda: scaling_frontier([{"model": "a", "flops": 0, "parameters": 1}]), "`laws` must be positive"),
        (lambda: scaling_frontier(LAWS, []), "`models` must hold at least one record"),
        (lambda: theory_against_length(LINES, [{"model": "GRU", "length": 1, "flops": 1}]), "Received: 'GRU'"),
        (lambda: theory_against_length([{"model": "a", "length": 1, "flops": -1}]), "`records` must be positive"),
        (lambda: memory_budget([]), "`budgets` must be a dictionary"),
        (lambda: memory_budget({"a": {"weights": -1}}), "weights=-1.0 of 'a'"),
        (lambda: memory_budget({"a": {"weights": float("nan")}}), "weights=nan of 'a'"),
        (lambda: training_footprints([{"model": "a"}]), "`records` must have tonnes"),
        (lambda: training_footprints([{"model": "a", "tonnes": 0}]), "tonnes=0 of 'a'"),
    ],
)
def test_refusals(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("scaling_frontier", lambda: scaling_frontier(LAWS, MODELS)),
        ("theory_against_length", lambda: theory_against_length(LINES)),
        ("memory_budget", lambda: memory_budget(BUDGETS, capacity=24 * GIB)),
        ("training_footprints", lambda: training_footprints(TRAININGS)),
    ],
)
def test_pictures(name, draw, check_picture):
    check_picture(draw(), name)
