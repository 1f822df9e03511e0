"""`load_series`: series of numbers for forecasting (course rows S3, R4: many-to-one, many-to-many)."""

import difflib
import os
from pathlib import Path

from kseq.data.arguments import check_counts
from kseq.data.errors import DataError
from kseq.data.reviews import bundled_path

SERIES = {
    "airline": "passengers of international flights, monthly, 1949 to 1960 (Box and Jenkins); the default",
    "sunspots": "sunspot numbers, yearly means, 1749 to 1983 (SILSO, Royal Observatory of Belgium)",
    "prices": "the price table of the course: ten days, Monday to Friday twice (row R4)",
    "seasonal": "synthetic: three daily series with a weekly season, and promotions that are known in advance",
}
WHOLE = {"prices": {"period": 1, "context_length": 2, "lags": (), "transform": "none"}}  # too short to choose anything
TEST_SHARE = 0.15


def load_series(
    source=None,
    *,
    columns=None,
    regressors=None,
    period=None,
    context_length=None,
    horizon=1,
    test_size=None,
    validation_size=None,
    transform=None,
    differences=None,
    dayfirst=None,
    vectorizer=None,
    batch_size=32,
    seed=0,
):
    """Loads series as a `SeriesDataset` whose parts go straight into `fit`.

    Each series is cut in time: the last `test_size` steps are the test, the `validation_size` steps before them
    validation, all before is for training. Nothing is shuffled across, and all that is estimated (scale, transform,
    differences, season) comes from the training part.

    Args:
        source: `None` or `"airline"`, `"sunspots"`, `"prices"` (bundled), `"seasonal"` (synthetic), or the path of a
            CSV file: a column of dates, found by its content, and columns of numbers, or one column of numbers and one
            with the name of the series. Names win over paths: `"./airline"` is a path.
        columns: names of the columns to forecast, a list or one; `None`: all that hold numbers and are no regressors.
            One model forecasts all series, each on its own scale.
        regressors: names of columns that are known in advance (holidays, prices), a list or one; a missing value is
            filled with the one before or, in a column of 0 and 1, with the more frequent of them. `None`: none; for
            `"seasonal"` its promotions.
        period: steps in a season, which seasonal naive and MASE go by. `None`: found from the dates (12 for months, 7
            or 365 for days, whichever forecasts the training part better); 1: none.
        context_length: steps that a model reads. `None`: two seasons of up to 30 steps, one of up to 60, else 24 or 28;
            no more than a quarter of the training part.
        horizon: steps that are forecast at once: 1 is many-to-one, more is many-to-many. Forecasts of more steps feed
            back.
        test_size, validation_size: steps at the end, and before that. `None`: 15 % of the steps, at least the horizon;
            with `vectorizer` as many as in its training.
        transform: `"none"`, `"sqrt"`, `"log"`; `None`: chosen by how the spread grows with the level.
        differences: list of lags, such as `[12]` for the change in a year; `[]`: none. `None`: `[]`, `[1]` or
            `[period]`, whichever a linear model forecasts best at the end of the training part.
        dayfirst: whether 01/02/2024 is in February (`True`) or in January (`False`). `None`: found from how the dates
            follow each other; where both ways work, the notes say which was taken.
        vectorizer: a trained model's `SeriesScaler` to use instead of fitting one; `period`, `context_length`,
            `horizon`, `transform`, `differences` and `regressors` are then its own.
        batch_size: windows in a batch.
        seed: fixes the order of the batches, and what is synthetic.

    Returns:
        A `kseq.data.SeriesDataset`.

    Raises:
        DataError: the file cannot be used: it names line, what was expected and what was found.

    Missing values: the input repeats the value before (never one after), models are told where if the training part
    has some, and nothing is trained or scored on them.

    Example:

    >>> series = load_series("airline", test_size=24)
    >>> model = build_forecast_model(series.vectorizer, architecture="lstm")
    >>> model.fit(series.train, validation_data=series.validation, epochs=50)
    >>> model.forecast(series, steps=12)
    """
    from kseq.data.series.dataset import SeriesDataset
    from kseq.data.series.fitting import fit_scaler
    from kseq.data.series.scaler import TRANSFORMS, SeriesScaler
    from kseq.data.series.seen import own_sizes, seen_of

    check_counts(horizon=horizon, batch_size=batch_size)
    check_counts(optional=True, period=period, context_length=context_length)
    check_counts(least=0, optional=True, test_size=test_size, validation_size=validation_size)
    if transform is not None and transform not in TRANSFORMS:
        raise ValueError(f"`transform` must be one of {', '.join(TRANSFORMS)}. Received: transform={transform!r}")
    if differences is not None and any(isinstance(lag, bool) or not lag >= 1 for lag in differences):
        raise ValueError(f"`differences` must be lags from 1 on. Received: differences={differences!r}")
    if vectorizer is not None and not isinstance(vectorizer, SeriesScaler):
        raise TypeError(f"`vectorizer` must be a kseq SeriesScaler. Received: {type(vectorizer).__name__}")
    if dayfirst not in (None, True, False):
        raise ValueError(f"`dayfirst` must be True, False or None. Received: dayfirst={dayfirst!r}")
    columns = [columns] if isinstance(columns, str) else columns
    regressors = [regressors] if isinstance(regressors, str) else regressors
    if vectorizer is not None:
        regressors = list(vectorizer.regressors)
    like = None if vectorizer is None else vectorizer.calendar
    name, where, series, regressors, notes = _read(source, columns, regressors, seed, dayfirst, like)
    horizon = horizon if vectorizer is None else vectorizer.horizon
    cuts = []
    for one in series:
        own = (None, None) if vectorizer is None else own_sizes(vectorizer, one.name)
        sizes = [
            size if size is not None else usual for size, usual in zip((test_size, validation_size), own, strict=True)
        ]
        cuts.append(_cuts(one, horizon, *sizes, where))
    if vectorizer is None:
        chosen = {"period": period, "context_length": context_length, "transform": transform, "lags": differences}
        chosen = {key: WHOLE.get(name, {}).get(key) if value is None else value for key, value in chosen.items()}
        vectorizer = fit_scaler(series, [end for end, _ in cuts], horizon=horizon, regressors=regressors, **chosen)
        vectorizer.seen = seen_of(series, cuts)
    else:
        _check_names(vectorizer, series, where)
    return SeriesDataset(
        series, cuts, vectorizer, name=name, batch_size=batch_size, seed=seed, notes=notes, where=str(where)
    )


