"""Forecasts that need no network: the last value, the value a season ago, a linear autoregression."""

import time

import numpy as np

from kseq.data.errors import counted
from kseq.data.linear import choose_ridge, predict_linear


def series_baselines(dataset, split="test"):
    """What `SeriesDataset.baselines` returns."""
    import pandas as pd

    methods = {"last value": last_value}
    if dataset.period > 1:
        methods["seasonal naive"] = seasonal_naive
    methods["linear autoregression"] = linear_autoregression
    rows = {}
    for name, method in methods.items():
        started = time.perf_counter()
        scores = forecast_scores(dataset, split, method(dataset, split))
        rows[name] = {**scores, "seconds": time.perf_counter() - started}
    table = pd.DataFrame.from_dict(rows, orient="index")[["MASE", "MAE", "seconds"]]
    return table.rename_axis(columns=f"{counted(dataset.vectorizer.horizon, 'step')} ahead")  # printed above the rows


def forecast_scores(dataset, split, forecasts):
    """MASE and MAE of forecasts at all windows of a split.

    Args:
        dataset: a `SeriesDataset`.
        split: name of the split.
        forecasts: for each series an array `(windows, horizon)`, in units of the data.
    """
    errors, scaled = [], []
    for number, (windows, said) in enumerate(zip(dataset.windows_of(split), forecasts, strict=True)):
        some = np.abs(said - windows.truth)[windows.weights > 0]
        errors.append(some)
        scaled.append(some / dataset.naive_error(number))
    errors, scaled = np.concatenate(errors), np.concatenate(scaled)
    if not len(errors):
        raise ValueError(f"The {split} split of {dataset.name!r} is empty")
    return {"MASE": float(scaled.mean()), "MAE": float(errors.mean())}


def last_value(dataset, split):
    """Nothing changes: the last value, for all steps."""
    return [np.repeat(windows.before[:, -1:], windows.truth.shape[1], axis=1) for windows in dataset.windows_of(split)]


def seasonal_naive(dataset, split):
    """The last value that was seen of the same season."""
    from kseq.data.series.values import filled

    found = []
    for one, windows in zip(dataset.series, dataset.windows_of(split), strict=True):
        values, H = filled(one.values), windows.truth.shape[1]
        seasons = -(-np.arange(1, H + 1) // dataset.period)  # how many seasons back the nearest seen one lies
        places = windows.origins[:, None] + np.arange(H) - seasons * dataset.period
        found.append(values[np.maximum(places, 0)])
    return found


def linear_autoregression(dataset, split):
    """A linear function of all that a model reads, fitted to the training part; its penalty is chosen on validation."""
    train, validation = dataset.windows("train"), dataset.windows("validation")
    weights = choose_ridge(*((part.features, part.flat_targets, part.flat_weights) for part in (train, validation)))
    return [
        dataset.vectorizer.decode(predict_linear(weights, part.features), part.before, one.name)
        for one, part in zip(dataset.series, dataset.windows_of(split), strict=True)
    ]
