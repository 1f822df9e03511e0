"""The matrix products of a Transformer: what one token is multiplied with. `operations` adds them up.

W = L·(2·d·k·(H + G) + m·d·d_ff)    weights of the layers: queries, keys, values, output; m = 2, gated 3, matrices
U = V·d                             of the output layer
a_T = 4·L·H·k·T                     scores and weighted sums: 2·T·k FLOPs each for a head; of a window, its tokens
"""

from kseq.scale.errors import ScaleError
from kseq.scale.formulas import names
from kseq.scale.given_numbers import positive
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import seen, symbols

KAPLAN = "Kaplan et al. (2020), arXiv 2001.08361, section 2.1"
FLASH = "Dao et al. (2022), FlashAttention, arXiv 2205.14135, algorithm 4: backward, the scores are computed again"
RECOMPUTATION = "Korthikanti et al. (2022), arXiv 2205.05198, section 5 and appendix A"
HALVES = "Each token goes through the encoder or the decoder, not both: half of the work. Both sides have T tokens."


def forward_flops(sizes, context=None, attention=True, embedding=False):
    """F, with its parts as inputs.

    Args:
        sizes: an `Architecture`.
        context: tokens of a sequence; None: the architecture's own.
        attention: whether a_T counts.
        embedding: whether the lookup counts as a product with a one-hot vector.

    Returns:
        A `Quantity` in FLOP/token.
    """
    parts = {"W": layers(sizes), "U": output(sizes, context)}
    if sizes.patch_size:
        parts["W_p"] = count(sizes, "weights of the patch embedding", "c·p²·d·(T − 1)/T", context)
    if embedding and sizes.vocabulary_size:
        parts["W_V"] = count(sizes, "weights of the embedding, as if multiplied", "V·d")
    parts = {symbol: one for symbol, one in parts.items() if one}
    formula, note = f"2·({' + '.join(parts)})", ""
    if attention:
        formula, parts["a_T"] = formula + " + a_T", scores(sizes, context)
    if sizes.num_encoder_layers:
        formula, note = f"({formula})/2", HALVES
    return derive("FLOPs of a token, forward", "FLOP/token", formula, source=KAPLAN, note=note, **parts)


def training_flops_of_token(forward, recompute):
    """Three times the forward pass, and what of it is computed a second time."""
    again, inputs = [], {"F": forward}
    if recompute == "full":
        again.append("2·W")
        inputs["W"] = forward.inputs["W"]
    if recompute != "none" and "a_T" in forward.inputs:
        again.append("a_T/2" if recompute == "flash" else "a_T")  # one of its two products, or both
        inputs["a_T"] = forward.inputs["a_T"]
    if not again:
        return derive("FLOPs of a token in training", "FLOP/token", "3·F", source=KAPLAN, F=forward)
    twice = f"({' + '.join(again)})/2" if forward.note == HALVES else " + ".join(again)
    return derive("FLOPs of a token in training", "FLOP/token", f"3·F + {twice}",
                  source=FLASH if recompute == "flash" else RECOMPUTATION, **inputs)  # fmt: skip


def layers(sizes):
    """W: the weights in the matrices of all layers, each of which a token is multiplied with once."""
    attention, feed_forward = "2·d·k·(H + G)", f"{3 if sizes.gated else 2}·d·d_ff"
    formula = f"L·({attention} + {feed_forward})"
    if sizes.num_encoder_layers:  # the decoder looks at itself and at the encoder
        formula = f"L_e·({attention} + {feed_forward}) + L·(2·{attention} + {feed_forward})"
    return count(sizes, "weights of the layers' matrices", formula)


def output(sizes, context=None):
    """U: the weights of the output layer; what stands on one token of a sequence is shared out among all.

    An encoder alone (BERT) has no output layer over the vocabulary here: in pre-training it meets a few masked tokens.
    """
    if sizes.num_classes:
        return count(sizes, "weights of the output layer, once a sequence", "d·K/T", context)
    if not sizes.causal and not sizes.num_encoder_layers:
        return count(sizes, "weights of the pooler, once a sequence", "d²/T" if sizes.pooler else "0", context)
    return count(sizes, "weights of the output layer", "V·d")


def scores(sizes, context=None):
    """a_T: FLOPs of a token's scores with T keys and of the weighted sum of T values, in all layers."""
    if sizes.num_encoder_layers:
        formula = "4·(L_e + 2·L)·H·k·T"
    elif sizes.attention_window:
        formula = f"4·{seen(sizes)}·H·k"
    else:
        formula = "4·L·H·k·T"
    return count(sizes, "FLOPs of a token's attention", formula, context, unit="FLOP/token")


def count(sizes, name, formula, context=None, unit="parameters"):
    """A formula in the sizes of an architecture."""
    of = symbols(sizes) | {"T": context_of(sizes, context)}
    if "V" in names(formula) and "V" not in of:
        raise ScaleError(
            f"`vocabulary_size` must be given for {sizes.name!r}: it depends on the text. "
            "Received: vocabulary_size=None"
        )
    return derive(name, unit, formula, **{symbol: of[symbol] for symbol in names(formula)})


def context_of(sizes, context=None):
    """T: the context that was given, or the architecture's own."""
    if context is None:
        return given(sizes.context_length, "tokens", sizes.source, name="tokens of the context")
    return positive("context", context, "tokens", name="tokens of the context")
