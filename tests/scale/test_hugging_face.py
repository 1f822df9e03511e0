"""`read_config`: the configurations of released models give the number of their parameters."""

import json

import pytest

from kseq.scale import ScaleError, architecture, kv_cache, parameters, read_config
from kseq.scale.hugging_face_families import FAMILIES

USUAL = ("num_hidden_layers", "num_attention_heads", "hidden_size", "intermediate_size")
PLACES, WORDS = "max_position_embeddings", "vocab_size"


def usual(family, layers, heads, width, feed_forward, places, words, **more):
    """A configuration in the names that most families use."""
    sizes = dict(zip(USUAL, (layers, heads, width, feed_forward), strict=True))
    return {"model_type": family, **sizes, PLACES: places, WORDS: words, **more}


# model -> its configuration as far as it names sizes, and the parameters of its released weights
RELEASED = {
    "gpt2": (
        {"model_type": "gpt2", "n_layer": 12, "n_head": 12, "n_embd": 768, "n_positions": 1024, WORDS: 50257},
        124_439_808,
    ),
    "gpt-j-6b": (
        {
            "model_type": "gptj",
            "n_layer": 28,
            "n_head": 16,
            "n_embd": 4096,
            "n_positions": 2048,
            "n_inner": None,
            WORDS: 50400,
            "tie_word_embeddings": False,
        },
        6_050_882_784,
    ),
    "gpt-neox-20b": (usual("gpt_neox", 44, 64, 6144, 24576, 2048, 50432, tie_word_embeddings=False), 20_554_567_680),
    "llama3-8b": (usual("llama", 32, 32, 4096, 14336, 8192, 128256, num_key_value_heads=8), 8_030_261_248),
    "mistral-7b": (usual("mistral", 32, 32, 4096, 14336, 32768, 32000, num_key_value_heads=8), 7_241_732_096),
    "qwen2.5-7b": (usual("qwen2", 28, 28, 3584, 18944, 131072, 152064, num_key_value_heads=4), 7_615_616_512),
    "gemma-7b": (
        usual("gemma", 28, 16, 3072, 24576, 8192, 256000, num_key_value_heads=16, head_dim=256),
        8_537_680_896,
    ),
    "qwen3-8b": (
        usual("qwen3", 36, 32, 4096, 12288, 40960, 151936, num_key_value_heads=8, head_dim=128),
        8_190_735_360,
    ),
    "gemma-2-2b": (
        usual("gemma2", 26, 8, 2304, 9216, 8192, 256000, num_key_value_heads=4, head_dim=256),
        2_614_341_888,
    ),
    "phi-3-mini": (usual("phi3", 32, 32, 3072, 8192, 4096, 32064, num_key_value_heads=32), 3_821_079_552),
    "distilbert": (
        {
            "model_type": "distilbert",
            "n_layers": 6,
            "n_heads": 12,
            "dim": 768,
            "hidden_dim": 3072,
            PLACES: 512,
            WORDS: 30522,
        },
        66_362_880,
    ),
    "phi-2": (usual("phi", 32, 32, 2560, 10240, 2048, 51200), 2_779_683_840),
    "opt-125m": (
        {
            "model_type": "opt",
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "hidden_size": 768,
            "word_embed_proj_dim": 768,
            "ffn_dim": 3072,
            PLACES: 2048,
            WORDS: 50272,
        },
        125_239_296,
    ),
    "bloom-560m": (
        {"model_type": "bloom", "n_layer": 24, "n_head": 16, "hidden_size": 1024, WORDS: 250880},
        559_214_592,
    ),
    "bert-base": (usual("bert", 12, 12, 768, 3072, 512, 30522, type_vocab_size=2), 109_482_240),
    "roberta-large": (usual("roberta", 24, 16, 1024, 4096, 514, 50265, type_vocab_size=1), 355_359_744),
    "t5-small": (
        {
            "model_type": "t5",
            "num_layers": 6,
            "num_heads": 8,
            "d_kv": 64,
            "d_model": 512,
            "d_ff": 2048,
            WORDS: 32128,
        },
        60_506_624,
    ),
    "flan-t5-base": (
        {
            "model_type": "t5",
            "num_layers": 12,
            "num_decoder_layers": 12,
            "num_heads": 12,
            "d_kv": 64,
            "d_model": 768,
            "d_ff": 2048,
            WORDS: 32128,
            "feed_forward_proj": "gated-gelu",
            "tie_word_embeddings": False,
        },
        247_577_856,
    ),
    "vit-base": (
        {
            "model_type": "vit",
            **dict(zip(USUAL, (12, 12, 768, 3072), strict=True)),
            "image_size": 224,
            "patch_size": 16,
            "num_channels": 3,
            "id2label": {str(number): f"class {number}" for number in range(1000)},
        },
        86_567_656,
    ),
}
FALCON = {"model_type": "falcon", WORDS: 65024, "bias": False, "parallel_attn": True}


