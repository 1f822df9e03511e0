"""Sections of docs/llm-scale.md on what a large model costs: FLOPs, memory, time, data, electricity, money (L6)."""

import itertools

from llm_scale_tables import board, heads, table

from kseq.scale import (
    activation_memory,
    architecture,
    carbon,
    compute_optimal,
    energy,
    flops_per_token,
    in_gib,
    kv_cache,
    memory,
    pf_days,
    plan_training,
    price,
    roofline,
    step_flops,
    training_flops,
    training_time,
)
from kseq.scale.advising import RESERVED
from kseq.scale.published.trainings import (
    BESIDE_BLOOM,
    BLOOM_IDLE,
    BLOOM_MAKING,
    COSTS,
    GROWTH,
    OPT_BY_ITS_MAKERS,
    PUE_BESIDE_BLOOM,
    SERVING,
    TONNE,
    TRAININGS,
)
from kseq.scale.published.utilisations import UTILISATIONS
from kseq.scale.units import in_letters, show, significant

GPT3, GPT3_TOKENS = "gpt3-175b", 300e9
CHINCHILLA = 5.76e23  # FLOPs, those of Gopher, too


def computing():
    flops = training_flops(GPT3, tokens=GPT3_TOKENS)
    exact = training_flops(GPT3, tokens=GPT3_TOKENS, attention=True)
    small = [training_flops("gpt3-small", tokens=GPT3_TOKENS, attention=one) for one in (False, True)]
    kept, computed = (step_flops("llama-7b", batch_size=1, recompute=one) for one in ("none", "full"))
    return f"""## Computing: 6·N·D (L6)

A matrix product multiplies and adds once for each weight and token: 2·N FLOPs forwards; backwards twice as much, for
the gradient of the weights and of the inputs. So a token costs 6·N and a training **6·N·D**:

{board(flops)}

which is {significant(pf_days(flops))} PF-days (a PF-day is 10¹⁵ FLOP/s for a day). What this leaves out is attention
between tokens, 12·L·d·T FLOPs for each token: it adds {exact / flops - 1:.1%} for GPT-3 175B but
{small[1] / small[0] - 1:.0%} for GPT-3 Small, whose width is not large against its context. Whoever computes the
activations again on the way back, to save memory, computes {computed / kept:.2f} times as much. Some publish their
FLOPs with this second computation and some without; where it is not said which, a number may be off by that much.

A token that is *read or written* costs the forward third only:
{show(flops_per_token(GPT3, direction="forward"), "FLOP/token")}.
"""


def fitting():
    rows, plans = [], []
    for name in ("gpt2-xl", "llama-7b", "llama2-70b", GPT3):
        one = memory(name, precision="mixed", optimizer="adamw", batch_size=1)
        rows.append([name, *map(in_gib, (one.weights, one.gradients, one.optimizer, one.activations, one.training))])
        plan, how = fewest(name)
        plans.append([name, f"{plan.gpus:,}", how, in_gib(plan.memory.training)])
    spread = memory(GPT3, precision="mixed", zero=3, data=8, tensor=8)
    caches = [[name, f"{kv_cache(name):,}", in_gib(kv_cache(name, tokens=2048)), heads(architecture(name))]
              for name in (GPT3, "llama-7b", "llama-13b", "llama2-70b", "llama3-8b", "llama3.1-405b")]  # fmt: skip
    full = activation_memory("llama-7b", batch_size=1, recompute="full")
    none = activation_memory("llama-7b", batch_size=1)
    return f"""## Does it fit? (L6)

Training in mixed precision with Adam keeps 16 bytes for each parameter: 2 for the weight, 2 for its gradient, 12 for
the optimizer (two moments and the weight once more, in float32). The activations are added to this; they grow with the
batch and the context. With one sequence of the model's own length, and with FlashAttention, which never stores the
weights of attention:

{table(["", "weights", "gradients", "optimizer", "activations", "together"], rows, range(1, 6))}

![Memory of training beside what two cards have](figures/memory_budget.png)

There are three ways to make it fit: compute the activations again on the way back ({in_gib(none)} become
{in_gib(full)} for llama-7b), let the copies of the model share what they have in common (ZeRO), and cut the layers
themselves (tensor parallelism). Dividing the sum by 80 GB does not say how many cards it takes: ZeRO divides no
activations, tensor parallelism only a part of them, and some of each card (here {RESERVED:.0%}) is left to the
framework. So `plan_training` tries it, on 1, 2, 4, 8, … A100 of 80 GB, one sequence on each:

{table(["", "fewest A100", "how", "on each of them"], plans, (1, 3))}

As an example, take 8 copies of GPT-3 175B that share everything (ZeRO 3), each of them cut over 8 devices. Then each
of the {spread.devices} devices holds {in_gib(spread.weights)} of weights, {in_gib(spread.gradients)} of gradients and
{in_gib(spread.optimizer)} of the optimizer: {in_gib(spread.training)}, and the activations on top.

**Answering** needs no gradients. It needs the keys and values of each token of the context: 2·L·G·k numbers, with G
heads of keys and values of width k. Grouped heads make G small, and with it this memory:

{table(["bfloat16", "bytes a token", "at 2,048 tokens", "heads"], caches, right=(1, 2))}
"""


