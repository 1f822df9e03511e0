"""GPT-2: the parameters of the released weights, and those that the paper printed."""

from kseq.scale.checks.check import Check
from kseq.scale.checks.counts import counts
from kseq.scale.counting import parameters
from kseq.scale.published import parameter_counts as published

PAPER = "The paper's count was wrong; OpenAI's repository gives the number of the weights."


def rows():
    """Every row, as a list of `Check`."""
    without_biases = Check(
        table="nanoGPT",
        row="gpt2 without biases",
        what="parameters",
        published=published.NANOGPT_WITHOUT_BIASES,
        computed=parameters("gpt2", use_bias=False),
        source=published.NANOGPT,
    )
    causes = dict.fromkeys(published.PRINTED_GPT2, PAPER)
    return [
        *counts("GPT-2, released weights", published.EXACT_GPT2, published.GPT2_FILES),
        without_biases,
        *counts("GPT-2, table 2", published.PRINTED_GPT2, published.GPT2_PAPER, causes),
    ]
