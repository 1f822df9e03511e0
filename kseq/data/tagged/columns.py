"""CoNLL columns (a word a line), and sentences written as word/TAG."""

import re

from kseq.data.errors import DataError, counted
from kseq.data.tagged.files import Sentence, TaggedFile

LONGEST = 1_000  # words; a longer "sentence" means that the blank lines are missing
MANY = 40  # words: a file that is one sentence and longer than that may lack its blank lines
DOCUMENT = "-DOCSTART-"


def read_columns(path, lines, word_column=1, tag_column=2):
    """Sentences of a word a line, columns separated by tabs or spaces, blank lines between sentences.

    Args:
        path: named in errors.
        lines: its lines, without line ends.
        word_column, tag_column: numbers of the columns, from 1.

    Returns:
        A `TaggedFile`. Lines that begin with `-DOCSTART-` separate documents, and lines that begin with `#` and do not
        fit into the columns are comments; both are counted.
    """
    tabs = any("\t" in line for line in lines)
    sentences, current, width, first = [], Sentence([], []), None, 0
    documents = comments = 0
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(DOCUMENT):
            documents += line.startswith(DOCUMENT)
            if current.words:
                sentences.append(current)
            current = Sentence([], [])
            continue
        # With tabs a word may hold a space (20 000); without, any number of them stands between the columns.
        fields = [field.strip() for field in line.rstrip("\t").split("\t")] if tabs else line.split()
        if line.startswith("#") and not current.words and len(fields) != width:
            comments += 1
            continue
        if width is None:
            width, first = len(fields), number
            if width < 2:
                raise DataError(
                    f"{path}: line {number}: expected a word and its tag, separated by a tab or spaces; CoNLL-U; or "
                    f"word/TAG, found {line.strip()[:60]!r}"
                )
            if max(word_column, tag_column) > width:
                name = "word_column" if word_column > tag_column else "tag_column"
                raise DataError(
                    f"{path}: line {number}: expected {max(word_column, tag_column)} columns or more ({name}), "
                    f"found {width}"
                )
        if len(fields) != width:
            raise DataError(f"{path}: line {number}: expected {width} columns as in line {first}, found {len(fields)}")
        word, tag = fields[word_column - 1], fields[tag_column - 1]
        if not word or not tag:
            raise DataError(f"{path}: line {number}: expected a word and its tag, found {line.strip()[:60]!r}")
        if len(current.words) == LONGEST:
            raise DataError(
                f"{path}: line {number}: expected a blank line behind each sentence, found none in {LONGEST:,} words"
            )
        current.line = current.line or number
        current.words.append(word)
        current.tags.append(tag)
    if current.words:
        sentences.append(current)
    lone = len(sentences) == 1 and len(sentences[0].words) > MANY
    notes = [f"{counted(documents, 'line')} {DOCUMENT} left out"] if documents else []
    notes += [f"{counted(comments, 'comment')} left out"] if comments else []
    if lone:
        notes.append(
            f"all {len(sentences[0].words)} lines are one sentence, a word a line: a blank line ends a sentence, and "
            "there is none"
        )
    kind = f"CoNLL columns, word in column {word_column}, tag in column {tag_column} of {width}"
    return TaggedFile(path, kind, sentences, notes)


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
    separator, sentences = None, []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        separator = separator or separator_of(line)
        current = Sentence([], [], number)
        for piece in line.split():
            word, _, tag = piece.rpartition(separator)
            if not word or not tag:
                raise DataError(f"{path}: line {number}: expected word{separator}TAG, found {piece[:60]!r}")
            current.words.append(word)
            current.tags.append(tag)
        sentences.append(current)
    return TaggedFile(path, f"word{separator}TAG lines", sentences)
