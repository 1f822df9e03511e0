"""From a path to running text: one file in UTF-8, or all files of a folder."""

import codecs
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.files import _KNOWN_BINARIES

LARGEST = 100_000_000  # bytes read of a folder; a text of that size needs about 1 GB of memory
# Folders that hold other people's packages or a tool's notes, not the project's own text.
_ASIDE = {"site-packages", "dist-packages", "node_modules", "__pycache__"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
        A `Corpus`. Files of a folder that are no text in UTF-8 are skipped and recorded, files equal to an earlier
        one are left out (the same text could come to be in two splits), and so are hidden files and the folders of
        installed packages.
    """
    path = Path(path)
    if path.is_file():
        if glob is not None:
            raise ValueError(f"`glob` is for folders, but {path} is a file. Received: glob={glob!r}")
        return Corpus(str(path), [path.name], [read_plain_text(path)])
    files = _files(path, glob)
    corpus = Corpus(str(path))
    seen, size, equal, beyond = set(), 0, 0, 0
    # Neighbours in the alphabet resemble each other; drawn by lot, each split is a fair sample of the folder.
    for index in np.random.default_rng(seed).permutation(len(files)):
        file = files[index]
        name = file.relative_to(path).as_posix()
        if size >= LARGEST:
            beyond += 1
            continue
        try:
            text = read_plain_text(file)
        except DataError as error:
            corpus.skipped[name] = str(error).removeprefix(f"{file}: ")
            continue
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        equal += key in seen
        if key not in seen:
            seen.add(key)
            size += len(text)
            corpus.names.append(name)
            corpus.texts.append(text.rstrip("\n") + "\n\n")
    if not corpus.texts:
        name, reason = next(iter(corpus.skipped.items()))
        raise DataError(f"{path}: none of {counted(len(files), 'file')} could be read; {name}: {reason}")
    if equal:
        corpus.notes.append(f"{counted(equal, 'file')} equal to another one left out")
    if beyond:
        corpus.notes.append(
            f"{counted(beyond, 'file')}, drawn by lot, left out: no more than {LARGEST // 1_000_000} million "
            "characters are read"
        )
    return corpus


def read_plain_text(path):
    """The text of one file: UTF-8 (or UTF-16 with a byte order mark), line ends as `\\n`.

    Raises:
        DataError: the file cannot be read, is empty, binary, or in another encoding (with the first wrong byte).
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not data.strip():
        raise DataError(f"{path}: expected a text, found an empty file")
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    kind = next((name for magic, name in _KNOWN_BINARIES.items() if data.startswith(magic)), None)
    if kind or (encoding != "utf-16" and b"\0" in data):
        found = kind or f"a NUL at byte {data.find(0):,}"
        raise DataError(f"{path}: expected a text file, found a binary one ({found})")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        # The decoder counts from behind the byte order mark.
        place = error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
        line = data[:place].count(b"\n") + 1
        raise DataError(
            f"{path}: expected text in UTF-8, found the byte 0x{data[place]:02x} at byte {place:,} (line {line:,}); "
            "save the file as UTF-8"
        ) from None
    if not text.strip():
        raise DataError(f"{path}: expected a text, found only white space")
    return re.sub("\r\n?", "\n", text) if "\r" in text else text


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