@pytest.mark.parametrize(("config", "count"), RELEASED.values(), ids=list(RELEASED))
def test_released_models(config, count):
    assert parameters(config) == count
    assert read_config(config) == architecture(config)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("falcon-7b", {"num_hidden_layers": 32, "num_attention_heads": 71, "hidden_size": 4544, "multi_query": True}),
        (
            "falcon-40b",
            {
                "num_hidden_layers": 60,
                "num_attention_heads": 128,
                "num_kv_heads": 8,
                "hidden_size": 8192,
                "new_decoder_architecture": True,
            },
        ),
    ],
)
def test_falcon_old_and_new(name, config):
    assert parameters({**FALCON, **config}) == parameters(name)


@pytest.mark.parametrize(
    "name", ["gpt2", "llama3-8b", "gemma-7b", "gpt-neox-20b", "bert-base", "roberta-large", "t5-small"]
)
def test_a_configuration_says_what_the_named_architecture_says(name):
    ours, read = architecture(name).as_dict(), read_config(RELEASED[name][0]).as_dict()
    from_elsewhere = {"name", "source", "published_parameters", "note", "rotary_wavelength"}
    same = {field for field in ours if field not in from_elsewhere and ours[field] is not None}
    assert {field: read[field] for field in same} == {field: ours[field] for field in same}


def test_the_parts_that_only_a_configuration_tells():
    config = RELEASED["llama3-8b"][0]
    assert read_config({**config, "head_dim": 96}).key_dim == 96
    assert read_config({**config, "rope_theta": 500_000}).rotary_wavelength == 500_000
    assert read_config({**config, "rope_parameters": {"rope_theta": 7}}).rotary_wavelength == 7
    tied = parameters({**config, "tie_word_embeddings": True})
    assert parameters(config) - tied == 128256 * 4096
    biased = parameters({**config, "attention_bias": True, "mlp_bias": True})
    assert biased - parameters(config) == 32 * ((32 + 2 * 8) * 128 + 4096 + 2 * 14336 + 4096)


@pytest.mark.parametrize(
    ("model", "more", "window", "beyond"),
    [
        ("mistral-7b", {"sliding_window": 4096}, 4096, 0),
        ("mistral-7b", {"sliding_window": None}, 0, 0),
        ("mistral-7b", {}, 4096, 0),  # as the class of the library has it
        ("qwen2.5-7b", {"sliding_window": 131072, "use_sliding_window": False, "max_window_layers": 28}, 0, 0),
        ("qwen2.5-7b", {"sliding_window": 500, "use_sliding_window": True, "max_window_layers": 10}, 500, 10),
        ("qwen2.5-7b", {"sliding_window": 500, "use_sliding_window": True, "max_window_layers": 28}, 0, 0),
        ("qwen3-8b", {"sliding_window": 50, "layer_types": 9 * ["full_attention"] + 27 * ["sliding_attention"]}, 50, 9),
        ("gemma-2-2b", {"sliding_window": 4096}, 4096, 13),
        ("phi-3-mini", {"sliding_window": 2047}, 2047, 0),
        ("llama3-8b", {"sliding_window": 4096}, 0, 0),
    ],
)
def test_sliding_windows(model, more, window, beyond):
    sizes = read_config({**RELEASED[model][0], **more})
    assert (sizes.attention_window, sizes.full_attention_layers) == (window, beyond)
    assert parameters(sizes) == RELEASED[model][1]
    assert ("sliding_window" in sizes.note) == (model == "llama3-8b")  # that family has none


