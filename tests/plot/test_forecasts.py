"""Fans and paths: what is drawn is what was given."""

import itertools

import numpy as np
import pytest

from kseq.plot import ball_paths, forecast_fan

HISTORY = np.sin(np.arange(40.0))
STEPS = np.arange(6.0)
FAN = {
    "median": STEPS,
    "lower_80": STEPS - 1,
    "upper_80": STEPS + 1,
    "lower_95": STEPS - 2,
    "upper_95": STEPS + 2,
}
LINE = np.stack([np.linspace(0.1, 0.5, 5), np.linspace(0.2, 0.9, 5)], axis=1)


def lines(axes):
    return {line.get_label(): line.get_xydata() for line in axes.get_lines()}


def test_a_fan_has_history_forecast_intervals_and_truth():
    axes = forecast_fan(HISTORY, FAN, truth=STEPS[:4] + 0.5)
    drawn = lines(axes)
    np.testing.assert_array_equal(drawn["history"][:, 1], HISTORY[-24:])
    np.testing.assert_array_equal(drawn["forecast"][1:, 1], STEPS)
    np.testing.assert_array_equal(drawn["forecast"][0], [0, HISTORY[-1]])  # no gap
    np.testing.assert_array_equal(drawn["truth"], np.stack([np.arange(1, 5), STEPS[:4] + 0.5], axis=1))
    wide, narrow = (band.get_paths()[0].vertices[:, 1] for band in axes.collections)
    assert (wide.max(), narrow.max()) == (7, 6)


def test_a_fan_without_intervals():
    assert not forecast_fan(HISTORY, {"median": STEPS}).collections


def test_a_fan_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="column 'median'"):
        forecast_fan(HISTORY, {"mean": STEPS})
    with pytest.raises(ValueError, match="at most 6 values"):
        forecast_fan(HISTORY, FAN, truth=np.zeros(7))
    with pytest.raises(ValueError, match="each of the 40 values"):
        forecast_fan(HISTORY, FAN, dates=[1, 2])


def test_a_fan_of_several_series_is_refused_with_the_way_out():
    pandas = pytest.importorskip("pandas")
    table = pandas.concat({name: pandas.DataFrame(FAN) for name in ("north", "south")})
    with pytest.raises(ValueError, match=r"forecast.loc\['north'\].*Received: forecasts of north, south"):
        forecast_fan(HISTORY, table)
    assert forecast_fan(HISTORY, table.loc["north"])


def test_dates_do_not_overlap():
    pandas = pytest.importorskip("pandas")
    days = np.datetime64("2025-12-01") + np.arange(46)
    axes = forecast_fan(HISTORY, pandas.DataFrame(FAN, index=days[40:]), dates=days[:40], truth=STEPS)
    axes.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
    assert len(boxes) > 2
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


def test_paths_go_on_from_the_last_position():
    axes = ball_paths(LINE, {"model": LINE + 0.1, "straight on": LINE + 0.2}, truth=LINE + 0.3, box=(0, 0, 1, 1))
    drawn = lines(axes)
    np.testing.assert_array_equal(drawn["history"], LINE)
    for name, shift in (("model", 0.1), ("straight on", 0.2), ("truth", 0.3)):
        np.testing.assert_array_equal(drawn[name], np.concatenate([LINE[-1:], LINE + shift]))


def test_paths_refuse_other_shapes():
    with pytest.raises(ValueError, match=r"`futures\['forecast'\]` must be positions"):
        ball_paths(LINE, np.zeros((3, 3)))


def test_pictures(check_picture):
    check_picture(forecast_fan(HISTORY, FAN, truth=STEPS[:4] + 0.5), "forecast_fan")
    check_picture(ball_paths(LINE, {"model": LINE + 0.1}, truth=LINE + 0.3, box=(0, 0, 1, 1)), "ball_paths")


def test_dates_that_do_not_follow_each_other_are_refused():
    pandas = pytest.importorskip("pandas")
    days = np.datetime64("2025-12-01") + np.arange(60)
    fan = pandas.DataFrame(FAN, index=days[40:46])
    for wrong in (days[1:41], days[10:50], days[:40] - 30):
        with pytest.raises(ValueError, match=r"must end right before the forecast begins, 2026-01-10 00:00\. Received"):
            forecast_fan(HISTORY, fan, dates=wrong)
    weekdays = days[np.is_busday(days)]
    friday = int(np.flatnonzero(np.diff(weekdays).astype(int) == 3)[1]) + 1  # a weekend is no hole
    week = pandas.DataFrame(FAN, index=weekdays[friday : friday + 6])
    assert forecast_fan(HISTORY[:friday], week, dates=weekdays[:friday])
    with pytest.raises(ValueError, match="where the forecast has no dates"):
        forecast_fan(HISTORY, pandas.DataFrame(FAN), dates=days[:40])
    with pytest.raises(ValueError, match="where the forecast has no dates"):
        forecast_fan(HISTORY, FAN, dates=days[:40])


def test_a_history_brings_its_dates():
    pandas = pytest.importorskip("pandas")
    days = np.datetime64("2025-12-01") + np.arange(46)
    fan = pandas.DataFrame(FAN, index=days[40:])
    axes = forecast_fan(pandas.Series(HISTORY, index=days[:40]), fan)
    assert lines(axes)["forecast"][-1][0] == days[45].astype(int)
    numbered = forecast_fan(HISTORY, pandas.DataFrame(FAN, index=np.arange(1, 7)), dates=np.arange(100, 140))
    assert lines(numbered)["forecast"][:, 0].tolist() == [139, *range(140, 146)]
    assert numbered.get_xlabel() == "step"
