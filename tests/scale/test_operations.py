"""FLOPs against independent counts, against what papers printed, and against each other."""

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from kseq.scale import (
    Architecture,
    LayerCost,
    LayerTable,
    ScaleError,
    architecture,
    flops_per_token,
    parameters,
    pf_days,
    step_flops,
    training_flops,
)
from kseq.scale.checks import compute, megatron

# Rows whose printed number is not that of the exact architecture, as the row's cause says.
OTHER_SIZES = {"T5-Base", "T5-Large", "T5-3B", "T5-11B", "BERT-Large"}


@pytest.mark.parametrize("check", compute.rows(), ids=lambda check: f"{check.table}, {check.row}, {check.what}")
def test_published_flops(check):
    deviates = check.what == "FLOPs, exact parameters" and check.row in OTHER_SIZES
    assert check.agrees is not deviates, check.deviation
    assert bool(check.cause) is deviates


@pytest.mark.parametrize("check", megatron.rows(), ids=lambda check: f"{check.table}, {check.row}, {check.what}")
def test_megatron(check):
    short = check.table == "Megatron-LM, table 2" and check.what == "days, 8·N·D"
    assert check.agrees is not short, check.deviation
    assert bool(check.cause) is short
    if short:  # low by what attention and output layer add
        assert -0.03 < check.deviation < -0.01


def test_nothing_of_a_table_is_left_out():
    assert len(compute.table_d1()) == 3 * 17
    assert len(megatron.table_1()) == 4 * 10
    assert len(megatron.table_2()) == 2 * 5


sizes = st.builds(
    lambda layers, heads, groups, key, width, inner, words, length, gated: Architecture(
        num_layers=layers,
        num_heads=heads * groups,
        num_key_value_heads=groups,
        key_dim=key,
        embedding_dim=width,
        intermediate_dim=inner,
        vocabulary_size=words,
        context_length=length,
        gated=gated,
    ),
    *[st.integers(1, n) for n in (6, 4, 4, 16, 64, 256, 500, 200)],
    st.booleans(),
)


def by_hand(one, length):
    """Each matrix product of a forward pass over one sequence, as (rows, inner, columns)."""
    d, h, g, k = one.embedding_dim, one.num_heads, one.num_key_value_heads, one.key_dim
    block = [(length, d, h * k), (length, d, g * k), (length, d, g * k), (length, h * k, d)]
    block += [(length, k, length), (length, length, k)] * h
    block += [(length, d, one.intermediate_dim)] * (2 if one.gated else 1) + [(length, one.intermediate_dim, d)]
    products = block * one.num_layers + [(length, d, one.vocabulary_size)]
    return sum(2 * rows * inner * columns for rows, inner, columns in products)


@drawn(sizes, st.integers(1, 100))
@settings(max_examples=50, deadline=None)
def test_every_matrix_product_is_counted(one, length):
    token = flops_per_token(one, context=length, direction="forward")
    assert token * length == by_hand(one, length)
    assert flops_per_token(one, context=length) == 3 * token
    assert step_flops(one, batch_size=7, context=length) == 21 * by_hand(one, length)


@drawn(sizes)
@settings(max_examples=30, deadline=None)
def test_more_work_takes_more(one):
    hows = ("none", "flash", "selective", "full")
    plain, flash, selective, full = (step_flops(one, batch_size=1, recompute=how) for how in hows)
    assert plain < flash < selective < full <= plain * 4 / 3
    assert flash == pytest.approx((plain + selective) / 2)  # one of attention's two products: 3.5 passes, not 3 or 4
    assert flops_per_token(one, attention=False) < flops_per_token(one) < flops_per_token(one, embedding=True)
    assert flops_per_token(one, context=10) < flops_per_token(one, context=11)
    tokens = 10 * one.context_length
    assert step_flops(one, batch_size=10) == pytest.approx(
        training_flops(one, tokens=tokens, convention="exact", attention=True)
    )


def test_the_width_inside_the_feed_forward_layer_counts():
    wide = architecture("llama-7b")  # gated, 11,008 wide: three matrices
    narrow = architecture("llama-7b", intermediate_dim=5504)
    difference = flops_per_token(wide) - flops_per_token(narrow)
    assert difference == 6 * 32 * 3 * 4096 * (11_008 - 5504)


def test_a_hugging_face_config_is_counted_too():
    config = {
        "model_type": "llama", "vocab_size": 32_000, "hidden_size": 4096, "intermediate_size": 11_008,
        "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6,
    }  # fmt: skip
    assert flops_per_token(config) == flops_per_token("llama-7b")


def test_grouped_heads_need_fewer_flops():
    assert flops_per_token("llama2-70b") < flops_per_token(architecture("llama2-70b", num_key_value_heads=64))
    scores = flops_per_token("llama2-70b") - flops_per_token("llama2-70b", attention=False)
    assert scores == 12 * 80 * 8192 * 4096  # all heads of queries look, whatever they share


def test_a_window_is_all_that_is_looked_at():
    tokens = 8192
    whole, near = (flops_per_token(architecture("mistral-7b", attention_window=w), context=tokens) for w in (0, 4096))
    assert near == flops_per_token("mistral-7b") and whole - near == 12 * 32 * 4096 * (8192 - 4096)
    half = architecture("mistral-7b", full_attention_layers=16)
    assert flops_per_token(half, context=tokens) == (whole + near) / 2
    assert flops_per_token("mistral-7b", context=4096) == flops_per_token(half, context=4096)


