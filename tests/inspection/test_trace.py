"""What `trace` gives to a reader: words, tables, choices, and errors that say what to do."""

import re

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers as L

import kseq
from kseq.inspection import capture, space, trace
from kseq.inspection.errors import InspectionError

# --- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["list", "word to id", "id to word"])
def test_a_vocabulary_gives_the_words(plain_model, ids, words, form):
    vocabulary = {
        "list": words,
        "word to id": {word: number for number, word in enumerate(words) if word},
        "id to word": dict(enumerate(words)),
    }[form]
    seen = trace(plain_model, ids, vocabulary=vocabulary)
    assert seen.tokens == [["the", "film", "was", "good", "", ""], ["the", "film", "was", "not", "good", "all"]]
    assert seen["bi/backward"].tokens == seen.tokens


def test_an_id_without_a_word_stays_a_number(plain_model, ids, words):
    some = dict(enumerate(words[:5]))
    assert trace(plain_model, ids, vocabulary=some).tokens[1] == ["the", "film", "was", "[5]", "[6]", "[8]"]


def test_kerass_imdb_index_is_three_too_low(plain_model, monkeypatch):
    index = {"the": 1, "and": 2, "not": 21} | {f"word{n}": n for n in range(30, 88_611)}
    assert len(index) == 88_584
    row = np.array([[1, 4, 5, 2]])
    assert trace(plain_model, row, vocabulary=index).tokens == [["[START]", "the", "and", "[UNK]"]]
    monkeypatch.setattr(keras.datasets.imdb, "get_word_index", lambda: index)
    assert trace(plain_model, row, vocabulary="imdb").tokens == [["[START]", "the", "and", "[UNK]"]]
    small = {"the": 1, "and": 2}  # of somebody's own: taken as it is
    assert trace(plain_model, row[:, :1], vocabulary=small).tokens == [["the"]]


def test_tokens_by_hand_may_leave_out_padding(plain_model, ids):
    seen = trace(plain_model, ids, tokens=[["a", "b", "c", "d"], list("uvwxyz")], layers="bi")
    assert seen["bi/forward"].tokens == [["a", "b", "c", "d", "", ""], list("uvwxyz")]


def test_raw_texts_where_the_model_has_a_kseq_vectorizer():
    vectorizer = kseq.data.WordVectorizer.fit(["the film was not good"], labels=("negative", "positive"))
    model = kseq.build_sentiment_model(vectorizer, architecture="lstm", bidirectional=True, units=2, embedding_dim=3)
    texts = ["The film was not good", "not awful"]
    seen = trace(model, texts)
    assert seen.tokens == [["the", "film", "was", "not", "good"], ["not", "[UNK]", "", "", ""]]
    ids = trace(model, vectorizer.encode(texts))
    assert ids.tokens == seen.tokens
    for name in seen:
        np.testing.assert_array_equal(seen[name]["forget_gate"], ids[name]["forget_gate"])
    assert trace(model, texts[0]).tokens == seen.tokens[:1]  # a single text is a batch of one


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has strings in models")
@pytest.mark.parametrize("shape", [(1,), ()])
def test_raw_texts_where_the_model_has_a_text_vectorization(shape):
    vectorization = L.TextVectorization()
    vectorization.adapt(["the film was not good"])
    inputs = keras.Input(shape, dtype="string")
    x = L.Embedding(10, 3, mask_zero=True)(vectorization(inputs))
    model = keras.Model(inputs, L.GRU(2, name="gru")(x))
    for texts in (["the film", "not so good"], np.array(["the film", "not so good"])):
        seen = trace(model, texts)
        assert seen.tokens == [["the", "film", ""], ["not", "[UNK]", "good"]]
    assert len(seen["gru"].at("not")) == 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has strings in models")
def test_raw_texts_for_a_sequential_that_begins_with_a_text_vectorization():
    vectorization = L.TextVectorization(output_sequence_length=4)
    vectorization.adapt(["the film was not good"])
    model = keras.Sequential([vectorization, L.Embedding(10, 3), L.SimpleRNN(2)])
    import tensorflow as tf

    model(tf.constant(["good"]))
    assert trace(model, ["not good"]).tokens == [["not", "good", "", ""]]


def test_texts_for_a_model_without_vectorizer(plain_model):
    with pytest.raises(InspectionError, match=r"'plain' has no vectorizer .* `vocabulary="):
        trace(plain_model, ["not good"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tokens": [["a"]]}, r"`tokens` must hold 2 lists"),
        ({"tokens": [["a", "b"], list("uvwxyz")]}, r"`tokens\[0\]` .* 6 steps of the layer 'bi/forward', or 4 without"),
        ({"tokens": ["abcd", "uvwxyz"]}, "list of lists"),
        ({"vocabulary": "the film"}, "`vocabulary` must be"),
        ({"vocabulary": {"the": "film"}}, "`vocabulary` must be"),
    ],
)
def test_words_that_make_no_sense(plain_model, ids, arguments, message):
    with pytest.raises(InspectionError, match=message):
        trace(plain_model, ids, **arguments)


