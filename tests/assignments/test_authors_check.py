"""What every assignment must be: its starter fails, its solution passes, its mistakes can be told apart."""

import inspect
import itertools
import re
import subprocess
import sys

import numpy as np
import pytest

from kseq.assignments import ASSIGNMENTS, check
from kseq.assignments.catalogue import recognise as recognise_file
from kseq.assignments.judging import same
from kseq.assignments.student_process import load
from tests.assignments.conftest import SOLUTIONS, judged

EVERY = pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=ASSIGNMENTS)
EXERCISES = [exercise for assignment in ASSIGNMENTS.values() for exercise in assignment.exercises]
EVERY_EXERCISE = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@EVERY
def test_the_starter_is_all_to_do(assignment, tmp_path):
    file = tmp_path / assignment.file_name
    file.write_bytes(assignment.starter.read_bytes())
    assert recognise_file(file) is assignment
    report = check(file)
    assert [verdict.status for verdict in report.verdicts] == ["not written"] * len(assignment.exercises)
    assert (report.passed, report.points) == (False, 0)


@EVERY
def test_the_fresh_file_says_what_to_write_first(assignment):
    done = subprocess.run([sys.executable, assignment.starter], capture_output=True, text=True)
    first = assignment.exercises[0].name
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"NotImplementedError: write `{first}` first; `kseq assignment check` ")


@EVERY
def test_the_solution_passes(assignment):
    report = check(SOLUTIONS / assignment.file_name)
    assert report.passed, str(report)
    assert report.points == report.of > 0


@EVERY
def test_the_solution_passes_with_every_seed(assignment):
    for exercise, seed in itertools.product(assignment.exercises, range(100)):
        verdict = judged(SOLUTIONS / assignment.file_name, exercise, seed)
        assert verdict.passed, verdict.lines


@EVERY
def test_the_starter_has_the_right_functions(assignment):
    module, _ = load(assignment.starter)
    for exercise in assignment.exercises:
        function = getattr(module, exercise.name)
        assert list(inspect.signature(function).parameters) == exercise.parameters
        assert "Returns:" in function.__doc__


@EVERY
def test_the_example_in_the_file_runs(assignment):
    done = subprocess.run([sys.executable, SOLUTIONS / assignment.file_name], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "expected" in done.stdout


@EVERY
def test_starter_and_solution_differ_in_the_code_only(assignment):
    starter = assignment.starter.read_text("utf-8")
    solution = (SOLUTIONS / assignment.file_name).read_text("utf-8")
    pieces = re.split(r"    raise NotImplementedError\(.*\)\n", starter)
    assert len(pieces) == 1 + len(assignment.exercises)
    assert all(piece in solution for piece in pieces)
    assert "if __name__" in pieces[-1]


@EVERY_EXERCISE
def test_the_right_answers_have_no_mistake(exercise):
    """`mistaken` without mistakes is a second implementation: it must agree with `kseq.scratch`."""
    for seed in range(30):
        calls = exercise.make_calls(np.random.default_rng(seed))
        for call, answer in zip(calls, exercise.mistaken(calls, frozenset()), strict=True):
            assert same(answer, exercise.right(**call))


@EVERY_EXERCISE
def test_mistakes_can_be_told_from_the_right_answer_and_from_each_other(exercise):
    for seed in range(30):
        calls = exercise.make_calls(np.random.default_rng(seed))
        answers = {"right": [exercise.right(**call) for call in calls]}
        answers |= {name: exercise.mistaken(calls, frozenset({name})) for name in exercise.mistakes}
        for one, other in itertools.combinations(answers, 2):
            assert not all(map(all_same, answers[one], answers[other])), (one, other, seed)


def all_same(answer, other):
    """Whether both are missing, or hold the same numbers."""
    return answer is other or (answer is not None and same(answer, other))


@EVERY_EXERCISE
def test_sizes_differ_from_each_other(exercise):
    """So that axes which were mixed up show; sizes of 1 are cases of their own."""
    for seed in range(30):
        calls = exercise.make_calls(np.random.default_rng(seed))
        assert any(call is other for call, other in itertools.combinations(calls, 2))  # what is kept shows
        first = exercise.right(**calls[0])
        assert len(set(first.shape)) == len(exercise.axes) == first.ndim
