"""Three translation architectures on natural pairs, beside translators without a network.

    python benchmarks/translation.py --data ../shared/data/translation/spa-eng.zip
    python benchmarks/translation.py --quick              the synthetic grammar, one epoch, one seed

A seeded sample of 30,000 pairs of up to 12 words; 1,500 source sentences that no training pair holds are the test
split. Every architecture trains with the defaults of `build_translation_model` for at most `--epochs` epochs and stops
when BLEU on validation sentences does. BLEU is sacreBLEU of beam search, once against all the translations that the
data has of a sentence, and once against the first alone. The last table has BLEU by length of the source (Q2).
"""

import argparse
import importlib.metadata
import os
import platform
import time

import keras
import numpy as np
import pandas as pd

from kseq import build_translation_model, load_sentence_pairs
from kseq.data.pairs.scores import bleu, pair_scores
from kseq.tasks import train
from kseq.tasks.bleu_by_length import scores_by_length

ARCHITECTURES = ("seq2seq", "attention", "transformer")


def run(pairs, architecture, seed, epochs):
    """Trains and scores one model: a row of the table, and its scores by length."""
    keras.utils.clear_session()
    model = build_translation_model(pairs.vectorizer, architecture=architecture, seed=seed)
    started = time.perf_counter()
    history = train(model, pairs, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - started
    sources, references = pairs.sources("test"), pairs.references("test")
    started = time.perf_counter()
    greedy = model.translate(sources, beam=1)
    greedy_seconds = time.perf_counter() - started
    found = model.translate(sources, beam=4)
    exposure = model.exposure(pairs)["loss"]
    row = {
        "model": architecture,
        "seed": seed,
        **pair_scores(found, references),
        "BLEU, one reference": bleu(found, [own[:1] for own in references]),
        "BLEU, greedy": bleu(greedy, references),
        "loss, teacher forcing": exposure["teacher forcing"],
        "loss, free running": exposure["free running"],
        "weights": model.count_params(),
        "epochs": len(history.epoch),
        "training s": seconds,
        "greedy s per 1,000": greedy_seconds / len(sources) * 1000,
    }
    print(", ".join(f"{name} {value:.3g}" if isinstance(value, float) else str(value) for name, value in row.items()))
    return row, scores_by_length(found, references=references, sources=sources, model=architecture)


def main():
    """Runs everything and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=None, help="a file of pairs; default: the synthetic grammar")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--architectures", nargs="+", choices=ARCHITECTURES, default=ARCHITECTURES)
    parser.add_argument("--quick", action="store_true", help="the grammar, one epoch, one seed")
    options = parser.parse_args()
    if options.quick:
        options.data, options.seeds, options.epochs = None, 1, 1
    sizes = {"max_pairs": 500 if options.quick else 4_000}
    if options.data:
        sizes = {"max_words": 12, "max_pairs": 30_000, "max_tokens": 5_000, "test_pairs": 1_500}
        sizes["validation_fraction"] = 0.03
    pairs = load_sentence_pairs(options.data or "grammar", batch_size=options.batch_size, seed=0, **sizes)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("keras", keras.backend.backend()))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {versions}")
    print(pairs.describe(), "\n")
    rows, lengths = [], []
    for seed in range(options.seeds):
        for architecture in options.architectures:
            row, own = run(pairs, architecture, seed, options.epochs)
            rows.append(row)
            lengths.append(own)
    table = pd.DataFrame(rows).drop(columns="seed").groupby("model", sort=False)
    print("\nbaselines\n" + pairs.baselines("test").round(2).to_string())
    print("\nmean\n" + table.mean().T.round(3).to_string())
    if options.seeds > 1:
        print("\nspread (standard deviation)\n" + table.std().T.round(3).to_string())
    by_length = pd.concat(lengths).groupby(["words", "model"], sort=False).BLEU.mean().unstack()
    print("\nBLEU by words of the source\n" + by_length.round(1).to_string())
    assert np.isfinite(by_length.to_numpy()).all()


if __name__ == "__main__":
    main()
