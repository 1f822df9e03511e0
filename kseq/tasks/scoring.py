"""Scores of a model beside the naive baselines: which there are, which counts, and which way is up."""

import time

import pandas as pd

# The score by which models of a task are compared: the first of these that the data has. Those of the first line are
# better when higher.
HIGHER_IS_BETTER = ("accuracy", "top-1 accuracy", "BLEU", "good tunes")
LOWER_IS_BETTER = ("bits_per_character", "perplexity", "MASE", "MAE", "error")


def main_score(baselines):
    """The name of the score that counts, from the columns of `dataset.baselines()`.

    Raises:
        ValueError: there is none that kseq knows.
    """
    for name in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER):
        if name in baselines and baselines[name].notna().all():
            return name
    known = ", ".join((*HIGHER_IS_BETTER, *LOWER_IS_BETTER))
    raise ValueError(f"`baselines` must have one of the columns {known}. Received: {', '.join(baselines)}")


def beside_baselines(model, dataset, split="test", name=None):
    """The baselines of a split and, in the last row, the model, as a pandas frame.

    Args:
        model: A trained model of kseq, with `scores(dataset, split)`.
        dataset: The dataset, with `baselines(split)`.
        split: Name of the split.
        name: What the model is called. Default: `"this model (12,345 weights)"`.
    """
    table = dataset.baselines(split)
    started = time.perf_counter()
    row = dict(model.scores(dataset, split))
    row["seconds"] = time.perf_counter() - started
    name = f"this model ({model.count_params():,} weights)" if name is None else name
    row = pd.DataFrame([row], index=[name])
    columns = [column for column in row if column in table or column == "seconds"]
    columns += [column for column in row if column not in columns]
    return pd.concat([table.reindex(columns=columns), row[columns]])
