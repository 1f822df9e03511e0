"""CSV files of series: a column of dates, one or many columns of numbers, or one column of numbers and one of names.

    Month,Passengers          date;north;south;holiday          day,shop,sales
    1949-01,112               01.03.2024;12,5;;0                2024-03-01,A,12

Columns are recognised from what is in them. Nothing is repaired in silence: every remark goes into `notes`.
"""

import csv
import io
import re
from dataclasses import dataclass, field

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.files import read_text
from kseq.data.series.dates import Calendar, date_formats, find_calendar, parsed, show

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "."})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d*,\d+")


@dataclass
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


def read_series(path, columns=None, regressors=()):
    """Reads a CSV file.

    Args:
        path: the file.
        columns: names of the columns that are series; `None`: all that hold numbers.
        regressors: names of columns that are known in advance and help to forecast the others.

    Returns:
        `(series, notes)`: a list of `Series` and a list of remarks.

    Raises:
        DataError: file, line, what was expected and what was found.
    """
    text, _ = read_numbers(path)
    return parse_series(text, str(path), columns, regressors)


def read_numbers(path):
    """`read_text`, whose remark on empty files speaks of numbers."""
    try:
        return read_text(path)
    except DataError as error:
        raise DataError(str(error).replace("expected texts and labels", "expected a table of numbers")) from None


def parse_series(text, where, columns=None, regressors=()):
    """Like `read_series`, from text that has been read already."""
    header, rows, delimiter = csv_rows(text, where)
    cells = {name: [row[place] for _, row in rows] for place, name in enumerate(header)}
    lower = {name.casefold() for name in header}
    if {"x", "y"} <= lower and lower & {"t", "time", "frame", "track", "step"} and not columns:
        raise DataError(
            f"{where}: line 1: expected series, found the columns {', '.join(header)} of positions: load_trajectories "
            "(`kseq train trajectory`) reads them; columns=['x'] (`--column x`) takes one as a series all the same"
        )
    lines, notes = [line for line, _ in rows], []
    numeric = {name: _is_numeric(column) for name, column in cells.items()}
    for name in [*(columns or ()), *regressors]:
        if name not in cells:
            raise DataError(f"{where}: line 1: expected a column {name!r}, found {', '.join(map(repr, header))}")
    named = {*(columns or ()), *regressors}
    dates_in, form = _date_column({n: c for n, c in cells.items() if n not in named}, numeric)
    texts = [n for n in header if not numeric[n] and n not in named and n != dates_in]
    values = [n for n in header if numeric[n] and n != dates_in and n not in regressors]
    values = list(columns) if columns else values
    if not values:
        raise DataError(f"{where}: expected a column of numbers, found {', '.join(map(repr, header))}")
    arrays, commas = {}, 0
    for name in [*values, *regressors]:
        arrays[name], count = csv_numbers(cells[name], name, where, lines, delimiter)
        commas += count
    if commas:
        notes.append(f"{counted(commas, 'number')} with a decimal comma")
    times = None
    if dates_in is None:
        notes.append("no column of dates: each row is one step")
    else:
        times = _dates(cells[dates_in], form, dates_in, where, lines)
    groups, aside = _groups(cells, texts, times, lines)
    if aside:
        notes.append(f"columns that hold neither dates nor numbers, left aside: {', '.join(aside)}")
    series = []
    for group, members in groups.items():
        some = {name: array[members] for name, array in arrays.items()}
        at, own = (None if times is None else times[members]), [lines[i] for i in members]
        for name in values:
            label = name if group is None else group if len(values) == 1 else f"{group}: {name}"
            series.append(_one(label, some, name, regressors, at, own, where, notes))
    for name in regressors:
        missing = int(np.isnan(arrays[name]).sum())
        if missing:
            notes.append(f"regressor {name}: {counted(missing, 'missing value')}, filled with the one before")
    return series, list(dict.fromkeys(notes))


