"""The report of `PairDataset.describe()`."""

import numpy as np

from kseq.data.assembly import describe_skipped
from kseq.data.errors import counted
from kseq.data.pairs.splits import UNUSED
from kseq.data.report import Report
from kseq.data.splits import SPLITS, text_key

EXAMPLES = 3


def describe_pairs(dataset):
    """A readable account of a `kseq.data.pairs.dataset.PairDataset`."""
    about, pair = dataset.about, dataset.vectorizer
    source, target = dataset.languages
    splits = {split: dataset.pairs(split) for split in SPLITS}
    lines = [f"{dataset.name}: {sum(map(len, splits.values())):,} pairs, {source} → {target}"]
    if about:
        lines += [f"from      {about.where}", f"format    {about.format}, {about.encoding}"]
    lines += ["", f"{'':<12}{'pairs':>10}{'sources':>10}{'translations of a source':>26}"]
    for split, pairs in splits.items():
        sources = len(dataset.sources(split))
        share = f"{len(pairs) / sources:.2f}" if sources else "–"
        lines.append(f"{split:<12}{len(pairs):>10,}{sources:>10,}{share:>26}")
    unused = int((dataset.frame.split == UNUSED).sum())
    if unused:
        lines.append(f"{'left out':<12}{unused:>10,}")
    lines.append("")
    for name, place, vectorizer in ((source, 0, pair.source), (target, 1, pair.target)):
        lines += _language(
            name, vectorizer, [row[place] for row in splits["train"]], [r[place] for r in splits["test"]]
        )
    lines.append(f"batches   of {dataset.batch_size}, padded to {', '.join(map(str, dataset.bucket_lengths))}")
    both = {text_key(text) for _, text in splits["train"]} & {text_key(text) for _, text in splits["test"]}
    if both:
        rows = sum(text_key(text) in both for _, text in splits["test"])
        lines.append(f"overlap   {counted(rows, 'test translation')} that another sentence has in training, too")
    lines += ["", "examples", *(f"- {a} → {b}" for a, b in _examples(splits["train"]))]
    if about and about.skipped:
        lines += ["", "rows skipped", *(f"- {line}" for line in describe_skipped(about.skipped))]
    if dataset.notes:
        lines += ["", "notes", *(f"- {note}" for note in dataset.notes)]
    return Report("\n".join(lines))


def _language(name, vectorizer, train, test):
    unit = "token" if vectorizer._unit == "word" else vectorizer._unit
    sizes = np.array([len(row) for row in vectorizer.encode_rows(train)])
    low, middle, high = np.percentile(sizes, [5, 50, 95]).astype(int)
    lines = [
        f"{name}: {vectorizer.vocabulary_size:,} ids; {middle} {unit}s in the median, {low} to {high} in nine of ten, "
        f"{sizes.max():,} at most"
    ]
    if test:
        ids = np.concatenate([np.asarray(row) for row in vectorizer.encode_rows(test)])
        lines.append(f"  unknown: {np.mean(ids == vectorizer.unknown_id):.1%} of the {unit}s in the test split")
    return lines


def _examples(pairs):
    """A short, a middle and a long pair."""
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]))
    return [pairs[order[int(place)]] for place in np.linspace(0, len(order) - 1, EXAMPLES + 2)[1:-1]]
