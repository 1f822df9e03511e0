"""Does pre-training on raw text help where labels are few (L2)? A language model's body beside training from scratch.

    python benchmarks/pretraining.py                    the bundled reviews: 50, 100 and 200 labels, three seeds
    python benchmarks/pretraining.py --quick

A language model reads the *texts* of all training reviews, without their labels. Its body then becomes that of a
classifier, which sees the labels of a few of these reviews. Beside it the same network without pre-training, and the
naive baselines on the same few labels. All are scored on the whole test split.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from kseq import build_sentiment_model, build_text_model, load_reviews, load_text
from kseq.tasks import train

ARCHITECTURES = ("lstm", "transformer")
CONTEXT = 32


def main():
    """Pre-trains, fine-tunes and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=None, help="path or name; default: the bundled reviews")
    parser.add_argument("--labels", nargs="+", type=int, default=[50, 100, 200])
    parser.add_argument("--architectures", nargs="+", default=ARCHITECTURES, choices=ARCHITECTURES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12, help="of the language model")
    parser.add_argument("--quick", action="store_true", help="100 labels, one seed, few epochs")
    options = parser.parse_args()
    if options.quick:
        options.labels, options.seeds, options.epochs = [100], 1, 2
    frame = load_reviews(options.data).frame
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        raw = folder / "raw.txt"
        raw.write_text("\n".join(frame[frame["split"] == "train"]["text"]), encoding="utf-8")
        for architecture in options.architectures:
            for seed in range(options.seeds):
                text = load_text(raw, tokens="word", context_length=CONTEXT, lowercase=True, test_fraction=0, seed=seed)
                model = build_text_model(
                    text.vectorizer, architecture=architecture, embedding_dim=64, units=64, num_layers=1, seed=seed
                )
                train(model, text, epochs=options.epochs, verbose=0)
                for number in options.labels:
                    reviews = few_labels(frame, number, seed, text.vectorizer, folder)
                    rows += scores(model, reviews, architecture, number, seed)
                    print(*rows[-2:], sep="\n", flush=True)
    table = pd.DataFrame(rows, columns=["labels", "model", "seed", "accuracy"])
    grouped = table.groupby(["labels", "model"])["accuracy"].agg(["mean", "std", "count"])
    print("\n| labels | model | accuracy | ± | seeds |\n|---:|---|---:|---:|---:|")
    for (number, name), row in grouped.iterrows():
        print(f"| {number} | {name} | {row['mean']:.3f} | {row['std']:.3f} | {row['count']:.0f} |")


def few_labels(frame, number, seed, vectorizer, folder):
    """The reviews with only so many of the training split's, as many of each label."""
    training = frame[frame["split"] == "train"]
    labels = training["label"].unique()
    random = np.random.default_rng(seed)
    chosen = [
        random.permutation(np.flatnonzero(training["label"] == label))[: number // len(labels)] for label in labels
    ]
    few = pd.concat([training.iloc[np.concatenate(chosen)], frame[frame["split"] != "train"]])
    file = folder / f"few_{number}_{seed}.csv"
    few[["text", "label", "split"]].to_csv(file, index=False)
    return load_reviews(file, vectorizer=vectorizer, seed=seed)


def scores(model, reviews, architecture, number, seed):
    """Test accuracy with and without pre-training, and of the baselines."""
    rows = [(number, name, seed, row["accuracy"]) for name, row in reviews.baselines().iterrows()]
    for name, options in {
        f"{architecture}, from scratch": {"architecture": architecture},
        f"{architecture}, pre-trained": {"pretrained": model},
    }.items():
        classifier = build_sentiment_model(reviews.vectorizer, embedding_dim=64, units=64, seed=seed, **options)
        train(classifier, reviews, epochs=60, patience=5, verbose=0)
        accuracy = classifier.evaluate(reviews.test, return_dict=True, verbose=0)["accuracy"]
        rows.append((number, name, seed, accuracy))
    return rows


if __name__ == "__main__":
    main()
