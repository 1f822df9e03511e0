"""`two_senses`: what may tell a sense tells it, and nothing else does."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.synthetic import two_senses
from kseq.data.synthetic.senses import HELD_OUT, fill
from kseq.data.synthetic.senses_words import FRAMES, OWN_FRAMES, PEOPLE, SENSES

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def task():
    return two_senses(size=2400)


def test_no_word_belongs_to_two_senses_or_to_a_frame():
    nouns = [noun for senses in SENSES.values() for words in senses.values() for noun in words]
    everywhere = " ".join([*FRAMES, *(frame for own in OWN_FRAMES.values() for frame in own)]).split()
    assert len(set(nouns)) == len(nouns) and not set(nouns) & (set(everywhere) | set(SENSES))


@pytest.mark.parametrize("split", SPLITS)
def test_places_are_those_of_the_ambiguous_word(task, split):
    ids, table = task.ids(split), task.occurrences(split)
    assert ids.shape == (len(task.texts(split)), task.ids("train").shape[1]) and ids.dtype == np.int32
    for row in table.itertuples():
        assert task.vectorizer.decode(ids[row.sentence, row.position : row.position + 1][None]) == [row.word]
    assert 1 not in ids  # every word is known
    assert Counter(table.sense).keys() == {sense for senses in task.senses.values() for sense in senses}


@pytest.mark.parametrize("split", SPLITS)
def test_position_and_length_tell_nothing(task, split):
    table = task.occurrences(split)
    length = [len(task.sentences(split)[number].tokens) for number in table.sentence]
    counts = table.assign(length=length).groupby(["word", "both", "position", "length", "sense"]).size().unstack()
    for word, senses in task.senses.items():
        rows = counts.loc[word][list(senses)].fillna(0)
        assert (rows[senses[0]] == rows[senses[1]]).all()
    assert task.baselines(split).accuracy["position"] == 0.5


def test_neighbours_of_the_test_never_stood_beside_the_word_in_training(task):
    beside = {split: {} for split in SPLITS}
    for split in SPLITS:
        for one in task.sentences(split):
            if one.word:
                beside[split].setdefault(one.word, set()).update(one.tokens)
    for word, senses in SENSES.items():
        held = {noun for nouns in senses.values() for noun in nouns[-HELD_OUT:]}
        every = {noun for nouns in senses.values() for noun in nouns}
        assert beside["train"][word] & every == every - held >= beside["validation"][word] & every
        assert beside["test"][word] & every == held
    # but they came in training, beside others of their sense
    assert {noun for senses in SENSES.values() for nouns in senses.values() for noun in nouns} <= {
        token for one in task.sentences("train") if not one.word for token in one.tokens
    }
    scores = task.baselines("test").accuracy
    assert scores["words seen beside it"] == pytest.approx(0.5, abs=0.06)
    assert task.baselines("validation").accuracy["words seen beside it"] > 0.6


def test_each_clause_has_words_of_its_own_sense_only(task):
    for one in task.sentences("train"):
        if not one.word:
            continue
        clauses = [one.tokens] if one.bridge is None else [one.tokens[: one.bridge], one.tokens[one.bridge :]]
        for clause, sense in zip(clauses, one.senses, strict=True):
            other = next(name for name in SENSES[one.word] if name != sense)
            assert set(clause) & set(SENSES[one.word][sense]) and not set(clause) & set(SENSES[one.word][other])


def test_the_sentence_of_the_course_is_one_of_them():
    first, second = OWN_FRAMES["bank"]
    one, places = fill(first, PEOPLE[0], "bank", ["account", "loan"])
    other, _ = fill(second, PEOPLE[0], "bank", ["river", "boat"])
    text = " ".join([*one, ",", "after", "which", *other]).replace(" ,", ",")
    assert text == (
        "he went to the bank and learned of his empty account, after which he went to a river bank and cried"
    )
    assert places == (4,)
    assert fill(second, PEOPLE[0], "bank", ["otter", "boat"])[0][3] == "an"


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 999), words=st.lists(st.sampled_from(sorted(SENSES)), min_size=1, unique=True))
def test_a_seed_fixes_all(seed, words):
    one, again = two_senses(words, 96, seed), two_senses(words, 96, seed)
    other = two_senses(words, 96, seed + 1)
    assert one.texts("test") == again.texts("test") != other.texts("test")
    assert one.texts("test") != one.texts("validation")
    assert [len(one.texts(split)) for split in SPLITS] == [96, 12, 12]
    assert one.texts("train") == one.frame.text[:96].tolist()


def test_report_and_vectorizer(task):
    report = task.describe()
    assert "bank      money or river" in report and "position 0.500" in report
    for split in SPLITS:
        assert [task.vectorizer.tokenize(text) for text in task.texts(split)] == [
            list(one.tokens) for one in task.sentences(split)
        ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"words": ["bark"]}, r"`words` must be some of bank, bat, .*Received: words=\('bark',\)"),
        ({"words": []}, "`words` must be some of"),
        ({"words": ["bat", "bat"]}, "each once"),
        ({"size": 10}, r"`size` must be an integer from 96 on .*Received: size=10"),
        ({"seed": -1}, "`seed` must be an integer from 0 on"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        two_senses(**arguments)
    with pytest.raises(ValueError, match="`split` must be one of"):
        two_senses(size=96).texts("dev")
