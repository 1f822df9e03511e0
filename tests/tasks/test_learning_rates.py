"""`find_learning_rate`: between "nothing happens" and "it bursts", and the model stays as it is."""

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, build_text_model, find_learning_rate, load_text

pytestmark = pytest.mark.backend


@pytest.fixture(scope="module")
def line():
    """Points on a line through the origin.

    The loss is `(w - 3)²`, for x is 1 or -1: a step of gradient descent multiplies the error by `1 - 2 · rate`. Above
    a rate of 1 it grows; at 0.001 a hundred steps take away less than a fifth of it.
    """
    x = np.resize([1.0, -1.0], (320, 1)).astype("float32")
    return x, 3 * x


def line_model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.5), loss="mse")
    return model


def test_suggestion_lies_where_the_model_learns(line):
    x, y = line
    y = y + np.random.default_rng(0).normal(0, 0.3, y.shape).astype("float32")  # or it would end at the very solution
    found = find_learning_rate(line_model(), x, y, lowest=1e-5, highest=100.0, steps=120, batch_size=16)
    assert 0.003 < found.suggestion < 1.0
    assert 1.0 < found.rates[-1] < 100.0  # it burst, and the run ended there
    assert found.losses[-1] > found.smoothed.min()
    ratios = found.rates[1:] / found.rates[:-1]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-6)
    table = found.table()
    assert list(table.columns) == ["learning_rate", "loss", "smoothed"]
    assert len(table) == len(found.rates) == len(found.losses)


def test_rates_are_the_ones_that_were_used(line):
    """From the losses follows the rate of each step: the error is multiplied by `1 - 2 · rate`."""
    found = find_learning_rate(line_model(), *line, lowest=0.001, highest=0.2, steps=20, batch_size=16)
    used = (1 - np.sqrt(found.losses[1:] / found.losses[:-1])) / 2
    np.testing.assert_allclose(used, found.rates[:-1], rtol=0.02)


def state_of(model):
    """Everything in a model that training changes: weights, optimizer, dropout."""
    variables = [*model.variables, *model.optimizer.variables, *model.non_trainable_variables]
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


@pytest.mark.parametrize("kind", ["sentiment", "text"])
def test_model_and_data_stay_as_they_are(kind, small_reviews, tmp_path):
    if kind == "sentiment":
        batches = small_reviews.train
        model = build_sentiment_model(small_reviews.vectorizer, units=8, embedding_dim=8, dropout=0.3, seed=0)
    else:
        (tmp_path / "roses.txt").write_text("roses are red, violets are blue.\n" * 20)
        text = load_text(tmp_path / "roses.txt", context_length=12, batch_size=16)
        assert len(text.train) < 5  # the run goes on over many epochs
        batches = text.train
        sizes = {"context_length": 12, "embedding_dim": 8, "num_layers": 1, "num_heads": 2}
        model = build_text_model(text.vectorizer, architecture="transformer", dropout=0.3, seed=0, **sizes)
    before, epoch = state_of(model), (batches.batches.epoch, batches.batches.start)
    found = find_learning_rate(model, batches, lowest=1e-4, highest=3.0, steps=25)
    for old, new in zip(before, state_of(model), strict=True):
        np.testing.assert_array_equal(old, new)
    assert (batches.batches.epoch, batches.batches.start) == epoch
    assert 1e-4 <= found.suggestion < 3.0
    assert found.smoothed.min() < 0.98 * found.losses[0]
    again = find_learning_rate(model, batches, lowest=1e-4, highest=3.0, steps=25)
    np.testing.assert_array_equal(again.losses, found.losses)


def test_refusals(line):
    with pytest.raises(ValueError, match="must be a compiled Keras model"):
        find_learning_rate(keras.Sequential([keras.layers.Dense(1)]), *line)
    with pytest.raises(ValueError, match=r"lowest=0\.1, highest=0\.01"):
        find_learning_rate(line_model(), *line, lowest=0.1, highest=0.01)
    with pytest.raises(ValueError, match="steps=0"):
        find_learning_rate(line_model(), *line, steps=0)
