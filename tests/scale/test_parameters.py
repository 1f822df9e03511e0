"""Parameters against what was published, and against counts made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kseq import scale
from kseq.scale import ARCHITECTURES, Architecture, architecture, parameter_parts, parameters
from kseq.scale.formulas import evaluate

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


def test_parts_that_some_have_by_hand():
    # BERT: three tables, a normalization behind them and after each sublayer, a layer on the first token
    parts = parameter_parts("bert-base")
    assert (parts["token_embedding"], parts["segment_embedding"], parts["pooler"]) == (30522 * 768, 2 * 768, 590_592)
    assert parts["normalization"] == (2 * 12 + 1) * 2 * 768 and parts["output"] == 0
    # ViT: a matrix for patches of 16·16·3 numbers, its bias, the vector of the class, 14·14 + 1 places
    parts = parameter_parts("vit-b/16")
    assert parts["patch_embedding"] == 768 * 768 + 768 + 768 and parts["position_embedding"] == 197 * 768
    assert parts["output"] == 768 * 1000 + 1000 and parts["token_embedding"] == 0
    # T5: 32 buckets for each head, in both stacks; heads wider than the model
    parts = parameter_parts("t5-11b")
    assert parts["position_embedding"] == 2 * 32 * 128
    assert parts["attention"] == 48 * 4 * 1024 * (128 * 128) and parts["cross_attention"] == parts["attention"] / 2
    # Transformer-XL's positions: a matrix and two vectors in each layer
    assert parameter_parts("chinchilla")["position_embedding"] == 80 * (8192 * 8192 + 2 * 8192)
    # OPT's table has two rows more than its context, BLOOM's positions cost nothing
    assert parameter_parts("opt-175b")["position_embedding"] == 2050 * 12288
    assert parameter_parts("bloom-176b")["position_embedding"] == 0
    # biases of queries, keys and values alone
    plain, biased = (parameter_parts("llama2-70b", qkv_bias=bias)["attention"] for bias in (False, True))
    assert biased - plain == 80 * (64 + 2 * 8) * 128
    # one normalization for attention and feed-forward layer, with no bias
    assert parameter_parts("palm-540b")["normalization"] == (118 + 1) * 18432


@pytest.mark.parametrize("name", [name for name, one in ARCHITECTURES.items() if one.vocabulary_size or one.patch_size])
def test_every_part_shows_a_formula_that_computes_it(name):
    total = parameters(name)
    parts = {part: count for part, count in parameter_parts(name).items() if count}
    assert total == sum(parts.values()) and total.exact == sum(count.exact for count in parts.values())
    assert list(total.inputs) == list(parts) and total.unit == "parameters"
    for part in parts.values():
        assert part.unit == "parameters" and part.name in total.explain()
        assert evaluate(part.formula, {symbol: one.exact for symbol, one in part.inputs.items()}) == part
        assert all(one.sources == (ARCHITECTURES[name].source,) for one in part.inputs.values())


def test_the_board():
    board = parameters("gpt3-175b").explain()
    assert board.splitlines()[2] == "        = 174,604,259,328 parameters" and max(map(len, board.splitlines())) <= 100
    board = " ".join(board.split())
    assert "L·(2·d·d_ff + d_ff + d) = 96·(2·12,288·49,152 + 49,152 + 12,288) = 115,970,015,232 parameters" in board
    assert board.count("[1] Brown et al. (2020)") == 1 and "Note: A course deck prints the width as 12,228" in board
    assert repr(parameters("gpt3-175b")) == "174604259328" and f"{parameters('gpt2'):,}" == "124,439,808"


def test_a_table_of_layers_has_its_own_sum():
    class Table:  # what `kseq.inspection.describe` gives, as far as it is asked here
        parameters = scale.given(20, "parameters")

        def parameter_parts(self):
            return {"Dense": self.parameters}

    table = Table()
    assert parameters(table) is table.parameters and parameter_parts(table) == {"Dense": 20}
    with pytest.raises(scale.ScaleError, match=r"^A LayerTable has no fields .*Received: num_layers$"):
        parameters(table, num_layers=3)


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


@given(
    heads=st.integers(1, 6),
    groups=st.integers(1, 3),
    width=st.integers(1, 8),
    head=st.integers(1, 8),
    feed_forward=st.integers(1, 40),
    layers=st.integers(1, 4),
    encoder=st.integers(0, 3),
    flags=st.tuples(*[st.booleans()] * 7),
    position=st.sampled_from(["learned", "rotary", "relative", "transformer-xl", "alibi"]),
)
def test_any_sizes_add_up_and_more_is_never_less(
    heads, groups, width, head, feed_forward, layers, encoder, flags, position
):
    gated, use_bias, tied, output_bias, norm_first, embedding_norm, pooler = flags
    sizes = Architecture(
        num_layers=layers,
        num_encoder_layers=encoder,
        num_heads=heads * groups,
        num_key_value_heads=groups,
        key_dim=head,
        embedding_dim=width,
        intermediate_dim=feed_forward,
        context_length=5,
        vocabulary_size=11,
        gated=gated,
        use_bias=use_bias,
        tied_embeddings=tied,
        output_bias=output_bias,
        norm_first=norm_first,
        embedding_norm=embedding_norm,
        pooler=pooler,
        position=position,
    )
    total = parameters(sizes)
    assert total == sum(parameter_parts(sizes).values()) and total.is_integer()
    for field in ("num_layers", "embedding_dim", "intermediate_dim", "key_dim", "vocabulary_size"):
        assert parameters(sizes, **{field: getattr(sizes, field) + 1}) > total
