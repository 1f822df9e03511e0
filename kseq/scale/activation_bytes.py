"""`activation_memory`: what a Transformer keeps of its forward pass, so that the backward pass can use it.

Counted as Korthikanti et al. do, value by value: what a layer reads again to compute its gradients. With T tokens,
B sequences, b bytes per value and dropout, whose masks take one byte per value, one layer of width d keeps

    T·B·( 4·b·d                   inputs of two normalizations, of the attention and of the feed-forward layer
        + 2·d                     masks of two dropouts
        + b·(2·H·k + 2·G·k)       queries, keys, values, and what the heads give
        + b·f·d_ff                f = 2: before and after the activation
        + (2·b + 1)·H·T )         weights of attention before and after dropout, and its mask

which is T·B·d·(34 + 5·H·T/d) in the paper's case: b = 2, G = H, H·k = d, d_ff = 4·d. FlashAttention never has the last
line, the weights of attention, in memory: for each token and head it keeps one sum, of 4 bytes.
"""

import numbers

from kseq.scale.counting import is_table
from kseq.scale.errors import ScaleError
from kseq.scale.formulas import names
from kseq.scale.naming import architecture
from kseq.scale.number_types import bytes_of, check_count, choice
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import symbols

PAPER = "Korthikanti et al. (2022), Reducing activation recomputation, arXiv 2205.05198, sections 4.1 to 4.3"
RECOMPUTE = {
    "none": "all is kept",
    "selective": "scores and weights of attention are computed again, a layer at a time",
    "flash": "the same within the kernel of attention, which never stores them (FlashAttention)",
    "full": "only the input of each layer is kept",
}
DEFAULT = "flash"  # what nearly everybody trains with today
DAO = "Dao et al. (2022), FlashAttention, arXiv 2205.14135"
STORED = "All weights of attention are kept here. FlashAttention keeps none: that is recompute='flash', the default."
MASKS = "There is dropout (the architecture's rate is {:g}), whose masks are kept: dropout=False leaves them out."
SUM_BYTES = 4  # of a row of attention, from which FlashAttention computes its weights again
LOGIT_BYTES = 4  # the softmax over the vocabulary is computed in float32


def activation_memory(
    config, *, batch_size, context=None, recompute=None, tensor=1, dtype="bfloat16", dropout=None, **changes
):
    """The bytes of all activations that one device keeps for the backward pass (row L6).

    With FlashAttention (`"flash"`, the default) weights of attention are never stored: it computes them in tiles, and
    backwards once more. Of a layer that is computed again in another way only what it keeps for good counts, for all
    layers, and one layer as a whole: the one that is being computed again. Within that layer, `"full"` has
    FlashAttention, and `"selective"`, which came before it, has not.

    Tensor parallelism divides what lies inside attention and feed-forward layers, not the inputs and masks beside them
    (the paper's equation 2; sequence parallelism would divide those, too). Pipeline parallelism divides nothing: the
    first stage holds as many micro-batches as there are stages.

    Where sizes are not those of the paper, this is assumed: grouped heads keep keys and values once for each group; a
    gated feed-forward layer keeps four values of each unit (both products, the opened gate, and what goes out); layers
    of a decoder with an encoder keep a second attention layer, and both sides read `context` tokens; where one
    normalization serves both sublayers, side by side, its output is kept once.

    Args:
        config: a name such as `"gpt3-175b"`, an `Architecture`, a mapping of its fields, a path of a Hugging Face
            `config.json`, or a `LayerTable`, which has its own count of values.
        batch_size: sequences that go through a device at once (a micro-batch).
        context: tokens of each sequence. `None`: the context length of the architecture.
        recompute: what is computed again in the backward pass: `"none"`; `"selective"`, weights of attention, as in
            the paper; `"flash"`, the same as FlashAttention does; `"full"`, whole layers. `None`: `"flash"`; of a
            `LayerTable`, which keeps what it says, `"none"`.
        tensor: devices that share each layer (tensor parallelism).
        dtype: type of the activations.
        dropout: whether there is dropout, whose masks are kept. `None`: as the architecture was trained (GPT-2 with,
            LLaMA without).
        **changes: fields of the architecture that shall be otherwise.

    Returns:
        A `Quantity` in bytes, of one device; its inputs are one layer, the layers, and what lies outside of them.

    Raises:
        ScaleError: The architecture is not possible, or a number, type or word is not.

    Example:

    >>> print(activation_memory("gpt2", batch_size=8, context=1024))
    3.96 GiB

    References:
        Korthikanti et al. (2022), arXiv 2205.05198; Dao et al. (2022), arXiv 2205.14135 (FlashAttention).
    """
    check_count("batch_size", batch_size)
    check_count("tensor", tensor)
    if recompute is not None:
        choice("recompute", recompute, RECOMPUTE)
    size = given(bytes_of(dtype), "bytes", name=f"bytes of a {dtype}")
    if is_table(config):
        return _of_table(config, batch_size, size, recompute or "none")
    sizes, recompute = architecture(config, **changes), recompute or DEFAULT
    dropout = check_dropout(sizes.dropout if dropout is None else dropout)
    if context is not None:
        check_count("context", context)
    if sizes.vocabulary_size is None and not sizes.patch_size:
        raise ScaleError(
            f"`vocabulary_size` must be given for {sizes.name!r}: its logits are activations, too. "
            "Received: vocabulary_size=None"
        )
    check_heads(sizes, tensor)
    known = _inputs(sizes, batch_size, context, size, tensor)
    kept = _layers(sizes, known, recompute, dropout)
    outside = _outside(sizes, known, dropout)
    notes = [STORED if recompute == "none" else "", MASKS.format(sizes.dropout) if dropout else ""]
    say = {"source": (PAPER, DAO) if recompute == "flash" else PAPER, "note": " ".join(filter(None, notes))}
    name = f"activations, recompute={recompute!r}"
    if recompute in ("none", "flash"):
        return derive(name, "bytes", "M_L + M_x", **say, M_L=kept, M_x=outside)
    again = derive("one layer while it is computed again", "bytes", "a_1 − a", source=PAPER,
                   a_1=layer_activations(sizes, known, "flash" if recompute == "full" else "none", dropout),
                   a=layer_activations(sizes, known, recompute, dropout))  # fmt: skip
    return derive(name, "bytes", "M_L + M_1 + M_x", **say, M_L=kept, M_1=again, M_x=outside)


