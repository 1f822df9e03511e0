"""`TransformerEncoder` and `TransformerDecoder`: who sees what, masks, positions, saving, step by step."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from kseq.layers import PositionalEncoding, TransformerDecoder, TransformerEncoder
from tests.layers.attending import BLOCKS, MASK, SOURCE, SOURCE_MASK, X, numbers, randomised
from tests.layers.harness import run_layer_test

pytestmark = pytest.mark.backend


def built(name, encoder=False, **options):
    """A block with random weights, smaller for deep sums."""
    block = BLOCKS[name](**options)
    block.build(X.shape, *([SOURCE.shape] if encoder else []))
    return randomised(block, size=0.3)


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_layer(name):
    # without biases: that of the keys changes nothing, for it adds the same to all scores of a query
    run_layer_test(lambda **k: BLOCKS[name](seed=1, use_bias=False, **k), X, X.shape, MASK)


@pytest.mark.parametrize("name", ["decoder", "decoder_norm_first"])
@pytest.mark.parametrize("encoder", [False, True])
def test_a_later_step_changes_nothing_earlier(name, encoder):
    block = built(name, encoder)
    options = {"encoder_sequence": SOURCE} if encoder else {}
    before = numbers(block(X, **options))
    changed = X.copy()
    changed[:, 4] *= -2
    after = numbers(block(changed, **options))
    np.testing.assert_allclose(after[:, :4], before[:, :4], atol=1e-6)
    assert np.all(np.abs(after[:, 4:] - before[:, 4:]).max(-1) > 1e-4)
    _, scores, *_ = block(X, return_attention_scores=True, **options)
    assert np.all(np.triu(numbers(scores), 1) == 0)


def test_the_encoder_sees_everything():
    block = built("encoder")
    changed = X.copy()
    changed[:, 4] *= -2
    assert np.all(np.abs(numbers(block(changed)) - numbers(block(X))).max(-1) > 1e-4)


@settings(max_examples=6 if keras.backend.backend() == "jax" else 12, deadline=None)
@given(
    name=st.sampled_from(sorted(BLOCKS)),
    padding=st.integers(1, 5),
    source_padding=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_padding_changes_nothing(name, padding, source_padding, seed):
    rng = np.random.default_rng(seed)
    encoder = name.startswith("decoder")
    block = built(name, encoder)
    longer = np.concatenate([X, rng.normal(size=(3, padding, 8), scale=9)], axis=1)
    options, more = {"mask": MASK}, {"mask": np.pad(MASK, ((0, 0), (0, padding)))}
    if encoder:
        options |= {"encoder_sequence": SOURCE, "encoder_sequence_mask": SOURCE_MASK}
        source = np.concatenate([SOURCE, rng.normal(size=(3, source_padding, 6), scale=9)], axis=1)
        mask = np.pad(SOURCE_MASK, ((0, 0), (0, source_padding)))
        more |= {"encoder_sequence": source, "encoder_sequence_mask": mask}
    expected, actual = numbers(block(X, **options)), numbers(block(longer, **more))[:, :7]
    np.testing.assert_allclose(actual[MASK], expected[MASK], atol=1e-5)
    if encoder:  # a causal block needs no mask for what is padded at the end
        del options["mask"]
        np.testing.assert_allclose(numbers(block(X, **options))[MASK], expected[MASK], atol=1e-5)


def test_without_positions_the_order_is_invisible():
    order = np.random.default_rng(0).permutation(7)
    block, encoding = built("encoder"), PositionalEncoding()
    plain, shuffled = numbers(block(X)), numbers(block(X[:, order]))
    np.testing.assert_allclose(shuffled, plain[:, order], atol=1e-5)
    placed, shuffled = numbers(block(encoding(X))), numbers(block(encoding(X[:, order])))
    assert np.abs(shuffled - placed[:, order]).max() > 1e-2
    turning = built("encoder_norm_first")  # rotary
    assert np.abs(numbers(turning(X[:, order])) - numbers(turning(X))[:, order]).max() > 1e-2


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", ["decoder", "decoder_norm_first"])
@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("pieces", [(7,), (1,) * 7, (3, 1, 1, 2)])
def test_steps_equal_the_full_pass(name, encoder, dtype, pieces):
    block = built(name, encoder, dtype=dtype)
    options = {"encoder_sequence": SOURCE, "encoder_sequence_mask": SOURCE_MASK} if encoder else {}
    expected = numbers(block(X, **options))
    given_once = {"encoder_sequence": SOURCE, "encoder_mask": SOURCE_MASK} if encoder else {}
    state, position, outputs = block.empty_state(3, 8, **given_once), 0, []
    assert all(s.shape[0] == 3 for s in keras.tree.flatten(state))
    for n in pieces:
        x = ops.convert_to_tensor(X[:, position : position + n])
        y, state = block.step(x, state, ops.convert_to_tensor(position, dtype="int32") if n == 1 else position)
        outputs.append(numbers(y))
        position += n
    tolerance = 1e-5 if dtype == "float32" else 0.1
    np.testing.assert_allclose(np.concatenate(outputs, axis=1), expected, atol=tolerance)


def test_an_encoder_cannot_step():
    with pytest.raises(NotImplementedError, match="'reader' looks at later steps, too"):
        TransformerEncoder(2, 12, name="reader").empty_state(1, 5)


@pytest.mark.parametrize("encoder", [False, True])
def test_scores_of_all_attentions(encoder):
    block = built("decoder", encoder)
    options = {"encoder_sequence": SOURCE, "encoder_sequence_mask": SOURCE_MASK} if encoder else {}
    output, *scores = block(X, **options, return_attention_scores=True)
    assert [tuple(s.shape) for s in scores] == [(3, 2, 7, 7), (3, 2, 7, 5)][: 1 + encoder]
    for s in scores:
        np.testing.assert_allclose(numbers(s).sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(numbers(output), numbers(block(X, **options)), atol=1e-5)
    inputs, source = keras.Input((None, 8)), keras.Input((5, 6))
    symbolic = block(inputs, **({"encoder_sequence": source} if encoder else {}), return_attention_scores=True)
    assert [s.shape[1:] for s in symbolic] == [(None, 8), (2, None, None), (2, None, 5)][: 2 + encoder]


def test_an_encoder_and_a_decoder_saved_and_loaded(tmp_path):
    """Ids with padding through the whole Transformer; the file knows everything, and Keras carries the masks."""
    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    embedding = keras.layers.Embedding(20, 8, mask_zero=True)
    read = TransformerEncoder(2, 12, seed=1)(PositionalEncoding()(embedding(source)))
    written = embedding(target)
    for n in range(2):
        written = TransformerDecoder(2, 12, norm_first=True, rotary=True, seed=n)(written, read)
    model = keras.Model([source, target], keras.layers.GlobalAveragePooling1D()(written))
    rng = np.random.default_rng(0)
    ids = [rng.integers(1, 20, size=(3, n)) * (np.arange(n)[None] < [[n], [2], [3]]) for n in (6, 5)]
    expected = model.predict(ids, verbose=0)
    longer = [np.pad(i, ((0, 0), (0, 4))) for i in ids]
    np.testing.assert_allclose(model.predict(longer, verbose=0), expected, atol=1e-5)
    model.save(tmp_path / "transformer.keras")
    loaded = keras.saving.load_model(tmp_path / "transformer.keras")
    np.testing.assert_allclose(loaded.predict(ids, verbose=0), expected, atol=1e-6)
    assert [layer.get_config() for layer in loaded.layers] == [layer.get_config() for layer in model.layers]


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_seed_and_dropout(name):
    first, again, other = (BLOCKS[name](dropout=0.4, seed=seed) for seed in (1, 1, 2))
    results = [numbers(block(X, training=True)) for block in (first, again, other)]
    np.testing.assert_array_equal(results[0], results[1])
    assert np.abs(results[0] - results[2]).max() > 1e-3
    calm = numbers(first(X))
    assert np.abs(results[0] - calm).max() > 1e-3
    revived = type(first).from_config(first.get_config())
    np.testing.assert_array_equal(numbers(revived(X)), calm)


def test_a_decoder_learns_to_copy_from_before():
    """The token two steps back: only attention with positions can tell."""
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 6, size=(256, 12))
    target = np.concatenate([ids[:, :2], ids[:, :-2]], axis=1)
    inputs = keras.Input((None,), dtype="int32")
    initializer = keras.initializers.RandomNormal(stddev=0.5, seed=1)
    x = keras.layers.Embedding(6, 16, embeddings_initializer=initializer)(inputs)
    x = TransformerDecoder(2, 32, norm_first=True, rotary=True, rotary_wavelength=50, seed=1)(x)
    dense = keras.layers.Dense(6, kernel_initializer=keras.initializers.GlorotUniform(seed=1))
    model = keras.Model(inputs, dense(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
    model.fit(ids, target, batch_size=64, epochs=15, shuffle=False, verbose=0)
    new = rng.integers(0, 6, size=(64, 12))
    accuracy = np.mean(model.predict(new, verbose=0).argmax(-1)[:, 2:] == new[:, :-2])
    assert accuracy > 0.9, accuracy  # guessing: 0.17


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TransformerEncoder(3, 12)(X), "Received: num_heads=3 for a sequence 8 wide"),
        (
            lambda: TransformerEncoder(2, 0),
            "`intermediate_dim` must be a positive integer. Received: intermediate_dim=0",
        ),
        (lambda: TransformerDecoder(2, 12, key_dim=-1), "`key_dim` must be a positive integer. Received: key_dim=-1"),
        (lambda: TransformerDecoder(2, 12, dropout=2), "Received: dropout=2"),
        (lambda: TransformerDecoder(4, 12, num_key_value_heads=3)(X), "num_heads=4, num_key_value_heads=3"),
        (lambda: built("decoder", True)(X), "was built with an `encoder_sequence`, .* Received: none"),
        (lambda: built("decoder")(X, encoder_sequence=X), "was built without an `encoder_sequence`, .* Received: one"),
        (lambda: built("decoder").empty_state(3, 7, encoder_sequence=X), "was built without an `encoder_sequence`"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