def fewest(name):
    """The plan with the fewest devices that fits, and in words what it takes."""
    for gpus in (2**n for n in range(12)):
        for recompute, tensor in itertools.product((None, "full"), (1, 2, 4, 8)):
            if tensor <= gpus:
                options = {"recompute": recompute} if recompute else {}
                plan = plan_training(name, gpus=gpus, gpu="a100-80gb", tensor=tensor, **options)
                if plan.fits:
                    how = [f"ZeRO {plan.zero}"] * bool(plan.zero) + [f"layers cut in {tensor}"] * (tensor > 1)
                    return plan, ", ".join([*how, *["activations computed again"] * bool(recompute)]) or "as it is"
    raise ValueError(name)


def waiting():
    flops = training_flops(GPT3, tokens=GPT3_TOKENS)
    time = training_time(flops, gpus=1024, gpu="a100-80gb")
    reached = [one.share for one in UTILISATIONS]
    phases = [
        roofline("llama-7b", gpu="a100-80gb", phase=phase, batch_size=1, context=2048)
        for phase in ("prefill", "decode")
    ]
    rows = [[phase, significant(one.intensity), significant(one.ridge), one.bound, show(one.seconds, "seconds"),
             significant(one.tokens_per_second)] for phase, one in zip(("reading 2,048 tokens", "writing one"), phases,
                                                                       strict=True)]  # fmt: skip
    return f"""## How long? (L6)

Divide by what the devices do in a second. No training reaches their peak: {min(reached):.0%} (on V100) to
{max(reached):.0%} of it have been reported, so the answer is a range. GPT-3 on 1,024 A100:

{board(time)}

Reading a prompt and writing an answer differ. In reading, all tokens of the prompt use a weight as soon as it has come
from memory. In writing there is one token at a time, and for each of them all weights have to come from memory again.
Where the FLOPs for each byte lie below the ridge of the card, its arithmetic waits for its memory (llama-7b, one A100,
bfloat16):

{table(["", "FLOP/byte", "ridge", "bound by", "time", "tokens/s"], rows, right=(1, 2, 4, 5))}
"""


def scaling():
    laws = {
        "approach 1": {"approach": 1},
        "approach 2": {"approach": 2},
        "approach 3, rounded": {"constants": "rounded"},
        "approach 3, unrounded": {"constants": "unrounded"},
        "approach 3, fitted anew": {"constants": "refit"},
    }
    rows = []
    for flops in (2.21e19, CHINCHILLA, 3.8e25):
        found = [compute_optimal(flops=flops, **law) for law in laws.values()]
        rows.append(
            [significant(flops), *(f"{in_letters(one.parameters)} on {in_letters(one.tokens)}" for one in found)]
        )
    rounded, unrounded, refit = (compute_optimal(flops=CHINCHILLA, constants=one) for one in
                                 ("rounded", "unrounded", "refit"))  # fmt: skip
    apart = unrounded.parameters / rounded.parameters - 1
    gpt3 = training_flops(GPT3, tokens=GPT3_TOKENS)
    best = compute_optimal(flops=gpt3, approach=1)
    return f"""## Larger, or more text? (L6)

For a given number of FLOPs, a larger model can read less. Hoffmann et al. (2022) measured what is lost on either side
and found that parameters and tokens should grow alike, about 20 tokens for each parameter. GPT-3 was far from it: with
its {significant(gpt3, 3)} FLOPs the first of their three approaches advises {in_letters(best.parameters)} parameters on
{in_letters(best.tokens)} tokens, not 175 B on 300 B. Chinchilla's own size, 70 B on 1.4 T,
is what that approach advises, and `compute_optimal` goes by it where nothing else is asked for.

![Compute-optimal sizes and trained models](figures/scaling_frontier.png)

The third approach fits a formula, L(N, D) = E + A/N^α + B/D^β. Its constants as they are printed (rounded) and as they
stand in the source of the paper (unrounded) give answers that differ by {apart:.0%} at Chinchilla's
{significant(CHINCHILLA)} FLOPs. When others fitted the same points anew (Besiroglu et al., 2024), the formula came
close to the first approach. The advice is a direction, not a number:

{table(["FLOPs", *laws], rows, right=range(6))}

Only the third approach says what loss is to be expected. Compare such losses by the same constants only: the part
of the loss that no model can avoid, E, is {unrounded.loss.inputs["E"]} in one fit and
{refit.loss.inputs["E"]} in another, a difference that has nothing to do with the models.

Whoever serves a model to many users trains beyond the optimum on purpose: a smaller model that has read more costs less
with each answer.
"""


