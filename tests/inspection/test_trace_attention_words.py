"""What the trace of an attention layer gives to a reader: tokens at both axes, tables without padding, matrices."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers as L

import kseq
import kseq.layers as K
from kseq.inspection import trace
from kseq.inspection.errors import InspectionError
from kseq.plot import token_links
from tests.inspection.attention_models import MODELS, WIDTH, keras_heads, on_ids

WORDS = ["", "[UNK]", "the", "film", "was", "not", "good", "at", "all"]
IDS = np.array([[2, 3, 4, 6, 0, 0], [2, 3, 4, 5, 6, 8]], "int32")
SHORT = ["the", "film", "was", "good"]


@pytest.fixture(scope="module")
def seen():
    keras.utils.set_random_seed(0)
    return trace(MODELS["keras, causal"](), IDS, vocabulary=WORDS)


def translation(steps=4):
    """An encoder and a decoder over ids, each with its own embedding."""
    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    memory = K.TransformerEncoder(2, 8, name="encoder")(L.Embedding(9, WIDTH, mask_zero=True)(source))
    x = L.Embedding(9, WIDTH, mask_zero=True)(target)
    return keras.Model([source, target], K.TransformerDecoder(2, 8, name="decoder")(x, memory))


def test_tokens_are_at_both_axes(seen):
    layer = seen["mha"]
    assert layer.tokens == layer.key_tokens == seen.tokens == [[*SHORT, "", ""], [WORDS[n] for n in IDS[1]]]
    table = layer.table("weights", head=1)
    assert list(table.index) == list(table.columns) == SHORT  # padding is left out
    assert (table.index.name, table.columns.name) == ("token", "key token")
    assert table.attrs == {"kind": "weights", "what": "weights", "layer": "mha", "head": 1}
    np.testing.assert_array_equal(table, layer["weights"][0, 1, :4, :4])
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-6)
    assert (np.triu(table, 1) == 0).all()
    np.testing.assert_allclose(layer.table(head="mean"), layer["weights"][0, :, :4, :4].mean(axis=0))


def test_tables_of_the_other_arrays(seen):
    layer = seen["mha"]
    table = layer.table("value", head=1, example=1)
    assert table.shape == (6, 4) and table.columns.name == "dim" and list(table.index) == layer.tokens[1]
    np.testing.assert_array_equal(table, layer["value"][1, 1])
    assert layer.table("output").shape == (4, WIDTH) and layer.table("input").attrs["head"] is None
    grouped = trace(MODELS["keras, grouped"](), IDS)["gqa"]
    np.testing.assert_array_equal(grouped.table("key", head=3, example=1), grouped["key"][1, 1])
    np.testing.assert_array_equal(grouped.table("query", head=3, example=1), grouped["query"][1, 3])
    assert list(grouped.table("query").index) == list(range(4))  # no vocabulary: positions


def test_matrices_lead_from_queries_to_output(seen):
    found = seen["mha"].matrices(head=1)
    assert list(found) == ["Q", "K", "V", "scores", "scaled", "masked", "weights", "output"]
    m = {name: table.to_numpy() for name, table in found.items()}
    np.testing.assert_allclose(m["Q"] @ m["K"].T, m["scores"], atol=1e-5)
    np.testing.assert_allclose(m["scores"] / np.sqrt(4), m["scaled"], atol=1e-5)
    np.testing.assert_array_equal(m["masked"], np.where(np.tri(4, dtype=bool), m["scaled"], -np.inf))
    weights = np.exp(m["masked"] - m["masked"].max(axis=1, keepdims=True))
    np.testing.assert_allclose(weights / weights.sum(axis=1, keepdims=True), m["weights"], atol=1e-6)
    np.testing.assert_allclose(m["weights"] @ m["V"], m["output"], atol=1e-6)
    assert all(list(table.index) == SHORT for table in found.values())


def test_where_a_word_looks(seen):
    layer = seen["mha"]
    table = layer.at("good")
    assert list(table.index) == [(0, 3, 0), (0, 3, 1), (1, 4, 0), (1, 4, 1)]
    assert table.index.names == ["example", "step", "head"] and list(table.columns) == ["first", "weight", "others"]
    row = layer["weights"][1, 1, 4]
    assert table.loc[(1, 4, 1), "first"] == layer.tokens[1][row.argmax()]
    assert table.loc[(1, 4, 1), "weight"] == row.max()
    assert table.loc[(1, 4, 1), "others"].count(" 0.") == 2
    pd.testing.assert_frame_equal(layer.at(3).loc[[0]], table.loc[[0]])
    assert layer.at("the").loc[(0, 0, 0), "others"] == ""  # the first word sees itself alone


def test_only_some_queries(seen):
    some = trace(MODELS["keras, causal"](), IDS, vocabulary=WORDS, steps=[1, 3])["mha"]
    assert some["weights"].shape == (2, 2, 2, 6) and some["query"].shape == (2, 2, 2, 4)
    assert some["key"].shape == (2, 2, 6, 4) and some["output"].shape == some["input"].shape == (2, 2, WIDTH)
    table = some.table(example=0)
    assert list(table.index) == ["film", "good"] and list(table.columns) == SHORT
    assert list(some.at("film").index.get_level_values("step")) == [1, 1, 1, 1]
    assert some.matrices()["masked"].shape == (2, 4)


def test_padding_that_a_mask_by_hand_hides():
    seen = trace(MODELS["keras, mask by hand"](), IDS, vocabulary=WORDS)["mha"]
    assert seen.table().shape == (6, 6)  # the mask there hides no id: nothing is zero
    inputs, allowed = keras.Input((None,), dtype="int32"), keras.Input((1, None), dtype="bool")
    x = L.Embedding(9, WIDTH)(inputs)
    model = keras.Model([inputs, allowed], keras_heads()(x, x, attention_mask=allowed))
    seen = trace(model, [IDS, (IDS != 0)[:, None]], vocabulary=WORDS)["mha"]
    assert list(seen.table().index) == list(seen.table().columns) == SHORT


def test_padding_that_no_mask_hides():
    """A model whose mask got lost on the way to its attention."""
    model = on_ids(lambda x: keras_heads()(x, x), mask_zero=False)
    seen = trace(model, IDS, vocabulary=WORDS)
    layer = seen["mha"]
    assert layer.tokens[0] == [*SHORT, "", ""]
    padded = [*SHORT, "[PAD]", "[PAD]"]
    assert list(layer.table().index) == list(layer.table().columns) == padded
    note = "mha was given no mask: 2 of 12 keys are padding"
    assert layer.note == note and repr(seen).splitlines()[-1] == repr(layer).splitlines()[-1] == note
    said = layer.at("good", most=6).loc[(0, 3, 0)]
    assert {"[PAD]@4", "[PAD]@5"} <= {said["first"], *(one.rpartition(" ")[0] for one in said["others"].split(", "))}
    assert list(layer.at("[PAD]").index.get_level_values("step")) == [4, 4, 5, 5]
    named = trace(model, IDS, vocabulary=["<pad>", *WORDS[1:]])["mha"]
    assert named.note == note and list(named.table().columns) == [*SHORT, "<pad>", "<pad>"]
    texts = token_links(layer, chosen="good").texts
    assert [text.get_text() for text in texts].count("[PAD]") == 4  # queries and keys


def test_padding_that_does_no_harm(seen):
    """Hidden by a mask, or behind the end of a causal model's text, where no word sees it."""
    assert seen["mha"].note is None and len(repr(seen).splitlines()) == 3
    causal = on_ids(lambda x: keras_heads()(x, x, use_causal_mask=True), mask_zero=False)
    assert trace(causal, IDS, vocabulary=WORDS)["mha"].note is None
    note = trace(causal, IDS[:, ::-1], vocabulary=WORDS)["mha"].note  # padding in front is seen
    assert note == "mha was given no mask that hides padding: 2 of 12 keys are padding"
    assert trace(causal, IDS[:, ::-1])["mha"].note is None  # no words


