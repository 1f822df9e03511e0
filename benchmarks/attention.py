"""Multi-head attention beside Keras's: forward pass and training step, same work, same run.

    KERAS_BACKEND=torch python benchmarks/attention.py               # everything on one backend, some two minutes
    python benchmarks/attention.py --masks causal --work train --rounds 60

The two layers, with the same weights, take turns call by call, so that noise that comes and goes hits both, and the
ratio is taken round by round before the median. Times are those of `train_on_batch` and `predict_on_batch` of a model
of this one layer, compilation excluded; `scores` asks for the attention weights, the other columns don't.
"""

import argparse
import importlib.metadata
import os
import platform
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import numpy as np

from kseq.layers import MultiHeadAttention

# name: batch, length, width, heads
SIZES = {"small": (12, 64, 128, 4), "middle": (12, 256, 384, 6)}
MASKS = ("none", "causal", "padding", "padding+causal", "scores", "dropout")
WARM_UP = 3


def build(layer_class, size, mask, weights=None):
    """A model of one self-attention, and what calls it."""
    batch, length, width, heads = size
    options = {"return_attention_scores": mask == "scores"}
    if "causal" in mask:
        options["use_causal_mask"] = True
    inputs, masks = keras.Input((length, width)), keras.Input((length,), dtype="bool")
    if "padding" in mask:
        options["attention_mask"] = masks[:, None, :]
    layer = layer_class(heads, width // heads, dropout=0.1 if mask == "dropout" else 0.0)
    model = keras.Model([inputs, masks], layer(inputs, inputs, **options))
    if weights is not None:
        model.set_weights([w.reshape(own.shape) for w, own in zip(weights, model.weights, strict=True)])
    # with scores there are two outputs; only the first one learns
    model.compile(keras.optimizers.SGD(1e-3), ["mse", None] if mask == "scores" else "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, length, width)).astype("float32")
    given = np.arange(length)[None] < rng.integers(length // 2, length + 1, size=(batch, 1))
    target = rng.normal(size=x.shape).astype("float32")
    targets = [target, None] if mask == "scores" else target
    work = {
        "train": lambda: model.train_on_batch([x, given], targets),
        "infer": lambda: model.predict_on_batch([x, given]),
    }
    return model, work


def measure(size, mask, work, rounds):
    """Seconds of every round: `(kseq, keras)`."""
    keras.utils.set_random_seed(0)
    theirs, their_work = build(keras.layers.MultiHeadAttention, size, mask)
    _, our_work = build(MultiHeadAttention, size, mask, theirs.get_weights())
    calls = {"kseq": our_work[work], "keras": their_work[work]}
    seconds = {who: [] for who in calls}
    for number in range(rounds + WARM_UP):
        for who in calls if number % 2 else reversed(calls):
            start = time.perf_counter()
            calls[who]()
            if number >= WARM_UP:
                seconds[who].append(time.perf_counter() - start)
    return seconds["kseq"], seconds["keras"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--masks", nargs="+", choices=MASKS, default=MASKS)
    parser.add_argument("--work", nargs="+", choices=("train", "infer"), default=("train", "infer"))
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    backend = keras.backend.backend()
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("keras", backend))
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}, {options.rounds} rounds\n")
    columns = ("batch × length × width, heads", "mask", "work", "kseq ms", "Keras ms", "Keras ÷ kseq")
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for name in options.sizes:
        batch, length, width, heads = SIZES[name]
        for mask in options.masks:
            for work in options.work:
                ours, theirs = measure(SIZES[name], mask, work, options.rounds)
                ratio = statistics.median(t / o for o, t in zip(ours, theirs, strict=True))
                cells = [f"{batch} × {length} × {width}, {heads}", mask, work]
                cells += [f"{statistics.median(s) * 1e3:.1f}" for s in (ours, theirs)]
                print("| " + " | ".join([*cells, f"{ratio:.2f}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