def _cuts(series, horizon, test_size, validation_size, where):
    """Where training and validation end."""
    usual = max(horizon, round(TEST_SHARE * len(series)))
    test = usual if test_size is None else test_size
    validation = usual if validation_size is None else validation_size
    train = len(series) - test - validation
    if train < 2:
        raise DataError(
            f"{where}: series {series.name!r}: expected more than {test + validation + 1:,} steps (test_size={test}, "
            f"validation_size={validation}), found {len(series):,}"
        )
    return train, train + validation


def read_histories(source, columns, vectorizer, dayfirst=None):
    """The series of a source, whole, for a trained model to go on from; any number of steps.

    Args:
        source, columns, dayfirst: as for `load_series`.
        vectorizer: the model's `SeriesScaler`.

    Returns:
        `(series, notes)`.
    """
    regressors = list(vectorizer.regressors)
    _, where, series, _, notes = _read(source, columns, regressors, 0, dayfirst, vectorizer.calendar)
    _check_names(vectorizer, series, where)
    return series, notes


def _check_names(vectorizer, series, where):
    """Every series must be one that the model knows; a single one may be called otherwise."""
    if len(vectorizer.scales) == 1 and len(series) == 1:
        return
    unknown = [one.name for one in series if one.name not in vectorizer.scales]
    if unknown:
        raise DataError(f"{where}: expected the series {', '.join(vectorizer.scales)}; found {', '.join(unknown)}")


def _read(source, columns, regressors, seed, dayfirst, like):
    """`(name, where, series, names of the regressors, notes)` for a name or a path."""
    from kseq.data.series.files import read_series

    if not isinstance(source, str | os.PathLike | None):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    source = "airline" if source is None else source
    if source == "seasonal":
        from kseq.data.series.synthetic import PROMOTION, seasonal_series

        regressors = [PROMOTION] if regressors is None else regressors
        return source, "kseq's own generator (synthetic)", seasonal_series(seed, regressors), regressors, []
    regressors = regressors or []
    if source in SERIES:
        path = bundled_path(f"{source}.csv")
        return source, path, *_with(regressors, read_series(path, columns, regressors, dayfirst, like))
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            return path.stem, path, *_with(regressors, read_series(path, columns, regressors, dayfirst, like))
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), SERIES, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file; {meant}names are {', '.join(SERIES)}")


def _with(regressors, read):
    series, notes = read
    return series, regressors, notes
