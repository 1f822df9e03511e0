"""`SyntheticTask`: what every generator returns, with splits for `fit` and what is needed to judge a score."""

import functools
from typing import NamedTuple

import numpy as np

from kseq.data.splits import SPLITS
from kseq.data.synthetic.apart import draw_apart
from kseq.data.synthetic.checks import check_integer

ENOUGH = 1024  # training examples for a naive guess


class Output(NamedTuple):
    """The output layer that fits a task."""

    units: int
    activation: str


class SyntheticTask:
    """A task made by a generator; build one with a function of `kseq.data.synthetic`.

    Args:
        name: how the task is called in reports.
        about: one or two sentences: what is shown, what is asked.
        draw: function `(random, count) -> tuple of arrays`, whose first axis is the example: what is random in it.
        encode: function of those arrays `-> (x, y)` or `(x, y, weights)`: what the network gets. `x` is
            `(count, steps, features)`, `y` is `(count, …)`, `weights` `(count, steps)` says which steps are scored.
        readable: function of the arrays of `draw` `-> dictionary of column -> values`, for `.frame`.
        guesses: dictionary of name -> function `(x, y_train) -> predictions` that knows nothing of networks.
        output: `(units, activation)` of the output layer.
        loss: Keras's name of the loss.
        metric: `"mse"` (lower is better) or `"accuracy"` (higher is better).
        solved: the score from which the task counts as solved, a number or a function of the task; `None` if there is
            no such score.
        reason: why that score.
        per_step: whether an output is wanted at every step.
        different: a `Different` where the examples are finitely many, so that the splits have to be kept apart.
        splits: those there are.
        length, size, seed, batch_size: as given to the function.

    Attributes:
        loss, metric, output, solved, reason, per_step, length, size, seed, batch_size, name, about: as above.
        higher_is_better: the direction of the score.
        features: number of features at each step.
    """

    def __init__(
        self,
        name,
        *,
        about,
        draw,
        encode,
        readable,
        guesses,
        output,
        loss,
        metric,
        solved,
        reason,
        length,
        size,
        seed,
        batch_size,
        per_step=False,
        different=None,
        splits=SPLITS,
    ):
        check_integer("size", size, 1, "training examples")
        check_integer("seed", seed, 0)
        check_integer("batch_size", batch_size, 1)
        if different is not None:
            different.check(name, size)
        self.name, self.about, self.reason = name, about, reason
        self.loss, self.metric, self.output, self.per_step = loss, metric, Output(*output), per_step
        self.length, self.size, self.seed, self.batch_size = length, size, seed, batch_size
        self.splits = tuple(splits)
        self._draw, self._encode, self._readable = draw, encode, readable
        self._guesses, self._solved, self._different, self._kept = guesses, solved, different, {}

    @property
    def train(self):
        """Batches for `fit`, shuffled anew in each epoch; each use of this property begins with the same epoch."""
        return self._batches("train")

    @property
    def validation(self):
        """Batches for `fit(validation_data=…)`, in the form of `test`; `None` if nothing is held out."""
        return self._batches("validation") if "validation" in self.splits else None

    @property
    def test(self):
        """Batches for `evaluate` and `predict`; `None` if nothing is held out.

        Each is `(x, y, weights)`: `batch_size` rows, fewer in the last one, in the order of `arrays("test")`. So
        `predict(task.test)` gives one row per example, and `task.score(model.predict(task.test))` is its score.
        Where `arrays` gives weights (`copy_task`), pass metrics as `compile(weighted_metrics=…)`: plain `metrics` count
        every step. The other tasks weigh every row 1, and the two agree.
        """
        return self._batches("test") if "test" in self.splits else None

    def arrays(self, split="train"):
        """A split as NumPy arrays: `(x, y)`, or `(x, y, weights)` where only some steps are scored.

        The weights are such that their mean is 1: a weighted loss is then the mean over the steps that count.
        """
        return self._encode(*self._drawn(split))

    def sample(self, count, seed=0):
        """New training examples, as many as you like, none of them in `validation` or `test`.

        Args:
            count: number of examples.
            seed: integer; another one gives other examples, none gives those of `arrays("train")`.

        Returns:
            NumPy arrays as from `arrays`.
        """
        return self._encode(*self._new("train", count, [self.seed, len(SPLITS), seed]))

    @functools.cached_property
    def frame(self):
        """All examples in words and numbers that can be read: a pandas frame, one row for each."""
        import pandas as pd

        parts = [pd.DataFrame(self._readable(*self._drawn(split))).assign(split=split) for split in self.splits]
        return pd.concat(parts, ignore_index=True)

    @property
    def higher_is_better(self):
        """Whether a higher score is a better one."""
        return self.metric == "accuracy"

    @property
    def features(self):
        """Number of features at each step."""
        return self._example[0].shape[2]

    @property
    def steps(self):
        """Number of steps that the network reads."""
        return self._example[0].shape[1]

    @functools.cached_property
    def solved(self):
        """The score from which the task counts as solved; `reason` says why."""
        return self._solved(self) if callable(self._solved) else self._solved

    def is_solved(self, score):
        """Whether a score (a number or an array) reaches `solved`."""
        if self.solved is None:
            return np.zeros(np.shape(score), bool)[()]
        return np.asarray(score >= self.solved if self.higher_is_better else score <= self.solved)[()]

    def score(self, predictions, split="test"):
        """The score of a network's outputs on a split, by `metric`.

        Args:
            predictions: what `model.predict` gives for the `x` of that split.
            split: the split.

        Returns:
            The mean squared error, or the share of right answers among the steps that count.
        """
        _, y, *weights = self.arrays(split)
        predictions = np.asarray(predictions)
        if self.metric == "mse":
            return float(np.mean((predictions.reshape(y.shape) - y) ** 2))
        answers = predictions > 0.5 if self.output.units == 1 else predictions.argmax(axis=-1)
        return float(np.average(answers.reshape(y.shape) == y, weights=weights[0] if weights else None))

    def baselines(self, split=None):
        """The scores of naive guesses.

        Args:
            split: where they are scored. Default: `"test"`, or `"train"` where nothing is held out.

        Returns:
            pandas frame with one column, called like the metric, indexed by the name of the guess.
        """
        import pandas as pd

        split = split or self.splits[-1]
        x, seen = self.arrays(split)[0], self._encode(*(a[:ENOUGH] for a in self._drawn("train")))[1]
        scores = {name: self.score(guess(x, seen), split) for name, guess in self._guesses.items()}
        return pd.DataFrame.from_dict(scores, orient="index", columns=[self.metric])

    def describe(self):
        """A report for people: what is asked, how it is scored, what a naive guess gets."""
        from kseq.data.report import Report

        _, y, *weights = self._example
        units, activation = self.output
        where = "at every step" if self.per_step else "after the last step"
        better = "higher" if self.higher_is_better else "lower"
        rows = ", ".join(f"{split} {self._count(split):,}" for split in self.splits)
        lines = [
            f"{self.name}: {self.about}",
            "",
            f"examples  {rows}",
            f"input     ({self.steps} steps, {self.features} features)",
            f"output    Dense({units}, {activation!r}) {where}" + (", scored at the last ones" if weights else ""),
            f"target    {y.shape[1:] or 'one number'}, {y.dtype}",
            f"loss      {self.loss}",
            f"score     {self.metric}, {better} is better",
        ]
        if self.solved is not None:
            lines.append(f"solved    {'from' if self.higher_is_better else 'up to'} {self.solved:.4g}: {self.reason}")
        lines += ["", "naive guesses", *(f"- {name}: {s:.4f}" for name, s in self.baselines()[self.metric].items())]
        return Report("\n".join(lines))

    def __repr__(self):
        return f"SyntheticTask({self.name!r}, length={self.length}, size={self.size:,}, seed={self.seed})"

    def _count(self, split):
        return self.size if split == "train" else max(1, self.size // 8)

    def _drawn(self, split):
        if split not in self.splits:
            raise ValueError(f"`split` must be one of {', '.join(self.splits)}. Received: split={split!r}")
        if split not in self._kept:
            self._kept[split] = self._new(split, self._count(split), [self.seed, SPLITS.index(split)])
        return self._kept[split]

    @functools.cached_property
    def _example(self):
        return self._encode(*self._new("train", 1, [self.seed]))

    def _new(self, split, count, entropy):
        random = np.random.default_rng(entropy)
        if self._different is None:
            return self._draw(random, count)
        argument, value, _ = self._different
        try:
            return draw_apart(self._draw, random, count, split, argument)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}. Received: {argument}={value}") from None

    def _batches(self, split):
        from kseq.data.synthetic.batches import ExampleBatches, fit_batches

        return fit_batches(
            ExampleBatches(*self.arrays(split), batch_size=self.batch_size, shuffle=split == "train", seed=self.seed)
        )
