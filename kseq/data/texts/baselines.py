"""Baselines of running text: models that count, on the same split as the network (course row L1)."""

import time

import numpy as np

from kseq.data.ngrams import NGrams

MAX_ORDER = 8
MOST_TOKENS = 10_000_000  # counted at most; more would need minutes and gigabytes
MOST_UNKNOWN = 0.01  # with a larger share of unknown tokens, which nobody has to spell, bits per character mislead
_HELD_OUT = 10  # where there is no validation split, this part of the training text chooses the order


def text_baselines(dataset, split="test"):
    """Unigrams, bigrams and the best n-grams, with Kneser–Ney smoothing, fitted on the training split.

    Args:
        dataset: a `kseq.data.TextDataset`.
        split: where the loss is measured, over all tokens but the first.

    Returns:
        pandas frame with the columns `order`, `loss` (nats per token), `perplexity`, `bits_per_character` and
        `seconds`, indexed by "unigram", "bigram" and "n-gram". The order of the n-gram, at most 8, is the one with
        the lowest loss on the validation split, or on the end of the training split if there is none. Bits per
        character are NaN where more than 1 % of the tokens are unknown: models need not spell those.
    """
    import pandas as pd

    train, ids = dataset.ids("train")[:MOST_TOKENS], dataset.ids(split)
    if len(ids) < 2:
        raise ValueError(f"The {split} split is empty. Received: split={split!r}")
    begin, size = time.perf_counter(), dataset.vectorizer.vocabulary_size
    if len(dataset.ids("validation")) > 1:
        model = NGrams(train, size, MAX_ORDER)
        best = _losses(model, dataset.ids("validation")).argmin()
    else:
        cut = len(train) - max(2, len(train) // _HELD_OUT)
        best = _losses(NGrams(train[:cut], size, MAX_ORDER), train[cut:]).argmin()
        model = NGrams(train, size, MAX_ORDER)
    losses, seconds = _losses(model, ids), time.perf_counter() - begin
    unknown, rows = np.mean(ids == dataset.vectorizer.unknown_id), {}
    for name, order in (("unigram", 1), ("bigram", 2), ("n-gram", int(best) + 1)):
        loss = float(losses[min(order, len(losses)) - 1])
        bits = loss / np.log(2) / dataset.characters_per_token(split) if unknown <= MOST_UNKNOWN else np.nan
        rows[name] = (order, loss, float(np.exp(loss)), bits, seconds)
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["order", "loss", "perplexity", "bits_per_character", "seconds"]
    )


def _losses(model, ids):
    return -model.log_probabilities(ids).mean(axis=1)
