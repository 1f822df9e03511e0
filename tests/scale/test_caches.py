"""`kv_cache`: bytes that are kept while a model writes, exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scale import ScaleError, kv_cache
from kseq.scale.checks import kv_caches
from kseq.scale.layer_table import LayerTable


@pytest.mark.parametrize("row", kv_caches.rows(), ids=lambda row: f"{row.table}: {row.row}")
def test_published(row):
    twice = row.row.startswith("llama3.1-405b, ")
    assert row.agrees != twice
    assert row.cause == (kv_caches.TWICE if twice else "")
    if twice:  # with 16 heads of keys and values the page would be right
        tokens = int(row.row.split()[1].replace(",", ""))
        assert abs(kv_cache("llama3.1-405b", tokens=tokens, num_key_value_heads=16) - row.published) <= row.rounding


@settings(deadline=None)
@given(
    layers=st.integers(1, 9),
    groups=st.integers(1, 4),
    of_each=st.integers(1, 4),
    key_dim=st.integers(1, 99),
    tokens=st.integers(1, 10**6),
    sequences=st.integers(1, 99),
)
def test_by_hand(layers, groups, of_each, key_dim, tokens, sequences):
    sizes = {
        "num_layers": layers, "num_heads": groups * of_each, "num_key_value_heads": groups, "key_dim": key_dim,
        "embedding_dim": 10, "context_length": 5,
    }  # fmt: skip
    numbers = 2 * layers * groups * key_dim
    assert kv_cache(sizes).exact == 2 * numbers
    assert kv_cache(sizes, batch_size=sequences).exact == 2 * numbers * sequences
    for dtype, size in (("float32", 4), ("float16", 2), ("float8", 1), ("int8", 1), ("int4", 0.5)):
        kept = kv_cache(sizes, tokens=tokens, batch_size=sequences, dtype=dtype)
        assert kept.exact == numbers * size * tokens * sequences and kept.unit == "bytes"


def test_units_and_sources():
    one = kv_cache("llama2-70b")
    assert (one.unit, one.formula) == ("bytes/token", "2·L·G·k·b")
    assert "2305.13245" in one.explain() and "2305.13245" not in kv_cache("gpt2").explain()
    assert str(kv_cache("gpt3-175b", tokens=2048)) == "9.00 GiB"
    assert "each token of the source" in kv_cache("transformer-base").note
    assert "2310.06825" in kv_cache("mistral-7b", tokens=9).explain()


def test_a_window_slides():
    """Mistral's 32,768 tokens: 4 GiB without its window of 4,096."""
    assert str(kv_cache("mistral-7b", tokens=32_768)) == "512.00 MiB"
    assert str(kv_cache("mistral-7b", tokens=32_768, attention_window=0)) == "4.00 GiB"
    assert kv_cache("mistral-7b", tokens=4096) == kv_cache("mistral-7b", tokens=10**6) == 4096 * kv_cache("mistral-7b")
    assert kv_cache("mistral-7b", tokens=100, batch_size=3) == 300 * kv_cache("mistral-7b")
    every_second = {"attention_window": 1000, "full_attention_layers": 16}
    assert kv_cache("mistral-7b", tokens=5000, **every_second) == (5000 + 1000) / 2 * kv_cache("mistral-7b")
    assert "16 of 32 layers" in kv_cache("mistral-7b", **every_second).note
    with pytest.raises(ScaleError, match=r"`full_attention_layers` must be at most num_layers=32"):
        kv_cache("mistral-7b", full_attention_layers=33)


def test_a_source_is_kept_too():
    one = kv_cache("t5-base")
    assert kv_cache("t5-base", tokens=100) == 200 * one
    assert kv_cache("t5-base", tokens=100, encoder_tokens=512, batch_size=2) == 2 * 612 * one


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        ("gpt2", {"tokens": -1}, r"`tokens` must be an integer from 1 on\. Received: tokens=-1"),
        ("gpt2", {"tokens": 1.5}, r"`tokens` must be an integer from 1 on\. Received: tokens=1\.5"),
        ("gpt2", {"batch_size": 0}, r"`batch_size` must be an integer from 1 on"),
        ("gpt2", {"dtype": "int88"}, r"`dtype` must be one of .*Did you mean 'int8'.*Received: dtype='int88'"),
        ("gpt2", {"tokens": 5, "encoder_tokens": 5}, r"`encoder_tokens` goes with `tokens` and with a model that has"),
        ("t5-base", {"tokens": 5, "encoder_tokens": 0}, r"`encoder_tokens` must be an integer from 1 on"),
        ("gpt22", {}, r"No architecture is called 'gpt22'\. Did you mean 'gpt2'"),
        ("bert-base", {}, r"writes token by token; 'bert-base' reads all tokens at once.*Received: config='bert-base'"),
        (LayerTable("mine", ()), {}, r"`config` must be an architecture: a table of layers.*Received: the table of"),
    ],
)
def test_errors(config, options, message):
    with pytest.raises(ScaleError, match=message) as caught:
        kv_cache(config, **options)
    assert "\n" not in str(caught.value)
