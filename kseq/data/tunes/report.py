"""The report of `TuneDataset.describe()`."""

from collections import Counter

import numpy as np

from kseq.data.errors import counted
from kseq.data.report import Report
from kseq.data.splits import SPLITS

SHOWN = 6  # skipped tunes and kinds that are named
ONE = {
    "chord symbols and annotations": "chord symbol or annotation",
    "decorations": "decoration",
    "groups of grace notes": "group of grace notes",
    "slur signs": "slur sign",
    "fields inside tunes": "field inside tunes",
}


def left_out(count, name):
    """`1 slur sign`, `2 slur signs`."""
    return f"{count:,} {ONE.get(name, name) if count == 1 else name}"


def describe_tunes(dataset):
    """A readable account of a `kseq.data.tunes.dataset.TuneDataset`."""
    tunes = {split: dataset.tunes(split) for split in SPLITS}
    every = [tune for split in SPLITS for tune in tunes[split]]
    lines = [f"{dataset.name}: {counted(len(every), 'tune')}", f"from      {dataset.where}", ""]
    for split in SPLITS:
        good = sum(tune.is_good for tune in tunes[split])
        bars = sum(len(tune.bars) for tune in tunes[split])
        name, bar = "tune " if len(tunes[split]) == 1 else "tunes", "bar " if bars == 1 else "bars"
        lines.append(f"{split:<12}{len(tunes[split]):>8,} {name}{bars:>10,} {bar}   {good:,} with full bars and in key")
    for title, names in (
        ("rhythms", Counter(tune.rhythm or "not given" for tune in every)),
        ("metres", Counter(tune.metre_name for tune in every)),
        ("keys", Counter(tune.key.name for tune in every)),
    ):
        shown = ", ".join(f"{name} {count}" for name, count in names.most_common(SHOWN))
        rest = len(names) - SHOWN
        lines.append(f"{title:<10}{shown}{f' and {rest} more' if rest > 0 else ''}")
    sizes = [len(row) for row in dataset.rows("train")]
    low, middle, high = np.percentile(sizes, [5, 50, 95]).astype(int)
    unknown = [np.mean(np.concatenate(dataset.rows(split)) == 1) for split in SPLITS if tunes[split]]
    lines += [
        f"lengths   {middle} tokens in the median, {low} to {high} in nine of ten, {max(sizes):,} at most",
        f"batches   of {dataset.batch_size}, padded to {', '.join(map(str, dataset.bucket_lengths))}",
        f"vocabulary {dataset.vectorizer.vocabulary_size:,} ids, two of them reserved; unknown {max(unknown):.2%}",
    ]
    left = Counter()
    for tune in every:
        left.update(tune.left_out)
    if left:
        lines.append("left out  " + ", ".join(left_out(count, name) for name, count in left.most_common()))
    if dataset.skipped:
        lines += ["", f"skipped: {counted(len(dataset.skipped), 'tune')}"]
        lines += [f"- {where}: {reason}" for where, reason in dataset.skipped[:SHOWN]]
        if len(dataset.skipped) > SHOWN:
            lines.append(f"- and {len(dataset.skipped) - SHOWN} more, all in `.skipped`")
    if dataset.notes:
        lines += ["", "notes", *(f"- {note}" for note in dataset.notes)]
    return Report("\n".join(lines))
