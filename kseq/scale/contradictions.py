"""`CONTRADICTIONS`: numbers in print that their own formula, or another line of the same table, does not give.

>>> CONTRADICTIONS[0].printed, CONTRADICTIONS[0].computed
(12228, 12288)
"""

import re
from dataclasses import dataclass

from kseq.scale.checks.carbon import emitted, used
from kseq.scale.counting import parameters
from kseq.scale.emissions import carbon
from kseq.scale.hardware import accelerator
from kseq.scale.naming import architecture
from kseq.scale.notebooks import pretty
from kseq.scale.optimum import compute_optimal
from kseq.scale.published.architectures import GPT2, GPT3
from kseq.scale.published.chinchilla import HOFFMANN, TABLES
from kseq.scale.published.trainings import (
    BESIDE_BLOOM,
    LLAMA1,
    LUCCIONI,
    MWH,
    PATTERSON,
    SERVING,
    TONNE,
    TRAININGS,
)
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.units import show

DECK = "the course's slides on large language models"
DAYS_A_MONTH = 30


@dataclass(frozen=True)
class Contradiction:
    """A printed number beside the computed one, and why they differ."""

    subject: str
    printed: Quantity
    computed: Quantity
    explanation: str
    source: str  # where the printed number stands
    middle: bool = True  # whether the value of `computed` means something beside the ends of its range

    @property
    def shown(self):
        """Both numbers as text, with as many digits as it takes to tell them apart."""
        texts = str(self.printed), str(self.computed)
        if not self.middle:
            ends = (show(end, self.computed.unit) for end in (self.computed.low, self.computed.high))
            return texts[0], " to ".join(ends)
        digits = 4
        while texts[0] == texts[1] and digits < 17:
            digits += 1
            texts = tuple(show(one, one.unit, digits) for one in (self.printed, self.computed))
        return _alike(*texts)

    _repr_pretty_ = pretty

    def __str__(self):
        printed, computed = self.shown
        return f"{self.subject}: printed {printed}, computed {computed}. {self.explanation}"

    def explain(self, depth=3):
        """Both, with the derivation of the computed one as on a blackboard."""
        return f"{self}\nPrinted in: {self.source}\n\n{self.computed.explain(depth)}"


def _alike(*texts):
    """`153.90 t` beside `153.91 t`: noughts, where only the other one has decimals after the same beginning."""
    found = [re.match(r"([\d,]+\.(\d+))(.*)", text) for text in texts]
    if not all(found) or found[0][3] != found[1][3]:
        return texts
    decimals = max(len(one[2]) for one in found)
    return tuple(one[1] + "0" * (decimals - len(one[2])) + one[3] for one in found)


def _all():
    yield from _sizes()
    yield from _compute()
    yield from _electricity()
    yield from _emissions()


def _sizes():
    large, xl, middle = (architecture(f"gpt3-{size}") for size in ("175b", "xl", "13b"))
    yield Contradiction(
        "GPT-3's width in a slide deck",
        given(12_228),
        _width(large),
        "One digit is wrong: 12,228 is no multiple of 96 heads; the paper has 96 heads of 128.",
        DECK,
    )
    yield Contradiction(
        "GPT-3 XL's heads",
        given(24),
        derive("heads", "", "d/k", d=given(xl.embedding_dim, "", GPT3), k=given(xl.key_dim, "", GPT3)),
        "24 heads of 128 are 3,072 wide, and the same row has 2,048. With 16 heads all numbers fit; the number of "
        "parameters is the same with both.",
        f"{GPT3}, table 2.1",
    )
    wide = parameters(middle, embedding_dim=5140, num_heads=40, key_dim=128, intermediate_dim=4 * 5140)
    yield Contradiction(
        "GPT-3 13B's width",
        given(5140),
        _width(middle),
        f"40 heads of 128 are 5,120. With that there are {_millions(parameters(middle))} parameters, with 5,140 "
        f"{_millions(wide)}; table D.1 has 12,850 million.",
        f"{GPT3}, table 2.1",
    )
    for name, printed in (("gpt2", 117e6), ("gpt2-medium", 345e6), ("gpt2-large", 762e6), ("gpt2-xl", 1542e6)):
        yield Contradiction(
            f"Parameters of {name}",
            given(printed, "parameters"),
            parameters(name),
            "The released weights have what is computed here; OpenAI's repository calls the paper's counts wrong.",
            f"{GPT2}, table 2",
        )


