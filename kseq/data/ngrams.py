"""Counting language models: interpolated Kneser–Ney n-grams in NumPy (row L1: what a network has to beat).

    P_n(w | h) = (c(h w) - D_n) / c(h)  +  D_n · t(h) / c(h) · P_{n-1}(w | h')

c counts how often a row of tokens occurs, t(h) how many different tokens follow the context h, h' is h without
its first token: what is taken from each count seen (the discount D) is given to the next shorter context. Below the
highest order a count is not how often a row occurs, but after how many different tokens: "Francisco" is
frequent, yet follows hardly anything but "San". Under the unigrams all tokens are equally likely.

Rows of n tokens are counted without a dictionary: each gets the number of its first n - 1 tokens, times
the vocabulary, plus its last token, and sorting does the rest.

References:
    Kneser and Ney 1995, "Improved backing-off for m-gram language modeling"; Chen and Goodman 1999, "An empirical
    study of smoothing techniques for language modeling".
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class _Order:
    """The rows of n tokens that occur in the training text.

    keys: ascending; number of the first n - 1 tokens, times the vocabulary, plus the last token.
    context: for each row, the number of its first n - 1 tokens.
    counts, continuations: how often each row occurs, and after how many different tokens.
    """

    keys: np.ndarray
    context: np.ndarray
    counts: np.ndarray
    continuations: np.ndarray


class NGrams:
    """Kneser–Ney models of the orders 1 to `max_order` over the same text.

    Args:
        ids: int array of shape `(num_tokens,)`: the training text.
        vocabulary_size: number of ids; id 0 is padding and gets no probability.
        max_order: longest row of tokens that is counted.
    """

    def __init__(self, ids, vocabulary_size, max_order=6):
        self.vocabulary_size, self.max_order = vocabulary_size, max_order
        ids = np.asarray(ids, np.int64)
        self._orders = []
        shorter = np.zeros(len(ids) + 1, np.int64)  # at each place, the number of the row of n - 1 tokens from there
        for order in range(1, max_order + 1):
            if len(ids) < order:
                break
            rows = shorter[:-1] * vocabulary_size + ids[order - 1 :]
            keys, first, numbers, counts = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
            if self._orders:
                # Each different row of n tokens is one more token that its last n - 1 were seen after.
                last = self._orders[-1]
                last.continuations = np.bincount(shorter[1:][first], minlength=len(last.keys))
            self._orders.append(_Order(keys, keys // vocabulary_size, counts, counts))
            shorter = numbers.ravel()

    def log_probabilities(self, ids):
        """What each order thinks of a text.

        Args:
            ids: int array of shape `(num_tokens,)`.

        Returns:
            Float array of shape `(num_orders, num_tokens - 1)`: natural logarithm of the probability that the model of
            each order, 1 first, gives to each token but the first. No context reaches beyond the text's beginning.
        """
        ids = np.asarray(ids, np.int64)
        size = len(ids)
        lower = np.full(size, 1 / (self.vocabulary_size - 1))
        rows = np.zeros(size + 1, np.int64)  # number of the row of tokens that ends before each place; -1: never seen
        result = []
        for number, order in enumerate(self._orders):
            rows, known = self._find(order, rows[:-1], ids), rows[:-1]
            if number == 0:
                known = np.zeros(size, np.int64)
            top = self._interpolate(order.counts, order, known, rows, lower)
            result.append(np.log(top[1:]))
            lower = self._interpolate(order.continuations, order, known, rows, lower)
            rows = np.append(-1, rows)
        return np.stack(result)

    def _find(self, order, contexts, ids):
        """Numbers of the rows that are made of a context and a token; -1 for those never seen."""
        keys = contexts * self.vocabulary_size + ids
        places = np.minimum(np.searchsorted(order.keys, keys), len(order.keys) - 1)
        return np.where((contexts >= 0) & (order.keys[places] == keys), places, -1)

    def _interpolate(self, counts, order, contexts, rows, lower):
        """One step of the recursion, for all places of a text."""
        discount = discount_of(counts)
        total = np.bincount(order.context, counts)
        different = np.bincount(order.context, counts > 0)  # the text's first tokens were seen after nothing
        # A context that is last in the training text is followed by nothing: it has no row here.
        seen = (contexts >= 0) & (contexts < len(total))
        contexts = np.where(seen, contexts, 0)
        seen &= total[contexts] > 0
        sums = np.where(seen, total[contexts], 1)
        own = np.where(rows >= 0, np.maximum(counts[rows] - discount, 0.0), 0.0)
        return np.where(seen, (own + discount * different[contexts] * lower) / sums, lower)


def discount_of(counts):
    """D = n1 / (n1 + 2 n2), n1 and n2 being how many rows occur once and twice; 0.5 where there are none."""
    once, twice = np.count_nonzero(counts == 1), np.count_nonzero(counts == 2)
    return once / (once + 2 * twice) if once and twice else 0.5
