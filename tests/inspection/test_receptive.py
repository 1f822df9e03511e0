"""How much each position of the input moves the output: against central differences and replacing by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kseq
from kseq.inspection import receptive_profile

backend = pytest.mark.backend
CHANGE = 1e-2


@pytest.fixture(scope="module")
def series():
    """Two series, the second one shorter, and a model that masks."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, 2))
    h = layers.LSTM(4, return_sequences=True)(layers.Masking()(inputs))
    model = keras.Model(inputs, layers.Dense(2)(layers.GRU(3)(h)), name="series")
    x = np.random.default_rng(0).normal(size=(2, 4, 2)).astype("float32")
    x[1, 3] = 0
    return model, x


def differences(model, x):
    """∂output/∂x by central differences: `(outputs, batch, positions, features)`."""
    found = np.zeros((model.output_shape[-1], *x.shape))
    for t, d in np.ndindex(x.shape[1:]):
        more, less = x.copy(), x.copy()
        more[:, t, d] += CHANGE
        less[:, t, d] -= CHANGE
        change = model.predict_on_batch(more) - model.predict_on_batch(less)
        found[:, :, t, d] = change.T / (2 * CHANGE)
    found[:, 1, 3] = 0  # masked
    return found


@backend
def test_gradient_of_a_series(series):
    model, x = series
    expected = differences(model, x)
    profile = receptive_profile(model, x)
    np.testing.assert_allclose(profile.values, np.sqrt(np.square(expected).sum(axis=(0, 3))), atol=1e-3)
    one = receptive_profile(model, x, output=1)
    np.testing.assert_allclose(one.values, np.linalg.norm(expected[1], axis=-1), atol=1e-3)
    assert profile.values[1, 3] == one.values[1, 3] == 0
    assert profile.values.shape == (2, 4) and profile.outputs.shape == (2, 2)
    np.testing.assert_allclose(profile.outputs, model.predict_on_batch(x), atol=1e-6)


@backend
def test_occlusion_of_a_series(series):
    model, x = series
    before = model.predict_on_batch(x)
    for replacement, value in ((None, 0.0), (0.5, 0.5), ([1.0, -1.0], [1.0, -1.0])):
        profile = receptive_profile(model, x, method="occlusion", replacement=replacement)
        for t in range(4):
            changed = x.copy()
            changed[:, t] = value
            expected = np.linalg.norm(model.predict_on_batch(changed) - before, axis=-1)
            expected = np.where([False, t == 3], 0, expected)  # masked positions stay
            np.testing.assert_allclose(profile.values[:, t], expected, atol=1e-6)


@pytest.fixture(scope="module")
def over_ids():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None,), dtype="int32")
    h = layers.Embedding(9, 3, mask_zero=True, name="words")(inputs)
    h = layers.Bidirectional(layers.GRU(4))(h)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(h))


@backend
def test_gradient_of_ids(over_ids, ids):
    """The same as for the vectors put in directly, and 0 at padding."""
    model, (embedding, recurrent, dense) = over_ids, over_ids.layers[1:]
    profile = receptive_profile(model, ids)
    vectors = keras.Input((None, 3))
    above = keras.Model(vectors, dense(recurrent(vectors)))
    for row, words in enumerate(ids):
        real = words[words != 0]
        x = ops.convert_to_numpy(embedding(real[None]))
        np.testing.assert_allclose(profile.values[row, : len(real)], receptive_profile(above, x).values[0], rtol=1e-4)
    assert not profile.values[ids == 0].any() and profile.values[ids != 0].all()


@backend
def test_occlusion_of_ids(over_ids, ids, words):
    before = over_ids.predict_on_batch(ids)
    profile = receptive_profile(over_ids, ids, method="occlusion", replacement=1, vocabulary=words)
    for t in range(ids.shape[1]):
        changed = ids.copy()
        changed[:, t] = np.where(ids[:, t] == 0, 0, 1)
        expected = np.linalg.norm(over_ids.predict_on_batch(changed) - before, axis=-1)
        np.testing.assert_allclose(profile.values[:, t], expected, atol=1e-6)
    assert profile.tokens[1] == ["the", "film", "was", "not", "good", "all"]
    table = profile.table()
    assert table[table.token == "not"].value.tolist() == [profile.values[1, 3]]
    assert list(table.columns) == ["example", "position", "token", "value"] and len(table) == 12
    # without a replacement the word's vector becomes 0, and no other position moves
    empty = receptive_profile(over_ids, ids, method="occlusion")
    matrix = over_ids.get_layer("words").get_weights()[0]
    over_ids.get_layer("words").set_weights([np.where(np.arange(9)[:, None] == 5, 0, matrix)])  # "not"
    expected = np.linalg.norm(over_ids.predict_on_batch(ids)[1] - before[1])
    over_ids.get_layer("words").set_weights([matrix])
    assert empty.values[1, 3] == pytest.approx(expected, abs=1e-6)


def test_many_positions_run_in_groups(over_ids, ids, monkeypatch):
    whole = receptive_profile(over_ids, ids, method="occlusion").values
    monkeypatch.setattr("kseq.inspection.receptive.MAX_ROWS", 4)
    np.testing.assert_allclose(receptive_profile(over_ids, ids, method="occlusion").values, whole, atol=1e-6)


