"""The report of `TaggedDataset.describe()`."""

from collections import Counter

import numpy as np

from kseq.data.report import Report
from kseq.data.splits import SPLITS


def describe_tagged(dataset):
    """A readable account of a `TaggedDataset`."""
    parts, vectorizer = dataset.parts, dataset.vectorizer
    tags = {split: Counter(tag for s in parts[split] for tag in s.tags) for split in SPLITS}
    lines = [f"{dataset.name}: {sum(map(len, parts.values())):,} tagged sentences"]
    lines += [f"from      {dataset.where}", f"format    {dataset.format}"]
    lines += ["", f"{'':<12}" + "".join(f"{split:>12}" for split in SPLITS)]
    lines.append(f"{'sentences':<12}" + "".join(f"{len(parts[split]):>12,}" for split in SPLITS))
    lines.append(f"{'words':<12}" + "".join(f"{tags[split].total():>12,}" for split in SPLITS))
    for tag in sorted(vectorizer.tags, key=lambda tag: -tags["train"][tag]):
        if any(tags[split][tag] for split in SPLITS):
            lines.append(f"  {tag[:10]:<10}" + "".join(f"{tags[split][tag]:>12,}" for split in SPLITS))
    sizes = np.array([len(s.words) for s in parts["train"]])
    low, middle, high = np.percentile(sizes, [5, 50, 95]).astype(int)
    lines += [
        "",
        f"lengths   {middle} words in the median, {low} to {high} in nine of ten, {sizes.max():,} at most",
        f"batches   of {dataset.batch_size}, padded to {', '.join(map(str, dataset.bucket_lengths))}",
        f"vocabulary {vectorizer.vocabulary_size:,} ids, two of them reserved; {vectorizer.singles:,} words seen once",
    ]
    several = Counter()
    for words, row in zip(dataset.sentences("train"), dataset.tags("train"), strict=True):
        several.update(set(zip(map(str.casefold, words), row, strict=True)))
    forms = Counter(word for word, _ in several)
    many = sum(count > 1 for count in forms.values())
    lines.append(f"ambiguous {many / len(forms):.1%} of the different words of the train split have two tags or more")
    for split in SPLITS[1:]:
        unknown = dataset.unknown(split)
        if len(unknown):
            lines.append(f"unknown   {unknown.mean():.1%} of the words in the {split} split")
    if dataset.notes:
        lines += ["", "notes", *(f"- {note}" for note in dataset.notes)]
    return Report("\n".join(lines))