def _compute():
    yield Contradiction(
        "Chinchilla's compute for 175 B parameters, approach 3",
        given(1.26e24, "FLOP"),
        derive(
            "compute", "FLOP", "6·N·D", N=given(175e9, "parameters", TABLES[3]), D=given(12.0e12, "tokens", TABLES[3])
        ),
        "A misprinted exponent: 6·N·D of the same row is ten times as much.",
        TABLES[3],
    )
    rounded, unrounded = (compute_optimal(flops=5.76e23, constants=which) for which in ("rounded", "unrounded"))
    yield Contradiction(
        "Best size for Gopher's compute, by the law as it is printed",
        given(40e9, "parameters"),
        rounded.parameters,
        f"The text rounds its exponents to 0.34 and 0.28. With those of its TeX source it is "
        f"{unrounded.parameters / 1e9:.1f} B, as the paper says.",
        f"{HOFFMANN}, figure 4",
    )

    yield Contradiction(
        "Peak of an H100 in a calculator of emissions",
        given(1979e12, "FLOP/s"),
        accelerator("h100").peak("bfloat16"),
        "1,979 TFLOP/s are with sparsity, for weights of which half are zero in a fixed pattern; dense it is half.",
        "mlco2/impact, data/gpus.csv, H100 SXM",
    )


def _electricity():
    for name, why in (
        ("BLOOM-176B", "The row's own hours by the paper's own formula, 400 W and a PUE of 1.1, are 476.5 MWh."),
        ("LLaMA-65B", "449.8 MWh, cut off in print where the other rows are rounded."),
    ):
        one = TRAININGS[name]
        yield Contradiction(f"Energy of {name}", given(one.energy, "kWh"), used(one), why, LLAMA1)


def _emissions():
    for name in ("Llama 2 13B", "Llama 2 34B"):
        one = TRAININGS[name]
        yield Contradiction(
            f"Emissions of {name}",
            given(one.carbon, "kg CO2e"),
            emitted(one),
            f"{emitted(one) / TONNE:.3f} t, cut off in print, not rounded.",
            one.source,
        )
    megawatt_hours, grams, *_ = BESIDE_BLOOM["GPT-3"]
    electricity, intensity = (
        given(megawatt_hours * MWH, "kWh", PATTERSON),
        given(grams / 1000, "kg CO2e/kWh", PATTERSON),
    )
    building = given(1.1, "", PATTERSON, name="PUE", low=1, high=1.1)
    machines = derive("energy of GPT-3's training", "kWh", "E_all·PUE/1.1", E_all=electricity, PUE=building)
    yield Contradiction(
        "'About 500 t' for the training of GPT-3",
        given(500 * TONNE, "kg CO2e"),
        carbon(machines, intensity=intensity),
        "Two published numbers: 552 t with the PUE of 1.1 (Patterson et al.) and 502 t without (Luccioni et al., table "
        "4). Say which; 502 is often credited to Patterson et al., who do not have it.",
        DECK,
    )
    every = SERVING.values()
    daily = given(
        float(SERVING["xcorr"]), "kg CO2e/day", tuple(text for one in every for text in one.sources),
        name="serving ChatGPT in its first months",
        low=min(one.low for one in every), high=max(one.high for one in every),
        note="Estimates from outside; whoever runs it has published none. Only their range says something, no middle.",
    )  # fmt: skip
    yield Contradiction(
        "'1000 t CO2e a month' for serving ChatGPT",
        given(1000 * TONNE, "kg CO2e"),
        derive("emissions in a month", "kg CO2e", f"{DAYS_A_MONTH}·m", m=daily),
        "No primary source is known. Nothing is computed here: others' estimates go from 115 t a month (December 2022) "
        "to 750 t (2023), none reaches 1000; teach the range.",
        DECK,
        middle=False,
    )
    yield Contradiction(
        "Emissions of 18 days of serving BLOOM",
        given(340, "kg CO2e"),
        carbon(given(914, "kWh", LUCCIONI), region="bloom inference"),
        "914 kWh at 394 g/kWh are 360 kg; the paper prints 340 kg, and about 19 kg a day.",
        f"{LUCCIONI}, section 4.4",
    )


def _width(sizes):
    return derive("width", "", "H·k", H=given(sizes.num_heads, "", GPT3), k=given(sizes.key_dim, "", GPT3))


def _millions(count):
    return f"{count / 1e6:,.0f} million"


CONTRADICTIONS = tuple(_all())
