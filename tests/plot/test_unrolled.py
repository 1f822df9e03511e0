"""The drawing of an unrolled graph: everything is there, nothing overlaps, long ones are shortened."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kseq.plot import unrolled_graph
from tests.plot.graphs import bidirectional, encoder_decoder, pooled, stacked_ends

SENTENCE = ["The", "animal", "didn't", "cross", "the", "street", "because", "it", "was", "too", "tired", "."]
GRAPHS = {
    "bidirectional": lambda: bidirectional(4, ["Rest", "before", "your", "class"]),
    "encoder_decoder": lambda: encoder_decoder(3, 2),
    "pooled": lambda: pooled(20),
}


def drawn(axes, kind):
    return {patch.get_gid(): patch for patch in axes.patches if (patch.get_gid() or "").startswith(kind)}


def boxes(axes):
    """Node → (left, bottom, right, top) in inches."""
    return {
        gid: patch.get_path().get_extents(patch.get_patch_transform()).extents
        for gid, patch in drawn(axes, "node").items()
    }


@pytest.mark.parametrize("name", GRAPHS)
def test_pictures(name, check_picture):
    check_picture(unrolled_graph(GRAPHS[name]()), f"unrolled_{name}")


@given(st.integers(1, 13))  # at 13, "1 step left out" would take that step's room
@settings(max_examples=5, deadline=None)
@example(13)
def test_up_to_thirteen_steps_every_node_and_edge_is_drawn(steps):
    graph = bidirectional(steps)
    axes = unrolled_graph(graph)
    assert set(drawn(axes, "node")) == {f"node-{node.id}" for node in graph.nodes}
    assert set(drawn(axes, "edge")) == {f"edge-{edge.source}-{edge.target}" for edge in graph.edges}
    assert {node.label for node in graph.nodes} <= {text.get_text() for text in axes.texts}


@pytest.mark.parametrize(
    "graph", [bidirectional(12, SENTENCE), encoder_decoder(6, 6), pooled(12)], ids=["bi", "ed", "pool"]
)
def test_nothing_overlaps_at_twelve_steps(graph, overlapping):
    axes = unrolled_graph(graph)
    assert overlapping(axes.figure, axes.texts) == []
    places = list(boxes(axes).values())
    for number, (left, bottom, right, top) in enumerate(places):
        for other in places[number + 1 :]:
            assert left >= other[2] or other[0] >= right or bottom >= other[3] or other[1] >= top


def test_labels_stay_inside_their_boxes_and_the_figure():
    axes = unrolled_graph(bidirectional(12, SENTENCE))
    axes.figure.canvas.draw()
    to_inches = axes.transData.inverted()
    inside = boxes(axes)
    words = [text for text in axes.texts if text.get_text() in SENTENCE]
    assert len(words) == 12
    for number, text in enumerate(words):
        extent = text.get_window_extent().transformed(to_inches)
        left, _, right, _ = inside[f"node-{number}"]
        assert left < extent.x0 and extent.x1 < right
    page = axes.figure.bbox
    for text in axes.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= 0 and extent.x1 <= page.width, text.get_text()


def test_readable_on_a_slide():
    """On a slide 13.3 inches wide the type is still 12 points."""
    axes = unrolled_graph(bidirectional(12, SENTENCE))
    shrunk = min(1, 13.333 / axes.figure.get_size_inches()[0])
    assert min(text.get_fontsize() for text in axes.texts) * shrunk >= 11.5


@pytest.mark.parametrize("make", [bidirectional, stacked_ends], ids=["bi", "ends"])
@pytest.mark.parametrize("steps", [5, 9, 10, 12])
def test_arrows_cross_no_box(make, steps):
    axes = unrolled_graph(make(steps))
    inside = boxes(axes)
    for gid, patch in drawn(axes, "edge").items():
        _, source, target = gid.split("-")
        points = patch._path_original.interpolated(50).vertices
        for name, (left, bottom, right, top) in inside.items():
            if name not in (f"node-{source}", f"node-{target}"):
                hit = (points[:, 0] > left) & (points[:, 0] < right) & (points[:, 1] > bottom) & (points[:, 1] < top)
                assert not hit.any(), (gid, name)


def test_arrows_stay_below_the_title():
    axes = unrolled_graph(encoder_decoder(6, 6))
    title = next(text for text in axes.texts if text.get_fontweight() == "bold")
    bottom = title.get_window_extent().transformed(axes.transData.inverted()).y0
    assert max(patch._path_original.vertices[:, 1].max() for patch in drawn(axes, "edge").values()) < bottom


def test_time_runs_to_the_right_and_layers_upward():
    graph = bidirectional(6)
    middles = {gid: ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for gid, b in boxes(unrolled_graph(graph)).items()}
    for row in range(4):
        across = [middles[f"node-{node.id}"] for node in graph.nodes if node.row == row]
        assert (np.diff([x for x, _ in across]) > 0).all()
        assert len({round(y, 6) for _, y in across}) == 1
    heights = [middles[f"node-{6 * row}"][1] for row in range(4)]
    assert heights == sorted(heights) and len(set(heights)) == 4


def test_a_long_graph_is_shortened_and_says_by_how_much():
    axes = unrolled_graph(bidirectional(40))
    shown = {gid for gid in drawn(axes, "node") if int(gid[5:]) < 40}
    assert shown == {f"node-{n}" for n in [*range(6), *range(34, 40)]}
    texts = [text.get_text() for text in axes.texts]
    assert "28 steps left out" in texts
    assert texts.count("…") == 4
    assert "2 steps left out" in [text.get_text() for text in unrolled_graph(bidirectional(14)).texts]
    assert unrolled_graph(bidirectional(40), max_steps=40).figure.get_size_inches()[0] > 30


def test_encoder_and_decoder_stand_side_by_side():
    axes = unrolled_graph(encoder_decoder(3, 2))
    places = boxes(axes)
    assert places["node-5"][2] < places["node-8"][0]  # last encoder state, first decoder state
    assert places["node-5"][1] == pytest.approx(places["node-8"][1])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["first state handed over", "attention"]


def test_edges_are_told_apart_without_colour():
    arrows = drawn(unrolled_graph(encoder_decoder(3, 2)), "edge").values()
    looks = {(str(patch.get_linestyle()), patch.get_linewidth()) for patch in arrows}
    assert len(looks) == 4  # time, up, state, attention


def test_vector_output(tmp_path):
    import xml.etree.ElementTree as ET

    path = tmp_path / "graph.svg"
    unrolled_graph(pooled(3)).figure.savefig(path)
    found = {element.get("id") for element in ET.parse(path).iter()}
    assert {"node-0", "node-7", "edge-0-3", "edge-6-7"} <= found
    assert "<image" not in path.read_text("utf-8")


def test_draws_on_given_axes_with_other_tokens():
    from matplotlib.figure import Figure

    axes = Figure(figsize=(5, 2)).subplots()
    assert unrolled_graph(bidirectional(3), ["$5", "не", "плохо"], title="", ax=axes) is axes
    assert {"$5", "не", "плохо"} <= {text.get_text() for text in axes.texts}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"graph": 3}, TypeError, "kseq.inspection.unroll.*Received: int"),
        ({"max_steps": 1}, ValueError, "max_steps=1"),
        ({"tokens": ["a"]}, ValueError, "each of the 3 steps. Received: 1"),
        ({"tokens": {"other": ["a"]}}, ValueError, "keyed by words. Received: 'other'"),
    ],
)
def test_bad_input_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        unrolled_graph(**{"graph": bidirectional(3), **arguments})
