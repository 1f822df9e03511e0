"""Pictures of the experiments: two senses of a word, and learning from the prompt."""

import numpy as np
import pandas as pd
import pytest

from kseq.plot import few_shot_curve, sense_separation, sense_vectors
from kseq.plot.senses import share_nearer

RANDOM = np.random.default_rng(0)
SENSES = [
    {
        "seed": seed,
        "context": context,
        "layer": layer,
        "word": word,
        "accuracy": 0.5 + gain * layer + extra,
        "margin": 0.1,
    }
    for seed, extra in ((0, 0.0), (1, 0.02))
    for context, gain in (("shown", 0.2), ("hidden", 0.0))
    for layer in range(3)
    for word in ("bank", "bat")
]
NAMES = np.array(["money", "river"] * 20)
APART = RANDOM.normal(size=(40, 8)) + 6 * (NAMES == "money")[:, None] * np.eye(8)[2]
MIXED = RANDOM.normal(size=(40, 8))
SHOTS = [
    {"seed": seed, "mappings": number, "examples": n, "accuracy": (0.1 + n * gain) * wobble, "best": 0.1 + 0.2 * n}
    for seed, wobble in ((0, 0.9), (1, 1.1))
    for number, gain in ((64, 0.0), (4096, 0.15))
    for n in range(5)
]


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_pictures(check_picture):
    check_picture(sense_separation(SENSES), "sense_separation")
    check_picture(sense_vectors({"in its sentence": (APART, NAMES), "control": (MIXED, NAMES)})[0], "sense_vectors")
    check_picture(few_shot_curve(SHOTS), "few_shot_curve")


# --- two senses --------------------------------------------------------------------------------------------------


def test_senses_layer_by_layer_beside_the_control():
    axes = sense_separation(pd.DataFrame(SENSES), title="which bank?")
    found = lines(axes)
    assert list(found) == ["with its sentence", "by its position only", "guessing"]
    np.testing.assert_allclose(found["with its sentence"].get_ydata(), [0.51, 0.71, 0.91])
    np.testing.assert_allclose(found["by its position only"].get_ydata(), 0.51)
    assert set(found["guessing"].get_ydata()) == {0.5} and len(axes.collections) == 2
    assert [text.get_text() for text in axes.get_xticklabels()] == ["embedding", "1", "2"]
    assert "guessing" not in lines(sense_separation(SENSES, value="margin"))
    assert [text.get_text() for text in sense_separation(SENSES, words=True).texts] == ["bank", "bat"]


def test_vectors_of_two_senses_beside_a_control():
    axes = sense_vectors({"in its sentence": (APART, NAMES), "control": (MIXED, NAMES)}, title="bank")
    assert axes[0].get_xlim() == axes[1].get_xlim() and axes[0].get_aspect() == 1.0
    assert axes[0].get_title() == "in its sentence\n100% nearer to their own sense"
    money, river = (points.get_offsets() for points in axes[0].collections)
    assert len(money) == len(river) == 20
    # PCA finds the direction in which they differ, and keeps distances along it
    assert abs(money[:, 0].mean() - river[:, 0].mean()) == pytest.approx(6, abs=0.8)
    whole = np.vstack([money, river])
    np.testing.assert_allclose(whole.mean(axis=0), 0, atol=1e-9)
    assert np.ptp(whole[:, 0]) > np.ptp(whole[:, 1])
    markers = {len(points.get_paths()[0].vertices) for points in axes[0].collections}
    assert len(markers) == 2  # told apart without colour


def test_the_share_leaves_each_vector_out_of_its_own_mean():
    vectors = np.eye(4)  # all as far from each other: no sense in it, but each is near a mean that it is part of
    assert share_nearer(vectors, np.array(list("abab"))) == 0
    assert share_nearer(np.zeros((4, 2)), np.array(list("abab"))) == 0.5  # nothing to tell them apart by


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, "dictionary of label"),
        ({"a": APART}, r"`panels\['a'\]` must be a pair \(vectors, senses\). Received: ndarray"),
        ({"a": (APART, NAMES[1:])}, "a sense for each of the 40 vectors. Received: 39"),
        ({"a": (APART, ["x"] * 39 + ["y"])}, "two senses, each at least twice. Received: x: 39, y: 1"),
        ({"a": (APART, [*NAMES.tolist()[:38], "z", "z"])}, "Received: money: 19, river: 19, z: 2"),
        ({"a": (APART[0], NAMES)}, r"must be of shape 2-d. Received: shape \(8,\)"),
    ],
)
def test_bad_vectors_are_named(panels, message):
    with pytest.raises(ValueError, match=message):
        sense_vectors(panels)


# --- few shots ---------------------------------------------------------------------------------------------------


def test_accuracy_against_examples_in_the_prompt():
    axes = few_shot_curve(SHOTS)
    found = lines(axes)
    assert list(found) == ["64 mappings", "4,096 mappings", "best possible"]
    np.testing.assert_allclose(found["4,096 mappings"].get_ydata(), 0.1 + 0.15 * np.arange(5))
    np.testing.assert_allclose(found["best possible"].get_ydata(), 0.1 + 0.2 * np.arange(5))
    assert len(axes.collections) == 2 and axes.get_xlabel() == "examples in the prompt"
    assert list(lines(few_shot_curve(SHOTS, by="seed"))) == ["0", "1", "best possible"]


def test_one_line_and_a_guess():
    table = pd.DataFrame([row for row in SHOTS if row["mappings"] == 64]).drop(columns=["mappings", "best"])
    table.attrs["guess"] = 0.25
    found = lines(few_shot_curve(table))
    assert list(found) == ["accuracy", "guessing"] and set(found["guessing"].get_ydata()) == {0.25}


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (few_shot_curve, {"records": []}, "at least one record"),
        (few_shot_curve, {"records": [{"examples": 1}]}, "must have accuracy in each record. Received: examples"),
        (few_shot_curve, {"records": SHOTS, "by": "split"}, "must have split"),
        (sense_separation, {"records": [{"layer": 1}]}, "must have context, accuracy in each record. Received: layer"),
        (sense_separation, {"records": 3}, "Received: int"),
    ],
)
def test_bad_records_are_named(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(**arguments)
