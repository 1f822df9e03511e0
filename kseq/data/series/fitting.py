"""How a `SeriesScaler` is chosen: from the training part alone, by rules that anybody can check by hand."""

import numpy as np

from kseq.data.linear import fit_ridge, predict_linear
from kseq.data.series.scaler import LONGEST_SEEN, SeriesScaler
from kseq.data.series.values import filled
from kseq.data.series.windows import series_windows

TUNED_ON = 0.25  # the last part of the training part, on which differences are chosen
RIDGE = 1.0
CLEAR = 0.95  # how far below the distances around it a season must lie
WORTH = 0.97  # what differences must bring the error down to


def fit_scaler(series, ends, *, period, context_length, horizon, transform, lags, regressors):
    """The scaler for some series, `None` for what is to be chosen.

    Args:
        series: list of `kseq.data.series.values.Series`.
        ends: where the training part of each ends.
        period, context_length, horizon, transform, lags: as for `SeriesScaler`; `None`: chosen.
        regressors: names of the regressors.
    """
    train = [one.values[:end] for one, end in zip(series, ends, strict=True)]
    if period is None:
        period = find_period(series[0].calendar.periods(len(train[0])), train[0])
    shortest = min(map(len, train))
    if context_length is None:
        wanted = 2 * period if 2 <= period <= LONGEST_SEEN // 2 else period if period <= LONGEST_SEEN else 28
        context_length = max(1, min(wanted if period > 1 else 24, shortest // 4))
    if transform is None:
        transform = find_transform(train, period)
    shared = {
        "transform": transform,
        "period": period,
        "context_length": context_length,
        "horizon": horizon,
        "observed": any(np.isnan(values).any() for values in train),
        "calendar": series[0].calendar.get_config(),
        "regressors": regressor_scales(series, ends, regressors),
    }
    choices = [lags] if lags is not None else possible_lags(period, context_length, horizon, shortest)
    fitted = [with_scales(series, ends, {**shared, "lags": each}) for each in choices]
    if len(fitted) == 1:
        return fitted[0]
    errors = [linear_error(scaler, series, ends) for scaler in fitted]
    best = int(np.argmin(errors))
    return fitted[best] if errors[best] < WORTH * errors[0] else fitted[0]


def find_period(candidates, values):
    """The candidate at which values agree best, compared with distances a little shorter and longer; else the first."""

    def error(lag):
        return np.nanmean(np.abs(values[lag:] - values[:-lag]))

    def dip(period):
        around = [max(1, period - max(1, period // 3)), period + max(1, period // 3)]
        return error(period) / max(1e-12, np.mean([error(lag) for lag in around]))

    usable = [period for period in candidates if 2 * period < len(values)]
    if not usable:
        return 1
    best = min(usable, key=dip) if len(usable) > 1 else usable[0]
    return best if len(usable) == 1 or dip(best) < CLEAR else usable[0]


def find_transform(train, period):
    """Spread against level (Tukey): where one grows like the other a logarithm makes it even, half so a square root."""
    if min(np.nanmin(values) for values in train) < 0:
        return "none"
    size, levels, spreads = max(period if period <= LONGEST_SEEN else 30, 6), [], []
    for values in train:
        values = filled(values)
        for start in range(0, len(values) - size + 1, size):
            part = values[start : start + size]
            levels.append(part.mean())
            spreads.append(part.std())
    levels, spreads = np.array(levels), np.array(spreads)
    good = (levels > 0) & (spreads > 0)
    if good.sum() < 4 or levels[good].max() < 1.5 * levels[good].min():
        return "none"
    slope = np.polyfit(np.log(levels[good]), np.log(spreads[good]), 1)[0]
    if slope > 0.75 and min(np.nanmin(values) for values in train) > 0:
        return "log"
    return "sqrt" if slope > 0.3 else "none"


def regressor_scales(series, ends, names):
    """`name -> (center, scale)` over the training parts."""
    known = np.concatenate([one.regressors[:end] for one, end in zip(series, ends, strict=True)])
    return {name: center_and_scale(known[:, place]) for place, name in enumerate(names)}


def possible_lags(period, context_length, horizon, shortest):
    """Nothing, from step to step, from season to season: as far as the training part is long enough."""
    found = [[], [1]]
    if 2 <= period <= LONGEST_SEEN and shortest >= 2 * period + context_length + horizon + 8:
        found.append([period])
    return found


def with_scales(series, ends, settings):
    """A scaler with the center and scale of each series, from its training part."""
    plain = SeriesScaler({"": (0.0, 1.0)}, **settings)
    return SeriesScaler(
        {
            one.name: center_and_scale(plain.encode(one.values[:end])[plain.lost :])
            for one, end in zip(series, ends, strict=True)
        },
        **settings,
    )


def center_and_scale(values):
    """Mean and standard deviation, the latter 1 where all values agree."""
    center, scale = float(np.nanmean(values)), float(np.nanstd(values))
    return center, scale if scale > 1e-12 * max(1.0, abs(center)) else 1.0


def linear_error(scaler, series, ends):
    """Mean absolute error, in units of the series, of a linear model at the end of the training part."""
    cuts = [end - max(scaler.horizon, int(TUNED_ON * end)) for end in ends]
    fit = [series_windows(scaler, one, 0, cut) for one, cut in zip(series, cuts, strict=True)]
    held = [series_windows(scaler, one, cut, end) for one, cut, end in zip(series, cuts, ends, strict=True)]
    if not sum(len(part) for part in fit) or not sum(len(part) for part in held):
        return np.inf
    weights = fit_ridge(
        np.concatenate([part.features for part in fit]),
        np.concatenate([part.flat_targets for part in fit]),
        RIDGE,
        np.concatenate([part.flat_weights for part in fit]),
    )
    errors = []
    for one, part, end in zip(series, held, ends, strict=True):
        if len(part):
            said = predict_linear(weights, part.features).reshape(part.targets.shape)
            decoded = scaler.decode(said[..., 0], part.before, one.name)
            errors.append(np.abs(decoded - part.truth)[part.weights > 0] / center_and_scale(one.values[:end])[1])
    return float(np.mean(np.concatenate(errors)))
