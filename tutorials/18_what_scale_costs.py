# %% [markdown]
# # What scale costs
#
# Course rows L1, L6, G6, X9. "175 billion parameters", "hundreds of tonnes of CO₂", "attention is quadratic": numbers
# of large models are rarely measured, they follow from a few sizes by arithmetic. Here it is done by hand first and
# then by `kseq.scale`, which does it exactly and shows its derivations. No large model is needed, and none is loaded.

# %%
import os
import time
from pathlib import Path

from kseq.inspection import describe
from kseq.layers import LSTM, TransformerEncoder
from kseq.plot import memory_budget, scaling_frontier, theory_against_length
from kseq.scale import (
    accelerator,
    architecture,
    carbon,
    compute_optimal,
    energy,
    in_gib,
    memory,
    parameters,
    pf_days,
    training_flops,
    training_time,
)

import keras
import numpy as np

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. Counting GPT-3 (L1)
#
# 96 layers of width d = 12,288. Attention has four matrices d × d (queries, keys, values, output); the feed-forward
# layer goes up to 4·d and back: 8·d². So a layer has 12·d² numbers. Do it on paper before you run the cell.

# %%
gpt3 = architecture("gpt3-175b")
L, d, V, T = gpt3.num_layers, gpt3.embedding_dim, gpt3.vocabulary_size, gpt3.context_length
by_hand = 12 * L * d**2
print(f"12·L·d² = {by_hand:,}")
print(parameters(gpt3).explain(depth=1))
results["GPT-3: 12·L·d²"] = f"{by_hand:,}"
results["GPT-3: with embeddings, biases, normalizations"] = f"{parameters(gpt3):,}"
results["what the slide's misprint 12,228 would make"] = f"{12 * L * 12_228**2:,}"

# %% [markdown]
# ## 2. Six times N times D (L6)
#
# A weight that meets a token is multiplied once and added once: 2 FLOPs. On the way back it happens twice more, for
# the gradient of the weight and of the input. So training on D tokens costs 6·N·D. GPT-3 read 300 billion.

# %%
flops = training_flops(gpt3, tokens=300e9)
print(flops.explain(depth=0))
one_card = training_time(flops, gpus=1, gpu="a100-80gb")
print(f"on one A100: {one_card}; on 1,024: {training_time(flops, gpus=1024, gpu='a100-80gb')}")
results["GPT-3: FLOPs of training"] = f"{flops:.3g}"
results["GPT-3: PF-days"] = f"{pf_days(flops):,.0f}"
results["GPT-3: years on one A100 at 40 % of its peak"] = f"{one_card / (365 * 86_400):.0f}"

# %% [markdown]
# ## 3. Does it fit?
#
# Adam in mixed precision keeps 16 bytes for each parameter before a single word is read: 2 for the weight, 2 for the
# gradient, 12 for two moments and an exact copy. A model of 7 billion parameters does not fit on the larger of these
# two cards, though its weights alone would fit on the smaller.

# %%
plans = {
    "GPT-2": memory("gpt2", precision="mixed", batch_size=8),
    "GPT-2 XL": memory("gpt2-xl", precision="mixed", batch_size=1),
    "LLaMA 7B": memory("llama-7b", precision="mixed", batch_size=1),
    "LLaMA 7B, recomputed": memory("llama-7b", precision="mixed", batch_size=1, recompute="full"),
    "the same, shared by 8 cards": memory(
        "llama-7b", precision="mixed", batch_size=1, recompute="full", zero=3, data=8
    ),
}
parts = ("weights", "gradients", "optimizer", "activations")
bars = {name: {part: getattr(plan, part) for part in parts} for name, plan in plans.items()}
cards = {"T4": accelerator("t4").memory, "A100": accelerator("a100-80gb").memory}
memory_budget(bars, capacity=cards, title="Memory of training").figure.savefig(figures / "memory_budget.png")
for name in ("GPT-2", "LLaMA 7B", "the same, shared by 8 cards"):
    results[f"memory of training, {name}"] = in_gib(plans[name].training)

# %% [markdown]
# ## 4. Larger, or more text?
#
# With the FLOPs given, a larger model reads less text. Hoffmann et al. (2022) found that both should grow alike, about
# 20 tokens for each parameter. GPT-3 got less than two.

# %%
best = compute_optimal(flops=flops)  # by the first of the paper's three approaches
print(best)
results["GPT-3: tokens for each parameter"] = f"{300e9 / parameters(gpt3):.1f}"
results["better for the same FLOPs: parameters"] = f"{best.parameters:.2g}"
results["better for the same FLOPs: tokens"] = f"{best.tokens:.2g}"

computing = [10.0**n for n in range(20, 27)]
laws = [
    {"model": name, "flops": c, "parameters": compute_optimal(flops=c, **how).parameters}
    for name, how in {"approach 1": {"approach": 1}, "approach 3": {"approach": 3}}.items()
    for c in computing
]
trained = {"gpt3-175b": 300e9, "chinchilla": 1.4e12, "llama-7b": 1e12, "llama2-70b": 2e12, "llama3.1-405b": 15.6e12}
models = [
    {"model": name, "flops": training_flops(name, tokens=tokens), "parameters": parameters(name)}
    for name, tokens in trained.items()
]
scaling_frontier(laws, models).figure.savefig(figures / "scaling_frontier.png")

# %% [markdown]
# ## 5. What it emits
#
# Energy is hours of devices times their power times what the building takes beside (PUE); each kWh emits what the
# grid of the place emits. For GPT-3 people at Google published 10,000 V100 for 14.8 days at 330 W. The place alone
# changes the answer by a factor of ten.

