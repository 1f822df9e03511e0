"""Trainings as their authors reported them: hours, power, energy, emissions; what others estimated they cost.

Emissions are of the electricity only, by the average of the local grid ("location-based"), unless a note says more.
Some have the PUE in them (what the building needs beside the machines) and some have not: compare like with like.
"""

from dataclasses import dataclass

from kseq.scale.quantity import Quantity, given

LLAMA1 = "Touvron et al. (2023), LLaMA, arXiv 2302.13971, table 15"
LLAMA2 = "Meta, llama repository, MODEL_CARD.md (2023)"
LLAMA2_PAPER = "Touvron et al. (2023), Llama 2, arXiv 2307.09288, table 2"
LLAMA3 = "Meta, llama3 repository, MODEL_CARD.md (2024)"
LLAMA31 = "Meta, llama-models repository, models/llama3_1/MODEL_CARD.md (2024)"
PATTERSON = "Patterson et al. (2021), arXiv 2104.10350, table 4"
LUCCIONI = "Luccioni et al. (2022), arXiv 2211.02001"
ZHANG = "Zhang et al. (2022), OPT, arXiv 2205.01068"
LAMDA = "Thoppilan et al. (2022), LaMDA, arXiv 2201.08239, section 10"

TONNE, MWH = 1000, 1000  # kg, kWh
HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Training:
    """One training as it was reported. What was not reported is None."""

    name: str
    table: str  # where it was printed, in short
    source: str
    gpu_hours: float
    watts: float  # of one accelerator
    pue: float | None = None  # None: not said
    intensity: float | None = None  # kg CO2e/kWh; None: not said
    energy: float | None = None  # kWh, as printed
    energy_rounding: float = 0  # half the last printed digit
    carbon: float | None = None  # kg CO2e, as printed
    carbon_rounding: float = 0
    gpu: str = "a100-80gb"
    note: str = ""

    @property
    def hours(self):
        """The hours of accelerators as a `Quantity`."""
        return given(self.gpu_hours, "GPU hours", self.source, name=f"training of {self.name}")


def _llama1(name, hours, megawatt_hours, tonnes, note=""):
    return Training(
        name=name,
        table="LLaMA, table 15",
        source=LLAMA1,
        gpu_hours=hours,
        watts=400,
        pue=1.1,
        intensity=0.385,
        energy=megawatt_hours * MWH,
        energy_rounding=0.5 * MWH,
        carbon=tonnes * TONNE,
        carbon_rounding=0.5 * TONNE,
        note=note,
    )


def _llama2(name, hours, watts, tonnes, table="Llama 2, model card", source=LLAMA2):
    return Training(
        name=name,
        table=table,
        source=source,
        gpu_hours=hours,
        watts=watts,
        pue=1.1,
        intensity=0.385,
        carbon=tonnes * TONNE,
        carbon_rounding=0.005 * TONNE,
    )


def _llama3(name, hours, tonnes, table, source):
    return Training(
        name=name,
        table=table,
        source=source,
        gpu_hours=hours,
        watts=700,
        carbon=tonnes * TONNE,
        carbon_rounding=5 * TONNE,
        gpu="h100",
        note="Power is the rated one; neither PUE nor the intensity of the grid is published.",
    )


