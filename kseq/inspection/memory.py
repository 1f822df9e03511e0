"""`memory_curve`: how far back can a recurrent network remember? Small models on tasks of growing length."""

import math
import sys
import time

import pandas as pd

from kseq.data import synthetic
from kseq.inspection.errors import InspectionError, unknown_name
from kseq.inspection.memory_model import CELLS, build_memory_model, predictions
from kseq.inspection.settings import as_list, check_positive_integers, is_integer, list_of_seeds

CHECK_EVERY = 100  # steps from one look at the validation split to the next
COLUMNS = ("cell", "length", "seed", "metric", "score", "baseline", "solved", "steps", "seconds")


def memory_curve(
    cell=tuple(CELLS),
    task="adding_problem",
    lengths=(10, 25, 50, 100, 200),
    *,
    seeds=1,
    units=32,
    num_layers=1,
    activation=None,
    recurrent_initializer="orthogonal",
    residual=False,
    clipnorm=1.0,
    truncation=None,
    learning_rate=0.005,
    batch_size=32,
    max_steps=6000,
    verbose=1,
):
    """Trains a small model for every cell, length and seed, and says how well each did (rows R9 to R11, G3).

    All models get the same: new training examples at every step, Adam, and at most `max_steps` steps. Every 100 steps
    the validation split is scored. Training ends early only when the task is solved with room to spare (half the
    allowed error) or when the outputs are no longer finite; a model that gets nowhere uses up its steps like any
    other. The weights that were best on the validation split are scored on the test split.

    Args:
        cell: `"simple_rnn"`, `"lstm"`, `"gru"`, or a list of them. Default: all three.
        task: a function of `kseq.data.synthetic` that takes `length`, or its name. For other arguments of the task
            give a `functools.partial`, such as `partial(copy_task, items=3)`.
        lengths: lengths of the task, one or a list.
        seeds: number of seeds (0, 1, …), or a list of seeds. A seed fixes examples and weights.
        units: width of the recurrent state.
        num_layers: number of recurrent layers on top of each other.
        activation: activation of the cells, such as `"relu"` (a remedy of row R10). Default: `tanh`.
        recurrent_initializer: initializer of the recurrent kernel. `"identity"` with `activation="relu"` makes the
            IRNN of Le et al. (2015); `"glorot_uniform"` is what Keras gives to other kernels.
        residual: whether a shortcut leads around every layer from the second one on (row G5). It helps against depth,
            not against length.
        clipnorm: gradients longer than this, per weight, are shortened. `None` for no clipping.
        truncation: τ, so that the gradient is stopped every τ steps, counted from the first one (row R8): where only
            the last output is scored, only the last chunk learns. `None` for no truncation.
        learning_rate: of the Adam optimizer.
        batch_size: examples at each step.
        max_steps: most training steps of each model.
        verbose: 0 for silence, 1 for one line per model (and a counter in a terminal), 2 for every look at the
            validation split.

    Returns:
        A `pandas.DataFrame`, one row for each model: `cell`, `length`, `seed`, `metric` (`"mse"` or `"accuracy"`),
        `score` on the test split, `baseline` (the best naive guess on that split), `solved`, `steps` until training
        ended, `seconds`. `kseq.plot.memory_curve` draws it. `table.attrs` has the name of the task and the
        threshold.

    Raises:
        InspectionError: An argument is out of its range; the message names it, what was expected and what came.

    Example:

    >>> curve = kseq.memory_curve(["simple_rnn", "lstm"], "adding_problem", [50, 100])
    >>> kseq.plot.memory_curve(curve)

    References:
        Hochreiter and Schmidhuber (1997), Long short-term memory; Le et al. (2015), A simple way to initialize
        recurrent networks of rectified linear units.
    """
    cells, lengths = as_list(cell), as_list(lengths)
    for argument, value in {"cell": cells, "lengths": lengths}.items():
        if not value:
            raise InspectionError(f"`{argument}` must hold at least one. Received: {argument}={value!r}")
    for name in cells:
        if name not in CELLS:
            raise unknown_name("cell", name, list(CELLS))
    check_positive_integers(
        {
            "units": units,
            "num_layers": num_layers,
            "batch_size": batch_size,
            "max_steps": max_steps,
            **({} if truncation is None else {"truncation": truncation}),
            **{f"lengths[{number}]": length for number, length in enumerate(lengths)},
        }
    )
    if clipnorm is not None and not clipnorm > 0:
        raise InspectionError(f"`clipnorm` must be a positive number, or None. Received: clipnorm={clipnorm!r}")
    if residual and num_layers == 1:
        raise InspectionError("`residual` leads around the second layer and later ones. Received: num_layers=1")
    seeds = list_of_seeds(list(range(seeds)) if is_integer(seeds) else seeds)
    make_task = task_function(task)
    # Tasks are made first: a length that is too short should not come to light after minutes of training.
    tasks = {(length, seed): make_task(length=length, seed=seed) for length in lengths for seed in seeds}
    for made in tasks.values():
        if "test" not in made.splits:
            raise InspectionError(f"`task` must hold out examples to be scored on. Received: {made.name!r}")
        for split in made.splits:
            made.arrays(split)
    remedies = {
        "units": units,
        "num_layers": num_layers,
        "activation": activation,
        "recurrent_initializer": recurrent_initializer,
        "residual": residual,
        "clipnorm": clipnorm,
        "truncation": truncation,
        "learning_rate": learning_rate,
    }
    report = Report(verbose, total=len(cells) * len(tasks))
    rows = []
    for name in cells:
        for (length, seed), made in tasks.items():
            model = build_memory_model(name, made, seed=seed, max_steps=max_steps, **remedies)
            report.begin(name, made, seed, max_steps)
            rows.append(
                {"cell": name, "length": length, "seed": seed, **one_run(model, made, batch_size, max_steps, report)}
            )
            report.end(rows[-1])
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs = {"task": made.name, "threshold": made.solved, "higher_is_better": made.higher_is_better}
    return table


