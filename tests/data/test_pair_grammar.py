"""The grammar of agreement: right French, and nothing but the right noun tells the pronoun (Q6)."""

from collections import Counter

import pytest

from kseq.data import load_sentence_pairs
from kseq.data.pairs.grammar import agreements, pronoun_in, right_pronouns
from kseq.data.pairs.grammar_words import OBJECTS, OF_OBJECTS, OF_SUBJECTS, SUBJECTS


@pytest.fixture(scope="module")
def grammar():
    return load_sentence_pairs("grammar", max_pairs=4_000)


def test_the_example_of_the_course_is_part_of_the_test(grammar):
    assert grammar.pairs("test")[:2] == [
        (
            "The animal didn't cross the street because it was too tired.",
            "L'animal n'a pas traversé la rue parce qu'il était trop fatigué.",
        ),
        (
            "The animal didn't cross the street because it was too wide.",
            "L'animal n'a pas traversé la rue parce qu'elle était trop large.",
        ),
    ]
    first, second = agreements(grammar)[:2]
    assert (first.referent, first.rival, first.pronoun) == ("animal", "street", "il")
    assert (second.referent, second.rival, second.pronoun) == ("street", "animal", "elle")


def test_no_pair_of_nouns_of_the_test_is_part_of_training(grammar):
    nouns = {split: {frozenset((own.referent, own.rival)) for own in agreements(grammar, split)}
             for split in ("train", "validation", "test")}  # fmt: skip
    assert not nouns["test"] & (nouns["train"] | nouns["validation"])
    assert not nouns["validation"] & nouns["train"]
    # … but each noun by itself has been both: what "it" is and what it is not.
    for role in ("referent", "rival"):
        known = Counter(getattr(own, role) for own in agreements(grammar, "train"))
        assert {getattr(own, role) for own in agreements(grammar)} <= known.keys()


def test_looking_at_one_noun_only_is_right_half_of_the_time(grammar):
    gender = {noun.english: "il" if noun.gender == "m" else "elle" for noun in SUBJECTS + OBJECTS}
    agreed = agreements(grammar)
    assert len(agreed) == 240
    assert all(gender[own.referent] == own.pronoun != gender[own.rival] for own in agreed)
    subjects = {noun.english for noun in SUBJECTS}
    by_subject = [gender[own.referent if own.referent in subjects else own.rival] == own.pronoun for own in agreed]
    assert sum(by_subject) / len(agreed) == 0.5
    assert 0.4 < sum(own.pronoun == "il" for own in agreed) / len(agreed) < 0.6


def test_the_adjective_decides_and_agrees(grammar):
    of_subjects = {adjective.english: adjective for adjective in OF_SUBJECTS}
    both = of_subjects | {adjective.english: adjective for adjective in OF_OBJECTS}
    subjects = {noun.english for noun in SUBJECTS}
    for own in agreements(grammar, "train"):
        quality = own.source.rstrip(".").split()[-1]
        assert (quality in of_subjects) == (own.referent in subjects)
        form = both[quality].masculine if own.pronoun == "il" else both[quality].feminine
        assert own.target.endswith(f"{own.pronoun} était trop {form}.")


def test_french_elides(grammar):
    text = " ".join(grammar.frame.target)
    for wrong in (" le a", " la a", " le é", " la h", "de e", "de é", "que il", "Le oi", "La oi"):
        assert wrong not in text
    assert {"l'", "d'e"} <= {part for part in ("l'", "d'e") if part in text}


def test_no_sentence_twice_and_the_seed_fixes_all(grammar):
    assert grammar.frame.source.is_unique
    assert grammar.frame.equals(load_sentence_pairs("grammar", max_pairs=4_000).frame)
    other = load_sentence_pairs("grammar", max_pairs=4_000, seed=1)
    assert not grammar.frame.source.equals(other.frame.source)
    assert "synthetic" in str(grammar.describe())
    assert dict(grammar.frame.split.value_counts()) == {"train": 3_200, "validation": 400, "test": 400}


def test_pronouns_are_found_in_translations(grammar):
    agreed = agreements(grammar)
    assert right_pronouns([own.target for own in agreed], agreed) == 1
    turned = [own.target.replace(f"{own.pronoun} était", "on était") for own in agreed]
    assert right_pronouns(turned, agreed) == 0
    assert pronoun_in("Il dort.") is None
    assert pronoun_in("… parce qu\u2019ELLE dort") == "elle"
    with pytest.raises(ValueError, match="`dataset` must be load_sentence_pairs"):
        agreements(load_sentence_pairs("en-ru"))
    with pytest.raises(ValueError, match="`max_pairs` must be at least 20"):
        load_sentence_pairs("grammar", max_pairs=3)