@backend
@pytest.mark.parametrize("architecture", ["dense", "lstm"])
def test_raw_texts(architecture):
    """Also without any recurrence; the unknown word takes the place of each word."""
    vectorizer = kseq.WordVectorizer(["good", "not", "at", "all"], labels=("bad", "fine"))
    model = kseq.build_sentiment_model(vectorizer, architecture=architecture, units=4, embedding_dim=3, seed=0)
    texts = ["good", "not good at all"]
    profile = receptive_profile(model, texts, method="occlusion")
    before = model.probabilities(texts)[1, 1]
    expected = abs(model.probabilities(["xyz good at all"])[0, 1] - before)
    assert profile.values[1, 0] == pytest.approx(expected, abs=1e-6)
    assert profile.tokens[0] == ["good", "", "", ""]
    assert not profile.values[0, 1:].any()
    assert not receptive_profile(model, texts).values[0, 1:].any()


@backend
def test_a_stateful_model_is_as_before():
    inputs = keras.Input(batch_shape=(2, 4, 2))
    layer = layers.LSTM(3, stateful=True)
    model = keras.Model(inputs, layers.Dense(1)(layer(inputs)))
    x = np.random.default_rng(0).normal(size=(2, 4, 2)).astype("float32")
    model(x)
    before = [ops.convert_to_numpy(s).copy() for s in layer.states]
    profiles = [receptive_profile(model, x, method=m).values for m in ("gradient", "occlusion", "occlusion")]
    np.testing.assert_array_equal(profiles[1], profiles[2])
    assert (profiles[0] > 0).all() and before[0].any()
    for state, value in zip(layer.states, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(state), value)


def test_an_output_per_step(over_ids):
    """A causal model: the output at step t does not see what comes after; a plain number per position will do."""
    inputs = keras.Input((6,))
    h = layers.SimpleRNN(4, return_sequences=True)(layers.Reshape((6, 1))(inputs))
    model = keras.Model(inputs, layers.Dense(20)(h))
    x = np.random.default_rng(0).normal(size=(2, 6)).astype("float32")
    values = receptive_profile(model, x, output=(2, 0)).values
    assert values[:, :3].all() and not values[:, 3:].any()
    with pytest.raises(ValueError, match="120 numbers per example, more than 64"):
        receptive_profile(model, x)
    assert receptive_profile(model, x, method="occlusion").values.all()


def test_two_embeddings():
    """One of words and one of positions is clear; two of words need a name."""
    inputs = keras.Input((4,), dtype="int32")
    vectors = layers.Embedding(9, 3, name="words")(inputs) + layers.Embedding(4, 3, name="places")(ops.arange(4))
    clear = keras.Model(inputs, layers.Dense(1)(layers.GRU(2)(vectors)))
    ids = np.array([[1, 2, 3, 0]])
    assert receptive_profile(clear, ids).values.all()  # no mask: padding counts, too
    vectors = layers.Embedding(9, 3, name="a")(inputs) * layers.Embedding(9, 3, name="b")(inputs)
    unclear = keras.Model(inputs, layers.Dense(1)(layers.GRU(2)(vectors)))
    with pytest.raises(ValueError, match="`layer` must name one of the embeddings 'a', 'b'"):
        receptive_profile(unclear, ids)
    assert not np.allclose(*(receptive_profile(unclear, ids, layer=name).values for name in "ab"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"method": "gradients"}, "`method` must be 'gradient' or 'occlusion'. Received: method='gradients'"),
        ({"replacement": 0}, "`replacement` needs method='occlusion'"),
        ({"replacement": [1.0] * 3, "method": "occlusion"}, "`replacement` must be a number or a vector of 2"),
        ({"output": 2}, r"`output` must be an index into the shape \(2,\)"),
        ({"layer": "embedding"}, "Received: layer='embedding'"),
        ({"x": np.zeros((2, 4, 3))}, "cannot be run on `x`"),
        ({"x": np.full((2, 4, 2), np.nan)}, "`x` must be finite. Received: nan in example 0, step 0"),
        ({"x": [np.zeros((2, 4, 2)), np.zeros((2, 4, 2))]}, "takes one array. Received: 2 arrays"),
        ({"model": "series"}, "`model` must be a built Keras model"),
    ],
)
def test_mistakes(series, arguments, message):
    model, x = series
    with pytest.raises(ValueError, match=message):
        receptive_profile(**{"model": model, "x": x} | arguments)


def test_mistakes_with_ids(over_ids, ids):
    with pytest.raises(ValueError, match=r"`replacement` must be an id from 0 to 8. Received: 9"):
        receptive_profile(over_ids, ids, method="occlusion", replacement=9)
    inputs = keras.Input((4, 2), dtype="int32")
    model = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(ops.cast(inputs, "float32"))))
    with pytest.raises(ValueError, match="no embedding that reads it"):
        receptive_profile(model, np.zeros((2, 4, 2), "int32"))
    pair = [keras.Input((4, 2)), keras.Input((4, 2))]
    model = keras.Model(pair, layers.Dense(1)(layers.GRU(2)(layers.Add()(pair))))
    with pytest.raises(ValueError, match="`x` must be one array"):
        receptive_profile(model, [np.zeros((2, 4, 2)), np.zeros((2, 4, 2))])
