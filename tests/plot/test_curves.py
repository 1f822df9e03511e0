"""Curves: what is drawn is what was given; lines differ without colour; zeros, gaps and seeds are handled."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kseq.plot import (
    gradient_norms,
    memory_curve,
    parameter_counts,
    receptive_profile,
    spectral_radius,
    truncation_bias,
)

NORMS = {
    "SimpleRNN": 10.0 ** np.arange(-5, 1),
    "LSTM": np.array([np.nan, 0.2, 0.3, 0.5, 0.8, 1]),
    "dead": [0, 0, 0, 0.1, 0.5, 1],
}
RECORDS = [
    {"cell": cell, "length": length, "seed": seed, "score": score + 0.01 * seed, "metric": "MSE", "baseline": 0.17}
    for cell, scores in {"SimpleRNN": (0.01, 0.17, 0.17), "LSTM": (0.001, 0.002, 0.01)}.items()
    for length, score in zip((25, 100, 200), scores, strict=True)
    for seed in range(2)
]


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_pictures(check_picture):
    check_picture(gradient_norms(NORMS, tokens=["The", "movie", "was", "not", "good", "."]), "gradient_norms")
    check_picture(memory_curve(RECORDS, threshold=0.01), "memory_curve")
    check_picture(receptive_profile([0.1, 0.5, -0.2, 1.0], ["it", "was", "not", "good"]), "receptive_profile")


def test_gradient_norms_on_a_logarithmic_scale():
    axes = gradient_norms(NORMS)
    assert axes.get_yscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time step t", "‖∂L/∂hₜ‖")
    np.testing.assert_allclose(lines(axes)["SimpleRNN"].get_ydata(), NORMS["SimpleRNN"])
    assert np.isnan(lines(axes)["LSTM"].get_ydata()[0])  # a masked step: a gap
    zeros = lines(axes)["_zero"]
    assert list(zeros.get_xdata()) == [0, 1, 2]  # positions from 0, as in `GradientFlow.table`
    assert 0 < zeros.get_ydata()[0] < 1e-5  # below everything that is not zero
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(NORMS)


def test_six_lines_differ_by_dashes_and_by_marker():
    axes = gradient_norms({name: [1.0, 2.0] for name in "abcdef"})
    found = list(lines(axes).values())
    assert len({str(line._unscaled_dash_pattern) for line in found}) == 6
    assert len({line.get_marker() for line in found}) == 6
    assert len({line.get_color() for line in found}) == 6


def test_several_runs_give_median_and_band():
    axes = gradient_norms({"a": [[1, 2, 3], [3, 4, 5], [100, 6, np.nan]]})
    np.testing.assert_allclose(lines(axes)["a"].get_ydata(), [3, 4, 4])
    assert len(axes.collections) == 1


def test_tokens_at_the_axis_do_not_touch(overlapping):
    tokens = [f"token{n}" for n in range(40)]
    axes = gradient_norms({"a": np.ones(40)}, tokens)
    texts = axes.get_xticklabels()
    assert [text.get_text() for text in texts] == tokens
    spread = np.diff([text.get_window_extent().x1 for text in texts]) / axes.figure.dpi * 72
    assert spread.min() > 12 * np.sin(np.radians(60))  # turned by 60°: lines of 12 points stay apart
    assert gradient_norms({"a": np.ones(100)}, list("x" * 100)).get_xlabel() == "time step t"


def flow(tokens=True, **norms):
    """Of the form of a `GradientFlow`: name → (batch, steps), NaN at padding."""
    arrays = {name: np.atleast_2d(values) for name, values in norms.items()}
    words = {name: [[f"word{n}" for n in range(array.shape[1])] for _ in array] for name, array in arrays.items()}
    return SimpleNamespace(norms=arrays, tokens=words if tokens else dict.fromkeys(arrays))


def words_at(axes):
    return [text.get_text() for text in axes.get_xticklabels()] if axes.get_xlabel() == "token" else None


def test_a_gradient_flow_is_drawn_with_its_words():
    padded = [np.nan, np.nan, 1.0, 2.0, 3.0, np.nan]
    axes = gradient_norms(flow(forward=padded, backward=padded))
    assert list(lines(axes)) == ["forward", "backward"]
    assert words_at(axes) == ["word2", "word3", "word4"]
    assert list(axes.get_xticks()) == list(lines(axes)["forward"].get_xdata()) == [2, 3, 4]
    assert len(words_at(gradient_norms(flow(a=padded), padding=True))) == 6
    assert words_at(gradient_norms(flow(a=padded), list("abcdef"))) == ["c", "d", "e"]


def test_several_flows_and_examples():
    axes = gradient_norms({"RNN": flow(lstm=[1, 2]), "bi": flow(there=[3, 4], back=[5, 6]), "mean": [1, 1]})
    assert list(lines(axes)) == ["RNN", "bi: there", "bi: back", "mean"]
    assert words_at(axes) == ["word0", "word1"]
    two = gradient_norms(flow(lstm=[[1, 2, 3], [3, 4, np.nan]]))
    np.testing.assert_allclose(lines(two)["lstm"].get_ydata(), [2, 3, 3])
    assert words_at(two) is None  # of two texts neither's words fit
    assert words_at(gradient_norms(flow(tokens=False, lstm=[1, 2]))) is None
    other = flow(lstm=[1, 2])
    other.tokens = {"lstm": [["another", "text"]]}
    assert words_at(gradient_norms({"a": flow(lstm=[1, 2]), "b": other})) is None


def test_truncation_bias_and_parameters():
    axes = truncation_bias([1, 2, 4], {"cosine": [0.5, 0.9, 1], "relative error": [0.8, 0.4, 0]})
    assert axes.get_xlabel() == "window τ (steps)"
    assert list(lines(axes)["cosine"].get_xdata()) == [1, 2, 4]
    axes = parameter_counts([10, 100], {"RNN": 500, "dense": [1000, 10000]})
    assert list(lines(axes)["RNN"].get_ydata()) == [500, 500]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sequence length T", "parameters")


def test_spectral_radius_marks_one():
    axes = spectral_radius([0.5, 1, 1.5], {"T = 10": [1e-3, 1, 50]}, title="linear")
    assert axes.get_yscale() == "log" and axes.get_title() == "linear"
    assert any(list(line.get_xdata()) == [1, 1] for line in axes.get_lines())
    assert {text.get_text() for text in axes.texts} == {"vanishing", "exploding"}
    assert spectral_radius([0.5, 1], [0.1, 1]).get_legend() is None


@pytest.mark.parametrize("form", [list, pd.DataFrame])
def test_memory_curve_has_mean_band_and_baseline(form):
    axes = memory_curve(form(RECORDS), threshold=0.01)
    found = lines(axes)
    np.testing.assert_allclose(found["SimpleRNN"].get_ydata(), [0.015, 0.175, 0.175])
    assert list(found["baseline"].get_ydata()) == pytest.approx([0.17] * 3)
    assert set(found["solved"].get_ydata()) == {0.01}
    assert len(axes.collections) == 2
    assert axes.get_ylabel() == "MSE"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["25", "100", "200"]


def test_memory_curve_of_one_length_shows_its_baseline():
    baseline = lines(memory_curve(RECORDS[:1]))["baseline"]
    assert baseline.get_marker() == "_" and baseline.get_markersize() > 10  # a line through one point would be nothing


def test_memory_curve_takes_the_score_by_name():
    records = [{"cell": "GRU", "length": n, "metric": 0.5, "baseline": None} for n in (1, 2)]
    axes = memory_curve(records)
    assert axes.get_ylabel() == "metric"
    assert "baseline" not in lines(axes)
    assert memory_curve(RECORDS, value="seed").get_ylabel() == "MSE"


def test_receptive_profile_has_one_bar_per_token():
    axes = receptive_profile([0.1, np.nan, -0.2], ["a", "<pad>", "$x"])
    heights = [bar.get_height() for bar in axes.patches]
    np.testing.assert_allclose(heights, [0.1, np.nan, -0.2])
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, False, True]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["a", "<pad>", "$x"]
    several = receptive_profile([[1, 2], [3, 4]])
    np.testing.assert_allclose([bar.get_height() for bar in several.patches], [2, 3])
    assert [text.get_text() for text in several.get_xticklabels()] == ["0", "1"]


def test_a_profile_is_drawn_with_its_words_and_without_padding():
    tokens = [["", "", "not", "", "bad", ""], list("abcdef")]
    values = np.array([[0, 0, 0.5, 0, 0.25, 0], [1, 2, 3, 4, 5, 6]])
    profile = SimpleNamespace(values=values, tokens=tokens)
    axes = receptive_profile(profile)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["not", "", "bad"]
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], [0.5, 0, 0.25])
    assert len(receptive_profile(profile, padding=True).patches) == 6
    assert len(receptive_profile(profile, list("abcdef")).patches) == 6  # a word that moves nothing is no padding
    assert len(receptive_profile(profile, example=1).patches) == 6
    assert len(receptive_profile(SimpleNamespace(values=values, tokens=None)).patches) == 6
    assert len(receptive_profile([np.nan, 1, 2, np.nan]).patches) == 2


def test_a_profile_of_forty_words_shows_them_all():
    words = [f"word{n}" for n in range(40)]
    axes = receptive_profile(SimpleNamespace(values=np.ones((1, 40)), tokens=[words]))
    assert [text.get_text() for text in axes.get_xticklabels()] == words
    spread = np.diff([text.get_window_extent().x1 for text in axes.get_xticklabels()]) / axes.figure.dpi * 72
    assert spread.min() > 12 * np.sin(np.radians(60))


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: gradient_norms(NORMS, ax=ax),
        lambda ax: truncation_bias([1, 2], {"cosine": [0.1, 1]}, ax=ax),
        lambda ax: spectral_radius([0.5, 1], [0.1, 1], ax=ax),
        lambda ax: parameter_counts([1, 2], {"RNN": 5}, ax=ax),
        lambda ax: memory_curve(RECORDS, ax=ax),
        lambda ax: receptive_profile([1, 2], ax=ax),
    ],
)
def test_given_axes_large_type_and_labels(draw):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert draw(axes) is axes
    assert axes.get_xlabel() and axes.get_ylabel()
    texts = [axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts]
    texts += axes.get_legend().get_texts() if axes.get_legend() else []
    assert min(text.get_fontsize() for text in texts if text.get_text()) >= 12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient_norms({"a": [1, 2], "b": [1]}), "same number of steps. Received: a: 2, b: 1"),
        (lambda: gradient_norms({"a": [0, 0]}), "above 0.*zeros only"),
        (lambda: gradient_norms({"a": [1, -2]}), "must not be negative. Received: -2 in 'a'"),
        (lambda: gradient_norms({"a": [np.nan]}), "norms.'a'.* all NaN"),
        (lambda: gradient_norms([1, 2]), "a GradientFlow, or a dictionary of label.*Received: list"),
        (lambda: gradient_norms(pd.DataFrame({"norm": [1]})), "a GradientFlow, or.*Received: DataFrame"),
        (lambda: gradient_norms({"a": object()}), "norms.'a'.* must be a GradientFlow.*Received: object"),
        (lambda: gradient_norms(flow(a=[1, 2], b=[1])), "same number of steps. Received: a: 2, b: 1"),
        (lambda: receptive_profile(object()), "the ReceptiveProfile that.*Received: object"),
        (lambda: receptive_profile(pd.DataFrame({"value": [1]})), "the ReceptiveProfile that.*Received: DataFrame"),
        (
            lambda: receptive_profile(SimpleNamespace(values=np.ones((2, 3)), tokens=None), example=2),
            "from 0 to 1. Received: example=2",
        ),
        (lambda: gradient_norms({"a": [1, 2]}, tokens=["x"]), "each of the 2 steps. Received: 1"),
        (
            lambda: spectral_radius([1, 2, 3], [1, 2]),
            "`radii` must have one entry for each of the 2 values. Received: 3",
        ),
        (lambda: parameter_counts([1, 2], {"RNN": [0, 1]}), "must be positive"),
        (lambda: memory_curve([]), "at least one record"),
        (lambda: memory_curve([{"cell": "GRU", "score": 1}]), "must have length.*Received: cell, score"),
        (lambda: receptive_profile([[[1]]]), "Received: shape"),
        (lambda: receptive_profile([1, 2], ["a"]), "each of the 2 steps. Received: 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
