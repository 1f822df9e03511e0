"""Energy and emissions of reported trainings: LLaMA, Llama 2, Llama 3 and 3.1, GPT-3, LaMDA, BLOOM."""

import dataclasses

from kseq.scale.checks.check import Check
from kseq.scale.emissions import carbon, energy
from kseq.scale.published.trainings import (
    BESIDE_BLOOM,
    BLOOM_IDLE,
    BLOOM_MAKING,
    LAMDA,
    LLAMA1,
    LLAMA2,
    LLAMA31,
    LUCCIONI,
    MWH,
    PATTERSON,
    PUE_BESIDE_BLOOM,
    TONNE,
    TRAININGS,
)
from kseq.scale.quantity import derive, given

STATED_METHOD = 0.01  # where the method is stated, one per cent
NO_FACTOR = (0.41, 0.43)  # kg CO2e per kWh of rated power: what Llama 3's rows imply; no factor is published

BLOOM_MWH = "The paper's own formula gives 476.5 MWh for its own hours; it prints 475."
CUT = "The last digits were cut off in print, not rounded."
SUM_ROUNDING = "The rows are cut to two digits; their sum is 0.02 t less than the printed total."
PUE_REMOVED = "The table says 1,287 MWh, which has the PUE of 1.1 in it, but emissions without: 1,287/1.1·0.429 = 502."
OPT_REPORTED = "Not of this row's own numbers: 324 MWh·0.231 is 74.8 t, and with the PUE of 1.09 it is 81.6 t."
GPT3_TWICE = "1,287 MWh have the PUE in them already: times 1.1 again they would be 607 t."
INFERENCE = "914 kWh at 394 g are 360 kg; the paper prints 340 kg, as 18 days of about 19 kg."


def rows():
    """Checks of every reported training, of totals, of speeds, and of Luccioni et al.'s comparison."""
    return [*_energies(), *_emissions(), *_implied(), *_totals(), *_speeds(), *_beside_bloom(), *_bloom()]


def used(training):
    """The electricity of a training by its stated power and PUE.

    Args:
        training: a `Training` that says its PUE.

    Returns:
        A `Quantity` in kWh.
    """
    watts = given(training.watts, "W", training.source, name="power of an accelerator")
    building = given(training.pue, "", training.source, name="power usage effectiveness")
    return energy(gpu_hours=training.hours, watts=watts, pue=building)


def emitted(training):
    """The emissions of a training by its stated power, PUE and intensity of the grid.

    Args:
        training: a `Training` that says all three.

    Returns:
        A `Quantity` in kg CO2e.
    """
    return carbon(used(training), intensity=given(training.intensity, "kg CO2e/kWh", training.source))


def _energies():
    for one in TRAININGS.values():
        if one.energy is None:
            continue
        in_print = {"BLOOM-176B": BLOOM_MWH, "LLaMA-65B": CUT}
        stated = {} if one.table.startswith("LLaMA") else {"within": STATED_METHOD}
        yield Check(
            table=one.table,
            row=one.name,
            what="energy",
            published=one.energy,
            computed=used(one),
            source=one.source,
            rounding=one.energy_rounding,
            cause=in_print.get(one.name, ""),
            **stated,
        )


def _emissions():
    for one in TRAININGS.values():
        if one.intensity is None:
            continue
        yield Check(
            table=one.table,
            row=one.name,
            what="emissions",
            published=one.carbon,
            computed=emitted(one),
            source=one.source,
            rounding=one.carbon_rounding,
            within=STATED_METHOD,
            cause=CUT if one.name in ("Llama 2 13B", "Llama 2 34B") else "",
        )
    llama = TRAININGS["LLaMA-7B"]
    whole = given(2638 * MWH, "kWh", f"{llama.source}, section 6: 2,048 GPUs for about five months")
    yield Check(
        table="LLaMA, section 6",
        row="all models of LLaMA",
        what="emissions",
        published=1015 * TONNE,
        computed=carbon(whole, region="llama papers"),
        source=LLAMA1,
        within=STATED_METHOD,
    )


def _implied():
    """Llama 3 and 3.1 print hours, watts and tonnes, but no factor: what they imply should at least be one number."""
    for one in TRAININGS.values():
        if one.pue is not None:
            continue
        power = used(dataclasses.replace(one, pue=1))
        yield Check(
            table=one.table,
            row=one.name,
            what="kg CO2e for each kWh of rated power",
            published=NO_FACTOR,
            computed=derive(
                "implied factor", "kg CO2e/kWh", "m/E", m=given(one.carbon, "kg CO2e", one.source), E=power
            ),
            source=one.source,
            rounding=0.005,  # the ends of the range have two digits
        )


