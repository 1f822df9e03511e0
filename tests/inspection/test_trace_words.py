"""Words that cannot be right are refused, and questions about words, steps and arrays get an answer that helps."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers as L

import kseq
from kseq.inspection import gradient_flow, receptive_profile, trace
from kseq.inspection.errors import InspectionError

backend = pytest.mark.backend


@pytest.fixture(scope="module")
def seen(plain_model, ids, words):
    return trace(plain_model, ids, vocabulary=words)


@pytest.fixture(scope="module")
def text_model():
    vectorizer = kseq.data.WordVectorizer.fit(["the film was not good"], labels=("negative", "positive"))
    return kseq.build_sentiment_model(vectorizer, architecture="gru", units=2, embedding_dim=3)


# --- vocabularies ----------------------------------------------------------------------------------------------


@backend
@pytest.mark.parametrize("form", [np.array, pd.Series, pd.Index, tuple, lambda words: list(np.array(words))])
def test_lists_of_any_kind(plain_model, ids, words, form):
    tokens = trace(plain_model, ids, vocabulary=form(words)).tokens
    assert tokens[1] == ["the", "film", "was", "not", "good", "all"]
    assert {type(token) for row in tokens for token in row} == {str}


def test_a_series_may_be_a_dict(plain_model, ids, words):
    by_id = pd.Series(words[2:], index=range(2, 9))
    by_word = pd.Series(range(2, 9), index=words[2:])
    for vocabulary in (by_id, by_word):
        assert trace(plain_model, ids, vocabulary=vocabulary).tokens[0] == ["the", "film", "was", "good", "", ""]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has strings in models")
def test_a_text_vectorization_outside_and_inside(plain_model):
    vectorization = L.TextVectorization()
    vectorization.adapt(["the film was not good at all"])
    ids = keras.ops.convert_to_numpy(vectorization(["not good", "the film"]))
    seen = trace(plain_model, ids, vocabulary=vectorization.get_vocabulary())
    assert seen.tokens == [["not", "good"], ["the", "film"]]
    inputs = keras.Input((1,), dtype="string")
    model = keras.Model(inputs, L.GRU(2)(L.Embedding(10, 3)(vectorization(inputs))), name="texts")
    tokens = trace(model, ["not good"]).tokens
    assert tokens == [["not", "good"]] and type(tokens[0][0]) is str
    with pytest.raises(InspectionError, match="`inputs` must be texts, as the model 'texts' turns them into ids"):
        trace(model, ids)
    with pytest.raises(InspectionError, match="'texts' has its words inside"):
        trace(model, ["not good"], vocabulary=["a"])


@pytest.mark.parametrize("inspect", [trace, receptive_profile])
def test_a_list_that_cannot_fit(plain_model, ids, words, inspect):
    name = "inputs" if inspect is trace else "x"
    with pytest.raises(InspectionError, match=f"has 5 words, for the ids 0 to 4, but the ids in `{name}` go up to 8"):
        inspect(plain_model, ids, vocabulary=words[:5])
    with pytest.raises(InspectionError, match=r'id 0 to the word \'the\', but .* masks id 0 .* "\[UNK\]" in front'):
        inspect(plain_model, ids, vocabulary=[*words[2:], "more", "words"])
    with pytest.raises(InspectionError, match=r"id 0 to the word 'the', but .* masks .* its ids must begin at 1"):
        inspect(plain_model, ids, vocabulary={word: n for n, word in enumerate([*words[2:], "more", "words"])})


@pytest.mark.parametrize("padding", ["", " ", "_", "[PAD]", "<pad>", "__padding__", "PAD", "<blank>", "[MASK]"])
def test_what_may_stand_for_padding(plain_model, ids, words, padding):
    assert trace(plain_model, ids, vocabulary=[padding, *words[1:]]).tokens[0][-1] == padding


@pytest.mark.parametrize("word", ["the", "[UNK]", "mask", ",", "x"])
def test_what_is_no_padding(plain_model, ids, words, word):
    with pytest.raises(InspectionError, match="masks id 0"):
        trace(plain_model, ids, vocabulary=[word, *words[1:]])


def test_without_a_mask_word_0_may_be_a_word():
    model = keras.Sequential([keras.Input((3,)), L.Embedding(4, 2), L.SimpleRNN(2)])
    assert trace(model, np.array([[0, 1, 0]]), vocabulary=["a", "b"]).tokens == [["a", "b", "a"]]


def test_a_dict_without_most_of_the_words(plain_model, ids, words):
    # 10 ids that are not padding: 2 3 4 6, 2 3 4 5 6 8
    half = {"the": 2, "film": 3, "not": 5}
    assert trace(plain_model, ids, vocabulary=half).tokens[0] == ["the", "film", "[4]", "[6]", "", ""]
    with pytest.raises(InspectionError, match="no word for 6 of the 10 ids in `inputs`, such as 4, 6, 5: it has 2 wo"):
        trace(plain_model, ids, vocabulary={"the": 2, "film": 3})


def test_a_model_with_words_of_its_own_takes_no_others(text_model):
    for inputs in (["not good"], np.array([[2, 3]])):
        with pytest.raises(InspectionError, match=r"`vocabulary` must be left out, as the model .* words inside"):
            trace(text_model, inputs, vocabulary=["", "[UNK]", "a", "b", "c", "d", "e"])


def test_a_vocabulary_that_fits_one_of_two_inputs(words):
    """The other input has ids of something else."""
    one, other = keras.Input((3,), dtype="int32"), keras.Input((2,), dtype="int32")
    x = L.GRU(2, name="words")(L.Embedding(9, 2)(one)) + L.GRU(2, name="places")(L.Embedding(99, 2)(other))
    inputs = [np.array([[2, 3, 4]]), np.array([[50, 60]])]
    seen = trace(keras.Model([one, other], x), inputs, vocabulary=words)
    assert seen["words"].tokens == [["the", "film", "was"]] and seen["places"].tokens is None
    with pytest.raises(InspectionError, match="go up to 4"):
        trace(keras.Model([one, other], x), inputs, vocabulary=words[:3])


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({"the", "film"}, "`vocabulary` must be"),
        (np.array([["a", "b"]]), "`vocabulary` must be"),
        ([], "`vocabulary` must be"),
        ([1, 2], "`vocabulary` must be"),
        (pd.Series([1, 2]), "`vocabulary` must be"),
    ],
)
def test_what_is_no_vocabulary(plain_model, ids, vocabulary, message):
    with pytest.raises(InspectionError, match=message) as caught:
        trace(plain_model, ids, vocabulary=vocabulary)
    assert "\n" not in str(caught.value)


def test_words_for_what_are_no_ids(plain_model, ids, words):
    for wrong, message in (
        (-ids, "must be 0 or more. Received: -8"),
        (ids + 0.5, "Received: 2.5 in example 0, step 0"),
    ):
        with pytest.raises(InspectionError, match=message):
            trace(plain_model, wrong, vocabulary=words)
    series = keras.Sequential([keras.Input((3, 2)), L.GRU(2)])
    with pytest.raises(InspectionError, match=r"`vocabulary` needs ids .* Received: float64 \(1, 3, 2\)"):
        trace(series, np.ones((1, 3, 2)), vocabulary=words)


# --- questions -------------------------------------------------------------------------------------------------


def test_words_that_do_not_occur(seen):
    for token, message in (
        ("NOT", "The word 'NOT' does not occur in these texts. Near: 'not'"),
        ("never", "'never' does not occur in these texts"),
        ("", "stands at masked steps only"),
        (1.5, "`token` must be a word or a position"),
        (["not"], "`token` must be a word or a position"),
    ):
        with pytest.raises(InspectionError, match=message):
            seen["gru"].at(token)


def test_steps_that_do_not_occur(plain_model, ids):
    layer = trace(plain_model, ids[:1], layers="gru")["gru"]
    for step, message in (
        (5, r"Step 5 is masked \(padding\) in every example"),
        (-1, r"counted from 0, the first step of the input; the steps of this trace: 0 … 5\. Received: token=-1"),
        (6, "no step 6"),
    ):
        with pytest.raises(InspectionError, match=message):
            layer.at(step)


def test_arrays_of_another_cell(seen):
    with pytest.raises(KeyError, match="A GRU has no forget gate: its update gate z keeps"):
        seen["gru"]["forget_gate"]
    with pytest.raises(KeyError, match="A GRU has no forget gate"):
        seen["gru"].at("not", "forget_gate")
    with pytest.raises(InspectionError, match="An LSTM has no update gate"):
        seen["bi/forward"].table("update_gate")
    simple = trace(keras.Sequential([keras.Input((3, 2)), L.SimpleRNN(2, name="rnn")]), np.ones((1, 3, 2)))["rnn"]
    with pytest.raises(InspectionError, match=r"no gates\. The arrays of 'rnn': 'hidden_state', 'pre_activation'"):
        simple["forget_gate"]
    with pytest.raises(InspectionError, match=r"There is no array 'stat'"):
        simple["stat"]


def test_layers_that_are_not_there(seen, plain_model, ids):
    there = "There are: 'bi/forward', 'bi/backward', 'gru'"
    with pytest.raises(InspectionError, match=f"There is no recurrent layer 'x'. {there}"):
        seen["x"]
    with pytest.raises(InspectionError, match=r"There is no recurrent layer 'GRU'\. Did you mean 'gru'\?"):
        trace(plain_model, ids, layers="GRU")
    with pytest.raises(InspectionError, match=r"There is no Embedding 'x'. There are: 'emb"):
        receptive_profile(plain_model, ids, layer="x")


# --- what is printed -------------------------------------------------------------------------------------------


@backend
def test_what_at_prints_fits_a_terminal(seen):
    """pandas leaves columns out, or breaks the lines, where they don't fit into 80 columns."""
    for options in (("display.max_columns", 0, "display.width", 80), ("display.width", 80)):
        with pd.option_context(*options):
            for frame in (seen["bi/forward"].at("not"), seen["bi/forward"].by_token(), seen["gru"].at("not")):
                lines = str(frame).splitlines()
                assert max(map(len, lines)) < 80 and "..." not in lines[0] and "\\" not in lines[0]
                assert all(column in lines[0] for column in frame.columns)
    assert list(seen["bi/forward"].at("not").columns) == ["context", "forget_gate", "input_gate", "output_gate"]
    assert list(seen["gru"].by_token().columns) == ["count", "update_gate", "reset_gate"]


