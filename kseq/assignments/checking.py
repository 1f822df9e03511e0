"""`check`: a student's file against its assignment; the report."""

import secrets
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kseq.assignments.catalogue import check_command, find_file
from kseq.assignments.judging import Verdict, error_lines, judge
from kseq.assignments.running import run

SIGNS = {"right": "right", "wrong": "WRONG", "not written": "to do"}


@dataclass
class Report:
    """The result of a check; `print` it.

    Attributes:
        assignment: The `Assignment`.
        file: The student's file.
        seed: With this seed the check can be repeated exactly.
        verdicts: One `Verdict` per function.
        problem: Why the file could not be loaded at all, line by line; empty where it could.
    """

    assignment: object
    file: Path
    seed: int
    verdicts: list[Verdict]
    problem: list[str]

    @property
    def passed(self):
        """Whether all functions are right."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def points(self):
        """The points of the functions that are right."""
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def of(self):
        """The points there are."""
        return sum(verdict.of for verdict in self.verdicts)

    def as_dict(self):
        """For JSON: points and messages per function."""
        return {
            "assignment": self.assignment.name,
            "file": str(self.file),
            "seed": self.seed,
            "points": self.points,
            "of": self.of,
            "problem": self.problem,
            "functions": [
                {
                    "name": verdict.name,
                    "points": verdict.points,
                    "of": verdict.of,
                    "status": verdict.status,
                    "mistakes": list(verdict.mistakes),
                    "message": verdict.lines,
                }
                for verdict in self.verdicts
            ],
        }

    def __str__(self):
        lines = [f"{self.assignment.name}: {self.file}", ""]
        if self.problem:
            lines += ["The file cannot be loaded:", *(f"    {line}" for line in self.problem)]
            return clean([*lines, "", f"Mend this first; then: {check_command(self.file)}"])
        for verdict in self.verdicts:
            count = "1 point" if verdict.of == 1 else f"{verdict.of} points"
            with_right = f", checked with a right `{'`, `'.join(verdict.stand_ins)}`" if verdict.stand_ins else ""
            about = f"{verdict.name} ({count if verdict.passed else f'0 of {count}'}{with_right})"
            lines.append(f"  {SIGNS[verdict.status]:<6} {about}")
            lines += [f"         {part}" for line in verdict.lines for part in wrapped(line)]
        lines += ["", f"{self.points} of {self.of} points."]
        ahead = next((verdict for verdict in self.verdicts if not verdict.passed), None)
        if ahead is None:
            lines[-1] += " All right, well done!"
        else:
            lines[-1] += f" Next: {'write' if ahead.status == 'not written' else 'mend'} `{ahead.name}`."
        if any(verdict.status == "wrong" for verdict in self.verdicts):
            lines.append(f"The same numbers again: {check_command(self.file)} --seed {self.seed}")
        return clean(lines)


def wrapped(line):
    """A sentence in lines that fit a terminal; code, which is indented, stays in one piece."""
    return [line] if line.startswith(" ") else textwrap.wrap(line, 100, break_long_words=False)


def clean(lines):
    """One text; what a terminal could misunderstand in a student's messages is replaced."""
    return "\n".join("".join(c if c.isprintable() else "?" for c in line).rstrip() for line in lines)


def check(file=None, *, seed=None):
    """Checks a student's file with random numbers of random shapes.

    Each function runs in a process of its own with a time limit; a later function is checked with right versions of the
    earlier ones where those are not right, so that one mistake costs points once.

    Args:
        file: The path of the file. `None`: the one assignment file in the current folder.
        seed: Repeats the check that showed this seed. `None`: a new one each time.

    Returns:
        A `Report`.

    Raises:
        ValueError: there is no such file, or it is not an assignment.

    Example:

    >>> report = check("recurrent_forward.py")
    >>> print(report)
    >>> report.points, report.of
    """
    path, assignment = find_file(file)
    seed = secrets.randbelow(100_000) if seed is None else seed
    verdicts, wrong = [], []
    for number, exercise in enumerate(assignment.exercises):
        calls = exercise.make_calls(np.random.default_rng([seed, number]))
        outcome = run(path, exercise, calls, stand_ins=wrong)
        if outcome.loading:
            problem = [outcome.ended] if outcome.ended else error_lines(outcome.loading)
            none = [Verdict(one.name, one.points, "wrong") for one in assignment.exercises]
            return Report(assignment, path, seed, none, problem)
        verdict = judge(exercise, calls, outcome)
        verdicts.append(verdict)
        if not verdict.passed:
            wrong.append(exercise)
    return Report(assignment, path, seed, verdicts, [])
