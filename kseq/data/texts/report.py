"""The report of `TextDataset.describe()`."""

from collections import Counter

import numpy as np

from kseq.data.errors import counted
from kseq.data.report import Report
from kseq.data.splits import SPLITS

_EXAMPLES = 10


def describe_text(dataset):
    """A readable account of a `kseq.data.TextDataset`."""
    vectorizer, ids = dataset.vectorizer, {split: dataset.ids(split) for split in SPLITS}
    files = len({piece.file for piece in dataset.pieces})
    characters = sum(len(dataset.text(split)) for split in SPLITS)
    lines = [f"{dataset.name}: {characters:,} characters in {counted(files, 'file')}"]
    lines += [f"from      {corpus.where}" for corpus in dataset.corpora]
    lines += ["", f"{'':<12}{'characters':>14}{'tokens':>14}{'unknown':>10}"]
    for split in SPLITS:
        unknown = np.mean(ids[split] == vectorizer.unknown_id) if len(ids[split]) else 0.0
        lines.append(f"{split:<12}{len(dataset.text(split)):>14,}{len(ids[split]):>14,}{unknown:>10.2%}")
    windows = dataset.arrays("train")
    every = f"one every {dataset.stride}: {windows.num_windows:,} in training"
    if dataset.stateful:
        every = f"in {dataset.batch_size} streams; {windows.left_over:,} tokens, others in each epoch, are left over"
    lines += [
        "",
        f"tokens    {vectorizer._unit}s, {dataset.characters_per_token('train'):.2f} characters each",
        f"vocabulary {vectorizer.vocabulary_size:,} ids, two of them reserved",
        f"windows   of {dataset.context_length} tokens, {every}",
        f"batches   of {dataset.batch_size}, {len(windows):,} in an epoch",
    ]
    lines += [line for split in SPLITS[1:] for line in _unknown(dataset, split, ids[split])]
    if dataset.skipped:
        reasons = list(dataset.skipped.items())
        lines += ["", f"{counted(len(reasons), 'file')} skipped"]
        lines += [f"- {file}: {reason}" for file, reason in reasons[:_EXAMPLES]]
        if len(reasons) > _EXAMPLES:
            lines.append(f"- … and {len(reasons) - _EXAMPLES:,} more (`skipped` has them all)")
    if dataset.notes:
        lines += ["", "notes", *(f"- {note}" for note in dataset.notes)]
    return Report("\n".join(lines))


def _unknown(dataset, split, ids):
    """A line with the most frequent tokens that the vocabulary does not hold."""
    if not (ids == dataset.vectorizer.unknown_id).any():
        return []
    counts = Counter(np.array(dataset.vectorizer.tokenize(dataset.text(split)), object)[ids == 1].tolist())
    shown = ", ".join(f"{token!r} {count:,}×" for token, count in counts.most_common(_EXAMPLES))
    more = f" and {len(counts) - _EXAMPLES:,} more" if len(counts) > _EXAMPLES else ""
    return [f"unknown   in {split}: {shown}{more}"]
