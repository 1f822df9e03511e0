"""Files of pre-trained word vectors: one word to a line, then its numbers (course row T1).

GloVe writes just that. word2vec and fastText write a first line besides, `count width`. Some words of GloVe hold
spaces, so a line is read from its end: the last `width` fields are numbers, what stands before them is the word. Files
may be packed: `.gz`, or a `.zip` with one file in it.
"""

import contextlib
import gzip
import io
import math
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kseq.data.errors import DataError, counted

_SPACES = b" \t\r\n"
_SHOWN = 40  # characters of a line that an error shows
_NO_TEXT = "is this a binary file? Write it as text, one word and its numbers to a line"


@dataclass
class Table:
    """What was read.

    words: in the order of the file, each once.
    rows: their vectors, float32 `(width,)` each.
    width: numbers to a word.
    notes: remarks on what was left out.
    miscounted: what the first line promises and the file does not hold, if so; one of the notes, too.
    """

    width: int
    words: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    miscounted: str = ""


def read_vectors(path, wanted=None, limit=None):
    """Reads a file of word vectors.

    Args:
        path: the file: text, `.gz` or `.zip`, told apart by their content.
        wanted: set of words to keep; `None`: all. Lines of other words are only counted, not read.
        limit: words to read at most, from the beginning; `None`: all.

    Returns:
        A `Table`.

    Raises:
        DataError: one line with file, line, expected and found.
    """
    path = Path(path).expanduser()
    wanted = None if wanted is None else {word.encode() for word in wanted}
    with opened(path) as lines:
        try:
            return _read(path, lines, wanted, limit)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise DataError(f"{path}: expected a whole packed file, found one that is damaged ({error})") from error
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def width_of(path):
    """How many numbers a word has in a file; only its beginning is read."""
    return read_vectors(path, limit=1).width


