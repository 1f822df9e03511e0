"""`kv_cache`: what a Transformer that writes keeps of all that it has read.

To write one more token, each layer needs the keys and values of all tokens before it. They do not change, so they are
kept: two vectors of width k for each of the G key-value heads of each of the L layers,

    bytes = 2 · L · G · k · b · tokens · sequences

A sliding window forgets: of T tokens it keeps the latest T_w. A decoder behind an encoder keeps the same for each token
of the source, too.
"""

from kseq.scale.counting import is_table
from kseq.scale.errors import ScaleError
from kseq.scale.formulas import names
from kseq.scale.naming import architecture
from kseq.scale.number_types import STORED, bytes_of, check_count
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import seen, symbols

POPE = "Pope et al. (2022), Efficiently scaling Transformer inference, arXiv 2211.05102, section 3.3"
WINDOW = "Jiang et al. (2023), Mistral 7B, arXiv 2310.06825, section 2: sliding window, rolling buffer cache"
GROUPED = "Ainslie et al. (2023), GQA, arXiv 2305.13245"


def kv_cache(config, *, tokens=None, batch_size=1, dtype="bfloat16", encoder_tokens=None, **changes):
    """The bytes of the keys and values that are kept while a model writes (row L6).

    Heads of keys and values count, not heads of queries, and their own width: grouped heads (GQA) make the cache
    smaller, and in some models H·k is not d. With a sliding window the latest tokens are kept, as many as it is wide. A
    decoder that has an encoder keeps keys and values of each token of the source, too.

    Args:
        config: a name such as `"llama2-70b"`, an `Architecture`, a mapping of its fields, or a path of a Hugging Face
            `config.json`.
        tokens: how many tokens each sequence has. `None`: the bytes of one token are returned.
        batch_size: sequences that are written at once.
        dtype: type of the numbers that are kept: `"float32"`, `"bfloat16"`, `"float16"`, `"float8"`, `"int8"` or
            `"int4"` (without the scales that quantised ones need).
        encoder_tokens: tokens of the source, where there is an encoder. `None`: as many as `tokens`.
        **changes: fields of the architecture that shall be otherwise.

    Returns:
        A `Quantity` in bytes, or in bytes per token where `tokens` is `None` (of all sequences of the batch).

    Raises:
        ScaleError: The architecture, the type or a number is not possible, or the model writes nothing.

    Example:

    >>> kv_cache("gpt3-175b")
    4718592
    >>> print(kv_cache("llama2-70b", tokens=4096))
    1.25 GiB
    >>> print(kv_cache("mistral-7b", tokens=32_768))
    512.00 MiB

    References:
        Pope et al. (2022), arXiv 2211.05102; Ainslie et al. (2023), arXiv 2305.13245 (grouped heads); Jiang et al.
        (2023), arXiv 2310.06825 (sliding window).
    """
    check_count("batch_size", batch_size)
    if tokens is not None:
        check_count("tokens", tokens)
    size = bytes_of(dtype, STORED)
    if is_table(config):
        raise ScaleError(
            "`config` must be an architecture: a table of layers does not say what is kept while a model writes. "
            f"Received: the table of {config.name!r}"
        )
    sizes = architecture(config, **changes)
    if not sizes.causal:
        raise ScaleError(
            f"`config` must be a model that writes token by token; {sizes.name!r} reads all tokens at once and keeps "
            f"no keys and values. Received: config={config if isinstance(config, str) else sizes.name!r}"
        )
    if encoder_tokens is not None:
        _check_encoder(sizes, tokens, encoder_tokens)
    of = symbols(sizes)
    inputs = {**{letter: of[letter] for letter in "LGk"}, "b": given(size, "bytes", name=f"bytes of a {dtype}")}
    sources = (POPE, GROUPED) if sizes.head_groups > 1 else POPE
    one = derive("keys and values of a token", "bytes/token", "2·L·G·k·b", source=sources, note=_note(sizes), **inputs)
    if tokens is None and batch_size == 1:
        return one
    batch = given(batch_size, "sequences", name="sequences at once")
    if tokens is None:
        return derive("keys and values of a token of each sequence", "bytes/token", "m_kv·B", m_kv=one, B=batch)
    length = given(tokens, "tokens", name="tokens of a sequence")
    if sizes.num_encoder_layers:
        source = given(encoder_tokens or tokens, "tokens", name="tokens of the source")
        return derive("keys and values", "bytes", "m_kv·(T + T_e)·B", m_kv=one, T=length, T_e=source, B=batch)
    if not sizes.attention_window:
        return derive("keys and values", "bytes", "m_kv·T·B", m_kv=one, T=length, B=batch)
    known = {**of, **inputs, "T": length, "B": batch}
    formula = f"2·{seen(sizes)}·G·k·b·B"
    return derive("keys and values", "bytes", formula, source=(*one.sources, WINDOW),
                  **{symbol: known[symbol] for symbol in names(formula)})  # fmt: skip


def _check_encoder(sizes, tokens, encoder_tokens):
    check_count("encoder_tokens", encoder_tokens)
    if not sizes.num_encoder_layers or tokens is None:
        raise ScaleError(
            "`encoder_tokens` goes with `tokens` and with a model that has an encoder. "
            f"Received: encoder_tokens={encoder_tokens}"
        )


def _note(sizes):
    if sizes.num_encoder_layers:
        return "The decoder keeps as much again for each token of the source, once it is read."
    if sizes.attention_window and sizes.full_attention_layers:
        kept = f"{sizes.num_layers - sizes.full_attention_layers} of {sizes.num_layers} layers"
        return f"Beyond {sizes.attention_window:,} tokens {kept} keep no more: their window slides."
    if sizes.attention_window:
        return f"Beyond {sizes.attention_window:,} tokens nothing is added: the window slides."
    return ""
