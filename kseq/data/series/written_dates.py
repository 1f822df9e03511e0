"""Dates as they are written: which format a column is in, and whether 01/02/2024 is in January or in February.

2024-05-31   31.05.2024   5/31/2024   2024-05   2024-Q2   1749   2024-05-31 14:00
"""

import itertools
import re
from collections import Counter

import numpy as np

from kseq.data.errors import DataError
from kseq.data.series.dates import find_calendar, too_far_apart

_TIME = r"(?:[T ](?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:\.0*)?)?(?:Z|\+00:?00)?)?"
DAY_FIRST, MONTH_FIRST = "day/month/year", "month/day/year"
_FORMATS = {
    "year-month-day": re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME),
    DAY_FIRST: re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + _TIME),
    MONTH_FIRST: re.compile(r"(?P<m>\d{1,2})[-/](?P<d>\d{1,2})[-/](?P<y>\d{4})" + _TIME),  # points: always day first
    "year-month": re.compile(r"(?P<y>\d{4})[-/](?P<m>\d{1,2})"),
    "quarter": re.compile(r"(?P<y>\d{4})[- ]?[Qq](?P<q>[1-4])"),
    "yearmonthday": re.compile(r"(?P<y>(?:1[5-9]|20|21)\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)"),
    "year": re.compile(r"(?P<y>1[5-9]\d{2}|20\d{2}|21\d{2})(?:\.0)?"),
}


def parsed(cell, form):
    """The date in a cell as `numpy.datetime64[s]`, or `None` if it is none of that format."""
    match = _FORMATS[form].fullmatch(cell.strip())
    if not match:
        return None
    part = {name: int(value) for name, value in match.groupdict().items() if value is not None}
    month = part["q"] * 3 - 2 if "q" in part else part.get("m", 1)
    text = f"{part['y']:04}-{month:02}-{part.get('d', 1):02}"
    text += f"T{part.get('h', 0):02}:{part.get('min', 0):02}:{part.get('s', 0):02}"
    try:
        return np.datetime64(text, "s")
    except ValueError:
        return None


def date_formats(cells, dayfirst=None, like=None):
    """The formats in which all cells that are not empty are dates; best first, empty if this is no column of dates.

    A cell or two that do not fit are left for an error that names them: nine of ten are enough. There are two only
    where 01/02/2024 can be read in two ways that differ.

    Args:
        cells: texts.
        dayfirst: whether 01/02/2024 is in February; `None`: the reading whose dates follow each other better.
        like: a `Calendar` that the dates should have, where one is known.
    """
    sample = [cell for cell in cells if cell.strip()]
    if not sample:
        return []
    dates = {form: [parsed(cell, form) for cell in sample] for form in _FORMATS}
    dates = {form: [date for date in found if date is not None] for form, found in dates.items()}
    found = [form for form in dates if len(dates[form]) == len(sample)]
    found = found or [form for form in dates if len(dates[form]) >= 0.9 * len(sample)]
    if found == ["year"]:  # whole numbers may be anything: years follow each other
        years = [int(float(cell)) for cell in sample if parsed(cell, "year") is not None]
        steps = Counter(b - a for a, b in itertools.pairwise(years) if b != a)
        return found if len(years) > 2 and steps and set(steps) <= {1, -1, 2, -2} | {1 - len(set(years))} else []
    if dayfirst is not None and {DAY_FIRST, MONTH_FIRST} & set(found):
        return [DAY_FIRST if dayfirst else MONTH_FIRST]
    if len(found) > 1:
        if dates[found[0]] == dates[found[1]]:  # 1/1/2015, 1/1/2016
            return found[:1]
        found.sort(key=lambda form: regularity(np.array(dates[form]), like), reverse=True)
    return found


def regularity(dates, like=None):
    """How well dates follow each other, to be compared: days, weeks, weekdays, months, quarters and years are regular.

    Twelve first days of months are, read the other way, the first twelve days of January. Where both readings have no
    gaps, the first of the month is more than chance; another day of the month is not.
    """
    steps = np.diff(dates).astype(int)
    breaks = min((steps < 0).sum(), (steps > 0).sum())  # several series may stand below each other
    days = np.unique(dates)
    try:
        calendar = find_calendar(days, "", range(len(days)))
    except DataError:
        return False, False, -breaks, 0.0, 0, _agreement(dates)
    length = calendar.positions(days)[-1] + 1
    usual = 1
    if calendar.kind == "month":
        usual = 2 if calendar.month_end or (days == days.astype("datetime64[M]")).all() else 0
    alike = like is not None and (calendar.kind, calendar.size) == (like.kind, like.size)
    return alike, not too_far_apart(length, len(days)), -breaks, len(days) / length, usual, _agreement(dates)


def _agreement(dates):
    """How many steps are the most frequent one, in months or in seconds."""
    months = dates.astype("datetime64[M]")
    within = dates - months.astype("datetime64[s]")
    steps = Counter(np.diff(dates).astype(int).tolist())
    whole = Counter(np.diff(months).astype(int)[within[1:] == within[:-1]].tolist())
    return max([*steps.values(), *whole.values()], default=0)


def two_readings(example, chosen, other):
    """The remark on dates that can be read in two ways.

    Args:
        example: a cell.
        chosen, other: `(format, dates of the first and the last step, name of a step)` of both readings.
    """
    (form, first, last, step), (form_2, first_2, last_2, step_2) = chosen, other
    way_out = f"dayfirst={form_2 == DAY_FIRST} (`--{'day' if form_2 == DAY_FIRST else 'month'}-first`)"
    return (
        f"ATTENTION: dates like {example} can be read in two ways; taken as {form}: one {step} apart, {first} to "
        f"{last}. As {form_2} they are one {step_2} apart, {first_2} to {last_2}: {way_out}"
    )
