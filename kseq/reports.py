"""Tables for the terminal: scores beside their baselines, confusion, the worst mistakes."""

import textwrap

import numpy as np
import pandas as pd


def score_table(model, dataset, split="test"):
    """The model's accuracy on a split beside the naive baselines on the same split, as text.

    Args:
        model: A trained classifier.
        dataset: The `Dataset` it was trained on.
        split: Name of the split.
    """
    accuracy = model.evaluate(getattr(dataset, split), return_dict=True, verbose=0)["accuracy"]
    scores = {name: row["accuracy"] for name, row in dataset.baselines(split).iterrows()}
    scores[f"this model ({model.count_params():,} weights)"] = accuracy
    width = max(map(len, scores))
    lines = [f"Accuracy on the {split} split ({len(dataset.texts(split)):,} texts)"]
    lines += [f"  {name:<{width}}  {score:6.1%}  {'█' * round(score * 30)}" for name, score in scores.items()]
    noise = 1.96 * (accuracy * (1 - accuracy) / len(dataset.texts(split))) ** 0.5
    if noise > 0.005:  # the 95 % interval of a share, by the normal approximation
        lines.append(f"  With so few texts a score is uncertain by about {noise:.1%} either way.")
    return "\n".join(lines)


def confusion_table(model, dataset, split="test"):
    """A `pandas.DataFrame` that counts, for every true label (rows), what the model said (columns).

    Args:
        model: A trained classifier.
        dataset: The `Dataset` with the split.
        split: Name of the split.
    """
    labels = model.vectorizer.labels
    said = model.probabilities(dataset.texts(split)).argmax(axis=1)
    counts = np.zeros((len(labels), len(labels)), int)
    np.add.at(counts, (dataset.labels(split), said), 1)
    return pd.DataFrame(
        counts,
        index=pd.Index([f"truly {label}" for label in labels]),
        columns=[f"called {label}" for label in labels],
    )


def mistakes(examples, width=96):
    """The rows of `worst_examples` as indented text.

    Args:
        examples: What `worst_examples` returned.
        width: Columns of the terminal.
    """
    if examples.empty:
        return "  none: every text of this split was classified correctly"
    lines = []
    for row in examples.itertuples():
        verdict = f"  called {row.prediction} ({row.confidence:.0%}), truly {row.truth}: "
        lines.append(textwrap.fill(f"{verdict}{row.text}", width, subsequent_indent="      "))
    return "\n".join(lines)
