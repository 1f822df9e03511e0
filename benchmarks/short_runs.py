"""Whole short runs, as a student waits for them: kseq's layers beside Keras's in the same model and program.

    python benchmarks/short_runs.py [--runs 5] [--job demo] [--job three-epochs]

`demo` is the whole of `kseq demo`; `three-epochs` trains on 2,000 reviews (from the contrast grammar) for three epochs.
Each run is a new process, imports and compilation included; the two take turns. Prints the medians and their ratio.
"""

import argparse
import contextlib
import io
import statistics
import subprocess
import sys
import tempfile
import time

JOBS = ("demo", "three-epochs")


def main():
    """Times both kinds of layers in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--job", action="append", choices=JOBS)
    parser.add_argument("--architecture", default="lstm")
    parser.add_argument("--worker", nargs=2, metavar=("JOB", "LAYERS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(*options.worker, options.architecture)
        return
    print("| job | kseq s | Keras s | Keras / kseq |\n|---|---:|---:|---:|")
    for job in options.job or JOBS:
        seconds = {"kseq": [], "keras": []}
        for _ in range(options.runs):
            for layers, times in seconds.items():
                command = [sys.executable, __file__, "--architecture", options.architecture, "--worker", job, layers]
                started = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                times.append(time.perf_counter() - started)
        ours, theirs = (statistics.median(times) for times in seconds.values())
        print(f"| {job} | {ours:.1f} | {theirs:.1f} | {theirs / ours:.2f} |", flush=True)


def work(job, layers, architecture):
    """One run in this process."""
    import keras

    import kseq.layers

    if layers == "keras":
        for name in ("SimpleRNN", "LSTM", "GRU", "Bidirectional"):
            setattr(kseq.layers, name, getattr(keras.layers, name))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        if job == "demo":
            from kseq.demo import run_demo

            run_demo(folder, epochs=8)  # the same number of epochs for both
        else:
            from kseq import build_sentiment_model, load_reviews

            reviews = load_reviews("contrast")
            model = build_sentiment_model(reviews.vectorizer, architecture=architecture, seed=0)
            rows = 2000 // reviews.batch_size
            model.fit(reviews.train.take(rows), validation_data=reviews.validation, epochs=3, verbose=0)


if __name__ == "__main__":
    main()
