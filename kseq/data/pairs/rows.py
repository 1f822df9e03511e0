"""From tables of pairs to rows with splits, and a record of all that was left out on the way."""

import re
import unicodedata
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kseq.data.assembly import describe_skipped
from kseq.data.errors import DataError, counted
from kseq.data.pairs.splits import UNUSED, sampled, source_key, split_pairs
from kseq.data.texts.encodings import WINDOWS, windows_notes


@dataclass
class Rows:
    """Pairs with their splits."""

    where: str
    sources: list
    targets: list
    splits: list
    languages: tuple
    format: str
    encoding: str
    skipped: dict
    notes: list
    extra: dict = field(default_factory=dict)

    def of(self, split):
        """`(sources, targets)` of a split."""
        kept = [row for row, name in enumerate(self.splits) if name == split]
        return [self.sources[row] for row in kept], [self.targets[row] for row in kept]

    def only(self, kept):
        """The rows for which `kept`, a boolean array, is true."""
        rows = np.flatnonzero(kept)
        columns = {name: [values[row] for row in rows] for name, values in self.extra.items()}
        sources, targets, splits = ([own[row] for row in rows] for own in (self.sources, self.targets, self.splits))
        return replace(self, sources=sources, targets=targets, splits=splits, extra=columns)


def collect(tables, extra, where, reverse):
    """All tables as one, in composed form (NFC), each pair once."""
    notes, skipped, encodings = [], {}, {}
    for table in tables:
        name = Path(table.path).name
        encodings.setdefault(table.encoding, []).append(name)
        several = f"{name}: " if len(tables) > 1 else ""
        skipped |= {f"{several}{reason}": lines for reason, lines in table.skipped.items()}
        notes += [f"{several}{note}" for note in table.notes]
    notes += windows_notes(encodings.get(WINDOWS, ()))
    if len(tables) > 1 and not any(table.split for table in tables):
        notes.append(f"{counted(len(tables), 'file')} taken together")
    if skipped:
        total = sum(map(len, skipped.values()))
        details = "; ".join(describe_skipped(skipped))
        warnings.warn(f"{where}: {counted(total, 'row')} skipped ({details})", stacklevel=3)
    sources = [_tidy(text) for table in tables for text in table.sources]
    targets = [_tidy(text) for table in tables for text in table.targets]
    splits = [table.split for table in tables for _ in table.sources]
    languages = tables[0].languages
    if reverse:
        sources, targets, languages = targets, sources, languages[::-1]
    rows = Rows(str(where), sources, targets, splits, languages, tables[0].format, " and ".join(encodings), skipped,
                notes, extra or {})  # fmt: skip
    first = {}
    for row, pair in enumerate(zip(sources, targets, splits, strict=True)):
        first.setdefault(pair, row)
    equal = len(sources) - len(first)
    if equal:
        notes.append(f"{counted(equal, 'pair')} equal to an earlier one left out")
        kept = np.zeros(len(sources), bool)
        kept[list(first.values())] = True
        rows = rows.only(kept)
    return rows


def divide(rows, max_words, max_pairs, fractions, test_pairs, seed):
    """The rows that are kept, with their splits."""
    if max_words is not None:
        short = np.array([
            max(len(a.split()), len(b.split())) <= max_words for a, b in zip(rows.sources, rows.targets, strict=True)
        ])  # fmt: skip
        if not short.any():
            raise DataError(f"{rows.where}: expected pairs of at most {max_words} words, found none")
        if not short.all():
            rows.notes.append(f"{counted(int((~short).sum()), 'pair')} longer than max_words={max_words} left out")
            rows = rows.only(short)
    keys = [source_key(source) for source in rows.sources]
    if max_pairs is not None and max_pairs < len(keys):
        chosen = sampled(keys, max_pairs, seed)
        rows.notes.append(f"a sample of {chosen.sum():,} of {len(keys):,} pairs, whole sources, seed={seed}")
        rows = rows.only(chosen)
        keys = [key for key, own in zip(keys, chosen, strict=True) if own]
    splits = split_pairs(keys, rows.splits, fractions, test_pairs, seed, rows.where, rows.notes)
    if not (splits == "train").any():
        raise DataError(f"{rows.where}: expected pairs to train on, found {counted((splits == UNUSED).sum(), 'pair')}")
    return replace(rows, splits=splits.tolist())


def _tidy(text):
    """Composed, without control characters, and with single spaces; narrow spaces and those that do not break stay."""
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"[ \t\r\n\v\f\u2028\u2029\x85]+", " ", text).strip()
