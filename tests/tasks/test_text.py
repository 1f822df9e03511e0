"""`build_text_model`: learning, looking back only, padding, seeds, saving, arguments (R3, S4, L1)."""

import json
import warnings

import keras
import numpy as np
import pytest

from kseq import build_text_model, load_model, load_text
from kseq.data import CharacterVectorizer
from kseq.tasks import train
from kseq.tasks.text import ARCHITECTURES
from kseq.tasks.token_loss import NextTokenLoss

SMALL = {"embedding_dim": 16, "units": 24, "num_layers": 1, "num_heads": 2}
POEM = "the cat sat on the mat and the dog lay on the log . "
VARIANTS = [
    *((architecture, {}) for architecture in ARCHITECTURES),
    ("transformer", {"position": "sine"}),
    ("transformer", {"position": "learned", "norm_first": False}),
]


def small(vectorizer, architecture="lstm", **options):
    return build_text_model(vectorizer, architecture=architecture, **{**SMALL, "seed": 0, **options})


@pytest.fixture(scope="module")
def vectorizer():
    return CharacterVectorizer.fit([POEM])


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """A text whose next character depends on more than the one before."""
    path = tmp_path_factory.mktemp("text") / "pattern.txt"
    path.write_text("abac abad " * 400, encoding="utf-8")
    return load_text(path, context_length=20, batch_size=8)


@pytest.fixture(scope="module")
def trained(pattern):
    """A small Transformer that knows the pattern; tests must not train it further."""
    model = small(pattern.vectorizer, "transformer", context_length=40, learning_rate=0.01)
    model.fit(pattern.train, epochs=5, verbose=0)
    return model


@pytest.mark.backend
@pytest.mark.parametrize(("architecture", "options"), VARIANTS)
def test_learns_a_handful_by_heart_and_looks_back_only(vectorizer, architecture, options):
    model = small(vectorizer, architecture, learning_rate=0.02, **options)
    ids = np.array(vectorizer.ids(POEM))[None]
    before = model.predict_on_batch(ids)
    changed = ids.copy()
    changed[:, 30:] = ids[:, :-30][:, ::-1]
    assert before.dtype == np.float32
    assert before.shape == (1, len(POEM), vectorizer.vocabulary_size)
    after = model.predict_on_batch(changed)
    np.testing.assert_allclose(after[:, :30], before[:, :30], atol=1e-5)
    assert np.abs(after[:, 30:] - before[:, 30:]).max() > 1e-4
    batches = np.repeat(ids, 8, axis=0)
    model.fit(batches[:, :-1], batches[:, 1:], batch_size=2, epochs=20, verbose=0)
    loss = model.evaluate(ids[:, :-1], ids[:, 1:], verbose=0, return_dict=True)["loss"]
    assert loss < 0.6  # blind to all but the last character it would be above 1


@pytest.mark.backend
@pytest.mark.parametrize("architecture", ["gru", "transformer"])
def test_padding_changes_neither_logits_nor_loss(vectorizer, architecture):
    model = small(vectorizer, architecture)
    short, long = (vectorizer.encode([POEM[:20], POEM[:9]], length=length) for length in (20, 33))
    np.testing.assert_allclose(model.predict_on_batch(long)[0, :20], model.predict_on_batch(short)[0], atol=1e-5)
    losses = [
        model.evaluate(ids, np.pad(ids[:, 1:], ((0, 0), (0, 1))), verbose=0, return_dict=True) for ids in (short, long)
    ]
    assert losses[0]["loss"] == pytest.approx(losses[1]["loss"], rel=1e-4)
    assert losses[0]["perplexity"] == pytest.approx(np.exp(losses[0]["loss"]), rel=1e-4)


