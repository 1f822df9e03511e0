"""The rows of a CSV file and the numbers in its cells: 1.5, 1,5 between semicolons, 1,500.50, 1.500,50, 1 500.

A comma before three digits is for thousands or for decimals: the other numbers of the file tell, or nothing is read.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.files import read_text
from kseq.data.series.written_dates import date_formats

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "."})
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d*,\d+")
_COMMA_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # 1,500: one or the other
_POINT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}((,\d{3})+\.\d*|(,\d{3}){2,})")  # 1,500.50 or 1,500,000: for thousands
_POINT_GROUPS = re.compile(r"[+-]?\d{1,3}((\.\d{3})+,\d+|(\.\d{3}){2,})")
_SPACED = re.compile(r"[+-]?\d{1,3}([ \u00a0\u202f'’]\d{3})+([.,]\d*)?")
_SPACES = re.compile(r"[ \u00a0\u202f'’]")
_CURRENCY = re.compile(r"[$€£¥]|^[A-Z]{3} |%$")
UNCLOSED = "a quotation mark that is not closed"


def read_numbers(path):
    """`(text, notes)`: `read_text`, whose remark on empty files speaks of numbers."""
    try:
        text, encoding = read_text(path)
    except DataError as error:
        raise DataError(str(error).replace("expected texts and labels", "expected a table of numbers")) from None
    return text, ["read as Windows-1252, since it is not UTF-8: look at the names"] * (encoding == "Windows-1252")


def csv_rows(text, where):
    """`(header, [(line, cells)], delimiter)`; every row has as many cells as the header."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(";\t,|", key=lambda mark: (first.count(mark) > 0, mark in ";\t", first.count(mark)))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
        rows, before = [], 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, [cell.strip() for cell in cells]))
            before = reader.line_num
    except csv.Error as error:
        found = UNCLOSED  # it takes the rest of the file, or all up to the next mark
        found += "" if "end of data" in str(error) or "limit" in str(error) else f", or one inside a text ({error})"
        raise DataError(f"{where}: line {before + 1}: expected a row of CSV, found {found}") from None
    if not rows:
        raise DataError(f"{where}: expected dates and numbers, found an empty file")
    header = rows[0][1]
    width = len(header)
    if not any(is_value(cell) or date_formats([cell]) for cell in header if cell):
        rows = rows[1:]
    else:
        header = [f"column {place}" for place in range(1, width + 1)]
    header = [name or f"column {place}" for place, name in enumerate(header, 1)]
    twice = next((name for place, name in enumerate(header) if name in header[:place]), None)
    if twice:
        raise DataError(f"{where}: line 1: expected names of columns that differ, found {twice!r} twice")
    for line, cells in rows:
        long = next((cell for cell in cells if "\n" in cell), None)
        if long is not None and (len(cells) != width or _swallows(long, delimiter, width)):
            raise DataError(f"{where}: line {line}: expected a row of CSV, found {UNCLOSED}: {long[:30]!r}")
        if len(cells) != width:
            hint = " (a comma in a number? Then quote it, or separate by semicolons)" if len(cells) > width else ""
            raise DataError(f"{where}: line {line}: expected {counted(width, 'cell')}, found {len(cells)}{hint}")
    if not rows:
        raise DataError(f"{where}: expected rows below the header, found none")
    return header, rows, delimiter


def _swallows(cell, delimiter, width):
    """Whether whole rows stand in a cell: lines that begin with a date or a number, and have all other cells."""
    for line in cell.split("\n")[1:]:
        first, *others = line.split(delimiter)
        if len(others) == width - 1 > 0 and (is_value(first.strip()) or date_formats([first])):
            return True
    return False


def is_value(cell):
    """Whether a cell holds a number, in any of the ways in which numbers are written."""
    return any(form.fullmatch(cell) for form in (_PLAIN, _COMMA, _COMMA_GROUPS, _POINT_GROUPS, _SPACED))


def is_numeric(column):
    """Whether most cells of a column that are not empty hold numbers."""
    some = [cell for cell in column if cell.lower() not in MISSING]
    return bool(some) and 2 * sum(map(is_value, some)) > len(some)


def no_number(header, rows, dates):
    """For an error: the first cell that may have been meant as a number, with its line; `""` where there is none."""
    for line, cells in rows:
        for name, cell in zip(header, cells, strict=True):
            if name != dates and re.search(r"\d", cell) and not is_value(cell):
                return f" (line {line}: {name!r} is {cell[:40]!r}{_hint(cell)})"
    return ""


