"""Recurrent layers beside their peers: training step and inference, same work, same run.

    python benchmarks/recurrent.py                 # everything, some twenty minutes
    python benchmarks/recurrent.py --quick         # LSTM and GRU at T = 200
    python benchmarks/recurrent.py --cells LSTM --units 64 --steps 50 --backends tensorflow

A process has one Keras backend, so every backend gets a worker process. The workers take turns batch by batch: noise
that comes and goes hits all of them alike, and the ratios are taken round by round before the median.
Times are per batch as `train_on_batch` and `predict_on_batch` take them, compilation excluded ("first" has it).
"""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

BATCH, FEATURES = 64, 128
CELLS = ("SimpleRNN", "LSTM", "GRU", "BiLSTM")
GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3, "BiLSTM": 8}
BACKENDS = ("tensorflow", "jax", "torch")
WARM_UP = 3
COLUMNS = (
    *("cell", "units", "T", "work", "backend", "kseq ms", "Keras ms", "torch.nn ms", "Keras ÷ kseq"),
    *("torch.nn ÷ kseq", "share of matmul rate", "first call s: kseq / Keras"),
)


def flops(cell, units, steps, work):
    """Floating-point operations in the matrix products of one batch (the input's own gradient is not needed)."""
    forward = 2 * BATCH * steps * GATES[cell] * units * (FEATURES + units)
    backward = 2 * BATCH * steps * GATES[cell] * units * (FEATURES + 2 * units)
    return forward + (backward if work == "train" else 0)


# --- in a worker -----------------------------------------------------------------------------------------------


