"""A dictionary learned from pairs of sentences, by counting only: IBM model 1 (course row S6, the naive baseline)."""

import numpy as np

from kseq.data.vectorizer import RESERVED

STEPS = 5  # of expectation–maximisation
_LONGEST = 40  # ids; longer sentences teach little and cost much


class WordDictionary:
    """`t(f | e)`: how likely a source word e is translated as a target word f.

    Nobody says which word of a sentence belongs to which. So begin with all equally likely, and again and again share
    out each target word among the source words of its sentence, as far as each explains it (E), and count the shares
    (M). Words that keep each other company win.

    Args:
        sources, targets: lists of rows of ids of the training pairs.
        steps: how often to share out and count.

    Attributes:
        best: dictionary of source id -> the likeliest target id.

    References:
        Brown et al. 1993, "The mathematics of statistical machine translation: parameter estimation", model 1.
    """

    def __init__(self, sources, targets, steps=STEPS):
        # A table of the pairs of words that stand in one sentence: (source, target) as one number, and where.
        left, right, where = [], [], []
        for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
            source, target = np.asarray(source)[:_LONGEST], np.asarray(target)[:_LONGEST]
            left.append(np.repeat(source, len(target)))
            right.append(np.tile(target, len(source)))
            where.append(number * _LONGEST + np.tile(np.arange(len(target)), len(source)))
        left, right, where = (np.concatenate(own).astype(np.int64) for own in (left, right, where))
        size = int(right.max()) + 1
        pairs, pair = np.unique(left * size + right, return_inverse=True)
        source_of, target_of = np.divmod(pairs, size)
        t = np.ones(len(pairs))
        for _ in range(steps):
            share = t[pair] / np.bincount(where, t[pair])[where]  # E: t(f|e) / Σ_e' t(f|e')
            count = np.bincount(pair, share, len(pairs))
            t = count / np.bincount(source_of, count)[source_of]  # M: count(e, f) / Σ_f' count(e, f')
        t[(source_of == 1) | (target_of == 1)] = 0  # what is unknown translates nothing
        order = np.argsort(t, kind="stable")
        kept = order[(t[order] > 0) & (source_of[order] >= RESERVED)]
        self.best = dict(zip(source_of[kept].tolist(), target_of[kept].tolist(), strict=True))

    def translate(self, row):
        """The target ids of one source row, word for word in the same order; unknown words are left out."""
        return [self.best[i] for i in row if i in self.best]
