"""Dates of a series: how far apart they stand, how long a season is, which come next."""

import math
from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np

from kseq.data.errors import DataError

DAY, WEEK = 86_400, 7 * 86_400
_NAMES = {60: "minute", 3_600: "hour", DAY: "day", WEEK: "week"}


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
    odd, name = np.flatnonzero(steps % usual), Calendar("second", usual).name
    if usual >= 28 * DAY and usual % WEEK:  # months are not of one length: the day of the month is what they share
        day = Counter(within.tolist()).most_common(1)[0][0]
        strays = np.maximum(np.flatnonzero(within != day) - 1, 0)
        odd, name = (strays, "month") if 4 * len(strays) <= len(dates) else (odd, name)
    if len(odd):
        row = odd[0] + 1
        raise DataError(
            f"{where}: line {lines[row]}: expected dates a constant distance apart (here one {name}, or several where "
            f"values are missing), found {show(dates[row])} after {show(dates[row - 1])}"
        )
    return Calendar("second", usual, origin)


def too_far_apart(length, count):
    """Whether `count` dates in a stretch of `length` steps leave more out than a series may."""
    return length > 4 * count + 8


def show(date):
    """A date for people: without a time where it is midnight."""
    return str(date).removesuffix("T00:00:00").replace("T", " ")
