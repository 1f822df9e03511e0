"""From a path to pairs of sentences: tables with tabs, zip archives, two aligned files, folders of these.

spa.txt, pairs.tsv        Go.<tab>Ve.            two columns, or three: the last one says whose sentences they are
pairs.csv                 source,target          commas or semicolons, quotes where needed
(2 ids, 2 sentences)      12<tab>Go.<tab>34<tab>Ve.   as Tatoeba exports them
spa-eng.zip               one of these files in an archive, and a text about it
train.en  train.es        two files, line by line translations of each other
train.tsv dev.tsv test.tsv, or train.en train.es test.en test.es      a ready split in a folder
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from kseq.data.columns import SPLITS
from kseq.data.errors import DataError, counted
from kseq.data.files import split_lines
from kseq.data.texts.encodings import decoded

LANGUAGES = {
    "en": "English", "es": "Spanish", "fr": "French", "ru": "Russian", "th": "Thai", "de": "German", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch", "pl": "Polish", "tr": "Turkish", "uk": "Ukrainian", "ar": "Arabic",
    "he": "Hebrew", "ja": "Japanese", "zh": "Chinese", "vi": "Vietnamese", "cs": "Czech", "el": "Greek",
    "fi": "Finnish", "sv": "Swedish", "hi": "Hindi", "ko": "Korean", "ca": "Catalan", "ro": "Romanian",
}  # fmt: skip
_ROLES = {"source": 0, "src": 0, "input": 0, "target": 1, "tgt": 1, "output": 1, "translation": 1}
TABLES = {".tsv", ".txt", ".csv", ".tab"}
_ABOUT = re.compile(r"(readme|licen[cs]e|_about|\.|~|__macosx)|.*\.(md|pdf|html|xml|json)$", re.IGNORECASE)
_EMPTY = "empty side"
_WHAT = "pairs of sentences"


@dataclass
class PairTable:
    """Pairs of one file (or two aligned ones)."""

    path: object
    format: str
    encoding: str
    sources: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    skipped: dict = field(default_factory=dict)  # reason -> line numbers
    languages: tuple = ("source", "target")
    split: str | None = None
    notes: list = field(default_factory=list)

    def add(self, line, source, target):
        """Keeps a pair; one with an empty side is counted instead."""
        source, target = source.strip(), target.strip()
        if not source and not target:
            self.skipped.setdefault("empty line", []).append(line)
        elif not source or not target:
            self.skipped.setdefault(_EMPTY, []).append(line)
        else:
            self.sources.append(source)
            self.targets.append(target)
            self.lines.append(line)


def read_pairs(source):
    """The `PairTable`s of a path, or of two paths of aligned files."""
    if isinstance(source, tuple | list):
        if len(source) != 2:
            raise DataError(f"expected two aligned files, found {counted(len(source), 'path')}")
        return [aligned_files(*map(Path, source))]
    path = Path(source)
    tables = _folder(path) if path.is_dir() else [table_file(path)]
    if not any(table.sources for table in tables):
        raise DataError(f"{path}: expected pairs of sentences, found none")
    return tables


def table_file(path):
    """Reads a table of pairs, or what is in a zip archive."""
    data, where = _bytes(path), str(path)
    if data.startswith(b"PK\x03\x04"):
        members = _members(path, data)
        if len(members) == 2:
            return aligned(path, *((f"{path}: {name}", content) for name, content in members))
        member, data = members[0]
        where = f"{path}: {member}"
    text, encoding = decoded(data, where, _WHAT)
    text = text if "\n" in text else text.replace("\r", "\n")  # old Mac files
    lines = split_lines(text)
    first = next(line for line in lines if line.strip())
    if "\t" in first:
        rows = [(number, line.split("\t")) for number, line in enumerate(lines, 1)]
        return _table(where, rows, encoding, "tabs between the columns", path)
    rows = _csv_rows(where, text) if where.casefold().endswith(".csv") else None
    if rows is None:
        number = lines.index(first) + 1
        raise DataError(
            f"{where}: line {number}: expected two columns with a tab between them (source, target), found one: "
            f"{first[:60]!r}; two aligned files are given together: ('train.en', 'train.es')"
        )
    return _table(where, rows, encoding, "CSV", path)


def aligned_files(first, second):
    """Reads two files whose lines are translations of each other."""
    return aligned(first, *((str(path), _bytes(path)) for path in (first, second)))


def aligned(path, first, second):
    """The pairs of two `(name, bytes)` whose lines are translations of each other."""
    texts = [decoded(data, where, _WHAT) for where, data in (first, second)]
    sides = [split_lines(text) for text, _ in texts]
    if len(sides[0]) != len(sides[1]):
        raise DataError(
            f"{second[0]}: expected {counted(len(sides[0]), 'line')}, one for each of {Path(first[0]).name}, "
            f"found {len(sides[1]):,}"
        )
    encodings = dict.fromkeys(encoding for _, encoding in texts)
    names = tuple(_language(Path(where)) or role for (where, _), role in ((first, "source"), (second, "target")))
    table = PairTable(path, "two aligned files", " and ".join(encodings), languages=names)
    for number, (source, target) in enumerate(zip(*sides, strict=True), 1):
        table.add(number, source, target)
    return table


def _bytes(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _members(path, data):
    """Name and bytes of the one file of an archive that may hold pairs, or of the two that are aligned."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        usable = [name for name in names if not _ABOUT.match(name) and not _ABOUT.match(Path(name).name)]
        if not (len(usable) == 1 or (len(usable) == 2 and Path(usable[0]).stem == Path(usable[1]).stem)):
            found = ", ".join(names[:5]) or "nothing"
            raise DataError(f"{path}: expected one file of pairs in the archive, found {len(usable)} ({found})")
        return [(name, archive.read(name)) for name in sorted(usable, key=english_first)]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path}: expected a zip archive, found a broken or locked one ({error})") from None


