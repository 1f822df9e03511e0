"""Models, prompts and arguments that cannot be used: one line that names what is wrong."""

import keras
import pytest
from keras import ops

from kseq import layers
from kseq.data import CharacterVectorizer, WordVectorizer
from kseq.generation import GenerationError, Stepper, generate
from tests.generation.models import VECTORIZER, language_model, recurrent


@pytest.fixture(scope="module")
def model():
    return recurrent("SimpleRNN")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ({"prompt": ""}, ["`prompt` is empty", "line break"]),
        ({"prompt": "ROSES €"}, ["'R', 'O', 'S', 'E', '€'", "Received: prompt='ROSES €'"]),
        ({"prompt": 3}, ["`prompt` must be a string or a list of strings", "Received: 3"]),
        ({"prompt": ["a", b"b"]}, ["a list with b'b'"]),
        ({"prompt": []}, ["empty list"]),
        ({"max_new_tokens": 0}, ["`max_new_tokens`", "at least 1", "Received: max_new_tokens=0"]),
        ({"max_new_tokens": 2.5}, ["`max_new_tokens`", "=2.5"]),
        ({"sampler": "best"}, ["'random', 'greedy', 'beam'", "Received: sampler='best'"]),
        ({"temperature": 0}, ["`temperature`", "above 0", "sampler='greedy'", "temperature=0"]),
        ({"temperature": -1.0}, ["temperature=-1.0"]),
        ({"temperature": float("nan")}, ["temperature=nan"]),
        ({"temperature": "hot"}, ["temperature='hot'"]),
        ({"top_k": 0}, ["`top_k`", "from 1 to 31", "top_k=0"]),
        ({"top_k": 100}, ["top_k=100"]),
        ({"top_k": True}, ["top_k=True"]),
        ({"top_p": 0.0}, ["`top_p`", "at most 1", "top_p=0.0"]),
        ({"top_p": 1.5}, ["top_p=1.5"]),
        ({"sampler": "greedy", "top_k": 5}, ["`top_k` has no effect with sampler='greedy'"]),
        ({"sampler": "greedy", "temperature": 0.5}, ["`temperature` has no effect"]),
        ({"sampler": "beam", "top_p": 0.5}, ["`top_p` has no effect"]),
        ({"sampler": "beam", "callback": print}, ["sampler='beam'", "or use sampler='random' or sampler='greedy'"]),
        ({"num_beams": 3}, ["`num_beams` has no effect with sampler='random'", "or use sampler='beam'", "num_beams=3"]),
        ({"num_results": 2}, ["or use sampler='beam'", "num_results=2"]),
        ({"sampler": "beam", "num_beams": 0}, ["`num_beams`", "num_beams=0"]),
        ({"sampler": "beam", "num_results": 5}, ["at most num_beams=4", "num_results=5"]),
        ({"sampler": "beam", "length_penalty": None}, ["`length_penalty`", "None"]),
        ({"repetition_penalty": 0}, ["`repetition_penalty`", "repetition_penalty=0"]),
        ({"stop": 5}, ["`stop`", "stop=5"]),
        ({"stop": [""]}, ["`stop`", "none of them empty"]),
        ({"seed": -1}, ["`seed`", "seed=-1"]),
        ({"seed": "x"}, ["`seed`", "seed='x'"]),
        ({"callback": "print"}, ["`callback`", "callback='print'"]),
        ({"overflow": "wrap"}, ["'error', 'window'", "overflow='wrap'"]),
        ({"include_prompt": 1}, ["include_prompt=1"]),
        ({"banned": [31]}, ["`banned` must be a list of ids from 0 to 30", "banned=[31]"]),
        ({"banned": "ab"}, ["banned='ab'"]),
        ({"banned": [True]}, ["banned=[True]"]),
        ({"banned": list(range(2, 31))}, ["not of all of them"]),
        ({"vectorizer": "abc"}, ["`vectorizer`", "type str"]),
        ({"vectorizer": CharacterVectorizer("abc")}, ["31 ids", "vocabulary_size=5"]),
    ],
)
def test_arguments(model, arguments, parts):
    with pytest.raises(GenerationError) as error:
        generate(model, **{"prompt": "roses", **arguments})
    message = str(error.value)
    assert "\n" not in message
    assert all(part in message for part in parts), message


