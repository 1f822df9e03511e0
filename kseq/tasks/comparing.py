"""`compare`: several models, several seeds, the naive baselines, one table."""

import inspect
import time

import pandas as pd

from kseq.tasks.scoring import HIGHER_IS_BETTER, main_score
from kseq.tasks.training import train


def compare(builders, dataset, *, seeds=3, epochs=20, patience=3, split="test", verbose=0):
    """Trains every model with every seed and sets the scores beside the naive baselines.

    Args:
        builders: Dictionary of name → function that takes `seed` and returns a compiled model, such as
            `functools.partial(build_sentiment_model, reviews.vectorizer, architecture="gru")`.
        dataset: The dataset on which all are trained and scored.
        seeds: Number of seeds (0, 1, …), or the seeds themselves.
        epochs: At most this many epochs; training stops when the validation loss does (see `train`).
        patience: Epochs without improvement before it stops.
        split: The split that is scored, `"test"` or `"validation"`.
        verbose: As in `fit`.

    Returns:
        A `pandas.DataFrame`, one row per model and per baseline, best first, with the columns `accuracy` (mean
        over the seeds), `spread` (standard deviation over the seeds), `parameters` and `seconds` (training, mean).
        For other tasks the first column is the score of `dataset.baselines()` that counts (see
        `kseq.tasks.scoring`): for running text `bits_per_character`, or `perplexity` where more than 1 % of the
        tokens are unknown; lower is better then.

    Raises:
        TypeError: A value of `builders` is a finished model, which cannot be trained anew, or takes no `seed`.
    """
    if not isinstance(builders, dict):
        raise TypeError(f"`builders` must be a dictionary of name → function. Received: {type(builders).__name__}")
    seeds = range(seeds) if isinstance(seeds, int) else list(seeds)
    baselines = dataset.baselines(split)
    score = main_score(baselines)
    rows = [{"model": name, score: row[score], "seconds": row["seconds"]} for name, row in baselines.iterrows()]
    for name, build in builders.items():
        if not callable(build) or hasattr(build, "fit"):
            raise TypeError(
                f"compare needs a function that builds {name!r} anew for each seed, such as "
                f"partial(build_sentiment_model, dataset.vectorizer). Received: {type(build).__name__}"
            )
        check_takes_seed(name, build)
        runs = [one_run(build, dataset, score, seed, epochs, patience, split, verbose) for seed in seeds]
        runs = pd.DataFrame(runs)
        rows.append(
            {
                "model": name,
                score: runs[score].mean(),
                "spread": runs[score].std(ddof=1) if len(runs) > 1 else 0.0,
                "parameters": runs["parameters"].iloc[0],
                "seconds": runs["seconds"].mean(),
            }
        )
    table = pd.DataFrame(rows, columns=["model", score, "spread", "parameters", "seconds"])
    table["parameters"] = table["parameters"].astype("Int64")
    return table.set_index("model").sort_values(score, ascending=score not in HIGHER_IS_BETTER)


def check_takes_seed(name, build):
    """Refuses a function that cannot be called with `seed=…`, before anything is trained."""
    try:
        inspect.signature(build).bind(seed=0)
    except TypeError as error:
        raise TypeError(
            f"`builders` must hold functions that take `seed`, and nothing else that is needed, such as "
            f"partial(build_tagging_model, dataset.vectorizer) or lambda seed: …. Received: {name!r} ({error})"
        ) from None
    except ValueError:  # a callable that does not say what it takes
        return


def one_run(build, dataset, score, seed, epochs, patience, split, verbose):
    """Trains one model with one seed; its score on `split`, its size and its training time."""
    model = build(seed=seed)
    started = time.perf_counter()
    train(model, dataset, epochs=epochs, patience=patience, verbose=verbose)
    seconds = time.perf_counter() - started
    return {score: model.scores(dataset, split)[score], "parameters": model.count_params(), "seconds": seconds}
