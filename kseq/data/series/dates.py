"""Dates of a series: which format they are written in, how far apart they stand, how long a season is.

2024-05-31   31.05.2024   5/31/2024   2024-05   2024-Q2   1749   2024-05-31 14:00
"""

import itertools
import math
import re
from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np

from kseq.data.errors import DataError

_TIME = r"(?:[T ](?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:\.0*)?)?(?:Z|\+00:?00)?)?"
_FORMATS = {
    "year-month-day": re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME),
    "day.month.year": re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + _TIME),
    "month/day/year": re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})" + _TIME),
    "year-month": re.compile(r"(?P<y>\d{4})[-/](?P<m>\d{1,2})"),
    "quarter": re.compile(r"(?P<y>\d{4})[- ]?[Qq](?P<q>[1-4])"),
    "yearmonthday": re.compile(r"(?P<y>(?:1[5-9]|20|21)\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)"),
    "year": re.compile(r"(?P<y>1[5-9]\d{2}|20\d{2}|21\d{2})(?:\.0)?"),
}
DAY, WEEK = 86_400, 7 * 86_400
_NAMES = {60: "minute", 3_600: "hour", DAY: "day", WEEK: "week"}


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


def date_formats(cells):
    """The formats in which all cells that are not empty are dates; best first, empty if this is no column of dates.

    A cell or two that do not fit are left for an error that names them: nine of ten are enough.
    """
    sample = [cell for cell in cells if cell.strip()]
    if not sample:
        return []
    good = {form: sum(parsed(cell, form) is not None for cell in sample) / len(sample) for form in _FORMATS}
    found = [form for form, share in good.items() if share == 1] or [f for f, share in good.items() if share >= 0.9]
    if found == ["year"]:  # whole numbers may be anything: years follow each other
        years = [int(float(cell)) for cell in sample if parsed(cell, "year") is not None]
        steps = Counter(b - a for a, b in itertools.pairwise(years) if b != a)
        return found if len(years) > 2 and steps and set(steps) <= {1, -1, 2, -2} | {1 - len(set(years))} else []
    if len(found) > 1:  # 01/02/2024: the reading in which the steps agree most

        def agreement(form):
            dates = [date for cell in sample if (date := parsed(cell, form)) is not None]
            steps = Counter(np.diff(np.array(dates)).astype(int).tolist())
            return -max(steps.values(), default=0)

        found = sorted(found, key=agreement)
    return found


