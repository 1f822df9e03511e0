"""Checks of builder arguments, and seeds for the parts of a model."""

import difflib

import numpy as np

from kseq.layers.seeding import seeded


def check_choice(argument, value, choices, hints=None):
    """Refuses a value that is not one of `choices`, offering the nearest one.

    Args:
        argument: its name.
        value: what came.
        choices: the values that it may have.
        hints: mapping of how wrong values begin -> what to do instead, a sentence.
    """
    if value not in choices:
        spelt = str(value).lower()
        near = difflib.get_close_matches(spelt, choices, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        for beginning, sentence in (hints or {}).items():
            hint = f" {sentence}" if spelt.startswith(beginning) else hint
        raise ValueError(f"`{argument}` must be one of {', '.join(choices)}.{hint} Received: {argument}={value!r}")


def check_positive(argument, value):
    """Refuses anything but an integer from 1 on."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"`{argument}` must be a positive integer. Received: {argument}={value!r}")


def check_fraction(argument, value):
    """Refuses anything but a number from 0 up to, but not including, 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise ValueError(f"`{argument}` must be a number in [0, 1). Received: {argument}={value!r}")


def check_clipnorm(clipnorm):
    """Refuses anything but a positive number, or `None`."""
    if clipnorm is not None and (isinstance(clipnorm, (bool, str)) or not clipnorm > 0):
        raise ValueError(f"`clipnorm` must be a positive number, or None. Received: clipnorm={clipnorm!r}")


def check_heads(embedding_dim, num_heads, position):
    """Refuses a width that cannot be shared out among the heads of a Transformer."""
    received = f"Received: embedding_dim={embedding_dim}, num_heads={num_heads}"
    if embedding_dim % num_heads:
        raise ValueError(f"`num_heads` must divide `embedding_dim`: all heads are equally wide. {received}")
    if position == "rotary" and embedding_dim // num_heads % 2:
        raise ValueError(
            "`embedding_dim` / `num_heads`, the width of a head, must be even with position='rotary', which turns "
            f"pairs of numbers. {received}"
        )


class Seeds:
    """Hands out one seed after another, so that each part of a model gets its own, fixed by the first.

    Args:
        seed: Integer, or `None` for parts that differ at every run.
    """

    def __init__(self, seed=None):
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0):
            raise ValueError(f"`seed` must be an integer from 0 on, or None. Received: seed={seed!r}")
        self.random = None if seed is None else np.random.default_rng(seed)

    def next(self):
        """The next seed, or `None`."""
        return None if self.random is None else int(self.random.integers(2**31))

    def initializer(self, identifier):
        """The Keras initializer of that name with the next seed, if it takes one; an object stays as it is."""
        return seeded(identifier, self.next())
