"""A unit over a text: one box per token, ink that stands out, lines that end in time."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.plot import colored_text
from kseq.plot.texts import contrast, luminance

TEXT = "Good, cheap food! Было сложно."


def boxes(axes):
    return [patch for patch in axes.patches if patch.get_gid() == "box"]


def test_pictures(check_picture):
    check_picture(colored_text(TEXT, np.sin(np.arange(len(TEXT)) / 3), title="unit 3", width=20), "text_characters")
    values = [0.1, 0.9, np.nan, 0.5, 1]
    check_picture(colored_text(["all", "you", "need", "is", "love"], values, kind="gate"), "text_words")


def test_one_box_per_token_in_the_colour_of_its_value():
    axes = colored_text(["a", "b", "c"], [0, 0.5, 1], kind="gate")
    light = [luminance(patch.get_facecolor()) for patch in boxes(axes)]
    assert len(light) == 3 and light == sorted(light)
    assert len(boxes(colored_text(TEXT, np.zeros(len(TEXT))))) == len(TEXT)


@given(st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_ink_stands_out(x):
    from matplotlib import colormaps

    fill = colormaps["cividis"](x)
    pair = sorted([luminance(fill), luminance(contrast(fill))])
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


@given(st.lists(st.text("abcжß ", min_size=1, max_size=12), min_size=1, max_size=25), st.integers(12, 30))
@settings(max_examples=10, deadline=None)
def test_lines_are_wrapped_and_boxes_apart(tokens, width):
    axes = colored_text(tokens, np.zeros(len(tokens)), width=width)
    places = [patch.get_bbox().extents for patch in boxes(axes)]
    assert max(right for _, _, right, _ in places) <= width + 1e-6
    for (_, top, right, _), (left, below, _, _) in itertools.pairwise(places):
        assert left >= right - 1e-6 or below > top  # to the right of the one before, or on a new line


def test_words_of_characters_are_not_torn_apart():
    axes = colored_text("aaaaaaa bbbbbbb ccc", np.zeros(19), width=10)
    lines = [round(patch.get_y(), 3) for patch in boxes(axes)]
    for word in (slice(0, 7), slice(8, 15), slice(16, 19)):
        assert len(set(lines[word])) == 1
    assert len(set(lines)) > 1


def test_masked_tokens_are_hatched_and_newlines_break():
    axes = colored_text("ab\nc", [0.1, np.nan, 0.2, 0.3])
    hatched = [bool(patch.get_hatch()) for patch in boxes(axes)]
    assert hatched == [False, True, False, False]
    assert boxes(axes)[3].get_y() > boxes(axes)[2].get_y()


def test_masked_tokens_at_the_ends_are_left_out():
    values = [np.nan, 0.1, np.nan, 0.3, np.nan]
    assert [bool(patch.get_hatch()) for patch in boxes(colored_text("abcde", values))] == [False, True, False]
    assert len(boxes(colored_text("abcde", values, padding=True))) == 5
    assert len(boxes(colored_text(["", "a", "b", ""], [0, 0.5, 0.2, 0.2]))) == 2  # a state held over padding


def test_numbers_of_the_colour_bar_stay_inside():
    axes = colored_text("abc", [0, 0.001234, 0.0067])
    texts = axes.child_axes[0].get_xticklabels()
    assert [text.get_text() for text in texts] == ["-0.0067", "0", "0.0067"]
    axes.figure.draw_without_rendering()
    assert min(text.get_window_extent().x0 for text in texts) >= 0


def test_on_given_axes_and_large_enough_on_its_own():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert colored_text("abc", [1, 2, 3], ax=axes) is axes
    own = colored_text(TEXT, np.zeros(len(TEXT)))
    line = boxes(own)[0].get_window_extent().height / own.figure.dpi * 72
    assert line >= 20  # points: a box about type of 16
    assert min(text.get_fontsize() for text in own.texts) >= 12


@pytest.mark.parametrize(
    ("tokens", "values", "arguments", "message"),
    [
        ("abc", [1, 2], {}, "each of the 2 steps. Received: 3"),
        ("ab", [[1, 2]], {}, r"shape \(steps,\). Received: shape \(1, 2\)"),
        ("ab", [np.nan, np.nan], {}, "all NaN"),
        ("ab", [0, 2], {"kind": "gate"}, "between 0 and 1"),
        ("ab", [0, 1], {"width": 3}, "width=3"),
    ],
)
def test_bad_input_is_named(tokens, values, arguments, message):
    with pytest.raises(ValueError, match=message):
        colored_text(tokens, values, **arguments)
