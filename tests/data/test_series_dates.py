"""01/02/2024: in January or in February? The reading whose dates follow each other; what is not certain is said."""

import numpy as np
import pytest

from kseq.data import load_series
from kseq.data.errors import DataError
from kseq.data.series.dates import Calendar
from kseq.data.series.files import parse_series


def parse(dates, **settings):
    return parse_series("d,v\n" + "".join(f"{date},{n}\n" for n, date in enumerate(dates)), "f.csv", **settings)


def months(form, years):
    return [form.format(m=m, y=y) for y in years for m in range(1, 13)]


@pytest.mark.parametrize("form", ["01/{m:02}/{y}", "1/{m}/{y}", "{m:02}/01/{y}", "{m}/1/{y}", "01-{m:02}-{y}"])
@pytest.mark.parametrize("years", [[2019], [2019, 2020], range(2015, 2020)])
def test_first_days_of_months_are_months(form, years):
    (one,), notes = parse(months(form, years))
    assert (one.calendar.name, len(one), str(one.dates[-1])[:7]) == ("month", 12 * len(years), f"{max(years)}-12")
    assert any("can be read in two ways" in note for note in notes) == (len(years) == 1)


@pytest.mark.parametrize(
    ("dates", "name"),
    [
        ([f"01/{m:02}/{y}" for y in (2018, 2019, 2020) for m in (1, 4, 7, 10)], "quarter"),
        ([f"01/{m:02}/2019" for m in (1, 4, 7, 10)], "quarter"),
        ([f"1/1/{y}" for y in range(2000, 2009)], "year"),
        ([f"05/{m:02}/{y}" for y in (2018, 2019) for m in range(1, 13)], "month"),
        ([f"{d:02}/02/2024" for d in range(1, 13)], "day"),
        ([f"02/{d:02}/2024" for d in range(1, 13)], "day"),
        ([f"{d:02}/01/2024" for d in (2, 3, 4, 5, 8, 9, 10, 11, 12)], "weekday"),
        (["01/01/2024", "08/01/2024", "15/01/2024", "22/01/2024"], "week"),
    ],
)
def test_what_is_regular(dates, name):
    assert parse(dates)[0][0].calendar.name == name


@pytest.mark.parametrize("form", ["01/{m:02}/{y}", "{m:02}/01/{y}"])
def test_several_series_below_each_other(form):
    rows = [f"{date},{name},1\n" for name in "AB" for date in months(form, [2018, 2019])]
    series, _ = parse_series("d,s,v\n" + "".join(rows), "f.csv")
    assert [(one.calendar.name, len(one)) for one in series] == [("month", 24)] * 2


def test_the_notes_say_which_way_was_taken_and_how_to_take_the_other(tmp_path):
    dates = months("01/{m:02}/{y}", [2019])
    _, (note,) = parse(dates)
    assert "like 01/02/2019" in note and "taken as day/month/year: one month apart" in note
    assert "2019-01-01 to 2019-01-12: dayfirst=False (`--month-first`)" in note
    (other,), notes = parse(dates, dayfirst=False)
    assert (other.calendar.name, notes) == ("day", [])
    path = tmp_path / "m.csv"
    path.write_text("d,v\n" + "".join(f"{date},{n % 5}\n" for n, date in enumerate(dates)))
    assert "steps     one month" in load_series(path, test_size=2, validation_size=2).describe()
    days = load_series(path, test_size=2, validation_size=2, dayfirst=False)
    assert "steps     one day" in days.describe()
    again = load_series(path, vectorizer=days.vectorizer)  # a model's own steps win
    assert again.series[0].calendar.name == "day"
    with pytest.raises(ValueError, match="Received: dayfirst='yes'"):
        load_series(path, dayfirst="yes")


def test_what_fits_neither_way_is_refused_with_the_ways():
    with pytest.raises(DataError, match=r"line 14: expected .*\(dates read as .*; as .* they do not fit either\)"):
        parse([*months("01/{m:02}/{y}", [2018]), "02/01/2019", "01/02/2019"])
    with pytest.raises(DataError, match=r"line 2: expected a date like day/month/year .* found '1/13/2024'"):
        parse(["1/13/2024", "1/14/2024", "1/15/2024"], dayfirst=True)


def test_a_known_calendar_decides():
    dates = [f"02/{d:02}/2024" for d in range(1, 13)]
    assert parse(dates)[0][0].calendar.name == "day"
    (one,), _ = parse(dates, like=Calendar("month", 1, "2020-01-02T00:00:00"))
    assert str(one.dates[1]) == "2024-02-02T00:00:00"


def test_a_series_is_shown_in_one_line():
    (one,), _ = parse(months("01/{m:02}/{y}", range(2015, 2020)))
    assert repr(one) == "Series('v', 60 steps of one month, 2015-01-01 to 2019-12-01)"
    series = load_series("seasonal")
    assert "\n" not in repr(series.series[0]) and len(repr(series.series[0])) < 120
    assert "1 regressor" in repr(series.series[0])
    assert len(repr(series.windows("train"))) < 120
    assert np.isfinite(series.series[0].future).all()
