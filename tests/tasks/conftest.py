"""One small data set and one trained model for all tests of this room."""

import itertools

import pytest

from kseq import build_sentiment_model, load_reviews
from kseq.tasks import train

THINGS = ["soup", "film", "hotel", "phone", "tram", "novel", "garden", "bakery", "chair", "song"]
GOOD = ["lovely", "splendid", "charming", "tasty"]
BAD = ["dreadful", "dull", "broken", "stale"]
FRAMES = ["the {thing} was {word}", "what a {word} {thing} !", "a {word} {thing} , really"]


def write_reviews(path):
    """A CSV of 240 short reviews that any model can learn; returns its path."""
    lines = ["text,label"]
    for label, words in (("negative", BAD), ("positive", GOOD)):
        for frame, thing, word in itertools.product(FRAMES, THINGS, words):
            lines.append(f'"{frame.format(thing=thing, word=word)}",{label}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def reviews_file(tmp_path_factory):
    return write_reviews(tmp_path_factory.mktemp("reviews") / "reviews.csv")


@pytest.fixture(scope="session")
def small_reviews(reviews_file):
    return load_reviews(reviews_file)


@pytest.fixture(scope="session")
def trained(small_reviews):
    """A small LSTM, trained; tests must not train it further."""
    model = build_sentiment_model(small_reviews.vectorizer, units=16, embedding_dim=16, learning_rate=0.01, seed=0)
    train(model, small_reviews, epochs=12, verbose=0)
    return model
