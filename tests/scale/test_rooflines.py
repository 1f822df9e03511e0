"""Rooflines: prompts wait for the arithmetic, writing waits for the memory, and both are bounds."""

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from kseq.scale import LayerTable, ScaleError, architecture, flops_per_token, kv_cache, parameters, roofline

SEVEN = {"config": "llama2-7b", "gpu": "a100"}


def test_a_prompt_waits_for_the_arithmetic_and_writing_for_the_memory():
    prompt, writing = (roofline(**SEVEN, phase=phase, context=2048) for phase in ("prefill", "decode"))
    assert (prompt.bound, writing.bound) == ("compute", "memory")
    assert prompt.seconds == pytest.approx(prompt.flops / 312e12)
    assert writing.seconds == pytest.approx(writing.bytes / 2039e9)
    assert prompt.flops < 2048 * writing.flops
    assert prompt.ridge == writing.ridge == 312e12 / 2039e9
    assert writing.intensity == pytest.approx(1, rel=0.1)  # two FLOPs for the two bytes of each weight
    assert prompt.tokens_per_second > 100 * writing.tokens_per_second


def test_by_hand():
    one = roofline(**SEVEN, phase="decode", context=1000, batch_size=3)
    matrices = 32 * (4 * 4096**2 + 3 * 4096 * 11_008) + 32_000 * 4096
    assert one.weights == 2 * matrices < 2 * parameters("llama2-7b")  # the embedding is looked up, not read
    assert one.cache == kv_cache("llama2-7b", tokens=1000, batch_size=3) == 3 * 1000 * 524_288
    assert one.bytes == one.weights + one.cache
    assert one.flops == 3 * (2 * matrices + 4 * 32 * 4096 * 1000)
    assert one.seconds == max(one.flops / 312e12, one.bytes / 2039e9)
    assert one.tokens_per_second == pytest.approx(3 / one.seconds)


def test_a_prompt_is_a_bound():
    """Each token looks back only, and the output layer reads the last one."""
    one = roofline(**SEVEN, phase="prefill", context=1000, batch_size=3)
    layers = 32 * (4 * 4096**2 + 3 * 4096 * 11_008)
    attention = sum(4 * 32 * 4096 * seen for seen in range(1, 1001))
    assert one.flops == 3 * (2 * 1000 * layers + 2 * 32_000 * 4096 + attention)
    assert "reads the last token only" in " ".join(one.explain().split())
    bert = roofline("bert-base", gpu="t4", context=100)  # looks at all
    assert bert.flops == 100 * flops_per_token("bert-base", context=100, direction="forward")


@drawn(st.integers(1, 60), st.integers(1, 60), st.integers(0, 32))
@settings(max_examples=30, deadline=None)
def test_a_window_bounds_what_a_prompt_and_a_token_look_at(tokens, window, full):
    sizes = architecture("mistral-7b", attention_window=window, full_attention_layers=full)
    near, all_of = (sum(min(t, w) for t in range(1, tokens + 1)) for w in (window, tokens))
    looked = full * all_of + (32 - full) * near
    bare = roofline(sizes, gpu="a100", context=tokens).flops - 4 * 4096 * looked
    assert bare == 2 * tokens * 32 * (2 * 4096 * 128 * 40 + 3 * 4096 * 14_336) + 2 * 32_000 * 4096
    writing = roofline(sizes, gpu="a100", context=tokens, phase="decode")
    kept = full * tokens + (32 - full) * min(tokens, window)
    assert writing.cache == 2 * kept * 8 * 128 * 2


@drawn(st.integers(1, 512), st.integers(1, 8192), st.sampled_from(["prefill", "decode"]), st.integers(1, 16))
@settings(max_examples=40, deadline=None)
def test_bounds(batch, context, phase, gpus):
    one = roofline(**SEVEN, phase=phase, batch_size=batch, context=context, gpus=gpus)
    more = roofline(**SEVEN, phase=phase, batch_size=batch + 1, context=context, gpus=gpus)
    assert more.seconds >= one.seconds and more.intensity >= one.intensity
    assert more.tokens_per_second >= one.tokens_per_second * (1 - 1e-12)  # sharing weights never hurts
    assert (one.bound == "compute") is (one.intensity >= one.ridge)
    assert one.seconds >= one.flops / (gpus * 312e12) * (1 - 1e-12)


def test_many_sequences_share_the_weights_but_not_the_keys():
    alone, together = (roofline(**SEVEN, phase="decode", context=8, batch_size=size) for size in (1, 512))
    assert together.bound == "compute" and alone.bound == "memory"
    assert together.tokens_per_second > 100 * alone.tokens_per_second
    # Each sequence brings its own keys and values: when they are long, no number of sequences helps.
    assert roofline(**SEVEN, phase="decode", context=4096, batch_size=10_000).bound == "memory"


def test_fewer_bytes_write_faster():
    plain, small = (roofline(**SEVEN, phase="decode", context=128, dtype=dtype) for dtype in ("bfloat16", "int4"))
    assert plain.seconds == pytest.approx(4 * small.seconds)
    assert small.ridge == plain.ridge  # four bits are multiplied in sixteen


def test_grouped_heads_make_the_cache_small():
    grouped = roofline("llama2-70b", gpu="h100", gpus=8, phase="decode", batch_size=64, context=4096)
    every = architecture("llama2-70b", num_key_value_heads=64)
    assert roofline(every, gpu="h100", gpus=8, phase="decode", batch_size=64, context=4096).cache == 8 * grouped.cache


def test_an_encoder_keeps_nothing():
    one = roofline("bert-base", gpu="t4", batch_size=8)
    assert one.cache == 0 and one.bytes == one.weights
    with pytest.raises(ScaleError, match=r"`phase` must be 'prefill' for 'bert-base', which writes no tokens"):
        roofline("bert-base", gpu="t4", phase="decode")


def test_it_prints_and_explains():
    one = roofline("llama2-70b", gpu="H100", gpus=2, phase="decode", context=4096)
    assert str(one) == (
        "decode of llama2-70b on 2 h100: 1.482e11 FLOP, 129.24 GiB moved, 1.1 FLOP/byte (ridge 295.2): memory bound, "
        "at least 20.7 ms a step, at most 48.28 tokens/s"
    )
    assert one.explain().startswith("time of a step, at least = max(C/(n·P), M/(n·β))")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phase": "prefil"}, r"`phase` must be one of 'prefill', 'decode'\. Did you mean 'prefill'\?"),
        ({"batch_size": 0}, r"`batch_size` must be an integer from 1 on"),
        ({"context": -5}, r"`context` must be a number above 0"),
        ({"context": 1.5}, r"`context` must be an integer from 1 on"),
        ({"dtype": "int3"}, r"`dtype` must be one of"),
        ({"gpus": 0.5}, r"`gpus` must be a whole number"),
        ({"gpu": "a1000"}, r"Did you mean"),
        ({"config": LayerTable("one", ())}, r"`config` must be an architecture: a table of layers"),
        ({"config": "t5-base"}, r"`config` must have one stack of layers"),
    ],
)
def test_what_cannot_be(change, message):
    with pytest.raises(ScaleError, match=message):
        roofline(**(SEVEN | change))
