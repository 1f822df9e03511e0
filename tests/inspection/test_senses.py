"""`sense_separation`: the measurement is right, the controls know nothing, and a small Transformer learns senses."""

import keras
import numpy as np
import pytest

import kseq
from kseq.data.synthetic import two_senses
from kseq.inspection import senses
from kseq.inspection.errors import InspectionError
from kseq.inspection.senses_model import MASK, HiddenWords, build_sense_model, vectors_at

QUICK = {"num_layers": 1, "embedding_dim": 16, "num_heads": 2, "steps": 3, "batch_size": 8, "verbose": 0}


@pytest.fixture(scope="module")
def task():
    return two_senses(["bank", "bat"], size=480)


@pytest.mark.backend
def test_one_row_for_each_context_layer_and_word(task):
    table = kseq.sense_separation(task, seeds=[3], **QUICK)
    assert tuple(table.columns) == senses.COLUMNS
    assert list(zip(table.context, table.layer, table.word, strict=True)) == [
        (context, layer, word) for context in senses.CONTEXTS for layer in range(2) for word in ("bank", "bat")
    ]
    assert table.attrs["steps"] == 3 and table.attrs["split"] == "test" and len(table.attrs["seconds"]) == 1
    np.testing.assert_allclose(table.margin, table.same - table.other)
    # one vector for every "bank" before the first layer; hidden neighbours leave the position, which tells nothing
    knows_nothing = table[(table.layer == 0) | (table.context == "hidden")]
    assert (knows_nothing.accuracy == 0.5).all() and (knows_nothing.accuracy_both == 0.5).all()
    again = kseq.sense_separation(task, seeds=[3], **QUICK)
    assert again.equals(table)


def test_nearer_mean_by_hand():
    learnt = np.array([[0.0, 0], [0, 2], [4, 0], [4, 2]])  # means (0, 1) and (4, 1)
    second = np.array([False, False, True, True])
    vectors = np.array([[1.0, 9], [1, 9], [3, -9], [2, 5]])
    right = senses.nearer_mean(learnt, second, vectors, np.array([False, True, True, True]))
    assert right.tolist() == [1, 0, 1, 0.5]
    same_means = senses.nearer_mean(learnt[[0, 1, 0, 1]], second, vectors, second)
    assert same_means.tolist() == [0.5] * 4


def test_cosines_by_hand():
    vectors = np.array([[1.0, 0], [2, 0], [0, 3], [0, 1]])
    assert senses.cosines(vectors, np.array([False, False, True, True])) == (1, 0)
    assert senses.cosines(vectors, np.array([False, True, False, True])) == (0, pytest.approx(0.5))
    assert senses.cosines(np.zeros((4, 2)), np.array([False, False, True, True])) == (1, 1)


def test_hidden_words():
    ids = np.zeros((64, 10), "int32")
    ids[:, :7], ids[:, 7] = 2, np.arange(64) + 3  # one frequent word, 64 rare ones, padding
    batches = HiddenWords(ids, 67, 32, seed=0)
    drawn = [batches.next() for _ in range(200)]
    x, y, weights = (np.concatenate(part) for part in zip(*drawn, strict=True))
    assert {tuple(row) for row in np.concatenate([drawn[0][1], drawn[1][1]])} == {tuple(row) for row in ids}
    asked = weights > 0
    assert not asked[y == 0].any() and (x[~asked] == y[~asked]).all() and weights.mean() == pytest.approx(1)
    assert asked[y > 2].mean() > 2 * asked[y == 2].mean() > 0  # the rarer, the more often
    assert (x[asked] == MASK).mean() == pytest.approx(0.8, abs=0.02)
    assert (x[asked] == y[asked]).mean() == pytest.approx(0.1, abs=0.02)


def test_vectors_are_those_of_the_words(task):
    ids, table = task.ids("test"), task.occurrences("test")
    sizes = {"num_layers": 2, "num_heads": 2, "embedding_dim": 8, "learning_rate": 0.01, "steps": 2, "seed": 0}
    model, look = build_sense_model(task.vectorizer.vocabulary_size, ids.shape[1], **sizes)
    embedding, _, last = vectors_at(look, ids, table.sentence, table.position)
    row, column = table.sentence[5], table.position[5]
    whole = keras.ops.convert_to_numpy(look(ids[row : row + 1])[-1])
    np.testing.assert_allclose(last[5], whole[0, column], atol=1e-5)
    word = keras.ops.convert_to_numpy(model.get_layer("embedding").embeddings)[ids[row, column]]
    np.testing.assert_allclose(embedding[5], word, atol=1e-6)


def test_only_the_ambiguous_words_stay_in_the_hidden_context(task):
    ids, table = task.ids("test"), task.occurrences("test")
    hidden = senses.in_context(ids, table, "hidden")
    assert set(task.vectorizer.decode(hidden[hidden > MASK][:, None])) == {"bank", "bat"}
    assert ((hidden == 0) == (ids == 0)).all() and (hidden > MASK).sum() == len(table)


@pytest.mark.slow
def test_a_small_transformer_learns_senses_that_nobody_told_it():
    """A third of the steps that it takes by default."""
    table = kseq.sense_separation(seeds=[0], steps=1500, verbose=0)
    last = table[(table.context == "shown") & (table.layer == 2)].mean(numeric_only=True)
    assert last.accuracy > 0.65 and last.margin > 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seeds": 0}, "`seeds` must be a positive integer or a list of seeds. Received: seeds=0"),
        ({"task": "bank"}, r"`task` must come from two_senses\(\)\. Received: task='bank'"),
        ({"split": "train"}, "`split` must be 'validation' or 'test'. Received: split='train'"),
        ({"steps": 0}, "`steps` must be a positive integer. Received: steps=0"),
        ({"num_heads": 3}, r"`num_heads` must divide embedding_dim=64 .*Received: num_heads=3"),
        ({"batch_size": 9999}, r"`batch_size` must not be greater than the 480 .*Received: batch_size=9999"),
    ],
)
def test_bad_arguments(task, arguments, message):
    with pytest.raises(InspectionError, match=message) as caught:
        kseq.sense_separation(**{"task": task, **arguments})
    assert "\n" not in str(caught.value)
