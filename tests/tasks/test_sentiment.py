"""`build_sentiment_model`: learning, masks, arguments, and the verb `classify` (S3, X12)."""

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, load_reviews
from kseq.data import WordVectorizer
from kseq.tasks.sentiment import ARCHITECTURES

CELLS = ("simple_rnn", "lstm", "gru")
VARIANTS = [("dense", False), ("transformer", False), *((cell, both) for cell in CELLS for both in (False, True))]
TEXTS = ["not bad at all", "bad , not at all good", "good food", "what a bad film", "good , good , good film !"]
LABELS = ["positive", "negative", "positive", "negative", "positive"]


@pytest.fixture(scope="module")
def vectorizer():
    return WordVectorizer.fit(TEXTS, labels=("negative", "positive"))


def test_every_documented_architecture_is_tried_here():
    assert {name for name, _ in VARIANTS} == set(ARCHITECTURES)


@pytest.mark.backend
@pytest.mark.parametrize(("architecture", "bidirectional"), VARIANTS)
def test_learns_a_handful_by_heart(vectorizer, architecture, bidirectional):
    model = build_sentiment_model(
        vectorizer,
        architecture=architecture,
        bidirectional=bidirectional,
        units=16,
        embedding_dim=16,
        dropout=0.0,
        learning_rate=0.02,
        seed=0,
    )
    ids, labels = vectorizer.encode(TEXTS), vectorizer.encode_labels(LABELS)
    model.fit(ids, labels, epochs=60, batch_size=5, verbose=0)
    assert [answer.label for answer in model.classify(TEXTS)] == LABELS
    assert model.evaluate(ids, labels, verbose=0)[0] < 0.2


@pytest.mark.backend
@pytest.mark.parametrize(("architecture", "bidirectional"), VARIANTS)
def test_padding_changes_nothing(vectorizer, architecture, bidirectional):
    model = build_sentiment_model(
        vectorizer, architecture=architecture, bidirectional=bidirectional, num_layers=2, units=8, seed=1
    )
    short, long = (model.predict_on_batch(vectorizer.encode(TEXTS, length=length)) for length in (8, 31))
    np.testing.assert_allclose(short, long, atol=1e-6)


def test_beats_the_naive_baseline_and_knows_its_own_score(trained, small_reviews):
    scores = trained.evaluate(small_reviews.test, return_dict=True, verbose=0)
    assert scores["accuracy"] > small_reviews.baselines()["accuracy"]["majority class"] + 0.3
    answers = trained.classify(small_reviews.texts("test"))
    truth = [small_reviews.vectorizer.labels[label] for label in small_reviews.labels("test")]
    right = np.mean([answer.label == label for answer, label in zip(answers, truth, strict=True)])
    assert right == pytest.approx(scores["accuracy"], abs=1e-6)


def test_the_reported_loss_is_the_mean_over_the_texts(trained, small_reviews):
    probabilities = trained.probabilities(small_reviews.texts("test"))
    truth = small_reviews.labels("test")
    plain = -np.log(probabilities[np.arange(len(truth)), truth]).mean()
    assert trained.evaluate(small_reviews.test, return_dict=True, verbose=0)["loss"] == pytest.approx(plain, rel=1e-4)


@pytest.mark.backend
def test_a_seed_fixes_weights_dropout_and_order(small_reviews, reviews_file):
    from kseq import load_reviews

    def losses(seed):
        model = build_sentiment_model(small_reviews.vectorizer, units=8, embedding_dim=8, seed=seed)
        return model.fit(load_reviews(reviews_file, seed=3).train, epochs=2, verbose=0).history["loss"]

    first, again, other = losses(5), losses(5), losses(6)
    assert first == again
    assert first != other


@pytest.mark.backend
def test_more_than_two_classes():
    texts = ["one star", "three stars", "five stars", "one", "three", "five"]
    labels = ["1", "3", "5"] * 2
    vectorizer = WordVectorizer.fit(texts, labels=("1", "3", "5"))
    model = build_sentiment_model(vectorizer, architecture="gru", units=16, dropout=0.0, learning_rate=0.02, seed=0)
    assert model.output_shape == (None, 3)
    model.fit(vectorizer.encode(texts), vectorizer.encode_labels(labels), epochs=60, verbose=0)
    assert [answer.label for answer in model.classify(texts)] == labels


def test_classify_takes_what_people_give_it(trained):
    assert trained.classify([]) == []
    one, two = trained.classify("a lovely soup"), trained.classify(["a lovely soup", "a dull soup"])
    assert one == pytest.approx(two[0])
    assert [answer.label for answer in two] == ["positive", "negative"]
    assert 0.5 <= one.probability <= 1
    odd = trained.classify(["", "   ", "未知の言葉", "🙂" * 50, "word " * 5000, "nul\0byte"])
    assert len(odd) == 6
    generator = trained.classify(text for text in ["a lovely soup"])
    assert generator == [one]


def test_classify_keeps_the_order_of_many_texts(trained, small_reviews):
    texts = small_reviews.texts("train")
    together = trained.probabilities(texts)
    alone = np.concatenate([trained.probabilities([text]) for text in texts[:5]])
    np.testing.assert_allclose(together[:5], alone, atol=1e-6)


@pytest.mark.parametrize("wrong", [[3], [None], 5])
def test_classify_refuses_what_is_no_text(trained, wrong):
    with pytest.raises(TypeError):
        trained.classify(wrong)


