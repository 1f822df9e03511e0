"""The matrix products of a Transformer: what one token is multiplied with. `operations` adds them up.

W = L·(2·d·k·(H + G) + m·d·d_ff)    weights of the layers: queries, keys, values, output; m = 2, gated 3, matrices
U = V·d                             of the output layer
A = 4·L·H·k·T                       scores and weighted sums: 2·T·k FLOPs each for a head
"""

from kseq.scale.errors import ScaleError
from kseq.scale.given_numbers import positive
from kseq.scale.quantity import derive, given

KAPLAN = "Kaplan et al. (2020), arXiv 2001.08361, section 2.1"
RECOMPUTATION = "Korthikanti et al. (2022), arXiv 2205.05198, section 5 and appendix A"
HALVES = "Each token goes through the encoder or the decoder, not both: half of the work. Both sides have T tokens."


def forward_flops(sizes, context, attention=True, embedding=False):
    """F, with its parts as inputs; `_training_token` finds W and A there."""
    if sizes.vocabulary_size is None:
        raise ScaleError(
            f"`vocabulary_size` must be given for {sizes.name!r}: it depends on the text. "
            "Received: vocabulary_size=None"
        )
    layers = weights_met(sizes)
    output = derive("weights of the output layer", "parameters", "V·d", V=sizes.vocabulary_size, d=sizes.embedding_dim)
    inputs, products, plus = {"W": layers, "U": output}, "W + U", ""
    if embedding:
        products += " + E"
        inputs["E"] = derive(
            "weights of the embedding, as if multiplied",
            "parameters",
            "V·d",
            V=sizes.vocabulary_size,
            d=sizes.embedding_dim,
        )
    if attention:
        plus, inputs["A"] = " + A", scores(sizes, context)
    formula, note = f"2·({products}){plus}", ""
    if sizes.num_encoder_layers:
        formula, note = f"({formula})/2", HALVES
    return derive("FLOPs of a token, forward", "FLOP/token", formula, source=KAPLAN, note=note, **inputs)


def training_flops_of_token(forward, recompute):
    """Three times the forward pass, and what is computed a second time."""
    again, inputs = "", {"F": forward}
    if recompute != "none" and "A" in forward.inputs:
        again, inputs["A"] = " + A", forward.inputs["A"]
    if recompute == "full":
        again, inputs["W"] = " + 2·W" + again, forward.inputs["W"]
    if again and forward.note == HALVES:
        again = f" + ({again.removeprefix(' + ')})/2"
    source = RECOMPUTATION if again else KAPLAN
    return derive("FLOPs of a token in training", "FLOP/token", "3·F" + again, source=source, **inputs)


def weights_met(sizes):
    """W: the weights in the matrices of all layers, each of which a token is multiplied with once."""
    inputs = {
        "L": sizes.num_layers,
        "d": sizes.embedding_dim,
        "k": sizes.key_dim,
        "H": sizes.num_heads,
        "G": sizes.num_key_value_heads,
        "m": given(3 if sizes.gated else 2, name="matrices of a feed-forward layer"),
        "d_ff": sizes.intermediate_dim,
    }
    attention, feed_forward = "2·d·k·(H + G)", "m·d·d_ff"  # queries and output, keys and values
    formula = f"L·({attention} + {feed_forward})"
    if sizes.num_encoder_layers:
        inputs["L_enc"] = sizes.num_encoder_layers
        formula = f"L_enc·({attention} + {feed_forward}) + L·(2·{attention} + {feed_forward})"
    return derive("weights of the layers' matrices", "parameters", formula, **inputs)


def scores(sizes, context=None):
    """A: FLOPs of a token's scores with T keys and of the weighted sum of T values, in all layers."""
    layers = "(L_enc + 2·L)" if sizes.num_encoder_layers else "L"  # a decoder's block looks at both sides
    return derive(
        "FLOPs of a token's attention",
        "FLOP/token",
        f"4·{layers}·H·k·T",
        L=sizes.num_layers,
        H=sizes.num_heads,
        k=sizes.key_dim,
        T=context_of(sizes, context),
        **({"L_enc": sizes.num_encoder_layers} if sizes.num_encoder_layers else {}),
    )


def context_of(sizes, context):
    if context is None:
        return given(sizes.context_length, "tokens", sizes.source, name="context")
    return positive("context", context, "tokens", name="context")