def test_words_that_stand_twice():
    ids = np.array([[5, 6, 5, 3, 0]], "int32")
    layer = trace(MODELS["keras"](), ids, vocabulary=WORDS)["mha"]
    said = layer.at("good", most=4).loc[(0, 1, 0)]
    named = {said["first"], *(one.rpartition(" ")[0] for one in said["others"].split(", "))}
    assert named == {"not@0", "good", "not@2", "film"}


def test_attention_to_another_sequence():
    source, target = np.array([[2, 3, 4, 6, 0]], "int32"), np.array([[5, 6, 8]], "int32")
    seen = trace(translation(), [source, target], vocabulary=WORDS)
    cross = seen["decoder/cross_attention"].table()
    assert list(cross.index) == ["not", "good", "all"] and list(cross.columns) == SHORT
    assert not seen["decoder/cross_attention"].self_attention and seen["decoder/self_attention"].self_attention
    assert list(seen.residual.table("decoder/output").index) == ["not", "good", "all"]
    assert list(seen.residual.norms().columns) == ["encoder/input", "encoder/after_attention", "encoder/output"]
    # two texts of one length: told apart by their padding
    target = np.array([[5, 6, 8, 7, 2]], "int32")
    seen = trace(translation(), [source, target], vocabulary=WORDS)
    assert list(seen["decoder/cross_attention"].table().columns) == SHORT
    assert seen["decoder/self_attention"].tokens is None  # without padding it might be either


