"""Words and padding in unrolled graphs: from texts, from ids and a vocabulary, with the model's own masks."""

import keras
import numpy as np
import pytest
from keras import layers as kl

import kseq
from kseq.inspection import unroll
from kseq.plot import unrolled_graph
from tests.inspection import unrolled_models as models
from tests.inspection.test_unroll import ends
from tests.inspection.unrolled_models import vectors


def text_model(length=None, mask_zero=True):
    """As in the Keras guides: the model takes whole texts."""
    vectorize = kl.TextVectorization(vocabulary=["the", "film", "is", "bad"], output_sequence_length=length)
    x = keras.Input((), dtype="string", name="text")
    y = kl.LSTM(2, name="lstm")(kl.Embedding(9, 4, mask_zero=mask_zero)(vectorize(x)))
    return keras.Model(x, kl.Dense(1, name="y")(y))


def labels(graph, row):
    return [node.label for node in graph.row(row)]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="texts inside a model are TensorFlow's")
@pytest.mark.parametrize("length", [None, 8])
def test_models_that_vectorize_texts_themselves(length):
    model = text_model(length)
    for text in ("The film is good!", ["The film is good!"], np.array(["The film is good!"])):
        graph = unroll(model, text)
        assert labels(graph, "text") == ["the", "film", "is", "[UNK]"]  # without padding
        assert graph.shape == "many-to-one"
        assert ends(graph, "up", "lstm") == [(f"text {t}", f"lstm {t}") for t in range(4)]
    assert labels(unroll(model, 6), "text") == [f"x{n}" for n in "₁₂₃₄₅₆"]
    assert labels(unroll(model, tokens=["a", "b"]), "text") == ["a", "b"]
    assert len(unrolled_graph(unroll(model, "the film")).patches) == 2 + 2 + 1 + 2 + 1 + 1
    assert len(unroll(model, "").row("text")) == 1
    with pytest.raises(ValueError, match=r"must be one text.*Received: 2 texts"):
        unroll(model, ["a", "b"])
    with pytest.raises(ValueError, match="how many steps input 'text' has"):
        unroll(model)
    with pytest.raises(ValueError, match=r"must be a text or a number of steps. Received: array"):
        unroll(model, np.array([3]))
    with pytest.raises(ValueError, match=r"`vocabulary` must be left out.* has its words inside"):
        unroll(model, "the film", vocabulary=["", "a"])


class Texts(keras.Model):
    """Subclassed, and takes whole texts."""

    def __init__(self):
        super().__init__()
        self.ids, self.vectors = kl.TextVectorization(vocabulary=["bad"]), vectors()
        self.rnn = kl.GRU(2, name="gru")

    def call(self, texts):
        return self.rnn(self.vectors(self.ids(texts)))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="texts inside a model are TensorFlow's")
def test_texts_in_subclassed_models_and_as_one_vector():
    model = Texts()
    model(keras.ops.convert_to_tensor(["bad film"]))
    for text in ("bad film", ["bad film"]):
        assert [node.label for node in unroll(model, text).nodes[:2]] == ["bad", "[UNK]"]
    assert len(unroll(model, 3).row("gru")) == 3
    counts = kl.TextVectorization(vocabulary=["bad"], output_mode="multi_hot")
    graph = unroll(keras.Sequential([keras.Input((1,), dtype="string"), counts, kl.Dense(1)]), "bad film")
    assert (graph.shape, len(graph.nodes)) == ("one-to-one", 2)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="texts inside a model are TensorFlow's")
def test_padding_of_texts_without_a_mask_is_drawn_and_says_so():
    assert labels(unroll(text_model(4, mask_zero=False), "bad film"), "text") == ["bad", "film", "[PAD]", "[PAD]"]
    sequential = keras.Sequential(
        [kl.TextVectorization(vocabulary=["bad"]), kl.Embedding(9, 4, mask_zero=True), kl.GRU(2), kl.Dense(1)]
    )
    sequential(keras.ops.convert_to_tensor(["bad film"]))
    assert [node.label for node in unroll(sequential, "bad film").nodes[:2]] == ["bad", "[UNK]"]


