"""Naive baselines of word labelling, and the scores of any guess: they look at one word at a time."""

import time
from collections import Counter

import numpy as np
import pandas as pd


def tagged_baselines(dataset, split="test"):
    """Majority tag, and most frequent tag per word; see `TaggedDataset.baselines`."""
    rows = {}
    for name, guesser in {"most frequent tag": MajorityTag, "most frequent tag per word": TagPerWord}.items():
        started = time.perf_counter()
        guess = guesser(dataset.sentences("train"), dataset.tags("train"))
        said = [[guess(word) for word in words] for words in dataset.sentences(split)]
        rows[name] = {**tag_scores(dataset, split, said), "seconds": time.perf_counter() - started}
    return pd.DataFrame.from_dict(rows, orient="index")


class MajorityTag:
    """The tag that most words of the training split have."""

    def __init__(self, sentences, tags):
        counts = Counter(tag for row in tags for tag in row)
        self.majority = min(counts, key=lambda tag: (-counts[tag], tag))

    def __call__(self, word):
        """The tag of a word: always the same."""
        return self.majority


class TagPerWord(MajorityTag):
    """The tag that a word had most often in training: as it is written, else in lower case, else the majority's."""

    def __init__(self, sentences, tags):
        super().__init__(sentences, tags)
        counts = {}
        for words, row in zip(sentences, tags, strict=True):
            for word, tag in zip(words, row, strict=True):
                for form in {word, word.casefold()}:
                    counts.setdefault(form, Counter())[tag] += 1
        self.best = {form: min(own, key=lambda tag: (-own[tag], tag)) for form, own in counts.items()}

    def __call__(self, word):
        """The tag of a word, wherever it stands."""
        return self.best.get(word) or self.best.get(word.casefold(), self.majority)


def tag_scores(dataset, split, said):
    """Shares of right tags on a split.

    Args:
        dataset: a `TaggedDataset`.
        split: name of the split.
        said: for each sentence the list of its tags, as a model or a baseline has them.

    Returns:
        Dictionary of `"accuracy"`, `"unknown-word accuracy"` (NaN where there are no unknown words), and for data with
        ambiguous words `"ambiguous-word accuracy"`.
    """
    right = [[a == b for a, b in zip(x, y, strict=True)] for x, y in zip(dataset.tags(split), said, strict=True)]
    flat, unknown = np.concatenate(right), dataset.unknown(split)
    scores = {"accuracy": flat.mean(), "unknown-word accuracy": flat[unknown].mean() if unknown.any() else np.nan}
    focus = dataset.focus(split)
    if focus is not None:
        scores["ambiguous-word accuracy"] = np.mean([row[place] for row, place in zip(right, focus, strict=True)])
    return {name: float(score) for name, score in scores.items()}
