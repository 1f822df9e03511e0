"""The alignment of a translation: the words at their places, cells with a frame, any script (Q5, Q6)."""

from types import SimpleNamespace

import numpy as np
import pytest

from kseq.plot import score_against_length, translation_alignment
from kseq.plot.alignments import turned

SOURCE = ["The", "animal", "slept", "because", "it", "was", "tired", "."]
TARGET = ["L'", "animal", "dormait", "car", "il", "était", "fatigué", "."]
WEIGHTS = 0.8 * np.eye(8) + 0.2 / 8


def texts(labels):
    return [label.get_text() for label in labels]


def test_words_and_weights_stand_where_they_belong():
    axes = translation_alignment(WEIGHTS, SOURCE, TARGET, languages=("English", "French"))
    assert texts(axes.get_xticklabels()) == SOURCE
    assert texts(axes.get_yticklabels()) == TARGET
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("English", "French")
    np.testing.assert_allclose(axes.images[0].get_array(), WEIGHTS)


def test_what_translate_says_is_drawn():
    said = SimpleNamespace(alignment=WEIGHTS[:4], source_words=SOURCE, words=TARGET[:4])
    axes = translation_alignment(said)
    assert texts(axes.get_yticklabels()) == TARGET[:4]
    assert texts(translation_alignment([said]).get_yticklabels()) == TARGET[:4]
    empty = SimpleNamespace(alignment=np.zeros((0, 8)), source_words=SOURCE, words=())
    for given, expected in (
        ("L'animal", r"model\.translate\(…, details=True\).* Received: \"L'animal\""),
        (["L'animal"], "details=True"),
        ([said, said], "Received: a list of 2"),
        (empty, "this translation is empty"),
    ):
        with pytest.raises(ValueError, match=expected) as refused:
            translation_alignment(given)
        assert "weights" not in str(refused.value)
    with pytest.raises(ValueError, match="its model is without attention"):
        translation_alignment(SimpleNamespace(alignment=None, source_words=SOURCE, words=TARGET))


def test_marks_by_word_and_by_place():
    axes = translation_alignment(WEIGHTS, SOURCE, TARGET, marks=[("il", "animal"), (0, 7)])
    frames = [patch.get_xy() for patch in axes.patches if patch.get_gid() == "mark"]
    assert frames == [(0.5, 3.5), (6.5, -0.5)]
    with pytest.raises(ValueError, match=r"`marks` must name words of the target: .* Received: 'elle'"):
        translation_alignment(WEIGHTS, SOURCE, TARGET, marks=[("elle", "animal")])
    with pytest.raises(ValueError, match="Received: 8 for 8 places"):
        translation_alignment(WEIGHTS, SOURCE, TARGET, marks=[(8, 0)])


def test_heads_are_averaged_and_one_can_be_chosen():
    heads = np.stack([WEIGHTS, WEIGHTS[::-1]])
    np.testing.assert_allclose(translation_alignment(heads, SOURCE, TARGET).images[0].get_array(), heads.mean(axis=0))
    np.testing.assert_allclose(translation_alignment(heads, SOURCE, TARGET, head=1).images[0].get_array(), heads[1])


def test_words_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="queries"):
        translation_alignment(WEIGHTS, SOURCE, TARGET[:3])
    with pytest.raises(ValueError, match="must be attention weights"):
        translation_alignment(WEIGHTS * 3, SOURCE, TARGET)


def test_scripts(recwarn):
    axes = translation_alignment(np.eye(2), ["Привет", "שלום"], ["Ёж", "$x$"])
    assert texts(axes.get_xticklabels())[0] == "Привет"
    axes.figure.draw_without_rendering()
    assert turned("שלום") == "םולש"
    assert turned("ab") == "ab"
    assert turned("בָּא") == "אבָּ"  # points stay with their letter


def test_classes_of_length_are_named_at_the_axis():
    rows = [{"model": m, "length": n, "words": w, "BLEU": s} for m, s in (("plain", 20), ("attention", 30))
            for n, w in ((3.4, "1–4"), (7.1, "5 and more"))]  # fmt: skip
    axes = score_against_length(rows)
    assert texts(axes.get_xticklabels()) == ["1–4", "5 and more"]
    assert axes.get_xlabel() == "words of the source"
    assert [line.get_label() for line in axes.lines] == ["plain", "attention"]
