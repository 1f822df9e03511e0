"""Cost and score against length, and the curve of the learning-rate finder."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kseq.plot import cost_against_length, learning_rate_curve, score_against_length

LENGTHS = (32, 64, 128, 256)
COSTS = [
    {"model": name, "length": n, "ms": cost(n) * wobble}
    for name, cost in {"LSTM": lambda n: 0.3 * n, "Transformer": lambda n: 0.002 * n**2}.items()
    for n in LENGTHS
    for wobble in (1.0, 0.9, 1.3)
]
RATES = np.geomspace(1e-5, 1, 60)
LOSSES = 4.2 - 1.8 / (1 + np.exp(-(np.log10(RATES) + 2.5) * 3)) + np.exp((np.log10(RATES) + 0.6) * 9)


def lines(axes):
    return {line.get_label().partition("\n")[0]: line for line in axes.get_lines()}


def test_pictures(check_picture):
    check_picture(cost_against_length(COSTS), "cost_against_length")
    check_picture(learning_rate_curve({"learning_rate": RATES, "loss": LOSSES}, suggestion=3e-3), "learning_rate_curve")


def test_cost_is_the_median_of_the_repetitions():
    axes = cost_against_length(COSTS)
    found = lines(axes)
    assert list(found) == ["LSTM", "Transformer"]
    np.testing.assert_allclose(found["LSTM"].get_ydata(), 0.3 * np.array(LENGTHS))
    assert list(found["LSTM"].get_xdata()) == list(LENGTHS)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert len(axes.collections) == 2  # bands
    assert [text.get_text() for text in axes.get_xticklabels()] == ["32", "64", "128", "256"]


def test_growth_is_said_in_the_label():
    texts = [line.get_label() for line in cost_against_length(COSTS).get_lines()]
    assert texts == ["LSTM\n×2.0 at twice the length", "Transformer\n×4.0 at twice the length"]
    thrice = [{"model": "a", "length": n, "ms": n**2} for n in (10, 30)]
    assert "×4.0" in cost_against_length(thrice).get_lines()[0].get_label()  # also where the lengths do not double
    assert "×" not in cost_against_length(COSTS, growth=False).get_lines()[0].get_label()


def test_seconds_are_drawn_in_milliseconds():
    frame = pd.DataFrame(COSTS).rename(columns={"model": "architecture", "ms": "seconds"})
    np.testing.assert_allclose(lines(cost_against_length(frame))["LSTM"].get_ydata(), 300 * np.array(LENGTHS))


def test_scores_with_their_baseline():
    records = [
        {"model": name, "length": n, "seed": seed, "score": 0.9 - drop * n + 0.01 * seed, "baseline": 0.5}
        for name, drop in {"LSTM": 0.001, "Transformer": 0.0}.items()
        for n in LENGTHS
        for seed in range(3)
    ]
    axes = score_against_length(records)
    found = lines(axes)
    assert list(found) == ["LSTM", "Transformer", "baseline"]
    np.testing.assert_allclose(found["LSTM"].get_ydata(), 0.91 - 0.001 * np.array(LENGTHS))
    assert set(found["baseline"].get_ydata()) == {0.5} and axes.get_ylabel() == "score"
    renamed = pd.DataFrame(records).rename(columns={"score": "accuracy"})
    assert score_against_length(renamed, label="share right").get_ylabel() == "share right"


@pytest.mark.parametrize(
    ("draw", "records", "message"),
    [
        (cost_against_length, [], "at least one record"),
        (cost_against_length, 3, "`records` must be a DataFrame or a list of dictionaries. Received: int"),
        (cost_against_length, [{"model": "a", "length": 3}], "must have ms in each record. Received: model, length"),
        (cost_against_length, [{"length": 0, "ms": 1}], "`length` and `ms` must be positive. Received: 0 or less"),
        (score_against_length, [{"model": "a", "score": 1}], "must have length in each record"),
        (score_against_length, [{"length": 3, "score": "good"}], "`score` must be a number. Received: 'good'"),
    ],
)
def test_bad_records_are_named(draw, records, message):
    with pytest.raises(ValueError, match=message):
        draw(records)


def test_the_finder_and_its_table_give_one_picture():
    found = SimpleNamespace(rates=RATES, losses=LOSSES + 0.1, smoothed=LOSSES, suggestion=3e-3)
    axes = learning_rate_curve(found, title="which rate?")
    np.testing.assert_array_equal(lines(axes)["smoothed"].get_ydata(), LOSSES)
    np.testing.assert_array_equal(lines(axes)["each batch"].get_ydata(), LOSSES + 0.1)
    assert axes.get_xscale() == "log" and "0.003" in [text.get_text() for text in axes.texts]
    assert axes.get_ylim()[1] < LOSSES.max()  # the burst is cut off
    table = pd.DataFrame({"learning_rate": RATES, "loss": LOSSES})
    for records in (table, table.to_dict("records"), table.to_dict("list")):
        axes = learning_rate_curve(records)
        np.testing.assert_array_equal(lines(axes)["loss"].get_ydata(), LOSSES)
        assert not axes.texts


@pytest.mark.parametrize(
    ("records", "suggestion", "message"),
    [
        (3, None, "find_learning_rate` returns.*Received: int"),
        ({"loss": LOSSES}, None, "must have learning_rate. Received: loss"),
        ({"learning_rate": RATES, "loss": LOSSES[1:]}, None, r"each of the 60 learning rates. Received: shape \(59,\)"),
        ({"learning_rate": -RATES, "loss": LOSSES}, None, "`learning_rate` must be positive"),
        ({"learning_rate": RATES, "loss": LOSSES * np.nan}, None, "`loss` holds no finite number"),
        ({"learning_rate": RATES, "loss": LOSSES}, 5.0, "`suggestion` must be a rate from 1e-05 to 1. Received: 5.0"),
    ],
)
def test_bad_rates_are_named(records, suggestion, message):
    with pytest.raises(ValueError, match=message):
        learning_rate_curve(records, suggestion=suggestion)
