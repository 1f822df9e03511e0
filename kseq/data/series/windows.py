"""Windows over series: what a model reads, what it is to say, and batches of them."""

from dataclasses import dataclass

import numpy as np

from kseq.data.arguments import check_counts
from kseq.data.buckets import Batches
from kseq.data.series.values import filled


@dataclass(repr=False)
class Windows:
    """Examples, one for each moment at which a forecast is made.

    inputs: `(N, context_length, channels)`, encoded.
    known: `(N, horizon, known)`: what is known in advance of the steps to come.
    targets: `(N, horizon, num_values)`, encoded.
    weights: `(N, horizon)`: 0 where the truth is missing.
    origins: `(N,)`: number of the first step that is forecast, in its series.
    truth: `(N, horizon)` or `(N, horizon, num_values)`: the targets in units of the data.
    before: values right before, as many as decoding needs, in units of the data.
    """

    inputs: np.ndarray
    known: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    origins: np.ndarray
    truth: np.ndarray
    before: np.ndarray

    def __len__(self):
        return len(self.inputs)

    def __repr__(self):
        steps = f"{self.inputs.shape[1]} steps read, {self.truth.shape[1]} forecast"
        return f"Windows({len(self)} of {self.inputs.shape[2]} channels, {steps})"

    @property
    def features(self):
        """All that is read, as one row an example: what a linear model takes."""
        return np.concatenate([rows(self.inputs), rows(self.known)], axis=1)

    @property
    def flat_targets(self):
        """Targets as one row an example."""
        return rows(self.targets)

    @property
    def flat_weights(self):
        """Weights of `flat_targets`."""
        return np.repeat(self.weights, self.targets.shape[-1], axis=1)


def rows(array):
    """An array `(N, …)` as `(N, everything else)`; N may be 0."""
    return array.reshape(len(array), int(np.prod(array.shape[1:])))


def slices(array, starts, length):
    """`(N, length, …)`: the part of an array that begins at each start."""
    return array[np.asarray(starts, int)[:, None] + np.arange(length)]


def series_windows(scaler, series, start, stop):
    """The windows of one series whose targets lie in steps `start` to `stop`; what they read may lie before."""
    W, H = scaler.context_length, scaler.horizon
    origins = np.arange(max(start, W + scaler.lost), stop - H + 1)
    past, known = scaler.inputs(series.values, series.regressors, series.positions, series.calendar, series.name)
    values = np.asarray(series.values, float)
    return Windows(
        slices(past, origins - W, W),
        slices(known, origins, H),
        slices(past[:, :1], origins, H),
        slices(~np.isnan(values), origins, H).astype(float),
        origins,
        slices(values, origins, H),
        slices(filled(values), origins - max(1, scaler.lost), max(1, scaler.lost)),
    )


def joined(parts):
    """Windows one after another."""
    names = Windows.__dataclass_fields__
    return Windows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


class WindowBatches(Batches):
    """The batches of one split, as NumPy arrays: `(inputs, targets, weights)`, in the order of `Batches`.

    `inputs` has shape `(batch_size, context_length, channels)`; where something is known in advance it is a dictionary
    of that, `window`, and `known`, `(batch_size, horizon, known)`. `targets` have shape `(batch_size, horizon,
    num_values)`, `weights` `(batch_size, horizon)`: 0 for missing values and for rows that only fill a batch. The loss
    that Keras reports is exactly the mean over all real targets.

    Args:
        windows: a `Windows`.
        batch_size, shuffle, seed: as for `Batches`.
    """

    def __init__(self, windows, batch_size=32, shuffle=False, seed=0):
        check_counts(batch_size=batch_size)
        self.windows, self.texts, self.labels = windows, (), windows.origins
        # What is written down of a run, to know it again; see `kseq.tasks.checkpoints`.
        self.rows = np.round(rows(windows.inputs) * 1e6).astype(np.int64)
        self.batch_size = min(batch_size, len(windows))
        self.shuffle, self.seed, self.epoch, self.start = shuffle, seed, 0, 0
        self.lengths, self._bucket = [windows.inputs.shape[1]], np.zeros(len(windows), int)
        count = len(self) * self.batch_size if shuffle else len(windows)
        real = windows.weights.sum()
        self.weight = count * windows.weights.shape[1] / real if real else 1.0

    def spec(self):
        """`(shape, dtype)` of all arrays of a batch, `None` where sizes differ."""
        B, w, kind = self.batch_size if self.shuffle else None, self.windows, np.dtype("float32")
        inputs = ((B, *w.inputs.shape[1:]), kind)
        if w.known.shape[-1]:
            inputs = {"window": inputs, "known": ((B, *w.known.shape[1:]), kind)}
        return inputs, ((B, *w.targets.shape[1:]), kind), ((B, w.weights.shape[1]), kind)

    def batch(self, plan):
        """The arrays of one batch, from its length and the numbers of its rows."""
        _, members = plan
        filled_up = np.resize(members, self.batch_size if self.shuffle else len(members))
        weights = (self.windows.weights[filled_up] * self.weight).astype(np.float32)
        weights[len(members) :] = 0.0
        inputs, known, targets = (
            getattr(self.windows, name)[filled_up].astype(np.float32) for name in ("inputs", "known", "targets")
        )
        return ({"window": inputs, "known": known} if known.shape[-1] else inputs), targets, weights
