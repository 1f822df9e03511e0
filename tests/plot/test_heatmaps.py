"""Heat maps of states and gates: scales, tokens, units, grey print, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps

from kseq.plot import gate_panels, heatmap
from kseq.plot.style import COLOUR_MAP
from kseq.plot.texts import luminance

RANDOM = np.random.default_rng(0)
GATE = RANDOM.random((6, 8))
TOKENS = ["The", "movie", "was", "not", "$5", "сложно"]


def labels(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def test_pictures(check_picture):
    values = np.where(np.arange(6)[:, None] > 3, np.nan, GATE)
    check_picture(heatmap(values, TOKENS, padding=True, title="forget gate"), "heatmap")
    check_picture(gate_panels({"input_gate": GATE, "cell_state": 6 * GATE - 3}, TOKENS)[0], "gate_panels")


def test_gate_scale_is_fixed_and_state_scale_symmetric():
    assert heatmap(GATE / 2).images[0].get_clim() == (0, 1)
    assert heatmap(GATE - 0.8, kind="state").images[0].get_clim() == pytest.approx((GATE.min() - 0.8, 0.8 - GATE.min()))
    assert heatmap(GATE, kind="state", limit=3).images[0].get_clim() == (-3, 3)


def test_labels_and_tokens():
    axes = heatmap(GATE, TOKENS, title="forget gate")
    assert labels(axes.yaxis) == TOKENS  # "$5" is no formula
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("unit", "token", "forget gate")
    bar = axes.figure.axes[1]
    assert "gate" in bar.get_ylabel()
    assert (
        min(text.get_fontsize() for text in [*axes.get_yticklabels(), *bar.get_yticklabels(), axes.yaxis.label]) >= 12
    )
    assert heatmap(GATE).get_ylabel() == "step"


@pytest.mark.parametrize("steps", [12, 40])
def test_tokens_do_not_touch(steps, overlapping):
    axes = heatmap(RANDOM.random((steps, 64)), [f"token{n}" for n in range(steps)])
    assert len(labels(axes.yaxis)) == steps
    assert overlapping(axes.figure, [*axes.get_yticklabels(), *axes.get_xticklabels()]) == []


def test_on_small_axes_some_tokens_are_left_out(overlapping):
    from matplotlib.figure import Figure

    axes = Figure(figsize=(4, 2), layout="constrained").subplots()
    assert heatmap(RANDOM.random((30, 4)), ax=axes) is axes
    assert overlapping(axes.figure, axes.get_yticklabels()) == []
    assert 3 <= len(labels(axes.yaxis)) < 30


def test_grey_print_keeps_the_order():
    lightness = [luminance(colormaps[COLOUR_MAP](x)) for x in np.linspace(0, 1, 64)]
    assert (np.diff(lightness) > 0).all()
    assert lightness[0] < 0.05 and lightness[-1] > 0.6


def test_masked_steps_are_hatched():
    values = GATE.copy()
    values[4:] = np.nan
    values[0, 0] = np.nan
    hatched = [patch for patch in heatmap(values, padding=True).patches if patch.get_hatch()]
    assert sorted(round(patch.get_y() + 0.5) for patch in hatched) == [4, 5]
    masked = np.ma.masked_array(GATE, np.isnan(values))
    assert len(heatmap(masked, padding=True).patches) == 2
    values[4:] = GATE[4:]
    values[2] = np.nan
    assert [round(patch.get_y() + 0.5) for patch in heatmap(values).patches] == [2]  # in the middle: always there


def padded(before, after, steps=6):
    """A gate with masked steps at both ends."""
    rows = RANDOM.random((before + steps + after, 8))
    rows[:before] = rows[before + steps :] = np.nan
    return rows


def test_padding_is_left_out():
    values, words = padded(3, 2), ["", "", "", *TOKENS, "", ""]
    axes = heatmap(values, words)
    assert labels(axes.yaxis) == TOKENS
    np.testing.assert_array_equal(axes.images[0].get_array(), values[3:9])
    assert labels(heatmap(values).yaxis) == list("345678")  # positions from 0, as in the tables of a trace
    assert labels(heatmap(values, words, padding=True).yaxis) == words


def test_padding_of_panels_is_what_is_masked_in_all_of_them():
    panels = {"input_gate": padded(3, 2), "forget_gate": padded(4, 1, 6)}
    axes = gate_panels(panels)
    assert labels(axes[0].yaxis) == list("3456789")
    assert [len(ax.patches) for ax in axes] == [1, 1]  # where only one is masked
    assert len(labels(gate_panels(panels, padding=True)[0].yaxis)) == 11


def test_a_state_held_over_padding_is_left_out_with_it():
    gate, state = padded(3, 2), padded(3, 2) - 0.5
    state[:3], state[9:] = 0, state[8]  # as masked steps leave it
    words = ["", "", "", *TOKENS, "", ""]
    assert labels(gate_panels({"gate": gate, "state": state}, words)[0].yaxis) == TOKENS
    assert len(labels(gate_panels({"gate": gate, "state": state})[0].yaxis)) == 11  # no word says that it is padding
    assert len(labels(heatmap(RANDOM.random((11, 3)), words).yaxis)) == 11  # read by the network, as without a mask


@pytest.mark.parametrize("steps", [30, 40])
def test_panels_label_every_word(steps, overlapping):
    words = [f"token{n}" for n in range(steps)]
    axes = gate_panels({name: padded(20, 9, steps) for name in "abcd"}, [""] * 20 + words + [""] * 9, title="lstm")
    assert labels(axes[0].yaxis) == words
    assert overlapping(axes[0].figure, axes[0].get_yticklabels()) == []


def table(values=GATE, words=TOKENS, kind=None):
    """As `LayerTrace.table` makes it."""
    made = pd.DataFrame(
        values, index=pd.Index(words, name="token"), columns=pd.RangeIndex(values.shape[1], name="unit")
    )
    if kind:
        made.attrs["kind"] = kind
    return made


def test_tables_bring_their_words_units_and_kind():
    axes = heatmap(table())
    assert labels(axes.yaxis) == TOKENS
    assert labels(heatmap(table(), list("abcdef")).yaxis) == list("abcdef")
    assert labels(heatmap(table()[[2, 5, 7]]).xaxis) == ["2", "5", "7"]
    assert labels(heatmap(table(words=range(28, 34))).yaxis) == [str(n) for n in range(28, 34)]
    assert heatmap(table(kind="state")).images[0].get_clim()[0] < 0
    panels = {"bi/forward": table(), "bi/backward": table(GATE / 2)}
    assert labels(gate_panels(panels)[0].yaxis) == TOKENS
    assert labels(gate_panels({"a": GATE, "b": table()})[0].yaxis) == TOKENS


def test_what_is_a_gate():
    panels = {
        "forget_gate": GATE / 2,
        "bi/forward": GATE,
        "cell_state": GATE - 0.5,
        "a table of states": table(kind="state"),
        "a table of gates": table(kind="gate"),
    }
    axes = gate_panels(panels, kinds={"forget_gate": "state"})
    scales = dict(zip(panels, [ax.images[0].get_clim() for ax in axes], strict=True))
    assert [name for name, scale in scales.items() if scale == (0, 1)] == ["bi/forward", "a table of gates"]
    assert all(low == -high for low, high in scales.values() if low)
    assert heatmap(GATE - 0.8).images[0].get_clim() == pytest.approx((GATE.min() - 0.8, 0.8 - GATE.min()))


def test_units_can_be_sorted():
    values = np.array([[0.9, 0.1, 0.5], [0.2, 0.9, 0.3], [0.1, 0.1, 0.9]])
    assert labels(heatmap(values, sort_units="peak").xaxis) == ["0", "1", "2"]
    shown = heatmap(values, sort_units=True)
    assert labels(shown.xaxis) == ["1", "0", "2"]
    np.testing.assert_array_equal(shown.images[0].get_array(), values[:, [1, 0, 2]])
    assert shown.get_xlabel() == "unit (sorted)"


def test_panels_share_their_axes_and_order():
    axes = gate_panels({"forget_gate": GATE, "candidate": 2 * GATE - 1}, TOKENS, sort_units=True, title="lstm")
    assert [ax.get_title() for ax in axes] == ["forget_gate", "candidate"]  # as the label was given
    assert axes[0].get_shared_y_axes().joined(*axes)
    assert labels(axes[0].yaxis) == TOKENS
    assert axes[0].images[0].get_clim() == (0, 1)
    low, high = axes[1].images[0].get_clim()
    assert low == -high
    first, second = (ax.images[0].get_array() for ax in axes)
    np.testing.assert_allclose(2 * first - 1, second)  # the same order of units


def test_scripts_that_no_font_has_are_drawn_as_boxes():
    from matplotlib.figure import Figure

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a glyph that is missing would warn here
        heatmap(GATE[:3], ["не", "😀", "a\nb"]).figure.savefig("/dev/null", format="png")
    with pytest.warns(UserWarning, match="No installed font has"):
        axes = heatmap(GATE[:1], ["\U000f0000"], ax=Figure().subplots())
    assert labels(axes.yaxis) == ["□"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": GATE[0]}, r"`values` must be of shape \(steps, units\). Received: shape \(8,\)"),
        ({"values": GATE * np.nan}, "no finite number. Received: all NaN"),
        ({"values": np.zeros((0, 3))}, "Received: an empty array"),
        ({"values": GATE + np.inf}, "no finite number"),
        ({"values": [["a"]]}, "must be numbers"),
        ({"values": GATE + 1, "kind": "gate"}, "between 0 and 1. Received: .*kind='state'"),
        ({"tokens": ["a", "b"]}, "each of the 6 steps. Received: 2"),
        ({"kind": "gates"}, "Received: kind='gates'"),
        ({"sort_units": "size"}, "Received: sort_units='size'"),
        ({"limit": 2, "kind": "gate"}, "Received: limit=2, kind='gate'"),
        ({"values": object()}, "a table such as .*or an array of numbers. Received: object"),
        ({"values": table().assign(context="it was")}, "must be numbers"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        heatmap(**{"values": GATE, **arguments})


@pytest.mark.parametrize(
    ("panels", "kinds", "message"),
    [
        ({}, None, "dictionary of label"),
        ({"a": GATE, "b": GATE[:2]}, None, r"one shape.*a: \(6, 8\), b: \(2, 8\)"),
        ([GATE], None, "such as {'forget_gate': .*Received: list"),
        ({"a": table(), "b": table(words=TOKENS[::-1])}, None, "one text.*row 0 is 'The' in 'a' and 'сложно' in 'b'"),
        ({"a": GATE}, {"b": "gate"}, "keyed by a. Received: 'b'"),
        ({"my_gate": GATE + 1}, None, "panels.'my_gate'.*between 0 and 1"),
    ],
)
def test_bad_panels_are_named(panels, kinds, message):
    with pytest.raises(ValueError, match=message):
        gate_panels(panels, kinds=kinds)