def test_mistrals_cache_is_as_long_as_its_window():
    config = {**RELEASED["mistral-7b"][0], "sliding_window": 4096}
    assert str(kv_cache(config, tokens=32_768)) == "512.00 MiB"
    assert read_config(config).attention_window == architecture("mistral-7b").attention_window


def test_what_is_not_read_is_named():
    config = RELEASED["llama3-8b"][0]
    sizes = read_config({**config, "quantization_config": {"bits": 4}, "num_local_experts": 8, "use_cache": True})
    assert sizes.note.startswith("Not counted of the configuration: quantization_config (weights of fewer bits), num")
    assert "use_cache" not in sizes.note
    assert read_config({**config, "quantization_config": None}).note == ""


def test_dropout_is_read():
    assert read_config({**RELEASED["gpt2"][0], "resid_pdrop": 0.0}).dropout == 0
    assert read_config({**RELEASED["t5-small"][0], "dropout_rate": 0.2}).dropout == 0.2
    assert read_config(RELEASED["llama3-8b"][0]).dropout == 0


def test_a_file_or_its_folder(tmp_path, monkeypatch):
    config, count = RELEASED["gpt2"]
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**config, "_name_or_path": "mine/gpt2"}), encoding="utf-8")
    for given in (path, str(path), tmp_path, str(tmp_path)):
        assert parameters(given) == count and architecture(given).name == "mine/gpt2"
    assert parameters(path, vocabulary_size=65) == parameters("gpt2", vocabulary_size=65)
    monkeypatch.chdir(tmp_path.parent)
    tmp_path.rename(tmp_path.parent / "tiny")  # a name wins over a folder
    assert architecture("tiny").num_layers == 4 and architecture("./tiny/config.json").num_layers == 12


def test_unknown_families_and_missing_keys(tmp_path):
    with pytest.raises(
        ScaleError, match=r"family 'lama', which is not known here\. Did you mean 'llama'\?.*Known: gpt2,"
    ):
        read_config({"model_type": "lama"})
    with pytest.raises(ScaleError, match=r"has no 'model_type'.*Received: model_type=None in the dictionary"):
        read_config({"n_layer": 12})
    with pytest.raises(
        ScaleError, match=r"^A configuration of the family 'gpt2' must have 'n_embd'\. Received: model_t"
    ):
        read_config({"model_type": "gpt2", "n_layer": 12, "n_head": 12})
    with pytest.raises(ScaleError, match=r"must have 'num_hidden_layers' or 'n_layer'"):
        read_config({**FALCON, "num_attention_heads": 8})
    with pytest.raises(ScaleError, match=r"all but OPT-350M do"):
        read_config({**RELEASED["opt-125m"][0], "word_embed_proj_dim": 512})
    with pytest.raises(ScaleError, match=r"`num_layers` must be an integer from 1 on\. Received: num_layers='12'"):
        read_config({**RELEASED["gpt2"][0], "n_layer": "12"})
    with pytest.raises(ScaleError, match=r"there is no such file\. Received: config='missing/config\.json'"):
        architecture("missing/config.json")
    broken = tmp_path / "config.json"
    for text, message in [("{", "path of a config.json: Expecting"), ("[]", "must hold an object .*Received: list")]:
        broken.write_text(text)
        with pytest.raises(ScaleError, match=message) as caught:
            read_config(broken)
        assert "\n" not in str(caught.value)


def test_every_family_is_tried():
    tried = {config["model_type"] for config, _ in RELEASED.values()} | {"falcon"}
    assert tried == set(FAMILIES)


@pytest.mark.parametrize("config", [{"model_type": "mixtral"}, {"model_type": "a_new_one", "num_experts": 64}])
def test_a_mixture_of_experts_is_called_by_its_name(config):
    with pytest.raises(ScaleError, match=r"is of a mixture of experts.*Received: model_type="):
        read_config(config)
