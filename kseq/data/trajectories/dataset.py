"""`TrajectoryDataset`: paths in three splits whose windows go straight into `fit`, and the scaler of positions."""

import functools
import itertools
import time

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.linear import choose_ridge, predict_linear
from kseq.data.seen_sentences import seen_of
from kseq.data.series.window_dataset import WindowDataset
from kseq.data.series.windows import Windows, joined, slices
from kseq.data.splits import SPLITS, check_split


class PathScaler:
    """Positions as a network likes them, and back: a shift, and one scale for all directions.

    Args:
        center: the middle of the training positions, one number for each direction.
        scale: their standard deviation.
        context_length: positions that a model reads.
        horizon: positions that it forecasts at once.
        seen: sketch of the steps in training, see `kseq.data.seen_sentences`.
        columns: names of the columns of the training file that held the positions, where they were named.
    """

    known = 0

    def __init__(self, center, scale, context_length=8, horizon=5, seen="", columns=()):
        self.center, self.scale = tuple(map(float, center)), float(scale)
        self.context_length, self.horizon, self.seen = int(context_length), int(horizon), seen
        self.columns = tuple(columns)

    @classmethod
    def fit(cls, tracks, *, context_length, horizon):
        """The scaler of some tracks, as `TrajectoryDataset` has them."""
        if not tracks:
            return cls((0.0, 0.0), 1.0, context_length, horizon)
        positions = np.concatenate([path for _, path, _ in tracks])
        seen = seen_of(step_keys(tracks))
        return cls(positions.mean(axis=0), positions.std(axis=0).max() or 1.0, context_length, horizon, seen)

    @property
    def num_values(self):
        """Directions: 2, or 3."""
        return len(self.center)

    channels = num_values

    def encode(self, positions):
        """Positions `(…, D)`, scaled."""
        return (np.asarray(positions, float) - self.center) / self.scale

    def decode(self, encoded):
        """The inverse of `encode`."""
        return np.asarray(encoded, float) * self.scale + self.center

    def get_config(self):
        """What is needed to make an equal scaler."""
        names = ("scale", "context_length", "horizon", "seen")
        own = {name: getattr(self, name) for name in names}
        return {"center": list(self.center), **own, "columns": list(self.columns)}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class TrajectoryDataset(WindowDataset):
    """Paths for `build_trajectory_model`.

    Made by `kseq.load_trajectories`; making one imports no Keras.

    Args:
        parts: split -> list of `(name, positions (T, D), first step that may be a target)`.
        vectorizer: a `PathScaler`, fitted on the training split.
        name: how the dataset is called in reports.
        batch_size: windows in a batch.
        seed: fixes the order of the batches.
        notes: list of remarks on what was read.
        where: where the data is from.

    Attributes:
        parts, vectorizer, name, batch_size, seed, notes, where: as given.

    Raises:
        DataError: no track for training is as long as a window and what it is to forecast.
    """

    def __init__(self, parts, vectorizer, *, name="paths", batch_size=64, seed=0, notes=(), where=""):
        self.parts, self.vectorizer, self.name = parts, vectorizer, name
        self.batch_size, self.seed, self.notes, self.where = batch_size, seed, list(notes), where
        needed = vectorizer.context_length + vectorizer.horizon
        short = sum(len(path) < needed for split in SPLITS for _, path, _ in parts[split])
        if short:
            self.notes.append(f"{counted(short, 'part')} of tracks shorter than {needed} steps, of no use here")
        if not len(self.windows("train")):
            longest = max((len(path) for _, path, _ in parts["train"]), default=0)
            raise DataError(
                f"{where or name}: expected tracks of {needed} or more positions for training (context_length="
                f"{vectorizer.context_length}, horizon={vectorizer.horizon}), found {longest} at most"
            )

        for split in SPLITS:
            if not len(self.windows(split)):
                why = (
                    f"horizon={vectorizer.horizon}, and {needed} positions in a track of its own, are more than it has"
                )
                self.notes.append(
                    f"ATTENTION: nothing for {split}{f': {why}' if parts[split] else ''}; no score can be had there"
                )

    def _check_not_empty(self, split):
        if not self._count(split):
            v, longest = self.vectorizer, max(map(len, self.paths(split)), default=0)
            raise ValueError(
                f"The {split} split of {self.name!r} is empty: no stretch of it is as long as what is forecast "
                f"(horizon={v.horizon}) after what is read (context_length={v.context_length}). Received: "
                f"{counted(longest, 'position')} at most"
            )

    def windows(self, split):
        """All windows of a split, as `kseq.data.series.windows.Windows`."""
        check_split(split)
        if split not in self._windows:
            empty = path_windows(self.vectorizer, np.zeros((0, self.vectorizer.num_values)), 0)
            found = [path_windows(self.vectorizer, path, first) for _, path, first in self.parts[split]]
            self._windows[split] = joined(found or [empty])
        return self._windows[split]

    def keys(self, split):
        """A string for each step of a split, the same for steps that count as equal."""
        return step_keys(self.parts[split])

    def paths(self, split):
        """The positions of each track of a split, a list of arrays `(T, D)`."""
        return [path[first:] for _, path, first in self.parts[split]]

    @functools.cached_property
    def frame(self):
        """pandas view: a row for each position, with the columns `track`, `split`, `step`, `x`, `y` (and `z`)."""
        import pandas as pd

        found = []
        for split in SPLITS:
            for name, path, first in self.parts[split]:
                columns = dict(zip("xyz", path[first:].T, strict=False))
                steps = range(len(path) - first)
                found.append(pd.DataFrame({"track": name, "split": split, "step": steps, **columns}))
        return pd.concat(found, ignore_index=True)

    def describe(self):
        """A report for people: where the data is from, how it was split, and all that was done to it."""
        from kseq.data.report import Report

        v, names = self.vectorizer, {name for split in SPLITS for name, _, _ in self.parts[split]}
        lines = [f"{self.name}: {counted(len(names), 'track')} in {v.num_values} dimensions"]
        lines += [f"from      {self.where}"] if self.where else []
        lines += ["", f"{'':<12}{'tracks':>8}{'positions':>11}{'windows':>9}"]
        for split in SPLITS:
            sizes = [len(path) for path in self.paths(split)]
            lines.append(f"{split:<12}{len(sizes):>8,}{sum(sizes):>11,}{len(self.windows(split)):>9,}")
        read = f"{counted(v.context_length, 'position')} {'is' if v.context_length == 1 else 'are'} read"
        lines += ["", f"windows   {read}, {v.horizon} forecast"]
        if self.notes:
            lines += ["", "notes", *(f"- {note}" for note in self.notes)]
        return Report("\n".join(lines))

    def baselines(self, split="test"):
        """Mean distance between forecast and truth for what needs no network, over all steps of the horizon.

        Returns:
            pandas frame with the columns `error` and `seconds`, indexed by "constant position", "constant velocity" and
            "linear autoregression".

        Raises:
            ValueError: The split is empty.
        """
        import pandas as pd

        self._check_not_empty(split)
        found = {}
        methods = (("constant position", still), ("constant velocity", straight), ("linear autoregression", self._line))
        for name, method in methods:
            started = time.perf_counter()
            windows = self.windows(split)
            error = mean_distance(method(windows), windows.truth)
            found[name] = {"error": error, "seconds": time.perf_counter() - started}
        return pd.DataFrame.from_dict(found, orient="index")

    def _line(self, windows):
        train, validation = self.windows("train"), self.windows("validation")
        weights = choose_ridge(*((part.features, part.flat_targets, part.flat_weights) for part in (train, validation)))
        return self.vectorizer.decode(predict_linear(weights, windows.features).reshape(windows.truth.shape))

    @functools.cached_property
    def _windows(self):
        return {}

    def __repr__(self):
        sizes = ", ".join(f"{split}={len(self.windows(split)):,}" for split in SPLITS)
        return f"TrajectoryDataset({self.name!r}, windows: {sizes})"


