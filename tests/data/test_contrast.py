"""The contrast set: nothing but the order of the words tells praise from blame."""

from collections import Counter
from itertools import pairwise

import pytest

from kseq.data import load_reviews
from kseq.data.contrast import BLAME, CONSTRUCTIONS, OPENINGS, PLACES, PRAISE, THINGS, contrast_pairs, contrast_source


@pytest.fixture(scope="module")
def contrast():
    return load_reviews("contrast")


def test_pairs_hold_the_same_words_and_opposite_labels(contrast):
    tokenize = contrast.vectorizer.tokenize
    for _, pair in contrast.frame.groupby("pair"):
        first, second = pair.text
        assert first != second
        first, second = tokenize(first), tokenize(second)
        assert Counter(first) == Counter(second)
        assert Counter(pairwise(first)) == Counter(pairwise(second))  # pairs of neighbours do not help either
        assert sorted(pair.label) == ["negative", "positive"]
        assert pair.split.nunique() == 1


def test_sizes_and_balance(contrast):
    sizes = contrast.frame.groupby(["split", "label"]).size()
    assert sizes["train"].to_dict() == {"negative": 2000, "positive": 2000}
    assert sizes["validation"].to_dict() == {"negative": 250, "positive": 250}
    assert sizes["test"].to_dict() == {"negative": 500, "positive": 500}
    assert contrast.frame.text.is_unique
    assert len(CONSTRUCTIONS) >= 8
    shares = contrast.frame[contrast.frame.split == "train"].construction.value_counts()
    assert shares.max() - shares.min() <= 2


def test_content_words_of_the_test_are_new_and_words_of_praise_are_not(contrast):
    def words(split):
        return {word for text in contrast.texts(split) for word in contrast.vectorizer.tokenize(text)}

    trained, tested = words("train"), words("test")
    for own, held_out in (THINGS, PLACES, OPENINGS):
        own, held_out = ({word.lower() for word in group} for group in (own, held_out))
        assert not own & held_out
        assert held_out & tested
        assert not held_out & (trained | words("validation"))
        assert not own & tested
    assert {*PRAISE, *BLAME} <= trained
    assert not {*PRAISE} & {*BLAME}


def test_a_bag_of_words_is_at_chance(contrast):
    table = contrast.baselines()
    assert table.accuracy["majority class"] == 0.5
    assert abs(table.accuracy["bag of words"] - 0.5) < 0.02
    assert abs(table.accuracy["bag of 1–2-grams"] - 0.5) < 0.02


def test_neither_the_first_nor_the_last_judgement_decides():
    order = [form.index("{p}") < form.index("{n}") for form in CONSTRUCTIONS.values()]
    assert 0.3 < sum(order) / len(order) < 0.7


def test_it_is_seeded_and_labelled_as_synthetic(contrast):
    assert load_reviews("contrast").frame.equals(contrast.frame)
    assert load_reviews("contrast", seed=1).texts("train") != contrast.texts("train")
    assert "synthetic" in contrast.describe()
    assert any("synthetic" in note for note in contrast.notes)


def test_sizes_are_arguments():
    tables = dict(contrast_source(10, 3, 5).tables)
    assert {split: len(table.texts) for split, table in tables.items()} == {"train": 20, "validation": 6, "test": 10}
    with pytest.raises(ValueError, match="count=10000000"):
        contrast_pairs(10_000_000)
