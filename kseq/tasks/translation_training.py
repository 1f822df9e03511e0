"""Training and scoring translation models: what `fit` plans, BLEU after each epoch, and exposure bias."""

import inspect

import keras
import numpy as np

from kseq.data.pairs.scores import bleu, pair_scores
from kseq.data.seen_sentences import remark_on_seen, warn
from kseq.data.unknown_input import remark_on_unknown, unknown_share
from kseq.layers import TransformerDecoder
from kseq.tasks.arguments import check_positive
from kseq.tasks.planned_fit import PlannedFit
from kseq.tasks.translating import greedy_rows, padded

SAMPLE = 300  # source sentences that are translated after each epoch: a second or two
ROWS = 64  # pairs that are looked at together
FIT = inspect.signature(keras.Model.fit)


def planned(model, args, kwargs):
    """The arguments of `fit`, by name, with the plan for the learning rate among the callbacks."""
    given = dict(FIT.bind(model, *args, **kwargs).arguments)
    del given["self"]
    # Recurrent layers bring their own fast loop; they don't need XLA.
    has_blocks = any(isinstance(layer, TransformerDecoder) for layer in model.layers)
    plan = PlannedFit(given.get("initial_epoch", 0), xla=has_blocks)
    callbacks = given.get("callbacks") or []
    # First, so that a callback that resumes an earlier training finds the whole plan in place.
    given["callbacks"] = [plan, *(callbacks if isinstance(callbacks, list | tuple) else [callbacks])]
    return given


def scores_of(model, dataset, split, beam=4):
    """BLEU, chrF and exact match of a split: each source once, against all the translations that the data has."""
    vectorizer = model._require_vectorizer("scores")
    warn(remark_on_seen(vectorizer, dataset, split))
    warn(remark_on_unknown_sources(vectorizer, dataset.sources(split)))
    return pair_scores(model.translate(dataset.sources(split), beam=beam), dataset.references(split))


def remark_on_unknown_sources(vectorizer, sources):
    """One line on sources of which the model knows few words, as when the direction is turned round."""
    unknown = [unknown_share(side, sources) for side in (vectorizer.source, vectorizer.target)]
    question = "is it another language"
    if unknown[1] < unknown[0]:
        question = "is it the other direction (`reverse`)"
    return remark_on_unknown(unknown[0], "source words", question)


class ValidationBleu(keras.callbacks.Callback):
    """Adds `val_bleu`: BLEU of greedy translations of the same few hundred validation sentences each time.

    Args:
        dataset: a `PairDataset` with a validation split.
        sample: how many of its sources are translated, at most.
    """

    def __init__(self, dataset, sample=SAMPLE):
        super().__init__()
        sources, references = dataset.sources("validation"), dataset.references("validation")
        chosen = np.random.default_rng(0).permutation(len(sources))[:sample]
        self.sources = [sources[i] for i in chosen]
        self.references = [references[i] for i in chosen]

    def on_epoch_end(self, epoch, logs=None):
        """Translates, scores, writes the score into the logs."""
        logs = {} if logs is None else logs
        logs["val_bleu"] = bleu(self.model.translate(self.sources, beam=1), self.references)


def exposure_of(model, dataset, split, sentences):
    """See `TranslationModel.exposure`."""
    import pandas as pd

    check_positive("sentences", sentences)
    vectorizer = model._require_vectorizer("exposure")
    pairs = dataset.pairs(split)
    if len(pairs) > sentences:
        chosen = np.sort(np.random.default_rng(0).permutation(len(pairs))[:sentences])
        pairs = [pairs[i] for i in chosen]
    sums = {"teacher forcing": np.zeros(2), "free running": np.zeros(2)}
    words = 0
    for start in range(0, len(pairs), ROWS):
        sources, targets = zip(*pairs[start : start + ROWS], strict=True)
        source = padded([np.asarray(row, "int32") for row in vectorizer.source_rows(sources)])
        right = [np.array([*row, vectorizer.end_id], "int32") for row in vectorizer.target_rows(targets)]
        # As many words as the reference has; what it wrote behind its end is the end again.
        own = greedy_rows(model, source, [len(row) for row in right])
        own = [[*ids, *[vectorizer.end_id] * (len(row) - len(ids))] for ids, row in zip(own, right, strict=True)]
        words += sum(map(len, right))
        for name, before in (("teacher forcing", right), ("free running", own)):
            inputs = padded([np.array([vectorizer.begin_id, *row[:-1]], "int32") for row in before])
            logits = np.asarray(model.predict_on_batch({"source": source, "target": inputs}), "float32")
            for row, told in zip(logits, right, strict=True):
                row = row[: len(told)]
                row = row - row.max(axis=-1, keepdims=True)
                log_p = row[np.arange(len(told)), told] - np.log(np.exp(row).sum(axis=-1))
                sums[name] += -log_p.sum(), (row.argmax(axis=-1) == told).sum()
    return pd.DataFrame(sums, index=["loss", "accuracy"]).T / words
