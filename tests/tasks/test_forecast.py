"""Forecasts: models learn what a line cannot, intervals hold, nothing is known of the future, a file holds it all."""

import json

import numpy as np
import pytest

from kseq import build_forecast_model, load_model, load_series, train
from kseq.tasks.forecast_body import ARCHITECTURES
from kseq.tasks.forecast_paths import interval_columns, unroll_forecast


def write(path, values, header="day,v", start="2024-01-01"):
    days = np.datetime64(start) + np.arange(len(values))
    rows = [
        f"{day},{'' if np.isnan(value) else round(float(value), 6)}" for day, value in zip(days, values, strict=True)
    ]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def crooked(tmp_path_factory):
    """A series that no line forecasts well: the logistic map, a little noise."""
    random, values = np.random.default_rng(0), [0.3]
    for _ in range(700):
        values.append(3.8 * values[-1] * (1 - values[-1]))
    values = np.array(values[1:]) + 0.01 * random.standard_normal(700)
    path = write(tmp_path_factory.mktemp("series") / "crooked.csv", values)
    return load_series(path, period=1, context_length=2, transform="none", differences=[])


@pytest.fixture(scope="module")
def trained(crooked):
    """Tests must not train it further."""
    model = build_forecast_model(crooked.vectorizer, architecture="dense", learning_rate=0.01, seed=0)
    train(model, crooked, epochs=60, patience=60, verbose=0)
    return model


@pytest.fixture(scope="module")
def shops():
    """A model of three series with regressors, and differences to undo."""
    series = load_series("seasonal", horizon=3, differences=[7], transform="log", test_size=40, validation_size=60)
    model = build_forecast_model(series.vectorizer, architecture="dense", units=8, seed=0)
    model.fit(series.train, validation_data=series.validation, epochs=2, verbose=0)
    return series, model


def test_learns_what_a_line_cannot(crooked, trained):
    scores, baselines = trained.scores(crooked), crooked.baselines()
    assert scores["MASE"] < 0.5 * baselines.MASE["linear autoregression"]
    assert scores["MASE"] < 0.5 * baselines.MASE["last value"]


def test_intervals_hold_about_as_often_as_they_say(shops):
    series, model = shops
    scores = model.scores(series)
    assert 0.7 < scores["inside 80 %"] < 0.9
    assert 0.88 < scores["inside 95 %"] < 0.995


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_begins_at_the_linear_autoregression(architecture):
    series = load_series("airline", test_size=24)
    model = build_forecast_model(series.vectorizer, architecture=architecture, units=8, seed=0)
    model.get_layer("errors")
    model.optimizer.learning_rate.assign(0.0)
    model.fit(series.train, validation_data=series.validation, epochs=1, verbose=0)
    line = series.baselines().MASE["linear autoregression"]
    assert model.scores(series)["MASE"] == pytest.approx(line, rel=1e-3)


def test_no_worse_than_the_line_on_validation_after_training():
    series = load_series("airline", test_size=24)
    model = build_forecast_model(series.vectorizer, architecture="gru", units=8, seed=0)
    train(model, series, epochs=5, patience=5, verbose=0)
    line = series.baselines("validation").MASE["linear autoregression"]
    assert model.scores(series, "validation")["MASE"] <= 1.02 * line


def test_the_model_knows_how_wrong_it_was(crooked, trained):
    errors = trained.remembered_errors
    assert errors.shape == (200, 1, 1)
    windows = crooked.windows("validation")
    real = windows.targets - trained.encoded_forecasts(windows)
    assert errors.std() == pytest.approx(real.std(), rel=0.2)
    assert errors.mean() == pytest.approx(0, abs=0.05 * float(errors.std()))


def test_a_forecast_goes_on_for_any_number_of_steps(crooked, trained):
    table = trained.forecast(crooked, steps=7)
    assert list(table) == ["median", "lower_80", "upper_80", "lower_95", "upper_95"]
    assert str(table.index[0].date()) == str(np.datetime64("2024-01-01") + 700)
    assert len(table) == 7
    assert (table.lower_95 <= table.lower_80).all() and (table.upper_80 <= table.upper_95).all()
    widths = (table.upper_80 - table.lower_80).to_numpy()
    assert widths[3] > 2 * widths[0]  # in a chaos the fan opens
    # Without errors, feeding back by hand gives the same.
    scaler, values = crooked.vectorizer, crooked.series[0].values.tolist()
    window = scaler.encode(values)[None, -2:, None]
    point, _ = unroll_forecast(trained, window, np.zeros((1, 3, 0)), 3, paths=0)
    for step in range(3):
        following = trained.forecast(values, 1)["median"].iloc[0]
        assert scaler.decode(point[0, step, 0], values) == pytest.approx(following, abs=1e-3)
        values.append(following)


