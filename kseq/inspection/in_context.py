"""`few_shot_curve`: learning from the examples in a prompt, with weights that stay as they are."""

import time

import numpy as np
import pandas as pd

from kseq.data.synthetic.mappings import FewShotMappings, few_shot_mappings
from kseq.inspection.errors import InspectionError, unknown_name
from kseq.inspection.in_context_model import answers, build_prompt_model
from kseq.inspection.settings import as_list, check_positive_integers, list_of_seeds

ARCHITECTURES = ("transformer", "lstm")
COLUMNS = ("architecture", "seed", "examples", "accuracy", "accuracy_known", "accuracy_shown", "best", "guess")
MORE = 1.5  # examples in a training text for each key
PROMPTS = 512  # to each number of examples


def few_shot_curve(
    architecture=ARCHITECTURES,
    task=None,
    *,
    seeds=1,
    num_layers=2,
    num_heads=8,
    embedding_dim=64,
    steps=4000,
    batch_size=32,
    learning_rate=0.003,
    verbose=1,
):
    """Trains a small GPT on many toy mappings and asks it about new ones, with more and more examples (row L3).

    What is trained is reading, not the mappings: a prompt such as `a→k,d→q,a→` about a mapping that was never seen has
    its answer in itself. With no example there is only guessing; each example that the network can use raises the curve
    towards `best`, what a perfect reader would reach. An LSTM with about as many parameters reads the same texts.

    The ability comes suddenly, after many steps in which little seems to happen: fewer `steps` than it needs, and the
    curve is flat.

    Args:
        architecture: `"transformer"`, `"lstm"`, or a list of them. Default: both.
        task: what `kseq.data.synthetic.few_shot_mappings` returns; try one with 16 `mappings`: they are learned by
            heart, and new ones are read badly. Default: `few_shot_mappings(seed=seed)` for each seed.
        seeds: number of seeds (0, 1, …), or a list of seeds. A seed fixes weights and texts.
        num_layers: blocks, or LSTM layers.
        num_heads: attention heads of a block.
        embedding_dim: width; the LSTM's is chosen so that it has about as many parameters.
        steps: training steps.
        batch_size: texts at each step, always new ones.
        learning_rate: the highest one; it grows over the first tenth of the steps and then falls.
        verbose: 0 for silence, 1 for one line per model.

    Returns:
        A `pandas.DataFrame`, one row for each architecture, seed and number of `examples` in the prompt: `accuracy` on
        new mappings, `accuracy_known` on those of the training, `accuracy_shown` on new mappings where the asked key is
        among the examples, `best` (a perfect reader) and `guess`. `kseq.plot.few_shot_curve` draws it. `table.attrs`
        has the steps, and parameters and seconds of each model.

    Raises:
        InspectionError: An argument is out of its range; the message names it, what was expected and what came.

    Example:

    >>> curve = kseq.few_shot_curve()
    >>> kseq.plot.few_shot_curve(curve)

    References:
        Brown et al. (2020), Language models are few-shot learners; Olsson et al. (2022), In-context learning and
        induction heads (the sudden step).
    """
    architectures = as_list(architecture)
    seeds = list_of_seeds(seeds)
    for name in architectures:
        if name not in ARCHITECTURES:
            raise unknown_name("architecture", name, list(ARCHITECTURES))
    if not architectures:
        raise InspectionError(f"`architecture` must hold at least one. Received: architecture={architecture!r}")
    if task is not None and not isinstance(task, FewShotMappings):
        raise InspectionError(f"`task` must come from few_shot_mappings(). Received: task={task!r}")
    sizes = {"num_layers": num_layers, "num_heads": num_heads, "embedding_dim": embedding_dim}
    check_positive_integers({**sizes, "steps": steps, "batch_size": batch_size})
    if embedding_dim % num_heads:
        raise InspectionError(f"`num_heads` must divide embedding_dim={embedding_dim}. Received: num_heads={num_heads}")
    rows, costs = [], []
    for name in architectures:
        for seed in seeds:
            made = task or few_shot_mappings(seed=seed)
            started = time.perf_counter()
            model, length = train(name, made, seed, steps, batch_size, learning_rate=learning_rate, **sizes)
            costs.append(
                {
                    "architecture": name,
                    "seed": seed,
                    "parameters": model.count_params(),
                    "seconds": time.perf_counter() - started,
                }
            )
            found = [{"architecture": name, "seed": seed, **row} for row in measure(model, made, length)]
            rows += found
            if verbose:
                right = ", ".join(f"{row['accuracy']:.2f}" for row in found)
                print(
                    f"{name}, seed {seed}: right answers with 0, 1, … examples {right}; {costs[-1]['seconds']:.0f} s",
                    flush=True,
                )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs = {"steps": steps, "models": costs}
    return table


def train(architecture, task, seed, steps, batch_size, **sizes):
    """A trained model, and the length that it reads."""
    examples = round(MORE * task.keys)
    length = 2 * examples - 1
    model = build_prompt_model(architecture, len(task.tokens), length, steps=steps, seed=seed, **sizes)
    for step in range(steps):
        model.train_on_batch(*task.sample(batch_size, examples, seed=step))
    return model, length


def measure(model, task, length):
    """A dictionary for each number of examples."""
    for examples in range(task.keys + 1):
        right = {}
        for split in ("train", "test"):
            made = task.prompts(split, examples, PROMPTS)
            right[split] = answers(model, made["ids"], length) == made["answer"]
        shown = right["test"][made["shown"]]
        yield {
            "examples": examples,
            "accuracy": right["test"].mean(),
            "accuracy_known": right["train"].mean(),
            "accuracy_shown": shown.mean() if len(shown) else np.nan,
            "best": task.best(examples),
            "guess": task.guess,
        }
