"""CoNLL columns (a word a line), and sentences written as word/TAG."""

import csv
import re
from collections import Counter

from kseq.data.errors import DataError, counted
from kseq.data.tagged.files import Sentence, TaggedFile
from kseq.data.tagged.headers import is_header, named_columns

LONGEST = 1_000  # words; a longer "sentence" means that the blank lines are missing
MANY = 40  # words: a file that is one sentence and longer than that may lack its blank lines
DOCUMENT = "-DOCSTART-"
EXPECTED = "expected a word and its tag, separated by a tab, spaces or commas; CoNLL-U; or word/TAG"
# What may stand between columns -> how a line is cut there. With tabs a word may hold a space (20 000).
CUTS = {
    "a tab": lambda line: [field.strip() for field in line.rstrip("\t").split("\t")],
    "spaces": str.split,
    "a comma": lambda line: _cells(line, ","),
    "a semicolon": lambda line: _cells(line, ";"),
}


def read_columns(path, lines, word_column=None, tag_column=None):
    """Sentences of a word a line, columns separated by tabs, spaces or commas, blank lines between sentences.

    Args:
        path: named in errors.
        lines: its lines, without line ends.
        word_column, tag_column: numbers of the columns, from 1; `None`: what the header says, else 1 and 2.

    Returns:
        A `TaggedFile`. A line that names the columns is a header; lines that begin with `-DOCSTART-` separate
        documents, and lines before a sentence that begin with `#` and do not fit into the columns are comments; all
        are counted.
    """
    separator, width, rows, notes = cut(path, lines)
    content = [(number, fields) for number, fields in rows if fields]
    first, head = content[0]
    word, tag = (word_column or 1) - 1, (tag_column or 2) - 1
    named = named_columns(head)
    if named and word_column is tag_column is None and is_header(head, *named, content):
        word, tag = named
    if max(word, tag) >= width:
        name = "word_column" if word > tag else "tag_column"
        raise DataError(f"{path}: line {first}: expected {max(word, tag) + 1} columns or more ({name}), found {width}")
    if is_header(head, word, tag, content):
        rows = [row for row in rows if row[0] != first]
        notes.append(f"line {first} taken as a header: words in column {head[word]!r}, tags in column {head[tag]!r}")
    sentences, current = [], Sentence([], [])
    for number, fields in rows:
        if not fields:
            if current.words:
                sentences.append(current)
            current = Sentence([], [])
            continue
        if not fields[word] or not fields[tag]:
            raise DataError(f"{path}: line {number}: expected a word and its tag, found {lines[number - 1][:60]!r}")
        if len(current.words) == LONGEST:
            raise DataError(
                f"{path}: line {number}: expected a blank line behind each sentence, found none in {LONGEST:,} words"
            )
        current.line = current.line or number
        current.words.append(fields[word])
        current.tags.append(fields[tag])
    if current.words:
        sentences.append(current)
    if len(sentences) == 1 and len(sentences[0].words) > MANY:
        notes.append(
            f"all {len(sentences[0].words)} lines are one sentence, a word a line: a blank line ends a sentence, and "
            "there is none"
        )
    kind = f"CoNLL columns, word in column {word + 1}, tag in column {tag + 1} of {width}"
    return TaggedFile(path, kind + (f", {separator} between" if separator in ("a comma", "a semicolon") else ""),
                      sentences, notes)  # fmt: skip