def test_the_line_lies_in_the_middle_of_the_futures():
    futures = np.array([[0.0, 0.0], [1.0, 2.0], [9.0, 9.0]])
    columns = interval_columns(np.array([3.0, 5.0]), futures)
    np.testing.assert_array_equal(columns["median"], [3, 5])
    np.testing.assert_allclose(columns["upper_80"] - columns["lower_80"], np.ptp(futures, axis=0) * 0.8, rtol=0.1)
    assert (columns["lower_80"] < columns["median"]).all() and (columns["median"] < columns["upper_80"]).all()


def test_scores_are_of_what_the_model_has_not_seen(shops):
    series, model = shops
    again = load_series("seasonal", vectorizer=model.vectorizer)  # cut as in training
    assert again.cuts == series.cuts
    with pytest.raises(ValueError, match=r"test split of 'north' begins at .* validated on it.*test_size=40"):
        model.scores(load_series("seasonal", vectorizer=model.vectorizer, test_size=60))
    with pytest.raises(ValueError, match="such scores say nothing"):
        model.rolling_origin(load_series("seasonal", vectorizer=model.vectorizer, test_size=60))
    with pytest.raises(ValueError, match="was trained on it up to 2025-09-21"):
        model.scores(load_series("seasonal", vectorizer=model.vectorizer, test_size=200))
    other = load_series("seasonal", seed=5, vectorizer=model.vectorizer, test_size=60, validation_size=20)
    assert model.scores(other)["MASE"] > 0  # of the same time, but other values


def test_scores_and_baselines_are_of_one_horizon(shops):
    series, model = shops
    single = load_series("seasonal", vectorizer=series.vectorizer.with_horizon(1))
    with pytest.raises(ValueError, match=r"must have the model's horizon, 3.*Received: a dataset with horizon=1"):
        model.scores(single)
    assert single.baselines().columns.name == "1 step ahead"
    table = single.baselines(horizon=3)
    assert table.columns.name == "3 steps ahead"
    assert table.MASE.to_dict() == pytest.approx(series.baselines().MASE.to_dict())
    with pytest.raises(ValueError, match="`horizon` must be an integer"):
        single.baselines(horizon=0)


def test_a_path_is_no_history(trained):
    with pytest.raises(TypeError, match=r"load_series\('a.csv', vectorizer=model.vectorizer\)"):
        trained.forecast("a.csv")


def test_only_the_last_values_count(crooked, trained):
    values = crooked.series[0].values
    a, b = trained.forecast(values[-20:], 3, seed=1), trained.forecast(values[-2:], 3, seed=1)
    np.testing.assert_allclose(a, b, atol=1e-6)
    assert list(a.index) == [1, 2, 3]


