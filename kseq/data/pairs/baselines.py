"""Translations without a network, on the same split: copy the source, and look up word by word (row S6)."""

import time

from kseq.data.pairs.dictionary import WordDictionary
from kseq.data.pairs.scores import pair_scores


def pair_baselines(dataset, split="test"):
    """Scores of two naive translators.

    Args:
        dataset: a `PairDataset`.
        split: where they are measured.

    Returns:
        pandas frame with the columns `BLEU`, `chrF`, `exact match` and `seconds`, indexed by "copy the source" and
        "word by word".
    """
    import pandas as pd

    sources, references = dataset.sources(split), dataset.references(split)
    if not sources:
        raise ValueError(f"The {split} split is empty. Received: split={split!r}")
    rows, naive = {}, {"copy the source": lambda: sources, "word by word": lambda: word_by_word(dataset, sources)}
    for name, translate in naive.items():
        begin = time.perf_counter()
        rows[name] = {**pair_scores(translate(), references), "seconds": time.perf_counter() - begin}
    return pd.DataFrame.from_dict(rows, orient="index")


def word_by_word(dataset, sentences):
    """Sentences translated with a dictionary learned from the training split; the order of the words stays.

    Tokens are words where the vectorizer of the dataset has words, and else its characters or sub-words.
    """
    pair = dataset.vectorizer
    known = dataset.pairs("train")
    source, target = pair.source_rows([s for s, _ in known]), pair.target_rows([t for _, t in known])
    dictionary = WordDictionary(source, target)
    rows = [dictionary.translate(row) for row in pair.source_rows(list(sentences))]
    return pair.decode_target(rows)
