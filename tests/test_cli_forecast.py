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
