"""`to_keras`: the same model for people without kseq."""

import keras
import numpy as np
import pytest

import kseq
from kseq import build_sentiment_model, to_keras

IDS = np.array([[2, 3, 4, 0, 0], [4, 3, 2, 2, 3]], "int32")


def modules(model):
    """The Python modules of all layers, the inner ones of a Bidirectional included."""
    found = {type(layer).__module__ for layer in model._flatten_layers()}
    return {module.split(".")[0] for module in found}


@pytest.mark.backend
@pytest.mark.parametrize(
    "arguments",
    [
        {"architecture": "dense"},
        {"architecture": "simple_rnn"},
        {"architecture": "lstm", "bidirectional": True, "num_layers": 2},
        {"architecture": "gru", "num_classes": 4},
    ],
)
def test_same_outputs_from_keras_layers_only(arguments):
    model = build_sentiment_model(10, units=6, seed=0, **arguments)
    plain = to_keras(model)
    assert "kseq" in modules(model)
    assert modules(plain) <= {"keras"}
    np.testing.assert_allclose(plain.predict_on_batch(IDS), model.predict_on_batch(IDS), atol=1e-5)
    labels = np.array([0, 1])
    assert plain.evaluate(IDS, labels, verbose=0) == pytest.approx(model.evaluate(IDS, labels, verbose=0), abs=1e-4)


def test_loads_where_kseq_is_not_installed(trained, tmp_path, new_process):
    to_keras(trained).save(tmp_path / "plain.keras")
    code = """
import sys
sys.modules["kseq"] = None  # an import of kseq fails from here on
import keras, numpy
model = keras.saving.load_model(sys.argv[1])
print(float(model.predict_on_batch(numpy.array([[2, 3, 4]]))[0, 0]))
"""
    probability = float(new_process(code, tmp_path / "plain.keras"))
    assert probability == pytest.approx(float(trained.predict_on_batch(np.array([[2, 3, 4]]))[0, 0]), abs=1e-5)


def test_a_nested_model_becomes_plain_too():
    inner = build_sentiment_model(10, units=4, seed=0)
    ids = keras.Input((None,), dtype="int32")
    outer = keras.Model(ids, keras.layers.Dense(2)(inner(ids)))
    plain = to_keras(outer)
    assert modules(plain) <= {"keras"}
    np.testing.assert_allclose(plain.predict_on_batch(IDS), outer.predict_on_batch(IDS), atol=1e-5)


def test_a_layer_without_a_keras_equal_is_named(monkeypatch):
    from kseq.tasks import plain_keras

    model = build_sentiment_model(10, units=4)
    monkeypatch.delitem(plain_keras.EQUALS, type(model.get_layer("lstm_1")))
    with pytest.raises(ValueError, match=r"'lstm_1' .LSTM. has no equal"):
        to_keras(model)


def test_a_sequential_model_stays_sequential():
    model = keras.Sequential([keras.layers.Embedding(10, 4, mask_zero=True), kseq.LSTM(3), kseq.Dense(1)])
    model.compile("adam", "mse")
    model.fit(IDS, np.zeros((2, 1)), verbose=0)
    plain = to_keras(model)
    assert isinstance(plain, keras.Sequential)
    assert modules(plain) <= {"keras"}
    np.testing.assert_allclose(plain.predict_on_batch(IDS), model.predict_on_batch(IDS), atol=1e-5)


@pytest.mark.backend
@pytest.mark.parametrize("options", [{}, {"value_dim": 3, "output_dim": 5, "use_bias": False}])
def test_attention_becomes_keras_attention(options):
    ids, places = keras.Input((None,), dtype="int32"), keras.Input((None, None), dtype="bool")
    x = keras.layers.Embedding(10, 8, mask_zero=True)(ids)
    attention = kseq.MultiHeadAttention(2, 4, seed=1, kernel_regularizer="l2", name="heads", **options)
    x, scores = attention(x, x, attention_mask=places, use_causal_mask=True, return_attention_scores=True)
    model = keras.Model([ids, places], [keras.layers.Dense(2)(x), scores])
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    plain = to_keras(model)
    assert modules(plain) <= {"keras"}
    assert plain.get_layer("heads").get_config()["kernel_regularizer"] is not None
    seen = np.broadcast_to(np.eye(5, dtype=bool) | (rng.random((5, 5)) < 0.7), (2, 5, 5))
    expected, actual = model.predict_on_batch([IDS, seen]), plain.predict_on_batch([IDS, seen])
    real = IDS != 0
    np.testing.assert_allclose(actual[0][real], expected[0][real], atol=1e-5)
    np.testing.assert_allclose(actual[1].swapaxes(1, 2)[real], expected[1].swapaxes(1, 2)[real], atol=1e-5)


@pytest.mark.parametrize("options", [{"num_key_value_heads": 1}, {"rotary": True}])
def test_attention_that_keras_does_not_have_is_named(options):
    inputs = keras.Input((3, 8))
    model = keras.Model(inputs, kseq.MultiHeadAttention(2, 4, name="heads", **options)(inputs, inputs))
    (name,) = options
    with pytest.raises(ValueError, match=f"'heads' .MultiHeadAttention. has {name}="):
        to_keras(model)
    block = keras.Model(inputs, kseq.TransformerEncoder(2, 4, name="block")(inputs))
    with pytest.raises(ValueError, match=r"'block' .TransformerEncoder. has no equal"):
        to_keras(block)


@pytest.mark.parametrize("wrong", ["x", keras.Sequential([keras.layers.Dense(1)])])
def test_what_is_no_built_model_is_refused(wrong):
    with pytest.raises(ValueError, match="built Keras model"):
        to_keras(wrong)
