"""What looking inside costs: `trace` beside a forward pass, `gradient_flow` beside a training step.

    python benchmarks/inspection.py                        # everything, some ten minutes
    python benchmarks/inspection.py --quick                # LSTM only, fewer rounds
    python benchmarks/inspection.py --cells GRU --units 64 --backends torch --work trace

A process has one Keras backend, so every backend gets a process of its own. Within it the contenders take turns, and
the ratios are taken round by round before the median: noise that comes and goes hits all of them alike.

A plain forward pass is `model(x, training=False)`, which is what `trace` has to do as well: it must see numbers, so it
cannot run compiled code. `predict_on_batch`, which is compiled, stands beside it. A training step: `train_on_batch`.
"""

import argparse
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

BATCH, STEPS, FEATURES = 32, 200, 128
CELLS = ("LSTM", "GRU")
BACKENDS = ("tensorflow", "jax", "torch")
WORK = ("trace", "gradients")
WARM_UP = 2
ASKED = {"trace": 3.0, "gradients": 5.0}
COLUMNS = {
    "trace": ("trace ms", "forward ms", "predict ms", "trace ÷ forward", "trace ÷ predict"),
    "gradients": ("gradient_flow ms", "training step ms", "gradient_flow ÷ step"),
}


# --- in a process with one backend -----------------------------------------------------------------------------


def build(module, cell, units):
    """A model of one recurrent layer over numbers, and a batch for it."""
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH, STEPS, FEATURES)).astype("float32")
    y = rng.normal(size=(BATCH, 1)).astype("float32")
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), getattr(module, cell)(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model, x, y


def trace_work(model, x, y):
    """`trace` and the two kinds of forward pass, name -> function."""
    from keras import ops

    from kseq.inspection import trace

    return {
        "trace": lambda: trace(model, x),
        "forward": lambda: ops.convert_to_numpy(ops.stop_gradient(model(x, training=False))),
        "predict": lambda: model.predict_on_batch(x),
    }


# --- gradient_flow against a training step ---


def gradients_work(model, x, y):
    """`gradient_flow` and a training step, name -> function."""
    from kseq.inspection import gradient_flow

    return {"gradient_flow": lambda: gradient_flow(model, x, y), "step": lambda: model.train_on_batch(x, y)}


def seconds_of(contenders, rounds):
    """Seconds per round, name -> list; the contenders take turns."""
    seconds = {name: [] for name in contenders}
    for number in range(rounds + WARM_UP):
        for name in contenders if number % 2 else reversed(contenders):
            start = time.perf_counter()
            contenders[name]()
            seconds[name].append(time.perf_counter() - start)
    return {name: times[WARM_UP:] for name, times in seconds.items()}


def ratio(slow, fast):
    """Median over the rounds of how much longer the one takes."""
    return statistics.median(s / f for s, f in zip(slow, fast, strict=True))


def rows(backend, work, options):
    """The lines of the table for one backend."""
    import keras

    import kseq.layers

    makers = {"Keras": keras.layers, "kseq": kseq.layers}
    prepare = {"trace": trace_work, "gradients": gradients_work}[work]
    for cell in options.cells:
        for units in options.units:
            for who in options.layers:
                keras.utils.set_random_seed(0)
                seconds = seconds_of(prepare(*build(makers[who], cell, units)), options.rounds)
                ours, *others = seconds.values()
                columns = [cell, units, who, backend]
                columns += [f"{statistics.median(times) * 1e3:.1f}" for times in seconds.values()]
                columns += [f"{ratio(ours, other):.2f}" for other in others]
                yield "| " + " | ".join(map(str, columns)) + " |"


def work_for(backend, options):
    """Prints the rows of one backend; everything else that is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    if backend == "torch":
        import torch

        torch.set_num_threads(os.cpu_count())
    for work in options.work:
        for row in rows(backend, work, options):
            print(work, row, file=answers, flush=True)


# --- in the parent ---------------------------------------------------------------------------------------------


def run_backend(backend, arguments):
    """The rows of one backend as `(work, line)`, from a process of its own."""
    environment = {
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait do not spin
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **os.environ,
        "KERAS_BACKEND": backend,
    }
    process = subprocess.Popen(
        [sys.executable, __file__, "--worker", backend, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    for line in process.stdout:
        work, _, row = line.strip().partition(" ")
        print(f"{backend}: {row}", file=sys.stderr)
        yield work, row
    if process.wait():
        raise SystemExit(f"the process of the backend {backend} ended with code {process.returncode}")


def machine(backends):
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    name = names[0].split(":")[1].strip() if names else platform.processor()
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("numpy", "keras", *backends))
    return f"{name}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="LSTM only, fewer rounds")
    parser.add_argument("--cells", nargs="+", choices=CELLS)
    parser.add_argument("--units", nargs="+", type=int, default=[64, 256])
    parser.add_argument("--layers", nargs="+", choices=("Keras", "kseq"), default=["Keras", "kseq"])
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--work", nargs="+", choices=WORK, default=WORK)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--worker", choices=BACKENDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.cells = options.cells or (CELLS[:1] if options.quick else CELLS)
    options.rounds = options.rounds or (5 if options.quick else 11)
    if options.worker:
        work_for(options.worker, options)
        return
    print(f"B = {BATCH}, T = {STEPS}, D = {FEATURES}, {options.rounds} rounds. {machine(options.backends)}")
    found = [row for backend in options.backends for row in run_backend(backend, sys.argv[1:])]
    for work in options.work:
        columns = ("cell", "units", "layer", "backend", *COLUMNS[work])
        print(f"\nAsked: at most {ASKED[work]:g} times the plain one.\n")
        print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
        print("\n".join(row for kind, row in found if kind == work))


if __name__ == "__main__":
    main()