def _hint(cell):
    if "\n" in cell:
        return f": {UNCLOSED}?"
    if _CURRENCY.search(cell):
        return ": the number alone, without a unit"
    return ": a comma for thousands?" if re.search(r"\d,\d", cell) else ""


@dataclass(frozen=True)
class Marks:
    """What comma and point mean in the numbers of a file: `"decimal"`, `"thousands"` or, of commas, `"unclear"`."""

    comma: str = "decimal"
    point: str = "decimal"
    guessed: bool = False  # a comma before three digits that nothing else explains

    @classmethod
    def of(cls, cells, delimiter):
        """What the marks mean, from all numbers of a file together."""
        cells = {_SPACES.sub("", cell) if _SPACED.fullmatch(cell) else cell for cell in cells}
        commas = {cell for cell in cells if _COMMA.fullmatch(cell)}
        points = {cell for cell in cells if "." in cell and _PLAIN.fullmatch(cell)}
        decimal = any(not _COMMA_GROUP.fullmatch(cell) for cell in commas)  # 12,5
        thousands = any(map(_COMMA_GROUPS.fullmatch, cells))
        european = any(map(_POINT_GROUPS.fullmatch, cells))
        grouped = bool(points) and all(map(_POINT_GROUP.fullmatch, points))
        if thousands and not european:
            return cls("thousands")
        if european or decimal:
            return cls("decimal", "thousands" if european or grouped else "decimal")
        if commas and points:
            return cls("thousands")
        return cls("unclear" if commas and delimiter == "," else "decimal", guessed=bool(commas))

    def plain(self, cell):
        """`(the number with a decimal point and nothing else, what was special about it)`."""
        special = ""
        if _SPACED.fullmatch(cell):
            cell, special = _SPACES.sub("", cell), "spaces"
        if "," in cell and self.comma == "thousands":
            if _COMMA_GROUP.fullmatch(cell) or _COMMA_GROUPS.fullmatch(cell):
                cell, special = cell.replace(",", ""), "comma"
        elif self.point == "thousands" and (_POINT_GROUPS.fullmatch(cell) or _POINT_GROUP.fullmatch(cell)):
            cell, special = cell.replace(".", "").replace(",", "."), "point"
        elif self.comma == "decimal" and _COMMA.fullmatch(cell):
            cell, special = cell.replace(",", "."), special or "decimal"
        return cell, special


_SAID = {
    "decimal": "with a decimal comma",
    "comma": "with a comma for thousands (1,500 is 1500)",
    "point": "with a point for thousands (1.500 is 1500)",
    "spaces": "with spaces or apostrophes for thousands (1 500 is 1500)",
}


def csv_numbers(cells, names, where, lines, delimiter):
    """The numbers of some columns, and remarks on how they were written.

    Args:
        cells: name -> texts of a column.
        names: which columns are to be read.
        where: the file, for errors.
        lines: line number of each row.
        delimiter: what stands between the cells.

    Returns:
        `(arrays, notes)`: name -> floats, NaN where missing; and remarks.

    Raises:
        DataError: a cell that is no number, or one that may be two.
    """
    marks = Marks.of({cell for name in names for cell in cells[name]}, delimiter)
    arrays, special, example = {}, Counter(), None
    for name in names:
        arrays[name] = np.full(len(cells[name]), np.nan)
        for place, cell in enumerate(cells[name]):
            if cell.lower() in MISSING:
                continue
            number, kind = marks.plain(cell)
            if not _PLAIN.fullmatch(number) or not np.isfinite(float(number)):
                raise DataError(
                    f"{where}: line {lines[place]}: expected a number in the column {name!r}"
                    f"{_way_out(cell)}, found {cell[:40]!r}"
                )
            arrays[name][place] = float(number)
            special[kind] += 1
            example = cell if kind == "decimal" and marks.guessed and not example else example
        if np.isnan(arrays[name]).all():
            raise DataError(f"{where}: expected numbers in the column {name!r}, found none")
    notes = [f"{counted(special[kind], 'number')} {said}" for kind, said in _SAID.items() if special[kind]]
    if example:
        number = marks.plain(example)[0]
        notes.append(f"ATTENTION: {example} read as {float(number):g}: if its comma is for thousands, leave it out")
    return arrays, notes


def _way_out(cell):
    """What to do with a cell that is no number."""
    if _COMMA_GROUP.fullmatch(cell):
        return f" (a comma for thousands? Then {cell.replace(',', '')}; if for decimals, {cell.replace(',', '.')})"
    if re.search(r"\d,\d", cell) and "\n" not in cell:
        return " (a comma for thousands? One stands before every three digits: 1,500.50)"
    return f" ({_hint(cell).removeprefix(': ')})" if _hint(cell) else ""
