"""Scores of translations by the length of the source: where one vector is not enough (course row Q2)."""

import numpy as np

from kseq.data.pairs.scores import pair_scores

BUCKETS = (4, 6, 8, 10)  # words


def scores_by_length(hypotheses, *, references, sources, model="model", buckets=BUCKETS, smallest=20):
    """BLEU, chrF and exact match of the sentences of each length.

    Args:
        hypotheses: list of translations, as `model.translate(sources)` returns it.
        references: for each of them a list of right translations.
        sources: the sentences that were translated; only their lengths count.
        model: what the model is called in the table.
        buckets: ascending numbers of words; the last bucket holds all longer sentences.
        smallest: buckets with fewer sentences are left out: a corpus score of a handful says nothing.

    Returns:
        pandas frame with the columns `model`, `length` (mean number of source words), `words` ("1–4"), `sentences`,
        `BLEU`, `chrF` and `exact match`: a row for each bucket. Several of them put together are what
        `kseq.plot.score_against_length(frame, value="BLEU")` draws.

    Raises:
        ValueError: `hypotheses`, `references`, `sources` are not equally many; or no bucket has `smallest` sentences.
    """
    import pandas as pd

    if list(buckets) != sorted(set(buckets)) or not len(buckets) or min(buckets) < 1:
        raise ValueError(f"`buckets` must be ascending numbers of words. Received: buckets={buckets!r}")
    sizes = np.array([len(source.split()) for source in sources])
    if not len(sizes) == len(hypotheses) == len(references):
        raise ValueError(
            "`hypotheses`, `references` and `sources` must be equally many. Received: "
            f"{len(hypotheses)}, {len(references)}, {len(sizes)}"
        )
    place = np.searchsorted(buckets, sizes)
    rows = []
    for bucket in range(len(buckets) + 1):
        own = np.flatnonzero(place == bucket)
        if len(own) < max(1, smallest):
            continue
        first = buckets[bucket - 1] + 1 if bucket else 1
        words = f"{first}–{buckets[bucket]}" if bucket < len(buckets) else f"{first} and more"
        scores = pair_scores([hypotheses[i] for i in own], [references[i] for i in own])
        rows.append(
            {
                "model": model,
                "length": round(float(sizes[own].mean()), 2),
                "words": words,
                "sentences": len(own),
                **scores,
            }
        )
    if not rows:
        fullest = int(np.bincount(place).max()) if len(place) else 0
        raise ValueError(
            f"`smallest` must be at most {fullest}, the size of the fullest bucket of these {len(sizes)} sentences; "
            f"take more sentences, or a smaller one. Received: smallest={smallest!r}"
        )
    columns = ["model", "length", "words", "sentences", "BLEU", "chrF", "exact match"]
    return pd.DataFrame(rows, columns=columns)
