"""`embeddings=`: models that begin with pre-trained word vectors, and do not need the file afterwards."""

import numpy as np
import pytest

from kseq import (
    build_gpt_model,
    build_next_word_model,
    build_sentiment_model,
    build_text_model,
    load_reviews,
    load_text,
)
from kseq.data import WordVectors
from kseq.tasks import train
from kseq.tasks.arguments import Seeds
from kseq.tasks.word_table import say_once, word_table


@pytest.fixture(scope="module")
def vectors(small_reviews):
    """Vectors for all words of the vocabulary but the last ten: the same for every good word, and for every bad one."""
    words = small_reviews.vectorizer.vocabulary[:-10]
    table = np.random.default_rng(0).normal(0, 2, (len(words), 12))
    return WordVectors(words, table, "ours")


def test_rows_are_the_vectors_and_the_rest_is_spread_alike(small_reviews, vectors):
    v = small_reviews.vectorizer
    layer = word_table(v, v.vocabulary_size, 12, vectors, Seeds(0))
    table = layer.get_weights()[0]
    np.testing.assert_array_equal(table[2:-10], vectors.matrix)
    assert 1.0 < table[-10:].std() < 3.0
    again = word_table(v, v.vocabulary_size, 12, vectors, Seeds(0)).get_weights()[0]
    np.testing.assert_array_equal(table, again)


def test_the_number_of_words_found_is_said_once(small_reviews, vectors, capsys):
    named = WordVectors(vectors.words, vectors.matrix, "said once")
    for _ in range(2):
        build_sentiment_model(small_reviews.vectorizer, embeddings=named, units=4)
    found, all_words = len(vectors), len(small_reviews.vectorizer.vocabulary)
    assert capsys.readouterr().out == f"said once: vectors for {found} of {all_words} words of the vocabulary\n"
    say_once("another line")
    assert capsys.readouterr().out == "another line\n"


@pytest.mark.backend
def test_a_saved_model_needs_no_file(small_reviews, vectors, tmp_path, new_process):
    """The path of a file works as well, decides about the width, and the model learns and survives without it."""
    path = vectors.save(tmp_path / "vectors.vec")
    model = build_sentiment_model(small_reviews.vectorizer, architecture="dense", embeddings=path, seed=0)
    assert model.get_layer("embedding").output_dim == 12
    np.testing.assert_allclose(model.get_layer("embedding").get_weights()[0][2:-10], vectors.matrix, rtol=1e-6)
    train(model, small_reviews, epochs=3, verbose=0)
    learned = WordVectors.from_model(model)
    assert learned.words == small_reviews.vectorizer.vocabulary
    assert not np.allclose(learned.matrix[:-10], vectors.matrix)
    model.save(tmp_path / "model.keras")
    path.unlink()
    code = "import sys, kseq; print(kseq.load_model(sys.argv[1]).classify('a lovely soup').probability)"
    assert float(new_process(code, tmp_path / "model.keras")) == pytest.approx(
        model.classify("a lovely soup").probability, abs=1e-5
    )


def test_good_vectors_teach_words_that_training_never_shows(small_reviews, reviews_file):
    """What pre-trained vectors are for: a word never seen in training is known by its neighbours."""
    good, bad = ["lovely", "splendid", "charming", "tasty"], ["dreadful", "dull", "broken", "stale"]
    v = small_reviews.vectorizer
    v = type(v)([*v.vocabulary, "gorgeous", "awful"], v.labels)
    words = v.vocabulary
    sides = np.array([(w in (*good, "gorgeous")) - (w in (*bad, "awful")) for w in words], float)
    noise = np.random.default_rng(0).normal(0, 0.3, (len(words), 8))
    noise[:, 0] += 2 * sides
    reviews = load_reviews(reviews_file, vectorizer=v)
    model = build_sentiment_model(v, architecture="dense", embeddings=WordVectors(words, noise, "sides"), seed=0)
    train(model, reviews, epochs=5, verbose=0)
    answers = [one.label for one in model.classify(["the soup was gorgeous", "the soup was awful"])]
    assert answers == ["positive", "negative"]


@pytest.mark.parametrize("build", [build_text_model, build_gpt_model])
def test_text_models_take_words_with_the_space_before_them(build, tmp_path):
    text = load_text("verse", tokens="word", context_length=8)
    v = text.vectorizer
    vectors = WordVectors(["the", "and", "Moon"], np.eye(3, 16), "three")
    model = build(v, embeddings=vectors, num_layers=1)
    table = model.get_layer("embedding").get_weights()[0]
    row = v.ids("on the")[-1]
    assert v.vocabulary[row - 2] == " the"
    np.testing.assert_allclose(table[row] / np.linalg.norm(table[row]), np.eye(3, 16)[0], atol=1e-6)
    if build is build_gpt_model:
        assert table.std() == pytest.approx(0.05, rel=0.1)  # tied: the logits begin small
    assert "the" in WordVectors.from_model(model) and " the" not in WordVectors.from_model(model).words


def test_refusals(small_reviews, vectors, tmp_path):
    with pytest.raises(ValueError, match="Received: a plain vocabulary size"):
        build_sentiment_model(100, embeddings=vectors)
    with pytest.raises(ValueError, match=r"`embeddings` must be a kseq.data.WordVectors.* Received: int"):
        build_text_model(small_reviews.vectorizer, embeddings=3)
    for build in (build_sentiment_model, build_text_model, build_next_word_model):
        with pytest.raises(ValueError, match=r"width of `embeddings`, 12, or be left out\. Received: embedding_dim=64"):
            build(small_reviews.vectorizer, embeddings=vectors, embedding_dim=64)
        with pytest.raises(ValueError, match="Received: embedding_dim=0"):
            build(small_reviews.vectorizer, embedding_dim=0)
    with pytest.raises(ValueError, match="with none of them"):
        build_sentiment_model(small_reviews.vectorizer, embeddings=WordVectors(["qqq"], [[1.0, 2.0]]))
    with pytest.raises(ValueError, match="`num_heads` must divide `embedding_dim`"):
        build_sentiment_model(small_reviews.vectorizer, architecture="transformer", embeddings=vectors, num_heads=5)
    with pytest.raises(ValueError, match="`embeddings` cannot go with `pretrained`"):
        pretrained = build_text_model(small_reviews.vectorizer, units=4)
        build_sentiment_model(small_reviews.vectorizer, pretrained=pretrained, embeddings=vectors)
