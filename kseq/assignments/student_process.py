"""Runs one function of a student's file on given calls, in a process of its own; knows nothing of kseq.

Started by `running.py` as `python student_process.py FOLDER`: the folder holds `job.json` and `calls.npz`; this leaves
`answers.npz` and `outcome.json`, or `where.txt` when the time was over. The answers are judged elsewhere: whatever a
student's code does to this process, it cannot change the verdict.
"""

import contextlib
import faulthandler
import functools
import importlib
import inspect
import io
import json
import linecache
import os
import sys
import traceback
import types
from pathlib import Path

import numpy as np

PRINTS_KEPT = 2_000  # characters of what the student's code prints
MESSAGE_KEPT = 500  # characters of the message of an exception
LINES_KEPT = 3  # lines of the student's file on the way to an exception
MEMORY = 4 * 2**30  # bytes that the student's code may fill
ANSWER = 10_000_000  # bytes; a larger answer is described, not kept


class Prints(io.RawIOBase):
    """Keeps the first characters that are written, lets go of the rest."""

    kept = b""

    def writable(self):
        return True

    def write(self, data):
        self.kept += bytes(data)[: PRINTS_KEPT - len(self.kept)]
        return len(data)


def main(folder):
    """Loads the file, makes the calls, writes down what came of it."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    prints, outcome, answers = Prints(), {"calls": []}, {}
    stream = sys.stdout = sys.stderr = io.TextIOWrapper(io.BufferedWriter(prints), "utf-8", "replace")
    limit_memory()
    where = (folder / "where.txt").open("w", encoding="utf-8")
    faulthandler.dump_traceback_later(job["load_seconds"], exit=True, file=where)  # a loop without end ends here
    file = Path(job["file"])
    module, problem = load(file)
    if module is None:
        outcome["loading"] = problem
    else:
        used = put_stand_ins(module, job)
        function = getattr(module, job["function"], None)
        outcome["signature"] = signature_of(function)
        (folder / "loaded").touch()
        faulthandler.dump_traceback_later(job["call_seconds"], exit=True, file=where)
        calls = read_calls(folder / "calls.npz", job["parameters"])
        if outcome["signature"]["names"][: len(calls[0])] == job["parameters"]:
            for number, arguments in enumerate(calls):
                record, answer = one_call(function, arguments, file)
                outcome["calls"].append(record)
                if answer is not None:
                    answers[str(number)] = answer
        outcome["stand_ins"] = sorted(used)
    faulthandler.cancel_dump_traceback_later()
    with contextlib.suppress(ValueError):  # closed by the student's code
        stream.flush()
    outcome["printed"] = prints.kept.decode("utf-8", "replace")
    np.savez(folder / "answers.npz", **answers)
    (folder / "unfinished.json").write_text(json.dumps(outcome), "utf-8")
    (folder / "unfinished.json").replace(folder / "outcome.json")
    os._exit(0)  # threads that the student's code left behind do not matter


def load(file):
    """`(module, None)`, or `(None, what went wrong)`. A main guard (`__name__ == "__main__"`) does not run."""
    module = types.ModuleType("submission")
    module.__file__ = str(file)
    sys.modules["submission"] = module
    sys.path.insert(0, str(file.parent))
    try:
        exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    except BaseException as error:  # SystemExit too
        return None, describe(error, file)
    return module, None


def put_stand_ins(module, job):
    """Puts right functions in the place of those that were found wrong, so that one mistake counts once.

    Gives a set that will hold the names of those that were called.
    """
    used = set()

    def stand_in(name, right):
        @functools.wraps(right)
        def called(*arguments, **named):
            used.add(name)
            return right(*arguments, **named)

        return called

    if job["stand_ins"]:
        sys.path.insert(0, job["kseq"])
        try:
            for name, source in job["stand_ins"].items():
                setattr(module, name, stand_in(name, getattr(importlib.import_module(source), name)))
        finally:
            sys.path.remove(job["kseq"])
    return used


def signature_of(function):
    """The names of the parameters that must be given, as far as they can be known."""
    if not callable(function):
        return {"missing": True, "names": []}
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {"missing": False, "names": [], "shown": "?"}
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return {
        "missing": False,
        "names": [p.name for p in positional],
        "needed": sum(p.default is p.empty for p in positional),
        "shown": ", ".join(map(str, parameters)),
    }


def read_calls(file, parameters):
    """The arguments of each call, in order."""
    with np.load(file, allow_pickle=False) as arrays:
        count = 1 + max(int(key.split(".")[0]) for key in arrays.files)
        return [{name: arrays[f"{number}.{name}"] for name in parameters} for number in range(count)]


def one_call(function, arguments, file):
    """`(record, answer)`: the answer is an array or `None`; the record says what else there is to know."""
    given = {name: value.copy() for name, value in arguments.items()}
    try:
        answer = function(*given.values())
    except BaseException as error:
        return {"error": describe(error, file)}, None
    record = {"type": type(answer).__name__}
    record["changed"] = [name for name, value in given.items() if not np.array_equal(value, arguments[name])]
    if isinstance(answer, tuple | list):
        record["length"] = len(answer)
    if not isinstance(answer, np.ndarray):
        return record, None
    answer = np.array(answer, subok=False)
    record |= {"shape": list(answer.shape), "dtype": str(answer.dtype)}
    return record, answer if answer.dtype.kind in "biuf" and answer.nbytes <= ANSWER else None


def describe(error, file):
    """An exception in the student's words: type, message, and the lines of their own file on the way to it."""
    try:
        message = str(error)[:MESSAGE_KEPT]
    except Exception:
        message = ""
    told = {"type": type(error).__name__, "message": message, "lines": []}
    if isinstance(error, SyntaxError):
        where = Path(error.filename or file).name
        told["message"] = error.msg if where == file.name else f"{error.msg} (in {where})"
        told["lines"] = [(error.lineno, None, (error.text or "").strip())]
        if isinstance(error, IndentationError):
            told["lines"] = indented_lines(error, file)
        return told
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == str(file):
            text = linecache.getline(str(file), number).strip()
            told["lines"] = [*told["lines"], (number, frame.f_code.co_name, text)][-LINES_KEPT:]
    return told


def indented_lines(error, file):
    """The line with the wrong indentation and the one before it, both as they stand: a bar, then spaces and tabs."""
    lines = linecache.getlines(str(error.filename or file))[: error.lineno]
    numbers = [number for number, line in enumerate(lines, 1) if line.strip() or number == error.lineno][-2:]
    shown = [(number, None, "|" + lines[number - 1].rstrip().replace("\t", "→   ")) for number in numbers]
    return shown or [(error.lineno, None, (error.text or "").strip())]


def limit_memory():
    """A list that grows without end becomes a MemoryError, where the system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