def test_long_neighbours_are_left_out_of_the_context():
    model = keras.Sequential([keras.Input((5, 2)), L.SimpleRNN(2, name="rnn")])
    tokens = [["I", "overestimated", "not", "characterisation", "it"]]
    frame = trace(model, np.ones((1, 5, 2)), tokens=tokens)["rnn"].at("not")
    assert frame["context"].tolist() == ["I overestimated [not]"]
    assert list(frame.columns) == ["context", "|hidden_state|", "|pre_activation|"]  # no gates: all there is
    assert len(str(frame).splitlines()[0]) < 80


def test_a_table_says_what_it_is(seen):
    layer = seen["bi/forward"]
    assert layer.table("forget_gate").attrs == {"kind": "gate", "what": "forget_gate"}
    assert layer.table("candidate").attrs == {"kind": "state", "what": "candidate"}


@backend
def test_a_flow_says_which_step_it_means(plain_model, ids):
    flow = gradient_flow(plain_model, ids[:, ::-1], np.ones((2, 1)), loss="mse", layers="gru")
    norms = flow.norms["gru"]
    first, last = (norms[0, 2] + norms[1, 0]) / 2, norms[:, 5].mean()
    assert f"first unmasked step (0 … 2) {first:.3g}, last unmasked step (5) {last:.3g}" in repr(flow)
    flow = gradient_flow(plain_model, ids[1:], np.ones((1, 1)), loss="mse", layers="gru")
    assert "first step (0) " in repr(flow) and "last step (5) " in repr(flow)


def test_a_vectorizer_is_a_vocabulary():
    vectorizer = kseq.WordVectorizer.fit(["not bad at all", "not good"], labels=["a", "b"])
    embedding = L.Embedding(vectorizer.vocabulary_size, 2, mask_zero=True)
    model = keras.Sequential([keras.Input((None,), dtype="int32"), embedding, L.GRU(2)])
    seen = trace(model, vectorizer.encode(["good bad odd"]), vocabulary=vectorizer)
    assert seen.tokens == [["good", "bad", "[UNK]"]]
