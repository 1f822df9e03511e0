"""Tables of texts and labels, whose format is recognised from what is in the file, never from its name.

CSV, TSV and their relatives, with or without a header, quoted or not; lines of JSON. The one hard question is
whether a `"` is a quotation mark of the file or of the text ("quotes are text unless the file really is quoted
CSV"): both readings are made, and the one that explains more of the lines wins.
"""

import csv
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from kseq.data.columns import SPLITS, find_columns
from kseq.data.errors import DataError
from kseq.data.files import read_text, split_lines

_DELIMITERS = {"\t": "tab-separated", ",": "comma-separated", ";": "semicolon-separated", "|": "bar-separated"}
_MISSING = ("", "nan")


@dataclass
class Table:
    """Rows that were read from one file, and what happened to the others."""

    path: Path
    format: str  # for people: "tab-separated lines with a header"
    encoding: str
    texts: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    lines: list = field(default_factory=list)  # where each row begins in the file
    splits: list | None = None  # of each row, where a column says so
    extra: dict = field(default_factory=dict)  # further named columns, such as a domain
    skipped: dict = field(default_factory=dict)  # reason -> line numbers

    def where(self, column, value):
        """The table of the rows whose extra `column` holds `value`."""
        kept = [i for i, cell in enumerate(self.extra[column]) if cell == value]
        lists = {name: [getattr(self, name)[i] for i in kept] for name in ("texts", "labels", "lines")}
        extra = {name: [cells[i] for i in kept] for name, cells in self.extra.items()}
        return replace(self, **lists, extra=extra)


class NotATable(DataError):
    """A text file in which no columns of texts and labels were found."""


def read_table(path):
    """Reads a file of texts and labels; the format is recognised from the content."""
    text, encoding = read_text(path)
    return parse_table(text, path, encoding)


def parse_table(text, path, encoding="UTF-8"):
    """Like `read_table`, from text that has been read already."""
    if text.lstrip()[:1] == "{":
        rows, skipped, name = _json_lines(text, path)
        readings = [(rows, find_columns([fields for _, fields in rows]), name)]
    else:
        skipped, readings = {}, _readings(text)
    usable = [reading for reading in readings if not isinstance(reading[1], str)]
    if not usable:
        expected = "expected two or more columns, one of them with few, short values as labels (such as text,label)"
        why = readings[0][1] if readings else "one column"
        raise NotATable(f"{path}: {expected}, found {why} (line 1: {_excerpt(text)})")
    # The most lines explained wins; the first of equals, which is the plainest.
    rows, columns, name = max(usable, key=lambda r: _explained(r[0], r[1], text.count("\n") + 1))
    return _table(rows, columns, Table(Path(path), name, encoding, skipped=skipped))


def _readings(text):
    """All ways to read `text` as rows: lists of `(rows, columns, name)`, a row being `(line number, fields)`."""
    lines = split_lines(text)
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    sample = numbered[:200]
    result = []
    for delimiter, name in _DELIMITERS.items():
        if sum(delimiter in line for _, line in sample) * 2 < len(sample):
            continue
        plain = [(number, line.split(delimiter)) for number, line in numbered]
        ways = [(plain, name)]
        if any(cell.lstrip(" ").startswith('"') for _, fields in plain for cell in fields):
            quoted = _quoted(lines, delimiter)
            ways.insert(0, (quoted, f"quoted {name}")) if quoted else None
        if delimiter != "\t" and len({len(fields) for _, fields in plain}) > 1:
            # Texts with delimiters in them and no quotes: the label is what comes last, or first.
            ways.append(([(n, line.rsplit(delimiter, 1)) for n, line in numbered], f"{name}, label last,"))
            ways.append(([(n, line.split(delimiter, 1)) for n, line in numbered], f"{name}, label first,"))
        result += [(rows, find_columns([fields for _, fields in rows]), way) for rows, way in ways]
    return result


def _quoted(lines, delimiter):
    """Rows of quoted CSV, or `None` where the quotes do not work out."""
    limit = csv.field_size_limit(2**31 - 1)  # a review may be long
    try:
        # Outside quotes, a lone CR would end the row for the csv module: it is white space.
        reader = csv.reader(
            (line.replace("\r", " ") + "\n" for line in lines), delimiter=delimiter, strict=True, skipinitialspace=True
        )
        rows, begins = [], 1
        for fields in reader:
            if any(cell.strip() for cell in fields):
                rows.append((begins, [cell.removesuffix("\n") for cell in fields]))
            begins = reader.line_num + 1
        return rows
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(limit)


def _explained(rows, columns, total):
    """How many lines of the file a reading explains: those of complete rows that have a usual-looking label."""
    good, labels = 0, set()
    for _, fields in rows:
        if len(fields) == columns.width:
            labels.add(fields[columns.label].strip())
    labels = {label for label in labels if len(label) <= 40}
    for (number, fields), following in zip(rows, [*(n for n, _ in rows[1:]), total + 1], strict=True):
        if len(fields) == columns.width and fields[columns.label].strip() in labels:
            good += 1 if _swallowed(fields, columns, labels) else following - number
    return good - len(labels)  # fewer different labels, better


def _swallowed(fields, columns, labels):
    """Whether a field holds the end of a row and the beginning of another: its quotes were text after all."""
    text = fields[columns.text]
    if "\n" not in text:
        return False
    last = columns.label > columns.text
    for line in text.split("\n"):
        cells = [line.rpartition(d)[2] if last else line.partition(d)[0] for d in _DELIMITERS if d in line]
        if any(cell.strip() in labels for cell in cells):
            return True
    return False


def _json_lines(text, path):
    """Rows of a file with one JSON object a line, the first row being the names."""
    records, skipped = [], {}
    for number, line in enumerate(split_lines(text), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError
            records.append((number, record))
        except ValueError:
            skipped.setdefault("not a JSON object", []).append(number)
    if not records:
        raise NotATable(f"{path}: expected one JSON object a line, found none that can be read")
    names = list(dict.fromkeys(name for _, record in records for name in record))
    rows = [(n, ["" if r.get(k) is None else str(r[k]) for k in names]) for n, r in records]
    return [(0, names), *rows], skipped, "JSON lines"


def _table(rows, columns, table):
    """Fills `table` with the usable rows and the reasons why others are not."""
    names = columns.header or []
    others = [c for c in range(columns.width) if c not in (columns.text, columns.label, columns.split)]
    others = [c for c in others if c < len(names) and names[c]]
    table.extra = {names[c]: [] for c in others}
    if columns.split is not None:
        table.splits = []
    for number, fields in rows[1:] if columns.header else rows:
        if len(fields) != columns.width:
            reason = f"{len(fields)} columns instead of {columns.width}"
        elif not fields[columns.text].strip():
            reason = "empty text"
        elif fields[columns.label].strip().casefold() in _MISSING:
            reason = "no label"
        else:
            table.texts.append(fields[columns.text].strip())
            table.labels.append(fields[columns.label].strip())
            table.lines.append(number)
            for c in others:
                table.extra[names[c]].append(fields[c].strip())
            if columns.split is not None:
                table.splits.append(SPLITS[fields[columns.split].strip().casefold()])
            continue
        table.skipped.setdefault(reason, []).append(number)
    if table.format != "JSON lines":
        table.format += f" lines {'with' if columns.header else 'without'} a header"
    if not table.texts:
        raise NotATable(f"{table.path}: expected rows of text and label, found none below the first line")
    return table


def _excerpt(text):
    line = text.lstrip("\n").split("\n", 1)[0].strip()
    return repr(line if len(line) <= 60 else line[:59] + "…")
