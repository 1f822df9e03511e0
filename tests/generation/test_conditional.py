"""Decoding in steps is equal to the whole forward pass, greedily and with beams; refusals."""

import itertools

import keras
import numpy as np
import pytest

from kseq.generation.conditional import ConditionalStepper
from kseq.generation.conditional_beam import Search, best_targets
from kseq.generation.errors import GenerationError
from kseq.tasks import build_translation_model

SIZE, BEGIN, END = 9, 7, 8
NEVER = (0, 1, BEGIN)
MODELS = {
    "seq2seq": {"architecture": "seq2seq", "bidirectional": False},
    "lstm, two layers, additive": {"cell": "lstm", "num_layers": 2, "attention_score": "additive"},
    "transformer": {"architecture": "transformer", "num_layers": 2},
    "rotary, post-norm": {"architecture": "transformer", "num_layers": 1, "position": "rotary", "norm_first": False},
}


def spread(model):
    """Weights so large that no two words are nearly equal."""
    random = np.random.default_rng(0)
    model.set_weights([w + random.normal(0, 0.5, w.shape).astype("float32") for w in model.get_weights()])
    return model


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return spread(build_translation_model(SIZE, embedding_dim=8, units=8, num_heads=2, seed=0, **MODELS[request.param]))


SOURCES = np.array([[2, 3, 4, 5, 6], [5, 2, 0, 0, 0], [6, 6, 6, 0, 0]], "int32")


def log_probabilities(model, source, targets):
    """log P of each word after each beginning, `(targets, length, V)`, from the whole pass; targets equally long."""
    rows = np.array([[BEGIN, *target] for target in targets], "int32")
    logits = model.predict_on_batch({"source": np.repeat(source[None], len(rows), 0), "target": rows})
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.log_softmax(logits)), "float64")


def slow_greedy(model, source, longest):
    """The whole pass for every word."""
    ids, total = [], 0.0
    while len(ids) < longest:
        now = log_probabilities(model, source, [ids])[0, -1]
        now[list(NEVER)] = -np.inf
        ids.append(int(now.argmax()))
        total += now.max()
        if ids[-1] == END:
            break
    return [one for one in ids if one != END], total / len(ids)


@pytest.mark.backend
def test_greedy_is_the_whole_pass_word_by_word(model):
    found = best_targets(model, {"source": SOURCES}, [6, 6, 6], Search(BEGIN, END, NEVER))
    for source, (ids, score) in zip(SOURCES, found, strict=True):
        expected, total = slow_greedy(model, source, 6)
        assert ids == expected
        assert score == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_wide_beams_find_the_best_of_all_targets(model, penalty):
    longest, source = 3, SOURCES[0]
    words = [word for word in range(SIZE) if word not in (*NEVER, END)]
    search = Search(BEGIN, END, NEVER, num_beams=len(words) ** 2, length_penalty=penalty)
    ids, score = best_targets(model, {"source": source[None]}, [longest], search)[0]
    whole = list(itertools.product([*words, END], repeat=longest))
    table = log_probabilities(model, source, whole)
    scores = {}
    for row, target in zip(table, whole, strict=True):
        length = target.index(END) + 1 if END in target else longest  # what is longest is cut without an end
        scores[target[:length]] = sum(row[i, target[i]] for i in range(length)) / length**penalty
    best = max(scores, key=scores.get)
    assert score == pytest.approx(scores[best], abs=1e-4)
    assert ids == [word for word in best if word != END]


def test_a_row_does_not_depend_on_the_others_nor_on_padding(model):
    search = Search(BEGIN, END, NEVER, num_beams=3)
    together = best_targets(model, {"source": SOURCES}, [6, 6, 6], search)
    for row, length, (ids, score) in zip(SOURCES, (5, 2, 3), together, strict=True):
        alone, own = best_targets(model, {"source": row[None, :length]}, [6], search)[0]
        assert alone == ids
        assert own == pytest.approx(score, abs=1e-4)


def test_what_cannot_be_stepped_is_refused():
    ids = keras.Input((None,), dtype="int32", name="ids")
    with pytest.raises(GenerationError, match=r"input 'target'.*ids"):
        ConditionalStepper(keras.Model(ids, keras.layers.Embedding(9, 4)(ids)))
    source, target = (keras.Input((None,), dtype="int32", name=name) for name in ("source", "target"))
    ahead = keras.layers.GlobalAveragePooling1D(name="mean")(keras.layers.Embedding(9, 4)(target))
    looks = keras.layers.Embedding(9, 4)(source) + keras.ops.expand_dims(ahead, 1)
    with pytest.raises(GenerationError, match="'mean'"):
        ConditionalStepper(keras.Model({"source": source, "target": target}, looks))
