"""Naive baselines on the same split: every score of a network stands beside them (course row S8)."""

import time

NGRAMS = {"bag of words": (1, 1), "bag of 1–2-grams": (1, 2)}
TOKEN = r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]"  # single characters and punctuation marks count too


def baselines(dataset, split="test"):
    """Fits the majority class and logistic regressions on TF-IDF counts on the training split.

    "bag of words" counts single words, so it cannot know their order. "bag of 1–2-grams" also counts pairs of
    neighbours, the strongest simple baseline on natural reviews, which sees a little order.

    Args:
        dataset: a `kseq.data.Dataset` of texts.
        split: where the accuracy is measured.

    Returns:
        pandas frame with the columns `accuracy` and `seconds`, indexed by the name of the baseline.
    """
    import numpy as np
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, labels = dataset.texts("train"), dataset.labels("train")
    targets, truth = dataset.texts(split), dataset.labels(split)
    if not targets:
        raise ValueError(f"The {split} split is empty. Received: split={split!r}")
    begin = time.perf_counter()
    guess = np.bincount(labels).argmax()
    rows = {"majority class": (float(np.mean(truth == guess)), time.perf_counter() - begin)}
    for name, ngrams in NGRAMS.items():
        begin = time.perf_counter()
        model = make_pipeline(
            TfidfVectorizer(ngram_range=ngrams, token_pattern=TOKEN, sublinear_tf=True),
            LogisticRegression(max_iter=1_000),
        )
        accuracy = float(model.fit(texts, labels).score(targets, truth))
        rows[name] = (accuracy, time.perf_counter() - begin)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["accuracy", "seconds"])
