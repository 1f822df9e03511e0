"""Splits of a task with finitely many examples: no example may stand in two of them.

An example belongs to a split by what it is, not by when it was drawn: a number is computed from its symbols, and that
number decides. So nobody has to remember what was drawn before, and new training examples, however many, never repeat
one of the test.
"""

from collections.abc import Callable
from itertools import count as count_from
from typing import NamedTuple

import numpy as np

from kseq.data.splits import SPLITS

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
HELD_OUT = 4  # so many different examples are needed for the test, where it has as many rows
_ROUNDS = 200  # draws in a row, each of all the rows still missing or more, before giving up


class Different(NamedTuple):
    """How many different examples a task has, and the argument on which that depends most."""

    argument: str
    value: int
    count: Callable
    """value of the argument -> the number of different examples; it grows with the value"""

    def check(self, name, size):
        """Refuses more examples than can be told apart: a tenth of the different ones is for the test."""
        found = self.count(self.value)
        if found >= 10 * min(max(1, size // 8), HELD_OUT):
            return
        enough = next(value for value in count_from(self.value) if self.count(value) >= 10 * HELD_OUT)
        smaller = f", or size={found // 10 * 8 + 7} at most with {self.argument}={self.value}" if found >= 10 else ""
        raise ValueError(
            f"{name}: there are only {found} different examples, and a tenth of them is for the test; from "
            f"{self.argument}={enough} on there are enough{smaller}: choose a greater `{self.argument}`. "
            f"Received: {self.argument}={self.value}, size={size}"
        )


def split_of(arrays):
    """The split (0, 1, 2 in the order of `SPLITS`) of each example.

    Args:
        arrays: tuple of integer arrays whose first axis is the example.
    """
    symbols = np.concatenate([np.reshape(a, (len(a), -1)) for a in arrays], axis=1).astype(np.uint64)  # (N, K)
    odd = np.random.default_rng(1729).integers(2**63, size=symbols.shape[1], dtype=np.uint64) * 2 + 1
    mixed = ((symbols + np.uint64(1)) * odd).sum(axis=1, dtype=np.uint64)
    # the finishing steps of SplitMix64 (Steele et al., 2014): every bit depends on all others
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    edges = np.cumsum([SHARES[split] for split in SPLITS])[:-1]
    return np.searchsorted(edges, mixed / 2.0**64, side="right")


def draw_apart(draw, random, count, split, argument="length"):
    """Draws until `count` examples of the split are there.

    Args:
        draw: function `(random, count) -> tuple of integer arrays`.
        random: a NumPy generator.
        count: number of examples wanted.
        split: `"train"`, `"validation"` or `"test"`.
        argument: the argument of the task on which the number of different examples depends, for the error.

    Raises:
        ValueError: No example of this split exists, or hardly any.
    """
    number, found, have = SPLITS.index(split), [], 0
    for _ in range(_ROUNDS):
        arrays = draw(random, max(64, int(1.2 * (count - have) / SHARES[split])))
        chosen = split_of(arrays) == number
        found.append([a[chosen] for a in arrays])
        have += int(chosen.sum())
        if have >= count:
            return tuple(np.concatenate(parts)[:count] for parts in zip(*found, strict=True))
    raise ValueError(
        f"the {split} split found only {have} of {count} examples, for there are too few different ones "
        f"to keep the splits apart: choose a greater `{argument}`"
    )