@dataclass(frozen=True)
class Calendar:
    """How the steps of a series follow each other.

    kind: `"month"` (months, quarters, years), `"second"` (everything of fixed length), `"weekday"` (Monday to Friday),
        `"step"` (no dates).
    size: months, seconds or steps from one to the next.
    origin: the first date as text, `""` without dates.
    month_end: whether the dates are last days of months.
    """

    kind: str = "step"
    size: int = 1
    origin: str = ""
    month_end: bool = False

    @property
    def name(self):
        """For people: `month`, `day`, `weekday`, `15 minutes`."""
        if self.kind == "month":
            return {1: "month", 3: "quarter", 12: "year"}.get(self.size, f"{self.size} months")
        if self.kind == "second":
            for seconds, name in reversed(_NAMES.items()):
                if self.size % seconds == 0:
                    return name if self.size == seconds else f"{self.size // seconds} {name}s"
            return f"{self.size} seconds"
        return self.kind

    def positions(self, dates):
        """Whole steps since `origin`; `None` where a date lies between two."""
        dates, origin = np.asarray(dates, "datetime64[s]"), np.datetime64(self.origin, "s")
        if self.kind == "month":
            passed = dates.astype("datetime64[M]").astype(int) - origin.astype("datetime64[M]").astype(int)
            rest = passed % self.size
            within = dates - dates.astype("datetime64[M]").astype("datetime64[s]")
            if not self.month_end:
                rest = rest + (within != origin - origin.astype("datetime64[M]").astype("datetime64[s]"))
            return [None if bad else int(n) // self.size for n, bad in zip(passed, rest, strict=True)]
        if self.kind == "weekday":
            days = dates.astype("datetime64[D]")
            count = np.busday_count(origin.astype("datetime64[D]"), days)
            return [int(n) if good else None for n, good in zip(count, np.is_busday(days), strict=True)]
        passed = (dates - origin).astype(int)
        return [None if n % self.size else int(n) // self.size for n in passed]

    def dates(self, positions):
        """The dates of steps since `origin`, `numpy.datetime64[s]`; the positions themselves without dates."""
        positions = np.asarray(positions, int)
        if self.kind == "step":
            return positions
        origin = np.datetime64(self.origin, "s")
        if self.kind == "month":
            month = origin.astype("datetime64[M]")
            if self.month_end:
                after = (month + positions * self.size + 1).astype("datetime64[D]")
                return (after - np.timedelta64(1, "D")).astype("datetime64[s]")
            return (month + positions * self.size).astype("datetime64[s]") + (origin - month.astype("datetime64[s]"))
        if self.kind == "weekday":
            days = np.busday_offset(origin.astype("datetime64[D]"), positions)
            return days.astype("datetime64[s]")
        return origin + positions * np.timedelta64(self.size, "s")

    def phase(self, positions, period):
        """Where in the season each step lies, from 0 to 1: in the year of the calendar, where the season is one."""
        if self.kind == "second" and abs(period * self.size - 365.25 * DAY) < 1.5 * DAY:
            dates = self.dates(positions)
            years = dates.astype("datetime64[Y]")
            begin, end = years.astype("datetime64[s]"), (years + 1).astype("datetime64[s]")
            return (dates - begin) / (end - begin)
        return np.asarray(positions, int) % period / period

    def periods(self, count):
        """The lengths that a season may have, in steps, for a series of `count` steps; best guess first."""
        if self.kind == "month":
            return [max(1, 12 // self.size)]
        if self.kind == "weekday":
            return [5]
        if self.kind == "step":
            return [1]
        if self.size == DAY:
            return [7, 365] if count >= 3 * 365 else [7]
        if self.size == WEEK:
            return [52]
        return [DAY // self.size] if self.size < DAY and DAY % self.size == 0 else [1]

    def get_config(self):
        """What is needed to make an equal calendar."""
        return asdict(self)


def find_calendar(dates, where, lines):
    """The `Calendar` of dates in their order.

    Args:
        dates: array of `datetime64[s]`, ascending.
        where: the file, for errors.
        lines: line number of each date.

    Raises:
        DataError: they keep no common distance.
    """
    dates = np.asarray(dates, "datetime64[s]")
    origin = str(dates[0])
    months = dates.astype("datetime64[M]")
    within = dates - months.astype("datetime64[s]")
    last = (dates.astype("datetime64[D]") + 1).astype("datetime64[M]") > months
    one_a_month = len(set(months.tolist())) == len(dates)
    if len(dates) > 1 and one_a_month and (len(set(within.tolist())) == 1 or last.all()):
        size = math.gcd(*np.diff(months.astype(int)).tolist())
        end = bool(last.all() and len(set(within.tolist())) > 1)
        return Calendar("month", next(s for s in (12, 3, 1) if size % s == 0), origin, end)
    steps = np.diff(dates).astype(int)
    if not len(steps):
        return Calendar("second", DAY, origin)
    usual = Counter(steps.tolist()).most_common(1)[0][0]
    days = dates.astype("datetime64[D]")
    if usual == DAY and np.is_busday(days).all() and (dates == days).all() and (steps == 3 * DAY).any():
        return Calendar("weekday", 1, origin)
    odd = np.flatnonzero(steps % usual)
    if len(odd):
        row = odd[0] + 1
        name = Calendar("second", usual).name
        raise DataError(
            f"{where}: line {lines[row]}: expected dates a constant distance apart (here one {name}, or several where "
            f"values are missing), found {show(dates[row])} after {show(dates[row - 1])}"
        )
    return Calendar("second", usual, origin)


def show(date):
    """A date for people: without a time where it is midnight."""
    return str(date).removesuffix("T00:00:00").replace("T", " ")
