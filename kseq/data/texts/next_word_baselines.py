"""Baselines of the next word: models that count, asked for the most probable words (course rows S3, L1)."""

import time

import numpy as np

from kseq.data.ngrams import NGrams, discount_of

MAX_ORDER = 4
MOST_WORDS = 2_000_000  # counted at most
_HELD_OUT = 10  # where there is no validation split, this part of the training text chooses the order


def next_word_baselines(dataset, split="test"):
    """The most frequent words, bigrams and the best n-grams (Kneser–Ney), on the examples of a split.

    Args:
        dataset: a `kseq.data.texts.next_word_dataset.NextWordDataset`.
        split: where they are scored.

    Returns:
        A pandas frame; see `NextWordDataset.baselines`.
    """
    import pandas as pd

    train, size = dataset.ids("train")[:MOST_WORDS], dataset.vectorizer.vocabulary_size
    begin = time.perf_counter()
    held_out = dataset.ids("validation")
    if len(held_out) < 2:
        cut = len(train) - max(2, len(train) // _HELD_OUT)
        train_part, held_out = train[:cut], train[cut:]
    else:
        train_part = train
    known = held_out[1:] != dataset.vectorizer.unknown_id
    best = NGrams(train_part, size, MAX_ORDER).log_probabilities(held_out)[:, known].mean(axis=1).argmax()
    model = NGrams(train, size, MAX_ORDER)
    ids, places, rows = dataset.ids(split), dataset.places(split), {}
    for name, order in (("most frequent words", 1), ("bigram", 2), ("n-gram", int(best) + 1)):
        scores = scored(model, order, ids, places, dataset.known_share(split))
        rows[name] = {**scores, "order": order, "seconds": time.perf_counter() - begin}
    return pd.DataFrame.from_dict(rows, orient="index")


def scored(model, order, ids, places, known_share, unknown=1):
    """Accuracies and perplexity of the model of one order."""
    first = fifth = loss = 0.0
    for place in places:
        probabilities = next_probabilities(model, ids[max(0, place - order + 1) : place], order)
        probabilities[unknown] = 0.0  # never an answer
        probabilities /= probabilities.sum()
        truth = probabilities[ids[place]]
        better = np.count_nonzero(probabilities > truth)
        first, fifth, loss = first + (better < 1), fifth + (better < 5), loss - np.log(truth)
    return {
        "top-1 accuracy": first / len(places) * known_share,
        "top-5 accuracy": fifth / len(places) * known_share,
        "perplexity": float(np.exp(loss / len(places))),
    }


def next_probabilities(model, context, order):
    """The probability of each id after a context, as `NGrams.log_probabilities` has it; padding gets none.

    Args:
        model: `NGrams`.
        context: the ids before, at most `order - 1` count.
        order: which of its models.

    Returns:
        Float array `(vocabulary_size,)` with the sum 1.
    """
    V = model.vocabulary_size
    lower = np.full(V, 1 / (V - 1))
    lower[0] = 0.0
    context = list(context[-(order - 1) :]) if order > 1 else []
    for number, counted_rows in enumerate(model._orders[:order]):
        if number > len(context):
            break
        start = _number_of(model, context[len(context) - number :])
        if start is None:
            break
        is_top = number == min(order - 1, len(context))
        counts = counted_rows.counts if is_top else counted_rows.continuations
        rows = slice(*np.searchsorted(counted_rows.keys, [start * V, (start + 1) * V]))
        own, total = counts[rows], counts[rows].sum()
        if not total:
            continue
        discount = discount_of(counts)
        lower = lower * (discount * np.count_nonzero(own) / total)
        lower[counted_rows.keys[rows] % V] += np.maximum(own - discount, 0.0) / total
    return lower


def _number_of(model, tokens):
    """The number of a row of tokens in the model of its order, `None` if it was never seen; 0 for no tokens."""
    number = 0
    for token, order in zip(tokens, model._orders, strict=False):
        key = number * model.vocabulary_size + token
        place = np.searchsorted(order.keys, key)
        if place == len(order.keys) or order.keys[place] != key:
            return None
        number = int(place)
    return number