WORDS = ["", "[UNK]", "not", "bad", "film"]
IDS = np.array([[0, 0, 2, 3, 0, 4, 0], [1, 1, 1, 1, 1, 1, 1]])


@pytest.mark.backend
@pytest.mark.parametrize("fixed", [None, 7])
def test_ids_get_their_words_and_lose_their_padding(fixed):
    x = keras.Input((fixed,), dtype="int32", name="x")
    both = kl.Bidirectional(kl.LSTM(2, return_sequences=True), name="bi")(vectors()(x))
    model = keras.Model(x, kl.Dense(1)(kl.GlobalAveragePooling1D()(both)))
    graph = unroll(model, IDS, vocabulary=WORDS)
    assert labels(graph, "x") == ["not", "bad", "film"]  # of the first example
    assert labels(graph, "bi/backward") == ["h₁", "h₂", "h₃"]
    assert len(graph.edges_of("pool")) == 6
    assert labels(unroll(model, IDS[:1].tolist(), vocabulary={w: n for n, w in enumerate(WORDS)}), "x") == WORDS[2:]
    assert labels(unroll(model, IDS), "x") == ["x₁", "x₂", "x₃"]
    assert labels(unroll(model, IDS[1:], vocabulary=WORDS), "x") == ["[UNK]"] * 7
    for tokens in (list("abcdefg"), list("cdf")):  # with padding or without
        assert labels(unroll(model, IDS, tokens), "x") == list("cdf")
    assert len(unroll(model, IDS * 0).row("x")) == 1
    with pytest.raises(ValueError, match=r"each of the 3 steps of input 'x'. Received: 2"):
        unroll(model, IDS, ["a", "b"])
    with pytest.raises(ValueError, match=r"`vocabulary` gives ids their words.*Received: inputs_or_length="):
        unroll(model, 7, vocabulary=WORDS)
    with pytest.raises(ValueError, match=r"`vocabulary` has 2 words.*ids in `inputs_or_length` go up to 4"):
        unroll(model, IDS, vocabulary=WORDS[:2])


@pytest.mark.filterwarnings("ignore:.*does not support masking")
def test_padding_is_drawn_where_it_counts():
    model = keras.Sequential([keras.Input((7,)), kl.Embedding(9, 4), kl.LSTM(2), kl.Dense(1)])
    found = [node.label for node in unroll(model, IDS, vocabulary=WORDS).nodes[:7]]
    assert found == ["[PAD]", "[PAD]", "not", "bad", "[PAD]", "film", "[PAD]"]
    x = keras.Input((7,), dtype="int32", name="x")
    window = keras.Model(x, kl.Dense(2)(kl.Reshape((14,))(kl.LSTM(2, return_sequences=True)(vectors()(x)))))
    graph = unroll(window, IDS, list("abcdefg"))
    assert labels(graph, "x") == list("abcdefg")  # `Reshape` takes the full length only


@pytest.mark.backend
def test_padding_of_a_series_and_of_kseq_models():
    x = keras.Input((None, 2), name="x")
    model = keras.Model(x, kl.GRU(2, name="gru")(kl.Masking(-1.0)(x)))
    series = np.array([[[1, 2], [-1, 3], [-1, -1], [-1, -1]]], "float32")
    assert len(unroll(model, series).row("gru")) == 2
    vectorizer = kseq.WordVectorizer(["neat", "plot", "."], labels=("negative", "positive"))
    model = kseq.build_sentiment_model(vectorizer, units=2, embedding_dim=2)
    ids = vectorizer.encode(["Neat plot.", "Neat neat neat neat plot."])
    assert labels(unroll(model, ids), "ids") == ["neat", "plot", "."]


@pytest.mark.backend
def test_vocabulary_of_several_inputs():
    model = models.encoder_decoder()
    graph = unroll(model, {"source": IDS[:1], "target": IDS[:1, 2:4]}, vocabulary=WORDS)
    assert (labels(graph, "source"), labels(graph, "target")) == (["not", "bad", "film"], ["not", "bad"])
    graph = unroll(model, [IDS[:1], IDS[1:]], vocabulary=WORDS)
    assert (labels(graph, "source"), labels(graph, "target")) == (["not", "bad", "film"], ["[UNK]"] * 7)
