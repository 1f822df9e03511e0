"""Attention maps, grids of heads and lines between tokens: what is drawn is what was given."""

import numpy as np
import pandas as pd
import pytest

from kseq.plot import attention_heads, attention_map, token_links
from kseq.plot.style import WEIGHT_MAP
from kseq.plot.texts import luminance

RANDOM = np.random.default_rng(0)
WORDS = ["The", "animal", "slept", "because", "it", "was", "tired"]


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


SCORES = 1.2 * RANDOM.normal(size=(3, 7, 7))
SCORES[0, 4, 1] += 5  # "it" looks at "animal"
SCORES[1] += 4 * np.eye(7, k=-1)
WEIGHTS = softmax(SCORES)
CROSS = softmax(2 * RANDOM.normal(size=(2, 3, 5)))


class Layer:
    """As `AttentionTrace` looks from outside."""

    def __init__(self, weights, queries, keys):
        self.weights, self.queries, self.words = weights, queries, keys
        self.heads, self.key_counts, self.matrices = len(weights), None, None

    def table(self, what, head, example):
        assert (what, example) == ("weights", 0)
        array = self.weights.mean(axis=0) if head == "mean" else self.weights[head]
        return pd.DataFrame(array, index=self.queries, columns=self.words)


def labels(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def image(axes):
    return np.asarray(axes.images[0].get_array())


def test_pictures(check_picture):
    check_picture(attention_map(WEIGHTS, WORDS, title="head 0"), "attention_map")
    check_picture(attention_heads({"block 1": WEIGHTS, "block 2": CROSS}, fig=None)[0, 0], "attention_heads")
    check_picture(token_links(WEIGHTS[1], WORDS), "token_links")
    check_picture(token_links(WEIGHTS, WORDS, chosen="it"), "token_links_chosen")


# --- one map -----------------------------------------------------------------------------------------------------


def test_a_map_shows_queries_down_and_keys_across():
    axes = attention_map(CROSS[0], ["what", "time", "$5"], ["¿", "Qué", "hora", "es", "?"])
    np.testing.assert_array_equal(image(axes), CROSS[0])
    assert labels(axes.yaxis) == ["what", "time", "$5"] and labels(axes.xaxis) == ["¿", "Qué", "hora", "es", "?"]
    assert axes.get_ylabel().startswith("query") and axes.get_xlabel().startswith("key")
    sizes = [text.get_fontsize() for text in [*axes.get_yticklabels(), *axes.get_xticklabels(), *axes.texts]]
    assert min(sizes) >= 12


def test_numbers_stand_in_small_maps():
    axes = attention_map(CROSS[0])
    found = {text.get_position(): float(text.get_text()) for text in axes.texts}
    assert len(found) == 15
    for (column, row), number in found.items():
        assert number == pytest.approx(CROSS[0][row, column], abs=0.005)
    causal = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert [text.get_text() for text in attention_map(causal).texts] == ["1", "0", ".50", ".50"]
    assert not attention_map(np.full((13, 13), 1 / 13)).texts
    assert len(attention_map(np.full((13, 13), 1 / 13), values=True).texts) == 169
    assert not attention_map(CROSS[0], values=False).texts


def test_numbers_can_be_read_on_their_cells():
    axes = attention_map(np.array([[0.99, 0.01], [0.4, 0.6]]))
    assert axes.texts[0].get_color() == "white" and axes.texts[1].get_color() == "black"


@pytest.mark.parametrize("count", [12, 40])
def test_long_sentences_stay_legible(count, overlapping):
    tokens = [f"token{n}" for n in range(count)]
    axes = attention_map(softmax(RANDOM.normal(size=(count, count))), tokens)
    assert labels(axes.yaxis) == labels(axes.xaxis) == tokens
    assert overlapping(axes.figure, axes.get_yticklabels()) == []
    places = [axes.transData.transform((n, 0))[0] / axes.figure.dpi for n in range(count)]
    assert np.diff(places).min() > 0.18  # inches from one slanted word to the next: a line of 12 points


def test_on_small_axes_some_tokens_are_left_out(overlapping):
    from matplotlib.figure import Figure

    axes = Figure(figsize=(4, 3), layout="constrained").subplots()
    assert attention_map(softmax(RANDOM.normal(size=(30, 30))), [f"t{n}" for n in range(30)], ax=axes) is axes
    assert 3 <= len(labels(axes.yaxis)) < 30 and overlapping(axes.figure, axes.get_yticklabels()) == []


def test_scales():
    assert attention_map(CROSS[0]).images[0].get_clim() == (0, CROSS[0].max())
    assert attention_map(CROSS[0], limit=1).images[0].get_clim() == (0, 1)


def test_grey_print_keeps_the_order():
    from matplotlib import colormaps

    lightness = [luminance(colormaps[WEIGHT_MAP](x)) for x in np.linspace(0, 1, 64)]
    assert (np.diff(lightness) < 0).all() and lightness[0] > 0.9 and lightness[-1] < 0.05


def test_tables_and_layers_of_a_trace_bring_their_tokens():
    table = pd.DataFrame(CROSS[0], index=["a", "b", "c"], columns=list("vwxyz"))
    for values in (table, Layer(CROSS, ["a", "b", "c"], list("vwxyz"))):
        axes = attention_map(values)
        assert labels(axes.yaxis) == ["a", "b", "c"] and labels(axes.xaxis) == list("vwxyz")
    assert labels(attention_map(table, ["1", "2", "3"]).yaxis) == ["1", "2", "3"]
    np.testing.assert_array_equal(image(attention_map(WEIGHTS, head=2)), WEIGHTS[2])
    np.testing.assert_allclose(image(attention_map(WEIGHTS, head="mean")), WEIGHTS.mean(axis=0))


# --- heads -------------------------------------------------------------------------------------------------------


def test_a_grid_of_layers_and_heads():
    axes = attention_heads(np.stack([WEIGHTS, WEIGHTS[::-1]]), WORDS, title="two layers")
    assert axes.shape == (2, 3)
    for layer, head in np.ndindex(2, 3):
        np.testing.assert_array_equal(image(axes[layer, head]), (WEIGHTS, WEIGHTS[::-1])[layer][head])
        assert axes[layer, head].images[0].get_clim() == (0, 1)
    assert [ax.get_title() for ax in axes[0]] == ["head 0", "head 1", "head 2"]
    assert [row[0].get_ylabel() for row in axes] == ["layer 0", "layer 1"]
    assert labels(axes[1, 0].yaxis) == labels(axes[1, 2].xaxis) == WORDS


def test_a_trace_with_other_keys_and_a_recurrent_layer():
    class Recurrent:
        cell = "LSTM"

    seen = {
        "self": Layer(WEIGHTS, WORDS, WORDS),
        "lstm": Recurrent(),
        "cross": Layer(CROSS, ["a", "b", "c"], list("vwxyz")),
    }
    axes = attention_heads(seen)
    assert axes.shape == (2, 3) and not axes[1, 2].images  # two heads only
    assert [row[0].get_ylabel() for row in axes] == ["self", "cross"]
    assert labels(axes[1, 0].yaxis) == ["a", "b", "c"] and labels(axes[1, 1].xaxis) == list("vwxyz")
    assert attention_heads(seen["cross"]).shape == (1, 2)
    with pytest.raises(ValueError, match=r"at least one attention layer\. Received: none"):
        attention_heads({"lstm": Recurrent()})


# --- lines from token to token -----------------------------------------------------------------------------------


def drawn(axes):
    return {line.get_gid(): line for line in axes.lines}


def test_lines_are_as_wide_as_the_weights():
    lines = drawn(token_links(WEIGHTS[1], WORDS, least=0.1))
    expected = {f"{t}→{s}" for t, s in np.argwhere(WEIGHTS[1] >= 0.1)}
    assert set(lines) == expected
    widths = [lines[f"{t}→{s}"].get_linewidth() for t, s in sorted(np.argwhere(WEIGHTS[1] >= 0.15).tolist())]
    weights = [WEIGHTS[1][t, s] for t, s in sorted(np.argwhere(WEIGHTS[1] >= 0.15).tolist())]
    np.testing.assert_allclose(widths, 9 * np.array(weights))
    x, y = lines[max(lines, key=lambda gid: lines[gid].get_linewidth())].get_data()
    t, s = np.unravel_index(WEIGHTS[1].argmax(), (7, 7))
    assert (x[0], x[-1]) == (0, 1) and (y[0], y[-1]) == (t, s)


def test_only_the_chosen_word():
    axes = token_links(WEIGHTS, WORDS, chosen="it")
    assert {gid.split("→")[0] for gid in drawn(axes)} == {"4"}
    words = {text.get_text(): text.get_fontweight() for text in axes.texts if text.get_position()[0] > 1}
    assert words["animal"] == "bold" and words["because"] == "normal"
    numbers = [text.get_text() for text in axes.texts if text.get_text().startswith(".")]
    assert f"{WEIGHTS[0, 4, 1]:.2f}"[1:] in numbers
    assert set(drawn(token_links(WEIGHTS, WORDS, chosen=4))) == set(drawn(axes))
    assert {gid[0] for gid in drawn(token_links(WEIGHTS, WORDS, chosen=["it", 0]))} == {"0", "4"}


def test_columns_of_different_length(overlapping):
    axes = token_links(CROSS[0], ["a", "b", "c"], list("vwxyz"))
    tokens = [text for text in axes.texts if text.get_gid() == "token"]
    assert [text.get_text() for text in tokens] == ["a", "b", "c", *"vwxyz"]
    assert overlapping(axes.figure, tokens) == []
    assert min(text.get_fontsize() for text in axes.texts) >= 12


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (attention_map, {"weights": SCORES[0]}, "`weights` must be attention weights: 0 or more.*a weight of -"),
        (attention_map, {"weights": 2 * CROSS[0]}, "at most 1 in each row .*a row that adds up to 2"),
        (attention_map, {"weights": CROSS[0, 0]}, r"Received: shape \(5,\)"),
        (attention_map, {"weights": object()}, "attention weights such as .*or an array of numbers. Received: object"),
        (attention_map, {"weights": CROSS[0], "queries": ["a"]}, "`queries` must .*each of the 3 steps. Received: 1"),
        (attention_map, {"weights": WEIGHTS, "head": 3}, "`head` must be a whole number from 0 to 2 or 'mean'.*head=3"),
        (attention_map, {"weights": CROSS[0], "limit": 0}, "`limit` must be positive. Received: limit=0"),
        (attention_heads, {"weights": CROSS[0]}, r"`weights` must be of shape 3-d or 4-d. Received: shape \(3, 5\)"),
        (attention_heads, {"weights": {"a": -CROSS}}, r"`weights\['a'\]` must be attention weights"),
        (token_links, {"weights": CROSS[0], "chosen": "it"}, "`chosen` must be a query, .* there are '0', '1', '2'"),
        (token_links, {"weights": CROSS[0], "chosen": 3}, "position from 0 to 2.*Received: chosen=3"),
        (token_links, {"weights": CROSS[0], "least": 1}, "`least` must be a weight.*Received: least=1"),
    ],
)
def test_bad_input_is_named(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(**arguments)
