"""From a path to tagged sentences: one file or a folder, the format recognised from the content.

    1   From   from   ADP   IN …        CoNLL-U: ten columns, see `kseq.data.tagged.conllu`
    EU NNP B-NP B-ORG                   CoNLL columns: a word a line, blank lines between sentences
    The/DET dog/NOUN barks/VERB         a sentence a line, the tag behind the last "/" (or "_")

A folder may hold a ready split: `en_ewt-ud-train.conllu`, `…-dev.…`, `…-test.…`, or `eng.train`, `eng.testa`,
`eng.testb`. All other files of a folder are read together.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from kseq.data.columns import SPLITS
from kseq.data.errors import DataError, counted
from kseq.data.texts.encodings import WINDOWS, windows_notes
from kseq.data.texts.files import read_plain_text

UNIVERSAL_TAGS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM"),
    *("PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
_SPLITS = {**SPLITS, "testa": "validation", "testb": "test"}
_ASIDE = re.compile(
    r"(readme|licen[cs]e|copying|changelog|contributing|stats|\.|~)|.*\.(md|pdf|html|xml|py|gz|zip)$", re.I
)


@dataclass
class Sentence:
    """The words of a sentence with a tag each, and where they were read."""

    words: list
    tags: list
    line: int = 0
    text: str | None = None  # as it was written; `None`: nobody said
    extra: dict = field(default_factory=dict)


@dataclass
class TaggedFile:
    """What was read of one file."""

    path: Path
    format: str
    sentences: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    contractions: dict = field(default_factory=dict)  # written form -> Counter of the words it stands for


def read_tagged(path, word_column=None, tag_column=None):
    """Reads a file or a folder.

    Args:
        path: file or folder.
        word_column, tag_column: numbers of the columns, from 1; `None`: those of the format (2 and 4 in CoNLL-U,
            1 and 2 in CoNLL columns).

    Returns:
        List of `(split or None, TaggedFile)`, and a list of remarks.

    Raises:
        DataError: with file, line, what was expected and what was found.
    """
    path = Path(path)
    if path.is_file():
        return [(None, read_tagged_file(path, word_column, tag_column))], []
    notes, entries = [], sorted(path.iterdir())
    files = [p for p in entries if p.is_file() and not _ASIDE.match(p.name)]
    if not files:
        folders = [p.name for p in entries if p.is_dir()]
        advice = f"; give one of its folders: {', '.join(folders[:5])}" if folders else ""
        raise DataError(f"{path}: expected files with tagged sentences, found none{advice}")
    splits = {p: split_named(p.name) for p in files}
    ready = "train" in splits.values() and len({s for s in splits.values() if s}) > 1
    aside = [p.name for p in entries if p.is_file() and p not in splits]
    aside += [p.name for p, split in splits.items() if ready and split is None]
    if aside:
        notes.append(
            f"set aside as no data: {', '.join(aside[:5])}" + (f" and {len(aside) - 5} more" * (len(aside) > 5))
        )
    read = [
        (split if ready else None, read_tagged_file(p, word_column, tag_column))
        for p, split in splits.items()
        if split or not ready
    ]
    if not ready and len(read) > 1:
        notes.append(f"{counted(len(read), 'file')} taken together")
    return read, notes


def split_named(name):
    """The split that a file's name stands for, or `None`: `en_ewt-ud-dev.conllu` is for validation."""
    words = [word for word in re.split(r"[-_. ]", name.casefold()) if word in _SPLITS]
    return _SPLITS[words[-1]] if words else None


def read_tagged_file(path, word_column=None, tag_column=None):
    """Reads one file in any of the formats; a `TaggedFile`."""
    from kseq.data.tagged.columns import looks_like_slashes, read_columns, read_slashes
    from kseq.data.tagged.conllu import looks_like_conllu, read_conllu

    for name, column in {"word_column": word_column, "tag_column": tag_column}.items():
        if column is not None and (isinstance(column, bool) or not isinstance(column, int) or column < 1):
            raise ValueError(f"`{name}` must be the number of a column, from 1 on. Received: {name}={column!r}")
    path = Path(path)
    text, encoding = read_plain_text(path, "tagged sentences")
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if first is None:
        raise DataError(f"{path}: expected tagged sentences, found only comments")
    if looks_like_conllu(path, lines[first]):
        result = read_conllu(path, lines, word_column or 2, tag_column or 4)
    elif looks_like_slashes(lines[first]):
        result = read_slashes(path, lines)
    else:
        result = read_columns(path, lines, word_column, tag_column)
    if not result.sentences:
        raise DataError(f"{path}: expected tagged sentences, found none")
    result.notes += windows_notes([path.name] * (encoding == WINDOWS))
    return result
