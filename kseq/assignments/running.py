"""Runs a student's function in a process of its own, with limits; gives back what it answered."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

LOAD_SECONDS = 30  # for loading the file: it may import something large
CALL_SECONDS = 5  # for all calls of one function together
QUIET = {  # one thread starts faster; no window of a plot may open and wait
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass
class Outcome:
    """What one function did.

    Attributes:
        loading: Why the file could not be loaded (as in `calls`, under "error"), or `None`.
        ended: How the process ended too early, in words, or `None`.
        signature: "missing", "names" of the parameters, how many are "needed", and "shown".
        calls: One record per call: "error", or the "type", "shape", "dtype" of the answer and the arguments "changed".
        answers: One array per call, or `None`.
        stand_ins: The names of the right functions that it called in place of the student's own.
        printed: The beginning of what the code printed.
    """

    loading: dict | None = None
    ended: str | None = None
    signature: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    stand_ins: list = field(default_factory=list)
    printed: str = ""


def run(file, exercise, calls, stand_ins=(), *, load_seconds=LOAD_SECONDS, call_seconds=CALL_SECONDS):
    """Runs the function of an exercise on the calls.

    Args:
        file: The student's file.
        exercise: The `Exercise`.
        calls: Its calls.
        stand_ins: Exercises whose functions are replaced by right ones first, for functions that call them.
        load_seconds, call_seconds: Limits.

    Returns:
        An `Outcome`.
    """
    with tempfile.TemporaryDirectory(prefix="kseq-", ignore_cleanup_errors=True) as folder:
        folder = Path(folder)
        job = {
            "file": str(Path(file).resolve()),
            "function": exercise.name,
            "parameters": exercise.parameters,
            "stand_ins": {other.name: other.right.__module__ for other in stand_ins},
            "kseq": str(Path(__file__).resolve().parents[2]),
            "load_seconds": load_seconds,
            "call_seconds": call_seconds,
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        named = {f"{number}.{name}": value for number, call in enumerate(calls) for name, value in call.items()}
        np.savez(folder / "calls.npz", **named)
        # -P: modules that lie about in the current folder do not get in the way.
        command = [
            sys.executable,
            "-P",
            "-W",
            "ignore",
            str(Path(__file__).with_name("student_process.py")),
            str(folder),
        ]
        silent = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        try:
            patience = load_seconds + call_seconds + 10  # the process ends itself before, unless the code prevents it
            status = subprocess.run(command, timeout=patience, env={**os.environ, **QUIET}, **silent).returncode
        except subprocess.TimeoutExpired:
            status = None
        return _read(folder, job, status)


def _read(folder, job, status):
    """The `Outcome` from what the process left behind."""
    file = folder / "outcome.json"
    if file.is_file():
        outcome = Outcome(**json.loads(file.read_text("utf-8")))
        with np.load(folder / "answers.npz", allow_pickle=False) as arrays:
            outcome.answers = [arrays.get(str(number)) for number in range(len(outcome.calls))]
        return outcome
    loaded = (folder / "loaded").is_file()
    what = f"`{job['function']}`" if loaded else "loading the file"
    where = (folder / "where.txt").read_text("utf-8") if (folder / "where.txt").is_file() else ""
    if status is None or where.startswith("Timeout"):
        seconds = job["call_seconds"] if loaded else job["load_seconds"]
        ended = f"{what} did not end within {seconds} seconds{_place(where, job['file'])}"
    else:
        ended = f"{what} ended the whole program (status {status}): it must return"
    return Outcome(ended=ended) if loaded else Outcome(loading={"ended": ended}, ended=ended)


def _place(where, file):
    """The line of the student's file at which the time was over."""
    written = re.escape(file.encode("ascii", "backslashreplace").decode())
    found = re.search(rf'File "{written}", line (\d+) in (.+)', where)
    if not found:
        return ""
    lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
    number = int(found[1])
    return f"; it was at line {number}: {lines[number - 1].strip()}" if number <= len(lines) else f"; line {number}"
