"""LLaMA 1, 2 and 3: the parameters of the released weights, and the rounded ones of the papers."""

from kseq.scale.checks.counts import counts
from kseq.scale.published.parameter_counts import EXACT_LLAMA, LLAMA_FILES, PRINTED_LLAMA

CAUSES = {
    "llama-65b": "65.29 B: the print cuts off and does not round.",
    "llama2-70b": "68.98 B: the name is rounded up.",
    "llama3-70b": "70.55 B: the name is that of Llama 2's, and the larger vocabulary adds 1.6 B.",
    "llama3.1-405b": "405.85 B: the print cuts off and does not round.",
}


def rows():
    """Every row, as a list of `Check`."""
    return [
        *counts("LLaMA, released weights", EXACT_LLAMA, LLAMA_FILES),
        *counts("LLaMA, printed sizes", PRINTED_LLAMA, causes=CAUSES),
    ]
