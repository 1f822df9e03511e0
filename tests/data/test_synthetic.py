"""The long-memory tasks: each definition checked by a solver written for this test alone."""

import itertools
import re
from collections import Counter
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import synthetic
from kseq.data.synthetic.apart import draw_apart, split_of
from kseq.data.synthetic.ball import trajectories
from kseq.data.synthetic.reber import inner_strings

TASKS = {
    "adding_problem": synthetic.adding_problem,
    "copy_task": synthetic.copy_task,
    "parity": synthetic.parity,
    "temporal_order": synthetic.temporal_order,
    "embedded_reber": synthetic.embedded_reber,
    "bouncing_ball": synthetic.bouncing_ball,
    "ball without history": partial(synthetic.bouncing_ball, history=False, gravity=0.004, noise=0.01),
}
SPLITS = ("train", "validation", "test")
few = settings(max_examples=15, deadline=None)


def test_the_room_knows_it_without_importing_it(new_process):
    assert "adding_problem" in new_process(
        "import kseq.data; print(dir(kseq.data.synthetic), 'keras' in __import__('sys').modules)"
    )


def test_every_task_is_tried_here():
    assert set(synthetic.MEMORY_TASKS) <= set(TASKS)


@few
@given(length=st.integers(2, 60), seed=st.integers(0, 999))
def test_adding(length, seed):
    x, y = synthetic.adding_problem(length, size=16, seed=seed).arrays()
    assert x.shape == (16, length, 2) and y.shape == (16, 1)
    for row, target in zip(x, y, strict=True):
        marked = [step for step in range(length) if row[step, 1] == 1]
        assert len(marked) == 2 and set(row[:, 1]) <= {0, 1}
        assert marked[0] < length // 2 <= marked[1]
        assert target[0] == pytest.approx(sum(row[step, 0] for step in marked))
    assert x.min() >= 0 and x.max() <= 1


def test_adding_baseline_is_a_sixth():
    task = synthetic.adding_problem(10, size=80_000)
    assert task.baselines()["mse"]["always 1"] == pytest.approx(1 / 6, abs=0.005)


@few
@given(length=st.integers(0, 30), items=st.integers(3, 6), symbols=st.integers(4, 9), seed=st.integers(0, 999))
def test_copy(length, items, symbols, seed):
    x, y, weights = synthetic.copy_task(length, size=16, seed=seed, items=items, symbols=symbols).arrays()
    assert x.shape == (16, 2 * items + length, symbols + 2)
    assert np.all(x.sum(axis=2) == 1)
    shown = x.argmax(axis=2)
    for row, target, weight in zip(shown.tolist(), y.tolist(), weights, strict=True):
        assert row[items:] == [symbols] * length + [symbols + 1] * items
        assert [t for t, w in zip(target, weight, strict=True) if w] == row[:items]
    assert weights.mean() == pytest.approx(1)


@few
@given(length=st.integers(8, 50), seed=st.integers(0, 999))
def test_parity(length, seed):
    x, y = synthetic.parity(length, size=16, seed=seed).arrays()
    for row, target in zip(x[:, :, 0].astype(int).tolist(), y[:, 0].tolist(), strict=True):
        odd = False
        for bit in row:
            odd ^= bit == 1
        assert set(row) <= {0, 1} and target == odd


@few
@given(length=st.integers(6, 80), seed=st.integers(0, 999))
def test_temporal_order(length, seed):
    task = synthetic.temporal_order(length, size=16, seed=seed)
    x, y = task.arrays()
    assert np.all(x.sum(axis=2) == 1)
    for row, target in zip(x.argmax(axis=2).tolist(), y[:, 0].tolist(), strict=True):
        text = "".join("XYabcd"[symbol] for symbol in row)
        first, second = re.fullmatch("[abcd]*([XY])[abcd]*([XY])[abcd]*", text).groups()
        assert ["XX", "XY", "YX", "YY"][target] == first + second
        places = [place for place, letter in enumerate(text) if letter in "XY"]
        assert places[0] < max(2, 0.2 * length) and places[1] < max(0.5 * length + 1, 0.6 * length)
        assert places[1] >= int(0.5 * length)


# The grammar once more, as a regular expression.
REBER = re.compile(r"B(?:TS*X(?:S|XT*V(?:PXT*V)*(?:V|PS))|PT*V(?:PXT*V)*(?:V|PS))E")


@few
@given(length=st.integers(13, 40), seed=st.integers(0, 999))
def test_reber_strings_are_accepted(length, seed):
    task = synthetic.embedded_reber(length, size=40, seed=seed)
    x, y = task.arrays()
    texts = ["".join("BTPSXVE"[i] for i in row) for row in x.argmax(axis=2)]
    for text, target in zip(texts, y[:, 0], strict=True):
        assert len(text) == length
        assert re.fullmatch("B[TP]", text[:2]) and REBER.fullmatch(text[2:]), text
        assert target == (text[1] == "P")
    assert task.frame.letters[:40].tolist() == texts


