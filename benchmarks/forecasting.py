"""Forecasts of real series beside forecasts that need no network, at the same moments (course row S3).

    python benchmarks/forecasting.py [--data ../shared/data/timeseries] [--seeds 3] [--series airline] [--quick]

One step ahead from every moment of the test part ("rolling origin"): the last 24 months of the airline passengers, the
last year of the daily minimum temperatures, the last 15 % of the sunspot numbers. MASE counts the error in units of the
naive forecast inside the training part: a season of 12, of 365, and the last value. Everything is chosen on validation;
the test part is looked at once, at the end. Means over seeds; behind ± the standard deviation.
"""

import argparse
import os
import platform
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SERIES = {
    "airline": ("airline-passengers.csv", {"test_size": 24}),
    "airline, 12 steps": ("airline-passengers.csv", {"test_size": 24, "horizon": 12}),
    "temperatures": ("daily-min-temperatures.csv", {"test_size": 365, "period": 365}),
    "sunspots, monthly": ("monthly-sunspots.csv", {"period": 1}),
    "sunspots, yearly": (None, {"period": 1}),
}


def main():
    """Trains and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data/timeseries", help="folder with the CSV files")
    parser.add_argument("--series", action="append", choices=SERIES)
    parser.add_argument("--architecture", action="append", help="default: gru")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="one seed, two epochs, airline only")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.epochs, options.series = 1, 2, options.series or ["airline"]
    import numpy as np

    from kseq import build_forecast_model, load_series, train

    print(machine())
    print("| series | forecast | MASE | MAE | inside 80 % | inside 95 % | seconds of training |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name in options.series or SERIES:
        file, settings = SERIES[name]
        source = "sunspots" if file is None else Path(options.data) / file
        series = load_series(source, **settings)
        baselines = series.baselines()
        for method, row in baselines.iterrows():
            print(f"| {name} | {method} | {row['MASE']:.3f} | {row['MAE']:.2f} | | | |", flush=True)
        for architecture in options.architecture or ["gru"]:
            runs, seconds = [], []
            for seed in range(options.seeds):
                started = time.perf_counter()
                model = build_forecast_model(series.vectorizer, architecture=architecture, seed=seed)
                train(model, series, epochs=options.epochs, patience=10, verbose=0)
                seconds.append(time.perf_counter() - started)
                runs.append(list(model.scores(series).values()))
            mean, spread = np.mean(runs, axis=0), np.std(runs, axis=0)
            print(
                f"| {name} | {architecture} ({options.seeds} seeds) | {mean[0]:.3f} ± {spread[0]:.3f} "
                f"| {mean[1]:.2f} | {mean[2]:.0%} | {mean[3]:.0%} | {np.mean(seconds):.0f} |",
                flush=True,
            )
            line = baselines.loc["linear autoregression", "MASE"]
            naive = baselines.drop(index="linear autoregression")["MASE"].min()
            verdicts = [f"{'below' if mean[0] < naive else 'NOT below'} the naive forecasts"]
            verdicts.append(f"{'no worse' if mean[0] <= line else 'WORSE'} than the linear autoregression")
            print(f"| {name} | → {architecture}: {', '.join(verdicts)} | | | | | |", flush=True)


def machine():
    """Where the numbers are from; imports Keras, which kseq has started silently by now."""
    import keras

    return f"{platform.machine()}, {os.cpu_count()} cores, Keras {keras.__version__} on {keras.backend.backend()}\n"


if __name__ == "__main__":
    main()
