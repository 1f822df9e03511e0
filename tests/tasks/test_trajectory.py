"""Given one picture of a ball, where will it go? Given its history, where (S1)?"""

import json

import numpy as np
import pytest

from kseq import build_trajectory_model, load_model, load_trajectories, train


@pytest.fixture(scope="module")
def balls():
    return load_trajectories("falling", count=120, steps=40)


@pytest.fixture(scope="module")
def trained(balls):
    """Tests must not train it further."""
    model = build_trajectory_model(balls.vectorizer, architecture="dense", learning_rate=5e-3, seed=0)
    train(model, balls, epochs=12, patience=12, verbose=0)
    return model


def test_history_is_better_than_one_picture_and_than_straight_on(balls, trained):
    blind = build_trajectory_model(balls.vectorizer, architecture="dense", context_length=1, learning_rate=5e-3, seed=0)
    train(blind, balls, epochs=4, patience=4, verbose=0)
    error, without = trained.scores(balls)["error"], blind.scores(balls)["error"]
    baselines = balls.baselines().error
    assert error < 0.5 * without
    assert error < baselines["constant velocity"] < baselines["constant position"]
    assert error < 0.8 * baselines["linear autoregression"]


def test_continues_paths(balls, trained):
    path = balls.paths("test")[0]
    said = trained.continue_path(path[:8], 12)
    assert said.shape == (12, 2)
    np.testing.assert_allclose(trained.continue_path(path[:8], 5), said[:5], atol=1e-5)
    np.testing.assert_allclose(trained.continue_path(np.stack([path[:8]] * 2), 12)[1], said, atol=1e-5)
    # Feeding back by hand gives the same.
    again = trained.continue_path(np.concatenate([path[:8], said[:5]]), 5)
    np.testing.assert_allclose(again, said[5:10], atol=1e-4)
    # Only the last positions count.
    np.testing.assert_allclose(trained.continue_path(path[2:12], 5), trained.continue_path(path[4:12], 5), atol=1e-5)


def test_bad_input_is_named(trained):
    with pytest.raises(ValueError, match=r"must have 8 or more steps\. Received: 3"):
        trained.continue_path(np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"of shape \(T, 2\)"):
        trained.continue_path(np.zeros((9, 3)))


@pytest.mark.backend
def test_is_saved_and_loaded(balls, tmp_path, new_process):
    model = build_trajectory_model(balls.vectorizer, architecture="gru", units=4, seed=0)
    model.fit(balls.train, validation_data=balls.validation, epochs=1, verbose=0)
    path, history = tmp_path / "ball.keras", balls.paths("test")[0][:8]
    model.save(path)
    expected = model.continue_path(history, 6)
    np.testing.assert_allclose(load_model(path).continue_path(history, 6), expected, atol=1e-5)
    code = """
import sys, json, kseq
print(json.dumps(kseq.load_model(sys.argv[1]).continue_path(json.loads(sys.argv[2]), 6).tolist()))
"""
    said = json.loads(new_process(code, path, json.dumps(history.tolist())))
    np.testing.assert_allclose(said, expected, atol=1e-5)


def test_what_is_no_number_is_named_with_its_place(trained, tmp_path):
    path = np.ones((9, 2))
    path[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"finite numbers .*\. Received: nan at positions\[3, 1\]"):
        trained.continue_path(path)
    with pytest.raises(ValueError, match=r"Received: inf at positions\[1, 8, 0\]"):
        trained.continue_path(np.stack([np.ones((9, 2)), np.where(np.arange(9)[:, None] == 8, np.inf, 1.0) * [1, 1]]))
    with pytest.raises(ValueError, match=r"of shape \(T, 2\) .*Received: shape \(9,\)"):
        trained.continue_path(np.ones(9))
    with pytest.raises(ValueError, match="must be finite numbers"):
        trained.continue_path([[1, 2], [3]])


def test_an_empty_split_is_not_scored(trained):
    balls = load_trajectories(count=20, test_fraction=0)
    with pytest.raises(ValueError, match="The test split of 'ball' is empty"):
        trained.scores(balls)