def english_first(name):
    """Sorts two aligned files: English is the source, as in the bundled data; else the alphabet decides."""
    return Path(name).suffix != ".en", Path(name).suffix


def _csv_rows(where, text):
    """Numbered rows of a CSV file, by commas or semicolons, whichever divides all rows alike; `None`: neither."""
    found = {}
    for mark in ",;":
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        try:
            rows = [(reader.line_num, row) for row in reader]
        except csv.Error as error:
            raise DataError(f"{where}: line {reader.line_num}: expected CSV, found {error}") from None
        widths = [len(row) for _, row in rows if row]
        found[mark] = (widths[0] > 1, len(set(widths)) == 1, rows)
    best = max(found.values(), key=lambda own: own[:2])
    return best[2] if best[0] else None


def _table(where, rows, encoding, form, path):
    """Pairs from rows of fields; the first row decides how many columns there are."""
    number, head = next((n, row) for n, row in rows if any(cell.strip() for cell in row))
    columns, header = _columns(where, number, head, rows)
    names = tuple(_name(head[c], role) for c, role in zip(columns, ("source", "target"), strict=True))
    kept = f"{len(head)} columns, {form}"
    table = PairTable(path, kept, encoding, languages=names if header else ("source", "target"))
    others = []
    for line, row in rows:
        if line == number and header:
            continue
        if not any(cell.strip() for cell in row):
            table.skipped.setdefault("empty line", []).append(line)
        # The attribution may be missing; a side of a pair may not.
        elif len(row) <= max(columns) or len(row) > max(3, len(head)):
            shown = " | ".join(row)[:60]
            raise DataError(f"{where}: line {line}: expected {len(head)} columns, found {len(row)}: {shown!r}")
        else:
            table.add(line, row[columns[0]], row[columns[1]])
            if len(row) != len(head):
                others.append(line)
    if others:
        shown = ", ".join(map(str, others[:5])) + (", …" if len(others) > 5 else "")
        table.notes.append(
            f"{counted(len(others), 'row')} with another number of columns than the {len(head)} of the first one (line "
            f"{shown}); what stands in columns {columns[0] + 1} and {columns[1] + 1} was taken"
        )
    return table


def _columns(where, number, head, rows):
    """`((source, target), whether the first row is a header)`."""
    names = [cell.strip().casefold() for cell in head]
    roles = {_ROLES[name]: place for place, name in enumerate(names) if name in _ROLES}
    if len(roles) == 2:
        return (roles[0], roles[1]), True
    known = [place for place, name in enumerate(names) if name in LANGUAGES or name.title() in LANGUAGES.values()]
    if len(known) == 2:
        return tuple(known), True
    if len(head) == 4 and all(row[i].strip().isdigit() for _, row in rows[:100] if len(row) == 4 for i in (0, 2)):
        return (1, 3), False
    if len(head) in (2, 3):
        return (0, 1), False
    raise DataError(
        f"{where}: line {number}: expected 2 columns (source, target), 3 (and the attribution), or a header that "
        f"names two languages, found {len(head)}: {' | '.join(head)[:60]!r}"
    )


def _name(cell, role):
    name = cell.strip().casefold()
    return LANGUAGES.get(name, name.title() if name.title() in LANGUAGES.values() else role)


def _language(path):
    """The language that a file's name says: `train.es`, `spanish.txt`, `europarl-es.txt`."""
    words = re.split(r"[._-]", path.name.casefold())
    return next(
        (LANGUAGES.get(w, w.title()) for w in reversed(words) if w in LANGUAGES or w.title() in LANGUAGES.values()),
        None,
    )


def split_of(name):
    """The split that the name of a file stands for: `train.tsv`, `es_dev.csv`, `test.en`."""
    words = re.split(r"[-_ ]", name.split(".")[0].casefold())
    return SPLITS.get(words[-1]) or SPLITS.get(words[0])


def _folder(path):
    files = sorted(p for p in path.iterdir() if p.is_file() and not _ABOUT.match(p.name))
    found = ", ".join(p.name for p in files[:5]) or "nothing"
    tables = [p for p in files if p.suffix.casefold() in TABLES]
    stems = {}
    for file in files:
        if file not in tables:
            stems.setdefault(file.stem, []).append(file)
    pairs = [own for own in stems.values() if len(own) == 2]
    made = [aligned_files(*sorted(own, key=english_first)) for own in pairs]
    if not made and len(tables) == 2 and not any("\t" in _first_line(file) for file in tables):
        made = [aligned_files(*sorted(tables, key=lambda p: (_language(p) != "English", p.name)))]
        tables = []
    made += [table_file(file) for file in tables]
    if not made:
        raise DataError(
            f"{path}: expected a table of pairs (source<tab>target), two aligned files of one name (train.en, "
            f"train.es), or train/dev/test files of these, found {found}"
        )
    splits = [split_of(Path(table.path).name) for table in made]
    if "train" in splits and len(set(splits)) > 1:
        kept = [(table, split) for table, split in zip(made, splits, strict=True) if split]
        for table, split in kept:
            table.split = split
        return [table for table, _ in kept]
    return made


def _first_line(path):
    with path.open("rb") as file:
        return file.readline().decode("utf-8", "replace")