def cut(path, lines):
    """Lines as fields, cut where all of them are cut alike.

    Returns:
        `(separator, number of columns, [(line number, fields)], notes)`; the fields of a line between sentences are
        empty.

    Raises:
        DataError: the lines do not agree; the message names the first that differs from most.
    """
    notes, documents, written = [], 0, []
    for number, line in enumerate(lines, 1):
        documents += line.startswith(DOCUMENT)
        written.append((number, "" if line.startswith(DOCUMENT) or not line.strip() else line))
    content = [line for _, line in written if line]
    if not content:
        raise DataError(f"{path}: expected tagged sentences, found none")
    plain = [line for line in content if not line.startswith("#")] or content
    # A word or a tag may hold a comma, and some languages put spaces into words: tabs first, commas last.
    ways = {}
    for name, cutter in CUTS.items():
        width, agree = Counter(len(cutter(line)) for line in plain).most_common(1)[0]
        if width > 1:
            ways[name] = (agree == len(plain), agree, width)
    if not ways:
        number, line = next((number, line) for number, line in written if line)
        raise DataError(f"{path}: line {number}: {EXPECTED}, found {line.strip()[:60]!r}")
    separator = max(ways, key=lambda name: ways[name][:2])
    _, agree, width = ways[separator]
    if separator == "spaces" and any("\t" in line for line in plain):
        tabs = sum("\t" in line for line in plain)
        notes.append(f"columns separated by a tab in {counted(tabs, 'line')}, by spaces in {len(plain) - tabs:,}")
    rows, comments, between, model = [], 0, True, None
    for number, line in written:
        fields = CUTS[separator](line) if line else []
        if line.startswith("#") and between and len(fields) != width:
            comments += 1
            continue
        between = not fields
        rows.append((number, fields))
        model = model or (number if len(fields) == width else None)
    wrong = next(((number, fields) for number, fields in rows if fields and len(fields) != width), None)
    if wrong:
        number, fields = wrong
        if agree * 2 <= len(plain):  # no pattern at all: running text
            raise DataError(f"{path}: line {number}: {EXPECTED}, found {lines[number - 1].strip()[:60]!r}")
        how = {"a tab": "", "spaces": " (separated by spaces)"}.get(separator, f" with {separator} between them")
        found = f"{len(fields)}: {lines[number - 1].strip()[:60]!r}"
        if separator in ("a comma", "a semicolon"):
            found += f"; {separator} that is a word stands in quotes"
        elif separator == "a tab" and "\t" not in lines[number - 1]:
            how = " with a tab between them"
        raise DataError(f"{path}: line {number}: expected {width} columns{how} as in line {model}, found {found}")
    if documents:
        notes.insert(0, f"{counted(documents, 'line')} {DOCUMENT} left out")
    notes += [f"{counted(comments, 'comment')} left out"] if comments else []
    if not any(fields for _, fields in rows):
        raise DataError(f"{path}: expected tagged sentences, found none")
    return separator, width, rows, notes


def _cells(line, mark):
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark, strict=True), [])]
    except csv.Error:
        return [line]


def looks_like_slashes(line):
    """Whether a line is a sentence of word/TAG or word_TAG."""
    return separator_of(line) is not None


def separator_of(line):
    """`"/"` or `"_"`, whichever stands in every piece of the line before a tag; `None`: neither."""
    pieces = line.split()
    for separator in "/_":
        if pieces and all(
            re.fullmatch(rf".+{separator}[^\W\d_][\w$.:*|+=-]*|.+{separator}[^\w\s]+", p) for p in pieces
        ):
            return separator
    return None


def read_slashes(path, lines):
    """Sentences of word/TAG, one a line; the tag stands behind the last `/` (or `_`)."""
    separator = next(filter(None, map(separator_of, lines)))
    sentences, comments = [], 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if line.startswith("#") and separator_of(line) != separator:
            comments += 1
            continue
        current = Sentence([], [], number)
        for piece in line.split():
            word, _, tag = piece.rpartition(separator)
            if not word or not tag:
                raise DataError(f"{path}: line {number}: expected word{separator}TAG, found {piece[:60]!r}")
            current.words.append(word)
            current.tags.append(tag)
        sentences.append(current)
    notes = [f"{counted(comments, 'comment')} left out"] if comments else []
    return TaggedFile(path, f"word{separator}TAG lines", sentences, notes)
