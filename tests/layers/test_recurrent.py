"""What students do with the recurrent layers: build, stack, mask, train, save, swap weights."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kseq
from kseq import layers
from tests.layers import reference
from tests.layers.evaluation import assert_close
from tests.layers.harness import run_layer_test

pytestmark = pytest.mark.backend

CELLS = ("SimpleRNN", "LSTM", "GRU")
RNG = np.random.default_rng(1)
X = RNG.normal(size=(3, 6, 4)).astype("float32")
MASK = np.arange(6)[None] < np.array([6, 2, 4])[:, None]


@pytest.mark.parametrize("cell", CELLS)
def test_layer(cell):
    def make(**options):
        return getattr(layers, cell)(5, seed=1, **options)

    run_layer_test(make, X, (3, 5), MASK)
    run_layer_test(lambda **o: make(return_sequences=True, go_backwards=True, **o), X, (3, 6, 5), MASK)


def test_bidirectional_layer():
    def make(**options):
        # the wrapper casts the output, the wrapped layers compute
        return layers.Bidirectional(layers.GRU(5, return_sequences=True, **options), **options)

    run_layer_test(make, X, (3, 6, 10), MASK)


@pytest.mark.parametrize("name", [*CELLS, "Bidirectional"])
def test_is_a_keras_layer(name):
    mine, theirs = getattr(layers, name), getattr(keras.layers, name)
    assert issubclass(mine, theirs)
    assert mine.__doc__ != theirs.__doc__
    make = (lambda module, **o: module.Bidirectional(module.LSTM(2, **o))) if name == "Bidirectional" else None
    make = make or (lambda module, **o: getattr(module, name)(2, **o))
    a, b = make(layers, return_sequences=True, name="x"), make(keras.layers, return_sequences=True, name="x")
    if name != "Bidirectional":  # its config names the wrapped class
        assert a.get_config() == b.get_config()
    assert a.compute_output_shape((3, 6, 4)) == b.compute_output_shape((3, 6, 4))


@settings(max_examples=6 if keras.backend.backend() == "jax" else 20, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    shape=st.tuples(*(st.integers(1, 4) for _ in range(4))),
    back=st.booleans(),
    masked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_shape(cell, shape, back, masked, seed):
    B, T, D, H = shape
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(B, T, D)).astype("float32")
    mask = rng.random((B, T)) < 0.6 if masked else None
    layer = getattr(layers, cell)(H, return_sequences=True, return_state=True, go_backwards=back)
    actual = [keras.ops.convert_to_numpy(y) for y in layer(x, mask=mask)]
    outputs, states = reference.run(cell, x, layer.get_weights(), mask, go_backwards=back)
    assert_close(actual, [outputs, *states], f"{cell} {shape} {back} {masked}")


@pytest.mark.parametrize("bidirectional", [False, True])
def test_stacked_layers_on_padded_texts_equal_unpadded_ones(bidirectional):
    ids = np.array([[3, 5, 2, 7, 0, 0], [4, 1, 0, 0, 0, 0], [6, 2, 3, 3, 5, 1]])

    def wrap(layer):
        return layers.Bidirectional(layer) if bidirectional else layer

    model = keras.Sequential(
        [
            layers.Embedding(9, 4, mask_zero=True),
            wrap(layers.LSTM(5, return_sequences=True)),
            wrap(layers.GRU(5, return_sequences=True)),
            wrap(layers.SimpleRNN(5)),
        ]
    )
    together = model.predict(ids, verbose=0)
    for row, expected in zip(ids, together, strict=True):
        alone = model.predict(row[None, row > 0], verbose=0)
        np.testing.assert_allclose(alone[0], expected, atol=1e-6)


@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
def test_masks_go_on_with_the_sequence(sequences, state):
    layer = layers.LSTM(2, return_sequences=sequences, return_state=state)
    mask = layer.compute_mask(X, MASK)
    masks = mask if state else [mask]
    assert masks[0] is (MASK if sequences else None)
    assert list(masks[1:]) == ([None, None] if state else [])

    both = layers.Bidirectional(layer)
    mask = both.compute_mask(X, MASK)
    masks = mask if state else [mask]
    assert masks[0] is (MASK if sequences else None)
    assert list(masks[1:]) == ([None] * 4 if state else [])
    apart = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode=None)
    assert list(apart.compute_mask(X, MASK)) == [MASK, MASK] or all(m is MASK for m in apart.compute_mask(X, MASK))
    assert layers.GRU(2, return_sequences=True).compute_mask(X, None) is None


@pytest.mark.parametrize("cell", CELLS)
def test_training_takes_the_same_path_as_keras(cell):
    """Three epochs of `fit` on texts of two lengths, a short last batch included, end at the same weights."""
    keras.utils.set_random_seed(0)
    ids = RNG.integers(1, 9, size=(10, 6))
    ids[:5, 4:] = 0
    labels = (ids[:, 0] > 4).astype("float32")
    models = []
    for module in (layers, keras.layers):
        parts = [
            keras.layers.Embedding(9, 4, mask_zero=True),
            module.Bidirectional(getattr(module, cell)(5, return_sequences=True)),
            getattr(module, cell)(5),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
        model = keras.Sequential(parts)
        model.build((None, None))
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
        models.append(model)
    mine, theirs = models
    mine.set_weights(theirs.get_weights())
    for model in models:
        model.fit(ids, labels, batch_size=4, epochs=3, shuffle=False, verbose=0)
    # errors of rounding grow a little from step to step
    assert_close(mine.get_weights(), theirs.get_weights(), "weights", tolerance=1e-4)


@pytest.mark.slow
def test_save_and_reload_in_a_new_process(tmp_path, new_process):
    inputs = keras.Input((None, 4))
    h = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(inputs)
    h = layers.GRU(3, return_sequences=True)(h)
    model = keras.Model(inputs, layers.SimpleRNN(2)(h))
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", X)
    new_process(
        "import sys, numpy as np, keras, kseq.layers\n"
        "folder = sys.argv[1]\n"
        "model = keras.saving.load_model(folder + '/model.keras')\n"
        "assert type(model.layers[-1]) is kseq.layers.SimpleRNN\n"
        "np.save(folder + '/y.npy', model.predict(np.load(folder + '/x.npy'), verbose=0))\n",
        tmp_path,
    )
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(X, verbose=0), atol=1e-6)


def test_the_course_snippets_run_as_printed():
    """Row R12. The second one gives one output per step."""
    from kseq import LSTM, Bidirectional, Dense, SimpleRNN

    model = keras.Sequential()
    model.add(SimpleRNN(5))
    model.add(Dense(3, activation="softmax"))
    y = model.predict(X, verbose=0)
    assert y.shape == (3, 3)
    np.testing.assert_allclose(y.sum(axis=1), 1, atol=1e-5)

    model = keras.Sequential()
    model.add(Bidirectional(LSTM(64, return_sequences=True)))
    model.add(Bidirectional(LSTM(64, return_sequences=True)))
    model.add(Dense(64, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    y = model.predict(X, verbose=0)
    assert y.shape == (3, 6, 1)
    assert np.all((y > 0) & (y < 1))


def test_dense_and_embedding_are_keras_own():
    assert kseq.Dense is keras.layers.Dense
    assert kseq.Embedding is keras.layers.Embedding
