"""`Architecture`: names as people spell them, sizes that follow from others, errors that help."""

import json
import re

import pytest

from kseq import scale
from kseq.scale import ARCHITECTURES, Architecture, ScaleError, architecture, memory, naming
from kseq.scale.published.architectures import ALIASES

SIZES = {"num_layers": 2, "num_heads": 4, "embedding_dim": 16, "context_length": 8}


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("gpt3-175b", "gpt3-175b"),
        ("GPT3-175B", "gpt3-175b"),
        ("gpt-3 175b", "gpt3-175b"),
        (" GPT_3_175B. ", "gpt3-175b"),
        ("GPT-3", "gpt3-175b"),
        ("GPT-2 XL", "gpt2-xl"),
        ("GPT-3 1.3B", "gpt3-xl"),
        ("gpt3 2.7B", "gpt3-2.7b"),
        ("LLaMA 7B", "llama-7b"),
        ("Llama-3.1-405B", "llama3.1-405b"),
        ("Tiny", "tiny"),
        ("ViT-B/16", "vit-b/16"),
        ("vit_h14", "vit-h/14"),
        ("DALL·E", "dall-e"),
        ("DALL-E", "dall-e"),
        ("Transformer", "transformer-base"),
        ("transformer big", "transformer-big"),
        ("Chinchilla 70B", "chinchilla"),
        ("BLOOM", "bloom-176b"),
        ("Megatron 1T", "megatron-1008b"),
        ("T5-11B", "t5-11b"),
        ("PaLM 540B", "palm-540b"),
    ],
)
def test_forgiving_names(spelt, name):
    assert architecture(spelt).name == name


def test_no_two_names_are_spelt_alike():
    keys = [naming.key(name) for name in [*ARCHITECTURES, *ALIASES]]
    assert len(set(keys)) == len(keys)
    assert set(ALIASES.values()) <= set(ARCHITECTURES)


@pytest.mark.parametrize(
    ("wrong", "offered"),
    [
        ("gpt3-175", "gpt3-175b"),
        ("gpt2-extra", "gpt2"),
        ("tinny", "tiny"),
        ("lama 7b", "llama-7b"),
        ("gemni", "gemini"),
    ],
)
def test_near_names_are_offered(wrong, offered):
    with pytest.raises(
        ScaleError,
        match=rf"^No architecture is called '{wrong}'\. Did you .*'{re.escape(offered)}'.*Received: config='{wrong}'$",
    ):
        architecture(wrong)


def test_a_name_like_no_other_gets_the_list():
    with pytest.raises(
        ScaleError, match=r"^No architecture is called 'Ω'\. Known: nano, tiny, .*Received: config='Ω'$"
    ) as caught:
        architecture("Ω")
    assert "\n" not in str(caught.value)


def test_what_follows_from_sizes_follows_from_changed_ones():
    ours = Architecture(**SIZES)
    assert (ours.key_dim, ours.intermediate_dim, ours.num_key_value_heads, ours.norm_bias) == (4, 64, 4, True)
    wider = ours.changed(embedding_dim=32, num_heads=2, use_bias=False)
    assert (wider.key_dim, wider.intermediate_dim, wider.num_key_value_heads, wider.norm_bias) == (16, 128, 2, False)
    given = Architecture(**SIZES, intermediate_dim=10, num_key_value_heads=2).changed(embedding_dim=32, num_heads=8)
    assert (given.intermediate_dim, given.num_key_value_heads, given.head_groups) == (10, 2, 4)
    assert wider.changed(**SIZES, use_bias=True) == ours


