"""The report of `SeriesDataset.describe()`."""

import numpy as np

from kseq.data.errors import counted
from kseq.data.report import Report
from kseq.data.series.dates import show
from kseq.data.splits import SPLITS

_EXAMPLES = 5
_SPACED = {"none": "", "sqrt": "square roots, ", "log": "logarithms, "}


def describe_series(dataset):
    """A readable account of a `kseq.data.SeriesDataset`."""
    scaler, first = dataset.vectorizer, dataset.series[0]
    steps = sum(map(len, dataset.series))
    lines = [f"{dataset.name}: {counted(len(dataset.series), 'series').replace('seriess', 'series')}, {steps:,} steps"]
    lines += [f"from      {dataset.where}"] if dataset.where else []
    names = ", ".join(one.name for one in dataset.series[:_EXAMPLES])
    more = len(dataset.series) - _EXAMPLES
    lines.append(f"names     {names}{f' and {more:,} more' if more > 0 else ''}")
    season = f"{scaler.period} steps in a season" if scaler.period > 1 else "no season"
    lines.append(f"steps     one {first.calendar.name}, {season}")
    for members in alike(dataset).values():
        one, names = dataset.series[members[0]], [dataset.series[number].name for number in members]
        more = f" and {len(names) - _EXAMPLES:,} more" if len(names) > _EXAMPLES else ""
        title = ", ".join(names[:_EXAMPLES]) + more + (", each" if len(names) > 1 else "")
        lines += ["", *([title] if len(title) > 12 else [])]
        lines.append(f"{title if len(title) <= 12 else '':<12}{'steps':>8}{'windows':>9}   from and to")
        for split in SPLITS:
            begin, end = dataset.span(members[0], split)
            between = "–" if begin == end else f"{when(one, begin)} to {when(one, end - 1)}"
            windows = len(dataset.windows_of(split)[members[0]])
            lines.append(f"{split:<12}{end - begin:>8,}{windows:>9,}   {between}")
    verb = "is" if scaler.context_length == 1 else "are"
    taken = " and ".join(f"what changed in {counted(lag, 'step')}" for lag in scaler.lags)
    lines += [
        "",
        f"values    {_SPACED[scaler.transform]}{taken or 'levels'}, scaled by the training part",
        f"windows   {counted(scaler.context_length, 'step')} {verb} read, {counted(scaler.horizon, 'step')} forecast",
    ]
    if scaler.harmonics:
        lines.append("calendar  the time of the year is told to the model: the window sees no whole season")
    if scaler.regressors:
        lines.append(f"known     in advance: {', '.join(scaler.regressors)}")
    if dataset.notes:
        lines += ["", "notes", *(f"- {note}" for note in dataset.notes)]
    return Report("\n".join(lines))


def alike(dataset):
    """`what they share -> numbers of the series` that are cut at the same dates."""
    found = {}
    for number, (one, cut) in enumerate(zip(dataset.series, dataset.cuts, strict=True)):
        found.setdefault((cut, len(one), str(one.dates[0])), []).append(number)
    return found


def when(series, step):
    """The date of a step, or its number."""
    date = series.dates[step]
    return show(date) if isinstance(date, np.datetime64) else f"step {date}"
