"""From a path to tables: one file, a folder of files, a folder per class, a ready split.

Recognised from what lies there:

    reviews.csv                                       a table, see `kseq.data.tables`
    pos/*.txt  neg/*.txt                              a folder per class, a file per text
    train/pos/*.txt … test/neg/*.txt                  the same with a ready split (aclImdb)
    reviews.pos  reviews.neg,  or  pos.txt  neg.txt   a file per class, a line per text
    train.tsv  dev.tsv  test.tsv                      a ready split of any of these
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kseq.data.columns import SPLITS
from kseq.data.errors import DataError
from kseq.data.files import read_text, split_lines
from kseq.data.tables import NotATable, Table, read_table

_TABLE_SUFFIXES = {".txt", ".csv", ".tsv", ".tab", ".json", ".jsonl", ".data", ".dat", ""}
_ASIDE = re.compile(r"(readme|licen[cs]e|urls_|\.|~)|.*\.(md|vocab|feat|pdf|html|py)$", re.IGNORECASE)
_UNLABELLED = {"unsup", "unlabeled", "unlabelled"}


@dataclass
class Source:
    """What was read: tables with the split they belong to (`None`: not split yet), and remarks."""

    format: str
    tables: list = field(default_factory=list)  # (split or None, Table)
    notes: list = field(default_factory=list)


def read_source(path):
    """Reads whatever lies at `path`; see the top of this module."""
    path = Path(path)
    if path.is_file():
        return _one_file(path)
    if not path.is_dir():
        raise DataError(f"{path}: expected a file or a folder, found neither")
    notes = []
    source = _ready_split(path, notes) or _unsplit_folder(path, notes)
    if source is None:
        found = ", ".join(sorted(p.name for p in path.iterdir())[:5]) or "nothing"
        raise DataError(
            f"{path}: expected a table (text,label), a folder or a file per class, or train/test files, found {found}"
        )
    source.notes = notes + source.notes
    return source


def _one_file(path):
    try:
        table = read_table(path)
    except NotATable as error:
        # reviews.pos stands for itself and its sister reviews.neg.
        if path.suffix in _TABLE_SUFFIXES:
            raise
        files = sorted(p for p in path.parent.glob(f"{path.stem}.*") if p.suffix not in _TABLE_SUFFIXES)
        if len(files) < 2:
            raise DataError(f"{error}; or a file for each class, such as {path.stem}.pos and {path.stem}.neg") from None
        return Source("one file per class", [(None, _class_file(p, p.suffix[1:])) for p in files])
    return Source(table.format, [(None, table)])


def _visible(folder, notes):
    """Files and folders that may hold data; what is set aside is noted."""
    entries = sorted(folder.iterdir())
    aside = [p.name for p in entries if _ASIDE.match(p.name)]
    if aside:
        notes.append(f"{folder.name}: set aside as no data: {_some(aside)}")
    return [p for p in entries if p.name not in aside]


def _split_of(name):
    """The split that the name of a file or folder stands for: `train.tsv`, `sst2_dev.csv`, `test`."""
    stem = name.split(".")[0].casefold() if "." in name else name.casefold()
    words = re.split(r"[-_ ]", stem)
    return SPLITS.get(words[-1]) or SPLITS.get(words[0])


def _ready_split(folder, notes):
    """A folder with train/dev/test files or folders, or `None` if this is no such folder."""
    entries = [(p, _split_of(p.name)) for p in _visible(folder, [])]
    if not any(split == "train" for _, split in entries) or len({s for _, s in entries if s}) < 2:
        return None
    _visible(folder, notes)
    source = Source("")
    for split in ("train", "validation", "test"):
        found = [p for p, s in entries if s == split]
        files = [p for p in found if p.is_file()]
        for directory in (p for p in found if p.is_dir()):
            part = _unsplit_folder(directory, notes)
            if part is None:
                raise DataError(f"{directory}: expected the texts of a split, found nothing usable")
            source.tables += [(split, table) for _, table in part.tables]
            source.notes += part.notes
            source.format = f"ready split, {part.format}"
        per_class = len(files) > 1 and all(p.suffix not in _TABLE_SUFFIXES for p in files)
        for file in files:
            try:
                table = _class_file(file, file.suffix[1:]) if per_class else read_table(file)
            except NotATable:
                if split == "train":
                    raise
                source.notes.append(f"{file.name} has no column of labels and is left aside")
                continue
            source.tables.append((split, table))
            source.format = "ready split, one file per class" if per_class else f"ready split, {table.format}"
    others = [p.name for p, split in entries if split is None]
    if others:
        source.notes.append(f"{folder.name}: not part of the split: {_some(others)}")
    return source


def _unsplit_folder(folder, notes):
    entries = _visible(folder, notes)
    folders = [p for p in entries if p.is_dir() and p.name.casefold() not in _UNLABELLED]
    notes += [
        f"{folder.name}/{p.name}: {sum(1 for _ in p.iterdir()):,} texts without labels, not used"
        for p in entries
        if p.is_dir() and p.name.casefold() in _UNLABELLED
    ]
    files = [p for p in entries if p.is_file()]
    if len(folders) > 1:
        if files:
            notes.append(f"{folder.name}: files beside the class folders, not used: {_some([p.name for p in files])}")
        return Source("one folder per class", [(None, _class_folder(p)) for p in folders])
    if not files:
        if len(folders) == 1:
            raise DataError(f"{folder}: expected a folder for each class, found only {folders[0].name}")
        return None
    return _folder_of_files(folder, files, notes)


def _folder_of_files(folder, files, notes):
    tables, others, errors = [], [], []
    for file in files:
        if len(files) > 1 and file.suffix not in _TABLE_SUFFIXES:
            others.append(file)
            continue
        try:
            tables.append(read_table(file))
        except NotATable as error:
            others.append(file)
            errors.append(error)
    if tables and not others:
        if len(tables) > 1:
            notes.append(f"{len(tables)} tables taken together: {_some([t.path.name for t in tables])}")
        return Source(tables[0].format, [(None, table) for table in tables])
    if tables:
        notes.append(f"{folder.name}: not tables of texts and labels, not used: {_some([p.name for p in others])}")
        return Source(tables[0].format, [(None, table) for table in tables])
    if len(others) == 1:
        raise errors[0]
    suffixes = Counter(p.suffix for p in others)
    by_suffix = len(suffixes) > 1 and not set(suffixes) & _TABLE_SUFFIXES
    named = [(p, p.suffix[1:] if by_suffix else p.stem) for p in others]
    tables = [_class_file(p, label) for p, label in named]
    if len(tables) > 2 and all(len(table.texts) == 1 for table in tables):
        raise DataError(
            f"{folder}: expected a folder for each class, found {len(tables)} files of one line each; "
            f"give the folder that holds {folder.name}/"
        )
    return Source("one file per class", [(None, table) for table in tables])


def _class_file(path, label):
    """A file whose lines are texts of one class."""
    text, encoding = read_text(path)
    table = Table(path, "one file per class", encoding)
    for number, line in enumerate(split_lines(text), 1):
        if line.strip():
            table.texts.append(line.strip())
            table.lines.append(number)
        else:
            table.skipped.setdefault("empty text", []).append(number)
    table.labels = [label] * len(table.texts)
    return table


def _class_folder(folder):
    """A folder whose files are texts of one class."""
    table = Table(folder, "one folder per class", "UTF-8")
    for number, file in enumerate(sorted(p for p in folder.iterdir() if p.is_file() and p.name[0] != "."), 1):
        if file.stat().st_size < 100 and not file.read_bytes().strip():
            table.skipped.setdefault("empty text", []).append(file.name)
            continue
        text, encoding = read_text(file)
        if encoding != "UTF-8":
            table.encoding = encoding
        table.texts.append(text.strip())
        table.lines.append(number)
    if not table.texts:
        raise DataError(f"{folder}: expected files with one text each, found none")
    table.labels = [folder.name] * len(table.texts)
    return table


def _some(names):
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
