"""`Answer`: a sentence and the numbers behind it; as a table, as JSON, as derivations, beside other models'."""

import json
import re
import textwrap
from dataclasses import dataclass, field

from kseq.scale import Quantity, show
from kseq.scale.board import board
from kseq.scale.units import in_letters

WIDTH = 100
LABEL, VALUE = 30, 26  # columns that the longest ones may take; remarks have the rest
NARROW = 12  # a model's column beside others
COUNTED = ("GPU hours", "kWh")


@dataclass
class Row:
    """One line: what it is, its value, and what is to be known about it."""

    label: str
    value: object  # a Quantity, a number, True or False, text; None: it is not known
    remark: str = ""
    text: str = ""  # the value as it shall be shown; the remark has its range
    unit: str = ""  # of a plain number

    @property
    def key(self):
        """The label as a key of JSON."""
        return key(self.label)

    @property
    def shown(self):
        """The value as text."""
        if self.text:
            return self.text
        if isinstance(self.value, Quantity):
            return people(self.value, self.value.unit)
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return f"{self.value:,}" if isinstance(self.value, int) else str(self.value)

    def as_dict(self):
        """The value as JSON has it, in its base unit, and the remark."""
        if isinstance(self.value, Quantity):
            found = self.value.as_dict()
        else:
            found = {"value": self.value} | ({"unit": self.unit} if self.unit else {})
        return found | ({"remark": self.remark} if self.remark else {})


@dataclass
class Answer:
    """What one question says about one model. A text among the rows is a heading."""

    question: str
    model: str
    sentence: str
    rows: list = field(default_factory=list)
    advice: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    table: object = None  # a `LayerTable`, which shows its own rows
    laws: list = field(default_factory=list)  # of several laws, what each says: dictionaries, in the place of values
    remedy: dict = field(default_factory=dict)  # the options with which it fits, where it does not as asked
    origin: str = ""  # the file that the model was read from

    @property
    def values(self):
        """The rows without the headings."""
        return [row for row in self.rows if isinstance(row, Row)]

    @property
    def quantities(self):
        """The numbers, each once."""
        return list({id(row.value): row.value for row in self.values if isinstance(row.value, Quantity)}.values())

    def as_text(self):
        """The sentence, the table, the notes."""
        lines = [wrapped(f"Read from {self.origin}.")] if self.origin else []
        lines += [wrapped(self.sentence), *(wrapped(f"  → {text}", "    ") for text in self.advice), ""]
        label = min(LABEL, max((len(row.label) for row in self.values), default=0))
        value = min(VALUE, max((len(row.shown) for row in self.values), default=0))
        for row in self.rows:
            if isinstance(row, str):
                lines += ([] if lines[-1] == "" else [""]) + [row]
                continue
            start = f"  {row.label:<{label}}  {row.shown:>{value}}  "
            indent = " " * (value + label + 6)
            if len(start) > len(indent):  # a long value: its remark goes below
                lines.append(start.rstrip())
                start = indent
            if row.remark:
                lines += textwrap.wrap(row.remark, WIDTH, initial_indent=start, subsequent_indent=indent)
            elif start.strip():
                lines.append(start.rstrip())
        if self.table is not None:
            lines += ["", *folded(self.table)]
        notes = [wrapped(f"Note: {note}", "      ") for note in dict.fromkeys(self.notes) if note]
        return "\n".join([*lines, *([""] if notes else []), *notes])

    def as_dict(self):
        """Everything with formulas and sources."""
        heading, entries = "", {}
        for row in self.rows:
            if isinstance(row, str):
                heading = row
                continue
            entries[key(f"{heading} {row.label}" if key(row.label) in entries else row.label)] = row.as_dict()
        parts = {
            "model": self.model,
            "question": self.question,
            "answer": self.sentence,
            "advice": list(self.advice),
            "values": self.laws or entries,
            "notes": [note for note in dict.fromkeys(self.notes) if note],
        }
        parts |= {"read_from": self.origin} if self.origin else {}
        parts |= {"remedy": self.remedy} if self.remedy else {}
        return parts | ({} if self.table is None else {"table": self.table.as_dict()})

    def explained(self):
        """The derivation of each number, one after the other, down to what is given; nothing is written twice."""
        return board([one for one in self.quantities if one.formula])


