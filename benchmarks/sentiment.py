"""The README's sentiment table: every architecture, several seeds, the naive baselines, on one data set.

    python benchmarks/sentiment.py                      the bundled reviews
    python benchmarks/sentiment.py --data contrast
    python benchmarks/sentiment.py --data PATH --architectures lstm

Prints a markdown table made by `kseq.compare`, and with what it was measured.
"""

import argparse
import platform
from functools import partial

import pandas as pd

from kseq import build_sentiment_model, compare, load_reviews
from kseq.tasks.sentiment import ARCHITECTURES


def main():
    """Trains, compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=None, help="path or name; default: the bundled reviews")
    parser.add_argument("--architectures", nargs="+", default=ARCHITECTURES, choices=ARCHITECTURES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()

    reviews = load_reviews(options.data)
    builders = {
        architecture: partial(build_sentiment_model, reviews.vectorizer, architecture=architecture)
        for architecture in options.architectures
    }
    if "lstm" in builders:
        builders["lstm, both directions"] = partial(builders["lstm"], bidirectional=True)
    table = compare(builders, reviews, seeds=options.seeds, epochs=options.epochs)
    print(f"\n{len(reviews.texts('test')):,} test texts of {reviews.name}, {options.seeds} seeds, {versions()}\n")
    print(markdown(table))


def markdown(table):
    """The table of `compare` as markdown."""
    lines = ["| model | accuracy | ± | parameters | seconds |", "|---|---:|---:|---:|---:|"]
    for name, row in table.iterrows():
        spread = "" if pd.isna(row["spread"]) else f"{row['spread']:.3f}"
        parameters = "" if pd.isna(row["parameters"]) else f"{row['parameters']:,}"
        lines.append(f"| {name} | {row['accuracy']:.3f} | {spread} | {parameters} | {row['seconds']:.1f} |")
    return "\n".join(lines)


def versions():
    """Machine and library versions, in a few words."""
    import os

    import keras

    return f"Keras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores ({platform.machine()})"


if __name__ == "__main__":
    main()