# --- tables ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seen(plain_model, ids, words):
    return trace(plain_model, ids, vocabulary=words)


def test_a_table_has_tokens_and_units(seen):
    table = seen["bi/forward"].table("forget_gate", example=0)
    assert list(table.index) == ["the", "film", "was", "good"]  # padding is left out
    assert list(table.columns) == [0, 1, 2]
    np.testing.assert_array_equal(table.to_numpy(), seen["bi/forward"]["forget_gate"][0, :4])
    with pytest.raises(InspectionError, match=r"0 to 1\. Received: example=2"):
        seen["gru"].table("update_gate", example=2)


def test_the_places_of_a_word(seen, ids):
    layer = seen["bi/forward"]
    rows = layer.at("good")
    assert list(rows.index) == [(0, 3), (1, 4)]
    assert list(rows["context"]) == ["film was [good]", "was not [good] all"]
    assert rows["forget_gate"].iloc[1] == pytest.approx(layer["forget_gate"][1, 4].mean())
    rows = layer.at("good", layer.keys())
    assert rows["|cell_state|"].iloc[0] == pytest.approx(np.abs(layer["cell_state"][0, 3]).mean())
    assert list(layer.at("not", "forget_gate").columns) == ["context", "forget_gate"]
    pd.testing.assert_frame_equal(layer.at(3), layer.at(np.int64(3)))
    assert list(layer.at(3).index) == [(0, 3), (1, 3)]
    assert list(layer.at(5).index) == [(1, 5)]  # of the first text this is padding


def test_words_beside_each_other(seen):
    table = seen["gru"].by_token("update_gate")
    assert table.loc["good", "count"] == 2 and table.loc["not", "count"] == 1
    assert table.loc["good", "update_gate"] == pytest.approx(seen["gru"].at("good")["update_gate"].mean())
    assert "" not in table.index


def test_names_that_are_not_there(seen, plain_model, ids):
    for lookup, message in (
        (lambda: seen["bi"], "'bi/forward', 'bi/backward'"),
        (lambda: seen["bi/foward"], "Did you mean 'bi/forward'"),
        (lambda: seen["gru"]["update"], "Did you mean 'update_gate'"),
        (lambda: seen["gru"].at("nott"), "The word 'nott' does not occur in these texts. Near: 'not'"),
        (lambda: seen["gru"].at(17), r"This trace has no step 17\. Its steps: 0 … 5"),
        (lambda: trace(plain_model, ids)["gru"].at("not"), "`vocabulary="),
    ):
        with pytest.raises(InspectionError, match=message):
            lookup()
    assert "bi" not in seen and seen.get("bi") is None


def test_what_is_printed(seen):
    lines = repr(seen).splitlines()
    assert re.match(r"bi/backward +LSTM +backward +2 +6 +3 +hidden_state, cell_state", lines[3])
    assert repr(seen["gru"]).startswith("LayerTrace('gru': GRU, forward; batch 2, 6 steps, 2 units; hidden_state")


# --- choosing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "expected"),
    [("bi", ["bi/forward", "bi/backward"]), (["gru", "bi/backward"], ["bi/backward", "gru"]), ("gru", ["gru"])],
)
def test_layers_are_chosen(plain_model, ids, layers, expected):
    assert list(trace(plain_model, ids, layers=layers)) == expected


def test_parts_of_stacks_and_later_calls_are_chosen():
    inputs = keras.Input((4, 3))
    shared = L.GRU(3, return_sequences=True, name="shared")
    x = L.RNN([L.LSTMCell(2), L.GRUCell(3)], return_sequences=True, name="rnn")(shared(shared(inputs)))
    model = keras.Model(inputs, x)
    x = np.ones((1, 4, 3), "float32")
    whole = trace(model, x)
    assert list(whole) == ["shared", "shared#2", "rnn/0", "rnn/1"]
    for chosen in ("rnn/1", "shared#2", "rnn/0"):
        (layer,) = trace(model, x, layers=chosen).values()
        assert layer.name == chosen
        np.testing.assert_array_equal(layer["hidden_state"], whole[chosen]["hidden_state"])
    assert list(trace(model, x, layers="shared")) == ["shared", "shared#2"]
    with pytest.raises(InspectionError, match=r"'shared#3' did not run .* 'shared#2'"):
        trace(model, x, layers="shared#3")


