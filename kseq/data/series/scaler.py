"""`SeriesScaler`: the numbers of a series as a network likes them, and back again.

    z_t = (T(y_t) - T(y_{t-s}) - center) / scale        T: logarithm, square root or nothing; s: a season, or nothing

All that is estimated comes from the training part only (S3: a forecast must not know the future).
"""

import numpy as np

from kseq.data.errors import DataError
from kseq.data.series.dates import Calendar
from kseq.data.series.values import filled

TRANSFORMS = ("none", "sqrt", "log")
HARMONICS = 2  # waves in a season that is too long for the window: one and two a season
LONGEST_SEEN = 60  # steps: a longer season is told to the model by the calendar


class SeriesScaler:
    """Encodes and decodes series; a dataset's `.vectorizer`.

    Args:
        scales: dictionary of series name -> `(center, scale)` of what the transform and the differences leave.
        transform: `"none"`, `"sqrt"` or `"log"`.
        lags: differences that are taken: `[]`, `[1]`, `[12]`, `[12, 1]`.
        period: steps in a season; 1 if there is none.
        context_length: steps that a model reads.
        horizon: steps that it forecasts at once.
        regressors: dictionary of name -> `(center, scale)` of columns that are known in advance.
        observed: whether a model is told which values were missing.
        calendar: dictionary with the steps of the calendar (see `kseq.data.series.dates.Calendar`).
        seen: what of each series was used for training (see `kseq.data.series.seen`); `None`: not known.
    """

    def __init__(
        self,
        scales,
        transform="none",
        lags=(),
        period=1,
        context_length=24,
        horizon=1,
        regressors=None,
        observed=False,
        calendar=None,
        seen=None,
    ):
        if transform not in TRANSFORMS:
            raise ValueError(f"`transform` must be one of {', '.join(TRANSFORMS)}. Received: transform={transform!r}")
        self.scales = {str(name): tuple(map(float, pair)) for name, pair in scales.items()}
        self.transform, self.lags, self.period = transform, tuple(int(lag) for lag in lags), int(period)
        self.context_length, self.horizon = int(context_length), int(horizon)
        self.regressors = {name: tuple(map(float, pair)) for name, pair in (regressors or {}).items()}
        self.observed = bool(observed)
        self.calendar = Calendar(**(calendar or {}))
        self.seen = dict(seen or {})

    @property
    def lost(self):
        """Steps at the beginning that the differences cost."""
        return sum(self.lags)

    @property
    def num_values(self):
        """Numbers that are forecast for each step: 1."""
        return 1

    @property
    def channels(self):
        """Numbers that a model reads for each step of the past."""
        return 1 + self.observed + len(self.regressors)

    @property
    def known(self):
        """Numbers that a model is told about each step to come: regressors, and the time of the year."""
        return len(self.regressors) + 2 * self.harmonics

    @property
    def harmonics(self):
        """Waves that say where in the season a step lies; 0 where the window sees a season, or there is none."""
        return HARMONICS if self.period > max(LONGEST_SEEN, self.context_length) else 0

    def encode(self, values, series=None):
        """Values `(T,)` as `(T,)`: transformed, differenced, scaled. The first `lost` steps are NaN.

        Missing values are filled with the one before.
        """
        center, scale = self.scale_of(series)
        level = self.forward(filled(values))
        return (differences(level, self.lags) - center) / scale

    def decode(self, encoded, before, series=None):
        """The inverse: encoded steps `(…, S)` and the values before them `(…, lost or more)` as values `(…, S)`."""
        return self.backward(self.levels(encoded, before, series))

    def levels(self, encoded, before, series=None):
        """As `decode`, but before the transform is undone: logarithms, square roots or values."""
        center, scale = self.scale_of(series)
        steps = np.asarray(encoded, float) * scale + center
        if not self.lags:
            return steps
        weights = difference_weights(self.lags)
        past = self.forward(np.asarray(before, float)[..., -self.lost :])
        past = np.broadcast_to(past, (*steps.shape[:-1], self.lost))
        levels = np.concatenate([past, np.zeros_like(steps)], axis=-1)
        for t in range(steps.shape[-1]):
            window = levels[..., t : t + self.lost]  # the oldest first
            levels[..., t + self.lost] = steps[..., t] - window @ weights[:0:-1]
        return levels[..., self.lost :]

    def forward(self, values):
        """The transform of values.

        Raises:
            DataError: there are values that it does not take.
        """
        values = np.asarray(values, float)
        if self.transform == "none":
            return values
        least = np.nanmin(values) if values.size else 1.0
        if least < 0 or (least == 0 and self.transform == "log"):
            expected, taken = ("above 0", "logarithm") if self.transform == "log" else ("from 0 on", "square root")
            raise DataError(
                f"expected values {expected}, as in the training part (the model takes their {taken}; "
                f"transform='none' takes all), found {least:g}"
            )
        return np.log(values) if self.transform == "log" else np.sqrt(values)

    def backward(self, levels):
        """The inverse of `forward`."""
        if self.transform == "log":
            return np.exp(np.minimum(levels, 700.0))
        return np.maximum(levels, 0.0) ** 2 if self.transform == "sqrt" else levels

    def scale_of(self, series=None):
        """`(center, scale)` of a series; of the only one, or of the mean of all, for one that has no name.

        Raises:
            ValueError: the name is not one of those in training.
        """
        if len(self.scales) == 1:
            return next(iter(self.scales.values()))
        if series is None:
            return tuple(np.mean(list(self.scales.values()), axis=0))
        if series not in self.scales:
            raise ValueError(f"`series` must be one of {', '.join(self.scales)}. Received: series={series!r}")
        return self.scales[series]

    def seen_in(self, series):
        """What was seen of a series in training, `None` if nothing is known; a single one may be called otherwise."""
        return next(iter(self.seen.values())) if len(self.seen) == 1 else self.seen.get(series)

    def with_horizon(self, horizon):
        """The same scaler for windows of another horizon."""
        return self.from_config({**self.get_config(), "horizon": horizon})

    def inputs(self, values, regressors, positions, calendar, series=None):
        """What a model reads: for each step of the past `(T, channels)`, and known in advance `(T, known)`."""
        columns = [self.encode(values, series)]
        if self.observed:
            columns.append(~np.isnan(np.asarray(values, float)))
        known = self.known_inputs(regressors, positions, calendar)
        past = np.concatenate([np.stack(columns, axis=1), known[:, : len(self.regressors)]], axis=1)
        return past, known

    def known_inputs(self, regressors, positions, calendar):
        """Regressors `(T, R)` scaled, and the waves of the season: `(T, known)`."""
        pairs = np.array(list(self.regressors.values())).reshape(-1, 2)
        parts = [(filled(regressors) - pairs[:, 0]) / pairs[:, 1]] if len(pairs) else []
        phase = calendar.phase(positions, self.period) if self.harmonics else None
        for wave in range(1, self.harmonics + 1):
            parts += [np.stack([np.sin(2 * np.pi * wave * phase), np.cos(2 * np.pi * wave * phase)], axis=1)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(positions), 0))

    def get_config(self):
        """What is needed to make an equal scaler."""
        return {
            "scales": {name: list(pair) for name, pair in self.scales.items()},
            "transform": self.transform,
            "lags": list(self.lags),
            "period": self.period,
            "context_length": self.context_length,
            "horizon": self.horizon,
            "regressors": {name: list(pair) for name, pair in self.regressors.items()},
            "observed": self.observed,
            "calendar": self.calendar.get_config(),
            "seen": self.seen,
        }

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)

    def __repr__(self):
        return (
            f"SeriesScaler({len(self.scales)} series, transform={self.transform!r}, lags={self.lags}, "
            f"period={self.period}, context_length={self.context_length}, horizon={self.horizon})"
        )


def difference_weights(lags):
    """The coefficients c of `Σ_k c_k y_{t-k}`, c_0 = 1, for differences at all lags one after another."""
    weights = np.ones(1)
    for lag in lags:
        factor = np.zeros(lag + 1)
        factor[0], factor[lag] = 1.0, -1.0
        weights = np.convolve(weights, factor)
    return weights


def differences(levels, lags):
    """Differences along a series `(T,)`; NaN for the steps that have nothing to be compared with."""
    result = np.asarray(levels, float)
    for lag in lags:
        result = np.concatenate([np.full(min(lag, len(result)), np.nan), result[lag:] - result[:-lag]])
    return result
