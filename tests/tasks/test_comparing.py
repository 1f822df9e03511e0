"""`compare`, `train` and `worst_examples`."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from kseq import build_sentiment_model, build_text_model, compare, load_text, worst_examples
from kseq.tasks import train


def test_compare_sets_models_beside_baselines(small_reviews):
    build = partial(build_sentiment_model, small_reviews.vectorizer, architecture="dense", learning_rate=0.02)
    table = compare({"dense": build}, small_reviews, seeds=2, epochs=4)
    assert list(table.columns) == ["accuracy", "spread", "parameters", "seconds"]
    assert {"dense", *small_reviews.baselines().index} == set(table.index)
    row = table.loc["dense"]
    assert row["parameters"] == build().count_params()
    assert row["seconds"] > 0
    assert row["spread"] >= 0
    assert table["accuracy"].is_monotonic_decreasing
    assert row["accuracy"] > table.loc["majority class", "accuracy"]


@pytest.mark.parametrize(("tokens", "score"), [("character", "bits_per_character"), ("word", "perplexity")])
def test_compare_scores_running_text(tmp_path, tokens, score):
    names = "".join(f"the {chr(97 + n % 26)}{n} cat sat on the mat.\n" for n in range(80))  # most occur only once
    (tmp_path / "cats.txt").write_text(names)
    text = load_text(tmp_path / "cats.txt", tokens=tokens, context_length=10, batch_size=4)
    build = partial(
        build_text_model, text.vectorizer, architecture="simple_rnn", units=16, embedding_dim=8, learning_rate=0.02
    )
    table = compare({"rnn": build}, text, seeds=1, epochs=3)
    baselines = text.baselines()
    assert list(table.columns) == [score, "spread", "parameters", "seconds"]
    assert {"rnn", *baselines.index} == set(table.index)
    assert table[score].is_monotonic_increasing
    assert table.loc["bigram", score] == baselines.loc["bigram", score]
    assert table.loc["rnn", score] < table.loc["unigram", score]
    assert table.loc["rnn", "parameters"] == build().count_params()


def test_compare_refuses_a_finished_model(small_reviews, trained):
    with pytest.raises(TypeError, match=r"'lstm' anew for each seed"):
        compare({"lstm": trained}, small_reviews)


@pytest.mark.parametrize("build", [lambda: None, lambda vectorizer, seed: None, build_sentiment_model])
def test_compare_refuses_a_builder_without_seed(small_reviews, build):
    with pytest.raises(TypeError, match=r"`builders` must hold functions that take `seed`.* Received: 'mine' \("):
        compare({"mine": build}, small_reviews)


def test_train_keeps_the_best_epoch(small_reviews):
    model = build_sentiment_model(small_reviews.vectorizer, architecture="dense", units=8, learning_rate=0.05, seed=0)
    history = train(model, small_reviews, epochs=6, patience=2, verbose=0).history
    loss = model.evaluate(small_reviews.validation, return_dict=True, verbose=0)["loss"]
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-4)


def test_worst_examples_are_wrong_and_sorted(trained):
    frame = pd.DataFrame(
        {
            "text": ["a lovely soup", "a dull soup", "a lovely , splendid , charming soup"],
            "label": ["negative", "negative", "negative"],
        }
    )
    worst = worst_examples(trained, frame)
    assert set(worst["text"]) == {frame["text"][0], frame["text"][2]}
    assert (worst["truth"] == "negative").all()
    assert (worst["prediction"] == "positive").all()
    assert worst["confidence"].is_monotonic_decreasing
    assert len(worst_examples(trained, frame, count=1)) == 1


def test_worst_examples_of_a_split_agree_with_the_score(trained, small_reviews):
    wrong = worst_examples(trained, small_reviews.train, count=10**6)
    accuracy = trained.evaluate(small_reviews.train, return_dict=True, verbose=0)["accuracy"]
    size = len(small_reviews.texts("train"))
    assert 1 - len(wrong) / size == pytest.approx(accuracy, abs=1e-6)
    assert set(wrong["text"]) <= set(small_reviews.texts("train"))


def test_worst_examples_refuses_arrays_and_whole_datasets(trained, small_reviews):
    for wrong in (np.zeros((3, 4)), small_reviews):
        with pytest.raises(ValueError, match="must be a split of a dataset"):
            worst_examples(trained, wrong)
