"""How good forecasts are: made again and again through a split, scored together and for each series."""

import warnings

import numpy as np

from kseq.data.errors import counted
from kseq.data.series.seen import check_unseen
from kseq.data.series.windows import series_windows
from kseq.tasks.forecast_paths import COLUMNS, unroll_forecast


def rolling_forecasts(model, dataset, split, steps, every, paths, seed):
    """What `ForecastModel.rolling_origin` returns."""
    import pandas as pd

    scaler = model.vectorizer
    check_unseen(scaler, dataset, split)
    reader = scaler.with_horizon(steps)
    parts, without = [], []
    for number, one in enumerate(dataset.series):
        windows = series_windows(reader, one, *dataset.span(number, split))
        chosen = np.arange(0, len(windows), every)
        if not len(chosen):
            without.append(number)
            continue
        point, futures = unroll_forecast(model, windows.inputs[chosen], windows.known[chosen], steps, paths, seed)
        origins = windows.origins[chosen]
        columns = model.columns(one, origins, point, futures)
        places = origins[:, None] + np.arange(steps)
        part = {
            "series": one.name,
            "origin": np.repeat(one.dates[origins - 1], steps),
            "step": np.tile(np.arange(1, steps + 1), len(chosen)),
            "date": one.dates[places.ravel()],
            "truth": one.values[places.ravel()],
            **{name: columns[name].ravel() for name in COLUMNS},
        }
        parts.append(pd.DataFrame(part))
    if not parts:
        raise ValueError(_too_short(scaler, dataset, split, steps))
    if without:
        names = ", ".join(dataset.series[number].name for number in without)
        warnings.warn(f"no {steps} steps in the {split} split of {names}: left out", stacklevel=3)
    return pd.concat(parts, ignore_index=True)


def _too_short(scaler, dataset, split, steps):
    """Why a split has no forecast of so many steps."""
    sizes = [end - begin for begin, end in (dataset.span(n, split) for n in range(len(dataset.series)))]
    received = f"Received: steps={steps}"
    if max(sizes) < steps:
        which = f"{split} split of {dataset.name!r}"
        longest = " at most" if len(sizes) > 1 else ""
        return f"`steps` must be no more than the {which} has: {counted(max(sizes), 'step')}{longest}. {received}"
    needed = scaler.context_length + scaler.lost
    return (
        f"`dataset` must have {needed} values before the forecasts of the {split} split, which the model reads, and "
        f"{steps} after them. {received}, and series of {counted(max(map(len, dataset.series)), 'step')} at most"
    )


def check_horizon(model, dataset, steps):
    """Refuses scores that do not compare with those of the baselines of the dataset, and says what they count in."""
    scaler, theirs = model.vectorizer, dataset.vectorizer
    if steps is None and theirs.horizon != scaler.horizon:
        raise ValueError(
            f"`dataset` must have the model's horizon, {scaler.horizon}: scores so far ahead do not compare with "
            f"those of its baselines. Load it with vectorizer=model.vectorizer, or say steps={theirs.horizon}. "
            f"Received: a dataset with horizon={theirs.horizon}"
        )
    if theirs.period != scaler.period:
        warnings.warn(
            f"MASE counts in the period of the dataset, {theirs.period}; the model was made with {scaler.period}. "
            "Load the data with vectorizer=model.vectorizer for the model's own",
            stacklevel=3,
        )


def score_table(dataset, rolling):
    """`(errors of each step whose truth is known, in units of MASE and of the data, and inside what; its series)`."""
    import pandas as pd

    table = rolling.dropna(subset="truth")
    naive = {one.name: dataset.naive_error(number) for number, one in enumerate(dataset.series)}
    errors = (table["truth"] - table["median"]).abs()
    inside = {
        f"inside {level} %": table["truth"].between(table[f"lower_{level}"], table[f"upper_{level}"])
        for level in (80, 95)
    }
    return pd.DataFrame({"MASE": errors / table["series"].map(naive), "MAE": errors, **inside}), table["series"]


def naive_errors(dataset, split, steps):
    """`(name of the naive forecast, series -> its mean absolute error)` at the same moments and as far ahead."""
    from kseq.data.series.baselines import last_value, seasonal_naive

    dataset = dataset if steps == dataset.vectorizer.horizon else dataset.with_horizon(steps)
    name, method = ("seasonal naive", seasonal_naive) if dataset.period > 1 else ("last value", last_value)
    found = {}
    for one, windows, said in zip(dataset.series, dataset.windows_of(split), method(dataset, split), strict=True):
        errors = np.abs(said - windows.truth)[windows.weights > 0]
        found[one.name] = float(errors.mean()) if len(errors) else np.nan
    return name, found
