"""What `forecast` is given: numbers, with or without dates, become a `Series`; what is missing is asked for."""

from dataclasses import dataclass

import numpy as np

from kseq.data.series.dates import Calendar, find_calendar
from kseq.data.series.values import Series

TAIL = 8  # values by which a history is known again


@dataclass(frozen=True)
class PlainSizes:
    """Stands in for a vectorizer where a model is built for arrays: sizes, and nothing to encode with."""

    num_values: int
    context_length: int
    horizon: int
    known: int = 0

    @property
    def channels(self):
        """Numbers at each step of the past."""
        return self.num_values


def history_of(scaler, history, steps, name, dates, regressors):
    """`(Series, regressors of the steps to come)` for what `forecast` was given.

    Raises:
        ValueError: too short, no dates where the model needs them, or no regressors.
    """
    R = len(scaler.regressors)
    if isinstance(history, Series):
        one, future = history, regressors
        if future is None and R and one.future is not None and len(one.future) >= steps:
            future = one.future
    else:
        try:
            values = np.asarray(history, float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"`history` must be numbers in a row. Received: {error}") from None
        if (
            dates is None
            and hasattr(history, "index")
            and np.issubdtype(np.asarray(history.index).dtype, np.datetime64)
        ):
            dates = history.index
        if values.ndim != 1:
            raise ValueError(f"`history` must be numbers in a row. Received: an array of shape {values.shape}")
        calendar, first = _calendar(scaler, dates, len(values))
        past, future = np.zeros((len(values), 0)), None
        if R:
            regressors = _columns(regressors, steps, R, scaler, len(values))
            past, future = regressors[: len(values)], regressors[len(values) :]
        if name is None and len(scaler.scales) > 1:
            raise ValueError(f"`series` must be one of {', '.join(scaler.scales)}. Received: series=None")
        one = Series(name or next(iter(scaler.scales)), values, past, calendar, first)
    needed = scaler.context_length + scaler.lost
    if len(one) < needed:
        raise ValueError(f"`history` must have {needed} or more values. Received: {len(one)}")
    if np.isnan(one.values).all() or np.isinf(one.values).any():
        raise ValueError("`history` must hold finite numbers, NaN where missing. Received: infinite ones, or none")
    future = _columns(future, steps, R, scaler) if R else np.zeros((steps, 0))
    return one, future


def _columns(regressors, steps, R, scaler, past=0):
    """Regressors of `past` steps and of those to come as `(past + steps, R)`."""
    count = past + steps
    parts = f", {past} of the history and then the {steps} to come," if past else ""
    expected = f"`regressors` must be {', '.join(scaler.regressors)} for {count} steps{parts} of shape ({count}, {R})"
    expected = expected if past else expected.replace(" of shape", ", of shape")
    if regressors is None:
        raise ValueError(f"{expected}. Received: None")
    array = np.asarray(regressors, float)
    array = array[:, None] if array.ndim == 1 and R == 1 else array
    if array.ndim != 2 or len(array) < count or array.shape[1] != R:
        raise ValueError(f"{expected}. Received: shape {array.shape}")
    holes = np.argwhere(~np.isfinite(array[:count]))
    if len(holes):
        step, place = holes[0].tolist()
        raise ValueError(f"{expected}, finite numbers. Received: {array[step, place]} at regressors[{step}, {place}]")
    return array[:count]


def _calendar(scaler, dates, count):
    """`(calendar, number of the first step)`."""
    if dates is None:
        if scaler.harmonics:
            raise ValueError(
                "`dates` must say when the values of `history` were: this model goes by the time of the year. "
                "Received: dates=None, and a history without dates"
            )
        return Calendar(), 0
    if np.issubdtype(np.asarray(dates).dtype, np.integer):  # a file without dates: its steps are numbers
        numbers = np.asarray(dates)
        if scaler.calendar.kind != "step" or len(numbers) != count or (np.diff(numbers) != 1).any():
            raise ValueError(
                f"`dates` must be dates or, for data that has none, {count} numbers of steps one after another. "
                f"Received: {len(numbers)} whole numbers"
            )
        return Calendar(), int(numbers[0]) if count else 0
    dates = np.asarray([np.datetime64(date, "s") for date in np.asarray(dates)])
    if len(dates) != count:
        raise ValueError(f"`dates` must have one for each of the {count} values. Received: {len(dates)}")
    if len(dates) > 1 and not (np.diff(dates).astype(int) > 0).all():
        raise ValueError("`dates` must be in ascending order, each once. Received: others")
    if scaler.calendar.kind != "step":  # the steps of the training data, wherever these dates begin
        calendar = Calendar(**{**scaler.calendar.get_config(), "origin": str(dates[0])})
    else:
        calendar = find_calendar(dates, "`dates`", range(1, count + 1))
    places = calendar.positions(dates)
    if places != list(range(count)):
        raise ValueError(
            f"`dates` must follow each other, one {calendar.name} apart; give NaN where a value is missing. "
            f"Received: {dates[0]} to {dates[-1]} for {count} values"
        )
    return calendar, 0


def made_from(one, frame):
    """What a forecast follows, in plain numbers and texts: name, last values (`None`: missing), first median."""
    tail = [None if np.isnan(value) else float(value) for value in one.values[-TAIL:]]
    return {"name": one.name, "tail": tail, "first": float(frame["median"].iloc[0])}


def size_or_scaler(vectorizer, context_length, horizon):
    """The vectorizer, or sizes in its place where a plain number was given.

    Raises:
        ValueError: sizes are missing, or do not agree with the vectorizer.
    """
    if isinstance(vectorizer, (int, np.integer)) and not isinstance(vectorizer, bool):
        if vectorizer < 1 or context_length is None:
            raise ValueError(
                "`vectorizer` must be that of a dataset, or a positive number of values together with "
                f"`context_length`. Received: vectorizer={vectorizer!r}, context_length={context_length!r}"
            )
        return PlainSizes(int(vectorizer), context_length, horizon or 1)
    if not hasattr(vectorizer, "num_values"):
        raise ValueError(
            "`vectorizer` must be that of a dataset of `load_series` or `load_trajectories`, or a number of values. "
            f"Received: {type(vectorizer).__name__}"
        )
    if horizon is not None and horizon != vectorizer.horizon:
        raise ValueError(
            f"`horizon` must be that of the data, {vectorizer.horizon}; load the data with horizon={horizon}. "
            f"Received: horizon={horizon}"
        )
    return vectorizer