def one_run(model, task, batch_size, max_steps, report):
    """Trains one model until the task is solved or the steps are used up, and scores its best weights."""
    started = time.perf_counter()
    x, sign = task.arrays("validation")[0], 1 if task.higher_is_better else -1
    best, kept = -math.inf, model.get_weights()
    step = 0
    while step < max_steps:
        # the same examples whatever the cell: the seed of a batch is the number of its step
        model.train_on_batch(*task.sample(batch_size, seed=step))
        step += 1
        if step % CHECK_EVERY and step < max_steps:
            continue
        score = task.score(predictions(model, x), "validation")
        report.step(step, score)
        if not math.isfinite(score):
            report.overflowed = True
            break  # no way back from there
        if sign * score > best:
            best, kept = sign * score, model.get_weights()
        if task.is_solved(with_room_to_spare(task, score)):
            break
    model.set_weights(kept)
    score = task.score(predictions(model, task.arrays("test")[0]), "test")
    naive = task.baselines()[task.metric]
    return {
        "metric": task.metric,
        "score": score,
        "baseline": naive.max() if task.higher_is_better else naive.min(),
        "solved": bool(task.is_solved(score)),
        "steps": step,
        "seconds": time.perf_counter() - started,
    }


def with_room_to_spare(task, score):
    """The score with its error doubled: if even this is good enough, other examples will not change the verdict."""
    return 1 - 2 * (1 - score) if task.higher_is_better else 2 * score


def task_function(task):
    """The function that makes the task, from itself or from its name."""
    if callable(task):
        return task
    if task not in synthetic.MEMORY_TASKS:
        raise unknown_name("task", task, synthetic.MEMORY_TASKS)
    return getattr(synthetic, task)


class Report:
    """Tells whoever waits how far it is."""

    def __init__(self, verbose, total):
        self.verbose, self.total, self.number = verbose, total, 0
        self.counter = verbose == 1 and sys.stdout.isatty()

    def begin(self, cell, task, seed, max_steps):
        """A model begins."""
        self.number, self.overflowed = self.number + 1, False
        self.title = f"[{self.number}/{self.total}] {cell}, {task.name} of length {task.length}, seed {seed}"
        self.max_steps, self.metric = max_steps, task.metric

    def step(self, step, score):
        """A look at the validation split."""
        if not self.verbose:
            return
        line = f"{self.title}: step {step:,} of {self.max_steps:,}, validation {self.metric} {score:.4f}"
        if self.verbose == 2:
            print(line, flush=True)
        elif self.counter:
            print(f"\r{line}", end="", flush=True)

    def end(self, row):
        """A model is done."""
        if not self.verbose:
            return
        verdict = "solved" if row["solved"] else "numbers overflowed" if self.overflowed else "not solved"
        print(
            f"{chr(13) if self.counter else ''}{self.title}: {self.metric} {row['score']:.4f} "
            f"(naive {row['baseline']:.4f}), {verdict} after {row['steps']:,} steps, {row['seconds']:.0f} s"
            + " "
            * 20
            * self.counter,
            flush=True,
        )