def test_every_reber_string_of_a_length_is_found_equally_often():
    every = {"B" + "".join(middle) + "E" for middle in itertools.product("TPSXV", repeat=6)}
    accepted = {text for text in every if REBER.fullmatch(text)}
    assert len(accepted) > 4
    letters = inner_strings(np.random.default_rng(0), 400 * len(accepted), 8)
    found = Counter("".join("BTPSXVE"[i] for i in row) for row in letters)
    assert set(found) == accepted
    assert all(320 < count < 480 for count in found.values())


@few
@given(
    steps=st.integers(2, 300),
    gravity=st.sampled_from([0.0, 0.001, 0.005, 0.05]),
    seed=st.integers(0, 999),
)
def test_the_ball_stays_in_the_box_and_gets_no_faster(steps, gravity, seed):
    path = trajectories(np.random.default_rng(seed), 20, steps, gravity)
    assert path.shape == (20, steps, 2) and path.min() >= 0 and path.max() <= 1
    # nowhere faster than its energy at first allows
    speed = np.abs(np.diff(path, axis=1))
    assert speed[..., 0].max() <= 0.1 + 1e-9
    assert speed[..., 1].max() <= np.sqrt(0.1**2 + 2 * gravity) + gravity / 2 + 1e-9


def test_without_gravity_the_ball_is_a_straight_line_folded_up():
    path = trajectories(np.random.default_rng(1), 50, 200)
    inside = np.all((path[:, :2] > 0.11) & (path[:, :2] < 0.89), axis=(1, 2))
    velocity = path[:, 1] - path[:, 0]
    straight = path[:, :1] + velocity[:, None] * np.arange(200)[None, :, None]
    folded = 1 - np.abs((straight % 2) - 1)
    assert inside.sum() > 10
    np.testing.assert_allclose(path[inside], folded[inside], atol=1e-9)


def test_history_tells_where_the_ball_goes():
    long, short = (synthetic.bouncing_ball(6, size=400, seed=2, history=history) for history in (True, False))
    np.testing.assert_array_equal(long.arrays()[1], short.arrays()[1])
    np.testing.assert_array_equal(long.arrays()[0][:, -1:], short.arrays()[0])
    assert "constant velocity" not in short.baselines().index
    scores = long.baselines()["mse"]
    assert scores["constant velocity"] < scores["constant position"] / 3 < scores.iloc[0] / 3
    noisy = synthetic.bouncing_ball(6, size=400, seed=2, noise=0.3)
    np.testing.assert_array_equal(noisy.arrays()[1], long.arrays()[1])
    assert noisy.arrays()[0].min() >= 0 and noisy.arrays()[0].max() <= 1
    assert not np.array_equal(noisy.arrays()[0], long.arrays()[0])


def test_price_table():
    task = synthetic.price_table()
    x, y = task.arrays()
    prices = [0.5, 0.17, 0, 0.67, 0.33, 0.17, 0.83, 0.5, 0, 1.0]
    assert x[0, :, 0].tolist() == pytest.approx(prices[:-1]) and y[0, :, 0].tolist() == pytest.approx(prices[1:])
    assert task.frame.day.tolist() == ["Mon", "Tue", "Wed", "Thu", "Fri"] * 2
    assert task.frame["X"].tolist() == pytest.approx(prices)
    assert "nine targets" in synthetic.price_table.__doc__ and task.reason.startswith("nine")
    assert task.validation is None and task.test is None and task.solved is None
    assert task.baselines()["mse"]["today's price"] == pytest.approx(np.mean(np.diff(prices) ** 2))
    with pytest.raises(ValueError, match=r"`split` must be one of train\. Received: split='test'"):
        task.arrays("test")


@pytest.mark.parametrize("name", TASKS)
def test_the_same_seed_gives_the_same_arrays(name):
    one, same, other = (TASKS[name](length=14, size=64, seed=seed) for seed in (4, 4, 5))
    for split in SPLITS:
        for a, b in zip(one.arrays(split), same.arrays(split), strict=True):
            np.testing.assert_array_equal(a, b)
            assert a.dtype in (np.float32, np.int32)
    assert not np.array_equal(one.arrays()[0], other.arrays()[0])
    np.testing.assert_array_equal(one.sample(8, seed=3)[0], same.sample(8, seed=3)[0])
    assert not np.array_equal(one.sample(8, seed=3)[0], one.sample(8, seed=2)[0])
    assert not np.array_equal(one.sample(8)[0], one.arrays()[0][:8])


@pytest.mark.parametrize("name", TASKS)
def test_no_example_stands_in_two_splits(name):
    """Not even one that is drawn later, or with another seed (where there are finitely many)."""
    task = TASKS[name](length=14, size=256)
    held_out = {row.tobytes() for split in ("validation", "test") for row in task.arrays(split)[0]}
    assert len(held_out) > 1
    others = [task.arrays()[0], task.sample(256, seed=9)[0], TASKS[name](length=14, size=256, seed=8).arrays()[0]]
    assert not held_out & {row.tobytes() for x in others for row in x}
    assert not {r.tobytes() for r in task.arrays("validation")[0]} & {r.tobytes() for r in task.arrays("test")[0]}


