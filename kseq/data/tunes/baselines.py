"""What a composing network has to beat: an n-gram that writes tunes, and real tunes as the reference (row S4)."""

import time

import numpy as np

from kseq.data.ngrams import NGrams, discount_of
from kseq.data.tunes.scores import COLUMNS, tune_scores

MAX_ORDER = 8
WRITTEN = 100  # tunes


def tune_baselines(dataset, split="test", count=WRITTEN, seed=0):
    """Scores of the real tunes of a split and of tunes that an n-gram model wrote.

    The n-gram (Kneser–Ney, over the same tokens, its order chosen on validation by its loss) is given headers drawn as
    for a network, and what it writes is neither chosen nor repaired.

    Returns:
        pandas frame, indexed by "held-out tunes" (the reference: real music no model saw) and "n-gram", with the
        columns of `kseq.data.tunes.scores.tune_scores`, `bits_per_character` and `seconds`.
    """
    import pandas as pd

    if not dataset.tunes(split):
        raise ValueError(f"The {split} split is empty. Received: split={split!r}")
    train, started = dataset.tunes("train"), time.perf_counter()
    rows = {"held-out tunes": {**tune_scores(dataset.tunes(split), train), "bits_per_character": np.nan}}
    rows["held-out tunes"]["seconds"] = time.perf_counter() - started
    started = time.perf_counter()
    writer = NGramComposer(dataset)
    scores = tune_scores(writer.compose(count, seed), train)
    bits = writer.loss(split) / np.log(2) / dataset.characters_per_token(split)
    rows["n-gram"] = {**scores, "bits_per_character": bits, "seconds": time.perf_counter() - started}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*COLUMNS, "bits_per_character", "seconds"])


class NGramComposer:
    """An n-gram model of a dataset's training tunes that writes new ones.

    Args:
        dataset: a `TuneDataset`.

    Attributes:
        order: length of the rows of tokens that it counts.
    """

    def __init__(self, dataset):
        self.dataset, self.vectorizer = dataset, dataset.vectorizer
        size = self.vectorizer.vocabulary_size
        self._drawn = set(range(2, size)) - set(self.vectorizer.header_ids())
        self.model = NGrams(np.concatenate(dataset.rows("train")), size, MAX_ORDER)
        self.order = MAX_ORDER
        if dataset.tunes("validation"):
            self.order = int(np.argmin([self._loss("validation", n) for n in range(1, MAX_ORDER + 1)])) + 1

    def loss(self, split):
        """Mean loss of a token in nats, as a network's: of all tokens of a tune but the first."""
        return self._loss(split, self.order)

    def _loss(self, split, order):
        """Over tunes one after another; the first token of each is not predicted by a network, so it is left out."""
        rows = self.dataset.rows(split)
        logs = self.model.log_probabilities(np.concatenate([[0], *rows]))[order - 1]
        firsts = np.cumsum([0, *map(len, rows[:-1])])
        return -np.delete(logs, firsts).mean()

    def compose(self, count, seed=0):
        """Writes tunes: a list of `Tune`."""
        from kseq.data.tunes.prompts import prompt_texts
        from kseq.data.tunes.text import END
        from kseq.data.tunes.tune import Tune

        end = self.vectorizer.ids(END)[0]
        random, tunes = np.random.default_rng([seed, 2]), []
        longest = self.vectorizer.max_length or 512
        for number, prompt in enumerate(prompt_texts(None, self.vectorizer, count, seed), 1):
            ids = self.vectorizer.ids(prompt)
            while ids[-1] != end and len(ids) < longest:
                ids.append(self._next(ids, random))
            text = self.vectorizer.decode([ids])[0]
            # What does not end is left unreadable: a tune without an end is not a good one.
            tunes.append(Tune(text.rstrip() if ids[-1] == end else text + "?", f"tune {number}"))
        return tunes

    def _next(self, ids, random):
        """Draws a token: from the longest context seen, or, with what the discount left, from the next shorter one.

        P_n(w | h) is a mixture of the discounted counts and P_{n-1}; drawing first which of the two, then the token, is
        drawing from P_n. Padding, the unknown token and, as in the network, header lines are never drawn.
        """
        orders = self.model._orders[: self.order]
        contexts = [0]  # number of the row of the last n - 1 tokens, for n = 1, 2, …; -1: never seen
        for n in range(1, len(orders)):
            contexts.append(self._row(orders, ids[-n:]) if n <= len(ids) else -1)
        for n in range(len(orders), 0, -1):
            order, context = orders[n - 1], contexts[n - 1]
            if context < 0:
                continue
            first, last = np.searchsorted(order.context, [context, context + 1])
            counts = (order.counts if n == len(orders) else order.continuations)[first:last]
            if not counts.sum():
                continue
            discount = discount_of(order.counts if n == len(orders) else order.continuations)
            own = np.maximum(counts - discount, 0)
            place = random.random() * counts.sum()
            if place < own.sum():
                chosen = first + min(np.searchsorted(np.cumsum(own), place, side="right"), len(own) - 1)
                token = int(order.keys[chosen] % self.model.vocabulary_size)
                if token in self._drawn:
                    return token
        return int(random.choice(sorted(self._drawn)))

    def _row(self, orders, tokens):
        """The number of a row of tokens among those of its length; -1 if it never occurred."""
        number = 0
        for order, token in zip(orders, tokens, strict=False):
            key = number * self.model.vocabulary_size + token
            place = int(np.searchsorted(order.keys, key))
            if place == len(order.keys) or order.keys[place] != key:
                return -1
            number = place
        return number
