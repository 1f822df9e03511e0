"""`few_shot_curve`: what comes back is right, and a small GPT learns to read new mappings from the prompt."""

import keras
import numpy as np
import pytest

import kseq
from kseq.data.synthetic import few_shot_mappings
from kseq.inspection import in_context
from kseq.inspection.errors import InspectionError
from kseq.inspection.in_context_model import answers, build_prompt_model, lstm_units

QUICK = {"num_layers": 1, "embedding_dim": 16, "num_heads": 2, "steps": 3, "batch_size": 4, "verbose": 0}


@pytest.fixture(scope="module")
def task():
    return few_shot_mappings(keys=4, values=6, mappings=100)


@pytest.mark.backend
def test_one_row_for_each_number_of_examples(task):
    table = kseq.few_shot_curve(task=task, seeds=[2], **QUICK)
    assert tuple(table.columns) == in_context.COLUMNS
    assert list(zip(table.architecture, table.seed, table.examples, strict=True)) == [
        (name, 2, examples) for name in in_context.ARCHITECTURES for examples in range(5)
    ]
    assert table.best.tolist() == [task.best(n) for n in range(5)] * 2 and (table.guess == 1 / 6).all()
    assert table.accuracy.between(0, 1).all() and np.isnan(table.accuracy_shown[0]) and table.attrs["steps"] == 3
    again = kseq.few_shot_curve("lstm", task, seeds=[2], **QUICK)
    assert again.accuracy.tolist() == table.accuracy[5:].tolist()


def test_both_have_about_as_many_parameters(task):
    sizes = {"num_layers": 2, "num_heads": 4, "embedding_dim": 64, "learning_rate": 0.01, "steps": 2, "seed": 0}
    counts = [
        build_prompt_model(name, len(task.tokens), 9, **sizes).count_params() for name in in_context.ARCHITECTURES
    ]
    assert counts[1] == pytest.approx(counts[0], rel=0.05)
    assert lstm_units(64, 1) == 83  # 4·83·(64 + 83) = 48,804, the last not above 12·64² = 49,152


def test_answers_are_those_at_the_end_of_the_prompt(task):
    sizes = {"num_layers": 1, "num_heads": 2, "embedding_dim": 8, "learning_rate": 0.01, "steps": 2, "seed": 0}
    for name in in_context.ARCHITECTURES:
        model = build_prompt_model(name, len(task.tokens), 11, **sizes)
        ids = task.prompts("test", 2, 8)["ids"]
        filled = np.concatenate([ids, np.full((8, 6), 3, "int32")], axis=1)  # whatever comes later
        logits = keras.ops.convert_to_numpy(model(filled))
        assert answers(model, ids, 11).tolist() == logits[:, ids.shape[1] - 1].argmax(axis=-1).tolist()


@pytest.mark.slow
def test_a_small_gpt_reads_mappings_that_it_never_saw():
    """Fewer keys than by default: with three of them the sudden step comes early."""
    task = few_shot_mappings(keys=4, values=8, mappings=1000)
    table = kseq.few_shot_curve("transformer", task, steps=1200, verbose=0)
    assert (table.accuracy_shown[1:] > 0.9).all()
    assert table.accuracy[0] < 0.25 and table.accuracy[4] > 0.9  # nothing to read; everything stands there


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "gru"}, r"Known: 'transformer', 'lstm'\. Received: architecture='gru'"),
        ({"architecture": []}, r"`architecture` must hold at least one\. Received: architecture=\[\]"),
        ({"seeds": [-1]}, r"`seeds` must be a positive integer or a list of seeds\. Received: seeds=\[-1\]"),
        ({"task": 3}, r"`task` must come from few_shot_mappings\(\)\. Received: task=3"),
        ({"steps": 1.5}, r"`steps` must be a positive integer\. Received: steps=1\.5"),
        ({"num_heads": 3}, r"`num_heads` must divide embedding_dim=64\. Received: num_heads=3"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InspectionError, match=message) as caught:
        kseq.few_shot_curve(**arguments)
    assert "\n" not in str(caught.value)