def test_the_loss_is_the_mean_over_the_tokens():
    logits = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    targets = np.array([[2, 3, 0], [4, 0, 0]])
    chosen = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    each = -np.take_along_axis(chosen, targets[..., None], -1)[..., 0] * (targets > 0)
    assert float(NextTokenLoss()(targets, logits)) == pytest.approx(each.sum() / 3, rel=1e-5)
    weights = np.array([[2.0, 1, 0], [0.5, 0, 0]])
    assert float(NextTokenLoss()(targets, logits, weights)) == pytest.approx((each * weights).mean(), rel=1e-5)
    rows = np.array([2.0, 0.5])
    assert float(NextTokenLoss()(targets, logits, rows)) == pytest.approx((each * rows[:, None]).mean(), rel=1e-5)
    assert float(NextTokenLoss()(targets * 0, logits)) == 0


def test_beats_counting_and_its_validation_loss_is_the_mean_over_all_tokens(trained, pattern):
    scores = trained.evaluate(pattern.validation, return_dict=True, verbose=0)
    assert scores["loss"] < 0.5 * pattern.baselines("validation")["loss"]["bigram"]
    ids = pattern.ids("validation")
    losses = []
    for start in range(0, len(ids) - 1, 20):  # windows of 20 characters, the last one moved back
        first = min(start, len(ids) - 21)
        logits = trained.predict_on_batch(ids[None, first : first + 20])[0]
        row = np.log(np.exp(logits).sum(-1)) - logits[np.arange(20), ids[first + 1 : first + 21]]
        losses.extend(row[start - first :])
    assert len(losses) == len(ids) - 1
    assert scores["loss"] == pytest.approx(np.mean(losses), rel=1e-3)


@pytest.mark.backend
@pytest.mark.parametrize("architecture", ["lstm", "transformer"])
def test_a_seed_fixes_weights_dropout_and_order(vectorizer, tmp_path, architecture):
    (tmp_path / "text.txt").write_text(POEM * 12, encoding="utf-8")

    def losses(seed):
        text = load_text(tmp_path / "text.txt", context_length=16, batch_size=4, seed=3)
        model = small(text.vectorizer, architecture, dropout=0.2, seed=seed)
        return model.fit(text.train, epochs=2, verbose=0).history["loss"]

    first, again, other = losses(5), losses(5), losses(6)
    assert first == again
    assert first != other


def test_works_in_a_new_process(trained, pattern, tmp_path, new_process):
    trained.save(tmp_path / "text.keras")
    code = """
import sys, json, kseq
model = kseq.load_model(sys.argv[1])
ids = model.vectorizer.encode(["abac abad"])
print(json.dumps([model.predict_on_batch(ids)[0, -1].tolist(), model.context_length,
                  model.generate("abac ab", 13, sampler="greedy"), float(model.optimizer.learning_rate)]))
"""
    logits, context_length, text, rate = json.loads(new_process(code, tmp_path / "text.keras"))
    expected = trained.predict_on_batch(pattern.vectorizer.encode(["abac abad"]))[0, -1]
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    assert context_length == 40
    assert text == "abac abad abac abad "
    assert rate == pytest.approx(0, abs=1e-6)  # it fell to 0 at the end of the training


def test_generate_needs_a_vectorizer():
    model = small(12, "transformer")
    assert model.predict_on_batch(np.ones((1, 3), "int32")).shape == (1, 3, 12)
    with pytest.raises(ValueError, match="no vectorizer"):
        model.generate("a")


def test_recurrent_models_have_no_context_length(vectorizer):
    assert small(vectorizer, "gru").context_length is None


@pytest.mark.backend
def test_the_learning_rate_falls_to_nothing_over_each_fit(vectorizer):
    model = small(vectorizer, "simple_rnn", learning_rate=0.01)
    ids = np.array(vectorizer.ids(POEM))[None].repeat(4, axis=0)
    for epochs in (5, 3):
        before = int(model.optimizer.iterations)
        model.fit(ids[:, :-1], ids[:, 1:], batch_size=1, epochs=epochs, verbose=0)
        rates = [float(model.optimizer._learning_rate(before + step)) for step in range(4 * epochs)]
        assert rates[0] == pytest.approx(0.01 if epochs == 3 else 0.005)  # the warm-up is a tenth of the batches
        assert max(rates) == pytest.approx(0.01)
        assert rates[-1] < 0.001
        assert float(model.optimizer.learning_rate) == pytest.approx(0, abs=1e-6)