def csv_rows(text, where):
    """`(header, [(line, cells)], delimiter)`; every row has as many cells as the header."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(";\t,|", key=lambda mark: (first.count(mark) > 0, mark in ";\t", first.count(mark)))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
        rows, before = [], 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, [cell.strip() for cell in cells]))
            before = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"{where}: line {before + 1}: expected a row of CSV, found one that is none ({error})"
        ) from None
    if not rows:
        raise DataError(f"{where}: expected dates and numbers, found an empty file")
    header = rows[0][1]
    width = len(header)
    if not any(is_value(cell) or date_formats([cell]) for cell in header if cell):
        rows = rows[1:]
    else:
        header = [f"column {place}" for place in range(1, width + 1)]
    header = [name or f"column {place}" for place, name in enumerate(header, 1)]
    twice = next((name for place, name in enumerate(header) if name in header[:place]), None)
    if twice:
        raise DataError(f"{where}: line 1: expected names of columns that differ, found {twice!r} twice")
    if not rows:
        raise DataError(f"{where}: expected rows below the header, found none")
    for line, cells in rows:
        if len(cells) != width:
            hint = " (a comma in a number? Then quote it, or separate by semicolons)" if len(cells) > width else ""
            raise DataError(f"{where}: line {line}: expected {counted(width, 'cell')}, found {len(cells)}{hint}")
    return header, rows, delimiter


def is_value(cell):
    return bool(_NUMBER.fullmatch(cell) or _COMMA.fullmatch(cell))


def _is_numeric(column):
    filled = [cell for cell in column if cell.lower() not in MISSING]
    return bool(filled) and 2 * sum(map(is_value, filled)) > len(filled)


def _date_column(cells, numeric):
    """`(name, format)` of the first column of dates, written dates before whole numbers; `(None, None)` without."""
    found = [(numeric[name], name, forms[0]) for name, column in cells.items() if (forms := date_formats(column))]
    found = [one for one in found if not one[0] or one[2] in ("year", "yearmonthday")]
    return min(found, key=lambda one: one[0])[1:] if found else (None, None)


def csv_numbers(column, name, where, lines, delimiter):
    """The numbers of a column, and how many had a decimal comma."""
    result, commas = np.full(len(column), np.nan), 0
    for place, cell in enumerate(column):
        if cell.lower() in MISSING:
            continue
        if _COMMA.fullmatch(cell) and delimiter != ",":
            cell, commas = cell.replace(",", "."), commas + 1
        if not _NUMBER.fullmatch(cell) or not np.isfinite(float(cell)):
            hint = " (1.5 or, in a file separated by semicolons, 1,5)" if "," in cell else ""
            raise DataError(
                f"{where}: line {lines[place]}: expected a number in the column {name!r}{hint}, found {cell[:40]!r}"
            )
        result[place] = float(cell)
    if np.isnan(result).all():
        raise DataError(f"{where}: expected numbers in the column {name!r}, found none")
    return result, commas


def _dates(column, form, name, where, lines):
    result = np.zeros(len(column), "datetime64[s]")
    for place, cell in enumerate(column):
        date = parsed(cell, form)
        if date is None:
            raise DataError(
                f"{where}: line {lines[place]}: expected a date like {form} in the column {name!r}, found {cell[:40]!r}"
            )
        result[place] = date
    return result


def _groups(cells, texts, times, lines):
    """`(name of a series -> its rows, columns that are left aside)`: several series where dates repeat."""
    every = np.arange(len(lines))
    if times is None or len(np.unique(times)) == len(times):
        return {None: every}, texts
    for name in texts:
        column = np.array(cells[name], object)
        pairs = {(date, cell) for date, cell in zip(times.tolist(), column, strict=True)}
        if len(pairs) == len(times) and "" not in column:  # a date repeats, but never for the same name
            groups = {label: every[column == label] for label in dict.fromkeys(column)}
            return groups, [other for other in texts if other != name]
    if len(texts) == 1:  # the names are there, so that the repeated date is an error of that series
        column = np.array(cells[texts[0]], object)
        groups = {label: every[column == label] for label in dict.fromkeys(column)}
        if len(groups) * 2 <= len(every):
            return groups, []
    return {None: every}, texts


def _one(label, arrays, name, regressors, times, lines, where, notes):
    """One series at equal steps: order checked, gaps filled with missing values."""
    values = arrays[name]
    known = np.stack([arrays[r] for r in regressors], axis=1) if regressors else np.zeros((len(values), 0))
    calendar = Calendar()
    if times is not None:
        steps = np.diff(times).astype(int)
        if len(steps) and (steps < 0).all():
            times, values, known, lines = times[::-1], values[::-1], known[::-1], lines[::-1]
            notes.append("the newest row came first: the order was turned round")
        elif (steps <= 0).any():
            row = int(np.flatnonzero(steps <= 0)[0]) + 1
            earlier = lines[int(np.flatnonzero(times[:row] == times[row])[0])] if times[row] in times[:row] else None
            what = "each date once" if earlier else "dates in ascending order"
            found = f"{show(times[row])} again (line {earlier})" if earlier else None
            found = found or f"{show(times[row])} after {show(times[row - 1])}"
            raise DataError(f"{where}: line {lines[row]}: expected {what}, found {found}")
        calendar = find_calendar(times, where, lines)
        places = np.array(calendar.positions(times))
        length = int(places[-1]) + 1
        if length > 4 * len(places) + 8:
            row = int(np.argmax(np.diff(places))) + 1
            raise DataError(
                f"{where}: line {lines[row]}: expected dates about one {calendar.name} apart, found {show(times[row])} "
                f"after {show(times[row - 1])}: three in four dates would be missing"
            )
        if length > len(places):
            notes.append(f"{label}: {counted(length - len(places), 'date')} missing, taken as missing values")
            values, known = (_spread(array, places, length) for array in (values, known))
    missing = np.isnan(values)
    if missing.all():
        raise DataError(f"{where}: expected numbers for the series {label!r}, found none")
    begin, end = int(np.argmin(missing)), len(values) - int(np.argmin(missing[::-1]))
    if begin or end < len(values):
        cut = begin + len(values) - end  # at the end only regressors may stand, for the forecast
        notes.append(f"{label}: {counted(cut, 'step')} before the first and after the last value left out")
    values, future = values[begin:end], filled(known)[end:]
    known = known[begin:end]
    missing = int(np.isnan(values).sum())
    if missing:
        notes.append(
            f"{label}: {counted(missing, 'missing value')} of {len(values):,}: the input repeats the value before, and "
            "nothing is trained or scored on them"
        )
    return Series(label, values, filled(known), calendar, begin, future)


def _spread(array, places, length):
    result = np.full((length, *array.shape[1:]), np.nan)
    result[places] = array
    return result


def filled(array):
    """The array with every NaN replaced by the last number before it in its column; at the beginning by the first."""
    array = np.array(array, float)
    columns = array.reshape(len(array), -1)
    for column in columns.T:
        good = np.flatnonzero(~np.isnan(column))
        if len(good) and len(good) < len(column):
            column[:] = column[good[np.maximum(np.searchsorted(good, np.arange(len(column)), side="right") - 1, 0)]]
    return columns.reshape(array.shape)
