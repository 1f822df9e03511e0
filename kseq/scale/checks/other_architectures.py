"""All the other architectures: parameters of released weights, and those that the papers printed."""

from kseq.scale.checks.check import Check
from kseq.scale.checks.counts import counts
from kseq.scale.naming import architecture
from kseq.scale.published.parameter_counts import EXACT_OTHERS, PRINTED_OTHERS, T5_LARGE
from kseq.scale.quantity import derive
from kseq.scale.symbols import symbols

PATCHES = "Counted at 224 pixels with 1000 classes; the paper does not say what it counts."
WORDS = "The paper gives the vocabulary as 'about 37000', and does not say what it counts."
CAUSES = {
    "transformer-base": WORDS,
    "transformer-big": WORDS,
    "t5-large": T5_LARGE,
    "t5-3b": "The paper says 'around 2.8 billion'; the released weights have 2.85.",
    "vit-b/16": PATCHES,
    "vit-l/16": PATCHES,
    "lamda-137b": "The paper says neither what it counts nor whether input and output share one table.",
    "palm-540b": "Without the normalizations it is 540.354 B, which rounds to what is printed.",
    "falcon-40b": "41.30 B: the name is rounded down.",
    "falcon-180b": "178.56 B: input and output share one table; with one more it would be 179.5 B.",
}


def rows():
    """Every row, as a list of `Check`."""
    return [
        *counts("Released weights", EXACT_OTHERS),
        *counts("Printed sizes", PRINTED_OTHERS, causes=CAUSES),
        blocks_of_dall_e(),
    ]


def blocks_of_dall_e():
    """DALL·E's 12 B by the short formula: its blocks are nearly everything."""
    sizes = symbols(architecture("dall-e"))
    return Check(
        table="Printed sizes",
        row="dall-e, its blocks alone",
        what="parameters",
        published=12e9,
        rounding=0.5e9,
        computed=derive("parameters of the blocks", "parameters", "12·L·d²", L=sizes["L"], d=sizes["d"]),
        source=architecture("dall-e").source,
    )
