"""Megatron-LM's tables 1 and 2: parameters by its own formula, shares of the peak, days of training."""

from kseq.scale.checks.check import Check
from kseq.scale.checks.compute import in_days
from kseq.scale.counting import parameters
from kseq.scale.hardware import accelerator
from kseq.scale.naming import architecture
from kseq.scale.operations import training_flops
from kseq.scale.published import computes
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import symbols
from kseq.scale.timing import training_time, utilisation

GPU = "a100-80gb"
EIGHT = (
    "8·N·D/(n·X) leaves out attention and the output layer, as the paper says: 2 to 3 % less than equation 3, whose "
    "days are those of the table."
)


def rows():
    """All rows."""
    return [*table_1(), *table_2(), *headlines()]


def table_1():
    """Ten sizes, from 1.7 billion to a trillion."""
    checks = []
    for row in computes.MEGATRON_TABLE_1:
        sizes = architecture(row.name)
        say = {"table": "Megatron-LM, table 1", "row": row.name, "source": computes.MEGATRON_1}
        of = symbols(sizes)
        formula = derive(
            "parameters", "parameters", "12·L·d²·(1 + 13/(12·d) + (V + T)/(12·L·d))",
            source="Narayanan et al. (2021), arXiv 2104.04473, equation 2",
            **{symbol: of[symbol] for symbol in ("L", "d", "V", "T")},
        )  # fmt: skip
        reached = given(row.teraflops * 1e12, "FLOP/s", computes.MEGATRON_1, name="FLOP/s of a GPU")
        one_second = derive("FLOPs of a second", "FLOP", "X·1", X=reached)
        share = derive("per cent of the peak", "%", "100·u", u=utilisation(one_second, seconds=1, gpus=1, gpu=GPU))
        total = derive(
            "FLOP/s of all GPUs", "PFLOP/s", "n·X/1e15", n=given(row.gpus, source=computes.MEGATRON_1), X=reached
        )
        half = 0.05e9  # of what is printed in billions with one decimal
        both = 0.5 / row.teraflops + 0.05 / row.petaflops  # both factors were rounded
        checks += [
            Check(what="parameters, equation 2", published=row.billions * 1e9, computed=formula, rounding=half, **say),
            Check(what="parameters", published=row.billions * 1e9, computed=parameters(sizes), rounding=half, **say),
            Check(what="per cent of the peak", published=row.percent, computed=share, rounding=0.5, **say),
            Check(what="PFLOP/s of all", published=row.petaflops, computed=total, within=both, **say),
        ]  # fmt: skip
    return checks


def table_2():
    """Days for 300 billion tokens: by equation 3, and by the short formula 8·N·D/(n·X)."""
    checks = []
    for row in computes.MEGATRON_TABLE_2:
        say = {
            "table": "Megatron-LM, table 2", "row": f"{row.billions} B on {row.gpus} GPUs", "published": row.days,
            "source": computes.MEGATRON_2,
        }  # fmt: skip
        sizes = architecture(row.name, vocabulary_size=51_200, context_length=2048)
        tokens = given(300e9, "tokens", computes.MEGATRON_2)
        whole = training_flops(sizes, tokens=tokens, convention="megatron", recompute="full")
        short = training_flops(given(row.billions * 1e9, "parameters"), tokens=tokens, recompute="full")
        rounded = 0.5 / row.teraflops + 0.5 / row.days  # both are printed without decimals
        checks += [
            Check(what="days, equation 3", computed=days(whole, row.gpus, row.teraflops), within=rounded, **say),
            Check(what="days, 8·N·D", computed=days(short, row.gpus, row.teraflops), within=0.01, cause=EIGHT, **say),
        ]
    return checks


def headlines():
    """The two runs of the text: GPT-3 in 34 days, a trillion parameters (1,008 billion in table 1) in 84."""
    runs = (("GPT-3 175B", 175e9, 300e9, 1024, 140, 34), ("1 T", 1008e9, 450e9, 3072, 163, 84))
    return [
        Check(
            table="Megatron-LM, section 5.1", row=f"{row} on {gpus:,} GPUs", what="days, 8·N·D", published=published,
            computed=days(training_flops(size, tokens=tokens, recompute="full"), gpus, teraflops), rounding=0.5,
            source=computes.MEGATRON_TEXT,
        )
        for row, size, tokens, gpus, teraflops, published in runs
    ]  # fmt: skip


def days(flops, gpus, teraflops):
    """Days at the FLOP/s of each GPU that the paper measured."""
    peak = accelerator(GPU).peak()
    share = derive("utilisation", "", "X/P", X=given(teraflops * 1e12, "FLOP/s", computes.MEGATRON_2), P=peak)
    return in_days(training_time(flops, gpus=gpus, gpu=GPU, utilisation=share))
