"""`SeriesDataset`: series cut in time, with windows that go straight into `fit`."""

import functools

import numpy as np

from kseq.data.arguments import check_counts
from kseq.data.errors import DataError, counted
from kseq.data.series.window_dataset import WindowDataset
from kseq.data.series.windows import joined, series_windows
from kseq.data.splits import SPLITS, check_split

LEAST = 10  # windows in a split, below which a remark is due


class SeriesDataset(WindowDataset):
    """One or many series; each is cut in time: its beginning trains, its end is the test, validation lies between.

    Made by `kseq.load_series`; making one imports no Keras.

    Args:
        series: list of `kseq.data.series.values.Series`.
        cuts: `(end of training, end of validation)` of each series, in steps.
        vectorizer: a `SeriesScaler`, fitted on the training parts.
        name: how the dataset is called in reports.
        batch_size: windows in a batch.
        seed: fixes the order of the batches.
        notes: list of remarks on what was read.
        where: where the data is from.

    Attributes:
        series, cuts, vectorizer, name, batch_size, seed, notes, where: as given.

    Raises:
        DataError: the training part is shorter than a window and what it is to forecast.
    """

    def __init__(self, series, cuts, vectorizer, *, name="series", batch_size=32, seed=0, notes=(), where=""):
        if batch_size < 1:
            raise ValueError(f"`batch_size` must be at least 1. Received: batch_size={batch_size}")
        self.series, self.cuts, self.vectorizer, self.name = list(series), list(cuts), vectorizer, name
        self.batch_size, self.seed, self.notes, self.where = batch_size, seed, list(notes), where
        if not len(self.windows("train")):
            v = vectorizer
            needed = v.lost + v.context_length + v.horizon
            raise DataError(
                f"{where or name}: expected {needed:,} or more steps for training (context_length={v.context_length}, "
                f"horizon={v.horizon}{f', differences {v.lost}' if v.lost else ''}), found "
                f"{max(end for end, _ in self.cuts):,} before validation and test; take a longer series, or a smaller "
                "context_length, test_size or validation_size"
            )

        self.notes += [note for note in few_windows(self) if note not in self.notes]

    @property
    def period(self):
        """Steps in a season; 1: none."""
        return self.vectorizer.period

    def windows(self, split):
        """All windows whose targets lie in a split, as `kseq.data.series.windows.Windows`."""
        return joined(self.windows_of(split))

    def windows_of(self, split):
        """The windows of a split, one `Windows` for each series."""
        check_split(split)
        if split not in self._windows:
            spans = [self.span(number, split) for number in range(len(self.series))]
            self._windows[split] = [
                series_windows(self.vectorizer, one, *span) for one, span in zip(self.series, spans, strict=True)
            ]
        return self._windows[split]

    def span(self, number, split):
        """The first step of a split of the series with that number, and the one after its last."""
        train, validation = self.cuts[number]
        return {"train": (0, train), "validation": (train, validation)}.get(
            split, (validation, len(self.series[number]))
        )

    def naive_error(self, number):
        """Mean absolute error of the naive forecast inside the training part: what MASE is counted in.

        1/(T-m) Σ_t |y_t - y_{t-m}|         m: the period
        """
        values = self.series[number].values[: self.cuts[number][0]]
        m = self.period if self.period < len(values) else 1
        error = float(np.nanmean(np.abs(values[m:] - values[:-m])))
        return error if error > 0 else 1.0

    @functools.cached_property
    def frame(self):
        """pandas view: a row for each step, with the columns `series`, `date`, `value`, `split` and the regressors."""
        import pandas as pd

        parts = []
        for number, one in enumerate(self.series):
            part = pd.DataFrame({"series": one.name, "date": one.dates, "value": one.values})
            splits = np.empty(len(one), object)
            for split in SPLITS:
                splits[slice(*self.span(number, split))] = split
            part["split"] = splits
            for place, name in enumerate(self.vectorizer.regressors):
                part[name] = one.regressors[:, place]
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def describe(self):
        """A report for people: where the data is from, how it was cut, and all that was done to it."""
        from kseq.data.series.report import describe_series

        return describe_series(self)

    def with_horizon(self, horizon):
        """The same series, cut and scaled alike, with windows of another horizon."""
        return SeriesDataset(
            self.series,
            self.cuts,
            self.vectorizer.with_horizon(horizon),
            name=self.name,
            batch_size=self.batch_size,
            seed=self.seed,
            notes=self.notes,
            where=self.where,
        )

    def baselines(self, split="test", horizon=None):
        """Scores of forecasts that need no network, at the same moments and as far ahead.

        Args:
            split: name of the split.
            horizon: how many steps are forecast from each moment; the scores are means over them. `None`: that of the
                data, as for `model.scores(dataset)`.

        Returns:
            pandas frame, named after the horizon (`7 steps ahead`), with the columns `MASE`, `MAE` and `seconds`,
            indexed by "last value", "seasonal naive" (where
            there is a season) and "linear autoregression" (least squares with a penalty, on the same windows).
        """
        from kseq.data.series.baselines import series_baselines

        check_counts(optional=True, horizon=horizon)
        same = horizon is None or horizon == self.vectorizer.horizon
        return series_baselines(self if same else self.with_horizon(horizon), split)

    @functools.cached_property
    def _windows(self):
        return {}

    def __repr__(self):
        sizes = ", ".join(f"{split}={len(self.windows(split)):,}" for split in SPLITS)
        return f"SeriesDataset({self.name!r}, {len(self.series)} series, windows: {sizes}, period={self.period})"


def few_windows(dataset):
    """Remarks on splits that are too small to say much."""
    trained, held, test = (len(dataset.windows(split)) for split in SPLITS)
    notes = []
    if trained < LEAST:
        notes.append(f"ATTENTION: only {counted(trained, 'window')} to train on: hardly anything can be learned")
    if held < LEAST:
        notes.append(
            f"ATTENTION: only {counted(held, 'window')} for validation: the intervals of forecasts, taken from the "
            "errors there, say little"
            if held
            else "nothing for validation: the intervals of forecasts are taken from errors in training, and too narrow"
        )
    if not test:
        notes.append("nothing for the test: no score on the test split can be had")
    return notes