def test_tokens_by_hand():
    model, rows = translation(), np.ones((1, 3), "int32")
    tokens = {"encoder": [["a", "b", "c"]], "decoder": [["x", "y", "z"]]}
    seen = trace(model, [rows, rows], tokens=tokens)
    assert list(seen["decoder/self_attention"].table().columns) == ["x", "y", "z"]
    assert seen["decoder/cross_attention"].key_tokens is None
    tokens["decoder/cross_attention"] = {"query": tokens["decoder"], "key": tokens["encoder"]}
    cross = trace(model, [rows, rows], tokens=tokens)["decoder/cross_attention"].table()
    assert (list(cross.index), list(cross.columns)) == (["x", "y", "z"], ["a", "b", "c"])
    with pytest.raises(InspectionError, match=r"`tokens\['decoder/cross_attention'\]` .* 'query' and 'key'.*'keys'"):
        trace(model, [rows, rows], tokens={"decoder/cross_attention": {"keys": tokens["encoder"]}})


def test_raw_texts_where_the_model_has_a_kseq_vectorizer():
    vectorizer = kseq.data.WordVectorizer.fit(["the film was not good"], labels=("negative", "positive"))
    base = kseq.build_sentiment_model(vectorizer, architecture="dense", embedding_dim=6)
    embedding = next(layer for layer in base.layers if isinstance(layer, L.Embedding))
    x = embedding.output
    model = keras.Model(base.inputs, keras_heads()(x, x))
    seen = trace(model, ["The film was not good", "not bad"])
    assert list(seen["mha"].table(example=1).columns) == ["not", "[UNK]"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda layer: layer["Q"], "The array 'Q' is called 'query' here"),
        (lambda layer: layer["weigths"], "There is no array 'weigths'. Did you mean 'weights'"),
        (lambda layer: layer.table(head=2), "`head` must be an integer from 0 to 1 or 'mean'. Received: head=2"),
        (lambda layer: layer.table("query", head="mean"), "`head` must be a number for 'query'"),
        (lambda layer: layer.table(example=-1), "`example` must be an integer from 0 to 1. Received: example=-1"),
        (lambda layer: layer.matrices(head="mean"), "`head` must be an integer from 0 to 1. Received: head='mean'"),
        (lambda layer: layer.at("movie"), "The word 'movie' does not occur in these texts. There are: 'all', "),
        (lambda layer: layer.at("Film"), "Near: 'film'"),
        (lambda layer: layer.at(9), "no step 9 that counts"),
        (lambda layer: layer.at(1.5), "`token` must be a word or a position"),
    ],
)
def test_wrong_questions(seen, call, message):
    with pytest.raises(InspectionError, match=message):
        call(seen["mha"])


def test_wrong_places_in_the_stream(seen):
    assert repr(seen.residual) == "ResidualStream: nothing seen"
    with pytest.raises(InspectionError, match="no `Add` layer and none of kseq's blocks"):
        seen.residual.norms()
    stream = trace(on_ids(K.TransformerEncoder(2, 8, name="block")), IDS, vocabulary=WORDS).residual
    with pytest.raises(
        KeyError, match=r"There is no place in the residual stream 'blok/output'\. Did you mean 'block/"
    ):
        stream["blok/output"]
    with pytest.raises(InspectionError, match="`example` must be an integer from 0 to 1"):
        stream.table("block/output", example=2)
    assert repr(stream).splitlines()[0] == "block/input: (2, 6, 6)"
    np.testing.assert_allclose(
        stream.norms()["block/output"], np.linalg.norm(stream["block/output"][0, :4], axis=1), rtol=1e-6
    )


def test_what_is_printed(seen):
    assert repr(seen["mha"]).startswith("AttentionTrace('mha': MultiHeadAttention; batch 2, 2 heads, 6 queries, 6 keys")
    assert seen["mha"].nbytes == sum(array.nbytes for array in seen["mha"].values.values())
    assert list(seen.frame().columns) == ["cell", "batch", "steps", "keys", "heads", "units", "arrays"]
    assert "mha" in repr(seen)
