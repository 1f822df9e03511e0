"""BLEU, chrF and exact match: the library's numbers, with one and with several references."""

import pytest
from sacrebleu import corpus_bleu, corpus_chrf

from kseq.data.pairs.scores import bleu, chrf, exact_match, pair_scores

HYPOTHESES = ["The cat sat on the mat.", "Do you have a pet?", "He went home early today."]
REFERENCES = [["The cat sat on a mat.", "The cat was on the mat."], ["Do you have a pet?"], ["He left early today."]]


def test_numbers_are_those_of_sacrebleu():
    firsts = [own[0] for own in REFERENCES]
    assert bleu(HYPOTHESES, firsts) == corpus_bleu(HYPOTHESES, [firsts]).score
    assert chrf(HYPOTHESES, firsts) == corpus_chrf(HYPOTHESES, [firsts]).score


def test_a_further_reference_helps_the_sentence_that_has_it():
    firsts = [own[0] for own in REFERENCES]
    seconds = [REFERENCES[0][1], "", ""]
    assert bleu(HYPOTHESES, REFERENCES) > bleu(HYPOTHESES, firsts)
    assert bleu(HYPOTHESES, REFERENCES) == pytest.approx(
        corpus_bleu(HYPOTHESES, [firsts, [seconds[0], None, None]]).score
    )


def test_right_and_wrong_translations():
    assert pair_scores(HYPOTHESES, HYPOTHESES) == pytest.approx({"BLEU": 100, "chrF": 100, "exact match": 1})
    assert bleu(["x y z"] * 3, REFERENCES) == 0
    assert exact_match(HYPOTHESES, REFERENCES) == pytest.approx(1 / 3)
    assert exact_match(["e\u0301te\u0301 "], [["été"]]) == 1


def test_thai_counts_by_characters():
    said, right = ["ฉันรักแม่มาก"], [["ฉันรักแม่"]]
    assert bleu(said, right) == corpus_bleu(said, [["ฉันรักแม่"]], tokenize="char").score > 50


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="3 hypotheses, 2 references"):
        bleu(HYPOTHESES, REFERENCES[:2])
    with pytest.raises(ValueError, match="at least one translation"):
        chrf(["a"], [[]])
