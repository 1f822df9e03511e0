"""The report of `Dataset.describe()`."""

import numpy as np

from kseq.data.assembly import describe_skipped
from kseq.data.errors import counted
from kseq.data.splits import SPLITS


class Report(str):
    """A text that shows itself as it is, in a notebook too."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def describe(dataset):
    """A readable account of a `kseq.data.Dataset`."""
    about, vectorizer, frame = dataset.about, dataset.vectorizer, dataset.frame
    lines = [f"{dataset.name}: {len(frame):,} texts in {dataset.num_classes} classes"]
    if about:
        lines += [f"from      {about.where}", f"format    {about.format}, {about.encoding}"]
    used = frame[frame.split.isin(SPLITS)]
    table = used.groupby(["split", "label"], observed=True).size().unstack(fill_value=0)
    table = table.reindex(index=list(SPLITS), columns=list(vectorizer.labels), fill_value=0)
    lines += ["", f"{'rows':<12}{''.join(f'{name:>12}' for name in table.columns)}{'together':>12}"]
    lines += [f"{s:<12}{''.join(f'{n:>12,}' for n in row)}{row.sum():>12,}" for s, row in table.iterrows()]
    unused = len(frame) - len(used)
    if unused:
        lines.append(f"{'left out':<12}{'':>{12 * len(table.columns)}}{unused:>12,}")
    rows = {split: vectorizer.encode_rows(dataset.texts(split), cut=False) for split in SPLITS}
    sizes = np.array([len(row) for row in rows["train"]])
    # A word vectorizer counts punctuation marks too, so its unit is not the word of everyday speech.
    unit = "token" if vectorizer._unit == "word" else vectorizer._unit
    explained = " (words and punctuation marks)" if unit == "token" else ""
    low, middle, high = np.percentile(sizes, [5, 50, 95]).astype(int)
    lines += [
        "",
        f"lengths   {middle} {unit}s{explained} in the median, {low} to {high} in nine of ten, {sizes.max():,} at most",
        f"batches   of {dataset.batch_size}, padded to {', '.join(map(str, dataset.bucket_lengths))}",
        f"vocabulary {vectorizer.vocabulary_size:,} ids, two of them reserved",
    ]
    if rows["test"]:
        ids = np.concatenate([np.asarray(row) for row in rows["test"]])
        lines.append(f"unknown   {np.mean(ids == vectorizer.unknown_id):.1%} of the {unit}s in the test split")
    if vectorizer.max_length:
        cut = sum(len(row) > vectorizer.max_length for split in rows.values() for row in split)
        if cut:
            lines.append(f"cut       {counted(cut, 'text')} longer than max_length={vectorizer.max_length} {unit}s")
    if about and about.skipped:
        lines += ["", "rows skipped", *(f"- {line}" for line in describe_skipped(about.skipped))]
    if dataset.notes:
        lines += ["", "notes", *(f"- {note}" for note in dataset.notes)]
    return Report("\n".join(lines))
