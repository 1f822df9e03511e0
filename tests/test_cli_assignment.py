"""`kseq assignment` and `kseq tutorials` as a student types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kseq.assignments import ASSIGNMENTS
from kseq.cli import tutorials
from tests.assignments.conftest import SOLUTIONS
from tests.test_cli import refuses, run


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [["assignment", "--help"], ["assignment", "list"], ["assignment", "start", "recurrent-forward"], ["tutorials"]],
)
def test_answers_without_tensorflow(new_process, arguments):
    code = f"""
import sys
from kseq.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code
assert not {{"tensorflow", "keras", "pandas", "matplotlib"}} & set(sys.modules)
"""
    assert new_process(code)


def test_help_does_not_even_load_numpy(new_process):
    code = "import sys; sys.argv = ['kseq', '--help']\ntry:\n    import kseq.__main__\nexcept SystemExit:\n    pass\n"
    assert "True" in new_process(code + "print('numpy' not in sys.modules)")


def test_a_check_loads_no_keras(new_process, here):
    source = SOLUTIONS / "recurrent_forward.py"
    code = f"""
import sys
from kseq.assignments import check
assert check({str(source)!r}).passed
print(not {{"tensorflow", "keras", "pandas", "matplotlib"}} & set(sys.modules))
"""
    assert "True" in new_process(code)


class TestAssignment:
    def test_list(self, capfd):
        status, output, _ = run(capfd, "assignment", "list")
        assert status == 0
        assert all(f"{name}  {assignment.title}" in output for name, assignment in ASSIGNMENTS.items())

    def test_the_whole_way(self, capfd, here):
        status, output, _ = run(capfd, "assignment", "start", "recurrent-forward")
        assert status == 0
        assert "step, forward, output" in output
        status, output, errors = run(capfd, "assignment", "check")
        assert (status, errors) == (1, "")
        assert "0 of 5 points. Next: write `step`." in output
        Path("recurrent_forward.py").write_bytes((SOLUTIONS / "recurrent_forward.py").read_bytes())
        status, output, errors = run(capfd, "assignment", "check", "recurrent_forward.py", "--seed", 5)
        assert (status, errors) == (0, "")
        assert "5 of 5 points. All right, well done!" in output

    def test_start_elsewhere_never_over_a_file(self, capfd):
        start = ["assignment", "start", "recurrent-forward", "--folder", "my work"]
        file = Path("my work", "recurrent_forward.py")
        status, output, _ = run(capfd, *start)
        assert status == 0
        assert f'kseq assignment check "{file}"\n' in output
        file.write_text("my own work")
        assert "is there already and was not touched" in refuses(capfd, *start)
        assert file.read_text() == "my own work"

    def test_check_in_another_folder(self, capfd):
        run(capfd, "assignment", "start", "recurrent-forward", "--folder", "there")
        status, output, _ = run(capfd, "assignment", "check", "there")
        assert status == 1
        assert output.startswith(f"recurrent-forward: {Path('there', 'recurrent_forward.py')}\n")

    def test_the_seed_that_is_shown_repeats_the_check(self, capfd):
        body = (SOLUTIONS / "recurrent_forward.py").read_text("utf-8").replace("+ b_A", "")
        Path("recurrent_forward.py").write_text(body, encoding="utf-8")
        _, first, _ = run(capfd, "assignment", "check")
        command = first.strip().splitlines()[-1].split(": ", 1)[1].split()
        status, again, _ = run(capfd, *command[1:])
        assert (status, again) == (1, first)
        assert "when the bias b_A is missing" in again

    def test_json(self, capfd):
        run(capfd, "assignment", "start", "recurrent-forward")
        status, output, _ = run(capfd, "assignment", "check", "--json", "--seed", 1)
        told = json.loads(output)
        assert status == 1
        assert (told["assignment"], told["seed"], told["points"], told["of"]) == ("recurrent-forward", 1, 0, 5)
        assert [one["status"] for one in told["functions"]] == ["not written"] * 3

    def test_a_terminal_that_cannot_show_everything(self, here):
        code = (SOLUTIONS / "recurrent_forward.py").read_text("utf-8")
        text = code.replace("return np.tanh", "raise ValueError('Σ \\x1b[2J \\ud800')\n    return np.tanh")
        Path("recurrent_forward.py").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "kseq", "assignment", "check"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        )
        assert (done.returncode, done.stderr) == (1, b"")
        assert b"ValueError: ? ?[2J ?" in done.stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["start", "recurent"], "did you mean recurrent-forward?"),
            (["start"], "NAME"),
            (["check"], "this folder holds no assignment"),
            (["check", "recurrent-forward"], "this folder holds no assignment"),
            (["check", "gone.py"], "gone.py: no such file"),
            (["check", "--seed", "-1"], "--seed"),
        ],
    )
    def test_refusals(self, capfd, arguments, said):
        assert said in refuses(capfd, "assignment", *arguments)


class TestTutorials:
    @pytest.fixture
    def bundled(self, here, monkeypatch):
        folder = here / "bundled"
        folder.mkdir()
        (folder / "1_hand.py").write_text(
            "# ---\n# jupyter:\n# ---\n# %% [markdown]\n# # Recurrence by hand\n# Text.\n"
        )
        (folder / "2_gates.py").write_text('"""Gates, seen.\n\nMore.\n"""\n# a comment\n')
        (folder / "3_bare.py").write_text("print(1)\n")
        (folder / "README.md").write_text("# Tutorials\n")
        (folder / "__init__.py").write_text("")
        monkeypatch.setattr(tutorials, "tutorials_folder", lambda: folder)
        return folder

    def test_list(self, capfd, bundled):
        status, output, _ = run(capfd, "tutorials")
        assert status == 0
        assert output.splitlines()[:3] == [
            "1_hand.py   Recurrence by hand",
            "2_gates.py  Gates, seen.",
            "3_bare.py   3 bare",
        ]

    def test_copy_never_over_a_file(self, capfd, bundled):
        mine = Path("mine", "2_gates.py")
        mine.parent.mkdir()
        mine.write_text("my changes")
        status, output, _ = run(capfd, "tutorials", "--copy", "mine")
        assert status == 0
        assert "Copied 3 of 4 files to mine." in output
        assert "Already there, not touched: 2_gates.py" in output
        assert mine.read_text() == "my changes"
        assert sorted(file.name for file in Path("mine").iterdir()) == [
            "1_hand.py",
            "2_gates.py",
            "3_bare.py",
            "README.md",
        ]

    def test_copy_to_a_file(self, capfd, bundled):
        Path("taken").write_text("")
        assert "taken" in refuses(capfd, "tutorials", "--copy", "taken")

    def test_no_tutorials(self, capfd, bundled):
        for file in bundled.glob("*.py"):
            file.unlink()
        assert run(capfd, "tutorials")[:2] == (0, "This version of kseq brings no tutorials.\n")

    def test_those_of_this_checkout_have_titles(self, checkout):
        for file in (checkout / "tutorials").glob("[!_]*.py"):
            assert " " in tutorials.title(file), file
