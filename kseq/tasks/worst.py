"""`worst_examples`: what a model got most confidently wrong."""

import numpy as np
import pandas as pd


def worst_examples(model, split, count=10):
    """Lists the examples that a classifier got wrong, the most confident mistake first.

    Looking at them tells more than a score: wrong labels, irony, a word that was never seen.

    Args:
        model: A trained model with `probabilities(texts)`, from `build_sentiment_model`.
        split: `dataset.train`, `.validation` or `.test`; or a `pandas.DataFrame` with the columns `text` and
            `label` (label names).
        count: At most this many rows.

    Returns:
        A `pandas.DataFrame` with the columns `text`, `truth`, `prediction` and `confidence` (the probability
        that the model gave its wrong answer); empty if nothing was wrong.

    Raises:
        ValueError: A label of `split` is unknown to the model.
    """
    texts, truth = texts_and_labels(model, split)
    probabilities = model.probabilities(texts)
    prediction = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(prediction != truth)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    names = np.asarray(model.vectorizer.labels, dtype=object)
    return pd.DataFrame(
        {
            "text": [texts[index] for index in wrong],
            "truth": names[truth[wrong]],
            "prediction": names[prediction[wrong]],
            "confidence": confidence[wrong],
        }
    )


def texts_and_labels(model, split):
    """The raw texts of a split and their labels as ids of the model's vectorizer."""
    if isinstance(split, pd.DataFrame):
        return list(split["text"]), model.vectorizer.encode_labels(split["label"])
    if not hasattr(split, "texts") or callable(split.texts):
        raise ValueError(
            "`split` must be a split of a dataset (such as `reviews.test`) or a DataFrame with the columns text and "
            f"label. Received: {type(split).__name__}"
        )
    return list(split.texts), np.asarray(split.labels)
