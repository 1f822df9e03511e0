"""`build_gpt_model`: sizes by name, exact counts, memory, errors (L1)."""

import numpy as np
import pytest

from kseq import build_gpt_model, scale
from kseq.data import CharacterVectorizer
from kseq.tasks import machine_memory
from kseq.tasks.gpt import sizes_of

SMALL = {"num_layers": 2, "num_heads": 2, "embedding_dim": 16, "context_length": 12}
LIKE_GPT2 = {name: getattr(scale.architecture("gpt2"), name) for name in ("position", "use_bias", "tied_embeddings")}
VARIANTS = [
    {},
    LIKE_GPT2,
    {"tied_embeddings": False, "output_bias": True, "position": "sine"},
    {"num_key_value_heads": 1, "intermediate_dim": 24, "key_dim": 4},
    {"norm_first": False, "use_bias": True, "activation": "relu"},
]


@pytest.mark.parametrize("changes", VARIANTS)
def test_has_exactly_the_parameters_that_scale_counts(changes):
    sizes = {**scale.architecture("tiny").as_dict(), "intermediate_dim": None, "key_dim": None, "norm_bias": None}
    sizes |= {"num_key_value_heads": None, **SMALL, **changes}
    model = build_gpt_model(30, {**SMALL, **changes})
    assert model.count_params() == scale.parameters(sizes, vocabulary_size=30)


@pytest.mark.parametrize("name", ["gpt2", "gpt3-175b", "megatron-1008b", "nano"])
def test_a_published_form_made_small_has_the_same_parts(name):
    sizes = shrunk(name)
    assert build_gpt_model(30, sizes).count_params() == scale.parameters(sizes)


@pytest.mark.parametrize(
    "name",
    ["bert-base", "vit-b/16", "dall-e", "t5-small", "bloom-176b", "opt-175b", "falcon-7b", "llama-7b", "palm-8b"],
)
def test_a_form_with_other_parts_is_refused(name):
    with pytest.raises(ValueError, match=r"cannot be built, only computed with: .*Received: \w+="):
        build_gpt_model(30, shrunk(name) if name != "vit-b/16" else scale.architecture(name, vocabulary_size=30))


def shrunk(name):
    """The form of a published model in small sizes."""
    sizes = {"intermediate_dim": 24, "num_key_value_heads": 2, "key_dim": 8, "vocabulary_size": 30}
    return scale.architecture(name, **SMALL, **sizes)


def test_tiny_has_the_published_shape():
    model = build_gpt_model(65, "tiny")
    assert model.count_params() == scale.parameters("tiny", vocabulary_size=65)
    assert model.context_length == 64
    assert len([layer for layer in model.layers if layer.name.startswith("block_")]) == 4


def test_gpt2_is_what_was_published():
    sizes = sizes_of("gpt2", {"vocabulary_size": 50257})
    assert scale.parameters(sizes) == 124_439_808
    assert {name: getattr(sizes, name) for name in LIKE_GPT2} == LIKE_GPT2  # the form counted layer by layer above


@pytest.mark.backend
@pytest.mark.parametrize("changes", VARIANTS)
def test_looks_back_only_and_learns(changes):
    model = build_gpt_model(12, {**SMALL, **changes}, learning_rate=0.01, seed=0)
    ids = np.random.default_rng(0).integers(2, 12, (4, 12))
    changed = ids.copy()
    changed[:, 8:] = 13 - ids[:, 8:]
    np.testing.assert_allclose(model.predict_on_batch(ids)[:, :8], model.predict_on_batch(changed)[:, :8], atol=1e-5)
    losses = model.fit(ids[:, :-1], ids[:, 1:], batch_size=4, epochs=40, verbose=0).history["loss"]
    assert losses[-1] < 0.6 * losses[0]


def test_too_large_is_said_in_gib_before_anything_is_allocated(monkeypatch):
    size = r"with your vocabulary of 67 tokens has 173,987,524,608 parameters"
    with pytest.raises(ValueError, match=size + r".*needs 2,592\.62 GiB.*this machine has .* GiB"):
        build_gpt_model(67, "gpt3-175b")
    monkeypatch.setattr(machine_memory, "machine_memory", lambda: 2**20)
    with pytest.raises(ValueError, match=r"this machine has 1\.00 MiB"):
        build_gpt_model(67, "tiny")


def test_the_memory_of_this_machine_is_plausible():
    assert 2**28 < machine_memory.machine_memory() < 2**50


@pytest.mark.parametrize(
    ("config", "options", "expected"),
    [
        ("gpt22", {}, "^No architecture is called 'gpt22'.*'gpt2'.*config='gpt22'"),
        ("tiny", {"num_layer": 2}, "Did you mean 'num_layers'.*num_layer=2"),
        ({"embeding_dim": 8}, {}, "Did you mean 'embedding_dim'.*embeding_dim=8"),
        (7, {}, "config=7"),
        ("tiny", {"num_heads": 5}, "`num_heads` must divide `embedding_dim`.*embedding_dim=128, num_heads=5"),
        ({"embedding_dim": 12}, {}, "must be even with position='rotary'.*embedding_dim=12, num_heads=4"),
        ({"embedding_dim": 12, "num_heads": 0}, {}, "num_heads=0"),
        ({"key_dim": 3}, {}, "`key_dim` must be even.*key_dim=3"),
        ("tiny", {"gated": True}, "gated=True"),
        ("transformer-base", {}, "num_encoder_layers"),
        ("tiny", {"dropout": -1}, "dropout=-1"),
        ("tiny", {"learning_rate": 0}, "learning_rate=0"),
    ],
)
def test_wrong_arguments_are_named(config, options, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        build_gpt_model(30, config, **options)
    assert "\n" not in str(caught.value)


def test_the_vectorizer_travels_with_it():
    vectorizer = CharacterVectorizer.fit(["roses are red"])
    assert build_gpt_model(vectorizer, SMALL).vectorizer == vectorizer