def test_a_schedule_of_ones_own_is_used_as_it_is(vectorizer):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.9)
    assert small(vectorizer, learning_rate=schedule).optimizer._learning_rate is schedule


def test_train_keeps_the_epoch_with_the_lowest_loss(pattern):
    model = small(pattern.vectorizer, "simple_rnn", learning_rate=0.02)
    history = train(model, pattern, epochs=3, patience=1, verbose=0).history
    loss = model.evaluate(pattern.validation, return_dict=True, verbose=0)["loss"]
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-3)


def test_windows_longer_than_the_context_are_a_warning(pattern):
    short = small(pattern.vectorizer, "transformer", context_length=12)
    with pytest.warns(UserWarning, match=r"windows of 20 tokens.*context_length=12.*Build.*context_length=20, or load"):
        short.fit(pattern.train, epochs=1, steps_per_epoch=1, verbose=0)
    ids = np.array(pattern.vectorizer.ids("abac abad " * 2))[None]
    with pytest.warns(UserWarning, match=r"windows of 19 tokens"):
        short.fit(ids[:, :-1], ids[:, 1:], verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        short.fit(ids[:, :12], ids[:, 1:13], verbose=0)
        small(pattern.vectorizer, "gru").fit(ids[:, :-1], ids[:, 1:], verbose=0)


def test_half_precision_gives_float32_logits(vectorizer):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        models = [small(vectorizer, architecture) for architecture in ("lstm", "transformer")]
    finally:
        keras.config.set_dtype_policy("float32")
    ids = vectorizer.encode([POEM])
    for model in models:
        model.fit(ids[:, :-1], ids[:, 1:], verbose=0)
        assert model.predict_on_batch(ids).dtype == np.float32


def test_goes_on_training_after_loading(trained, pattern, tmp_path):
    trained.save(tmp_path / "text.keras")
    model = load_model(tmp_path / "text.keras")
    for loaded, saved in zip(model.optimizer.variables, trained.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(loaded), np.asarray(saved))
    history = model.fit(pattern.train, epochs=1, verbose=0).history
    assert int(model.optimizer.iterations) == int(trained.optimizer.iterations) + len(pattern.train)
    assert history["loss"][0] < 0.8  # from scratch it begins at log(7) = 1.95


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"architecture": "transfomer"}, "Did you mean 'transformer'.*architecture='transfomer'"),
        ({"position": "rotory"}, "Did you mean 'rotary'.*position='rotory'"),
        ({"units": 0}, "units=0"),
        ({"num_heads": -3}, "num_heads=-3"),
        ({"context_length": 2.5}, "context_length=2.5"),
        ({"dropout": 1}, "dropout=1"),
        ({"clipnorm": 0}, "clipnorm=0"),
        ({"learning_rate": -1}, "learning_rate=-1"),
        ({"learning_rate": "fast"}, "learning_rate='fast'"),
        ({"seed": "a"}, "seed='a'"),
        ({"architecture": "gpt"}, "architecture='transformer'; `build_gpt_model`.*architecture='gpt'"),
        ({"architecture": "transformer", "num_heads": 5}, "must divide.*embedding_dim=128, num_heads=5"),
        ({"architecture": "transformer", "embedding_dim": 12}, "must be even.*embedding_dim=12, num_heads=4"),
        ({"architecture": "transformer", "embedding_dim": 10**6, "num_layers": 100}, "GiB"),
    ],
)
def test_wrong_arguments_are_named(vectorizer, arguments, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        build_text_model(vectorizer, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("first", ["verse.txt", 2.5, None, True])
def test_a_wrong_first_argument_is_named(first):
    with pytest.raises(ValueError, match=r"dataset's `\.vectorizer` or a vocabulary size"):
        build_text_model(first)
