"""`memory_curve`: every cell and remedy runs, what comes back is right, and gates remember what others forget."""

from functools import partial

import keras
import numpy as np
import pandas as pd
import pytest

import kseq
from kseq.data import synthetic
from kseq.inspection import memory
from kseq.inspection.errors import InspectionError
from kseq.inspection.memory_model import build_memory_model

QUICK = {"units": 4, "max_steps": 3, "batch_size": 4, "verbose": 0}
DEFAULTS = {
    "units": 4,
    "num_layers": 1,
    "activation": None,
    "recurrent_initializer": "orthogonal",
    "residual": False,
    "clipnorm": 1.0,
    "truncation": None,
    "learning_rate": 0.01,
    "max_steps": 3,
    "seed": 0,
}
small_adding = partial(synthetic.adding_problem, size=128)


def model_for(task, cell="lstm", **changed):
    return build_memory_model(cell, task, **{**DEFAULTS, **changed})


@pytest.mark.backend
def test_one_row_for_each_model():
    table = kseq.memory_curve(["gru", "lstm"], small_adding, [5, 8], seeds=[7], **QUICK)
    assert tuple(table.columns) == memory.COLUMNS
    assert list(zip(table.cell, table.length, table.seed, strict=True)) == [
        (cell, length, 7) for cell in ("gru", "lstm") for length in (5, 8)
    ]
    assert table.steps.tolist() == [3] * 4 and np.isfinite(table.score).all() and (table.seconds > 0).all()
    naive = small_adding(length=8, seed=7).baselines()["mse"].min()
    assert table.baseline[1] == naive and table.metric.unique().tolist() == ["mse"]
    assert table.attrs == {"task": "adding problem", "threshold": 0.01, "higher_is_better": False}


@pytest.mark.backend
@pytest.mark.parametrize(
    ("cell", "remedies"),
    [
        ("simple_rnn", {"activation": "relu", "recurrent_initializer": "identity", "clipnorm": None}),
        ("lstm", {"num_layers": 2, "residual": True, "truncation": 4}),
    ],
)
def test_remedies_run_and_a_seed_fixes_everything(cell, remedies):
    two = kseq.memory_curve(cell, small_adding, 9, seeds=[0, 1], **remedies, **QUICK)
    again = kseq.memory_curve(cell, small_adding, 9, seeds=[1], **remedies, **QUICK)
    assert two.score[0] != two.score[1] == again.score[0]


@pytest.mark.parametrize("name", synthetic.MEMORY_TASKS)
def test_every_task_by_its_name(name):
    table = kseq.memory_curve("gru", name, 13, **QUICK)
    task = getattr(synthetic, name)(length=13)
    assert table.metric[0] == task.metric
    assert np.isfinite(table.score[0]) and not table.solved[0]


def test_the_switches_reach_the_model():
    task = small_adding(length=6)
    relu = model_for(task, "simple_rnn", activation="relu", recurrent_initializer="identity")
    cell = relu.get_layer("simple_rnn_1").cell
    assert cell.activation is keras.activations.relu
    np.testing.assert_array_equal(cell.recurrent_kernel, np.eye(4))
    assert model_for(task, clipnorm=0.5).optimizer.clipnorm == 0.5
    assert model_for(task, clipnorm=None).optimizer.clipnorm is None
    assert model_for(task, truncation=3).get_layer("truncated_1").steps == 3
    deep = model_for(task, num_layers=3, residual=True)
    assert [layer.name for layer in deep.layers if isinstance(layer, keras.layers.Add)] == ["residual_2", "residual_3"]
    copying = synthetic.copy_task(length=3, size=8)
    assert model_for(copying, num_layers=2, residual=True).output_shape == (None, 13, 8)


def test_shortcuts_add_the_last_state_below():
    task = small_adding(length=6)
    model = model_for(task, "gru", num_layers=2, residual=True)
    x = task.arrays("test")[0]
    below = model.get_layer("gru_1")(x)
    expected = model.get_layer("output")(model.get_layer("gru_2")(below) + below[:, -1])
    np.testing.assert_allclose(model.predict_on_batch(x), keras.ops.convert_to_numpy(expected), atol=1e-6)


