"""`describe`: exact parameters, the matrix products that programs have, layers of every kind and in every place."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers as L

import kseq
from kseq.inspection import describe
from kseq.inspection.errors import InspectionError
from tests.inspection import models

STEPS, FEATURES = models.STEPS, models.FEATURES


def of(layer, shape=(STEPS, FEATURES), **kwargs):
    """The table of one layer behind an input; its last row is the layer's."""
    inputs = keras.Input(shape)
    return describe(keras.Model(inputs, layer(inputs)), **kwargs)


def only(table):
    (row,) = table.rows
    return row


@pytest.mark.backend
@pytest.mark.parametrize(
    ("layer", "flops"),
    [
        (lambda: L.Dense(4), 2 * 5 * 3 * 4),
        (lambda: L.EinsumDense("btm,mhk->bthk", (None, 2, 4)), 2 * 5 * 3 * 8),
        (lambda: L.SimpleRNN(4), 2 * 5 * 4 * (3 + 4)),
        (lambda: L.LSTM(4, return_sequences=True), 8 * 5 * 4 * (3 + 4)),
        (lambda: L.GRU(4), 6 * 5 * 4 * (3 + 4)),
        (lambda: L.GRU(4, reset_after=False), 6 * 5 * 4 * (3 + 4)),
        (lambda: kseq.LSTM(4), 8 * 5 * 4 * (3 + 4)),
        (lambda: L.RNN([L.LSTMCell(4), L.GRUCell(2)]), 8 * 5 * 4 * (3 + 4) + 6 * 5 * 2 * (4 + 2)),
        (lambda: L.TimeDistributed(L.Dense(4)), 5 * 2 * 3 * 4),
        (lambda: L.Conv1D(4, 3), 2 * (3 * 4) * 3 * 3),
        (lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2), 2 * (5 * 4) * 3 * 3),
        (lambda: L.Conv1D(6, 3, groups=3), 2 * (3 * 6) * 3 * 1),
        (lambda: L.DepthwiseConv1D(3), 2 * (3 * 3) * 3),
        (lambda: L.SeparableConv1D(4, 3), 2 * 3 * (3 * 3) + 2 * 3 * 3 * 4),
        (lambda: L.Conv1DTranspose(4, 3), 2 * (5 * 3) * 3 * 4),
        (lambda: kseq.layers.TruncatedBPTT(L.GRU(4), steps=2), 6 * 5 * 4 * (3 + 4)),
    ],
)
def test_matrix_products_of_a_layer(layer, flops):
    row = only(of(layer()))
    assert row.flops == flops and row.formula and row.flops.unit == "FLOP"


def test_what_meets_data_needs_no_gradient_of_it():
    inputs = keras.Input((STEPS, FEATURES))
    x = L.LSTM(4, return_sequences=True)(L.Masking()(inputs))
    table = describe(keras.Model(inputs, L.LSTM(2)(x)))
    first, second = (row for row in table.rows if row.kind == "LSTM")
    assert first.data_flops == 8 * 5 * 4 * 3 and second.data_flops == 0
    assert table.training_flops == 3 * table.flops - first.data_flops


def test_images():
    table = of(L.Conv2D(8, 3, strides=2, padding="same"), (8, 8, 3))
    assert only(table).flops == 2 * (4 * 4 * 8) * 9 * 3 and only(table).parameters == 8 * 28 and table.length is None


def attention_flops(T, S, d, H, k, G=None, n=None):
    G = G or H
    return 2 * T * d * H * k + 4 * S * d * G * k + 4 * H * T * S * k + 2 * T * H * k * (n or d)


@pytest.mark.backend
def test_attention_with_heads():
    x, y = keras.Input((7, 8)), keras.Input((5, 8))
    for layer, G in (
        (L.MultiHeadAttention(2, 3), 2),
        (kseq.MultiHeadAttention(2, 3), 2),
        (kseq.MultiHeadAttention(4, 2, num_key_value_heads=2), 2),
        (L.GroupQueryAttention(2, 4, 2), 2),
    ):
        H, k = (4, 2) if "roup" in type(layer).__name__ or getattr(layer, "num_heads", 0) == 4 else (2, 3)
        row = only(describe(keras.Model([x, y], layer(x, y))))
        assert row.flops == attention_flops(7, 5, 8, H, k, G), layer
        assert row.parameters == layer.count_params()


