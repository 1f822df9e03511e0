"""Programs are compiled once, see new weights, and go with their model."""

import gc
import weakref

import keras
import numpy as np
import pytest

from kseq.generation import generate
from kseq.generation.loops import programs_of, shape_for
from tests.generation.models import CONTEXT, recurrent, transformer

pytestmark = pytest.mark.backend


def traces(model):
    return {key: program.traces for key, program in programs_of(model).items()}


@pytest.fixture(scope="module")
def model():
    return transformer(blocks=1, length=CONTEXT)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="nothing is compiled on PyTorch")
def test_a_second_call_compiles_nothing(model):
    prompt = "roses are red and violets"
    generate(model, prompt, 20, seed=0)
    before = traces(model)
    assert before and set(before.values()) == {1}
    generate(model, prompt, 20, seed=1, temperature=0.5)  # other settings
    generate(model, prompt[:-3], 23, seed=2)  # other lengths
    generate(model, prompt, 20, seed=3, callback=lambda piece: None)  # in pieces
    generate(model, prompt, 20, seed=3, stop=".")
    assert traces(model) == before
    generate(model, prompt, 20, seed=0, top_k=3)
    filtered = traces(model)
    assert len(filtered) == len(before) + 1
    generate(model, prompt, 20, seed=0, top_k=5, top_p=0.9)
    assert traces(model) == filtered


def test_weights_that_change_are_seen(model):
    before = generate(model, "roses", 20, sampler="greedy")
    weights = model.get_weights()
    model.set_weights([w[::-1] for w in weights])
    assert generate(model, "roses", 20, sampler="greedy") != before
    model.set_weights(weights)
    assert generate(model, "roses", 20, sampler="greedy") == before


def test_training_is_seen():
    model = recurrent("GRU")
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = generate(model, "abc", 12, sampler="greedy")
    x = np.array([model.layers[1].vectorizer.ids("abcabcabcabcabcabc")])
    for _ in range(80):
        model.train_on_batch(x[:, :-1], x[:, 1:])
    assert generate(model, "abc", 12, sampler="greedy") == "abcabcabcabcabc" != before


def test_a_model_that_is_not_used_any_more_goes():
    model = recurrent("SimpleRNN")
    generate(model, "roses", 3)
    gone = [weakref.ref(model), weakref.ref(model.layers[2])]
    del model
    for _ in range(3):  # what TensorFlow compiled goes in several rounds
        gc.collect()
    assert [ref() for ref in gone] == [None, None]


def test_few_shapes():
    assert shape_for(3, 33, None, 30).batch_size == 4
    assert {shape_for(1, length, 48, 30).length for length in range(1, 100)} == {32, 48}
    assert {shape_for(1, length, None, 30).length for length in range(1, 257)} == {32, 64, 128, 256}
    assert shape_for(64, 10, None, 50_000).steps == 1  # noise for more would fill the memory
