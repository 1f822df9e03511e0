"""Splits that never leak: stratified by label, fixed by a seed, disjoint in text."""

import numpy as np

from kseq.data.errors import DataError

SPLITS = ("train", "validation", "test")


def check_split(split):
    """Refuses what is not the name of a split."""
    if split not in SPLITS:
        raise ValueError(f"`split` must be one of {', '.join(SPLITS)}. Received: split={split!r}")


def text_key(text):
    """Two texts with the same key are the same text: case and white space do not count."""
    return " ".join(text.casefold().split())


def check_classes(where, labels):
    """Raises unless there are two classes or more."""
    classes = sorted(set(labels))
    if len(classes) < 2:
        found = f"only {classes[0]!r} in all {len(labels):,} rows" if classes else "no rows"
        raise DataError(f"{where}: expected texts of two or more classes, found {found}")


def hold_out(keys, labels, fraction, seed, where="data"):
    """Chooses rows at random, the same share of each class, equal texts together.

    Args:
        keys: `text_key` of each row.
        labels: class of each row.
        fraction: share of rows to choose.
        seed: fixes the choice.
        where: named in the error when a class is too small.

    Returns:
        Boolean array of shape `(num_rows,)`: True for the chosen rows.
    """
    labels = np.asarray(labels, object)
    groups = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    chosen = np.zeros(len(labels), bool)
    if not fraction:
        return chosen
    random = np.random.default_rng(seed)
    for label in sorted(set(labels)):
        # A text with several labels counts to that of its first row.
        own = [rows for rows in groups.values() if labels[rows[0]] == label]
        if len(own) < 2:
            raise DataError(f"{where}: class {label!r} has too few different texts to split: {len(own)}")
        wanted, order = round(sum(map(len, own)) * fraction), random.permutation(len(own))
        taken = 0
        for i in order[: len(own) - 1]:  # at least one stays
            if taken >= max(1, wanted):
                break
            chosen[own[i]] = True
            taken += len(own[i])
    return chosen


def conflicts(keys, labels):
    """The texts that occur with more than one label."""
    seen, found = {}, {}
    for key, label in zip(keys, labels, strict=True):
        if seen.setdefault(key, label) != label:
            found[key] = None
    return list(found)
