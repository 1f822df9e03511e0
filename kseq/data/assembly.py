"""From tables to one frame with clean labels and splits that do not leak, and a record of all that was done."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from kseq.data import containment
from kseq.data.errors import DataError, counted
from kseq.data.splits import check_classes, conflicts, hold_out, text_key

NEVER_SEEN = "unused"  # the split of rows that must not be trained on because the test split holds the same text


@dataclass
class About:
    """Where data came from and what was done with it."""

    where: str
    format: str
    encoding: str = "UTF-8"
    skipped: dict = field(default_factory=dict)  # "file: reason" -> line numbers
    notes: list = field(default_factory=list)


def assemble(source, where, fractions, seed):
    """Makes the frame of a dataset.

    Args:
        source: a `kseq.data.sources.Source`.
        where: path or name, for messages.
        fractions: shares of rows for validation and test, where the data is not split already.
        seed: fixes the split.

    Returns:
        `(frame, labels, about)`: a pandas frame with `text`, `label`, `split` and further columns; the names of
        the classes in the order of their ids; an `About`.
    """
    import pandas as pd

    parts = [_frame(split, table) for split, table in source.tables]
    frame = pd.concat(parts, ignore_index=True)
    about = About(str(where), source.format, notes=list(source.notes))
    _record_reading(source, about)
    spelling = label_spelling(frame.label)
    frame["label"] = frame.label.map(spelling)
    labels = sorted(set(spelling.values()), key=_label_order)
    check_classes(where, frame.label.tolist())
    keys = [text_key(text) for text in frame.text]
    different = conflicts(keys, frame.label)
    if different:
        about.notes.append(f"{counted(len(different), 'text')} with different labels, such as {different[0][:60]!r}")
    repeated = len(keys) - len(set(keys))
    if repeated:
        about.notes.append(f"{counted(repeated, 'row')} with the text of an earlier row; equal texts share a split")
    if frame.split.isna().all():
        _check_enough(frame, keys, source, where, 1 + sum(fraction > 0 for fraction in fractions))
    frame["split"] = _split(frame, keys, where, fractions, seed, about)
    check_classes(f"{where}: train split", frame.label[frame.split == "train"].tolist())
    for label in sorted(set(frame.label) - set(frame.label[frame.split == "train"])):
        about.notes.append(f"no training row has the label {label!r}")
    return frame, labels, about


def _check_enough(frame, keys, source, where, needed):
    """Raises if a class has too few different texts to be part of each split."""
    texts = {}
    for row, (key, label) in enumerate(zip(keys, frame.label, strict=True)):
        texts.setdefault(label, {}).setdefault(key, row)
    for label, rows in texts.items():
        if len(rows) < needed:
            places = [(table.path, line) for _, table in source.tables for line in table.lines]
            path, line = places[min(rows.values())]
            at = f"{where}: line {line}" if str(path) == str(where) else f"{where}: {path.name}, line {line}"
            raise DataError(
                f"{at}: expected {needed} or more different texts of each class, one for each split, "
                f"found {len(rows)} of {label!r}"
            )


def _frame(split, table):
    import pandas as pd

    splits = table.splits if table.splits is not None else [split] * len(table.texts)
    data = {"text": table.texts, "label": table.labels, "split": pd.Series(splits, dtype=object)}
    return pd.DataFrame({**data, **{name: v for name, v in table.extra.items() if name not in data}})


def _record_reading(source, about):
    encodings = {}
    for _, table in source.tables:
        encodings.setdefault(table.encoding, []).append(table.path.name)
        for reason, lines in table.skipped.items():
            about.skipped[f"{table.path.name}: {reason}"] = lines
    about.encoding = " and ".join(encodings)
    for name in encodings.get("Windows-1252", ())[:3]:
        about.notes.append(f"{name} is not valid UTF-8 and was read as Windows-1252")
    if about.skipped:
        total = sum(map(len, about.skipped.values()))
        details = "; ".join(describe_skipped(about.skipped))
        warnings.warn(f"{about.where}: {counted(total, 'row')} skipped ({details})", stacklevel=4)


def describe_skipped(skipped):
    """A line for each reason why rows were skipped, with the first line numbers (or names of files)."""
    result = []
    for reason, lines in skipped.items():
        first = ", ".join(map(str, lines[:5])) + (" …" if len(lines) > 5 else "")
        where = f"line {first}" if isinstance(lines[0], int) else first
        result.append(f"{reason}, {counted(len(lines), 'row')}: {where}")
    return result


def label_spelling(labels):
    """One spelling for each class: a dict from what is in the data to its name.

    Case does not count; 1.0 and 1 are the same; 0 and 1 alone are called "negative" and "positive".
    """
    spelling, chosen = {}, {}
    counts = labels.value_counts()
    for label in counts.index:  # the most frequent spelling wins
        number = label.removesuffix(".0") if label.removesuffix(".0").lstrip("-").isdigit() else label
        spelling[label] = chosen.setdefault(number.casefold(), number)
    if set(spelling.values()) == {"0", "1"}:
        names = {"0": "negative", "1": "positive"}
        spelling = {label: names[number] for label, number in spelling.items()}
    return spelling


def _label_order(label):
    try:
        return (0, float(label), "")
    except ValueError:
        return (1, 0.0, label.casefold())


def _split(frame, keys, where, fractions, seed, about):
    """The split of each row, as an array of strings."""
    split = np.array(frame.split, object)
    labels, keys = frame.label.to_numpy(object), np.array(keys, object)
    given = {name for name in split if isinstance(name, str)}
    validation_fraction, test_fraction = fractions
    if not given:
        split[:] = "train"
        _take(split, "test", keys, labels, test_fraction, seed, where, about)
        _take(split, "validation", keys, labels, validation_fraction / (1 - test_fraction), seed + 1, where, about)
        return split
    if "test" not in given and "validation" in given:
        split[split == "validation"] = "test"
        about.notes.append("there is no labelled test part: the validation part is the test split")
    elif "test" not in given:
        _take(split, "test", keys, labels, test_fraction, seed, where, about)
    _keep_apart(split, keys, about)
    if "validation" not in set(split):
        _take(split, "validation", keys, labels, validation_fraction, seed + 1, where, about)
    else:
        _check_validation(split, keys, about)
    return split


def _take(split, name, keys, labels, fraction, seed, where, about):
    """Moves a share of the training rows into the split `name`."""
    rows = np.flatnonzero(split == "train")
    own_keys, own_labels = keys[rows].tolist(), labels[rows].tolist()
    if fraction and containment.is_phrase_like(own_keys):
        chosen = containment.hold_out_phrases(own_keys, own_labels, fraction, seed)
        about.notes.append(
            f"training texts occur inside each other: {name} ({chosen.sum():,} rows) holds whole texts together with "
            "the phrases of three words or more that occur in no other one"
        )
    else:
        chosen = hold_out(own_keys, own_labels, fraction, seed, where)
    split[rows[chosen]] = name


def _keep_apart(split, keys, about):
    """Takes out of training and validation what the published test part holds as well."""
    tested = set(keys[split == "test"])
    for part in ("train", "validation"):
        leaking = [i for i in np.flatnonzero(split == part) if keys[i] in tested]
        if leaking:
            split[leaking] = NEVER_SEEN
            about.notes.append(f"{counted(len(leaking), f'{part} row')} with the text of a test row left out")


def _check_validation(split, keys, about):
    """Reports overlap of ready training and validation parts, and redraws their border if they overlap much."""
    train, validation = keys[split == "train"].tolist(), keys[split == "validation"].tolist()
    both = set(train) & set(validation)
    moved, leaky, share = containment.hold_out_ready(train, validation)
    if both or share:
        equal = sum(key in both for key in validation)
        about.notes.append(
            f"{share:.0%} of the {len(validation):,} validation texts occur inside a training text "
            f"({equal:,} of them are equal to one)"
        )
    if leaky:
        to_train = np.array([s == "validation" and k in leaky for s, k in zip(split, keys, strict=True)])
        to_validation = np.array([s != "test" and k in moved for s, k in zip(split, keys, strict=True)])
        to_validation &= split != NEVER_SEEN
        split[to_train], split[to_validation] = "train", "validation"
        about.notes.append(
            f"so validation keeps the texts that occur in no training text: {to_train.sum():,} rows joined training, "
            f"{to_validation.sum():,} training rows of three words or more followed the validation text they are "
            "part of"
        )
    elif both:
        rows = [i for i in np.flatnonzero(split == "validation") if keys[i] in both]
        split[rows] = "train"
        about.notes.append(f"{counted(len(rows), 'validation row')} equal to a training text joined training")
