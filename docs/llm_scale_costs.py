"""Sections of docs/llm-scale.md on what a large model costs: FLOPs, memory, time, data, electricity, money (L6)."""

from llm_scale_tables import board, heads, table

from kseq.scale import (
    accelerator,
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
    price,
    roofline,
    step_flops,
    training_flops,
    training_time,
)
from kseq.scale.published.trainings import BESIDE_BLOOM, COSTS, GROWTH, SERVING, TRAININGS
from kseq.scale.published.utilisations import UTILISATIONS
from kseq.scale.units import in_letters, show, significant

GPT3, GPT3_TOKENS = "gpt3-175b", 300e9
CHINCHILLA = 5.76e23  # FLOPs, those of Gopher, too


def computing():
    flops = training_flops(GPT3, tokens=GPT3_TOKENS)
    exact = training_flops(GPT3, tokens=GPT3_TOKENS, attention=True)
    small = [training_flops("gpt3-small", tokens=GPT3_TOKENS, attention=one) for one in (False, True)]
    again = step_flops("llama-7b", batch_size=1, recompute="full") / step_flops("llama-7b", batch_size=1)
    return f"""## Computing: 6·N·D (L6)

A matrix product multiplies and adds once for each weight and token: 2·N FLOPs forwards; backwards twice as much, for
the gradient of the weights and of the inputs. So a token costs 6·N and a training **6·N·D**:

{board(flops)}

which is {significant(pf_days(flops))} PF-days (a PF-day is 10¹⁵ FLOP/s for a day). What this leaves out is attention
between tokens, 12·L·d·T FLOPs for each token: it adds {exact / flops - 1:.1%} for GPT-3 175B but
{small[1] / small[0] - 1:.0%} for GPT-3 Small, whose width is not large against its context. Who computes the
activations again on the way back, to save memory, computes {again:.2f} times as much. Both conventions are in use; a
number without its convention may be off by that much.

A token that is *read or written* costs the forward third only:
{show(flops_per_token(GPT3, direction="forward"), "FLOP/token")}.
"""


