"""`word_map`: every word stands where the two main directions of its table put it."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from kseq.data import WordVectors
from kseq.plot import word_map
from kseq.plot.word_maps import plane

WORDS = ["apple", "pear", "plum", "river", "lake"]


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    return WordVectors(WORDS, random.normal(0, 0.1, (5, 8)) + np.array([[1]] * 3 + [[-1]] * 2))


def test_distances_in_a_plane_are_kept(table):
    flat = np.random.default_rng(1).normal(size=(6, 2)) @ np.random.default_rng(2).normal(size=(2, 7)) + 3
    points, shares = plane(flat)
    apart = [np.linalg.norm(m[:, None] - m[None], axis=-1) for m in (flat, points)]
    np.testing.assert_allclose(*apart, atol=1e-9)
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(plane(flat[:, ::-1])[0], points, atol=1e-9)


def test_groups_that_differ_lie_apart(table):
    ax = word_map(table, groups=["fruit"] * 3 + ["water"] * 2, title="Words")
    fruit, water = (np.asarray(one.get_offsets())[:, 0] for one in ax.collections)
    assert fruit.min() > water.max() or fruit.max() < water.min()
    assert [text.get_text() for text in ax.texts] == WORDS
    assert "of the variance" in ax.get_xlabel()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["fruit", "water"]
    assert [text.get_text() for text in word_map(table, ["plum", "lake", "Pear"]).texts] == ["plum", "lake", "Pear"]


def test_labels_keep_off_each_other_and_the_number_of_words_is_told():
    random = np.random.default_rng(3)
    table = WordVectors([f"word {n}" for n in range(100)], random.normal(size=(100, 5)))
    ax = word_map(table, limit=30, title="Words")
    assert ax.get_title() == "Words\n30 of 100 words"
    ax.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert sum(a.overlaps(b) for a, b in itertools.combinations(boxes, 2)) <= 2
    beside = ax.transData.transform(ax.collections[0].get_offsets())
    assert (
        max(
            min(np.hypot(box.x0 - x, box.y0 - y), np.hypot(box.x1 - x, box.y0 - y))
            for box, (x, y) in zip(boxes, beside, strict=True)
        )
        < 100
    )
    assert word_map(table, limit=100).get_title() == ""


def test_refusals(table):
    with pytest.raises(ValueError, match=r"three words or more.* Received: 2"):
        word_map(table, WORDS[:2])
    with pytest.raises(ValueError, match=r"`words` must have one entry for each of the 5 vectors. Received: None"):
        word_map(table.matrix)
    with pytest.raises(ValueError, match=r"`groups` must have one entry for each of the 5 vectors. Received: 1"):
        word_map(table, groups=["fruit"])
    with pytest.raises(KeyError, match="'quince' is none of the 5 words"):
        word_map(table, ["quince", "pear", "plum"])