def test_unknown_words_are_named():
    words = WordVectorizer.fit(["roses are red"])
    model = recurrent("SimpleRNN", vectorizer=words, size=words.vocabulary_size)
    with pytest.raises(GenerationError, match=r"'tulips'.*Received: prompt='tulips are red'"):
        generate(model, "tulips are red")


def test_a_model_without_vectorizer():
    with pytest.raises(GenerationError, match=r"holds no vectorizer.*`vectorizer=`"):
        generate(recurrent("SimpleRNN", vectorizer=None), "roses")


BODIES = {
    "Bidirectional": lambda x: layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x),
    "MultiHeadAttention": lambda x: keras.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True),
    "TransformerEncoder": lambda x: layers.TransformerEncoder(2, 8)(x),
    "Conv1D": lambda x: keras.layers.Conv1D(8, 3, padding="causal")(x),
    "GlobalAveragePooling1D": lambda x: keras.layers.GlobalAveragePooling1D()(x),
    "backwards": lambda x: layers.GRU(4, return_sequences=True, go_backwards=True, name="backwards")(x),
    "states": lambda x: layers.GRU(4, return_sequences=True, return_state=True, name="states")(x)[0],
    "no_mask": lambda x: layers.MultiHeadAttention(2, 4, name="no_mask")(x, x),
    "along_time": lambda x: keras.layers.Softmax(axis=1, name="along_time")(x),
    "Lambda": lambda x: keras.layers.Lambda(lambda x: x + ops.mean(x, axis=1, keepdims=True))(x),
    "Cumsum": lambda x: ops.cumsum(x, axis=1),
    "constant": lambda x: x + ops.ones((48, 8)),
}


@pytest.mark.parametrize("name", BODIES)
def test_layers_that_look_ahead_are_named(name):
    length = 48 if name == "constant" else None
    with pytest.raises(GenerationError) as error:
        Stepper(language_model(BODIES[name], length=length))
    message = str(error.value)
    assert "\n" not in message
    assert (name if name != "constant" else "of shape (48, 8)") in message, message


def test_own_layers_are_refused_unless_they_can_step():
    class Shift(keras.layers.Layer):
        def call(self, x):
            return ops.concatenate([x[:, 1:], x[:, -1:]], axis=1)

    class Sum(keras.layers.Layer):
        """Adds up the past."""

        def call(self, x):
            return ops.cumsum(x, axis=1)

        def empty_state(self, batch_size, length):
            return (ops.zeros((batch_size, 1, 8)),)

        def step(self, x, state, position):
            y = ops.cumsum(x, axis=1) + state[0]
            return y, (y[:, -1:],)

    with pytest.raises(GenerationError, match=r"Shift.*empty_state"):
        Stepper(language_model(Shift()))
    assert len(generate(language_model(Sum()), "roses", 5, seed=0)) == 10


def test_models_without_a_graph_or_with_several_inputs():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(GenerationError, match=r"functional or sequential.*Received: Own"):
        generate(Own(), "a")
    with pytest.raises(GenerationError, match="Received: Sequential"):
        generate(keras.Sequential([keras.layers.Dense(3)]), "a")
    with pytest.raises(GenerationError, match=r"`model`.*Received: int"):
        generate(3, "a")
    inputs = [keras.Input((None, 4)), keras.Input((None, 4))]
    with pytest.raises(GenerationError, match=r"one input.*2 inputs"):
        generate(keras.Model(inputs, keras.layers.Add()(inputs)), "a")


def test_scores_that_are_neither_logits_nor_probabilities():
    with pytest.raises(GenerationError, match=r"logits.*activation='tanh'"):
        generate(language_model(layers.LSTM(4, return_sequences=True), activation="tanh"), "a", vectorizer=VECTORIZER)