@pytest.mark.parametrize("name", TASKS)
def test_what_a_task_says_of_itself(name):
    task = TASKS[name](length=14, size=64)
    text = str(task.describe())
    assert task.name in text and task.loss in text and "naive guesses" in text
    assert repr(task.describe()) == text
    scores = task.baselines()[task.metric]
    assert len(scores) and np.all(np.isfinite(scores))
    assert not task.is_solved(scores).any()  # no naive guess counts as a solution
    frame = task.frame
    assert frame.split.value_counts().to_dict() == {"train": 64, "validation": 8, "test": 8}
    x, y = task.arrays("test")[:2]
    assert x.shape == (8, task.steps, task.features)
    # the truth itself gets the best score there is
    truth = y if task.metric == "mse" or task.output.units == 1 else np.eye(task.output.units)[y]
    assert task.score(truth) == (1 if task.higher_is_better else 0)
    assert task.is_solved(task.score(truth))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: synthetic.adding_problem(1), "`length` must be an integer from 2 on (two steps are marked)"),
        (lambda: synthetic.adding_problem(2.0), "Received: length=2.0"),
        (lambda: synthetic.adding_problem(10, size=0), "Received: size=0"),
        (lambda: synthetic.adding_problem(10, seed=-1), "Received: seed=-1"),
        (lambda: synthetic.adding_problem(10, batch_size=True), "Received: batch_size=True"),
        (lambda: synthetic.copy_task(-1), "Received: length=-1"),
        (lambda: synthetic.copy_task(5, symbols=1), "Received: symbols=1"),
        (lambda: synthetic.parity(3), "Received: length=3"),
        (lambda: synthetic.temporal_order(2), "Received: length=2"),
        (lambda: synthetic.embedded_reber(6), "Received: length=6"),
        (lambda: synthetic.embedded_reber(7), "choose a greater `length`. Received: length=7"),
        (
            lambda: synthetic.parity(4, size=10000),
            "parity: there are only 16 different examples, and a tenth of them is for the test; from length=6 on there "
            "are enough, or size=15 at most with length=4: choose a greater `length`. Received: length=4, size=10000",
        ),
        (lambda: synthetic.temporal_order(3), "only 16 different examples"),
        (
            lambda: synthetic.copy_task(5, items=1),
            "8 different examples, and a tenth of them is for the test; from items=2",
        ),
        (lambda: synthetic.copy_task(5, items=1), "choose a greater `items`. Received: items=1, size=8192"),
        (lambda: synthetic.bouncing_ball(1), "Received: length=1"),
        (lambda: synthetic.bouncing_ball(5, history=1), "`history` must be True or False. Received: history=1"),
        (lambda: synthetic.bouncing_ball(5, gravity=-1), "`gravity` must be a number from 0 to 0.05"),
        (lambda: synthetic.bouncing_ball(5, noise="a"), "Received: noise='a'"),
        (lambda: synthetic.adding_problem(5).arrays("tset"), "one of train, validation, test. Received: split='tset'"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value) and "\n" not in str(caught.value)


ENUMERATED = [
    (partial(synthetic.parity, 4, size=15), 2**4),
    (partial(synthetic.temporal_order, 4, size=8), 4 * 4**2),
    (partial(synthetic.copy_task, 2, size=8, items=2, symbols=4), 4**2),
    (partial(synthetic.embedded_reber, 10, size=8), 14),
]


@pytest.mark.parametrize(("make", "count"), ENUMERATED)
def test_different_examples_are_counted_right(make, count):
    task = make()
    assert task._different.count(task._different.value) == count
    drawn = task._draw(np.random.default_rng(0), 3000)[0]
    assert len(np.unique(drawn, axis=0)) == count


@pytest.mark.parametrize(
    "task",
    [
        synthetic.parity(6, size=10_000),
        synthetic.temporal_order(4, size=10_000),
        synthetic.embedded_reber(13, size=10_000),
        synthetic.copy_task(3, size=10_000, items=2),
    ],
    ids=lambda task: task.name,
)
def test_where_the_fewest_examples_are_allowed_the_test_has_several_classes(task):
    x, y = task.arrays("test")[:2]
    assert len(x) == 1250 and len({row.tobytes() for row in x}) >= 4
    assert len(np.unique(y)) > 1


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_that_is_empty_says_so(split):
    """As a last resort: an unlucky share of few examples."""
    with pytest.raises(ValueError, match=rf"the {split} split found only 0 of 3 examples.*choose a greater `items`"):
        one = np.zeros((1, 1), int)
        others = [s for s in SPLITS if s != split]
        kind = next(n for n in range(99) if SPLITS[split_of((one + n,))[0]] in others)
        draw_apart(lambda random, count: (np.full((count, 1), kind),), None, 3, split, "items")


def test_long_strings_are_possible():
    task = synthetic.embedded_reber(1500, size=8)
    assert REBER.fullmatch(task.frame.letters[0][2:])
