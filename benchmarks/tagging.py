"""Taggers on the bundled sentences or on Universal Dependencies, both directions beside one, and the baselines.

    python benchmarks/tagging.py ../shared/data/pos/UD_English-EWT
    python benchmarks/tagging.py --quick                              the bundled sentences, one seed, two epochs
    python benchmarks/tagging.py PATH --models "lstm both" --seeds 1

Prints a markdown table: accuracy and unknown-word accuracy on the test split (mean ± standard deviation over the
seeds), seconds of training; and the F1 of each tag for the first model. The number of epochs is fixed: nothing is
chosen on the test split.
"""

import argparse
import os
import platform
import time

import pandas as pd

from kseq import build_tagging_model, load_tagged_sentences
from kseq.tasks.tagging_report import report_text, tag_report

MODELS = {
    "lstm both": {},
    "lstm one": {"bidirectional": False},
    "lstm both, no spelling": {"characters": False},
    "gru both": {"architecture": "gru"},
    "simple_rnn both": {"architecture": "simple_rnn"},
    "transformer both": {"architecture": "transformer", "num_layers": 2},
}
SCORES = ("accuracy", "unknown-word accuracy")


def main():
    """Trains, scores and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default=None, help="path or name; default: the bundled English sentences")
    parser.add_argument("--models", nargs="+", default=["lstm both", "lstm one"], choices=MODELS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--split", default="test", choices=("validation", "test"))
    parser.add_argument("--quick", action="store_true", help="one seed, two epochs")
    options = parser.parse_args()
    seeds, epochs = (1, 2) if options.quick else (options.seeds, options.epochs)

    data = load_tagged_sentences(options.data)
    rows, first = [], None
    for name, row in data.baselines(options.split).iterrows():
        rows.append({"model": name, **{score: f"{row[score]:.4f}" for score in SCORES}})
    for name in options.models:
        runs = []
        for seed in range(seeds):
            model = build_tagging_model(data.vectorizer, seed=seed, **MODELS[name])
            started = time.perf_counter()
            model.fit(data.train, validation_data=data.validation, epochs=epochs, verbose=0)
            seconds = time.perf_counter() - started
            runs.append({**model.scores(data, options.split), "seconds": seconds})
            print(f"{name}, seed {seed}: {runs[-1]}", flush=True)
            first = first or tag_report(model, data, options.split)
        runs = pd.DataFrame(runs)
        row = {"model": name, "weights": f"{model.count_params():,}", "seconds": f"{runs.seconds.max():.0f} at most"}
        rows.append(row | {score: f"{runs[score].mean():.4f} ± {runs[score].std(ddof=0):.4f}" for score in SCORES})
    words = sum(map(len, data.sentences(options.split)))
    print(f"\n{words:,} {options.split} words of {data.name}, {seeds} seeds, {epochs} epochs, {versions()}\n")
    print(markdown(rows))
    print(f"\n{options.models[0]}, seed 0:\n{report_text(first)}")


def markdown(rows):
    """The rows as a markdown table."""
    columns = ["model", *SCORES, "weights", "seconds"]
    lines = [f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join(lines + [f"| {' | '.join(row.get(column, '') for column in columns)} |" for row in rows])


def versions():
    """Machine and library versions, in a few words."""
    import keras

    return f"Keras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores ({platform.machine()})"


if __name__ == "__main__":
    main()
