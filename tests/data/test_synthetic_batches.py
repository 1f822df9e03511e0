"""The tasks go straight into `fit`, on the current backend, and can be learnt."""

import keras
import numpy as np
import pytest

import kseq
from kseq.data import synthetic

pytestmark = pytest.mark.backend


def build(task, cell=None, seed=0, learning_rate=0.01):
    keras.utils.set_random_seed(seed)
    units, activation = task.output
    layers = [
        keras.Input((task.steps, task.features)),
        cell or kseq.SimpleRNN(4, return_sequences=task.per_step),
        kseq.Dense(units, activation=activation),
    ]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(learning_rate), task.loss, weighted_metrics=[task.metric])
    return model


@pytest.mark.parametrize("name", synthetic.MEMORY_TASKS)
def test_scores_of_keras_and_of_the_task_agree(name):
    """43 test examples in batches of 8: the rows that only fill the last batch do not count."""
    task = getattr(synthetic, name)(length=13, size=344, batch_size=8)
    model = build(task)
    scores = model.evaluate(task.test, return_dict=True, verbose=0)
    assert len(task.arrays("test")[0]) == 43
    outputs = model.predict(task.test, verbose=0)
    assert len(outputs) == 43
    np.testing.assert_allclose(outputs, model.predict(task.arrays("test")[0], verbose=0), atol=1e-5)
    assert scores[task.metric] == pytest.approx(task.score(outputs), rel=1e-4)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_held_out_batches_have_every_row_in_the_order_of_arrays(split):
    task = synthetic.copy_task(length=2, size=160, batch_size=8, items=3)  # 20 held-out rows: 8, 8, 4
    batches = [[np.asarray(a) for a in batch] for batch in task_epoch(getattr(task, split))]
    assert [len(x) for x, _, _ in batches] == [8, 8, 4]
    for found, expected in zip(zip(*batches, strict=True), task.arrays(split), strict=True):
        np.testing.assert_array_equal(np.concatenate(found), expected)


def test_training_with_the_same_seed_is_the_same():
    task = synthetic.temporal_order(length=13, size=96, batch_size=16)
    histories = [
        build(task).fit(task.train, validation_data=task.validation, epochs=3, verbose=0).history for _ in range(2)
    ]
    assert histories[0] == histories[1]
    assert {"loss", "val_loss", "accuracy"} <= set(histories[0])


def test_every_example_once_in_an_epoch():
    task = synthetic.adding_problem(length=5, size=20, batch_size=8)
    batches = task.train
    epochs = [[tuple(np.asarray(a) for a in batch) for batch in task_epoch(batches)] for _ in range(2)]
    assert all(x.shape == (8, 5, 2) for epoch in epochs for x, _, _ in epoch)
    for epoch in epochs:
        seen = [float(t) for _, y, weights in epoch for t, w in zip(y[:, 0], weights, strict=True) if w]
        assert sorted(seen) == sorted(map(float, task.arrays()[1][:, 0]))
        assert sum(float(weights.sum()) for *_, weights in epoch) == pytest.approx(24)  # as many as there are rows


def task_epoch(batches):
    """One pass, whatever form the batches have."""
    if isinstance(batches, keras.utils.PyDataset):
        return [batches[i] for i in range(len(batches))]
    return list(batches)


def test_ten_prices_are_learnt_by_heart():
    task = synthetic.price_table()
    model = build(task, kseq.GRU(16, return_sequences=True), learning_rate=0.05)
    loss = model.fit(task.train, epochs=30, verbose=0).history["loss"]
    assert loss[-1] < 0.7 * task.baselines()["mse"].min()
    assert model.predict(task.arrays()[0], verbose=0).shape == (1, 9, 1)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data is used on TensorFlow only")
def test_nothing_tunes_itself_and_the_length_is_known():
    """The one makes epochs end at once, the other lets XLA compile the loop over time."""
    batches = synthetic.adding_problem(length=5, size=20, batch_size=8).train
    assert batches.options().autotune.enabled is False
    assert [tuple(spec.shape)[1:] for spec in batches.element_spec] == [(5, 2), (1,), ()]
