"""Series: files are read or refused with a line; splits go by time; scaling knows the training part only."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import load_series
from kseq.data.errors import DataError
from kseq.data.series.dates import Calendar
from kseq.data.series.files import parse_series
from kseq.data.series.scaler import SeriesScaler, differences
from kseq.data.series.values import filled


def parse(text, **settings):
    return parse_series(text, "f.csv", **settings)


def write(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def daily(tmp_path):
    """300 days of two series and a regressor; ten values are missing."""
    random = np.random.default_rng(0)
    days = np.datetime64("2024-01-01") + np.arange(300)
    rows = ["day,a,b,holiday"]
    for t, day in enumerate(days):
        a = "" if t % 30 == 7 else f"{10 + np.sin(t * 2 * np.pi / 7) + 0.1 * random.standard_normal():.3f}"
        rows.append(f"{day},{a},{100 + t},{int(t % 11 == 0)}")
    return write(tmp_path / "daily.csv", rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "d,v\n2024-01-01,1\n2024-01-01,2\n",
            "f.csv: line 3: expected each date once, found 2024-01-01 again (line 2)",
        ),
        (
            "d,v\n2024-01-02,1\n2024-01-01,2\n2024-01-03,2",
            "f.csv: line 3: expected dates in ascending order, found 2024-01-01 after 2024-01-02",
        ),
        (
            "d,v\n2024-01-02,1\n2024-01-03,x\n2024-01-04,2",
            "f.csv: line 3: expected a number in the column 'v', found 'x'",
        ),
        ("d,v\n2024-01-02,1,5\n2024-01-03,1,6\n", "f.csv: line 2: expected 2 cells, found 3 (a comma in a number?"),
        ("d,v\n2024-01-02,1\n2024-01-03\n", "f.csv: line 3: expected 2 cells, found 1"),
        ("d,v\n2024-01-02,1\n2024-01-03,2\n2024-01-04 05:00,3\n", "f.csv: line 4: expected dates a constant distance"),
        ("d,v\n2024-01-02,\n2024-01-03,\n", "f.csv: expected a column of numbers, found 'd', 'v'"),
        ("name,word\na,b\n", "f.csv: expected a column of numbers, found 'name', 'word'"),
        ('d,v\n2024-01-02,"1\n', "f.csv: line 2: expected a row of CSV"),
        (
            "d,s,v\n2024-01,A,1\n2024-01,B,2\n2024-02,A,3\n2024-02,B,4\n2024-02,B,5\n",
            "f.csv: line 6: expected each date once, found 2024-02-01 again (line 5)",
        ),
        (
            "d,v\n" + "".join(f"2024-01-{day:02},1\n" for day in range(1, 20)) + "2024-13-40,2\n",
            "f.csv: line 21: expected a date like year-month-day in the column 'd', found '2024-13-40'",
        ),
    ],
)
def test_bad_files_are_refused_with_the_line(text, expected):
    with pytest.raises(DataError) as error:
        parse(text)
    assert str(error.value).startswith(expected)
    assert "\n" not in str(error.value)


def test_empty_files_and_unknown_columns(tmp_path):
    with pytest.raises(DataError, match="empty file"):
        load_series(write(tmp_path / "no.csv", [""]))
    with pytest.raises(DataError, match="expected a column 'x', found 'd', 'v'"):
        parse("d,v\n2024-01-02,1\n", columns=["x"])
    with pytest.raises(DataError, match="did you mean 'sunspots'"):
        load_series("sunspot")


@pytest.mark.parametrize(
    "text",
    [
        "date;v\n01.02.2024;1,5\n02.02.2024;2,5\n03.02.2024;3\n",
        "v\tdate\n1.5\t2024-02-01\n2.5\t2024-02-02\n3\t2024-02-03\n",
        "date,v\n2024/2/1,1.5\n2024/2/2,2.5\n2024/2/3,3\n",
        "date,v\n2024-02-03,3\n2024-02-02,2.5\n2024-02-01,1.5\n",  # the newest first
        "\ufeffdate,v\r\n2024-02-01,1.5\r\n\r\n2024-02-02,2.5\r\n2024-02-03,3\r\n".lstrip("\ufeff"),
        "2024-02-01,1.5\n2024-02-02,2.5\n2024-02-03,3\n",
    ],
)
def test_the_same_series_in_many_forms(text):
    (one,), _ = parse(text)
    np.testing.assert_array_equal(one.values, [1.5, 2.5, 3.0])
    assert str(one.dates[0]) == "2024-02-01T00:00:00"
    assert one.calendar.name == "day"


def test_missing_values_and_dates_are_counted():
    (one,), notes = parse("d,v\n2024-01-01,\n2024-01-02,1\n2024-01-03,NA\n2024-01-06,4\n2024-01-07,?\n")
    np.testing.assert_array_equal(one.values, [1, np.nan, np.nan, np.nan, 4])
    assert str(one.dates[0]) == "2024-01-02T00:00:00"
    assert any("2 dates missing" in note for note in notes)
    assert any("3 missing values of 5" in note for note in notes)
    assert any("2 steps before the first and after the last value left out" in note for note in notes)


def test_long_format_gives_a_series_for_each_name():
    series, _ = parse("d,s,v\n2024-01,A,1\n2024-01,B,2\n2024-02,A,3\n2024-02,B,5\n")
    assert {one.name: one.values.tolist() for one in series} == {"A": [1, 3], "B": [2, 5]}


def test_regressors_after_the_last_value_are_kept_for_the_forecast():
    (one,), _ = parse("d,v,p\n2024-01-01,1,0\n2024-01-02,2,1\n2024-01-03,,1\n2024-01-04,,0\n", regressors=["p"])
    assert one.values.tolist() == [1, 2]
    assert one.future.tolist() == [[1], [0]]


@given(
    values=st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)) | st.none(), min_size=3, max_size=30),
    delimiter=st.sampled_from(",;\t"),
    start=st.dates(),
)
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read(values, delimiter, start):
    if all(value is None for value in values) or start.year < 1000 or start.year > 9000:
        return
    days = np.datetime64(start) + np.arange(len(values))
    rows = [f"{day}{delimiter}{'' if value is None else value}" for day, value in zip(days, values, strict=True)]
    (one,), _ = parse("\n".join([f"day{delimiter}value", *rows]))
    expected = np.array([np.nan if value is None else value for value in values])
    real = np.flatnonzero(~np.isnan(expected))
    np.testing.assert_allclose(one.values, expected[real[0] : real[-1] + 1])


@given(st.text(alphabet='0123456789,;\n-./ab"\t ', max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        series, _ = parse(text)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert all(len(one) and not np.isnan(one.values).all() for one in series)


@pytest.mark.parametrize(
    ("dates", "name", "periods"),
    [
        (["2024-01", "2024-02", "2024-04"], "month", [12]),
        (["2024Q1", "2024Q2", "2024Q3"], "quarter", [4]),
        (["1749", "1750", "1751"], "year", [1]),
        (["2024-01-31", "2024-02-29", "2024-03-31"], "month", [12]),
        (["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"], "weekday", [5]),
        (["2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 02:00"], "hour", [24]),
        (["2024-01-01", "2024-01-08", "2024-01-15"], "week", [52]),
    ],
)
def test_calendars(dates, name, periods):
    (one,), _ = parse("d,v\n" + "".join(f"{date},{n}\n" for n, date in enumerate(dates)))
    assert (one.calendar.name, one.calendar.periods(len(one))) == (name, periods)
    read = one.dates[~np.isnan(one.values)]
    assert len(read) == len(dates)
    assert one.calendar.positions(one.dates) == list(range(len(one)))  # dates and positions are inverse


def test_splits_go_by_time_and_never_overlap(daily):
    series = load_series(daily, columns=["a", "b"], regressors="holiday", test_size=30, validation_size=20)
    frame = series.frame[series.frame.series == "a"]
    assert frame.split.tolist() == ["train"] * 250 + ["validation"] * 20 + ["test"] * 30
    for split in ("train", "validation", "test"):
        for number, windows in enumerate(series.windows_of(split)):
            begin, end = series.span(number, split)
            assert begin <= windows.origins.min()
            assert windows.origins.max() + series.vectorizer.horizon <= end
    weights = sum((batch[2] > 0).sum() for batch in series.arrays("train"))
    assert weights == sum((windows.weights > 0).sum() for windows in series.windows_of("train"))


@pytest.mark.parametrize("horizon", [1, 3])
def test_what_is_estimated_comes_from_the_training_part(daily, tmp_path, horizon):
    options = {"columns": ["a", "b"], "regressors": "holiday", "test_size": 30, "horizon": horizon}
    series = load_series(daily, **options)
    end = series.cuts[0][0]
    lines = daily.read_text().splitlines()
    changed = [
        *lines[: end + 1],
        *(f"{line.split(',')[0]},{1e4 * n + 1},{n + 1},5" for n, line in enumerate(lines[end + 1 :])),
    ]
    other = load_series(write(tmp_path / "other.csv", changed), **options)
    assert other.vectorizer.get_config() == series.vectorizer.get_config()
    for name in ("inputs", "targets", "known"):
        np.testing.assert_array_equal(getattr(other.windows("train"), name), getattr(series.windows("train"), name))


def test_no_window_knows_the_future(daily, tmp_path):
    """Values from a moment on are changed: what is read before that moment stays the same."""
    options = {"columns": ["a"], "test_size": 30, "period": 7, "transform": "none", "differences": []}
    series, moment = load_series(daily, **options), 285
    lines = daily.read_text().splitlines()
    cells = [line.split(",") for line in lines[moment + 1 :]]
    changed = [*lines[: moment + 1], *(",".join([c[0], "77", *c[2:]]) for c in cells)]
    other = load_series(write(tmp_path / "other.csv", changed), **options)
    a, b = series.windows("test"), other.windows("test")
    before = a.origins <= moment
    assert before.any() and not before.all()
    np.testing.assert_array_equal(a.inputs[before], b.inputs[before])
    assert not np.array_equal(a.inputs[~before], b.inputs[~before])


def test_missing_values_are_not_scored_and_filled_from_the_past():
    np.testing.assert_array_equal(filled([np.nan, 1, np.nan, np.nan, 4, np.nan]), [1, 1, 1, 1, 4, 4])
    (one,), _ = parse("d,v\n" + "".join(f"{1900 + t},{'' if t == 15 else t}\n" for t in range(30)))
    assert np.isnan(one.values[15])


@pytest.mark.parametrize("transform", ["none", "sqrt", "log"])
@pytest.mark.parametrize("lags", [(), (1,), (4,), (4, 1)])
def test_decoding_undoes_encoding(transform, lags):
    values = np.random.default_rng(0).uniform(1, 9, 40)
    scaler = SeriesScaler({"a": (0.3, 1.7)}, transform, lags)
    encoded = scaler.encode(values)
    assert np.isnan(encoded[: scaler.lost]).all()
    np.testing.assert_allclose(scaler.decode(encoded[20:], values[:20]), values[20:], rtol=1e-9)
    many = scaler.decode(np.stack([encoded[20:]] * 3), values[:20])  # several futures of one past
    np.testing.assert_allclose(many, np.stack([values[20:]] * 3), rtol=1e-9)
    again = SeriesScaler.from_config(scaler.get_config())
    np.testing.assert_array_equal(again.encode(values), encoded)


def test_differences_are_what_they_say():
    np.testing.assert_array_equal(differences([1.0, 4.0, 9.0, 16.0], [1, 1]), [np.nan, np.nan, 2, 2])


def test_baselines_by_hand(tmp_path):
    """A season of two that repeats, and one that does not."""
    values = [1, 5] * 20
    rows = [f"{1900 + t},{v}" for t, v in enumerate(values)]
    series = load_series(
        write(tmp_path / "s.csv", ["year,v", *rows]),
        period=2,
        context_length=2,
        test_size=4,
        validation_size=4,
        transform="none",
        differences=[],
    )
    table = series.baselines()
    assert table.MAE["last value"] == 4
    assert table.MAE["seasonal naive"] == 0
    assert table.MAE["linear autoregression"] < 0.01
    assert series.naive_error(0) == 1.0  # a naive error of 0 cannot be divided by


def test_mase_counts_in_the_naive_error_of_the_training_part():
    series = load_series("airline", test_size=24, validation_size=24)
    values = series.series[0].values
    denominator = np.abs(values[12:96] - values[:84]).mean()
    naive = np.abs(values[120:] - values[108:-12]).mean()
    table = series.baselines()
    assert table.MASE["seasonal naive"] == pytest.approx(naive / denominator)
    assert table.MASE["last value"] == pytest.approx(np.abs(np.diff(values[119:])).mean() / denominator)


def test_bundled_series():
    assert load_series("airline").series[0].values[[0, -1]].tolist() == [112, 432]
    assert load_series("airline").period == 12
    assert (len(load_series("sunspots").series[0]), load_series("sunspots").period) == (235, 1)
    prices = load_series("prices", test_size=2, validation_size=0)
    assert prices.series[0].values.tolist() == [0.5, 0.17, 0, 0.67, 0.33, 0.17, 0.83, 0.5, 0, 1.0]
    assert prices.series[0].calendar.name == "weekday"
    seasonal = load_series("seasonal")
    assert (len(seasonal.series), seasonal.period, list(seasonal.vectorizer.regressors)) == (3, 7, ["promotion"])
    assert "3 series" in seasonal.describe()


def test_a_calendar_of_month_ends_goes_on():
    calendar = Calendar("month", 1, "2024-01-31T00:00:00", True)
    assert [str(d)[:10] for d in calendar.dates([0, 1, 2])] == ["2024-01-31", "2024-02-29", "2024-03-31"]


def test_too_short_and_bad_arguments(tmp_path):
    path = write(tmp_path / "s.csv", ["year,v", *(f"{1900 + t},{t % 3}" for t in range(12))])
    with pytest.raises(DataError, match="expected more than 13 steps"):
        load_series(path, test_size=6, validation_size=6)
    with pytest.raises(DataError, match="or more steps for training"):
        load_series(path, context_length=30)
    with pytest.raises(ValueError, match="Received: horizon=0"):
        load_series(path, horizon=0)
    with pytest.raises(ValueError, match="Received: transform='cube'"):
        load_series(path, transform="cube")


@pytest.mark.real_data
def test_real_files(real_data):
    series = load_series(real_data / "timeseries" / "daily-min-temperatures.csv", test_size=365)
    assert series.period == 365  # a year, and no week
    assert any("2 dates missing" in note for note in series.notes)
    assert series.vectorizer.harmonics


def test_a_file_of_positions_is_sent_to_where_it_is_read():
    text = "track,t,x,y\na,0,1,2\na,1,2,3\n"
    with pytest.raises(DataError, match=r"line 1: expected series, found the columns .* load_trajectories"):
        parse(text)
    series, _ = parse(text, columns=["x"])
    assert len(series) == 1


def test_small_splits_and_several_series_are_reported(tmp_path):
    rows = [f"2024-01-{day:02},{day % 3}" for day in range(1, 8)]
    report = str(load_series(write(tmp_path / "few.csv", ["d,v", *rows])).describe())
    assert "ATTENTION: only 1 window for validation" in report and "1 step is read" in report
    text = ["d,s,v", *(f"2024-01-{day:02},A,{day % 5}" for day in range(5, 31))]
    text += [f"2024-01-{day:02},B,{day % 5}" for day in range(1, 31)]
    report = str(load_series(write(tmp_path / "two.csv", text), period=1, context_length=2).describe())
    assert report.count("from and to") == 2 and "2024-01-01 to" in report and "2024-01-05 to" in report
    with pytest.raises(DataError, match="expected a table of numbers, found an empty file"):
        load_series(write(tmp_path / "empty.csv", [""]))
