"""Counting models: real probabilities, the right formula, better with more context where there is more to know."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import load_text
from kseq.data.ngrams import NGrams, discount_of

SIZE = 5  # ids 0 to 4, 0 being padding
IDS = st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=40)


def probability(train, token, history, order, top=True):
    """P(token | history) straight from the formula, with Python's counters."""
    if order == 0:
        return 1 / (SIZE - 1)
    rows = Counter(tuple(train[i : i + order]) for i in range(len(train) - order + 1))
    if not top:
        longer = {tuple(train[i : i + order + 1]) for i in range(len(train) - order)}
        rows = Counter({row: sum(one[1:] == row for one in longer) for row in rows})
    context = tuple(history[len(history) - order + 1 :]) if order > 1 else ()
    if len(context) < order - 1:
        return probability(train, token, history, order - 1, top=False)
    following = {row: count for row, count in rows.items() if row[:-1] == context and count}
    total = sum(following.values())
    shorter = probability(train, token, history, order - 1, top=False)
    if not total:
        return shorter
    discount = discount_of(np.array(list(rows.values())))
    own = max(following.get((*context, token), 0) - discount, 0)
    return (own + discount * len(following) * shorter) / total


@settings(deadline=None, max_examples=25)
@given(train=IDS, history=st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=6))
def test_probabilities_sum_to_one_and_are_those_of_the_formula(train, history):
    model = NGrams(train, SIZE, max_order=4)
    orders = min(4, len(train))
    by_token = [np.exp(model.log_probabilities([*history, token])[:, -1]) for token in range(1, SIZE)]
    np.testing.assert_allclose(np.sum(by_token, axis=0), 1)
    for (token, found), order in product(enumerate(by_token, 1), range(1, orders + 1)):
        np.testing.assert_allclose(found[order - 1], probability(train, token, history, order), rtol=1e-9)


def test_discounts():
    assert discount_of(np.array([1, 1, 2, 5])) == 0.5
    assert discount_of(np.array([1, 1, 1, 2])) == 0.6
    assert discount_of(np.array([3, 3])) == 0.5


def test_every_place_has_its_own_context():
    train = [1, 2, 3, 1, 2, 4, 1, 2, 3]
    text = [1, 2, 3, 4, 2]
    losses = NGrams(train, SIZE, max_order=3).log_probabilities(text)
    assert losses.shape == (3, 4)
    for place in range(1, 5):
        expected = np.log(probability(train, text[place], text[:place], 3))
        assert np.isclose(losses[2, place - 1], expected)


def test_more_context_helps_where_there_is_more_to_know(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{name} fed the {pet}.\n" for name, pet in [("Ann", "cat"), ("Bob", "hen")] * 60))
    text = load_text(path, context_length=10)
    table = text.baselines()
    assert table.index.tolist() == ["unigram", "bigram", "n-gram"]
    assert table.order.tolist()[:2] == [1, 2]
    assert table.order["n-gram"] > 2
    assert table.loss["unigram"] > 2 > 0.8 > table.loss["bigram"] > 2 * table.loss["n-gram"] > 0
    np.testing.assert_allclose(table.perplexity, np.exp(table.loss))
    np.testing.assert_allclose(table.bits_per_character, table.loss / np.log(2))
    assert text.baselines("validation").loss["n-gram"] < 0.5


def test_the_order_is_chosen_without_validation_too():
    text = load_text("verse", validation_fraction=0)
    assert 3 <= text.baselines().order["n-gram"] <= 8
    with pytest.raises(ValueError, match="Received: split='validation'"):
        text.baselines("validation")


def test_bits_per_character_are_comparable_or_nan():
    pieces = {
        tokens: load_text("prose", tokens=tokens, context_length=16) for tokens in ("character", "word", "subword")
    }
    bits = {tokens: text.baselines().bits_per_character["n-gram"] for tokens, text in pieces.items()}
    assert np.isnan(bits["word"])  # many words of the test split are unknown, and nobody spells them
    assert abs(bits["subword"] - bits["character"]) < 0.5
    assert pieces["subword"].characters_per_token("test") > 1.5
    assert pieces["character"].characters_per_token("test") == 1
