"""Texts inside texts: phrase collections such as SST-2 hold sentences *and* their parts.

There, a split by row leaks: 89 % of SST-2's development texts occur, word for word, inside a training text. So a
part held out for validation is chosen by containment. A text contains another if its words, in a row, are part of
its own ("a good film" contains "good film" but not "goo").
"""

from collections import Counter, defaultdict

import numpy as np

_LEAKY = 0.05  # share of contained texts above which a part is held out by containment
_SHORTEST_MOVED = 3  # words; shorter phrases ("a film") say little about the text they come from
_PHRASE_WORDS = 15  # median length; longer texts are whole reviews, which hold no other ones


class PhraseIndex:
    """Finds the texts that contain a phrase, by way of its rarest word."""

    def __init__(self, keys):
        self.keys = list(dict.fromkeys(keys))
        self._padded = [f" {key} " for key in self.keys]
        self._holders = defaultdict(list)
        for index, key in enumerate(self.keys):
            for word in set(key.split()):
                self._holders[word].append(index)

    def around(self, phrase):
        """Yields the texts that contain `phrase`, itself included if it is one of them."""
        holders = min((self._holders.get(word, ()) for word in phrase.split()), key=len, default=())
        padded = f" {phrase} "
        return (self.keys[i] for i in holders if padded in self._padded[i])

    def contains(self, phrase):
        """Whether any text contains `phrase` or equals it."""
        return any(True for _ in self.around(phrase))


def hold_out_ready(train, validation):
    """Redraws the border between a training and a validation part that came split, so that nothing leaks.

    Validation keeps its texts that no training text contains; the others join training, so that no row is lost.
    Then training texts of three words or more inside a validation text move over to it, unless another training
    text that stays contains them too.

    Args:
        train, validation: `text_key` of the rows of both parts.

    Returns:
        `(moved, leaky, share)`: the sets of keys that move to validation and to training, and the share of
        validation texts that a training text contained. Both sets are empty where the share is 5 % or less.
    """
    index = PhraseIndex(train)
    inside = [index.contains(key) for key in validation]
    share = float(np.mean(inside)) if inside else 0.0
    leaky = {key for key, is_inside in zip(validation, inside, strict=True) if is_inside}
    if share <= _LEAKY or len(leaky) == len(set(validation)):
        return set(), set(), share
    kept = [key for key in validation if key not in leaky]
    return moving_along(kept, [*train, *leaky]), leaky, share


def moving_along(held_out, train):
    """The keys of `train` that must follow `held_out`: phrases inside one of its texts and in no other one.

    Longer ones are decided first: what moves no longer counts as a text that stays.
    """
    index, phrases = PhraseIndex(held_out), PhraseIndex(train)
    moved = set()
    for key in sorted(phrases.keys, key=len, reverse=True):
        if key.count(" ") + 1 < _SHORTEST_MOVED or not index.contains(key):
            continue
        if all(other == key or other in moved for other in phrases.around(key)):
            moved.add(key)
    return moved


def is_phrase_like(keys, seed=0):
    """Whether more than 5 % of the texts occur inside other ones (judged by a sample, and for short texts only)."""
    keys = list(dict.fromkeys(keys))
    sample = [keys[i] for i in np.random.default_rng(seed).permutation(len(keys))[:2_000]]
    if not sample or np.median([key.count(" ") + 1 for key in sample]) > _PHRASE_WORDS:
        return False
    index = PhraseIndex(keys)
    queries = [key for key in sample if key.count(" ") + 1 >= _SHORTEST_MOVED]
    inside = sum(any(other != key for other in index.around(key)) for key in queries)
    return inside > _LEAKY * max(1, len(queries))


def hold_out_phrases(keys, labels, fraction, seed):
    """Like `splits.hold_out`, for phrase collections: whole families of texts are held out.

    Texts that no other one contains are drawn at random, the same share of each class; the phrases inside them
    follow (see `moving_along`). Draws as many as it takes to reach `fraction` of the rows.

    Returns:
        Boolean array of shape `(num_rows,)`.
    """
    index = PhraseIndex(keys)
    rows, label_of = Counter(keys), dict(zip(reversed(keys), reversed(labels), strict=True))
    followers, roots = Counter(), defaultdict(list)
    for key in index.keys:
        around = [other for other in index.around(key) if other != key]
        if not around:
            roots[label_of[key]].append(key)
        elif key.count(" ") + 1 >= _SHORTEST_MOVED:
            tops = [other for other in around if not any(key in t and other in t and other != t for t in around)]
            if len(tops) == 1:
                followers[tops[0]] += rows[key]
    random, chosen = np.random.default_rng(seed), []
    for label in sorted(roots):
        wanted = fraction * sum(rows[k] + followers[k] for k in roots[label])
        for i in random.permutation(len(roots[label]))[:-1]:
            if wanted <= 0:
                break
            chosen.append(roots[label][i])
            wanted -= rows[chosen[-1]] + followers[chosen[-1]]
    held = set(chosen)
    held |= moving_along(chosen, [key for key in index.keys if key not in held])
    return np.array([key in held for key in keys])