def emitting():
    used = energy(gpu_hours=1_720_320, watts=400, pue=1.1)
    emitted = carbon(used, intensity=0.385)
    places = [carbon(used, region=name) for name in ("france", "germany", "united states", "poland")]
    places = [[place(one), one.inputs["i"], one, one.inputs["i"].sources[0]] for one in places]
    cost = price(1_720_320, gpu="a100-80gb")
    bloom, building = TRAININGS["BLOOM"], PUE_BESIDE_BLOOM["BLOOM"]
    _, _, without, including = (number * TONNE for number in BESIDE_BLOOM["GPT-3"])
    what_if = [in_tonnes(TRAININGS[name].carbon) for name in ("BLOOM-176B", "OPT-175B")]
    return f"""## What it emits and what it costs (L6)

Hours of devices, times their power, times what the building needs beside (PUE), times what a kWh of that place emits.
Llama 2 70B, with the hours and the power of its model card:

{board(emitted, 2)}

The same training elsewhere:

{table(["electricity of", "a kWh emits", "the training", "source"], places, (1, 2))}

and, rented at the list prices of 2023 to 2026, {cost}. What makers and others have reported:

![Reported emissions of trainings](figures/training_footprints.png)

"About 500 t" for GPT-3 is {whose(BESIDE_BLOOM["GPT-3"])}: the same energy, without and with what the building needs.
Compare like with like. BLOOM, about as large, was trained in France, where most electricity is nuclear. Without the PUE
it emitted {in_tonnes(bloom.carbon)} or {bloom.carbon / without:.1%} of GPT-3, with its PUE of {building}
{in_tonnes(bloom.carbon * building)} or {bloom.carbon * building / including:.1%}. Machines that were waiting add
{in_tonnes(BLOOM_IDLE)} and the making of all machines {in_tonnes(BLOOM_MAKING)}; with these the
{in_tonnes(bloom.carbon)} become {significant((bloom.carbon + BLOOM_IDLE + BLOOM_MAKING) / TONNE, 3)} t (Luccioni et
al., 2022, table 3).

Two diamonds in the figure are no reports, but answers to "what if": BLOOM-176B with {what_if[0]} and OPT-175B with
{what_if[1]}. The authors of LLaMA took the hours of these models and, as for their own, 400 W, a PUE of 1.1 and the
average of the United States, {TRAININGS["OPT-175B"].intensity} kg/kWh, wherever the training took place. The makers of
OPT say about {in_tonnes(OPT_BY_ITS_MAKERS)} ({OPT_BY_ITS_MAKERS.sources[0]}).

![Estimated costs of trainings](figures/training_costs.png)

"Tens to hundreds of millions of dollars" is true of the largest of {max(one.year for one in COSTS.values())}:
{dearest()}. Such figures are estimates: hours of devices times what renting them costs. Each year the
largest cost {significant(GROWTH.low)} to {significant(GROWTH.high)} times as much as the year before
({"; ".join(GROWTH.sources)}).

**Serving.** "1000 t CO₂e a month" has no source that we could find. What was estimated for ChatGPT in its first
months:

{table(["who", "t a day", "t in 30 days"], serving(), right=(1, 2))}

None of them comes from those who run it. Three quarters of the energy that BLOOM took on 16 A100 went into just being
ready (Luccioni et al. 2022).
"""


def place(emitted):
    return emitted.inputs["i"].name.removeprefix("carbon intensity of ").title()


def in_tonnes(kilograms):
    return f"{significant(kilograms / TONNE)} t"


def whose(row):
    _, _, without, with_building = row
    return (
        f"{without} t (Luccioni et al., 2022, without the PUE) or {with_building} t (Patterson et al., 2021, with it)"
    )


def dearest():
    found = sorted(COSTS.values(), key=lambda one: -one.value)[:2]
    return ", ".join(f"{one.name} {in_letters(one.value)} dollars" for one in found) + f" ({found[0].source})"


def serving():
    for one in SERVING.values():
        yield "; ".join(one.sources), ends(one, 1 / 1000), ends(one, 30 / 1000)


def ends(one, factor):
    return " to ".join(dict.fromkeys(significant(end * factor) for end in (one.low, one.high)))
