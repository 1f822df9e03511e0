"""GPT-3: the parameters of tables 2.1 and D.1, and the widths that contradict themselves there."""

from kseq.scale.checks.check import Check
from kseq.scale.checks.counts import counts
from kseq.scale.published.parameter_counts import GPT3_COMPUTE, GPT3_SIZES, PRINTED_D1, PRINTED_GPT3, T5_LARGE
from kseq.scale.quantity import derive, given

SIZES_CAUSES = {
    "gpt3-medium": "The table rounds to 350M; table D.1 prints 356M, which agrees.",
    "gpt3-13b": "The table rounds to 13.0B; table D.1 prints 12,850M, which agrees.",
}
COMPUTE_CAUSES = {
    "bert-large": "The table repeats RoBERTa-Large's 355M; BERT's paper prints 340M, its weights are 335M.",
    "t5-large": T5_LARGE,
}
# as printed: heads, width of a head, width of the model
PRINTED_WIDTHS = {"XL": (24, 128, 2048), "13B": (40, 128, 5140), "175B": (96, 128, 12_288)}
WIDTH_CAUSES = {
    "XL": "24 heads of 128 are no width of 2048: 16 heads fit, and the number of parameters is the same.",
    "13B": "40 heads of 128 make 5120, with which the parameters of table D.1 come out; 5140 is a misprint.",
}


def rows():
    """Every row, as a list of `Check`."""
    return [
        *counts("GPT-3, table 2.1", PRINTED_GPT3, GPT3_SIZES, SIZES_CAUSES),
        *(width(row, *sizes) for row, sizes in PRINTED_WIDTHS.items()),
        *counts("GPT-3, table D.1", PRINTED_D1, GPT3_COMPUTE, COMPUTE_CAUSES),
    ]


def width(row, heads, each, printed):
    """The printed width beside the one that the printed heads make."""
    heads = given(heads, source=GPT3_SIZES, name="heads")
    each = given(each, source=GPT3_SIZES, name="width of a head")
    return Check(
        table="GPT-3, table 2.1",
        row=f"GPT-3 {row}",
        what="width from the heads",
        published=printed,
        computed=derive("width", "", "H·k", H=heads, k=each),
        source=GPT3_SIZES,
        cause=WIDTH_CAUSES.get(row, ""),
    )