@contextlib.contextmanager
def opened(path):
    """The lines of a file as bytes, unpacked."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic[:2] == b"\x1f\x8b":
                yield gzip.GzipFile(fileobj=file)
            elif magic == b"PK\x03\x04":
                with zipfile.ZipFile(file) as archive, archive.open(_only_member(path, archive)) as member:
                    yield io.BufferedReader(member)
            else:
                yield file
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: expected a whole zip archive, found one that is damaged ({error})") from error
    except OSError as error:
        what = "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DataError(f"{path}: {what}; expected a file of word vectors") from error


def _only_member(path, archive):
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if len(names) != 1:
        shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        raise DataError(f"{path}: expected one file in the archive, found {len(names)} ({shown}); unpack the one meant")
    return names[0]


def _read(path, lines, wanted, limit):
    first = lines.readline().removeprefix(b"\xef\xbb\xbf")
    second = lines.readline()
    if b"\0" in first + second:
        raise DataError(f"{path}, line 1: expected a word and its numbers, found bytes that are no text; {_NO_TEXT}")
    promised = _header(first, second)
    beginning = [(1, first), (2, second)] if promised is None else [(2, second)]
    width = _width_of_line(path, first) if promised is None else promised[1]
    table, seen, read, twice, no_text, blank = Table(width), set(), 0, 0, 0, 0
    rest = enumerate(iter(lines.readline, b""), 3)
    for number, line in _chained(beginning, rest):
        line = line.strip(b"\r\n").rstrip(_SPACES)
        if not line:
            blank += number > 2 or promised is None
            continue
        if limit is not None and read >= limit:
            break
        read += 1
        if number == 2 and promised is None:
            _check_second(path, line, width)
        word, numbers = _split(path, number, line, width)
        if wanted is not None and word not in wanted:
            continue
        vector = _numbers(path, number, numbers)
        try:
            text = word.decode("utf-8")
        except UnicodeDecodeError:
            no_text += 1
            continue
        if text in seen:
            twice += 1
            continue
        seen.add(text)
        table.words.append(text)
        table.rows.append(vector)
    if not read:
        raise DataError(f"{path}: expected a word and its numbers on each line, found no line with any")
    if twice:
        table.notes.append(f"{counted(twice, 'line')} with a word that came before: the first one counts")
    if no_text:
        are = "is" if no_text == 1 else "are"
        table.notes.append(f"{counted(no_text, 'word')} left out that {are} not valid UTF-8")
    if blank:
        table.notes.append(f"{counted(blank, 'blank line')} left out")
    if promised is not None and limit is None and promised[0] != read:
        table.miscounted = f"the first line promises {counted(promised[0], 'word')}, the file has {read:,}"
        table.notes.append(table.miscounted)
    return table


def _chained(beginning, rest):
    yield from ((number, line) for number, line in beginning if line)
    yield from rest


def _header(first, second):
    """`(count, width)` if the first line is that of word2vec and fastText, else `None`."""
    fields = first.split()
    if len(fields) != 2 or not all(part.isdigit() for part in fields):
        return None
    count, width = map(int, fields)
    # GloVe vectors of one number for words that are numbers look the same; then the second line has no more fields.
    return (count, width) if width and (len(second.split()) > width or not second.strip()) else None


def _width_of_line(path, line):
    """How many numbers stand at the end of the first line, its first field not counted."""
    fields = line.replace(b"\t", b" ").split()
    width = 0
    while width < len(fields) - 1 and _is_number(fields[-1 - width]):
        width += 1
    if not width:
        raise DataError(f"{path}, line 1: expected a word and its numbers, found {_shown(line)}")
    return width


def _is_number(part):
    try:
        return math.isfinite(float(part))
    except ValueError:
        return False


def _split(path, number, line, width):
    """The word of a line and the fields with its numbers."""
    if b"\t" in line:
        line = line.replace(b"\t", b" ")
    parts = line.rsplit(b" ", width)
    if len(parts) <= width or b"" in parts[1:]:  # too few, or several spaces in a row
        parts = line.split()
        parts = [b" ".join(parts[:-width]), *parts[-width:]]
    if len(parts) != width + 1 or not parts[0]:
        fields = len(line.split())
        raise DataError(
            f"{path}, line {number}: expected a word and {counted(width, 'number')}, found "
            f"{counted(fields, 'field')}: {_shown(line)}"
        )
    # More numbers than on the first line would pass as a word with spaces: "cat 0.1 0.2".
    if b" " in parts[0] and _is_number(parts[0].rsplit(b" ", 1)[1]) and not _is_number(parts[0].split(b" ")[0]):
        raise DataError(
            f"{path}, line {number}: expected a word and {counted(width, 'number')}, found more numbers: {_shown(line)}"
        )
    return parts[0], parts[1:]


def _check_second(path, line, width):
    """Refuses a second line with more numbers than the first: nobody knows which of the two is wrong."""
    fields = line.replace(b"\t", b" ").split()
    more = 0
    while more < len(fields) - 1 and _is_number(fields[-1 - more]):
        more += 1
    if more > width and not _is_number(fields[0]):
        raise DataError(
            f"{path}: expected as many numbers on each line, found {counted(width, 'number')} on line 1 and {more} on "
            f"line 2: {_shown(line)}"
        )


def _numbers(path, number, parts):
    try:
        vector = np.array(list(map(float, parts)), np.float32)
    except ValueError:
        wrong = next(part for part in parts if not _is_number(part))
        raise DataError(f"{path}, line {number}: expected a number, found {_shown(wrong)}") from None
    if not np.isfinite(vector).all():
        wrong = parts[int(np.flatnonzero(~np.isfinite(vector))[0])]
        raise DataError(f"{path}, line {number}: expected a finite number, found {_shown(wrong)}")
    return vector


def _shown(raw):
    text = raw.strip().decode("utf-8", "replace")
    return repr(text[:_SHOWN] + ("…" if len(text) > _SHOWN else ""))


def write_vectors(path, words, matrix):
    """Writes words and their vectors in the format of word2vec and fastText; returns the path.

    Raises:
        ValueError: a word cannot stand on a line.
    """
    for word in words:
        if not word.strip() or word != word.strip(" \t\r\n") or "\n" in word or "\r" in word or "\t" in word:
            raise ValueError(f"`words` must be visible and on one line each, to be written. Received: {word!r}")
    with Path(path).open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n")
        for word, row in zip(words, matrix, strict=True):
            file.write(f"{word} {' '.join(f'{value:.9g}' for value in row.tolist())}\n")
    return Path(path)
