"""The figures of docs/llm-scale.md: `python docs/llm_scale_figures.py` draws them anew.

Theory comes from `kseq.scale`, measurements from this machine, now; nothing is typed in.
"""

import time
from pathlib import Path

from kseq.plot import memory_budget, scaling_frontier, theory_against_length, training_footprints
from kseq.scale import (
    accelerator,
    compute_optimal,
    cost_against_length,
    crossing_length,
    memory,
    parameters,
    training_flops,
)
from kseq.scale.advising import RESERVED, room
from kseq.scale.published.trainings import COSTS, OPT_BY_ITS_MAKERS, PUE_BESIDE_BLOOM, TONNE, TRAININGS

FOLDER = Path(__file__).resolve().parent / "figures"
LAWS = {
    "Chinchilla, approach 1": {"approach": 1},
    "Chinchilla, approach 3": {"approach": 3},
    "the same, fitted anew": {"constants": "refit"},
}
TRAINED = {  # tokens that were read, as published
    "gpt3-175b": 300e9,
    "chinchilla": 1.4e12,
    "gopher": 300e9,
    "llama-7b": 1.0e12,
    "llama-65b": 1.4e12,
    "llama2-70b": 2.0e12,
    "llama3.1-405b": 15.6e12,
}
MAKERS, OTHERS, WHAT_IF = "reported by its makers", "estimated by others", "what if, in the USA (others)"
KINDS_OF_REPORT = {"GPT-3": OTHERS, "OPT-175B": WHAT_IF, "BLOOM-176B": WHAT_IF}
SMALL = ("LLaMA-7B", "LLaMA-13B", "LLaMA-33B", "Llama 2 13B", "Llama 2 34B", "Llama 3 8B", "Llama 3.1 8B")
WIDTH, BATCH = 256, 4
LENGTHS = [2**n for n in range(5, 12)]
KINDS = {"lstm": "LSTM", "attention_layer": "attention layer"}


def frontier():
    computing = [10.0**n for n in range(19, 27)]
    laws = []
    for name, how in LAWS.items():
        laws += [
            {"model": name, "flops": c, "parameters": compute_optimal(flops=c, **how).parameters} for c in computing
        ]
    models = [{"model": name, "flops": training_flops(name, tokens=tokens), "parameters": parameters(name)}
              for name, tokens in TRAINED.items()]  # fmt: skip
    return scaling_frontier(laws, models, title="Compute-optimal sizes, and what was trained")


def budgets():
    plans = {
        "GPT-2 XL, float32": memory("gpt2-xl", batch_size=1),
        "GPT-2 XL, mixed": memory("gpt2-xl", precision="mixed", batch_size=1),
        "LLaMA 7B, mixed": memory("llama-7b", precision="mixed", batch_size=1),
        "LLaMA 7B, mixed, recomputed": memory("llama-7b", precision="mixed", batch_size=1, recompute="full"),
        "the same, ZeRO 3 on 8 cards": memory(
            "llama-7b", precision="mixed", batch_size=1, recompute="full", zero=3, data=8
        ),
    }
    parts = ("weights", "gradients", "optimizer", "activations")
    bars = {name: {part: getattr(plan, part) for part in parts} for name, plan in plans.items()}
    cards = {f"A100 {size} GB less {RESERVED:.0%}": room(accelerator(f"a100-{size}gb")) for size in (40, 80)}
    return memory_budget(bars, capacity=cards, title="Memory of training, one sequence at a time")


def footprints():
    rows = [{"model": f"{name} ({building(one.pue)})", "tonnes": one.carbon / TONNE,
             "kind": KINDS_OF_REPORT.get(name, MAKERS)}
            for name, one in TRAININGS.items() if name not in SMALL]  # fmt: skip
    bloom, pue = TRAININGS["BLOOM"], PUE_BESIDE_BLOOM["BLOOM"]
    rows.append({"model": f"BLOOM ({building(pue)})", "tonnes": bloom.carbon * pue / TONNE, "kind": MAKERS})
    rows.append({"model": f"OPT-175B ({building(None)})", "tonnes": OPT_BY_ITS_MAKERS / TONNE, "kind": MAKERS})
    return training_footprints(rows, title="Emissions of trainings, and who says so")


def building(pue):
    """Whether what the building needs is in a number."""
    return "PUE not said" if pue is None else "without PUE" if pue == 1 else f"PUE {pue}"


def costs():
    rows = [{"model": f"{name} ({one.year})", "dollars": float(one.value)} for name, one in COSTS.items()]
    return training_footprints(rows, value="dollars", title="Cost of trainings at the price of rented hardware")


def against_length():
    """FLOPs at the rate of one large matrix product on this machine, and the time that was measured on it."""
    import keras

    from kseq.layers import LSTM, MultiHeadAttention

    large = keras.random.normal((2048, 2048))
    rate = 2 * 2048**3 / seconds(lambda: keras.ops.matmul(large, large))
    lines = [
        {"model": KINDS[cost["model"]], "length": cost["length"], "ms": 1e3 * BATCH * cost["flops"] / rate}
        for cost in cost_against_length(WIDTH, LENGTHS, kinds=tuple(KINDS), phase="forward")
    ]
    points = []
    for length in LENGTHS[::2]:
        for kind, name in KINDS.items():
            inputs = keras.Input((length, WIDTH))
            if kind == "lstm":
                outputs = LSTM(WIDTH, return_sequences=True)(inputs)
            else:
                outputs = MultiHeadAttention(8, WIDTH // 8)(inputs, inputs)
            model, x = keras.Model(inputs, outputs), keras.random.normal((BATCH, length, WIDTH))
            took = seconds(lambda model=model, x=x: model.predict_on_batch(x))
            points.append({"model": name, "length": length, "ms": 1e3 * took})
    crossing = crossing_length(WIDTH, "attention_layer", "lstm", phase="forward")
    title = (
        f"One layer of width {WIDTH}, forwards, {BATCH} sequences\n"
        "lines: the least time, at the speed of one large matrix product"
    )
    return theory_against_length(
        lines, points, value="ms", label="ms", theory="at least", crossings=[float(crossing)], title=title
    )


def seconds(call, times=5):
    """The shortest of several runs, after one to warm up."""
    import numpy as np

    found = []
    for _ in range(times + 1):
        started = time.perf_counter()
        np.asarray(call())
        found.append(time.perf_counter() - started)
    return min(found[1:])


def draw(folder=FOLDER):
    """Draws all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in FIGURES.items():
        figure().figure.savefig(folder / f"{name}.png", dpi=80)


FIGURES = {
    "scaling_frontier": frontier,
    "memory_budget": budgets,
    "training_footprints": footprints,
    "training_costs": costs,
    "cost_against_length": against_length,
}

if __name__ == "__main__":
    draw()
