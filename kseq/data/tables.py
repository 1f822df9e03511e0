"""Tables of texts and labels, whose format is recognised from what is in the file, never from its name.

CSV, TSV and their relatives, with or without a header, quoted or not; lines of JSON. The one hard question is
whether a `"` is a quotation mark of the file or of the text ("quotes are text unless the file really is quoted
CSV"): both readings are made, and the one that explains more of the lines wins.
"""

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path

from kseq.data.columns import LONGEST_LABEL, SPLITS, find_columns
from kseq.data.errors import DataError
from kseq.data.files import json_rows, read_text, split_lines

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
    rows, skipped = json_rows(text) if text.lstrip()[:1] in ("{", "[") else ([], {})
    readings = [Reading("JSON", rows)] if rows else _readings(text)
    usable = [reading for reading in readings if not isinstance(reading.columns, str)]
    if not usable:
        expected = "expected two or more columns, one of them with few, short values as labels (such as text,label)"
        why = readings[0].columns if readings else "one column"
        raise NotATable(f"{path}: {expected}, found {why} (line 1: {_excerpt(text)})")
    total = text.count("\n") + 1
    # Names in a header are the best sign; then the most lines explained; then the plainest reading.
    best = max(usable, key=lambda reading: (reading.columns.named, reading.explains(total) * reading.trust))
    return _table(best, Table(Path(path), best.name, encoding, skipped=skipped if best.name == "JSON" else {}))


class Reading:
    """One way to read a text as rows `(line number, fields)`."""

    def __init__(self, name, rows, trust=1.0, single_words=False):
        self.name, self.rows, self.trust = name, rows, trust
        self.columns = find_columns([fields for _, fields in rows], single_words)

    def places(self):
        """For people: where the texts and the labels stand."""
        text, label, header = self.columns.text, self.columns.label, self.columns.header
        if header:
            return f"with a header (text in {header[text]!r}, label in {header[label]!r})"
        return f"without a header (text in column {text + 1}, label in column {label + 1})"

    def explains(self, total):
        """How many lines of the file belong to complete rows with a label."""
        columns, good = self.columns, 0
        width, label = columns.width, columns.label
        labels = {fields[label].strip() for _, fields in self.rows if len(fields) == width}
        labels = {name for name in labels if name and len(name) <= LONGEST_LABEL}
        begins = [number for number, _ in self.rows]
        for (number, fields), following in zip(self.rows, [*begins[1:], total + 1], strict=True):
            if len(fields) == width and fields[label].strip() in labels:
                good += 1 if _swallowed(fields, columns, labels) else following - number
        return good


def _readings(text):
    """All ways to read `text` as a table of lines."""
    lines = split_lines(text)
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    sample = numbered[:200]
    result = []
    for delimiter, name in _DELIMITERS.items():
        if sum(delimiter in line for _, line in sample) * 2 < len(sample):
            continue
        plain = [(number, line.split(delimiter)) for number, line in numbered]
        same_width = len({len(fields) for _, fields in plain}) == 1
        if any(cell.lstrip(" ").startswith('"') for _, fields in plain for cell in fields):
            quoted = _quoted(lines, delimiter)
            if quoted:
                result.append(Reading(f"quoted {name}", quoted))
                if not same_width and len({len(fields) for _, fields in quoted}) == 1:
                    continue  # the quotes explain every row, so they are no part of the text
        prose = delimiter != "\t" and sum(f"{delimiter} " in line for _, line in sample) * 2 > len(sample)
        if same_width or not prose:  # ", " looks like prose, which columns would cut to pieces
            result.append(Reading(name, plain, *((0.8, True) if prose else ())))
        if delimiter != "\t" and (prose or not same_width):
            # Commas in the texts and no quotes: the label is what comes last, or first. Trusted less.
            result.append(
                Reading(f"{name}, label last,", [(n, t.rsplit(delimiter, 1)) for n, t in numbered], 0.9, True)
            )
            result.append(
                Reading(f"{name}, label first,", [(n, t.split(delimiter, 1)) for n, t in numbered], 0.9, True)
            )
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


def _table(reading, table):
    """Fills `table` with the usable rows and the reasons why others are not."""
    rows, columns = reading.rows, reading.columns
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
    table.format += "" if table.format == "JSON" else " lines"
    table.format += f" {reading.places()}"
    if not table.texts:
        raise NotATable(f"{table.path}: expected rows of text and label, found none below the first line")
    return table


def _excerpt(text):
    line = text.lstrip("\n").split("\n", 1)[0].strip()
    return repr(line if len(line) <= 60 else line[:59] + "…")