def test_attention_adds_little_to_wide_models_and_much_to_small_ones():
    for name, printed, share in (("gpt3-175b", 3.23e23, 1.028), ("gpt3-small", 2.93e20, 1.30)):
        plain, both = (training_flops(name, tokens=300e9, attention=attention) for attention in (False, True))
        assert both == pytest.approx(printed, rel=0.005) and both / plain == pytest.approx(share, abs=0.005)


def test_an_encoder_and_a_decoder_share_the_work():
    assert training_flops("t5-base", tokens=1e12) == 3 * parameters("t5-base") * 1e12
    assert training_flops("bert-base", tokens=1e12) == 6 * parameters("bert-base") * 1e12
    one = architecture("transformer-base")
    d, t = 512, 100
    source = 2 * t * (4 * d * d + 8 * d * d) + 4 * t * t * d
    target = 2 * t * (6 * d * d + 8 * d * d) + 2 * t * 2 * d * d + 8 * t * t * d  # keys and values of the source, too
    whole = 6 * (source + target) + 2 * t * d * one.vocabulary_size
    assert flops_per_token(one, context=t, direction="forward") * 2 * t == whole
    assert step_flops(one, batch_size=4, context=t) == 12 * whole


def test_an_image_is_a_sequence_of_patches():
    one = architecture("vit-b/16")
    image = flops_per_token(one, direction="forward") * one.context_length
    assert image == pytest.approx(35.1e9, rel=0.01)  # 17.56 G multiply-adds, as many libraries count


def test_megatrons_formula_is_the_exact_count():
    for recompute in ("none", "full"):
        for name in ("megatron-1.7b", "gpt3-175b"):
            formula = training_flops(name, tokens=1e9, convention="megatron", recompute=recompute)
            exact = training_flops(name, tokens=1e9, convention="exact", attention=True, recompute=recompute)
            assert formula == pytest.approx(exact, rel=1e-12)


def test_recomputing_is_one_more_pass():
    assert training_flops("gpt3-175b", tokens=300e9, recompute="full") == 8 * parameters("gpt3-175b") * 300e9
    assert training_flops(175e9, tokens=300e9) == 3.15e23
    with_attention = training_flops("gpt2", tokens=1e9, attention=True)
    again = training_flops("gpt2", tokens=1e9, attention=True, recompute="selective")
    assert again - with_attention == 4 * 12 * 768 * 1024 * 1e9
    flash = training_flops("gpt2", tokens=1e9, attention=True, recompute="flash")
    assert flash - with_attention == 2 * 12 * 768 * 1024 * 1e9


def test_pf_days():
    assert pf_days(3.14e23) == pytest.approx(3634.26, rel=1e-5)
    assert pf_days(8.64e19) == 1


def test_a_table_of_layers_has_its_own_sums():
    table = LayerTable("one", (LayerCost("a", "Dense", 20, 32, 4), LayerCost("b", "Dense", 20, 68, 4)), length=5)
    assert flops_per_token(table, direction="forward") == 20
    assert flops_per_token(table) == 60
    assert step_flops(table, batch_size=8) == 2400
    assert training_flops(table, tokens=100) == 6000
    assert training_flops(table, tokens=100, recompute="full") == 8000
    with pytest.raises(ScaleError, match=r"`recompute` must be 'none' or 'full' for a table of layers"):
        step_flops(table, batch_size=1, recompute="selective")
    with pytest.raises(ScaleError, match=r"`context` must be the length with which 'one' was described, 5"):
        flops_per_token(table, context=7)


def test_the_board_shows_the_formula():
    assert training_flops("gpt3-175b", tokens=300e9).explain().startswith("FLOPs of training = 6·N·D = 6·1.746e11·3e11")
    assert "a_T = FLOPs of a token's attention = 4·L·H·k·T" in flops_per_token("gpt2").explain()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flops_per_token("gpt2", direction="backward"), r"`direction` must be one of 'both', 'forward'"),
        (lambda: flops_per_token("gpt2", context=-1), r"`context` must be a number above 0\. Received: context=-1"),
        (lambda: flops_per_token("nano"), r"`vocabulary_size` must be given for 'nano'"),
        (lambda: flops_per_token("gtp2"), r"Did you mean"),
        (lambda: step_flops("gpt2", batch_size=0), r"`batch_size` must be a number above 0"),
        (lambda: step_flops("gpt2", batch_size=1, recompute="ful"), r"Did you mean 'full' or 'flash'\? Received"),
        (lambda: training_flops("gpt2", tokens=float("nan")), r"`tokens` must be .* Received: tokens=nan"),
        (lambda: training_flops("gpt2", tokens="many"), r"Received: tokens='many'"),
        (lambda: training_flops("gpt2", tokens=True), r"Received: tokens=True"),
        (lambda: training_flops("gpt2", tokens=1, convention="7ND"), r"`convention` must be one of '6ND'"),
        (lambda: training_flops("llama-7b", tokens=1, convention="megatron"), r"'llama-7b' has not: use 'exact'"),
        (lambda: training_flops("t5-base", tokens=1, convention="palm"), r"'6ND' or 'exact' for an encoder"),
        (lambda: training_flops(1e9, tokens=1, attention=True), r"`config` must be an architecture"),
        (lambda: training_flops(-1e9, tokens=1), r"`config` must be a number above 0"),
        (lambda: pf_days(float("inf")), r"`flops` must be a number above 0"),
    ],
)
def test_what_cannot_be(call, message):
    with pytest.raises(ScaleError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
