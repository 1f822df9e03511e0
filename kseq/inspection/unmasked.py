"""Padding that an attention layer was not told of: what it is called in tables, and the line that tells the reader."""

import re

import numpy as np

from kseq.inspection.graph_words import PAD
from kseq.inspection.vocabulary import PADDING

NAMED_PADDING = re.compile(r"[\[<]pad(ding)?[\]>]", re.IGNORECASE)


def name_padding(tokens):
    """The tokens of one example, with a word for padding."""
    return [PAD if token == PADDING else token for token in tokens]


def with_places(names, counts):
    """Names of keys in which words that stand in several places have their position: `"call@7"`.

    Args:
        names: of all keys of an example: words, or positions.
        counts: which of them count.
    """
    words, often = np.unique([str(name) for name, one in zip(names, counts, strict=True) if one], return_counts=True)
    several = set(words[often > 1])
    return [f"{name}@{place}" if name in several else name for place, name in enumerate(names)]


def note_on_padding(name, tokens, key_tokens, allowed, query_counts, key_counts):
    """One line about padding that words may look at, or `None` if there is none, or no word is known.

    Padding that only padding sees, as behind the end of a causal model's text, does no harm.

    Args:
        name: of the layer.
        tokens, key_tokens, allowed, query_counts, key_counts: as in `AttentionTrace`.
    """
    if key_tokens is None:
        return None
    padding = is_padding(key_tokens, key_counts.shape) & key_counts
    if not padding.any():
        return None
    asks = query_counts if tokens is None else query_counts & ~is_padding(tokens, query_counts.shape)
    seen = (allowed.any(axis=1) & asks[:, :, None]).any(axis=1)  # (batch, key): a word may look at it
    count = (padding & seen).sum()
    if not count:
        return None
    mask = "no mask" if allowed.all() else "no mask that hides padding"
    return f"{name} was given {mask}: {count} of {key_counts.sum()} keys are padding"


def is_padding(tokens, shape):
    """`(batch, step)` booleans."""
    flat = [token == PADDING or NAMED_PADDING.fullmatch(token) is not None for line in tokens for token in line]
    return np.array(flat, bool).reshape(shape)
