"""`kv_cache`: what a Transformer that writes keeps of all that it has read.

To write one more token, each layer needs the keys and values of all tokens before it. They do not change, so they are
kept: two vectors of width k for each of the G key-value heads of each of the L layers,

    bytes = 2 · L · G · k · b · tokens · sequences
"""

from kseq.scale.counting import is_table
from kseq.scale.errors import ScaleError
from kseq.scale.naming import architecture
from kseq.scale.number_types import STORED, bytes_of, check_count
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import symbols

POPE = "Pope et al. (2022), Efficiently scaling Transformer inference, arXiv 2211.05102, section 3.3"
GROUPED = "Ainslie et al. (2023), GQA, arXiv 2305.13245"


def kv_cache(config, *, tokens=None, batch_size=1, dtype="bfloat16", **changes):
    """The bytes of the keys and values that are kept while a model writes (row L6).

    Heads of keys and values count, not heads of queries, and their own width: grouped heads (GQA) make the cache
    smaller, and in some models H·k is not d. A decoder that has an encoder keeps the same again for each token of the
    source; that is not counted here.

    Args:
        config: a name such as `"llama2-70b"`, an `Architecture`, a mapping of its fields, or a path of a Hugging Face
            `config.json`.
        tokens: how many tokens each sequence has. `None`: the bytes of one token are returned.
        batch_size: sequences that are written at once.
        dtype: type of the numbers that are kept: `"float32"`, `"bfloat16"`, `"float16"`, `"float8"`, `"int8"` or
            `"int4"` (without the scales that quantised ones need).
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

    References:
        Pope et al. (2022), arXiv 2211.05102; Ainslie et al. (2023), arXiv 2305.13245 (grouped heads).
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
    of = symbols(sizes)
    inputs = {**{letter: of[letter] for letter in "LGk"}, "b": given(size, "bytes", name=f"bytes of a {dtype}")}
    sources = (POPE, GROUPED) if sizes.head_groups > 1 else POPE
    one = derive("keys and values of a token", "bytes/token", "2·L·G·k·b", source=sources, note=_note(sizes), **inputs)
    if tokens is None and batch_size == 1:
        return one
    inputs = {"c": one, "B": given(batch_size, "sequences", name="sequences at once")}
    if tokens is None:
        return derive("keys and values of a token of each sequence", "bytes/token", "c·B", **inputs)
    length = given(tokens, "tokens", name="tokens of a sequence")
    return derive("keys and values", "bytes", "c·T·B", T=length, **inputs)


def _note(sizes):
    if sizes.num_encoder_layers:
        return "The decoder's own; its layers keep as much again for each token of the source."
    return ""
