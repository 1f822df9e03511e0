"""Pre-training on raw text, then fine-tuning on few labels (L2); and X12 on real data."""

import numpy as np
import pandas as pd
import pytest

from kseq import build_gpt_model, build_sentiment_model, build_text_model, compare, load_reviews, load_text
from kseq.tasks.vocabulary import check_same_vocabulary

GOOD = [first + vowel + "la" for first in "bdfgkmnprst" for vowel in "aio"]
BAD = [first + vowel + "zu" for first in "bdfgkmnprst" for vowel in "aio"]
KNOWN = 4  # words that a labelled review may have
SMALL = {"embedding_dim": 16, "units": 16, "num_layers": 1, "num_heads": 2}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Raw text in which good words keep to good words; and reviews, of which only a few words have a label.

    The test reviews are made of words that no labelled review has: only the raw text says what they are like.
    """
    folder, random = tmp_path_factory.mktemp("corpus"), np.random.default_rng(0)
    sentences = []
    for _ in range(2000):
        words = random.choice(GOOD if random.random() < 0.5 else BAD, 10)
        sentences.append(" ".join(words) + "\n")
    (folder / "raw.txt").write_text("".join(sentences), encoding="utf-8")
    rows = []
    for label, words in (("negative", BAD), ("positive", GOOD)):
        for number in range(60):
            split = "train" if number < 20 else "test"
            known = words[:KNOWN] if split == "train" else words[KNOWN:]
            rows.append((" ".join(random.choice(known, 5)), label, split))
    frame = pd.DataFrame(rows, columns=["text", "label", "split"]).drop_duplicates("text")
    frame.to_csv(folder / "reviews.csv", index=False)
    text = load_text(folder / "raw.txt", tokens="word", context_length=22, batch_size=16)
    return text, folder / "reviews.csv"


@pytest.fixture(scope="module", params=["gru", "transformer"])
def language_model(request, corpus):
    text, _ = corpus
    model = build_text_model(text.vectorizer, architecture=request.param, seed=0, learning_rate=0.01, **SMALL)
    model.fit(text.train, epochs=8, verbose=0)
    return model


@pytest.mark.backend
def test_the_body_moves_and_is_a_copy(corpus, language_model):
    text, _ = corpus
    before = language_model.get_weights()
    labelled = text.vectorizer.with_labels(("negative", "positive"))
    model = build_sentiment_model(labelled, pretrained=language_model, dropout=0.0, seed=0)
    moved = [layer.name for layer in language_model.layers if layer.weights and layer.name != "logits"]
    assert "embedding" in moved
    assert len(moved) > 1
    for name in moved:
        for mine, theirs in zip(model.get_layer(name).weights, language_model.get_layer(name).weights, strict=True):
            np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))
    ids = labelled.encode([" ".join(GOOD), " ".join(BAD[:3])])
    np.testing.assert_allclose(
        model.predict_on_batch(ids), model.predict_on_batch(np.pad(ids, ((0, 0), (0, 7)))), atol=1e-5
    )
    model.fit(ids, np.array([1, 0]), epochs=2, verbose=0)
    for mine, theirs in zip(language_model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_pre_training_tells_what_labels_do_not(corpus, language_model):
    text, file = corpus
    reviews = load_reviews(file, vectorizer=text.vectorizer, batch_size=8)
    architecture = "gru" if any(layer.name == "gru_1" for layer in language_model.layers) else "transformer"
    accuracy = {}
    for name, options in {
        "pre-trained": {"pretrained": language_model},
        "from scratch": {"architecture": architecture, **SMALL},
    }.items():
        model = build_sentiment_model(reviews.vectorizer, **options, dropout=0.0, seed=0)
        model.fit(reviews.train, epochs=10, verbose=0)
        accuracy[name] = model.evaluate(reviews.test, return_dict=True, verbose=0)["accuracy"]
    assert accuracy["pre-trained"] > 0.85
    assert accuracy["pre-trained"] > accuracy["from scratch"] + 0.2


def test_what_does_not_fit_together_is_refused(corpus, small_reviews):
    text, _ = corpus
    model = build_gpt_model(text.vectorizer, {"num_layers": 1, "num_heads": 2, "embedding_dim": 8})
    with pytest.raises(ValueError, match=r"`pretrained` was trained with another vocabulary.*vectorizer=") as caught:
        build_sentiment_model(small_reviews.vectorizer, pretrained=model)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=r"must be a language model.*SentimentModel"):
        build_sentiment_model(small_reviews.vectorizer, pretrained=build_sentiment_model(small_reviews.vectorizer))
    with pytest.raises(ValueError, match=r"a plain size of 30 here"):
        build_sentiment_model(30, pretrained=model)
    learned = build_gpt_model(text.vectorizer, {"num_layers": 1, "position": "learned", "context_length": 9})
    labelled = text.vectorizer.with_labels(("bad", "good"))
    with pytest.raises(ValueError, match=r"max_length=9\. Received: max_length=None"):
        build_sentiment_model(labelled, pretrained=learned)


def test_vocabularies_show_where_they_differ(corpus):
    vectorizer = corpus[0].vectorizer
    other = type(vectorizer)(["x", *vectorizer.vocabulary[1:]])
    with pytest.raises(ValueError, match=r"id 2 is .* here, 'x' there"):
        check_same_vocabulary(vectorizer, other)
    shorter = type(vectorizer)(vectorizer.vocabulary[:-1])
    size = len(vectorizer.vocabulary)
    with pytest.raises(ValueError, match=rf"{size} tokens here, {size - 1} there"):
        check_same_vocabulary(vectorizer, shorter)
    check_same_vocabulary(vectorizer.with_labels(("a", "b")), vectorizer)


@pytest.mark.slow
def test_one_argument_makes_an_rnn_an_lstm_or_a_transformer():
    reviews = load_reviews()
    majority = reviews.baselines()["accuracy"]["majority class"]
    for architecture in ("simple_rnn", "lstm", "transformer"):
        model = build_sentiment_model(reviews.vectorizer, architecture=architecture, embedding_dim=32, units=32, seed=0)
        model.fit(reviews.train, epochs=6, verbose=0)
        accuracy = model.evaluate(reviews.test, return_dict=True, verbose=0)["accuracy"]
        assert accuracy > majority + 0.05, architecture


def test_compare_sets_language_models_beside_counting(corpus):
    text, _ = corpus
    table = compare(
        {"gru": lambda seed: build_text_model(text.vectorizer, architecture="gru", seed=seed, **SMALL)},
        text,
        seeds=1,
        epochs=2,
    )
    assert list(table.columns) == ["bits_per_character", "spread", "parameters", "seconds"]
    assert table["bits_per_character"].is_monotonic_increasing
    assert table.loc["gru", "bits_per_character"] < table.loc["unigram", "bits_per_character"]