def test_missing_values_in_the_history_and_in_training(tmp_path):
    values = 10 + np.sin(np.arange(200) * 2 * np.pi / 7)
    values[::9] = np.nan
    values[0] = values[-1] = 10
    series = load_series(write(tmp_path / "gaps.csv", values), period=7)
    assert series.vectorizer.observed and series.vectorizer.channels == 2
    model = build_forecast_model(series.vectorizer, architecture="gru", units=8, seed=0)
    history = model.fit(series.train, validation_data=series.validation, epochs=2, verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()
    truth = model.rolling_origin(series).truth
    assert truth.isna().any()
    assert np.isfinite(list(model.scores(series).values())).all()
    recent = series.series[0].values[-30:].copy()
    filled = recent.copy()
    recent[-3], filled[-3] = np.nan, filled[-4]
    a, b = model.forecast(recent, 2), model.forecast(filled, 2)
    assert np.isfinite(a).all().all()
    assert not np.allclose(a, b)  # the model is told what was seen and what was not


def test_several_series_with_regressors(shops):
    series, model = shops
    future = np.zeros((5, 1))
    table = model.forecast(series, 5, regressors=future)
    assert table.index.names == ["series", "date"]
    assert len(table) == 15
    promoted = model.forecast(series, 5, regressors=future + 1)
    ratio = (promoted["median"] / table["median"]).groupby("series").first()
    assert (ratio > 1.2).all()  # a promotion sells half as much again
    with pytest.raises(ValueError, match=r"`regressors` must be promotion for 50 steps.*Received: None"):
        model.forecast(series, 50)  # 28 days are planned
    with pytest.raises(ValueError, match=r"`series` must be one of north, south, west"):
        model.forecast(np.ones(40), 1, regressors=np.zeros((41, 1)))
    rolling = model.rolling_origin(series)
    assert set(rolling.step) == {1, 2, 3}
    direct = model.scores(series)
    assert direct["MASE"] < series.baselines().MASE["seasonal naive"]


def test_rolling_origin_is_what_one_would_have_said_then(shops):
    series, model = shops
    table = model.rolling_origin(series, every=10)
    one = series.series[0]
    first = table[(table.series == one.name) & (table.origin == table.origin.min())]
    cut = int(np.flatnonzero(one.dates == np.datetime64(first.origin.iloc[0]))[0]) + 1
    past, future = one.regressors[:cut], one.regressors[cut : cut + 3]
    said = model.forecast(
        one.values[:cut], 3, series=one.name, dates=one.dates[:cut], regressors=np.concatenate([past, future])
    )
    np.testing.assert_allclose(first[list(said)].to_numpy(), said.to_numpy(), rtol=1e-4)
    np.testing.assert_array_equal(first.truth, one.values[cut : cut + 3])


def test_bad_input_is_named(trained, crooked):
    for arguments, message in [
        (([1.0], 1), "`history` must have 2 or more values. Received: 1"),
        (([1.0, 2.0, 3.0], 0), "`steps` must be a positive integer. Received: steps=0"),
        (([[1.0, 2.0]], 1), "`history` must be numbers in a row"),
        (([1.0, np.inf, 3.0], 1), "finite numbers"),
    ]:
        with pytest.raises(ValueError, match=message.replace("(", r"\(")):
            trained.forecast(*arguments)
    with pytest.raises(ValueError, match="`architecture` must be one of"):
        build_forecast_model(crooked.vectorizer, architecture="lstn")
    with pytest.raises(ValueError, match="can be at most 2"):
        build_forecast_model(crooked.vectorizer, context_length=3)
    with pytest.raises(ValueError, match="load the data with horizon=4"):
        build_forecast_model(crooked.vectorizer, horizon=4)
    with pytest.raises(ValueError, match="Received: units=-3"):
        build_forecast_model(crooked.vectorizer, units=-3)


def test_works_in_a_new_process(crooked, trained, tmp_path, new_process):
    path = tmp_path / "forecast.keras"
    trained.save(path)
    code = """
import sys, json, kseq
model = kseq.load_model(sys.argv[1])
print(json.dumps(model.forecast(json.loads(sys.argv[2]), 4).to_numpy().tolist()))
"""
    history = crooked.series[0].values[-10:].tolist()
    said = json.loads(new_process(code, path, json.dumps(history)))
    np.testing.assert_allclose(said, trained.forecast(history, 4), atol=1e-5)
    again = load_series_scores(load_model(path), crooked)
    assert again == pytest.approx(load_series_scores(trained, crooked), rel=1e-4)


def load_series_scores(model, series):
    return model.scores(series)


@pytest.mark.backend
@pytest.mark.parametrize("architecture", ["dense", "gru"])
def test_builds_fits_forecasts_and_is_saved(architecture, tmp_path):
    series = load_series("airline", test_size=24, horizon=2)
    losses = []
    for _ in range(2):
        model = build_forecast_model(series.vectorizer, architecture=architecture, units=4, seed=3)
        losses.append(model.fit(series.train, validation_data=series.validation, epochs=1, verbose=0).history["loss"])
    assert losses[0] == losses[1]  # same seed, same losses
    said = model.forecast(series, 3)
    model.save(tmp_path / "m.keras")
    np.testing.assert_allclose(load_model(tmp_path / "m.keras").forecast(series, 3), said, rtol=1e-4)


@pytest.mark.parametrize("architecture", ["lstm", "transformer"])
def test_arrays_of_ones_own(architecture):
    random = np.random.default_rng(0)
    x = random.standard_normal((64, 6, 3)).astype("float32")
    y = x[:, -1:, :] * 0.5
    model = build_forecast_model(
        3, architecture=architecture, context_length=6, units=8, position="learned", num_layers=2, seed=0
    )
    model.fit(x, y, epochs=1, verbose=0)
    assert np.abs(model.predict(x, verbose=0) - y).mean() < 0.1  # the line alone gets there
    with pytest.raises(ValueError, match="no vectorizer"):
        model.forecast(x[0, :, 0])


def test_scores_for_each_series(shops):
    series, model = shops
    table, together = model.scores_by_series(series), model.scores(series)
    assert table.index.tolist() == ["north", "south", "west"]
    assert list(table) == ["MASE", "MAE", "inside 80 %", "inside 95 %", "seasonal naive MAE"]
    for name in together:  # as many steps of each
        assert table[name].mean() == pytest.approx(together[name])
    assert table["seasonal naive MAE"].mean() == pytest.approx(series.baselines().MAE["seasonal naive"])
    ahead = model.scores_by_series(series, steps=5)["seasonal naive MAE"]
    assert ahead.mean() == pytest.approx(series.baselines(horizon=5).MAE["seasonal naive"])


def test_more_steps_than_a_split_has_are_refused_with_what_it_has(shops, tmp_path):
    series, model = shops
    message = r"`steps` must be no more than the test split of 'seasonal' has: 40 steps at most\. Received: steps=99"
    with pytest.raises(ValueError, match=message):
        model.rolling_origin(series, steps=99)
    with pytest.raises(ValueError, match=r"`steps` must be a positive integer\. Received: steps=0"):
        model.rolling_origin(series, steps=0)
    with pytest.raises(ValueError, match=r"`every` must be a positive integer\. Received: every=0"):
        model.rolling_origin(series, every=0)


def test_what_a_list_of_numbers_needs_is_named(shops):
    """The block of docs/forecasting.md, for several series with what is known in advance."""
    series, model = shops
    one = series.series[1]
    past, dates = one.values[-42:-12], one.dates[-42:-12]
    message = (
        r"promotion for 42 steps, 30 of the history and then the 12 to come, of shape \(42, 1\)\. Received: shape \(12"
    )
    with pytest.raises(ValueError, match=message):
        model.forecast(past, 12, series="south", dates=dates, regressors=one.regressors[-12:])
    fan = model.forecast(past, 12, series=one.name, dates=dates, regressors=one.regressors[-42:])
    assert len(fan) == 12
    holes = one.regressors[-42:].copy()
    holes[7] = np.nan
    with pytest.raises(ValueError, match=r"finite numbers\. Received: nan at regressors\[7, 0\]"):
        model.forecast(past, 12, series="south", dates=dates, regressors=holes)


def test_steps_without_dates_are_no_dates(tmp_path):
    (tmp_path / "steps.csv").write_text("v\n" + "".join(f"{n % 4}.5\n" for n in range(40)))
    series = load_series(tmp_path / "steps.csv", period=4, context_length=4)
    model = build_forecast_model(series.vectorizer, architecture="dense", units=2, seed=0)
    one = series.series[0]
    fan = model.forecast(one.values[:30], 3, dates=one.dates[:30])
    assert fan.index.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="Received: 2 whole numbers"):
        model.forecast(one.values[:30], 3, dates=[1, 3])


def test_a_fan_knows_what_it_follows(shops):
    from kseq.plot import forecast_fan

    series, model = shops
    fan = model.forecast(series, 5)
    north, south = series.series[:2]
    assert forecast_fan(north, fan.loc["north"]).get_xlabel() == ""  # dates
    assert forecast_fan(south.values, fan.loc["south"])
    for history in (south, south.values, list(south.values[-3:])):
        with pytest.raises(ValueError, match=r"`history` must be what the forecast follows, the values of 'north'"):
            forecast_fan(history, fan.loc["north"])
    with pytest.raises(ValueError, match="Received: values up to"):
        forecast_fan(north.values[:-5], fan.loc["north"])
    thousands = fan.loc["north"] / 1000  # changed since: nothing is known
    assert forecast_fan(north.values / 1000, thousands)
    assert forecast_fan(north.values, fan.loc["north"].round(0))
