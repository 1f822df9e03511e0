"""Scores by source length: the right sentences in each bucket (Q2)."""

import pytest

from kseq.plot import score_against_length
from kseq.tasks.bleu_by_length import scores_by_length

SOURCES = [" ".join(["word"] * n) for n in (2, 4, 5, 6, 11, 12, 30)]
TRUTH = [f"this is sentence number {n} of the list" for n in range(7)]


def test_each_sentence_counts_in_its_bucket():
    said = [*TRUTH[:4], *["nothing at all"] * 3]
    table = scores_by_length(said, references=TRUTH, sources=SOURCES, model="m", smallest=2)
    assert table.words.tolist() == ["1–4", "5–6", "11 and more"]
    assert table.sentences.tolist() == [2, 2, 3]
    assert table["exact match"].tolist() == [1, 1, 0]
    assert table.BLEU.tolist() == pytest.approx([100, 100, 0])
    assert table.length.tolist() == pytest.approx([3, 5.5, 17.67])
    axes = score_against_length(table, value="BLEU")
    assert [label.get_text() for label in axes.get_xticklabels()] == table.words.tolist()
    assert axes.get_ylabel() == "BLEU"


def test_small_buckets_are_left_out_and_bad_arguments_named():
    assert scores_by_length(TRUTH, references=TRUTH, sources=SOURCES, smallest=3).words.tolist() == ["11 and more"]
    with pytest.raises(ValueError, match="`buckets` must be ascending"):
        scores_by_length(TRUTH, references=TRUTH, sources=SOURCES, buckets=(6, 4))
    with pytest.raises(ValueError, match=r"must be equally many\. Received: 7, 7, 2"):
        scores_by_length(TRUTH, references=TRUTH, sources=SOURCES[:2])
    with pytest.raises(ValueError, match=r"`smallest` must be at most 3, .* 7 sentences.* Received: smallest=20"):
        scores_by_length(TRUTH, references=TRUTH, sources=SOURCES)
    with pytest.raises(TypeError):
        scores_by_length(TRUTH, SOURCES, TRUTH)  # the two are mixed up easily: names only
