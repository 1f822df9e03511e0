"""Student files, right and wrong, and what is said about them."""

import re
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from kseq.assignments import ASSIGNMENTS
from kseq.assignments.judging import judge
from kseq.assignments.running import Outcome
from kseq.assignments.student_process import load, one_call, signature_of

SOLUTIONS = Path(__file__).with_name("solutions")


def with_function(source, name, body):
    """The source with that function written anew: from its body, indented by four spaces, or from its `def`."""
    found = re.search(rf"^def {name}\(.*?\n(?=\n\n\S)", source, re.MULTILINE | re.DOTALL)
    body = body.strip("\n")
    new = f"{found[0].splitlines()[0]}\n{body}" if body.startswith(" ") else body
    return source[: found.start()] + new.rstrip() + "\n" + source[found.end() :]


@pytest.fixture
def student(tmp_path):
    """Writes a student's file: the solution with some functions written anew."""

    def write(**bodies):
        source = (SOLUTIONS / "recurrent_forward.py").read_text("utf-8")
        for name, body in bodies.items():
            source = with_function(source, name, body)
        file = tmp_path / "recurrent_forward.py"
        file.write_text(source, encoding="utf-8")
        return file

    return write


def exercise_of(name, assignment="recurrent-forward"):
    """The exercise whose function has that name."""
    return next(exercise for exercise in ASSIGNMENTS[assignment].exercises if exercise.name == name)


def judged(file, exercise, seed=0):
    """The verdict on one function, run in this process: quick, for code that is wrong but harmless."""
    calls = exercise.make_calls(np.random.default_rng(seed))
    with mock.patch.object(sys, "path", list(sys.path)):  # `load` makes helpers beside the file importable
        module, problem = load(file)
    assert problem is None
    function = getattr(module, exercise.name)
    with np.errstate(all="ignore"):
        records, answers = zip(*(one_call(function, call, file) for call in calls), strict=True)
    outcome = Outcome(signature=signature_of(function), calls=list(records), answers=list(answers))
    return judge(exercise, calls, outcome)
