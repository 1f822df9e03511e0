"""What a vectorizer remembers of its training sentences: exact for few, a good estimate for many, saved with it."""

import json

import pytest

from kseq.data import load_sentence_pairs, load_tagged_sentences, load_trajectories
from kseq.data.seen_sentences import DIGITS, KEPT, remark_on_length, remark_on_seen, seen_of, share_seen
from kseq.data.trajectories.ball import bouncing_balls


def test_few_sentences_are_known_exactly():
    seen = seen_of(["a", "b", "c", "c"])
    assert len(seen) == 3 * DIGITS
    assert share_seen(seen, ["a", "b", "x", "y"]) == 0.5
    assert share_seen(seen, []) == share_seen("", ["a"]) == 0


def test_of_many_the_share_is_estimated():
    seen = seen_of(str(n) for n in range(20_000))
    assert len(seen) == KEPT * DIGITS
    assert share_seen(seen, [str(n) for n in range(20_000, 40_000)]) == 0
    assert share_seen(seen, [str(n) for n in range(10_000, 30_000)]) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("load", [load_sentence_pairs, load_tagged_sentences])
def test_another_split_than_in_training_is_noticed(load):
    vectorizer = load(seed=0).vectorizer
    vectorizer = type(vectorizer).from_config(json.loads(json.dumps(vectorizer.get_config())))
    own, other = (load(seed=seed, vectorizer=vectorizer) for seed in (0, 1))
    for split in ("train", "validation", "test"):
        assert remark_on_seen(vectorizer, own, split) is None
    assert "trained on about" in remark_on_seen(vectorizer, other, "test")
    assert "seed=1 here" in remark_on_seen(vectorizer, other, "test")


def test_far_longer_than_anything_in_training():
    vectorizer = load_tagged_sentences().vectorizer
    assert vectorizer.longest > 5
    assert remark_on_length(vectorizer, 2 * vectorizer.longest) is None
    assert f"training of this model {vectorizer.longest}" in remark_on_length(vectorizer, 2 * vectorizer.longest + 1)


@pytest.mark.parametrize("tracks", [30, 1])  # whole tracks are held out, or the end of one
def test_steps_of_paths_are_known_again(tmp_path, tracks):
    balls = bouncing_balls(tracks, 60, seed=1)
    rows = [f"{n},{step},{x},{y}" for n, path in enumerate(balls) for step, (x, y) in enumerate(path)]
    (tmp_path / "balls.csv").write_text("\n".join(["track,step,x,y", *rows]))
    scaler = load_trajectories(tmp_path / "balls.csv", seed=0).vectorizer
    scaler = type(scaler).from_config(json.loads(json.dumps(scaler.get_config())))
    own = load_trajectories(tmp_path / "balls.csv", seed=0, vectorizer=scaler)
    assert all(remark_on_seen(scaler, own, split, "steps") is None for split in ("train", "validation", "test"))
    other = load_trajectories(tmp_path / "balls.csv", seed=1, test_fraction=0.5, vectorizer=scaler)
    assert "trained on about" in remark_on_seen(scaler, other, "test", "steps")
    assert remark_on_seen(scaler, load_trajectories("ball", seed=5, vectorizer=scaler), "test", "steps") is None
