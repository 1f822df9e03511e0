"""The whole default figure of `memory_curve`: how far back does each cell remember the two numbers to be added?

    python benchmarks/memory_curve.py                       one seed, as `kseq.memory_curve()` does it
    python benchmarks/memory_curve.py --seeds 3 --figure memory.png
    python benchmarks/memory_curve.py --task temporal_order --lengths 20 50 100

Prints the table as markdown and the total time, and saves the figure.
"""

import argparse
import os
import platform
import time

import kseq
from kseq.data import synthetic
from kseq.plot import memory_curve as draw

TASKS = sorted(set(synthetic.__all__) - {"SyntheticTask", "price_table"})


def main():
    """Trains, prints, draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="adding_problem", choices=TASKS)
    parser.add_argument("--lengths", nargs="+", type=int, default=[10, 25, 50, 100, 200])
    parser.add_argument("--cells", nargs="+", default=["simple_rnn", "lstm", "gru"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--figure", default="memory_curve.png", help="where the figure goes")
    parser.add_argument("--csv", help="where the table goes, one row for each model")
    options = parser.parse_args()

    started = time.perf_counter()
    seeds = list(range(options.first_seed, options.first_seed + options.seeds))
    table = kseq.memory_curve(options.cells, options.task, options.lengths, seeds=seeds)
    seconds = time.perf_counter() - started
    if options.csv:
        table.to_csv(options.csv, index=False)
    axes = draw(table, threshold=table.attrs["threshold"], title=table.attrs["task"])
    axes.figure.savefig(options.figure, dpi=150)

    import keras  # after kseq, so that TensorFlow starts silently

    print(f"\n{options.seeds} seed(s), Keras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores")
    print(f"({platform.machine()}); {seconds:.0f} s in all, {table.seconds.sum():.0f} s of it training and scoring\n")
    print(markdown(table))
    print(f"\nFigure: {options.figure}")


def markdown(table):
    """One row per cell and length: scores and steps of all seeds."""
    metric = table.metric[0]
    lines = [
        f"| cell | length | {metric} per seed | naive | solved | steps | seconds |",
        "|---|---:|---|---:|---|---|---|",
    ]
    for (cell, length), rows in table.groupby(["cell", "length"], sort=False):
        scores, steps = (", ".join(f"{value:{form}}" for value in rows[name]) for name, form in FORMS.items())
        solved = f"{rows.solved.sum()} of {len(rows)}"
        seconds = ", ".join(f"{s:.0f}" for s in rows.seconds)
        lines.append(f"| {cell} | {length} | {scores} | {rows.baseline.mean():.4f} | {solved} | {steps} | {seconds} |")
    return "\n".join(lines)


FORMS = {"score": ".4f", "steps": ",d"}

if __name__ == "__main__":
    main()
