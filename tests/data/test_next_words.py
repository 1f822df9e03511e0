"""`load_next_words`: every known word of a split is once the answer, and the n-grams beside it are the real ones."""

import numpy as np
import pytest

from kseq.data import DataError, load_next_words
from kseq.data.ngrams import NGrams
from kseq.data.texts.next_word_baselines import next_probabilities

TEXT = "The cat sat on the mat. The dog sat on the rug, and the cat saw it.\n" * 40


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "some.txt"
    path.write_text(TEXT.replace("rug, and", "rug zebra, and", 1) + TEXT, encoding="utf-8")
    return load_next_words(path, context_length=5, batch_size=8)


def test_every_known_word_is_once_the_answer(words):
    v = words.vectorizer
    assert "zebra" not in v.vocabulary
    for split in ("train", "test"):
        ids = words.ids(split)
        rest = [int(i) for i in ids[1:] if i != v.unknown_id]
        answers = [a for _, y, w in words.arrays(split) for a in y[w > 0].tolist()]
        assert sorted(answers) == sorted(rest)
        for context, place in zip(words.contexts(split), words.places(split), strict=True):
            np.testing.assert_array_equal(context, ids[place - len(context) : place])
            assert 1 <= len(context) <= 5
    assert words.known_share("train") == pytest.approx(1 - 1 / (len(words.ids("train")) - 1))
    assert words.known_share("test") == 1.0


def test_only_training_contexts_are_shortened_and_by_the_seed(words):
    lengths = [len(context) for context in words.contexts("train")]
    assert 0.3 < np.mean(np.array(lengths) == 5) < 0.9
    assert [len(context) for context in words.contexts("train")] == lengths
    assert {len(context) for context in words.contexts("test")[5:]} == {5}


def test_next_probabilities_are_those_of_the_ngrams():
    """Two ways to the same number: all words after one context, and one word after all contexts."""
    random = np.random.default_rng(0)
    train, ids = random.integers(1, 9, 400), random.integers(1, 9, 60)
    model = NGrams(train, 9, 4)
    logs = model.log_probabilities(ids)
    for order in (1, 2, 3, 4):
        for place in range(1, len(ids)):
            found = next_probabilities(model, ids[max(0, place - order + 1) : place], order)
            assert found.sum() == pytest.approx(1)
            if place >= order - 1:  # before, log_probabilities counts contexts that are cut short as never seen
                assert np.log(found[ids[place]]) == pytest.approx(logs[order - 1, place - 1])


def test_baselines_and_report(words):
    table = words.baselines()
    assert list(table.index) == ["most frequent words", "bigram", "n-gram"]
    # After two words this text has hardly a choice.
    assert table.loc["n-gram", "top-1 accuracy"] > 0.9 > table.loc["most frequent words", "top-1 accuracy"]
    assert table.loc["n-gram", "perplexity"] < table.loc["bigram", "perplexity"]
    unknown = load_next_words(words.corpora[0].where, vectorizer=type(words.vectorizer)(["the", "cat"]))
    assert unknown.baselines().loc["most frequent words", "top-5 accuracy"] == pytest.approx(
        unknown.known_share("test")
    )
    assert unknown.known_share("test") < 0.5
    assert "never an answer" in words.describe()
    assert "examples" in repr(words.describe())


def test_refusals(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("one two three four five six", encoding="utf-8")
    with pytest.raises(DataError, match=r"short.txt: expected words that are in the vocabulary in the train split"):
        load_next_words(path)
    with pytest.raises(DataError, match="did you mean 'verse'"):
        load_next_words("verses")
    with pytest.raises(ValueError, match="Received: context_length=0"):
        load_next_words(context_length=0)
