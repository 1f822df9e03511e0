"""`build_next_word_model` and `complete`: learning, padding, short contexts, unknown words, reloading."""

import itertools
import re
import warnings

import numpy as np
import pytest

from kseq import build_next_word_model, load_next_words
from kseq.tasks import train
from kseq.tasks.next_word import ARCHITECTURES
from kseq.tasks.scoring import beside_baselines, main_score

# What comes next is decided three words before: a model of the last word alone cannot know it.
PAIRS = {"dog": "walk", "cup": "drink", "book": "read", "song": "sing"}
SIZES = {"embedding_dim": 16, "units": 24, "num_heads": 2, "learning_rate": 0.01, "dropout": 0.0}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    random = np.random.default_rng(0)
    lines = [f"this morning i took my {thing} for a {PAIRS[thing]} ." for thing in random.choice(list(PAIRS), 150)]
    path = tmp_path_factory.mktemp("words") / "morning.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_next_words(path, context_length=6)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def learned(request, words):
    model = build_next_word_model(words.vectorizer, architecture=request.param, context_length=6, seed=0, **SIZES)
    train(model, words, epochs=12, patience=12, verbose=0)
    return model


def test_it_learns_what_a_bigram_cannot_know(learned, words):
    for thing, verb in PAIRS.items():
        assert learned.complete(f"This morning I took my {thing} for a")[0].word == verb
    table = beside_baselines(learned, words, name="model")
    assert main_score(table) == "top-1 accuracy"
    assert table.loc["model", "top-1 accuracy"] > table.loc["bigram", "top-1 accuracy"] + 0.05
    assert table.loc["model", "perplexity"] < table.loc["bigram", "perplexity"]
    assert table.loc["model", "top-5 accuracy"] >= table.loc["model", "top-1 accuracy"]


def test_no_result_depends_on_padding(learned, words):
    ids = words.vectorizer.encode(["i took my dog for a"])
    padded = np.pad(ids, ((0, 0), (0, 9)))
    beside = np.concatenate([padded, np.full((1, 15), 3, np.int32)])
    expected = np.asarray(learned.predict_on_batch(ids))[0]
    np.testing.assert_allclose(np.asarray(learned.predict_on_batch(padded))[0], expected, atol=1e-4)
    np.testing.assert_allclose(np.asarray(learned.predict_on_batch(beside))[0], expected, atol=1e-4)


def test_short_and_long_contexts_complete(learned):
    assert learned.complete("took my book for a")[0].word == "read"
    assert learned.complete("This morning")[0].word == "i"
    long, short = learned.complete(["so much before : i took my song for a", "i took my song for a"])
    assert [one.word for one in long] == [one.word for one in short]
    np.testing.assert_allclose([one.probability for one in long], [one.probability for one in short], atol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(learned.complete("my", k=3)) == 3
    assert learned.complete([]) == []


def test_unknown_words_are_read_but_never_offered(learned, words):
    with pytest.warns(UserWarning, match="1 of 2 texts holds no word that the model knows, such as 'the zebra quux'"):
        answers = learned.complete(["the zebra quux", "my"], k=10_000)
    for answer in answers:
        assert {one.word for one in answer} == set(words.vectorizer.vocabulary)
        assert sum(one.probability for one in answer) == pytest.approx(1, abs=1e-5)
        assert all(a.probability >= b.probability for a, b in itertools.pairwise(answer))


def test_scores_count_unknown_words_as_wrong(learned, words):
    narrow = load_next_words(words.corpora[0].where, context_length=6, vectorizer=learned.vectorizer)
    before = learned.scores(narrow)
    # The same answers, but a tenth of the words asked for are unknown.
    narrow.known_share = lambda split: 0.9
    after = learned.scores(narrow)
    assert after["top-1 accuracy"] == pytest.approx(0.9 * before["top-1 accuracy"])
    assert after["perplexity"] == pytest.approx(before["perplexity"])


@pytest.mark.backend
def test_a_saved_model_completes_in_a_new_process(words, tmp_path, new_process):
    model = build_next_word_model(words.vectorizer, architecture="lstm", context_length=6, seed=0, **SIZES)
    model.fit(words.train, epochs=1, verbose=0)
    model.save(tmp_path / "next.keras")
    code = (
        "import sys, kseq; m = kseq.load_model(sys.argv[1]); a = m.complete('i took my dog')[0]; "
        "print(type(m).__name__, a.word, a.probability, m.context_length)"
    )
    kind, word, probability, length = new_process(code, tmp_path / "next.keras").split()
    expected = model.complete("i took my dog")[0]
    assert (kind, word, length) == ("NextWordModel", expected.word, "6")
    assert float(probability) == pytest.approx(expected.probability, abs=1e-4)


def test_the_same_seed_gives_the_same_losses(words):
    losses = []
    for _ in range(2):
        model = build_next_word_model(words.vectorizer, architecture="gru", seed=3, **SIZES | {"dropout": 0.2})
        losses.append(model.fit(words.train, epochs=1, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def test_refusals(words):
    with pytest.raises(ValueError, match="Did you mean 'lstm'"):
        build_next_word_model(words.vectorizer, architecture="lstn")
    with pytest.raises(ValueError, match="Received: units=-3"):
        build_next_word_model(words.vectorizer, units=-3)
    with pytest.raises(ValueError, match="`num_heads` must divide"):
        build_next_word_model(words.vectorizer, architecture="transformer", num_heads=5)
    model = build_next_word_model(20, units=4)
    assert model.output_shape == (None, 20)
    with pytest.raises(ValueError, match="`complete` needs raw text"):
        model.complete("a")
    model = build_next_word_model(words.vectorizer, units=4)
    with pytest.raises(ValueError, match="Received: k=0"):
        model.complete("a", k=0)
    with pytest.raises(ValueError, match=r"`texts` must have a word to go on from\. Received: ''$"):
        model.complete("")
    with pytest.raises(ValueError, match="Received: ' ' at place 1"):
        model.complete(["my", " "])


def test_answers_are_shown_with_three_digits(words):
    shown = repr(build_next_word_model(words.vectorizer, units=4).complete("my", k=1))
    assert re.fullmatch(r"\[Completion\(word='\S+', probability=0\.0*[1-9]\d{0,2}\)\]", shown), shown