def people(value, unit):
    """A number with its unit; millions of hours and kilowatt-hours as people say them: `3.682 M kWh`."""
    if unit not in COUNTED or abs(value) < 1e6:
        return show(value, unit)
    return f"{in_letters(value)} {unit}"


def with_range(value):
    """A quantity, and the ends of its range where it is one."""
    shown = people(value, value.unit)
    return f"{shown} ({people(value.low, value.unit)} to {people(value.high, value.unit)})" if value.is_range else shown


def wrapped(text, indent=""):
    """Text in lines of a terminal's width."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent)


def folded(table):
    """The lines of a `LayerTable`; a formula that goes beyond the terminal's width is written below its row."""
    last = sorted({row.formula for row in table.rows if row.formula} | {"FLOPs of one example"}, key=len, reverse=True)
    for line in str(table).splitlines():
        formula = next((one for one in last if line.endswith(f"  {one}")), "")
        if len(line) <= WIDTH:
            yield line
        elif set(line) == {"─"}:
            yield line[:WIDTH]
        elif formula:
            yield line.removesuffix(formula).rstrip()
            yield textwrap.fill(formula, WIDTH, initial_indent="    ", subsequent_indent="    ")
        else:
            yield wrapped(line, "  ")


def key(text):
    """A label as a key of JSON: `weights_in_16_bits`."""
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def as_json(answers):
    """One object for one answer, a list for several."""
    entries = [answer.as_dict() for answer in answers]
    return json.dumps(entries[0] if len(entries) == 1 else entries, indent=2, ensure_ascii=False)


def side_by_side(answers):
    """The same rows of several models as columns, in as many blocks as the width of the terminal asks for.

    Args:
        answers: list of `Answer` to the same question.
    """
    labels = dict.fromkeys(row if isinstance(row, str) else row.label for one in answers for row in one.rows)
    rows = [{row.label: row for row in one.values} for one in answers]
    names = {name: title(name, rows) for name in labels}
    cells = [{name: cell(row, names[name]) for name, row in one.items()} for one in rows]
    label = max(map(len, names.values()))
    widths = [
        max(NARROW, len(one.model), *map(len, column.values())) for one, column in zip(answers, cells, strict=True)
    ]
    blocks, columns = [], list(range(len(answers)))
    while columns:
        taken = [columns.pop(0)]
        while columns and label + sum(widths[n] + 2 for n in [*taken, columns[0]]) <= WIDTH:
            taken.append(columns.pop(0))
        head = " " * label + "".join(f"  {answers[n].model:>{widths[n]}}" for n in taken)
        lines = [head, "─" * len(head)]
        for name, written in names.items():
            shown = [cells[n].get(name, "") for n in taken]
            filled = "".join(f"  {text:>{widths[n]}}" for n, text in zip(taken, shown, strict=True))
            lines.append(f"{written:<{label}}{filled}".rstrip())
        blocks.append("\n".join(lines))
    notes = {f"{one.model}: read from {one.origin}.": None for one in answers if one.origin}
    notes |= {f"{one.model}: {note}": None for one in answers for note in one.notes if note}
    return "\n\n".join([*blocks, *(["\n".join(wrapped(note, "  ") for note in notes)] if notes else [])])


def title(label, rows):
    """A row's label, with the unit where all models have the same one: `FLOPs of a token (FLOP/token)`."""
    values = [one[label].value for one in rows if label in one and isinstance(one[label].value, Quantity)]
    units = {value.unit for value in values}
    if len(units) != 1 or not all(people(value, value.unit).endswith(f" {value.unit}") for value in values):
        return label
    (unit,) = units
    return label if unit in label else f"{label} ({unit})"


def cell(row, title):
    """A value without the unit that its row's title says."""
    unit = getattr(row.value, "unit", "")
    return row.shown.removesuffix(f" {unit}") if unit and unit in title else row.shown
