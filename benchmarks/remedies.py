"""The remedies of row R10 (and G5, R8), each a switch, everything else equal.

    python benchmarks/remedies.py                        mostly the adding problem over 100 steps, three seeds
    python benchmarks/remedies.py --length 50 --seeds 5 --only IRNN GRU

Prints a markdown table: the score of each seed on the test split, how many seeds solved the task, and after how many
training steps. All models get the same examples in the same order and the same number of steps at most. Two things
do not show on that task and have a pair of rows on another: shortcuts help against depth, not against length; and
truncation does no harm where the last chunk happens to show all that is to be learnt (a marked number is added there,
too), but where it never does.
"""

import argparse
import os
import platform
import time

import pandas as pd

import kseq
from kseq.data import synthetic

# name -> what differs from a simple RNN with tanh, orthogonal initialisation and clipped gradients; τ as a share of T
VARIANTS = {
    "simple RNN (tanh, orthogonal, clipped)": {},
    "no clipping": {"clipnorm": None},
    "Glorot, not orthogonal": {"recurrent_initializer": "glorot_uniform"},
    "ReLU": {"activation": "relu"},
    "identity": {"recurrent_initializer": "identity"},
    "ReLU and identity (IRNN)": {"activation": "relu", "recurrent_initializer": "identity"},
    "IRNN without clipping": {"activation": "relu", "recurrent_initializer": "identity", "clipnorm": None},
    "two layers": {"num_layers": 2},
    "two layers, residual": {"num_layers": 2, "residual": True},
    "gates: LSTM": {"cell": "lstm"},
    "gates: GRU": {"cell": "gru"},
    "GRU without clipping": {"cell": "gru", "clipnorm": None},
    "GRU, truncated at half": {"cell": "gru", "truncation": 0.5},
    "GRU, truncated at a tenth": {"cell": "gru", "truncation": 0.1},
    "ten layers": {"num_layers": 10, "length": 10},
    "ten layers, residual": {"num_layers": 10, "residual": True, "length": 10},
    "GRU, order": {"cell": "gru", "task": "temporal_order", "length": 50},
    "GRU, order, truncated at half": {"cell": "gru", "task": "temporal_order", "length": 50, "truncation": 0.5},
    "GRU, order, truncated at a fifth": {"cell": "gru", "task": "temporal_order", "length": 50, "truncation": 0.2},
}

TASKS = sorted(set(synthetic.__all__) - {"SyntheticTask", "price_table"})


def main():
    """Trains every variant and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="adding_problem", choices=TASKS)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--max-steps", type=int, default=6000)
    parser.add_argument("--only", nargs="+", default=[""], help="variants whose name contains one of these")
    parser.add_argument("--csv", help="where the table goes, one row for each model")
    options = parser.parse_args()

    started, runs = time.perf_counter(), []
    for name, switches in VARIANTS.items():
        if not any(part in name for part in options.only):
            continue
        switches = dict(switches)
        length = switches.pop("length", options.length)
        if "truncation" in switches:
            switches["truncation"] = max(1, int(switches["truncation"] * length))
        print(name, flush=True)
        table = kseq.memory_curve(
            switches.pop("cell", "simple_rnn"),
            switches.pop("task", options.task),
            length,
            seeds=list(range(options.first_seed, options.first_seed + options.seeds)),
            max_steps=options.max_steps,
            **switches,
        )
        runs.append(table.assign(variant=name, task=table.attrs["task"]))
    runs = pd.concat(runs, ignore_index=True)
    if options.csv:
        runs.to_csv(options.csv, index=False)

    import keras  # after kseq, so that TensorFlow starts silently

    seconds = time.perf_counter() - started
    print(
        f"\n{options.task}, length {options.length}, {options.seeds} seeds, at most {options.max_steps:,} steps; naive"
    )
    print(f"{runs.baseline.mean():.4f}; Keras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores")
    print(f"({platform.machine()}), {seconds:.0f} s\n")
    print(markdown(runs))


def markdown(runs):
    """One row for each variant."""
    lines = [
        "| variant | task, length | score per seed | naive | solved | steps | seconds |",
        "|---|---|---|---|---|---|---:|",
    ]
    for variant, rows in runs.groupby("variant", sort=False):
        scores = ", ".join(f"{score:.4f}" for score in rows.score)
        steps = ", ".join(f"{step:,}" for step in rows.steps)
        solved = f"{rows.solved.sum()} of {len(rows)}"
        ground = f"{rows.task.iloc[0]}, {rows.length.iloc[0]}"
        naive = f"{rows.metric.iloc[0]} {rows.baseline.mean():.3f}"
        lines.append(f"| {variant} | {ground} | {scores} | {naive} | {solved} | {steps} | {rows.seconds.mean():.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