def build_keras(module, cell, units, steps, masked):
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH, steps, FEATURES)).astype("float32")
    y = rng.normal(size=(BATCH, 1)).astype("float32")
    if masked:
        lengths = rng.integers(steps // 4, steps + 1, size=(BATCH, 1))
        x *= (np.arange(steps)[None] < lengths)[..., None]
    layer = module.Bidirectional(module.LSTM(units)) if cell == "BiLSTM" else getattr(module, cell)(units)
    model = keras.Sequential([keras.Input((steps, FEATURES))])
    if masked:
        model.add(keras.layers.Masking())
    model.add(layer)
    model.add(keras.layers.Dense(1))
    model.compile("adam", "mse")
    return {"train": lambda: model.train_on_batch(x, y), "infer": lambda: model.predict_on_batch(x)}


def build_torch_nn(cell, units, steps):
    import torch

    kind = {"SimpleRNN": "RNN", "BiLSTM": "LSTM"}.get(cell, cell)
    both = cell == "BiLSTM"
    net = getattr(torch.nn, kind)(FEATURES, units, batch_first=True, bidirectional=both)
    head = torch.nn.Linear(units * (2 if both else 1), 1)
    optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()])
    x, y = torch.randn(BATCH, steps, FEATURES), torch.randn(BATCH, 1)

    def predict():
        hs = net(x)[0]
        last = hs[:, -1]
        if both:  # the last step of the forward half, the first of the backward half
            last = torch.cat([last[:, :units], hs[:, 0, units:]], dim=1)
        return head(last)

    def train():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(predict(), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.no_grad():
            return predict().numpy()

    return {"train": train, "infer": infer}


def matmul_rate(backend):
    """GFLOP/s of a large matrix product in the array library of this worker."""
    from keras import ops

    n = 2048
    a = ops.ones((n, n), dtype="float32")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        ops.convert_to_numpy(ops.matmul(a, a)[0, 0])
        times.append(time.perf_counter() - start)
    return 2 * n**3 / min(times) / 1e9


def work_for(backend):
    """Answers the parent's requests, one JSON line each."""
    answers = os.fdopen(os.dup(1), "w")  # whatever else is printed must not get between the answers
    os.dup2(2, 1)
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import kseq.layers

    if backend == "torch":
        import torch

        torch.set_num_threads(os.cpu_count())
    jobs = {}
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        if request["do"] == "rate":
            answer = matmul_rate(backend)
        elif request["do"] == "build":
            who, arguments = request["who"], request["arguments"]
            if who == "torch.nn":
                jobs[who] = build_torch_nn(*arguments[:3])
            else:
                jobs[who] = build_keras(keras.layers if who == "keras" else kseq.layers, *arguments)
            answer = time.perf_counter() - start
        else:
            jobs[request["who"]][request["do"]]()
            answer = time.perf_counter() - start
        print(json.dumps(answer), file=answers, flush=True)


# --- in the parent ---------------------------------------------------------------------------------------------


class Worker:
    """A process with one Keras backend."""

    def __init__(self, backend):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", backend],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # threads that wait do not spin: on a busy machine that alone made torch.nn up to twenty times slower
            env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ},
        )

    def ask(self, do, **request):
        print(json.dumps({"do": do, **request}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker process ended while it was asked for {do} {request}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(workers, cell, units, steps, rounds, masked):
    """Seconds per batch, `{(backend, who): {"train": [first, …], "infer": [first, …]}}`, and GFLOP/s per backend."""
    contenders = [(backend, who) for backend in workers for who in ("keras", "kseq")]
    if "torch" in workers:
        contenders.append(("torch", "torch.nn"))
    for backend, who in contenders:
        workers[backend].ask("build", who=who, arguments=[cell, units, steps, masked])
    seconds = {contender: {"train": [], "infer": []} for contender in contenders}
    rates = dict.fromkeys(workers, 0.0)
    for work in ("train", "infer"):
        for backend, worker in workers.items():  # the machine's speed changes, so measure it again each time
            rates[backend] = max(rates[backend], worker.ask("rate"))
        for number in range(rounds + WARM_UP):
            for backend, who in contenders if number % 2 else reversed(contenders):
                seconds[backend, who][work].append(workers[backend].ask(work, who=who))
    return seconds, rates


def ratio(slow, fast):
    """Median over the rounds of how much longer the one takes."""
    pairs = zip(slow[WARM_UP:], fast[WARM_UP:], strict=True)
    return f"{statistics.median(s / f for s, f in pairs):.2f}"


def rows(seconds, cell, units, steps, rates):
    """The lines of the table for one setting."""
    for work in ("train", "infer"):
        for backend in dict.fromkeys(backend for backend, _ in seconds):
            ours, keras = seconds[backend, "kseq"][work], seconds[backend, "keras"][work]
            nn = seconds.get(("torch", "torch.nn"), {}).get(work)
            median = statistics.median(ours[WARM_UP:])
            share = flops(cell, units, steps, work) / median / 1e9 / rates[backend]
            columns = [cell, units, steps, work, backend, f"{median * 1e3:.1f}"]
            columns += [f"{statistics.median(keras[WARM_UP:]) * 1e3:.1f}"]
            columns += [f"{statistics.median(nn[WARM_UP:]) * 1e3:.1f}" if nn else "–"]
            columns += [ratio(keras, ours), ratio(nn, ours) if nn else "–"]
            columns += [f"{share:.0%}", f"{ours[0]:.1f} / {keras[0]:.1f}"]
            yield "| " + " | ".join(map(str, columns)) + " |"


def machine(rates):
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    name = names[0].split(":")[1].strip() if names else platform.processor()
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("keras", *rates))
    speed = ", ".join(f"{backend} {rate:.0f}" for backend, rate in rates.items())
    return f"{name}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}; GFLOP/s: {speed}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="LSTM and GRU at T = 200 only, fewer rounds")
    parser.add_argument("--cells", nargs="+", choices=CELLS)
    parser.add_argument("--units", nargs="+", type=int, default=[64, 256])
    parser.add_argument("--steps", nargs="+", type=int)
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--masked", action="store_true", help="right-padded sequences (torch.nn runs unmasked)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work_for(options.worker)
        return
    cells = options.cells or (("LSTM", "GRU") if options.quick else CELLS)
    steps = options.steps or ((200,) if options.quick else (50, 200))
    rounds = options.rounds or (7 if options.quick else 15)
    workers = {backend: Worker(backend) for backend in options.backends}
    rates = {backend: worker.ask("rate") for backend, worker in workers.items()}
    print(f"B = {BATCH}, D = {FEATURES}, {'masked, ' if options.masked else ''}{rounds} rounds. {machine(rates)}\n")
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for cell in cells:
        for units in options.units:
            for t in steps:
                seconds, rates = measure(workers, cell, units, t, rounds, options.masked)
                print("\n".join(rows(seconds, cell, units, t, rates)), flush=True)
    for worker in workers.values():
        worker.close()


if __name__ == "__main__":
    main()
