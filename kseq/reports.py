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


def text_score_table(model, dataset, split="test"):
    """A language model's loss on a split beside the models that count, on the same split, as text.

    Args:
        model: A trained language model.
        dataset: The `TextDataset` it was trained on.
        split: Name of the split.
    """
    from kseq.tasks.metrics import bits_per_character

    scores = dataset.baselines(split)
    loss = model.evaluate(dataset.batches(split), return_dict=True, verbose=0)["loss"]
    bits = bits_per_character(loss, dataset, split) if scores["bits_per_character"].notna().all() else np.nan
    rows = [(name, row["loss"], row["perplexity"], row["bits_per_character"]) for name, row in scores.iterrows()]
    rows.append((f"this model ({model.count_params():,} weights)", loss, np.exp(loss), bits))
    unit = dataset.vectorizer._unit
    width = max(len(name) for name, *_ in rows)
    lines = [
        f"Scores on the {split} split ({len(dataset.ids(split)):,} {unit}s); lower is better",
        f"  {'':<{width}}  {'loss':>7}  {'perplexity':>10}  {'bits per character':>18}",
    ]
    for name, *numbers in rows:
        shown = [f"{number:,.{digits}f}" for number, digits in zip(numbers, (3, 2, 3), strict=True)]
        if np.isnan(numbers[-1]):
            shown[-1] = "–"
        lines.append(f"  {name:<{width}}  {shown[0]:>7}  {shown[1]:>10}  {shown[2]:>18}")
    lines.append(f"  The loss is in nats per {unit}; perplexity: it hesitates as between so many {unit}s.")
    if np.isnan(bits):
        lines.append(f"  No bits per character: too many {unit}s are unknown, which no model has to spell.")
    return "\n".join(lines)


def table_of_scores(table, title, formats=None):
    """What `kseq.tasks.scoring.beside_baselines` returned, as text for the terminal.

    Args:
        table: A pandas frame: a row for each baseline or model, a column for each score; `seconds` is left out.
        title: The line above it.
        formats: Dictionary of column -> format specification, such as `{"accuracy": ".1%"}`. Default: `",.3f"`.
    """
    formats = formats or {}
    table = table.drop(columns="seconds", errors="ignore")
    width = max(map(len, table.index))
    wide = {column: max(9, len(column)) for column in table}
    lines = [title, f"  {'':<{width}}" + "".join(f"  {column:>{wide[column]}}" for column in table)]
    for name, row in table.iterrows():
        shown = ["–" if pd.isna(row[column]) else format(row[column], formats.get(column, ",.3f")) for column in table]
        lines.append(
            f"  {name:<{width}}"
            + "".join(f"  {text:>{wide[column]}}" for text, column in zip(shown, table, strict=True))
        )
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