def test_the_lstm_adds_over_twenty_steps():
    table = kseq.memory_curve("lstm", "adding_problem", 20, max_steps=3000, verbose=0)
    assert table.solved[0] and table.score[0] < 0.01 < table.baseline[0] / 10
    assert table.steps[0] < 3000 and table.steps[0] % 100 == 0  # it ended when the task was solved


class Stub:
    """A model whose validation scores are known beforehand."""

    def __init__(self, errors):
        self.errors, self.weights, self.looks = errors, 0, 0

    def train_on_batch(self, x, y):
        self.weights += 1

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.kept = weights

    def predict_on_batch(self, x):
        error = self.errors[min(self.looks, len(self.errors) - 1)]
        self.looks += 1
        return self.y[: len(x)] + error


@pytest.mark.parametrize(
    ("errors", "steps", "kept"),
    [
        ([0.4, 0.2, 0.3, 0.3], 350, 200),  # the best look wins; the last one falls on the last step
        ([0.4, 0.09, 0.05, 0.0], 300, 300),  # 0.09² is below 0.01, but without room to spare
        ([0.4, 0.3, np.nan, 0.0], 300, 200),  # from there no step leads back
    ],
)
def test_when_training_ends_and_which_weights_count(errors, steps, kept, capsys):
    task = small_adding(length=5)
    stub = Stub(errors)
    stub.y = task.arrays("validation")[1]
    report = memory.Report(1, 1)
    report.begin("stub", task, 0, 350)
    row = memory.one_run(stub, task, batch_size=2, max_steps=350, report=report)
    assert (row["steps"], stub.kept) == (steps, kept)
    report.end(row)
    assert ("numbers overflowed after 300 steps" in capsys.readouterr().out) == bool(np.isnan(errors[2]))


def test_what_is_said_meanwhile(capsys):
    kseq.memory_curve("gru", small_adding, [5], **{**QUICK, "verbose": 1})
    said = capsys.readouterr().out.strip().split("\n")
    assert len(said) == 1
    assert said[0].startswith("[1/1] gru, adding problem of length 5, seed 0: mse ")
    assert "not solved after 3 steps" in said[0] and "\r" not in said[0]
    kseq.memory_curve("gru", small_adding, [5], **{**QUICK, "verbose": 2})
    assert "step 3 of 3, validation mse" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cell": "lstn"}, "Did you mean 'lstm'? Known: 'simple_rnn', 'lstm', 'gru'. Received: cell='lstn'"),
        ({"task": "adding"}, "'adding_problem'"),
        ({"lengths": [5, 0]}, "Received: lengths[1]=0"),
        ({"units": 1.5}, "Received: units=1.5"),
        ({"truncation": 0}, "Received: truncation=0"),
        ({"clipnorm": -1}, "Received: clipnorm=-1"),
        ({"residual": True}, "Received: num_layers=1"),
        ({"lengths": []}, "Received: lengths=[]"),
        ({"task": "embedded_reber", "lengths": [13, 7]}, "choose a greater `length`. Received: length=7"),
        ({"seeds": []}, "Received: seeds=[]"),
        ({"seeds": 0}, "Received: seeds=[]"),
        ({"lengths": 1}, "Received: length=1"),
        ({"task": lambda length, seed: synthetic.price_table()}, "Received: 'price table'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError) as caught:
        kseq.memory_curve(**{"cell": "lstm", "task": "adding_problem", "lengths": 5, **QUICK, **arguments})
    assert message in str(caught.value) and "\n" not in str(caught.value)
    if "Received: length=" not in message:  # that is the task's own
        assert isinstance(caught.value, InspectionError)


def test_the_table_can_be_written_down(tmp_path):
    table = kseq.memory_curve("gru", small_adding, [5], **QUICK)
    table.to_csv(tmp_path / "curve.csv", index=False)
    assert pd.read_csv(tmp_path / "curve.csv").columns.tolist() == list(memory.COLUMNS)