def fitting():
    cards = {name: accelerator(name) for name in ("rtx-4090", "a100-80gb", "h100-sxm")}
    rows = []
    for name in ("gpt2-xl", "llama-7b", "llama2-70b", GPT3):
        one = memory(name, precision="mixed", optimizer="adamw", batch_size=1)
        rows.append([name, *map(in_gib, (one.weights, one.gradients, one.optimizer, one.activations, one.training)),
                     -int(-one.training // cards["a100-80gb"].memory)])  # fmt: skip
    spread = memory(GPT3, precision="mixed", zero=3, data=8, tensor=8)
    caches = [[name, f"{kv_cache(name):,}", in_gib(kv_cache(name, tokens=2048)), heads(architecture(name))]
              for name in (GPT3, "llama-7b", "llama-13b", "llama2-70b", "llama3-8b", "llama3.1-405b")]  # fmt: skip
    full = activation_memory("llama-7b", batch_size=1, recompute="full")
    none = activation_memory("llama-7b", batch_size=1)
    return f"""## Does it fit? (L6)

Training in mixed precision with Adam keeps 16 bytes for each parameter: 2 for the weight, 2 for its gradient, 12 for
the optimizer (two moments and the weight once more, in float32). To that come the activations, which grow with the
batch and the context. With one sequence of the model's own length:

{table(["", "weights", "gradients", "optimizer", "activations", "for training", "A100 80 GB"], rows, range(1, 7))}

![Memory of training beside what two cards have](figures/memory_budget.png)

Three ways out: compute the activations again ({in_gib(none)} become {in_gib(full)} for llama-7b), share what the
copies have in common (ZeRO), and cut the layers themselves (tensor parallelism). GPT-3 175B, with 8 copies that share
everything, each cut over 8 devices: {spread}.

**Answering** needs no gradients, but for each token of the context its keys and values: 2·L·G·k numbers, with G heads
of keys and values of width k. Few of them is what grouped heads are for:

{table(["bfloat16", "bytes a token", "at 2,048 tokens", "heads"], caches, right=(1, 2))}
"""


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

{board(time, 0)}

Reading a prompt and writing an answer are two trades. All tokens of a prompt go through a weight once it is there; of
an answer one token at a time, and for each all weights come from memory again. Where FLOPs for each byte lie below
the ridge of the card, its arithmetic waits for its memory (llama-7b, one A100, bfloat16):

{table(["", "FLOP/byte", "ridge", "bound by", "time", "tokens/s"], rows, right=(1, 2, 4, 5))}
"""


def scaling():
    rows = []
    for flops in (2.21e19, CHINCHILLA, 3.8e25):
        cells = [significant(flops)]
        for one in ("rounded", "unrounded", "refit"):
            best = compute_optimal(flops=flops, constants=one)
            cells.append(f"{in_letters(best.parameters)} on {in_letters(best.tokens)}")
        first = compute_optimal(flops=flops, approach=1)
        rows.append([*cells, f"{in_letters(first.parameters)} on {in_letters(first.tokens)}"])
    rounded, unrounded = (compute_optimal(flops=CHINCHILLA, constants=one) for one in ("rounded", "unrounded"))
    apart = unrounded.parameters / rounded.parameters - 1
    gpt3 = training_flops(GPT3, tokens=GPT3_TOKENS)
    best = compute_optimal(flops=gpt3, approach=1)
    return f"""## Larger, or more text? (L6)

With the computing given, a larger model reads less. Hoffmann et al. (2022) measured what is lost on either side and
found that parameters and tokens should grow alike, about 20 tokens for each parameter. GPT-3 was far from it: with
its {significant(gpt3, 3)} FLOPs the same authors' first approach advises {in_letters(best.parameters)} parameters on
{in_letters(best.tokens)} tokens, not 175 B on 300 B.

![Compute-optimal sizes and trained models](figures/scaling_frontier.png)

Their third approach fits a formula, L(N, D) = E + A/N^α + B/D^β, and its constants as printed (rounded) and as in the
source of the paper (unrounded) give answers that differ by {apart:.0%} at Chinchilla's
{significant(CHINCHILLA)} FLOPs; a later refit of the same points (Besiroglu et al., 2024) differs by more.
The advice is a direction, not a number:

{table(["FLOPs", "rounded", "unrounded", "refit", "approach 1"], rows, right=range(5))}

Those who serve a model to many read beyond the optimum on purpose: a smaller model that has read more costs each user
less.
"""


def emitting():
    used = energy(gpu_hours=1_720_320, watts=400, pue=1.1)
    emitted = carbon(used, intensity=0.385)
    places = [carbon(used, region=name) for name in ("france", "germany", "united states", "poland")]
    places = [[place(one), one.inputs["i"], one, one.inputs["i"].sources[0]] for one in places]
    cost = price(1_720_320, gpu="a100-80gb")
    return f"""## What it emits and what it costs (L6)

Hours of devices, times their power, times what the building needs beside (PUE), times what a kWh of that place emits.
Llama 2 70B, with the hours and the power of its model card:

{board(emitted, 2)}

The same training elsewhere:

{table(["electricity of", "a kWh emits", "the training", "source"], places, (1, 2))}

and, rented at the list prices of 2023 to 2026, {cost}. What makers and others have reported:

![Reported emissions of trainings](figures/training_footprints.png)

"About 500 t" for GPT-3 is {whose(BESIDE_BLOOM["GPT-3"])}: the same energy, without and with what the building needs.
BLOOM, about as large, emitted {TRAININGS["BLOOM"].carbon / TRAININGS["GPT-3"].carbon:.0%} of it, where the
electricity is nuclear. {TRAININGS["BLOOM"].note} In
the figure it stands twice: as it was, in France, and as the authors of LLaMA counted it, at the intensity of their
own place.

![Estimated costs of trainings](figures/training_costs.png)

"Tens to hundreds of millions of dollars" holds for the largest of {max(one.year for one in COSTS.values())}:
{dearest()}. Such figures are estimates: hours of devices times what renting them costs. They grow
{significant(GROWTH.low)} to {significant(GROWTH.high)} times a year ({"; ".join(GROWTH.sources)}).

**Serving.** "1000 t CO₂e a month" has no source that we could find. What was estimated for ChatGPT in its first
months:

{table(["who", "t a day", "t in 30 days"], serving(), right=(1, 2))}

No figure comes from who runs it. BLOOM on 16 A100 took three quarters of its energy just for being ready (Luccioni et
al. 2022).
"""


def place(emitted):
    return emitted.inputs["i"].name.removeprefix("carbon intensity of ").title()


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