@pytest.mark.parametrize(("words", "length"), [(11, 11), (30, 19)])
def test_learned_positions_read_every_text_that_fits(vectorizer, words, length):
    """Lengths are rounded up for the sake of few shapes, but not beyond the positions that there are."""
    vectorizer = vectorizer.with_labels(vectorizer.labels, max_length=length)
    model = build_sentiment_model(vectorizer, architecture="transformer", position="learned", embedding_dim=8, seed=0)
    text = " ".join((["not", "bad", "at", "all", ",", "good", "film", "!"] * 5)[:words])
    alone = model.predict_on_batch(vectorizer.encode([text]))
    np.testing.assert_allclose(model.probabilities([text])[:, 1:], alone, atol=1e-6)


def test_fewer_positions_than_a_text_may_have_words_are_refused(vectorizer):
    vectorizer = vectorizer.with_labels(vectorizer.labels, max_length=12)
    learned = {"architecture": "transformer", "position": "learned", "embedding_dim": 8}
    with pytest.raises(ValueError, match=r"max_length=10\)\. Received: context_length=10, max_length=12$"):
        build_sentiment_model(vectorizer, context_length=10, **learned)
    for given, positions in ((None, 12), (12, 12), (20, 20)):
        model = build_sentiment_model(vectorizer, context_length=given, **learned)
        assert model.get_layer("position").context_length == positions


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_default_transformer_learns_what_order_means(seed):
    """Dropout or positions that don't suit it leave it at one half, where a network blind to order stays."""
    reviews = load_reviews("contrast")
    model = build_sentiment_model(reviews.vectorizer, architecture="transformer", seed=seed)
    model.fit(reviews.train, epochs=8, verbose=0)
    assert model.evaluate(reviews.test, return_dict=True, verbose=0)["accuracy"] > 0.95


def test_a_model_of_a_plain_size_says_what_it_lacks():
    model = build_sentiment_model(50, num_classes=3, architecture="dense")
    assert model.vectorizer is None
    assert model.predict_on_batch(np.ones((2, 4), "int32")).shape == (2, 3)
    with pytest.raises(ValueError, match="no vectorizer"):
        model.classify(["hello"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"architecture": "lstn"}, "Did you mean 'lstm'.*architecture='lstn'"),
        ({"units": -3}, "units=-3"),
        ({"units": 2.5}, "units=2.5"),
        ({"num_layers": 0}, "num_layers=0"),
        ({"embedding_dim": True}, "embedding_dim=True"),
        ({"dropout": 1}, "dropout=1"),
        ({"num_classes": 3}, "2 labels.*num_classes=3"),
        ({"architecture": "LSTM"}, "Did you mean 'lstm'"),
        ({"seed": "a"}, "seed='a'"),
        ({"seed": -1}, "seed=-1"),
        ({"clipnorm": 0}, "clipnorm=0"),
        ({"bidirectional": "yes"}, "bidirectional='yes'"),
        ({"architecture": "dense", "bidirectional": True}, "no direction"),
        ({"architecture": "transformer", "num_heads": 3}, "`num_heads` must divide.*embedding_dim=64, num_heads=3"),
        (
            {"architecture": "transformer", "embedding_dim": 12, "position": "rotary"},
            "must be even with position='rotary'.*embedding_dim=12, num_heads=4",
        ),
        ({"context_length": 0}, "context_length=0"),
        ({"intermediate_dim": -1}, "intermediate_dim=-1"),
        (
            {"architecture": "transformer", "position": "learned", "context_length": 10},
            r"load_reviews\(\.\.\., max_length=10\)\. Received: context_length=10, max_length=None",
        ),
    ],
)
def test_wrong_arguments_are_named(vectorizer, arguments, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        build_sentiment_model(vectorizer, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("first", ["reviews.csv", 2.5, None, True])
def test_a_wrong_first_argument_is_named(first):
    with pytest.raises(ValueError, match=r"dataset's `\.vectorizer` or a vocabulary size"):
        build_sentiment_model(first)


@pytest.mark.backend
def test_layers_are_kseq_and_masks_reach_them(vectorizer):
    model = build_sentiment_model(vectorizer, num_layers=2, bidirectional=True, units=4)
    recurrent = [layer for layer in model.layers if isinstance(layer, keras.layers.Bidirectional)]
    assert [type(layer).__module__ for layer in recurrent] == ["kseq.layers.bidirectional"] * 2


def test_half_precision_gives_float32_probabilities(vectorizer):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_sentiment_model(vectorizer, units=8, seed=0)
    finally:
        keras.config.set_dtype_policy("float32")
    ids, labels = vectorizer.encode(TEXTS), vectorizer.encode_labels(LABELS)
    model.fit(ids, labels, epochs=1, verbose=0)
    assert model.predict_on_batch(ids).dtype == np.float32
    assert model.get_layer("token_ids")(ids).dtype in ("int32", np.int32)


def test_both_directions_begin_with_weights_of_their_own(vectorizer):
    model = build_sentiment_model(vectorizer, architecture="gru", bidirectional=True, units=4, seed=3)
    both = model.get_layer("bidirectional_1")
    forward, backward = (layer.get_weights() for layer in (both.forward_layer, both.backward_layer))
    assert not any(np.allclose(one, other) for one, other in zip(forward[:2], backward[:2], strict=True))
    again = build_sentiment_model(vectorizer, architecture="gru", bidirectional=True, units=4, seed=3)
    assert all(np.array_equal(one, two) for one, two in zip(model.get_weights(), again.get_weights(), strict=True))
