"""The remedies of row R10 and the residual link of row G5, as switches of `build_sentiment_model`."""

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, load_model, to_keras

IDS = np.array([[2, 3, 4, 0, 0, 0], [4, 3, 2, 2, 3, 5], [5, 0, 0, 0, 0, 0]], "int32")
LABELS = np.array([0, 1, 1])


def stacked(architecture="gru", residual=True, num_layers=3, **options):
    return build_sentiment_model(
        10, architecture=architecture, residual=residual, num_layers=num_layers, units=6, seed=0, **options
    )


@pytest.mark.backend
@pytest.mark.parametrize(("architecture", "bidirectional"), [("simple_rnn", False), ("lstm", False), ("gru", True)])
def test_a_shortcut_adds_what_is_below(architecture, bidirectional):
    """The same weights give, layer by layer, the output and the input of that layer together."""
    model = stacked(architecture, bidirectional=bidirectional)
    prefix = "bidirectional" if bidirectional else architecture
    mask = IDS != 0
    x = model.get_layer("embedding")(IDS)
    for number in (1, 2, 3):
        y = model.get_layer(f"{prefix}_{number}")(x, mask=mask)
        x = y if number == 1 else y + x
    x = keras.ops.convert_to_numpy(x) * mask[..., None]
    mean = x.sum(axis=1) / mask.sum(axis=1, keepdims=True)
    expected = model.get_layer("probability")(mean)
    np.testing.assert_allclose(model.predict_on_batch(IDS), keras.ops.convert_to_numpy(expected), atol=1e-6)
    plain = stacked(architecture, residual=False, bidirectional=bidirectional)
    assert model.count_params() == plain.count_params()
    assert np.abs(model.predict_on_batch(IDS) - plain.predict_on_batch(IDS)).max() > 1e-5


@pytest.mark.backend
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_changes_nothing_with_shortcuts(bidirectional):
    model = stacked("lstm", bidirectional=bidirectional)
    longer = np.pad(IDS, [(0, 0), (0, 9)])
    np.testing.assert_allclose(model.predict_on_batch(IDS), model.predict_on_batch(longer), atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_saved_loaded_and_turned_into_keras(tmp_path, bidirectional):
    model = stacked("lstm", bidirectional=bidirectional)
    model.fit(IDS, LABELS, verbose=0)
    model.save(tmp_path / "model.keras")
    for same in (load_model(tmp_path / "model.keras"), to_keras(model), keras.models.clone_model(model)):
        same.set_weights(model.get_weights())
        np.testing.assert_allclose(same.predict_on_batch(IDS), model.predict_on_batch(IDS), atol=1e-5)
        assert [layer.name for layer in same.layers if isinstance(layer, keras.layers.Add)] == [
            "residual_2",
            "residual_3",
        ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_layers": 1}, "num_layers=1"),
        ({"architecture": "dense"}, "architecture='dense'"),
        ({"residual": "yes"}, "`residual` must be True or False. Received: residual='yes'"),
    ],
)
def test_a_shortcut_around_nothing_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        stacked(**options)


def recurrent_kernel(model):
    return model.get_layer("simple_rnn_1").get_weights()[1]


@pytest.mark.backend
@pytest.mark.parametrize("units", [4, 9])
def test_identity_and_relu(units):
    """The IRNN: units need not be as many as entries of a word vector."""
    model = build_sentiment_model(
        10,
        architecture="simple_rnn",
        activation="relu",
        recurrent_initializer="identity",
        embedding_dim=6,
        units=units,
        num_layers=2,
        residual=True,
        seed=0,
    )
    np.testing.assert_array_equal(recurrent_kernel(model), np.eye(units))
    layer = model.get_layer("simple_rnn_1")
    x = model.get_layer("embedding")(IDS)
    outputs = keras.ops.convert_to_numpy(
        layer(x)
    )  # with identity and zero biases, a sum of what goes in and stays positive
    first = keras.ops.convert_to_numpy(x)[:, 0] @ layer.get_weights()[0]
    np.testing.assert_allclose(outputs[:, 0], np.maximum(first, 0), atol=1e-6)
    loss = model.fit(IDS, LABELS, epochs=2, verbose=0).history["loss"]
    assert np.all(np.isfinite(loss))
    assert np.abs(recurrent_kernel(model) - np.eye(units)).max() > 0


def test_orthogonal_and_glorot():
    orthogonal = recurrent_kernel(stacked("simple_rnn"))
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(6), atol=1e-5)
    glorot = recurrent_kernel(stacked("simple_rnn", recurrent_initializer="glorot_uniform"))
    assert np.abs(glorot @ glorot.T - np.eye(6)).max() > 0.1
    assert np.abs(glorot).max() <= np.sqrt(6 / 12)


@pytest.mark.parametrize("clipnorm", [None, 1e-6])
def test_clipping(clipnorm):
    """What SGD would take as its step is cut to the given length; Adam hides it, so its moments are looked at."""
    model = stacked("simple_rnn", clipnorm=clipnorm)
    model.fit(IDS, LABELS, verbose=0)
    first_moments = [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables if "momentum" in v.path]
    assert first_moments
    longest = max(np.linalg.norm(m) for m in first_moments)
    # after one step a first moment is a tenth of the gradient
    assert longest > 1e-3 if clipnorm is None else longest == pytest.approx(1e-7, rel=0.01)
