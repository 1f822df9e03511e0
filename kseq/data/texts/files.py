"""From a path to running text: one file, or all files of a folder."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.texts.encodings import WINDOWS, decoded, windows_notes

LARGEST = 100_000_000  # bytes read of a folder; a text of that size needs about 1 GB of memory
# Folders that hold other people's packages or a tool's notes, not the project's own text.
_ASIDE = {"site-packages", "dist-packages", "node_modules", "__pycache__"}


@dataclass
class Corpus:
    """Texts that belong together, in the order in which they are joined and cut into splits."""

    where: str
    names: list = field(default_factory=list)
    texts: list = field(default_factory=list)
    skipped: dict = field(default_factory=dict)  # file -> why it could not be read
    notes: list = field(default_factory=list)


def read_corpus(path, glob=None, seed=0):
    """Reads a file or a folder.

    Args:
        path: a file, or a folder that is searched with all folders in it.
        glob: pattern that the names of a folder's files must match, such as `"*.py"`; `None`: all.
        seed: fixes the order in which the files of a folder are joined.

    Returns:
        A `Corpus`. Files of a folder that are no text are skipped and recorded, files equal to an earlier
        one are left out (the same text could come to be in two splits), and so are hidden files and the folders of
        installed packages.
    """
    path = Path(path)
    if path.is_file():
        if glob is not None:
            raise ValueError(f"`glob` is for folders, but {path} is a file. Received: glob={glob!r}")
        return read_file(path)
    files = _files(path, glob)
    corpus = Corpus(str(path))
    seen, size, equal, beyond, windows = set(), 0, 0, 0, []
    # Neighbours in the alphabet resemble each other; drawn by lot, each split is a fair sample of the folder.
    for index in np.random.default_rng(seed).permutation(len(files)):
        file = files[index]
        name = file.relative_to(path).as_posix()
        if size >= LARGEST:
            beyond += 1
            continue
        try:
            text, encoding = read_plain_text(file)
        except DataError as error:
            corpus.skipped[name] = str(error).removeprefix(f"{file}: ")
            continue
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        equal += key in seen
        if key not in seen:
            seen.add(key)
            size += len(text)
            windows += [name] * (encoding == WINDOWS)
            corpus.names.append(name)
            corpus.texts.append(text.rstrip("\n") + "\n\n")
    if not corpus.texts:
        name, reason = next(iter(corpus.skipped.items()))
        raise DataError(f"{path}: none of {counted(len(files), 'file')} could be read; {name}: {reason}")
    corpus.notes += windows_notes(windows)
    if equal:
        corpus.notes.append(f"{counted(equal, 'file')} equal to another one left out")
    if beyond:
        corpus.notes.append(
            f"{counted(beyond, 'file')}, drawn by lot, left out: no more than {LARGEST // 1_000_000} million "
            "characters are read"
        )
    return corpus


def read_file(path):
    """The `Corpus` of a single file."""
    text, encoding = read_plain_text(path)
    return Corpus(str(path), [path.name], [text], notes=windows_notes([path.name] * (encoding == WINDOWS)))


def read_plain_text(path, what="a text"):
    """`(text, encoding)` of one file, see `kseq.data.texts.encodings`; line ends as `\\n`.

    Raises:
        DataError: the file cannot be read, is empty, binary, or in another encoding (with the first wrong line).
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    text, encoding = decoded(data, path, what)
    return (re.sub("\r\n?", "\n", text) if "\r" in text else text), encoding


def _files(folder, glob):
    """The files of a folder that may be read, in alphabetical order."""
    try:
        found = sorted(folder.rglob("*" if glob is None else glob))
    except (ValueError, NotImplementedError) as error:
        raise ValueError(f"`glob` must be a pattern such as '*.py'. Received: glob={glob!r} ({error})") from None
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror or error})") from error
    files = [file for file in found if _is_meant(file.relative_to(folder)) and file.is_file()]
    if not files:
        what = "no file" if glob is None else f"no file that matches glob={glob!r}"
        others = sorted(other.name for other in folder.iterdir())[:5]
        raise DataError(f"{folder}: expected text files, found {what} (there is {', '.join(others) or 'nothing'})")
    return files


def _is_meant(path):
    return not any(part in _ASIDE or part[0] in ".~" for part in path.parts)
