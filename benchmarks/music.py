"""Music generation: good tunes and copied bars, beside an n-gram and real tunes, several seeds.

    python benchmarks/music.py --data ../shared/data/music/irish.abc        three seeds, up to ten minutes each
    python benchmarks/music.py --quick                                      the bundled tunes, one short training

Each seed splits the tunes anew, trains, and lets the model write 100 tunes, which are scored as they are: nothing is
chosen, repaired or written twice. Prints a markdown table, and with what it was measured.
"""

import argparse
import time

import pandas as pd
from sentiment import versions

from kseq import build_music_model, load_tunes, train

SHARES = ("good tunes", "full bars", "in key", "copied bars", "copied phrases")


def main():
    """Trains, scores and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=None, help="ABC file or folder; default: the bundled tunes")
    parser.add_argument("--architectures", nargs="+", default=["lstm"], choices=("lstm", "gru", "transformer"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=None, help="default: that of `kseq train music`")
    parser.add_argument("--quick", action="store_true", help="one seed, three epochs")
    options = parser.parse_args()
    seeds = options.seeds[:1] if options.quick else options.seeds
    epochs = 3 if options.quick else options.epochs or EPOCHS
    rows = []
    for seed in seeds:
        tunes = load_tunes(options.data, seed=seed, batch_size=BATCH_SIZE)
        baselines = tunes.baselines("test")
        rows += [{"model": name, **row} for name, row in baselines.drop(columns="seconds").iterrows()]
        for architecture in options.architectures:
            model = build_music_model(tunes.vectorizer, architecture=architecture, seed=seed)
            started = time.perf_counter()
            train(model, tunes, epochs=epochs, verbose=2)
            minutes = (time.perf_counter() - started) / 60
            rows.append({"model": architecture, **model.scores(tunes, "test", seed=seed), "minutes": minutes})
            print(f"seed {seed}, {rows[-1]}", flush=True)
    table = pd.DataFrame(rows)
    print(f"\n100 tunes of {tunes.name}, seeds {', '.join(map(str, seeds))}, {epochs} epochs, {versions()}\n")
    print(markdown(table))


def markdown(table):
    """Mean and range over the seeds as a markdown table."""
    columns = [*SHARES, "bits_per_character", "minutes"]
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, group in table.groupby("model", sort=False):
        cells = []
        for column in columns:
            values = group[column] * (100 if column in SHARES else 1)
            unit = " %" if column in SHARES else ""
            digits = 1 if column in SHARES or column == "minutes" else 3
            middle, low, high = (f"{value:.{digits}f}" for value in (values.mean(), values.min(), values.max()))
            cells.append("–" if values.isna().all() else f"{middle}{unit} ({low} to {high})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    from kseq.cli.music import BATCH_SIZE, EPOCHS

    main()
