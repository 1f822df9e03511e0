"""Ambiguous sentences: what stands before a word never tells its tag; the test split holds new words and roles."""

from collections import Counter

from kseq.data import load_tagged_sentences
from kseq.data.tagged.ambiguous import COURSE_SENTENCES, ambiguous_files


def focus_of(sentence):
    place = sentence.extra["focus"]
    return sentence.words[place].casefold(), sentence.tags[place]


def test_half_of_each_tag_after_the_same_beginnings():
    begins = {}
    for sentence in dict(ambiguous_files())["train"].sentences:
        begin = tuple(sentence.words[: sentence.extra["focus"]])
        begins.setdefault(begin, Counter())[sentence.tags[sentence.extra["focus"]]] += 1
    frequent = [counts for counts in begins.values() if counts.total() >= 50]
    assert len(frequent) > 5
    for counts in frequent:
        assert len(counts) == 2 and min(counts.values()) / counts.total() > 0.35


def test_the_test_split_holds_new_words_and_new_roles():
    files = dict(ambiguous_files())
    trained = {focus_of(sentence) for sentence in files["train"].sentences}
    words = {word for word, _ in trained}
    tested = {focus_of(sentence) for sentence in files["test"].sentences}
    assert not trained & tested
    assert {word for word, _ in tested} & words and {word for word, _ in tested} - words
    data = load_tagged_sentences("ambiguous")
    assert data.unknown("test").mean() > 0.1 and not data.unknown("validation").any()
    assert list(data.frame[data.frame.split == "test"].focus) == data.focus("test").tolist()


def test_the_course_sentences_can_be_answered_but_are_not_given_away():
    files = dict(ambiguous_files())
    known = {word.casefold() for sentence in files["train"].sentences for word in sentence.words}
    given = {" ".join(s.words).casefold().removesuffix(" .") for _, file in files.items() for s in file.sentences}
    for text, place, tag in COURSE_SENTENCES:
        words = text.casefold().split()
        assert set(words) <= known and text.casefold() not in given
        assert tag in ("NOUN", "VERB", "ADJ") and words[place] in ("rest", "orange")


def test_seeds():
    assert [f.sentences for _, f in ambiguous_files(seed=1)] == [f.sentences for _, f in ambiguous_files(seed=1)]
    assert ambiguous_files(seed=1)[0][1].sentences != ambiguous_files(seed=2)[0][1].sentences
