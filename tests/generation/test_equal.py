"""What is generated is equal to what the whole forward pass says, token by token."""

import keras
import numpy as np
import pytest

from kseq.generation import generate
from kseq.generation.sampling import Noise
from tests.generation.models import SIZE, VECTORIZER, language_model, recurrent, slow_text, transformer

pytestmark = pytest.mark.backend
PROMPT = "roses are red"
LONG = "roses are red and violets are"  # longer than a piece, which is read at once

MODELS = {
    "sine": lambda: transformer("sine"),
    "learned": lambda: transformer("learned", norm_first=False),
    "rotary, grouped heads": lambda: transformer("rotary", num_key_value_heads=2),
    "simple_rnn": lambda: recurrent("SimpleRNN"),
    "lstm of Keras, stacked": lambda: recurrent("LSTM", keras.layers, blocks=2),
    "gru, stacked, residual": lambda: recurrent("GRU", blocks=2, residual=True),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


def test_greedy(model):
    texts = [PROMPT, LONG, "a"]
    expected = [slow_text(model, text, 12) for text in texts]
    assert generate(model, LONG, 12, sampler="greedy") == expected[1]
    assert generate(model, texts, 12, sampler="greedy") == expected  # rows of different lengths


def test_sampled_with_the_same_noise(model):
    noise = iter(Noise(7, [0], [len(PROMPT)], SIZE).block(12)[:, 0])
    expected = slow_text(model, PROMPT, 12, choose=lambda logits: np.argmax(logits / 0.7 + next(noise)))
    assert generate(model, PROMPT, 12, temperature=0.7, seed=7) == expected


def test_softmax_at_the_end_gives_the_same_text():
    kwargs = {"body": keras.layers.LSTM(8, return_sequences=True, kernel_initializer="ones"), "vectorizer": None}
    logits = language_model(**kwargs)
    probabilities = language_model(**kwargs, activation="softmax")
    probabilities.set_weights(logits.get_weights())
    texts = [generate(m, PROMPT, 20, seed=1, vectorizer=VECTORIZER) for m in (logits, probabilities)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        models = transformer(), recurrent("LSTM", residual=True)
    finally:
        keras.config.set_dtype_policy("float32")
    for model in models:
        text = generate(model, LONG, 12, sampler="greedy")
        assert len(text) == len(LONG) + 12
        # rounded sums may differ between one product and many, so only the first tokens are compared
        assert text[: len(LONG) + 2] == slow_text(model, LONG, 2)
