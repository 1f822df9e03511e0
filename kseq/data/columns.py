"""Which column of a table holds the texts and which the labels, by their names or by what is in them."""

from collections import Counter
from dataclasses import dataclass

TEXT_NAMES = ("text", "sentence", "review", "reviews", "comment", "content", "tweet", "phrase", "body", "message")
LABEL_NAMES = ("label", "labels", "sentiment", "class", "target", "polarity", "category", "rating", "stars", "score")
SPLIT_NAMES = ("split", "fold", "partition", "subset")
_NUMBERS = ("-1", "0", "1", "2", "3", "4", "5", "0.0", "1.0")
_WORDS = ("pos", "neg", "neu", "positive", "negative", "neutral", "good", "bad", "true", "false", "yes", "no")
USUAL_LABELS = frozenset((*_NUMBERS, *_WORDS))
SPLITS = {
    "train": "train",
    "training": "train",
    "dev": "validation",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
LONGEST_LABEL = 40  # characters
_MOST_CLASSES = 50
_FEW = 10  # classes that nobody doubts, however few the rows


@dataclass
class Columns:
    """Where things are in the rows of a table."""

    width: int  # number of fields in a complete row
    header: list | None  # names of the columns, where the first row holds names
    text: int
    label: int
    split: int | None = None  # a column that says train, dev or test
    named: bool = False  # whether the header names both texts and labels


def find_columns(rows, single_words=False):
    """Finds the columns of texts and labels.

    Args:
        rows: lists of fields, the first of which may be a header.
        single_words: whether to believe only in labels of one word each, where no header names them.

    Returns:
        `Columns`, or a string that says why there are none.
    """
    width = Counter(map(len, rows[:5_000])).most_common(1)[0][0] if rows else 0
    if width < 2:
        return "one column"
    first = [cell.strip() for cell in rows[0]] if len(rows[0]) == width else []
    names = [name.casefold() for name in first]
    text, label = _named(names, TEXT_NAMES), _named(names, LABEL_NAMES)
    body = [row for row in rows[1:] if len(row) == width]
    if text is not None and label is not None and text != label:
        return _named_columns(width, first, text, label, body)
    # No (full) header: look at what the columns hold, with the first row and without it.
    sample = body[:20_000] or [rows[0]]
    label = _label_column(sample, width, label, single_words)
    if label is None:
        return "no column with a few short values"
    text = text if text not in (None, label) else _longest_column(sample, width, label)
    values = {row[label].strip() for row in sample}
    header = bool(body and first) and first[label] not in values and _is_name(first[label], first[text])
    return Columns(width, first if header else None, text, label, _split_column(names, body) if header else None)


def _named(names, synonyms):
    return next((names.index(name) for name in synonyms if name in names), None)


def _is_name(label_cell, text_cell):
    number = label_cell.lstrip("-").replace(".", "", 1).isdigit()
    return bool(label_cell) and not number and len(text_cell.split()) <= 3


def _named_columns(width, header, text, label, body):
    values = {row[label].strip() for row in body}
    if len(values) > _FEW and len(values) * 3 > len(body):
        return f"{len(values):,} different values in the column {header[label]!r}, too many for classes"
    split = _split_column([name.casefold() for name in header], body)
    return Columns(width, header, text, label, split, named=True)


def _label_column(rows, width, named, single_words):
    """The column whose values are few and short; among several the one with the usual names of labels."""
    best, best_rank = None, None
    for column in range(width):
        values = Counter(row[column].strip() for row in rows)
        values.pop("", None)
        few = len(values) <= max(2, min(_MOST_CLASSES, sum(values.values()) // 3))
        if not values or not few or max(map(len, values)) > LONGEST_LABEL:
            continue
        usual = all(value.casefold() in USUAL_LABELS for value in values)
        if single_words and not usual and (len(values) < 2 or any(len(value.split()) > 1 for value in values)):
            continue
        rank = (column == named, len(values) > 1, usual, -len(values), column)
        if best_rank is None or rank > best_rank:
            best, best_rank = column, rank
    return best


def _longest_column(rows, width, label):
    sizes = [(sum(len(row[c]) for row in rows), -c) for c in range(width) if c != label]
    return -max(sizes)[1]


def _split_column(names, body):
    column = _named(names, SPLIT_NAMES)
    if column is None or not all(row[column].strip().casefold() in SPLITS for row in body):
        return None
    return column
