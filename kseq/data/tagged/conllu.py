"""CoNLL-U, the format of Universal Dependencies: ten columns, a word a line, a blank line behind each sentence.

    # text = I don't.
    1     I      I    PRON  …      a word: its number, form, lemma, universal tag, …
    2-3   don't  _    _     …      a range: how words 2 and 3 are written together; it has no tag
    2     do     do   AUX   …
    3     n't    not  PART  …
    3.1   go     go   VERB  …      an empty node: a word that is meant, but not written

What is tagged are the words. Ranges are remembered, so that raw text can be cut in the same way; empty nodes are
left out, and both are counted.
"""

import re
from collections import Counter

from kseq.data.errors import DataError, counted
from kseq.data.tagged.files import Sentence, TaggedFile

COLUMNS = 10
OTHER = {3: 4, 4: 3}  # the column of the universal tags, counted from 0, and that of the language's own
_ID = re.compile(r"([1-9]\d*)(?:(-)([1-9]\d*))?|(\d+)(\.)([1-9]\d*)")
_FIRST = re.compile(r"(0|[1-9]\d*)([-.]\d+)?\t")


def looks_like_conllu(path, line):
    """Whether a file whose first line of content is `line` is meant to be CoNLL-U."""
    return path.suffix in (".conllu", ".conllup") or (bool(_FIRST.match(line)) and line.count("\t") >= 5)


def read_conllu(path, lines, word_column=2, tag_column=4):
    """The sentences of a file.

    Args:
        path: named in errors.
        lines: its lines, without line ends.
        word_column, tag_column: numbers of the columns, from 1; 4 holds the universal tags, 5 those of the language.

    Returns:
        A `TaggedFile`.

    Raises:
        DataError: with file, line, what was expected and what was found.
    """
    reader = Reader(path, word_column, tag_column)
    for number, line in enumerate(lines, 1):
        reader.read(number, line)
    reader.finish()
    return reader.result()


class Reader:
    """Walks through the lines of a CoNLL-U file."""

    def __init__(self, path, word_column, tag_column):
        for name, column in {"word_column": word_column, "tag_column": tag_column}.items():
            if column > COLUMNS:
                raise ValueError(f"`{name}` must be at most {COLUMNS} in CoNLL-U. Received: {name}={column}")
        self.path, self.word_column, self.tag_column = path, word_column - 1, tag_column - 1
        self.sentences, self.contractions = [], {}
        self.ranges = self.empty = self.wordless = 0
        self.untagged, self.elsewhere = [], 0  # words without a tag; how many of them have one in the other column
        self.begin_sentence()

    def begin_sentence(self):
        """Forgets the sentence before."""
        self.words, self.tags, self.text, self.line = [], [], None, 0
        self.open_range, self.last_empty = None, 0

    def fail(self, number, expected, found):
        """Raises with file and line."""
        raise DataError(f"{self.path}: line {number}: expected {expected}, found {found}")

    def read(self, number, line):
        """One line."""
        if not line.strip():
            self.finish(number)
        elif line.startswith("#"):
            if self.words:
                self.fail(number, "a blank line before the comments of the next sentence", "none")
            name, _, value = line[1:].partition("=")
            if name.strip() == "text":
                self.text = value.strip()
        else:
            self.fields(number, line.split("\t"))

    def fields(self, number, fields):
        """A line that is neither blank nor a comment."""
        if len(fields) != COLUMNS:
            hint = " (separated by spaces?)" if len(fields) == 1 and len(fields[0].split()) > 1 else ""
            self.fail(number, f"{COLUMNS} columns with tabs between them", f"{len(fields)}{hint}")
        last = len(self.words)
        found = _ID.fullmatch(fields[0])
        if not found:
            self.fail(number, f"the number of a word, such as {last + 1}", repr(fields[0]))
        first, is_range, end, before, is_empty, count = found.groups()
        if is_empty:
            if (int(before), int(count)) != (last, self.last_empty + 1):
                self.fail(number, f"empty node {last}.{self.last_empty + 1} or word {last + 1}", fields[0])
            self.last_empty += 1
            self.empty += 1
        elif is_range:
            if int(first) != last + 1 or int(end) < int(first) or self.open_range:
                self.fail(number, f"word {last + 1} or a range that begins with it", fields[0])
            self.open_range = (int(first), int(end), fields[1], number)
            self.ranges += 1
        else:
            if int(first) == 1 and last:
                self.fail(number, f"word {last + 1} or a blank line before the next sentence", "word 1")
            if int(first) != last + 1:
                self.fail(number, f"word {last + 1}", f"word {first}")
            self.word(number, fields)

    def word(self, number, fields):
        """A word of its own."""
        word, tag = fields[self.word_column].strip(), fields[self.tag_column].strip()
        if not word:
            self.fail(number, f"a word in column {self.word_column + 1}", "nothing")
        if not tag or (tag == "_" and word != "_"):
            self.untagged.append((number, tag or "nothing"))
            other = fields[OTHER.get(self.tag_column, self.tag_column)].strip()
            self.elsewhere += other not in ("", "_")
        self.line = self.line or number
        self.words.append(word)
        self.tags.append(tag)
        self.last_empty = 0
        if self.open_range and self.open_range[1] == len(self.words):
            first, _, written, _ = self.open_range
            parts = tuple(part.lower() for part in self.words[first - 1 :])
            self.contractions.setdefault(written.lower(), Counter())[parts] += 1
            self.open_range = None

    def finish(self, number=None):
        """The end of a sentence, if one had begun."""
        if self.open_range:
            first, end, _, where = self.open_range
            self.fail(where, f"words {first} to {end} behind the range {first}-{end}", f"{len(self.words)} as the last")
        if self.words:
            self.sentences.append(Sentence(self.words, self.tags, self.line, self.text))
        elif self.text is not None:
            self.wordless += 1
        self.begin_sentence()

    def fail_untagged(self):
        """Says how many words have no tag, and where the tags may be."""
        count, (number, found) = len(self.untagged), self.untagged[0]
        words = sum(len(sentence.words) for sentence in self.sentences)
        if count > 1:
            found += f"; {counted(count, 'word')} of {words:,} are without a tag, this is the first"
        if 2 * count > words and 2 * self.elsewhere > count:
            found += f"; are the tags in another column? (tag_column={OTHER[self.tag_column] + 1})"
        self.fail(number, f"a tag in column {self.tag_column + 1}", found)

    def result(self):
        """What was read.

        Raises:
            DataError: words have no tag.
        """
        if self.untagged:
            self.fail_untagged()
        notes = []
        if self.ranges:
            notes.append(f"{counted(self.ranges, 'written form')} of several words: the words are tagged")
        if self.empty:
            notes.append(f"{counted(self.empty, 'empty node')} left out: words that are not written")
        if self.wordless:
            notes.append(f"{counted(self.wordless, 'sentence')} without words left out")
        column = {3: "universal tags", 4: "the language's own tags"}.get(
            self.tag_column, f"column {self.tag_column + 1}"
        )
        return TaggedFile(self.path, f"CoNLL-U, {column}", self.sentences, notes, self.contractions)