def test_attention_with_one_head():
    x, y = keras.Input((7, 8)), keras.Input((5, 8))
    sums = 2 * 7 * 5 * 8
    for layer, scores in (
        (kseq.DotProductAttention(), sums),
        (kseq.MultiplicativeAttention(), 2 * 7 * 8 * 8 + sums),
        (kseq.AdditiveAttention(3), 2 * (7 + 5) * 8 * 3 + 2 * 7 * 5 * 3),
    ):
        assert only(describe(keras.Model([x, y], layer(x, y)))).flops == scores + sums
    assert only(describe(keras.Model([x, y], L.Attention()([x, y])))).flops == 2 * sums
    assert only(describe(keras.Model([x, y], L.AdditiveAttention()([x, y])))).flops == sums


@pytest.mark.backend
def test_blocks_are_opened():
    inputs = keras.Input((6, 8))
    x = kseq.TransformerEncoder(2, 16, name="encoder")(inputs)
    x = kseq.TransformerDecoder(2, 16, name="decoder")(x, x)
    model = keras.Model(inputs, x)
    table = describe(model)
    flops = {row.name: float(row.flops) for row in table.rows if row.flops}
    attention, dense = attention_flops(6, 6, 8, 2, 4), 2 * 6 * 8 * 16
    assert flops == {
        "encoder/self_attention": attention,
        "encoder/intermediate": dense,
        "encoder/output_projection": dense,
        "decoder/self_attention": attention,
        "decoder/cross_attention": attention,
        "decoder/intermediate": dense,
        "decoder/output_projection": dense,
    }
    assert table.parameters == model.count_params() and not table.notes


@pytest.mark.backend
@pytest.mark.skipif(keras.backend.backend() == "torch", reason="on PyTorch one example of zeros goes through")
def test_nothing_is_computed(monkeypatch):
    """Shapes are enough: a large model takes no longer than a small one."""

    def refuse(*_):
        raise AssertionError("numbers went through the model")

    monkeypatch.setattr("kseq.inspection.describing_calls.something", refuse)
    inputs = keras.Input((None,), dtype="int32")
    x = L.Bidirectional(L.LSTM(4, return_sequences=True))(L.Embedding(9, 8, mask_zero=True)(inputs))
    x = kseq.TransformerDecoder(2, 16)(kseq.TransformerEncoder(2, 16)(x))
    assert describe(keras.Model(inputs, kseq.GRU(3)(x)), length=1000).length == 1000


@pytest.mark.backend
def test_any_length():
    model = keras.Sequential([keras.Input((None,), dtype="int32"), L.Embedding(9, 4), kseq.Bidirectional(L.GRU(3))])
    table = describe(model, length=10)
    assert [row.name.split("/")[-1] for row in table.rows] == [model.layers[0].name, "forward", "backward"]
    assert table.flops == 2 * 6 * 10 * 3 * (4 + 3) and table.length == 10 and not table.notes
    assert describe(model).length == 128 and "128 steps were assumed" in describe(model).notes[0]


@pytest.mark.backend
def test_a_gpt_costs_what_its_description_says():
    """The same numbers from the model and from an `Architecture` (L1): 24·d² + 4·T·d a token and layer, 2·d·V."""
    from kseq.scale import parameters

    sizes = {"num_layers": 2, "num_heads": 4, "embedding_dim": 32, "context_length": 16}
    model = kseq.build_gpt_model(65, **sizes, position="learned")
    table = describe(model)
    assert table.length == 16 and table.parameters == model.count_params() == parameters(table)
    assert table.flops == 16 * (2 * (24 * 32**2 + 4 * 16 * 32) + 2 * 32 * 65)
    assert [row.parameters for row in table.rows if row.kind == "TiedEmbedding"] == [65 * 32, 0]


@pytest.mark.parametrize(
    "build",
    [models.stacked, models.nested, models.encoder_decoder, models.shared, models.bidirectional("concat")],
    ids=["stacked", "nested", "encoder_decoder", "shared", "bidirectional"],
)
def test_parameters_are_exact_wherever_layers_stand(build):
    model = build()
    table = describe(model)
    assert table.parameters == model.count_params()
    before = [layer.call for layer in model.layers]
    assert describe(model) == table and before == [layer.call for layer in model.layers]


def test_a_shared_layer_has_two_rows_and_its_weights_once():
    first, second = describe(models.shared()).rows
    assert (first.name, second.name) == ("shared", "shared#2")
    assert second.parameters == 0 and first.flops == second.flops > 0


