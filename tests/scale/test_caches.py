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


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        ("gpt2", {"tokens": -1}, r"`tokens` must be an integer from 1 on\. Received: tokens=-1"),
        ("gpt2", {"tokens": 1.5}, r"`tokens` must be an integer from 1 on\. Received: tokens=1\.5"),
        ("gpt2", {"batch_size": 0}, r"`batch_size` must be an integer from 1 on"),
        ("gpt2", {"dtype": "int88"}, r"`dtype` must be one of .*Did you mean 'int8'.*Received: dtype='int88'"),
        ("gpt22", {}, r"No architecture is called 'gpt22'\. Did you mean 'gpt2'"),
        ("bert-base", {}, r"writes token by token; 'bert-base' reads all tokens at once.*Received: config='bert-base'"),
        (LayerTable("mine", ()), {}, r"`config` must be an architecture: a table of layers.*Received: the table of"),
    ],
)
def test_errors(config, options, message):
    with pytest.raises(ScaleError, match=message) as caught:
        kv_cache(config, **options)
    assert "\n" not in str(caught.value)
