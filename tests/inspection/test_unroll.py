"""The unrolled graph of every shape of model: its nodes, its edges, its name; and that it can be drawn."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers as kl

import kseq
from kseq.inspection import unroll
from kseq.plot import unrolled_graph
from tests.inspection import unrolled_models as models
from tests.inspection.unrolled_models import ZOO

RECURRENT = ("recurrent",)


@pytest.fixture(scope="module")
def zoo():
    """Each model, built once."""
    built = {}

    def get(make):
        if make not in built:
            built[make] = make()
        return built[make]

    return get


def ends(graph, kind, row=None):
    """`(row and step of the source, of the target)` of all edges of one kind, as strings like "lstm 0"."""
    names = [f"{graph.rows[node.row].name} {node.step}" for node in graph.nodes]
    found = [(names[edge.source], names[edge.target]) for edge in graph.edges_of(kind)]
    return [pair for pair in found if row is None or pair[1].startswith(row)]


@pytest.mark.backend
@pytest.mark.parametrize("make", ZOO, ids=lambda make: make.__name__)
def test_every_shape_is_named_and_counted(make, zoo):
    given, shape, traits, nodes, edges = ZOO[make]
    graph = unroll(zoo(make), given)
    assert graph.shape == shape
    assert graph.traits == (() if traits is None else RECURRENT + traits)
    assert (len(graph.nodes), len(graph.edges)) == (nodes, edges)
    assert [node.id for node in graph.nodes] == list(range(nodes))
    assert shape in repr(graph)


@pytest.mark.parametrize("make", ZOO, ids=lambda make: make.__name__)
def test_every_shape_can_be_drawn(make, zoo):
    graph = unroll(zoo(make), ZOO[make][0])
    gids = {patch.get_gid() for patch in unrolled_graph(graph).patches}
    assert {f"node-{node.id}" for node in graph.nodes} <= gids
    assert {f"edge-{edge.source}-{edge.target}" for edge in graph.edges} <= gids


@given(st.integers(1, 40))
@settings(max_examples=10, deadline=None)
def test_any_length(zoo, length):
    graph = unroll(zoo(models.bidirectional), length)
    assert len(graph.nodes) == 4 * length
    assert len(graph.edges) == 4 * length + 2 * (length - 1)
    assert graph.timelines == {0: length}
    assert graph.shape == "many-to-many, synchronised"  # also of one step: the model takes any number
    forward = [(f"bi/forward {t}", f"bi/forward {t + 1}") for t in range(length - 1)]
    backward = [(f"bi/backward {t + 1}", f"bi/backward {t}") for t in range(length - 1)]
    assert sorted(ends(graph, "time")) == sorted(forward + backward)


@given(st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=8, deadline=None)
def test_any_pair_of_lengths(zoo, source, target):
    graph = unroll(zoo(models.encoder_decoder), {"source": source, "target": target})
    assert ends(graph, "state") == [(f"encoder {source - 1}", "decoder 0")]
    assert sorted(graph.timelines.values()) == sorted((source, target))
    assert graph.shape == "many-to-many, unsynchronised"  # even where both are equally long


def test_bidirectional_joins_both_directions_of_a_step(zoo):
    graph = unroll(zoo(models.bidirectional), 3)
    out = graph.rows[-1].name
    assert set(ends(graph, "up", out)) == {
        (f"bi/{d} {t}", f"{out} {t}") for d in ("forward", "backward") for t in range(3)
    }


def test_backwards_ends_at_the_first_position(zoo):
    graph = unroll(zoo(models.cells_backwards), 4)
    assert ends(graph, "time", "rnn/0") == [("rnn/0 3", "rnn/0 2"), ("rnn/0 2", "rnn/0 1"), ("rnn/0 1", "rnn/0 0")]
    assert ends(graph, "up", "rnn out") == [("rnn/1 0", "rnn out None")]


def test_pooling_gathers_every_step_of_both_directions(zoo):
    graph = unroll(zoo(models.sentiment), 3)
    assert len(ends(graph, "pool", "mean")) == 6
    assert ends(graph, "up", "probability") == [("mean None", "probability None")]


def test_attention_looks_at_every_source_step_and_causal_only_back(zoo):
    graph = unroll(models.encoder_decoder(attention=True), [3, 2])
    assert graph.traits == ("recurrent", "encoder–decoder", "attention")
    assert len(ends(graph, "attention")) == 6
    graph = unroll(zoo(models.self_attention), 4)
    assert all(int(a.split()[1]) <= int(b.split()[1]) for a, b in ends(graph, "attention"))


def test_slices_and_residual_links_are_followed(zoo):
    graph = unroll(zoo(models.residual), 3)
    assert set(ends(graph, "up", "add")) == {(f"{name} {t}", f"add {t}") for name in ("one", "two") for t in range(3)}
    last = graph.nodes[-1]
    assert ends(graph, "up")[-1][0] == "add 2" and last.kind == "output"  # x[:, -1]


def test_a_loop_by_hand_is_a_row_of_states(zoo):
    graph = unroll(zoo(models.by_hand))
    assert ends(graph, "time") == [("cell 0", "cell 1"), ("cell 1", "cell 2"), ("cell 2", "cell 3")]
    assert ends(graph, "up", "cell") == [(f"x {t}", f"cell {t}") for t in range(4)]


def test_unknown_operations_are_tried_out():
    x = keras.Input((4, 3), name="x")
    shifted = kl.Lambda(lambda x: keras.ops.concatenate([x[:, 1:], x[:, :1]], axis=1), output_shape=(4, 3))(x)
    graph = unroll(keras.Model(x, kl.SimpleRNN(2, name="rnn")(keras.ops.flip(shifted, axis=1))))
    assert ends(graph, "up", "rnn 0") == [("x 0", "rnn 0")]
    assert [pair[0] for pair in sorted(ends(graph, "up", "rnn "), key=lambda p: p[1])][:4] == [
        "x 0",
        "x 3",
        "x 2",
        "x 1",
    ]


def test_nested_subclassed_and_saved_models(zoo, tmp_path):
    inner = zoo(models.subclassed)
    before = [len(layer._inbound_nodes) for layer in inner.layers]
    ids = models.words("ids")
    graph = unroll(keras.Model(ids, kl.Dense(1)(inner(ids))), 3)
    assert [node.step for node in graph.row("subclassed/lstm")] == [0, 1, 2]
    assert [len(layer._inbound_nodes) for layer in inner.layers] == before  # nothing is left behind in the layers
    model = zoo(models.bidirectional)
    model.save(tmp_path / "model.keras")
    loaded = unroll(keras.saving.load_model(tmp_path / "model.keras"), 3)
    assert loaded.edges == unroll(model, 3).edges


def test_models_built_by_their_first_batch():
    model = keras.Sequential([kl.Embedding(9, 4), kl.GRU(3), kl.Dense(1)])
    model(np.ones((2, 4), "int32"))
    assert unroll(model, 7).timelines == {0: 7}


def test_shared_layers_and_two_inputs_in_step():
    a, b, shared = (
        keras.Input((None, 3), name="a"),
        keras.Input((None, 3), name="b"),
        kl.GRU(3, return_sequences=True, name="gru"),
    )
    graph = unroll(keras.Model([a, b], kl.Concatenate()([shared(shared(a)), b])), 3)
    assert len(graph.row("gru")) == len(graph.row("gru#2")) == 3
    assert len(graph.timelines) == 1  # what meets step by step has one time axis
    assert graph.shape == "many-to-many, synchronised"


def test_arrays_tokens_and_texts():
    vectorizer = kseq.WordVectorizer(["neat", "plot", "."], labels=("negative", "positive"))
    model = kseq.build_sentiment_model(vectorizer, units=2, embedding_dim=2)
    for text in ("Neat plot.", ["Neat plot."]):
        assert [node.label for node in unroll(model, text).row("ids")] == ["neat", "plot", "."]
    assert len(unroll(model, "").row("ids")) == 1
    assert len(unroll(model, vectorizer.encode(["Neat plot."])).row("ids")) == 3
    graph = unroll(model, tokens=["a", "b"])
    assert [node.label for node in graph.row("ids")] == ["a", "b"]
    assert [node.label for node in graph.row("lstm_1")] == ["h₁", "h₂"]
    assert graph.row("probability")[0].label == "y"


def test_labels_of_several_inputs_and_of_the_output(zoo):
    model = zoo(models.encoder_decoder)
    tokens = {"source": ["granny", "liked"], "target": ["<s>", "mamie"], "output": ["mamie", "</s>"]}
    graph = unroll(model, tokens=tokens)
    for name in ("source", "target"):
        assert [node.label for node in graph.row(name)] == tokens[name]
    assert [node.label for node in graph.nodes if node.kind == "output"] == ["mamie", "</s>"]
    arrays = [np.ones((1, 2)), np.ones((1, 3))]
    assert [node.label for node in unroll(model, arrays, tokens=[["a", "b"], ["c", "d", "e"]]).row("target")] == [
        "c",
        "d",
        "e",
    ]


class Stubborn(keras.Model):
    """Its `call` leaves Keras, so nothing can be followed."""

    def __init__(self):
        super().__init__(name="stubborn")
        self.rnn = kl.GRU(2)

    def call(self, x):
        return self.rnn(keras.ops.convert_to_tensor(np.asarray(x)))


def stubborn():
    model = Stubborn()
    model(np.ones((1, 2, 3), "float32"))
    return model


ONE, TWO = models.many_to_one, models.encoder_decoder
BAD = [  # model, inputs_or_length, tokens, message
    (models.Subclassed, 3, None, "call it once.*Received: Subclassed 'subclassed', not built"),
    (stubborn, np.ones((1, 2, 3), "float32"), None, "Stubborn 'stubborn' cannot be.*What can be drawn"),
    (ONE, None, None, "how many steps input 'x' has.*inputs_or_length=None"),
    (ONE, 0, None, "at least 1. Received: inputs_or_length=0"),
    (ONE, np.ones((1, 2, 3)), None, r"shape \(None, None\).*Received: shape \(1, 2, 3\)"),
    (ONE, 3, ["a"], "each of the 3 steps.*Received: 1"),
    (ONE, "a text", None, "no vectorizer.*Received: inputs_or_length='a text'"),
    (ONE, None, "abc", "list of strings.*Received: tokens='abc'"),
    (ONE, 2, {"output": ["a", "b"]}, "1 output steps. Received: 2"),
    (models.window, 3, None, "must be 10 for input 'x': the model is fixed to it. Received: 3"),
    (models.one_to_one, 3, None, "no input of this model is a sequence. Received: 3"),
    (TWO, {"encoder": 3}, None, "keyed by source, target. Received: 'encoder'"),
    (TWO, None, ["a"], "one list for each of the inputs source, target"),
]


@pytest.mark.parametrize(("make", "inputs", "tokens", "message"), BAD)
def test_bad_input_is_named(make, inputs, tokens, message):
    with pytest.raises(ValueError, match=message):
        unroll(make(), inputs, tokens)


def test_what_is_no_model_is_named():
    with pytest.raises(TypeError, match=r"must be a keras\.Model. Received: 'model'"):
        unroll("model")


def test_operations_that_cannot_be_followed_are_named():
    x = keras.Input((4, 3), batch_size=1, name="x")
    model = keras.Model(x, keras.ops.transpose(x, (1, 0, 2)))
    with pytest.raises(ValueError, match=r"'transpose.*moves or folds the batch axis"):
        unroll(model)
    with pytest.raises(KeyError, match=r"must be one of x.*Received: name='lstm'"):
        unroll(models.one_to_one()).row("lstm")
