"""The assignments there are; starting one; recognising the file of one."""

import difflib
import re
from pathlib import Path

from kseq.assignments.recurrent_forward.checks import ASSIGNMENT as RECURRENT_FORWARD

ASSIGNMENTS = {assignment.name: assignment for assignment in (RECURRENT_FORWARD,)}

MARK = re.compile(r"^#\s*kseq assignment:\s*([\w-]+)\s*$", re.MULTILINE)  # the line by which a file is recognised
LARGEST_FILE = 1_000_000  # bytes; no student writes so much


def find_assignment(name):
    """The `Assignment` of that name."""
    if name in ASSIGNMENTS:
        return ASSIGNMENTS[name]
    near = difflib.get_close_matches(str(name).replace("_", "-").removesuffix(".py"), ASSIGNMENTS, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise ValueError(f"no assignment has that name; {meant}there are: {', '.join(ASSIGNMENTS)}. Received: {name}")


def start(name, folder="."):
    """Writes the starter of an assignment; never over a file that is there.

    Args:
        name: One of `ASSIGNMENTS`.
        folder: Where to put the file; made where it is not there.

    Returns:
        The path of the file.

    Raises:
        ValueError: no such assignment.
        FileExistsError: the student's file is there already.

    Example:

    >>> start("recurrent-forward", "homework")
    """
    assignment = find_assignment(name)
    folder = Path(folder).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / assignment.file_name
    try:
        with file.open("xb") as new:  # x: fails where a file is there already
            new.write(assignment.starter.read_bytes())
    except FileExistsError as error:
        raise FileExistsError(
            f"{file} is there already and was not touched. Check it with `kseq assignment check`, or begin anew "
            "in another folder: --folder NAME"
        ) from error
    return file


def check_command(file):
    """The command that checks a file, as it can be pasted into a terminal."""
    return f'kseq assignment check "{file}"' if " " in str(file) else f"kseq assignment check {file}"


def recognise(file):
    """The `Assignment` that a student's file belongs to, or `None`: by its mark, else by its functions."""
    if file.stat().st_size > LARGEST_FILE:
        return None
    text = file.read_text(encoding="utf-8", errors="replace")
    mark = MARK.search(text)
    if mark:
        return ASSIGNMENTS.get(mark[1])
    written = set(re.findall(r"^def (\w+)", text, re.MULTILINE))
    for assignment in ASSIGNMENTS.values():
        if len(written & {exercise.name for exercise in assignment.exercises}) >= 2:
            return assignment
    return None


def find_file(file=None):
    """The student's file and its assignment.

    Args:
        file: A path; a folder to look in; the name of an assignment that was started in the current folder.
            `None`: the current folder.

    Returns:
        `(path, Assignment)`.
    """
    if file is None or (str(file) in ASSIGNMENTS and not Path(file).exists()):
        return _only_file_in(Path(), None if file is None else str(file))
    path = Path(file).expanduser()
    if path.is_dir():
        return _only_file_in(path, None)
    if not path.is_file():
        raise ValueError(f"{file}: no such file. Begin an assignment: kseq assignment start {next(iter(ASSIGNMENTS))}")
    assignment = recognise(path) if path.suffix == ".py" else None
    if assignment is None:
        raise ValueError(
            f"{file}: expected a .py file made by `kseq assignment start`, with its line `# kseq assignment: NAME`; "
            f"names are {', '.join(ASSIGNMENTS)}"
        )
    return path, assignment


def _only_file_in(folder, name):
    """The one assignment file of a folder, of the assignment of that name where one is given."""
    found = []
    for path in sorted(folder.glob("*.py")):
        assignment = recognise(path) if path.is_file() else None
        if assignment is not None and name in (None, assignment.name):
            found.append((path, assignment))
    if len(found) > 1:
        raise ValueError(f"several assignments here, say which: {', '.join(str(path) for path, _ in found)}")
    if not found:
        where = "this folder" if folder == Path() else folder
        begin = name or next(iter(ASSIGNMENTS))
        raise ValueError(f"{where} holds no assignment. Begin one: kseq assignment start {begin}")
    return found[0]