WHAT_IF = (
    "Not what it emitted: its hours with the power, the PUE and the average grid of the USA that the authors of LLaMA "
    "take for all rows of their table."
)
TRAININGS = {
    one.name: one
    for one in (
        _llama1("OPT-175B", 809_472, 356, 137, WHAT_IF),
        _llama1("BLOOM-176B", 1_082_880, 475, 183, WHAT_IF),
        _llama1("LLaMA-7B", 82_432, 36, 14),
        _llama1("LLaMA-13B", 135_168, 59, 23),
        _llama1("LLaMA-33B", 530_432, 233, 90),
        _llama1("LLaMA-65B", 1_022_362, 449, 173),
        _llama2("Llama 2 7B", 184_320, 400, 31.22),
        _llama2("Llama 2 13B", 368_640, 400, 62.44),
        _llama2("Llama 2 34B", 1_038_336, 350, 153.90, "Llama 2, table 2", LLAMA2_PAPER),
        _llama2("Llama 2 70B", 1_720_320, 400, 291.42),
        _llama3("Llama 3 8B", 1.3e6, 390, "Llama 3, model card", LLAMA3),
        _llama3("Llama 3 70B", 6.4e6, 1900, "Llama 3, model card", LLAMA3),
        _llama3("Llama 3.1 8B", 1.46e6, 420, "Llama 3.1, model card", LLAMA31),
        _llama3("Llama 3.1 70B", 7.0e6, 2040, "Llama 3.1, model card", LLAMA31),
        _llama3("Llama 3.1 405B", 30.84e6, 8930, "Llama 3.1, model card", LLAMA31),
        Training(
            name="GPT-3",
            table="Patterson et al.",
            source=PATTERSON,
            gpu_hours=10_000 * 14.8 * HOURS,
            watts=330,
            pue=1.1,
            intensity=0.429,
            energy=1287 * MWH,
            energy_rounding=0.5 * MWH,
            carbon=552 * TONNE,
            carbon_rounding=0.5 * TONNE,
            gpu="v100",
            note="10,000 V100 for 14.8 days at a measured 330 W; an estimate of people at Google with data of OpenAI.",
        ),
        Training(
            name="LaMDA-137B",
            table="LaMDA, section 10",
            source=LAMDA,
            gpu_hours=1024 * 57.7 * HOURS,
            watts=289,
            pue=1.1,
            intensity=0.056,
            energy=451 * MWH,
            energy_rounding=0.5 * MWH,
            carbon=25.2 * TONNE,
            carbon_rounding=0.05 * TONNE,
            gpu="tpu-v3",
            note="1,024 TPU v3 for 57.7 days at a measured 289 W, system included.",
        ),
        Training(
            name="BLOOM",
            table="Luccioni et al., table 1",
            source=LUCCIONI,
            gpu_hours=1_082_990,
            watts=400,
            pue=1.0,
            intensity=0.057,
            energy=433_196,
            energy_rounding=0.5,
            carbon=24.69 * TONNE,
            carbon_rounding=0.005 * TONNE,
            note="Of the accelerators alone, without PUE. Machines that waited add 14.6 t and their making 11.2 t, "
            "which makes 50.5 t.",
        ),
    )
}

# Luccioni et al., table 4: the same four models beside each other. MWh and g/kWh, t printed, t printed with PUE.
BESIDE_BLOOM = {
    "GPT-3": (1287, 429, 502, 552),
    "Gopher": (1066, 330, 352, 380),
    "OPT": (324, 231, 70, 76.3),
    "BLOOM": (433, 57, 25, 30),
}
OPT_BY_ITS_MAKERS = given(75 * TONNE, "kg CO2e", ZHANG, name="training of OPT-175B", note="about; the PUE is not said")
BLOOM_IDLE = given(14.6 * TONNE, "kg CO2e", f"{LUCCIONI}, table 3", name="machines that waited")
BLOOM_MAKING = given(11.2 * TONNE, "kg CO2e", f"{LUCCIONI}, table 3", name="making of the machines")
PUE_BESIDE_BLOOM = {"GPT-3": 1.1, "Gopher": 1.08, "OPT": 1.09, "BLOOM": 1.2}


@dataclass(frozen=True)
class Estimate:
    """A number that others estimated, without the means to check it."""

    name: str
    value: Quantity
    year: int

    @property
    def source(self):
        """Who estimated it."""
        return "; ".join(self.value.sources)


AI_INDEX = "Stanford AI Index 2024 with Epoch AI: cloud rent of the hardware; from Visual Capitalist (June 2024)"
COSTS = {
    name: Estimate(name, given(usd, "USD", AI_INDEX, name=f"training of {name}"), year)
    for name, usd, year in (
        ("Transformer", 930, 2017),
        ("RoBERTa Large", 160_018, 2019),
        ("GPT-3 175B", 4_324_883, 2020),
        ("Megatron-Turing NLG 530B", 6_405_653, 2021),
        ("PaLM 540B", 12_389_056, 2022),
        ("Llama 2 70B", 3_931_897, 2023),
        ("GPT-4", 78.4e6, 2023),
        ("Gemini Ultra", 191.4e6, 2023),
    )
}
GROWTH = given(
    2.4, "times a year", "Cottier et al. (2024), Epoch AI, arXiv 2405.21015",
    name="growth of the cost of the largest trainings since 2016", low=2.0, high=2.9,
    note="90 % interval of the later version; the first one's abstract has 2.0 to 3.1 at 95 %.",
)  # fmt: skip

# ChatGPT in its first months (from December 2022 on), kg CO2e a day. No figure comes from who runs it.
SERVING = {
    "xcorr": given(
        11_000, "kg CO2e/day", "xcorr.net (April 2023): 7 to 15 t a day", name="serving ChatGPT", low=7000, high=15_000
    ),
    "Pointon": given(
        3820, "kg CO2e/day", "Pointon (December 2022), The carbon footprint of ChatGPT", name="serving ChatGPT",
        note="for a million users with ten queries a day",
    ),
    "Pointon, revised": given(
        25_000, "kg CO2e/day", "Pointon (2023), revised, as others quote it", name="serving ChatGPT"
    ),
}  # fmt: skip
