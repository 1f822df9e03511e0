"""`few_shot_mappings`: prompts that can be answered from themselves, about mappings that nobody saw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.synthetic import few_shot_mappings


def read(text):
    """A text as pairs: an independent reading of what stands there."""
    return [tuple(part.split("→")) for part in text.split(",") if part]


@settings(max_examples=20, deadline=None)
@given(keys=st.integers(4, 12), values=st.integers(6, 12), examples=st.integers(1, 9), seed=st.integers(0, 99))
def test_training_texts(keys, values, examples, seed):
    task = few_shot_mappings(keys, values, mappings=20, seed=seed)
    x, y, weights = task.sample(8, examples, seed)
    assert x.shape == y.shape == weights.shape == (8, 2 * examples - 1)
    assert np.array_equal(x[:, 1:], y[:, :-1]) and weights.mean() == pytest.approx(1)
    whole = np.concatenate([x, y[:, -1:]], axis=1)
    for text, row, weight in zip(task.text(whole), y, weights, strict=True):
        pairs = read(text)
        assert len(pairs) == examples and len(dict(pairs)) == len(set(pairs))  # one mapping in one text
        assert task.text(row[weight > 0]) == ["".join(f"{value}," for _, value in pairs)]


@settings(max_examples=20, deadline=None)
@given(keys=st.integers(4, 12), values=st.integers(6, 12), seed=st.integers(0, 99), data=st.data())
def test_prompts(keys, values, seed, data):
    task = few_shot_mappings(keys, values, mappings=20, seed=seed)
    examples = data.draw(st.integers(0, keys))
    made = task.prompts("test", examples, count=16, seed=seed)
    assert made["ids"].shape == (16, 2 * examples + 1)
    answers = [text.rstrip(",") for text in task.text(made["answer"][:, None])]
    for text, answer, shown in zip(made["text"], answers, made["shown"], strict=True):
        *pairs, (asked, nothing) = read(text)
        assert nothing == "" and len(dict(pairs)) == examples == len(pairs)
        assert shown == (asked in dict(pairs)) and (not shown or dict(pairs)[asked] == answer)


def test_no_mapping_of_the_test_was_in_training():
    task = few_shot_mappings(keys=4, values=6, mappings=100)
    train, test = ({tuple(row) for row in task.mappings[split].tolist()} for split in ("train", "test"))
    assert len(train) == 100 and len(test) == 512 and not train & test


def test_best_is_what_a_perfect_reader_reaches():
    task = few_shot_mappings(keys=5, values=6, mappings=50)
    for examples in range(6):
        made = task.prompts("test", examples, count=20_000)
        right = made["shown"] + ~made["shown"] * task.guess
        assert right.mean() == pytest.approx(task.best(examples), abs=0.02)
    assert task.best(0) == task.guess == 1 / 6 and task.best(5) == 1


def test_a_seed_fixes_all_and_splits_differ():
    one, again = few_shot_mappings(seed=3), few_shot_mappings(seed=3)
    assert np.array_equal(one.sample(4, seed=1)[0], again.sample(4, seed=1)[0])
    assert not np.array_equal(one.sample(4, seed=1)[0], one.sample(4, seed=2)[0])
    assert not np.array_equal(one.mappings["test"], few_shot_mappings(seed=4).mappings["test"])
    assert one.prompts("test", 2, 4)["text"] != one.prompts("train", 2, 4)["text"]
    assert "guessing  0." in one.describe()


def test_importing_loads_no_keras(new_process):
    printed = new_process(
        "import sys; from kseq.data.synthetic import few_shot_mappings, two_senses; two_senses(size=96).ids(); "
        "few_shot_mappings().sample(2); print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    assert printed.strip() == "set()"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keys": 1}, "`keys` must be an integer from 2 on"),
        ({"keys": 20, "values": 10}, "`keys` and `values` must be 26 at most together. Received: keys=20, values=10"),
        ({"keys": 2, "values": 3, "mappings": 5}, r"`mappings` must be 0 at most: .*make 9 different ones"),
        ({"mappings": 0}, "`mappings` must be an integer from 1 on"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        few_shot_mappings(**arguments)
    with pytest.raises(ValueError, match="`examples` must be 6 at most"):
        few_shot_mappings(keys=6).prompts(examples=7)
    with pytest.raises(ValueError, match="`split` must be one of train, test"):
        few_shot_mappings(keys=6).sample(2, split="dev")
