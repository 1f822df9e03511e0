"""ABC files: from a path to tunes, whatever the line ends, comments and texts between them (course row S4).

A tune begins with an `X:` field and ends with an empty line, or where the next one begins. Fields before the first tune
hold for all tunes of the file. What is no tune is counted.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kseq.data.errors import DataError, counted
from kseq.data.texts.encodings import WINDOWS, windows_notes
from kseq.data.texts.files import read_plain_text
from kseq.data.tunes.tune import FIELD, Tune, without_comment

ENDINGS = (".abc", ".txt", ".ABC")
SHARED_FIELDS = "LMKRUVIZ"  # that a file may give for all its tunes


@dataclass
class TuneFile:
    """What was found in a file or a folder.

    where: the path. tunes: those that could be read. skipped: lists of `(file: line, reason)`. notes: remarks.
    """

    where: str
    tunes: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def read_tunes(path):
    """Reads an ABC file, or all of a folder and the folders in it.

    Returns:
        A `TuneFile`.

    Raises:
        DataError: there is no tune that can be read; the message says why of the first one.
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".abc" and file.is_file())
        if not files:
            others = ", ".join(sorted(other.name for other in path.iterdir())[:5]) or "nothing"
            raise DataError(f"{path}: expected files that end in .abc, found none (there is {others})")
    found, seen, texts, windows = TuneFile(str(path)), {}, Counter(), []
    for file in files:
        try:
            text, encoding = read_plain_text(file, "ABC tunes")
        except DataError as error:
            if not path.is_dir():
                raise
            found.skipped.append((f"{file}", str(error).removeprefix(f"{file}: ")))
            continue
        windows += [file.name] * (encoding == WINDOWS)
        _read_one(file, text, found, seen, texts)
    if not found.tunes:
        if found.skipped:
            where, reason = found.skipped[0]
            raise DataError(f"{where}: {reason} (none of {counted(len(found.skipped), 'tune')} could be read)")
        raise DataError(f"{path}: line 1: expected tunes in ABC notation, found no X: field")
    found.notes += windows_notes(windows)
    for name in dict.fromkeys(name for name, _ in seen):
        twice = {number: lines for (file, number), lines in seen.items() if file == name and len(lines) > 1}
        if twice:
            number, lines = next(iter(twice.items()))
            found.notes.append(
                f"{name}: {counted(len(twice), 'number')} X: given more than once, such as X:{number} in the lines "
                f"{_few(lines)}; all those tunes were read"
            )
    found.notes += [f"{name}: {counted(count, 'line')} of text outside the tunes" for name, count in texts.items()]
    return found


def _read_one(file, text, found, seen, texts):
    """Adds the tunes of one file."""
    lines = text.split("\n")
    shared, start, current = [], 0, None

    def close():
        nonlocal current
        if current is None:
            return
        own = {match[1] for line in current if (match := FIELD.match(line))}
        missing = [line for line in shared if line[0] not in own]
        tune = Tune("\n".join([current[0], *missing, *current[1:]]), f"{file}: line {start}")
        if tune.error:
            inside = tune.error_line
            if inside is not None and inside > 0:
                inside = max(0, inside - len(missing))
            found.skipped.append((f"{file}: line {start + (inside or 0)}", tune.error))
        else:
            found.tunes.append(tune)
        current = None

    for number, raw in enumerate(lines, 1):
        line = without_comment(raw).rstrip()
        if re.match(r"\s*X:", line):
            close()
            start, current = number, [line.strip()]
            seen.setdefault((file.name, line.split(":", 1)[1].strip()), []).append(number)
        elif not raw.strip():
            close()
        elif current is not None:
            current.append(line)
        elif line and not found_field(line, shared, bool(seen)):
            texts[file.name] += 1
    close()


def found_field(line, shared, is_after_tune):
    """Whether a line outside of tunes is a field; those before the first tune are added to `shared`."""
    match = FIELD.fullmatch(line)
    if match and not is_after_tune and match[1] in SHARED_FIELDS:
        shared.append(line)
    return bool(match) and not is_after_tune


def _few(numbers, most=4):
    return ", ".join(map(str, numbers[:most])) + (", …" if len(numbers) > most else "")