def test_a_subclassed_model_says_that_its_code_is_its_own():
    model = models.Subclassed()
    model(np.zeros((2, STEPS, FEATURES), "float32"))
    table = describe(model)
    assert [row.kind for row in table.rows] == ["LSTM", "GRU", "Dense"]
    assert table.parameters == model.count_params()
    assert table.notes == ("The model has code of its own (Subclassed): only the layers inside it are counted.",)


class Mine(L.Layer):
    """Multiplies in a way that nobody knows."""

    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 6), name="matrix")

    def call(self, x):
        return keras.ops.matmul(x, self.matrix)


def test_what_is_not_known_is_said():
    table = of(Mine(name="mine"))
    assert only(table).parameters == FEATURES * 6 and table.flops == 0
    assert table.notes == ("The layer 'mine' (Mine) has code of its own: no FLOPs are counted.",)
    inputs = keras.Input((STEPS, FEATURES))
    loose = describe(keras.Model(inputs, keras.ops.matmul(inputs, L.Permute((2, 1))(inputs))))
    assert "Products that are no layers are not counted: matmul" in loose.notes[0]


class TwoCells(L.Layer):
    """A cell whose equations are not known."""

    units = state_size = output_size = 2

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 2), name="w")

    def call(self, x, states):
        y = keras.ops.matmul(x, self.w) + states[0]
        return y, [y]


def test_a_cell_of_your_own():
    table = of(L.RNN(TwoCells(), name="rnn"))
    assert table.parameters == 2 * FEATURES
    assert table.notes == ("The FLOPs of 'rnn' (RNN) are not known, and not in the sums.",)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="strings inside a model are TensorFlow's")
def test_a_model_that_reads_texts():
    words = L.TextVectorization(vocabulary=["good", "food"])
    table = describe(keras.Sequential([keras.Input((), dtype="string"), words, L.Embedding(4, 3), L.GRU(2)]), length=9)
    assert table.flops == 6 * 9 * 2 * (3 + 2) and table.length == 9


def test_a_model_at_each_step():
    inner = keras.Sequential([keras.Input((FEATURES,)), L.Dense(4), L.Dense(2)])
    row = only(of(L.TimeDistributed(inner)))
    assert row.flops == STEPS * 2 * (FEATURES * 4 + 4 * 2) and row.parameters == inner.count_params()


class TwoInputs(keras.Model):
    """Keras does not write down what the second one looks like."""

    def __init__(self):
        super().__init__()
        self.dense = L.Dense(2)

    def call(self, x, y):
        return self.dense(x) + y


def test_several_arguments_are_not_known():
    model = TwoInputs()
    model(np.zeros((2, 3)), np.zeros((2, 2)))
    with pytest.raises(InspectionError, match=r"its `call` has several arguments \(x, y\)"):
        describe(model)


def test_frozen_weights():
    model = keras.Sequential([keras.Input((4,)), L.Dense(3), L.BatchNormalization()])
    model.layers[0].trainable = False
    table = describe(model)
    assert table.parameters == 15 + 12 and table.trainable == 6


def test_what_is_refused():
    with pytest.raises(InspectionError, match=r"^`model` must be a built Keras model\. Received: str$"):
        describe("gpt2")
    with pytest.raises(InspectionError, match="has no weights yet"):
        describe(keras.Sequential([L.Dense(3)]))
    model = keras.Sequential([keras.Input((5, 3)), L.LSTM(2)])
    for wrong in (0, -3, 1.5, True):
        with pytest.raises(InspectionError, match=r"^`batch_size` must be a positive integer\. Received: batch_size="):
            describe(model, batch_size=wrong)
    with pytest.raises(InspectionError, match=r"^`length` must be left out: .* reads exactly 5 steps\. Received: .*7$"):
        describe(model, length=7)
    assert describe(model, length=5).length == 5
    fixed = kseq.build_gpt_model(65, num_layers=1, num_heads=2, embedding_dim=8, context_length=4, position="learned")
    with pytest.raises(InspectionError, match="does not run on"):
        describe(fixed, length=9)


@pytest.mark.backend
@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "jax", reason="the compiler that is asked is JAX's")
@pytest.mark.parametrize("name", ["dense", "encoder"])
def test_predicted_beside_the_compiler(name):
    """Parameters exact, the program's matrix products exact, XLA's count of all operations a little above."""
    path = Path(__file__).parents[2] / "benchmarks" / "scale.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_scale", path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    found = benchmark.measure(name, scale=2)
    assert found.parameters == found.counted_parameters
    assert found.flops == found.program_flops
    assert abs(found.flops_deviation) < 0.05
    assert abs(found.memory_deviation) < 0.2  # 0.15 is asked of the benchmark's larger models
