"""Samples and splits of sentence pairs that do not leak: all pairs of a source sentence share a split.

The same English sentence stands in Tatoeba up to dozens of times, each time with another translation. Split by row,
a model would be asked for the translation of sentences that it has learned by heart.
"""

import unicodedata

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.splits import SPLITS

UNUSED = "unused"  # the split of pairs that must not be trained on because the test split holds their source


def source_key(text):
    """Two sources with the same key are the same sentence: case, spaces and punctuation do not count."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in text if unicodedata.category(c)[0] in "LMN") or "".join(text.split())


def sampled(keys, count, seed):
    """Rows of a random sample of sources, each with all its pairs: a boolean array, at most `count` of them true.

    Args:
        keys: `source_key` of each row.
        count: number of rows.
        seed: fixes the choice.
    """
    groups = grouped(keys)
    order = np.random.default_rng([seed, 1]).permutation(len(groups))
    chosen, names = np.zeros(len(keys), bool), list(groups)
    left = count
    for index in order:
        rows = groups[names[index]]
        if len(rows) <= left:
            chosen[rows] = True
            left -= len(rows)
        if not left:
            break
    return chosen


def grouped(keys):
    """Key -> its rows."""
    groups = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    return groups


def split_pairs(keys, given, fractions, test_pairs, seed, where, notes):
    """The split of each row.

    Args:
        keys: `source_key` of each row.
        given: the split each row came with, or `None`.
        fractions: shares of validation and test, where there are no such splits already.
        test_pairs: number of sources of the test split instead of its share.
        seed: fixes the choice.
        where: named in errors.
        notes: list that remarks are added to.

    Returns:
        Array of strings: `"train"`, `"validation"`, `"test"`, or `"unused"` for pairs whose source is part of a split
        that came ready.
    """
    split = np.array([name or "train" for name in given], object)
    present = {name for name in given if name}
    if "validation" in present and "test" not in present:
        split[split == "validation"] = "test"
        present = {"train", "test"}
        notes.append("there is no test part: the validation part is the test split")
    for later, earlier in (("test", ("train", "validation")), ("validation", ("train",))):
        held = {key for key, name in zip(keys, split, strict=True) if name == later}
        for name in earlier if later in present else ():
            rows = [row for row, key in enumerate(keys) if split[row] == name and key in held]
            split[rows] = UNUSED
            if rows:
                notes.append(f"{counted(len(rows), f'{name} pair')} with the source of a {later} pair left out")
    groups = {key: rows for key, rows in grouped(keys).items() if split[rows[0]] == "train"}
    names = list(groups)
    order = [names[i] for i in np.random.default_rng([seed, 2]).permutation(len(names))]
    shares = {"test": fractions[1], "validation": fractions[0]}
    wanted = {name: max(1, round(len(names) * share)) if share else 0 for name, share in shares.items()}
    wanted["test"] = test_pairs or wanted["test"]
    needed = {name: number for name, number in wanted.items() if name not in present}
    if sum(needed.values()) >= len(names):
        raise DataError(
            f"{where}: expected more different source sentences than are held out ({sum(needed.values()):,}), found "
            f"{len(names):,}"
        )
    for name, number in needed.items():
        for key in order[:number]:
            split[groups[key]] = name
        order = order[number:]
    return split


def leaks(keys, split):
    """Sources that stand in more than one split: an empty set, or there is a mistake."""
    own = {name: {key for key, s in zip(keys, split, strict=True) if s == name} for name in SPLITS}
    train, validation, test = own.values()
    return (train & test) | (train & validation) | (validation & test)
