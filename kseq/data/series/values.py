"""One series: its values at equal steps, what is known in advance, and how holes in either are filled."""

from dataclasses import dataclass, field

import numpy as np

from kseq.data.errors import counted
from kseq.data.series.dates import Calendar, show


@dataclass(repr=False)
class Series:
    """One series of numbers at equal steps.

    name: of its column, or what the column of names says.
    values: floats `(T,)`, NaN where missing.
    regressors: floats `(T, R)`, known in advance.
    future: floats `(F, R)`: regressors of the steps after the last value, where the file has them.
    calendar, first: how the steps follow each other, and the number of the first one.
    """

    name: str
    values: np.ndarray
    regressors: np.ndarray
    calendar: Calendar = field(default_factory=Calendar)
    first: int = 0
    future: np.ndarray = None

    def __len__(self):
        return len(self.values)

    @property
    def positions(self):
        """Number of each step since the origin of the calendar, `(T,)`."""
        return self.first + np.arange(len(self.values))

    @property
    def dates(self):
        """The date of each step; without dates its number."""
        return self.calendar.dates(self.positions)

    def __repr__(self):
        ends = [show(date) if isinstance(date, np.datetime64) else str(date) for date in self.dates[[0, -1]]]
        known = f", {counted(self.regressors.shape[1], 'regressor')}" if self.regressors.shape[1] else ""
        span = f"{counted(len(self), 'step')} of one {self.calendar.name}" if len(self) else "no steps"
        return f"Series({self.name!r}, {span}, {ends[0]} to {ends[1]}{known})"


def filled(array):
    """The array with every NaN replaced by the last number before it in its column; at the beginning by the first."""
    array = np.array(array, float)
    columns = array.reshape(len(array), -1)
    for column in columns.T:
        good = np.flatnonzero(~np.isnan(column))
        if len(good) and len(good) < len(column):
            column[:] = column[good[np.maximum(np.searchsorted(good, np.arange(len(column)), side="right") - 1, 0)]]
    return columns.reshape(array.shape)


def is_flag(array):
    """Whether a column holds 0 and 1 only, and both."""
    return set(np.unique(array[~np.isnan(array)]).tolist()) == {0.0, 1.0}


def usual_flags(arrays):
    """name -> the more frequent of 0 and 1, for the columns that hold nothing else."""
    return {name: float(np.nanmean(array) > 0.5) for name, array in arrays.items() if is_flag(array)}


def filled_known(known, names, usual):
    """What is known in advance, `(T, R)`, without holes: a flag is what it mostly is, a number what it was before.

    A holiday that is not written down is more likely none, even on the day after one.

    Args:
        known: floats, NaN where missing.
        names: of its columns.
        usual: what `usual_flags` returns.
    """
    known = known.copy()
    for place, name in enumerate(names):
        if name in usual:
            known[np.isnan(known[:, place]), place] = usual[name]
    return filled(known)
