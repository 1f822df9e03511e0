"""Parameters against what was published, and against counts made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kseq import scale
from kseq.scale import ARCHITECTURES, Architecture, architecture, parameter_parts, parameters

EXACT = {
    # the released weights of GPT-2, counted
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    # and those of LLaMA
    "llama-7b": 6_738_415_616,
    "llama-13b": 13_015_864_320,
    "llama-33b": 32_528_943_616,
    "llama-65b": 65_285_660_672,
    "llama2-70b": 68_976_648_192,
    "llama3-8b": 8_030_261_248,
    "llama3-70b": 70_553_706_496,
    "llama3.1-405b": 405_853_388_800,
    # and others, as their model cards or the files themselves say
    "bert-base": 109_482_240,
    "bert-large": 335_141_888,
    "roberta-base": 124_645_632,
    "roberta-large": 355_359_744,
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
    "t5-large": 737_668_096,
    "t5-3b": 2_851_598_336,
    "t5-11b": 11_307_321_344,
    "vit-b/16": 86_567_656,
    "vit-l/16": 304_326_632,
    "vit-h/14": 632_045_800,
    "bloom-176b": 176_247_271_424,
    "gpt-neox-20b": 20_554_567_680,
    "mistral-7b": 7_241_732_096,
    "gemma-2b": 2_506_172_416,
    "gemma-7b": 8_537_680_896,
}
# V·d + n_ctx·d + L·(12·d² + 13·d) + 2·d, in millions
GPT3 = {
    "gpt3-small": 125.23,
    "gpt3-medium": 355.87,
    "gpt3-large": 760.30,
    "gpt3-xl": 1315.72,
    "gpt3-2.7b": 2651.55,
    "gpt3-6.7b": 6658.40,
    "gpt3-13b": 12853.39,
    "gpt3-175b": 174604.26,
}
# What a page prints, and how far the exact count may be from it where that is more than the rounding of most.
WIDE = {
    "transformer-base": 0.04,
    "llama2-7b": 0.04,
    "llama2-70b": 0.02,
    "bert-large": 0.02,
    "t5-base": 0.02,
    "t5-large": 0.05,
    "t5-3b": 0.02,
    "t5-11b": 0.03,
    "dall-e": 0.02,
    "megatron-1.7b": 0.03,
    "megatron-3.6b": 0.02,
    "falcon-7b": 0.02,
    "falcon-40b": 0.04,
    "mistral-7b": 0.04,
    "deepseek-7b": 0.02,
}


@pytest.mark.parametrize(("name", "count"), EXACT.items())
def test_exact_where_weights_were_released(name, count):
    assert parameters(name) == count


@pytest.mark.parametrize(("name", "millions"), GPT3.items())
def test_gpt3(name, millions):
    assert round(parameters(name) / 1e6, 2) == millions


@pytest.mark.parametrize("name", [name for name, one in ARCHITECTURES.items() if one.published_parameters])
def test_what_was_printed_is_near(name):
    printed = ARCHITECTURES[name].published_parameters
    assert parameters(name) == pytest.approx(printed, rel=WIDE.get(name, 0.01))


def test_nano_gpt_without_biases():
    assert parameters("gpt2", use_bias=False) == 124_337_664


def test_printed_sizes_that_contradict_their_number_of_parameters_are_noted():
    xl, wide = architecture("gpt3-xl"), architecture("gpt3-13b")
    # XL: 24 heads of 128 are no width of 2048
    assert "24 heads" in xl.note and xl.num_heads * xl.key_dim == xl.embedding_dim == 2048
    with pytest.raises(scale.ScaleError, match="num_heads"):
        xl.changed(num_heads=24)
    # 13B: the printed 5140 is no multiple of 40 either, and gives more parameters than are printed
    assert "5140" in wide.note and wide.embedding_dim == 5120
    printed = wide.published_parameters
    as_printed = parameters(wide, embedding_dim=5140, num_heads=20)  # the number of heads changes no parameter
    assert abs(parameters(wide) / printed - 1) < 0.0004 and as_printed / printed - 1 > 0.0075
    # 175B: a deck prints 12,228
    assert "12,228" in architecture("gpt3-175b").note and 12_228 % 96


def test_parts_by_hand():
    sizes = Architecture(
        num_layers=2,
        num_heads=4,
        num_key_value_heads=2,
        key_dim=3,
        embedding_dim=10,
        intermediate_dim=7,
        context_length=6,
        vocabulary_size=5,
        tied_embeddings=False,
        output_bias=True,
    )
    assert parameter_parts(sizes) == {
        "token_embedding": 5 * 10,
        "position_embedding": 6 * 10,
        "attention": 2 * ((10 * 12 + 12) + 2 * (10 * 6 + 6) + (12 * 10 + 10)),
        "cross_attention": 0,
        "feed_forward": 2 * (10 * 7 + 7 + 7 * 10 + 10),
        "normalization": 5 * 2 * 10,
        "output": 5 * 10 + 5,
    }
    gated = parameter_parts(sizes, gated=True, normalization="rms", position="sine", norm_first=False)
    assert gated["feed_forward"] == 2 * (2 * (10 * 7 + 7) + 7 * 10 + 10)
    assert gated["normalization"] == 4 * 10 and gated["position_embedding"] == 0


def test_an_encoder_is_counted_with_the_attention_to_it():
    parts = parameter_parts("transformer-base")
    layer = 4 * (512 * 512 + 512)
    assert parts["attention"] == 12 * layer and parts["cross_attention"] == 6 * layer
    assert parts["normalization"] == (6 * 2 + 6 * 3) * 2 * 512  # after each sublayer, none at the end
    assert parameter_parts("transformer-base", norm_first=True)["normalization"] == (30 + 2) * 2 * 512


@given(
    heads=st.integers(1, 8),
    width=st.integers(1, 16),
    layers=st.integers(1, 6),
    vocabulary=st.integers(1, 100),
    context=st.integers(1, 50),
)
def test_usual_sizes_follow_the_short_formula(heads, width, layers, vocabulary, context):
    d = heads * width
    count = parameters(
        {"num_layers": layers, "num_heads": heads, "embedding_dim": d, "context_length": context},
        vocabulary_size=vocabulary,
    )
    assert count == vocabulary * d + context * d + layers * (12 * d * d + 13 * d) + 2 * d


def test_a_teaching_size_needs_the_vocabulary():
    assert parameters("tiny", vocabulary_size=65) == 65 * 128 + 4 * (12 * 128**2 + 2 * 128) + 128
    with pytest.raises(scale.ScaleError, match=r"`vocabulary_size` must be given for 'tiny'.*Received"):
        parameters("tiny")
