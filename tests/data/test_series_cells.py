"""Numbers as people write them, quotes that do not close, other encodings, holes in what is known in advance."""

import pytest

from kseq.data import load_series, load_trajectories
from kseq.data.errors import DataError
from kseq.data.series.files import parse_series


def rows(values, mark=","):
    quoted = [f'"{value}"' if mark in value else value for value in values]
    return f"d{mark}v\n" + "".join(f"2024-01-0{n}{mark}{value}\n" for n, value in enumerate(quoted, 1))


@pytest.mark.parametrize(
    ("values", "mark", "expected", "note"),
    [
        (["1,500.50", "1,600", "900"], ",", [1500.5, 1600, 900], "2 numbers with a comma for thousands"),
        (["1,500,000", "2", "-1,000"], ",", [1.5e6, 2, -1000], "2 numbers with a comma for thousands"),
        (["1,500", "12.5"], ",", [1500, 12.5], "1 number with a comma for thousands"),
        (["1,500", "12.5"], ";", [1500, 12.5], "1 number with a comma for thousands"),
        (["1,5", "2,25"], ",", [1.5, 2.25], "2 numbers with a decimal comma"),
        (["1,5", "2,250"], ";", [1.5, 2.25], "2 numbers with a decimal comma"),
        (["1.500,5", "1.500", "2"], ";", [1500.5, 1500, 2], "2 numbers with a point for thousands"),
        (["1.500", "12,5"], ";", [1500, 12.5], "1 number with a point for thousands"),
        (["1.5", "12,5"], ";", [1.5, 12.5], "1 number with a decimal comma"),
        (["1 500,5", "2\u202f500", "3"], ";", [1500.5, 2500, 3], "2 numbers with spaces"),
        (["1'500.5", "2'500"], ",", [1500.5, 2500], "2 numbers with spaces or apostrophes"),
        (["1,500", "2,500"], ";", [1.5, 2.5], "ATTENTION: 1,500 read as 1.5"),
    ],
)
def test_commas_points_and_spaces(values, mark, expected, note):
    (one,), notes = parse_series(rows(values, mark), "f.csv")
    assert one.values.tolist() == expected
    assert any(note in one for one in notes)


def test_plain_numbers_need_no_remark():
    (one,), notes = parse_series(rows(["1.500", "2.250", "1e3"]), "f.csv")
    assert (one.values.tolist(), notes) == ([1.5, 2.25, 1000], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rows(["1,500", "900"]), r"line 2: .* 'v' \(a comma for thousands\? Then 1500; if .*, 1\.500\), found '1,500'"),
        (rows(["1,500.5", "1,50,3", "7"]), r"line 3: .* \(a comma for thousands\? .* found '1,50,3'"),
        (rows(["$1", "$2"]), r"found 'd', 'v' \(line 2: 'v' is '\$1': the number alone, without a unit\)"),
        (rows(["1", "2 %", "3"]), r"line 3: .* 'v' \(the number alone, without a unit\), found '2 %'"),
        (rows(["1,2,3", "4,5,6"]), r"found 'd', 'v' \(line 2: 'v' is '1,2,3': a comma for thousands\?\)"),
    ],
)
def test_what_is_no_number_is_named(text, expected):
    with pytest.raises(DataError, match=expected):
        parse_series(text, "f.csv")


@pytest.mark.parametrize(
    "text",
    [
        'd,v\n2024-01-01,1\n2024-01-02,"2\n2024-01-03,3\n',
        'd,v\n2024-01-01,1\n2024-01-02,"2\n2024-01-03,3\n2024-01-04,4"\n',
        'd,v\n2024-01-01,1\n2024-01-02,"2\n2024-01-03,"3"\n',
        'd,v,w\n2024-01-01,1,a\n2024-01-02,2,"a\n2024-01-03,3,b\n2024-01-04,4,"\n',
        'd,v\n2024-01-01,1\n2024-01-02,"2\n' + "2024-01-03,3\n" * 20_000,
    ],
)
def test_a_quotation_mark_that_is_not_closed(text):
    with pytest.raises(DataError, match=r"^f\.csv: line 3: expected a row .* a quotation mark that is not closed"):
        parse_series(text, "f.csv")


def test_remarks_of_several_lines_are_no_mistake():
    text = 'd,v,remark\n2024-01-01,1,"a\nb, c"\n2024-01-02,2,"see\n3, 4"\n'
    assert parse_series(text, "f.csv")[0][0].values.tolist() == [1, 2]


def test_windows_1252_is_said(tmp_path):
    path = tmp_path / "old.csv"
    path.write_bytes("d,söuth\n".encode("cp1252") + b"".join(b"%d,%d\n" % (1900 + n, n % 5) for n in range(30)))
    series = load_series(path)
    assert series.series[0].name == "söuth"
    assert any("read as Windows-1252" in note for note in series.notes)
    path.write_bytes("träck,t,x,y\n".encode("cp1252") + b"".join(b"a,%d,%d,1\n" % (n, n) for n in range(80)))
    assert any("read as Windows-1252" in note for note in load_trajectories(path).notes)


HOLIDAYS = "d,v,holiday,price\n2024-01-01,1,0,5\n2024-01-02,1,1,6\n2024-01-04,2,,\n2024-01-05,2,0,7\n2024-01-06,,0,7\n"


def test_holes_in_what_is_known_in_advance_are_counted_and_a_holiday_is_not_made_up():
    (one,), notes = parse_series(HOLIDAYS, "f.csv", regressors=["holiday", "price"])
    assert one.regressors.tolist() == [[0, 5], [1, 6], [0, 6], [0, 6], [0, 7]]
    assert one.future.tolist() == [[0, 7]]
    said = "2 missing values (1 missing date among them)"
    assert any(f"regressor holiday: {said}, taken as 0, as in most rows: where it was 1" in note for note in notes)
    assert any(f"regressor price: {said}, filled with the one before" in note for note in notes)


def test_holes_are_counted_once_for_several_series():
    text = "d,a,b,open\n2024-01-01,1,1,1\n2024-01-02,1,1,1\n2024-01-03,1,1,0\n2024-01-05,2,2,1\n"
    series, notes = parse_series(text, "f.csv", regressors=["open"])
    assert [one.regressors[3, 0] for one in series] == [1, 1]
    assert any("regressor open: 1 missing value (1 missing date among them), taken as 1" in note for note in notes)


def test_a_column_of_0_and_1_that_is_forecast_is_pointed_out():
    text = "d,v,holiday\n2024-01-01,1,0\n2024-01-02,1,1\n2024-01-03,2,0\n"
    assert any("ATTENTION: holiday: only 0 and 1" in note for note in parse_series(text, "f.csv")[1])
    for settings in ({"columns": ["v", "holiday"]}, {"regressors": ["holiday"]}):  # whoever names it knows
        assert not any("only 0 and 1" in note for note in parse_series(text, "f.csv", **settings)[1])
    assert not any("only 0 and 1" in note for note in parse_series("d,v\n2024-01-01,1\n2024-01-02,0\n", "f.csv")[1])
