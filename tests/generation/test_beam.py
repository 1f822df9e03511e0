"""Beam search beside the score of every possible text."""

import itertools

import numpy as np
import pytest

from kseq.data import CharacterVectorizer
from kseq.generation import Generated, generate
from tests.generation.models import VECTORIZER, recurrent, slow_logits, transformer

FEW = CharacterVectorizer("ab.")


@pytest.fixture(scope="module")
def model():
    return recurrent("GRU", vectorizer=FEW, size=FEW.vocabulary_size)


def log_softmax(logits):
    logits = logits - logits.max()
    return logits - np.log(np.exp(logits).sum())


@pytest.fixture(scope="module")
def totals(model):
    """Σ log P of all texts of up to 3 tokens after "ab"."""
    prompt, table, sums = FEW.ids("ab"), {}, {(): 0.0}
    for length in range(3):
        for ids in itertools.product((2, 3, 4), repeat=length):
            table[ids] = log_softmax(slow_logits(model, [*prompt, *ids]))
            sums.update({(*ids, token): sums[ids] + table[ids][token] for token in (2, 3, 4)})
    return sums


@pytest.mark.backend
@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.5])
def test_wide_beams_find_the_best_texts(model, totals, penalty):
    found = generate(
        model, "ab", 3, sampler="beam", num_beams=27, num_results=27, length_penalty=penalty, include_prompt=False
    )
    expected = {FEW.decode([ids])[0]: total / 3**penalty for ids, total in totals.items() if len(ids) == 3}
    assert {one.text for one in found} == set(expected)
    np.testing.assert_allclose([one.score for one in found], sorted(expected.values(), reverse=True), atol=1e-5)
    np.testing.assert_allclose([one.score for one in found], [expected[one.text] for one in found], atol=1e-5)


@pytest.mark.parametrize("penalty", [-1.0, 0.0, 0.7, 3.0])
def test_texts_of_different_lengths_with_a_stop_string(model, totals, penalty):
    scores = {}
    for ids, total in totals.items():
        ends = [place for place, token in enumerate(ids, 1) if token == FEW.ids(".")[0]]
        if (not ends and len(ids) == 3) or ends == [len(ids)]:
            text = FEW.decode([ids])[0].split(".")[0]
            scores[text] = max(scores.get(text, -np.inf), total / len(ids) ** penalty)
    found = generate(
        model,
        "ab",
        3,
        sampler="beam",
        num_beams=27,
        num_results=4,
        length_penalty=penalty,
        stop=".",
        include_prompt=False,
    )
    best = sorted(scores, key=lambda text: -scores[text])[:4]
    assert [one.text for one in found] == best
    np.testing.assert_allclose([one.score for one in found], [scores[text] for text in best], atol=1e-5)


def test_one_beam_is_greedy(model):
    text = generate(model, "ab", 9, sampler="greedy")
    assert generate(model, "ab", 9, sampler="beam", num_beams=1) == text


def test_narrow_beams_beside_a_plain_search():
    """Two beams on a Transformer, across the border of its context."""
    model = transformer("learned", blocks=1)
    prompt = "roses are red and violets are blue or so"  # 40 tokens of 48
    beams = [((), 0.0)]
    for _ in range(5):
        wider = []
        for ids, total in beams:
            log_p = log_softmax(slow_logits(model, [*VECTORIZER.ids(prompt), *ids]))
            wider += [((*ids, token), total + log_p[token]) for token in range(2, len(log_p))]
        beams = sorted(wider, key=lambda one: -one[1])[:2]
    expected = [Generated(prompt + VECTORIZER.decode([ids])[0], total / 5) for ids, total in beams]
    found = generate(model, prompt, 5, sampler="beam", num_beams=2, num_results=2)
    assert [one.text for one in found] == [one.text for one in expected]
    np.testing.assert_allclose([one.score for one in found], [one.score for one in expected], atol=1e-4)


def test_a_list_of_prompts_gives_a_list_of_lists(model):
    found = generate(model, ["ab", "b"], 2, sampler="beam", num_results=2)
    assert [[one.text[:1] for one in row] for row in found] == [["a", "a"], ["b", "b"]]
    assert found[0][0].score >= found[0][1].score
    assert generate(model, ["ab", "b"], 2, sampler="beam") == [row[0].text for row in found]
