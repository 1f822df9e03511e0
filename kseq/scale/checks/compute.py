"""FLOPs and training times that papers printed: GPT-3's table D.1, nanoGPT, LLaMA, LaMDA."""

import math

from kseq.scale.checks.check import Check
from kseq.scale.counting import parameters
from kseq.scale.hardware import accelerator
from kseq.scale.naming import architecture
from kseq.scale.operations import flops_per_token, pf_days, step_flops, training_flops
from kseq.scale.published import computes
from kseq.scale.quantity import derive, given
from kseq.scale.timing import training_time, utilisation
from kseq.scale.units import in_letters

DAY = 86_400


def rows():
    """All rows."""
    return [*table_d1(), *nanogpt(), *llama_hours(), *others()]


def table_d1():
    """GPT-3's table D.1: FLOPs by its own parameters, in PF-days, and by the exact ones of the architectures."""
    checks = []
    for row in computes.TABLE_D1:
        say = {"table": "GPT-3, table D.1", "row": row.row, "source": computes.GPT3_D1}
        own = derive(
            "FLOPs of training", "FLOP", "p·f·a·N·D", source=computes.GPT3_D1,
            p=given(row.passes, name="passes, of which backward is two"),
            f=given(row.fwd, name="FLOPs of an active parameter"),
            a=given(row.active, name="share of the parameters that a token meets"),
            N=given(row.millions * 1e6, "parameters", computes.GPT3_D1),
            D=given(row.billion_tokens * 1e9, "tokens", computes.GPT3_D1),
        )  # fmt: skip
        exact = training_flops(row.name, tokens=given(row.billion_tokens * 1e9, "tokens", computes.GPT3_D1))
        count = parameters(row.name)
        cause = f"The table computes with {row.millions:,} M parameters; the architecture has {in_letters(count)}."
        near = abs(count / (row.millions * 1e6) - 1) <= 0.01
        checks += [
            Check(what="FLOPs", published=row.flops, computed=own, rounding=half(row.flops, 3), **say),
            Check(what="PF-days", published=row.pf_days, computed=pf_days(own), rounding=half(row.pf_days, 3), **say),
            Check(what="FLOPs, exact parameters", published=row.flops, computed=exact, within=0.01,
                  cause="" if near else cause, **say),
        ]  # fmt: skip
    return checks


def nanogpt():
    """Exact counts of GPT-2's matrix products, and the share of an A100's peak that it reached."""
    say = {"table": "nanoGPT, transformer_sizing", "row": "GPT-2 124M, 1,024 tokens", "source": computes.NANOGPT}
    step = step_flops("gpt2", batch_size=1, context=1024)
    forward = flops_per_token("gpt2", context=1024, direction="forward")
    plain = architecture("gpt2", use_bias=False, norm_bias=False)
    hundred = derive("FLOPs of 100 sequences", "FLOP", "100·C", C=step)
    share = utilisation(hundred, seconds=0.755, gpus=1, gpu="a100-40gb")
    return [
        Check(
            what="FLOPs, forward", published=291_648_307_200,
            computed=derive("FLOPs of a sequence, forward", "FLOP", "T·F", T=1024, F=forward), **say,
        ),
        Check(what="FLOPs, forward and backward", published=874_944_921_600, computed=step, **say),
        Check(
            what="FLOPs, PaLM's formula, no biases", published=875_062_886_400,
            computed=training_flops(plain, tokens=1024, convention="palm"), **say,
        ),
        Check(what="MFU of an A100", published=0.3714, computed=share, rounding=0.00005, **say),
    ]  # fmt: skip


def llama_hours():
    """LLaMA's GPU hours at half of the peak, beside those of another calculator: 6·N·D with attention."""
    checks = []
    for row in computes.LLAMA_TABLE_15:
        tokens = given(row.tokens, "tokens", "Touvron et al. (2023), arXiv 2302.13971, table 2")
        flops = training_flops(row.name, tokens=tokens, attention=True)
        seconds = training_time(flops, gpus=1, gpu="a100-80gb", utilisation=0.5)
        hours = derive("GPU hours of training", "GPU hours", "s/3600", s=seconds)
        checks.append(
            Check(
                table="llm-analysis, LLaMA", row=row.name, what="GPU hours at half of the peak",
                published=row.hours * (1 + row.percent / 100), within=0.002,
                computed=hours, source=computes.LLM_ANALYSIS,
            )
        )  # fmt: skip
    return checks


def others():
    """Runs whose FLOPs, days or hours follow from figures beside them."""
    tpu = accelerator("tpu-v3").peak()
    lamda = derive(
        "FLOPs of training", "FLOP", "s·n·P·u", source=computes.LAMDA,
        s=given(57.7 * DAY, "seconds", computes.LAMDA), n=given(1024, source=computes.LAMDA), P=tpu,
        u=given(0.565, source=computes.LAMDA, name="utilisation"),
    )  # fmt: skip
    volta = given(24.6 / 125, source=computes.PATTERSON, name="utilisation: 24.6 TFLOP/s of 125")
    gpt3 = training_time(given(3.14e23, "FLOP", computes.GPT3_D1), gpus=10_000, gpu="v100", utilisation=volta)
    rate = given(380, "tokens/s", computes.LLAMA1, name="tokens a second on one A100")
    text = given(1.4e12, "tokens", computes.LLAMA1)
    llama = derive("days of training", "days", "D/(r·n)/86400", D=text, r=rate, n=2048, source=computes.LLAMA1)
    hours = derive("GPU hours of training", "GPU hours", "D/r/3600", D=text, r=rate, source=computes.LLAMA1)
    return [
        Check(
            table="Llama 3.1, section 3.2", row="Llama 3.1 405B", what="FLOPs", published=3.8e25, rounding=0.05e25,
            computed=training_flops("llama3.1-405b", tokens=given(15.6e12, "tokens", computes.LLAMA31)),
            source=computes.LLAMA31,
        ),
        Check(
            table="LaMDA, section 10", row="LaMDA 137B", what="FLOPs", published=3.55e23, rounding=0.005e23,
            computed=lamda, source=computes.LAMDA,
        ),
        Check(
            table="Patterson et al., table 4", row="GPT-3 on 10,000 V100s", what="days", published=14.8, rounding=0.05,
            computed=in_days(gpt3), source=computes.PATTERSON,
        ),
        Check(
            table="LLaMA, section 2.4", row="LLaMA-65B on 2,048 A100s", what="days", published=21, rounding=0.5,
            computed=llama, source=computes.LLAMA1,
        ),
        Check(
            table="LLaMA, table 15", row="LLaMA-65B", what="GPU hours", published=1_022_362, within=0.5 / 380,
            computed=hours, source="Touvron et al. (2023), arXiv 2302.13971, section 2.4 and table 15",
        ),
    ]  # fmt: skip


def in_days(seconds):
    """Days of a time in seconds."""
    return derive("days of training", "days", "s/86400", s=seconds)


def half(value, digits):
    """Half the last digit of a number that was printed with so many."""
    return 0.5 * 10.0 ** (math.floor(math.log10(value)) + 1 - digits)