@pytest.mark.parametrize("steps", [slice(1, None, 2), range(3), [5, 0, -2], 2, np.array([1, 4])])
def test_steps_are_chosen(seen, plain_model, ids, words, steps):
    some = trace(plain_model, ids, vocabulary=words, steps=steps)
    positions = np.arange(6)[steps if isinstance(steps, slice) else np.atleast_1d(np.array(steps))]
    for name, layer in some.items():
        np.testing.assert_array_equal(layer.steps, positions)
        np.testing.assert_array_equal(layer.mask, seen[name].mask[:, positions])
        assert layer.tokens[1] == [seen.tokens[1][p] for p in positions]
        for what in layer.values:
            np.testing.assert_array_equal(layer[what], seen[name][what][:, positions])
            assert layer[what].base is None or layer[what].base.shape[1] == len(positions)  # the rest is let go


@pytest.mark.parametrize("steps", [[6], [-7], [], slice(9, 12), "all", [1.5], range(0)])
def test_steps_that_are_not_there(plain_model, ids, steps):
    with pytest.raises(InspectionError, match="steps"):
        trace(plain_model, ids, steps=steps)


def test_layers_that_are_not_there(plain_model, ids):
    with pytest.raises(InspectionError, match=r"Did you mean 'bi/forward'.*Received: layers='bi/forwards'"):
        trace(plain_model, ids, layers=["bi/forwards"])
    for layers in ([], 3, [None]):
        with pytest.raises(InspectionError, match="a name or a list of names"):
            trace(plain_model, ids, layers=layers)


# --- memory ----------------------------------------------------------------------------------------------------


def test_too_much_is_refused_before_it_is_made(plain_model, ids, monkeypatch):
    def never(call):
        raise AssertionError("arrays were made")

    seen = trace(plain_model, ids)
    size = sum(layer.nbytes for layer in seen.values())
    assert size == 2 * 6 * (6 * 3 + 6 * 3 + 4 * 2) * 4
    assert len(trace(plain_model, ids, max_bytes=size)) == 3
    monkeypatch.setattr(capture.Call, "to_numpy", never)
    with pytest.raises(InspectionError, match=r"2\.11 kB .*allowed \(max_bytes=2111\).*layers='gru', steps=range\(5\)"):
        trace(plain_model, ids, max_bytes=size - 1)
    monkeypatch.setattr(space, "free_bytes", lambda: 1000)
    with pytest.raises(InspectionError, match=r"500 bytes allowed \(half of the free memory\)"):
        trace(plain_model, ids)
    with pytest.raises(InspectionError, match="positive"):
        trace(plain_model, ids, max_bytes=0)


def test_the_advice_in_the_refusal_works(plain_model, ids):
    with pytest.raises(InspectionError) as refused:
        trace(plain_model, ids, max_bytes=1000)
    (number,) = re.findall(r"steps=range\((\d+)\)", str(refused.value))
    assert trace(plain_model, ids, max_bytes=1000, steps=range(int(number)))
    assert trace(plain_model, ids, max_bytes=1000, layers="gru")


def test_free_memory_is_a_sensible_number():
    assert 1 << 20 < space.free_bytes() < 1 << 50
    assert [space.readable(n) for n in (0, 999, 2_500, 3.2e9)] == ["0 bytes", "999 bytes", "2.5 kB", "3.2 GB"]


# --- other processes -------------------------------------------------------------------------------------------

TRAINED_ELSEWHERE = """
import sys, numpy as np, keras
assert "kseq" not in sys.modules
rng = np.random.default_rng(0)
x = rng.integers(1, 20, (64, 8))
y = (x == 5).any(axis=1).astype("float32")
model = keras.Sequential([
    keras.layers.Embedding(20, 4, mask_zero=True),
    keras.layers.Bidirectional(keras.layers.LSTM(4)),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
model.save("elsewhere.keras")
np.save("predicted.npy", model.predict(x[:3], verbose=0))
np.save("x.npy", x[:3])
"""


@pytest.mark.slow
def test_a_model_trained_without_kseq_in_another_process(new_process, tmp_path):
    new_process(TRAINED_ELSEWHERE, cwd=tmp_path, env={"KERAS_BACKEND": keras.backend.backend()})
    model = keras.models.load_model(tmp_path / "elsewhere.keras")
    x, predicted = np.load(tmp_path / "x.npy"), np.load(tmp_path / "predicted.npy")
    seen = trace(model, x)
    assert [layer.direction for layer in seen.values()] == ["forward", "backward"]
    np.testing.assert_allclose(seen.outputs, predicted, atol=1e-6)
    np.testing.assert_allclose(model.predict(x, verbose=0), predicted, atol=1e-6)
