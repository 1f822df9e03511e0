"""What a tagger gets right and wrong, tag by tag: precision, recall, F1, and what it takes for what."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from kseq.data.tagged.vectorizer import check_tags


class TagReport(NamedTuple):
    """Tables over the tags of a split.

    scores: a row for each tag that occurs or was given: `precision`, `recall`, `F1`, `words` (how many truly have it);
        the last row, "mean", has the plain means over the tags that occur, the same ones in each column (macro F1);
        the precision of a tag that was never given counts 0 there.
    confusion: counts; a row for each true tag, a column for each tag that was given.
    """

    scores: pd.DataFrame
    confusion: pd.DataFrame


def tag_report(model, dataset, split="test"):
    """Scores of each tag, and which tags are taken for which.

        precision = right / given        recall = right / true        F1 = 2 · right / (given + true)

    Args:
        model: A trained `TaggingModel`.
        dataset: A `TaggedDataset` with the same tags.
        split: `"train"`, `"validation"` or `"test"`.

    Returns:
        A `TagReport(scores, confusion)` of two pandas frames. Where nothing was given (or nothing is true), precision
        (or recall) is NaN.

    Raises:
        ValueError: The data has tags that the model does not know.
    """
    tags = model.vectorizer.tags
    check_tags(tags, (tag for row in dataset.tags(split) for tag in row), dataset.name)
    number = {tag: i for i, tag in enumerate(tags)}
    counts = np.zeros((len(tags), len(tags)), int)
    for truth, said in zip(dataset.tags(split), model.said(dataset, split), strict=True):
        np.add.at(counts, ([number[tag] for tag in truth], [number[tag] for tag in said]), 1)
    met = np.flatnonzero(counts.sum(0) + counts.sum(1))
    counts, tags = counts[np.ix_(met, met)], [tags[i] for i in met]
    right, true, given = np.diag(counts), counts.sum(1), counts.sum(0)
    with np.errstate(invalid="ignore"):
        scores = pd.DataFrame(
            {
                "precision": right / given,
                "recall": right / true,
                "F1": 2 * right / (given + true),
                "words": true,
            },
            index=tags,
        ).sort_values("words", ascending=False, kind="stable")
    means = scores.loc[scores["words"] > 0, ["precision", "recall", "F1"]].fillna(0.0).mean()
    scores.loc["mean"] = [*means, scores["words"].sum()]
    scores["words"] = scores["words"].astype(int)
    order = [tag for tag in scores.index if tag != "mean"]
    return TagReport(scores, pd.DataFrame(counts, index=tags, columns=tags).loc[order, order])


def confusions(report, most=8):
    """The most frequent mistakes: list of `(true tag, given tag, count)`."""
    counts = report.confusion
    pairs = [(a, b, int(counts.loc[a, b])) for a in counts.index for b in counts.columns if a != b and counts.loc[a, b]]
    return sorted(pairs, key=lambda pair: -pair[2])[:most]


def report_text(report, most=8):
    """A `TagReport` for the terminal.

    Args:
        report: what `tag_report` returned.
        most: how many kinds of mistakes are listed.
    """
    width = max(map(len, report.scores.index))
    lines = [f"  {'':<{width}}  precision  recall      F1    words"]
    for tag, row in report.scores.iterrows():
        shares = ["–" if np.isnan(row[name]) else f"{row[name]:.1%}" for name in ("precision", "recall", "F1")]
        line = f"  {tag:<{width}}  {shares[0]:>9}  {shares[1]:>6}  {shares[2]:>6}  {int(row['words']):>7,}"
        lines.append(line)
    found = confusions(report, most)
    if found:
        lines.append("  mistakes, truly … called …: " + ", ".join(f"{a} {b} {count:,}×" for a, b, count in found))
    return "\n".join(lines)