def test_mapping_name_and_architecture_are_the_same():
    ours = architecture(SIZES, vocabulary_size=7)
    assert ours == architecture(ours) == Architecture(**SIZES, vocabulary_size=7)
    assert architecture(json.loads(json.dumps(ours.as_dict()))) == ours
    assert architecture("gpt2", vocabulary_size=65).changed(vocabulary_size=50257) == ARCHITECTURES["gpt2"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_heads": -3}, r"`num_heads` must be an integer from 1 on\. Received: num_heads=-3"),
        ({"num_heads": 3}, r"`num_heads` must divide embedding_dim=16, .*Received: num_heads=3"),
        ({"embedding_dim": 16.0}, r"`embedding_dim` must be an integer.*Received: embedding_dim=16\.0"),
        ({"num_layers": True}, "`num_layers` must be an integer"),
        ({"context_length": 0}, "`context_length` must be an integer from 1 on"),
        ({"vocabulary_size": "many"}, "`vocabulary_size` must be an integer"),
        ({"num_encoder_layers": -1}, "`num_encoder_layers` must be an integer from 0 on"),
        ({"num_key_value_heads": 3}, r"`num_key_value_heads` must divide num_heads=4.*Received: num_key_value_heads=3"),
        (
            {"position": "rotery"},
            r"`position` must be one of 'learned', 'rotary', 'sine', 'relative', .*\. Received: position='rotery'",
        ),
        ({"normalization": "rms", "norm_bias": True}, "`norm_bias` must be False"),
        ({"use_bias": 1}, "`use_bias` must be True or False"),
        ({"qkv_bias": "no"}, "`qkv_bias` must be True or False"),
        ({"segments": -1}, r"`segments` must be an integer from 0 on\. Received: segments=-1"),
        ({"norms_per_block": 0}, "`norms_per_block` must be an integer from 1 on"),
        ({"num_layers": float("nan")}, "`num_layers` must be an integer from 1 on. Received: num_layers=nan"),
        ({"num_layers": 10**400}, "`num_layers` must be at most 1,000,000,000,000"),
        ({"image_size": 224}, r"`patch_size` must divide image_size=224\. Received: patch_size=0"),
        ({"image_size": 224, "patch_size": 15}, r"`patch_size` must divide image_size=224\. Received: patch_size=15"),
        ({"image_size": 224, "patch_size": 16}, r"`context_length` must be 197 with .*Received: context_length=8"),
        ({"n_head": 4}, r"^An architecture has no size 'n_head'\. Did you mean 'num_heads'.*Received: n_head=4"),
    ],
)
def test_impossible_sizes(changes, message):
    for attempt in (lambda: architecture({**SIZES, **changes}), lambda: Architecture(**SIZES).changed(**changes)):
        with pytest.raises(ScaleError, match=message) as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_a_mapping_says_all_that_is_needed():
    with pytest.raises(ScaleError, match=r"missing: embedding_dim, context_length\. Received: \{"):
        architecture({"num_layers": 1, "num_heads": 1})
    with pytest.raises(ScaleError, match=r"`config` must be a name .*Received: config=3"):
        architecture(3)


def test_a_head_may_have_its_own_width():
    assert Architecture(**{**SIZES, "num_heads": 3}, key_dim=5).key_dim == 5


def test_memory():
    weights = 124_439_808 * 4
    plain = memory("gpt2")
    assert (plain.weights, plain.gradients, plain.optimizer) == (weights, weights, 2 * weights)
    assert plain.training == 4 * weights and memory("gpt2", dtype="bfloat16").training == 2 * weights
    assert memory("tiny", vocabulary_size=65).parameters == scale.parameters("tiny", vocabulary_size=65)
    assert "weights 5.80 GiB" in str(memory("gpt2-xl"))
    assert [scale.in_gib(count) for count in (512, 1536, 3 * 2**20, 2**40)] == [
        "512 bytes",
        "1.50 KiB",
        "3.00 MiB",
        "1,024.00 GiB",
    ]
    with pytest.raises(ScaleError, match=r"`dtype` must be one of .*Received: dtype='int3'"):
        memory("gpt2", dtype="int3")


def test_every_source_is_named():
    assert all(one.source and one.name == name for name, one in ARCHITECTURES.items())


def test_importing_it_loads_neither_keras_nor_pandas(new_process):
    printed = new_process(
        "import sys, kseq.scale as s; [getattr(s, name) for name in s.__all__]; "
        "print({'keras', 'tensorflow', 'pandas', 'matplotlib'} & set(sys.modules))"
    )
    assert printed.strip() == "set()"


@pytest.mark.parametrize(
    ("spelt", "offered"),
    [
        ("llama 3", "Did you mean 'llama3-8b' or 'llama3-70b'? "),
        ("lama-7b", "Did you mean 'llama-7b' or 'llama2-7b' or "),
        ("gpt3-175", "Did you mean 'gpt3-175b' or "),
    ],
)
def test_each_near_name_is_offered_once_and_families_first(spelt, offered):
    with pytest.raises(ScaleError) as caught:
        architecture(spelt)
    assert offered in str(caught.value)
    names = re.findall(r"'([^']+)'", str(caught.value).partition("Did you mean")[2].partition("?")[0])
    assert len(names) == len(set(names))


def test_names_win_over_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = {"model_type": "gpt2", "n_layer": 2, "n_head": 2, "n_embd": 64, "n_positions": 32, "vocab_size": 100}
    for folder in ("llama-7b", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").write_text(json.dumps(config))
    assert architecture("llama-7b").num_layers == 32
    for path in ("./llama-7b", "llama-7b/", "llama-7b/config.json", "./mine", str(tmp_path / "mine")):
        assert architecture(path).num_layers == 2
    with pytest.raises(ScaleError, match=r"The folder of this name is written './mine'"):
        architecture("mine")
