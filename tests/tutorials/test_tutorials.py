"""Each tutorial runs from end to end as a script, on a shortened schedule, and shows what its last table promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "tutorials"
TUTORIALS = sorted(FOLDER.glob("*.py"))


def expected_rows(text):
    """First cells of the table under "Expected output", its head left out."""
    _, _, body = text.split("# ## Expected output", 1)[1].partition("|---")
    return re.findall(r"^# \| (.+?) \|", body, flags=re.MULTILINE)


def figures_named(text):
    return re.findall(r'figures / "([\w.]+\.(?:png|svg))"', text)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Runs a tutorial once and remembers what it printed and the folder with its figures."""
    done = {}

    def run(path):
        if path not in done:
            folder = tmp_path_factory.mktemp(path.stem)
            environment = {**os.environ, "KSEQ_QUICK": "1", "KSEQ_FIGURES": str(folder), "PYTHONIOENCODING": "utf-8"}
            process = subprocess.run(
                [sys.executable, path], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
            )
            assert process.returncode == 0, process.stderr
            done[path] = process.stdout, process.stderr, folder
        return done[path]

    return run


def test_there_are_tutorials():
    assert len(TUTORIALS) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_runs_from_end_to_end(path, ran):
    printed, errors, folder = ran(path)
    assert errors == ""  # no warning, nothing of TensorFlow's chatter
    text = path.read_text("utf-8")
    assert figures_named(text)
    for name in figures_named(text):
        assert (folder / name).stat().st_size > 1_000
    assert expected_rows(text)
    for row in expected_rows(text):
        assert re.search(rf"^{re.escape(row)}\s+\S", printed, flags=re.MULTILINE), row


@pytest.mark.slow
def test_numbers_computed_by_hand_are_those_of_the_table(ran):
    """Where chance and training schedule play no part, the printed numbers are exactly the expected ones."""
    for number, names in {
        "01": ["hello: the deck's numbers say", "hello: their cross-entropy", "mended: equals Keras"],
        "04": ["one unit: ∂L/∂w_a", "truncation to τ = 8, relative error, LSTM"],
    }.items():
        (path,) = FOLDER.glob(f"{number}_*.py")
        printed = ran(path)[0]
        for name in names:
            (expected,) = re.findall(rf"^# \| {re.escape(name)} \| (.+?) \|$", path.read_text("utf-8"), re.MULTILINE)
            (line,) = [line for line in printed.splitlines() if line.startswith(name)]
            assert line.removeprefix(name).strip() == expected


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_is_a_percent_script_with_a_title_and_course_rows(path):
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "# %% [markdown]"
    assert re.match(r"# # \w", lines[1])
    assert re.search(r"Course rows [A-Z]\d", "\n".join(lines[:8]))
