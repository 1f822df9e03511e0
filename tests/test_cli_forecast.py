"""`kseq train forecast` and `trajectory`, and what the other commands do with their models."""

import pytest

from kseq.cli import main
from tests.test_cli import run


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "air.keras"
    settings = ["--architecture", "dense", "--test-size", "24", "--epochs", "1"]
    assert not main(["train", "forecast", *settings, "--save", str(path)])
    return path


def test_predicts_and_evaluates(capfd, saved, tmp_path):
    status, output, _ = run(capfd, "predict", saved, "--data", "airline", "--steps", 3, "--plot", tmp_path / "fan.png")
    assert status == 0
    assert "1961-03-01" in output and "upper_95" in output
    assert (tmp_path / "fan.png").stat().st_size > 1000
    status, output, _ = run(capfd, "evaluate", saved, "--test-size", 24)
    assert status == 0
    assert "seasonal naive" in output and "inside 80 %" in output and "this model" in output
    assert run(capfd, "evaluate", saved)[1].splitlines()[:4] == output.splitlines()[:4]  # cut as in training
    status, _, errors = run(capfd, "evaluate", saved, "--test-size", 60)
    assert status and "was trained on it up to" in errors and "leave out --test-size" in errors
    assert errors.count("\n") == 1
    status, output, _ = run(capfd, "predict", saved, *range(100, 140))
    assert status == 0 and output.splitlines()[-1].startswith("1 ")


def test_says_what_is_wrong(capfd, saved, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("d,v\n2024-01-02,1\n2024-01-01,2\n2024-01-03,2\n")
    status, _, errors = run(capfd, "train", "forecast", "--data", bad)
    assert status and f"{bad}: line 3: expected dates in ascending order" in errors
    assert errors.count("\n") == 1
    status, _, errors = run(capfd, "predict", saved, 1, 2, 3)
    assert status and "must have 25 or more values. Received: 3" in errors
    status, _, errors = run(capfd, "predict", saved)
    assert status and "either numbers" in errors


def test_trajectories(capfd, tmp_path):
    rows = [f"{name},{t},{t * 0.01 + n},{t * 0.02}" for n, name in enumerate("abcdef") for t in range(30)]
    data, path = tmp_path / "tracks.csv", tmp_path / "tracks.keras"
    data.write_text("\n".join(["track,t,x,y", *rows]) + "\n")
    status, output, _ = run(
        capfd, "train", "trajectory", "--data", data, "--architecture", "dense", "--epochs", 1, "--save", path
    )
    assert status == 0 and "constant velocity" in output
    status, output, _ = run(capfd, "predict", path, "--data", data, "--steps", 2, "--tracks", 2)
    lines = output.splitlines()
    assert status == 0 and lines[0] == "track,step,x,y" and len(lines) == 5
    assert [float(cell) for cell in lines[1].split(",")[2:]] == pytest.approx([0.30, 0.60], abs=0.05)
    assert run(capfd, "evaluate", path, "--data", data)[0] == 0


def days(path, rows, header="day,sales,holiday"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.parametrize("ahead", [0, 5])
def test_the_hint_after_training_works_or_says_what_is_missing(capfd, tmp_path, ahead):
    import numpy as np

    dates = np.datetime64("2024-01-01") + np.arange(90)
    rows = [f"{day},{10 + n % 7 + 5 * (n % 9 == 0)},{int(n % 9 == 0)}" for n, day in enumerate(dates[:80])]
    future = [f"{day},,{int(n % 9 == 0)}" for n, day in enumerate(dates[80:], 80)]
    data, path = days(tmp_path / "sales.csv", [*rows, *future[:ahead]]), tmp_path / "sales.keras"
    settings = ["--data", data, "--regressor", "holiday", "--architecture", "dense", "--epochs", 1, "--save", path]
    status, output, _ = run(capfd, "train", "forecast", *settings)
    assert status == 0
    hint = output.splitlines()[-1]
    assert ("add rows to" in hint) == (not ahead)
    command = hint[hint.index("kseq predict") :].split()[1:]
    assert command[-1] == ("12" if not ahead else "5")
    status, output, errors = run(capfd, *command)
    assert (status == 0) == bool(ahead)
    if not ahead:
        assert "expected holiday for 12 steps" in errors and "add rows" in errors and errors.count("\n") == 1
        days(data, [*rows, *future, *(f"{dates[-1] + n},,0" for n in (1, 2))])
        assert run(capfd, *command)[0] == 0  # what the hint asks for is enough
    else:
        days(data, [*rows[:40], *rows[41:], *future])  # a day is missing
        assert "kseq: regressor holiday: 1 missing value" in run(capfd, *command)[2]


def test_month_first(capfd, tmp_path):
    rows = [f"01/{m:02}/2019,{m % 5},0" for m in range(1, 13)]
    data = days(tmp_path / "m.csv", rows)
    settings = ["--column", "sales", "--architecture", "dense", "--epochs", 1]
    status, output, _ = run(capfd, "train", "forecast", "--data", data, *settings)
    assert status == 0 and "steps     one month" in output and "ATTENTION: dates like 01/02/2019" in output
    status, output, _ = run(capfd, "train", "forecast", "--data", data, "--month-first", *settings)
    assert status == 0 and "steps     one day" in output and "two ways" not in output


def test_a_short_track_by_other_names(capfd, tmp_path):
    data, path = tmp_path / "gps.csv", tmp_path / "gps.keras"
    data.write_text("t,lon,lat\n" + "".join(f"{t},{t * 0.5},{t}\n" for t in range(20)))
    status, _, errors = run(capfd, "train", "trajectory", "--data", data)
    assert status and "--column lon --column lat" in errors
    status, _, errors = run(capfd, "train", "trajectory", "--data", data, "--column", "lon")
    assert status and "--column two or three times" in errors
    settings = ["--column", "lon", "--column", "lat", "--architecture", "dense", "--epochs", 1, "--save", path]
    status, output, errors = run(capfd, "train", "trajectory", "--data", data, *settings)
    assert status == 0 and "ATTENTION: nothing for test" in output and "Nothing for the test, so no scores" in output
    assert "Warning" not in errors
    status, output, _ = run(capfd, "predict", path, "--data", data, "--steps", 2)
    assert status == 0 and output.splitlines()[0] == "track,step,lon,lat"
    status, _, errors = run(capfd, "evaluate", path, "--data", data)
    assert status and "The test split of 'gps' is empty" in errors and errors.count("\n") == 1


def test_several_series_are_scored_one_by_one_and_a_test_may_be_empty(capfd, tmp_path):
    path = tmp_path / "shops.keras"
    settings = ["--data", "seasonal", "--architecture", "dense", "--units", 4, "--epochs", 1]
    status, output, _ = run(capfd, "train", "forecast", *settings, "--save", path)
    assert status == 0 and "Each of the 3 series on its own" in output
    command = output.splitlines()[-1].split("Try: kseq ")[1].split()
    assert run(capfd, *command)[0] == 0
    status, output, _ = run(capfd, "evaluate", path, "--data", "seasonal")
    rows = [line.split()[0] for line in output.splitlines() if line.strip()]
    assert status == 0 and rows[-3:] == ["north", "south", "west"] and "seasonal naive MAE" in output
    status, output, _ = run(capfd, "train", "forecast", *settings, "--test-size", 0)
    assert status == 0 and "Nothing for the test, so no scores" in output and "no score on the test split" in output
