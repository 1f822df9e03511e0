"""What other calculators get wrong, asked of this one. Each test says what is printed elsewhere, and why that is wrong.

Reproduced with EleutherAI/cookbook at 827ee3b, cli99/llm-analysis at d841e40, mlco2/impact at d0d3ee5 and LMCache's
calculator as of its issue 688.
"""

import pytest

from kseq.scale import (
    ACCELERATORS,
    ScaleError,
    accelerator,
    architecture,
    flops_per_token,
    in_gib,
    kv_cache,
    memory,
    parameter_parts,
    parameters,
    training_flops,
)
from kseq.scale.units import in_letters

GIB = 2**30
FEED_FORWARD = 11_008


def test_a_cache_has_keys_and_values():
    """calc/mem.py counts one of the two: 4.50 GiB."""
    assert str(kv_cache("gpt3-175b", tokens=2048)) == "9.00 GiB"


def test_grouped_heads_make_the_cache_smaller():
    """calc/mem.py takes all 64 heads in spite of --kv-size-ratio (and one of keys and values): 5.00 GiB."""
    cache = kv_cache("llama2-70b", tokens=4097)
    assert str(cache) == "1.25 GiB"
    assert str(kv_cache("llama2-70b", tokens=4097, num_key_value_heads=64)) == "10.00 GiB"


def test_zero_3_divides_the_weights_once():
    """calc/mem.py divides them by the 8 devices of a layer, and then by all 64 again: 0.64 GiB.

    It counts an output layer of its own (175.2 B parameters); GPT-3 ties it to the embedding: 5.08 GiB.
    """
    layout = {"precision": "mixed", "zero": 3, "data": 8, "tensor": 8}
    held = memory("gpt3-175b", **layout, tied_embeddings=False)
    assert held.devices == 64 and in_gib(held.weights) == "5.10 GiB"
    assert in_gib(memory("gpt3-175b", **layout).weights) == "5.08 GiB"
    assert held.weights * 64 == 2 * held.parameters
    assert memory("gpt3-175b", precision="mixed", zero=3, data=64).weights == memory("gpt3-175b", **layout).weights


def test_the_width_of_the_feed_forward_layer_counts():
    """calc/flops.py takes --ffn-hidden-size and never uses it: 116.49 ZFLOP with and without."""
    llama = architecture("llama-7b")
    wider = llama.changed(intermediate_dim=4 * llama.embedding_dim)
    more = 3 * llama.num_layers * llama.embedding_dim * (4 * llama.embedding_dim - FEED_FORWARD)  # weights
    assert llama.intermediate_dim == FEED_FORWARD
    assert parameters(wider) - parameters(llama) == more
    assert flops_per_token(wider) - flops_per_token(llama) == 6 * more
    difference = training_flops(wider, tokens=1e12) - training_flops(llama, tokens=1e12)
    assert difference == pytest.approx(6 * more * 1e12, rel=1e-9)


def test_nothing_is_computed_twice_unless_asked():
    """calc/flops.py assumes recomputation: 4.29e23 for GPT-3, where table D.1 has 3.14e23."""
    assert training_flops("gpt3-175b", tokens=300e9) == pytest.approx(3.14e23, rel=0.01)
    with_attention = training_flops("gpt3-175b", tokens=300e9, attention=True)
    assert with_attention == pytest.approx(3.23e23, rel=0.005)
    again = training_flops("gpt3-175b", tokens=300e9, attention=True, recompute="full")
    assert again == pytest.approx(4.3e23, rel=0.01) and again == pytest.approx(with_attention * 4 / 3)


def test_the_output_layer_has_a_backward_pass_too():
    """calc/flops.py counts the product with the vocabulary forward only."""
    gpt3 = architecture("gpt3-175b")
    larger = gpt3.changed(vocabulary_size=gpt3.vocabulary_size + 1000)
    per_word = 2 * gpt3.embedding_dim
    forward = flops_per_token(larger, direction="forward") - flops_per_token(gpt3, direction="forward")
    assert forward == 1000 * per_word
    assert flops_per_token(larger) - flops_per_token(gpt3) == 3 * 1000 * per_word


def test_llama_has_as_many_parameters_as_it_has():
    """calc/params.py knows whole multiples of the width only, and four of them: 8.86 B for LLaMA-7B."""
    assert parameters("llama-7b") == 6_738_415_616
    assert parameter_parts("llama-7b")["output"] == 32_000 * 4096  # it ties nothing


def test_a_billion_is_a_thousand_million():
    """llm-analysis prints parameters with a divisor of 1024: "162.58 G" for OPT-175B, pinned by a test of its own."""
    count = parameters("opt-175b")
    assert in_letters(count) == "174.6 B" and "162" not in str(count)
    parts = parameter_parts("opt-175b")  # it leaves out positions and biases, nine widths of them in each layer
    plain = count - parts["position_embedding"] - 96 * 9 * 12_288
    assert plain / 1024**3 == pytest.approx(162.58, abs=0.01)
    assert in_gib(2 * count) == "325.23 GiB"  # bytes are what 1024 is for


def test_peaks_are_dense():
    """data/gpus.csv has 1979 TFLOP/s for an H100 in 16 bits: that is with every second weight zero."""
    assert accelerator("H100 SXM").peak("float16") == accelerator("h100").peak("bfloat16") == 989e12


def test_every_device_has_all_of_its_columns():
    """data/gpus.csv has 1111 TFLOP/s for a GTX 750, and the row of the A10G is one column short."""
    for name in ACCELERATORS:
        device = accelerator(name)
        assert 1e11 < device.peak("bfloat16") < 5e15, name  # a GTX 750 has one
        assert 4 * GIB <= device.memory < 1024 * GIB and 1e10 < device.bandwidth < 1e13 and 10 < device.watts < 2000
        assert device.source
    assert accelerator("a10").memory == 24 * GIB and accelerator("a10").watts == 150
    for unknown in ("gtx 750", "a10g"):  # not listed: no figure is better than a wrong one
        with pytest.raises(ScaleError, match=f"No accelerator is called '{unknown}'"):
            accelerator(unknown)


def test_heads_may_have_a_width_of_their_own():
    """LMCache's calculator took d / H for the width of a head, 80 in Qwen3-4B, which has 128: 92,160 bytes a token."""
    qwen3 = {
        "name": "Qwen3-4B", "num_layers": 36, "num_heads": 32, "num_key_value_heads": 8, "key_dim": 128,
        "embedding_dim": 2560, "intermediate_dim": 9728, "context_length": 32_768,
    }  # fmt: skip
    assert kv_cache(qwen3) == 147_456
    assert kv_cache({**qwen3, "key_dim": None}) == 92_160
    as_published = {
        "model_type": "qwen2", "hidden_size": 2560, "num_hidden_layers": 36, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 9728, "vocab_size": 151_936,
        "max_position_embeddings": 32_768,
    }  # fmt: skip
    assert kv_cache(as_published) == 147_456  # a config.json of Hugging Face may say it, too