def _totals():
    llama2 = [one for one in TRAININGS.values() if one.name.startswith("Llama 2 ")]
    llama31 = [one for one in TRAININGS.values() if one.name.startswith("Llama 3.1 ")]
    yield _total(llama2, "gpu_hours", "GPU hours", 3_311_616, LLAMA2)
    yield _total(llama2, "carbon", "kg CO2e", 539.00 * TONNE, LLAMA2, rounding=5, cause=SUM_ROUNDING)
    yield _total(llama31, "gpu_hours", "GPU hours", 39.3e6, LLAMA31)
    yield _total(llama31, "carbon", "kg CO2e", 11_390 * TONNE, LLAMA31)


def _total(trainings, what, unit, published, source, rounding=0.0, cause=""):
    parts = {f"m{number}": given(getattr(one, what), unit, one.source) for number, one in enumerate(trainings, 1)}
    return Check(
        table=trainings[0].table,
        row="total",
        what="emissions" if what == "carbon" else unit,
        published=published,
        computed=derive("total", unit, " + ".join(parts), **parts),
        source=source,
        rounding=rounding,
        cause=cause,
    )


def _speeds():
    """Time of GPT-3 and FLOPs of LaMDA, from the speed that was measured."""
    yield Check(
        table="Patterson et al.",
        row="GPT-3",
        what="days",
        published=14.8,
        computed=derive(
            "days of training", "days", "C/(n·R·86400)", C=3.14e23, n=10_000, R=given(24.6e12, "FLOP/s", PATTERSON)
        ),
        source=PATTERSON,
        rounding=0.05,
    )
    yield Check(
        table="LaMDA, section 10",
        row="LaMDA-137B",
        what="FLOPs",
        published=3.55e23,
        computed=derive(
            "FLOPs of training",
            "FLOP",
            "u·P·n·days·86400",
            u=given(0.565, "", LAMDA),
            P=given(123e12, "FLOP/s", LAMDA),
            n=1024,
            days=57.7,
        ),
        source=LAMDA,
        rounding=0.005e23,
    )


def _beside_bloom():
    """Luccioni et al., table 4: MWh times intensity, and the same with PUE."""
    without = {"GPT-3": PUE_REMOVED, "OPT": OPT_REPORTED}
    including = {"GPT-3": GPT3_TWICE, "OPT": OPT_REPORTED}
    for name, (megawatt_hours, grams, tonnes, with_pue) in BESIDE_BLOOM.items():
        electricity = given(megawatt_hours * MWH, "kWh", LUCCIONI)
        intensity = given(grams / 1000, "kg CO2e/kWh", LUCCIONI)
        alone = carbon(electricity, intensity=intensity)
        whole = derive(
            "emissions with PUE", "kg CO2e", "m·PUE", m=alone, PUE=given(PUE_BESIDE_BLOOM[name], "", LUCCIONI)
        )
        for what, published, computed, cause in (
            ("emissions", tonnes, alone, without.get(name, "")),
            ("emissions with PUE", with_pue, whole, including.get(name, "")),
        ):
            yield Check(
                table="Luccioni et al., table 4",
                row=name,
                what=what,
                published=published * TONNE,
                computed=computed,
                source=f"{LUCCIONI}, table 4",
                rounding=0.5 * TONNE,
                within=STATED_METHOD,
                cause=cause,
            )
    yield Check(
        table="Luccioni et al., table 4",
        row="GPT-3, PUE taken out",
        what="emissions",
        published=502 * TONNE,
        computed=carbon(derive("energy of the machines", "kWh", "E/PUE", E=1287 * MWH, PUE=1.1), intensity=0.429),
        source=f"{LUCCIONI}, table 4",
        rounding=0.5 * TONNE,
    )


def _bloom():
    """All of BLOOM's footprint, and 18 days of answering."""
    training = given(TRAININGS["BLOOM"].carbon, "kg CO2e", LUCCIONI)
    parts = {"training": training, "idle": BLOOM_IDLE, "making": BLOOM_MAKING}
    yield Check(
        table="Luccioni et al., table 3",
        row="BLOOM, with idle machines and their making",
        what="emissions",
        published=50.5 * TONNE,
        computed=derive("all emissions", "kg CO2e", "training + idle + making", **parts),
        source=LUCCIONI,
        rounding=0.05 * TONNE,
    )
    yield Check(
        table="Luccioni et al., section 4.4",
        row="BLOOM, 18 days of serving",
        what="emissions",
        published=340,
        computed=carbon(given(914, "kWh", LUCCIONI), region="bloom inference"),
        source=LUCCIONI,
        rounding=5,
        cause=INFERENCE,
    )