# %%
used = energy(gpu_hours=10_000 * 14.8 * 24, watts=330, pue=1.1)
emitted = carbon(used, intensity=0.429)
print(emitted.explain())
results["GPT-3: MWh"] = f"{used / 1000:,.0f}"
results["GPT-3: t CO₂e at 0.429 kg/kWh"] = f"{emitted / 1000:.0f}"
results["GPT-3: t CO₂e with the electricity of France"] = f"{carbon(used, region='france') / 1000:.0f}"

# %% [markdown]
# ## 6. An RNN beside a Transformer (G6, X9)
#
# `describe` counts any Keras model in the same way. An LSTM costs the same for each step, however long the sequence; a
# Transformer block also compares all T² pairs of tokens, so at some length it overtakes. For a width of 64, an LSTM of
# 128 units takes 8·128·(64 + 128) FLOPs a step, the block 24·64² for its weights and 4·64·T for the comparisons. At
# which T are they equal? The lines are no forecast: they say how long it takes at least, at the rate at which this
# machine multiplies large matrices. The points are measured.

# %%
width, batch_size = 64, 4
crossing = (8 * 128 * (64 + 128) - 24 * 64**2) / (4 * 64)
results["FLOPs: the block overtakes the LSTM at T ="] = f"{crossing:.0f}"


def model_of(kind, length):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((length, width))
    if kind == "LSTM":
        layer = LSTM(128, return_sequences=True)
    else:
        layer = TransformerEncoder(num_heads=4, intermediate_dim=4 * width)
    return keras.Model(inputs, layer(inputs))


def seconds(call):
    call()  # the first one compiles
    times = []
    for _ in range(5):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


large = np.ones((1024, 1024), "float32")
rate = 2 * 1024**3 / seconds(lambda: np.asarray(keras.ops.matmul(large, large)))
print(f"large matrices: {rate / 1e9:.0f} GFLOP/s")
lines, points, measured = [], [], {}
for kind in ("LSTM", "Transformer block"):
    for length in [32, 64, 128, 256, 512, 1024, 2048]:
        model = model_of(kind, length)
        costs = describe(model, length=length)
        if length == 512:
            print(f"\n{kind}\n{costs}")
            results[f"MFLOPs of 512 steps, {kind}"] = f"{costs.flops / 1e6:.1f}"
        lines.append({"model": kind, "length": length, "ms": 1e3 * batch_size * costs.flops / rate})
        if length in ((32, 512) if quick else (32, 128, 512, 1024)):
            x = np.zeros((batch_size, length, width), "float32")
            took = 1e3 * seconds(lambda model=model, x=x: model.predict_on_batch(x))
            points.append({"model": kind, "length": length, "ms": took})
            if length in (32, 512):
                measured[f"on this machine: ms for {length} steps, {kind}"] = f"{took:.1f}"
ax = theory_against_length(
    lines, points, value="ms", label="ms of a batch", theory="at least", crossings=[crossing],
    title="lines: the least time, at the speed of large matrices",
)  # fmt: skip
ax.figure.savefig(figures / "theory_against_length.png")

# %%
print()
for name, value in (results | measured).items():
    print(f"{name:<60} {value}")

# %% [markdown]
# What is really seen:
#
# - What is not in the matrices of the layers is 0.4 % of GPT-3: 12·L·d² is a good number to carry in one's head.
# - The memory of training is not the weights, it is what the optimizer keeps beside them.
# - The points lie above the lines: starting a step costs more than its few products, and at long rows the Transformer
#   also has to move its T² weights through memory, which are no matrix product. Both rise as their lines do: in the
#   table below the block is faster on short rows and slower on long ones, as counted, and the clock crosses earlier
#   than the FLOPs. On a device that does many things at once it would be later: the LSTM takes its steps one by one.
#
# ## Expected output
#
# Rows that begin with "on this machine" are measured: here on two cores, busy with other work, with TensorFlow. On
# yours they will be other ones, perhaps several times as large or as small. All other rows are arithmetic.
#
# | | |
# |---|---:|
# | GPT-3: 12·L·d² | 173,946,175,488 |
# | GPT-3: with embeddings, biases, normalizations | 174,604,259,328 |
# | what the slide's misprint 12,228 would make | 172,251,629,568 |
# | GPT-3: FLOPs of training | 3.14e+23 |
# | GPT-3: PF-days | 3,638 |
# | GPT-3: years on one A100 at 40 % of its peak | 80 |
# | memory of training, GPT-2 | 5.81 GiB |
# | memory of training, LLaMA 7B | 110.07 GiB |
# | memory of training, the same, shared by 8 cards | 13.60 GiB |
# | GPT-3: tokens for each parameter | 1.7 |
# | better for the same FLOPs: parameters | 5e+10 |
# | better for the same FLOPs: tokens | 1e+12 |
# | GPT-3: MWh | 1,289 |
# | GPT-3: t CO₂e at 0.429 kg/kWh | 553 |
# | GPT-3: t CO₂e with the electricity of France | 57 |
# | FLOPs: the block overtakes the LSTM at T = | 384 |
# | MFLOPs of 512 steps, LSTM | 100.7 |
# | MFLOPs of 512 steps, Transformer block | 117.4 |
# | on this machine: ms for 32 steps, LSTM | 1.3 |
# | on this machine: ms for 512 steps, LSTM | 5.4 |
# | on this machine: ms for 32 steps, Transformer block | 0.9 |
# | on this machine: ms for 512 steps, Transformer block | 10.9 |