def step_keys(tracks):
    """A string for each step, from where to where, of tracks as `TrajectoryDataset` has them."""
    return [
        f"{before} {after}"
        for _, path, first in tracks
        for before, after in itertools.pairwise([path_key(place) for place in path[max(0, first - 1) :]])
    ]


def path_key(place):
    """A position as text, with as many digits as files usually have."""
    return ",".join(f"{number:.6g}" for number in place)


def path_windows(scaler, path, first):
    """The windows of one track whose targets lie in the steps from `first` on."""
    W, H = scaler.context_length, scaler.horizon
    origins = np.arange(max(W, first), len(path) - H + 1)
    encoded = scaler.encode(path)
    return Windows(
        slices(encoded, origins - W, W),
        np.zeros((len(origins), H, 0)),
        slices(encoded, origins, H),
        np.ones((len(origins), H)),
        origins,
        slices(path, origins, H),
        slices(path, origins - min(2, W), min(2, W)),
    )


def still(windows):
    """The ball stays where it is."""
    return np.repeat(windows.before[:, -1:], windows.truth.shape[1], axis=1)


def straight(windows):
    """The ball goes on as it went in the last step."""
    last = windows.before[:, -1:]
    ahead = np.arange(1, windows.truth.shape[1] + 1)[:, None]
    return last + ahead * (last - windows.before[:, :1])


def mean_distance(said, truth):
    """Mean Euclidean distance between positions."""
    return float(np.linalg.norm(said - truth, axis=-1).mean())