def check_dropout(dropout):
    """Whether there is dropout: what was given as a word or as a rate."""
    if not isinstance(dropout, numbers.Real) or not 0 <= dropout <= 1:
        raise ScaleError(f"`dropout` must be True, False or a share from 0 to 1. Received: dropout={dropout!r}")
    return dropout > 0


def layer_activations(sizes, known, recompute, dropout, cross=False):
    """What one layer keeps, in bytes.

    Args:
        sizes: an `Architecture`.
        known: mapping of symbol -> number, as the formula has them.
        recompute: as in `activation_memory`.
        dropout: whether its masks are kept.
        cross: of the attention to an encoder, not of a whole layer.
    """
    name = "attention to the encoder" if cross else "one layer"
    if recompute in ("selective", "full"):
        name += ", what is kept of it"
    if recompute == "full":
        if cross:
            return given(0, "bytes", name=name)
        return _derive(name, "T·B·b·d", known)
    shared = "/n_t" if known["n_t"] > 1 else ""
    beside, masks = inputs_beside(sizes, cross)
    parts = [f"({beside}·b + {masks})·d" if dropout else f"{beside}·b·d", f"b·(2·H·k + 2·G·k){shared}"]
    if not cross:
        parts.append(f"{4 if sizes.gated else 2}·b·d_ff{shared}")
    if recompute == "none":
        parts.append(f"(2·b + 1)·H·T{shared}" if dropout else f"b·H·T{shared}")
    elif recompute == "flash":
        parts.append(f"b_H·H{shared}")
    return _derive(name, f"T·B·({' + '.join(parts)})", known)


def inputs_beside(sizes, cross):
    """How many values of the layer's width are kept beside its products: inputs, and masks of dropout."""
    if cross:
        return 2, 1  # of the normalization, of the attention
    if sizes.norms_per_block == 1:
        return 2, 2  # attention and feed-forward layer read the same normalized input (PaLM)
    return 4, 2


def _layers(sizes, known, recompute, dropout):
    """All layers together."""
    one = layer_activations(sizes, known, recompute, dropout)
    if not sizes.num_encoder_layers:
        return derive("all layers", "bytes", "L·a", L=known["L"], a=one)
    cross = layer_activations(sizes, known, recompute, dropout, cross=True)
    return derive("all layers", "bytes", "(L + L_e)·a + L·a_x", L=known["L"], L_e=known["L_e"], a=one, a_x=cross)


def _outside(sizes, known, dropout):
    """Mask of the first dropout, inputs of the last normalization and of the output layer, and the logits."""
    beside = "(2·b + 1)·d" if dropout else "2·b·d"
    if sizes.vocabulary_size is None:
        return _derive("outside of the layers", f"T·B·{beside}", known)
    shared = "/n_t" if known["n_t"] > 1 else ""
    return _derive("outside of the layers", f"T·B·({beside} + b_V·V{shared})", known)


def _inputs(sizes, batch_size, context, size, tensor):
    """The sizes by their letters, and what the user said."""
    known = symbols(sizes)
    if context is not None:
        known["T"] = given(context, "tokens", name="tokens of a sequence")
    return {
        **known,
        "B": given(batch_size, "sequences", name="sequences at once"),
        "b": size,
        "b_H": given(SUM_BYTES, "bytes", name="bytes of the sum of a row of attention, float32"),
        "b_V": given(LOGIT_BYTES, "bytes", name="bytes of a logit, float32"),
        "n_t": given(tensor, "devices", name="devices of tensor parallelism"),
    }


def _derive(name, formula, known):
    """`derive` with the symbols that the formula has, and no others."""
    return derive(name, "bytes", formula, source=PAPER, **{symbol: known[symbol] for symbol in names(formula)})


def _of_table(table, batch_size, size, recompute):
    if recompute != "none":
        raise ScaleError(
            "`recompute` must be 'none' for a table of layers: which of them are computed again, it does not say. "
            f"Received: recompute={recompute!r}"
        )
    values = given(table.activations, name="values that are kept for one example")
    return derive("activations", "bytes", "n_a·B·b", n_a=values, B=given(batch_size, "examples"), b=size)


def check_heads(sizes, tensor):
    """Refuses tensor parallelism that would cut through a head."""
    if sizes.num_heads % tensor:
        raise ScaleError(
            f"`tensor` must divide num_heads={sizes.num_heads}, so that each device has whole heads. "
            f"Received: tensor={tensor}"
        )
