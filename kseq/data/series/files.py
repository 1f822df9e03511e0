"""CSV files of series: a column of dates, one or many columns of numbers, or one column of numbers and one of names.

    Month,Passengers          date;north;south;holiday          day,shop,sales
    1949-01,112               01.03.2024;12,5;;0                2024-03-01,A,12

Columns are recognised from what is in them. Nothing is repaired in silence: every remark goes into `notes`.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.series.cells import UNCLOSED, csv_numbers, csv_rows, is_numeric, no_number, read_numbers
from kseq.data.series.dates import Calendar, find_calendar, show, too_far_apart
from kseq.data.series.values import Series, filled_known, is_flag, usual_flags
from kseq.data.series.written_dates import date_formats, parsed, two_readings


def read_series(path, columns=None, regressors=(), dayfirst=None, like=None):
    """Reads a CSV file.

    Args:
        path: the file.
        columns: names of the columns that are series; `None`: all that hold numbers.
        regressors: names of columns that are known in advance and help to forecast the others.
        dayfirst: whether 01/02/2024 is in February; `None`: found from how the dates follow each other.
        like: the `Calendar` that the dates should have, where one is known.

    Returns:
        `(series, notes)`: a list of `Series` and a list of remarks.

    Raises:
        DataError: file, line, what was expected and what was found.
    """
    text, notes = read_numbers(path)
    series, more = parse_series(text, str(path), columns, regressors, dayfirst, like)
    return series, notes + more


def parse_series(text, where, columns=None, regressors=(), dayfirst=None, like=None):
    """Like `read_series`, from text that has been read already."""
    header, rows, delimiter = csv_rows(text, where)
    cells = {name: [row[place] for _, row in rows] for place, name in enumerate(header)}
    lower = {name.casefold() for name in header}
    if {"x", "y"} <= lower and lower & {"t", "time", "frame", "track", "step"} and not columns:
        raise DataError(
            f"{where}: line 1: expected series, found the columns {', '.join(header)} of positions: load_trajectories "
            "(`kseq train trajectory`) reads them; columns=['x'] (`--column x`) takes one as a series all the same"
        )
    numeric = {name: is_numeric(column) for name, column in cells.items()}
    for name in [*(columns or ()), *regressors]:
        if name not in cells:
            raise DataError(f"{where}: line 1: expected a column {name!r}, found {', '.join(map(repr, header))}")
    named = {*(columns or ()), *regressors}
    dates_in, forms = _date_column({n: c for n, c in cells.items() if n not in named}, numeric, dayfirst, like)
    values = [n for n in header if numeric[n] and n != dates_in and n not in regressors]
    values = list(columns) if columns else values
    if not values:
        found = ", ".join(map(repr, header)) + no_number(header, rows, dates_in)
        raise DataError(f"{where}: expected a column of numbers, found {found}")
    lines = [line for line, _ in rows]
    arrays, notes = csv_numbers(cells, [*values, *regressors], where, lines, delimiter)
    texts = {n: cells[n] for n in header if not numeric[n] and n not in named and n != dates_in}
    table = _Table(texts, values, list(regressors), arrays, lines, where)
    if dates_in is None:
        notes.append("no column of dates: each row is one step")
        series, more = table.series(None)
    else:
        series, more = _by_dates(table, cells[dates_in], dates_in, forms)
    notes += more
    flags = [name for name in values if is_flag(arrays[name])]
    if not columns and flags and len(flags) < len(values):
        notes.append(
            f"ATTENTION: {', '.join(flags)}: only 0 and 1, and forecast all the same, as a series that counts in the "
            f"mean scores. If it is known in advance: regressors={flags} (`--regressor {flags[0]}`)"
        )
    return series, list(dict.fromkeys(notes))


def _by_dates(table, column, name, forms):
    """`(series, notes)` by the best reading of the dates that works; where another works too, it is said."""
    readings, errors = [], []
    for form in forms:
        try:
            times = _dates(column, form, name, table.where, table.lines)
            readings.append((form, times, *table.series(times)))
        except DataError as error:
            errors.append(error)
    if not readings:
        also = f" (dates read as {forms[0]}; as {forms[1]} they do not fit either)" if len(forms) > 1 else ""
        raise DataError(f"{errors[0]}{also}") from None
    notes = []
    if len(readings) > 1:
        differ = int(np.argmax(readings[0][1] != readings[1][1]))
        ways = [
            (form, show(times.min()), show(times.max()), series[0].calendar.name) for form, times, series, _ in readings
        ]
        notes.append(two_readings(column[differ], *ways))
    _, _, series, more = readings[0]
    return series, notes + more


def _date_column(cells, numeric, dayfirst, like):
    """`(name, formats)` of the first column of dates, written dates before whole numbers; `(None, None)` without."""
    found = [(numeric[n], n, forms) for n, column in cells.items() if (forms := date_formats(column, dayfirst, like))]
    found = [one for one in found if not one[0] or one[2][0] in ("year", "yearmonthday")]
    return min(found, key=lambda one: one[0])[1:] if found else (None, None)


def _dates(column, form, name, where, lines):
    result = np.zeros(len(column), "datetime64[s]")
    for place, cell in enumerate(column):
        date = parsed(cell, form)
        if date is None:
            closed = f" ({UNCLOSED}?)" if "\n" in cell else ""
            raise DataError(
                f"{where}: line {lines[place]}: expected a date like {form} in the column {name!r}{closed}, "
                f"found {cell[:40]!r}"
            )
        result[place] = date
    return result


@dataclass
class _Table:
    """The columns of a file, ready to be made series.

    texts: name -> cells of the columns that are neither dates nor numbers.
    values, regressors: names of columns of numbers.
    arrays: name -> their numbers.
    lines: line number of each row.
    where: the file.
    """

    texts: dict
    values: list
    regressors: list
    arrays: dict
    lines: list
    where: str

    def series(self, times):
        """`(series, notes)`, for the time of each row or `None`."""
        notes, series, holes = [], [], Counter()
        groups, aside = self.groups(times)
        if aside:
            notes.append(f"columns that hold neither dates nor numbers, left aside: {', '.join(aside)}")
        usual = usual_flags({name: self.arrays[name] for name in self.regressors})
        for group, members in groups.items():
            at, lines = (None if times is None else times[members]), [self.lines[i] for i in members]
            known = [self.arrays[name][members] for name in self.regressors]
            known = np.stack(known, axis=1) if known else np.zeros((len(members), 0))
            for name in self.values:
                label = name if group is None else group if len(self.values) == 1 else f"{group}: {name}"
                steps = _equal_steps(label, self.arrays[name][members], known, at, lines, self.where, notes)
                absent = len(steps[0]) - len(members)
                if name == self.values[0]:  # regressors are the same for all
                    holes.update(dict(zip(self.regressors, np.isnan(steps[1]).sum(axis=0).tolist(), strict=True)))
                    holes["dates"] += absent
                series.append(_one(label, *steps, self.regressors, usual, self.where, notes))
        for name in self.regressors:
            if holes[name]:
                notes.append(_fillings(name, holes[name], holes["dates"], usual))
        return series, notes

    def groups(self, times):
        """`(name of a series -> its rows, columns that are left aside)`: several series where dates repeat."""
        texts, every = self.texts, np.arange(len(self.lines))
        if times is None or len(np.unique(times)) == len(times):
            return {None: every}, list(texts)
        for name, cells in texts.items():
            column = np.array(cells, object)
            pairs = {(date, cell) for date, cell in zip(times.tolist(), column, strict=True)}
            if len(pairs) == len(times) and "" not in column:  # a date repeats, but never for the same name
                groups = {label: every[column == label] for label in dict.fromkeys(column)}
                return groups, [other for other in texts if other != name]
        if len(texts) == 1:  # the names are there, so that the repeated date is an error of that series
            column = np.array(next(iter(texts.values())), object)
            groups = {label: every[column == label] for label in dict.fromkeys(column)}
            if len(groups) * 2 <= len(every):
                return groups, []
        return {None: every}, list(texts)


def _fillings(name, count, dates, usual):
    """The remark on holes in a regressor."""
    of = f" ({counted(dates, 'missing date')} among them)" if dates else ""
    how = "filled with the one before: where that is wrong, write them in"
    if name in usual:
        how = f"taken as {usual[name]:g}, as in most rows: where it was {1 - usual[name]:g}, write it in"
    return f"regressor {name}: {counted(count, 'missing value')}{of}, {how}"


def _equal_steps(label, values, known, times, lines, where, notes):
    """`(values, known, calendar)` at equal steps: order checked, gaps filled with NaN."""
    if times is None:
        return values, known, Calendar()
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
    if too_far_apart(length, len(places)):
        row = int(np.argmax(np.diff(places))) + 1
        raise DataError(
            f"{where}: line {lines[row]}: expected dates about one {calendar.name} apart, found {show(times[row])} "
            f"after {show(times[row - 1])}: three in four dates would be missing"
        )
    if length > len(places):
        notes.append(f"{label}: {counted(length - len(places), 'date')} missing, taken as missing values")
        values, known = (_spread(array, places, length) for array in (values, known))
    return values, known, calendar


def _one(label, values, known, calendar, regressors, usual, where, notes):
    """One series, from its first value to its last."""
    missing = np.isnan(values)
    if missing.all():
        raise DataError(f"{where}: expected numbers for the series {label!r}, found none")
    begin, end = int(np.argmin(missing)), len(values) - int(np.argmin(missing[::-1]))
    if begin or end < len(values):
        cut = begin + len(values) - end  # at the end only regressors may stand, for the forecast
        notes.append(f"{label}: {counted(cut, 'step')} before the first and after the last value left out")
    known = filled_known(known, regressors, usual)
    values, known, future = values[begin:end], known[begin:end], known[end:]
    missing = int(np.isnan(values).sum())
    if missing:
        notes.append(
            f"{label}: {counted(missing, 'missing value')} of {len(values):,}: the input repeats the value before, and "
            "nothing is trained or scored on them"
        )
    return Series(label, values, known, calendar, begin, future)


def _spread(array, places, length):
    result = np.full((length, *array.shape[1:]), np.nan)
    result[places] = array
    return result
