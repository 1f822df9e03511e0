"""Synthetic daily series: a trend, a week, promotions that are known in advance, noise."""

import numpy as np

from kseq.data.series.dates import DAY, Calendar
from kseq.data.series.values import Series

PROMOTION = "promotion"
DAYS = 730
AHEAD = 28  # days after the last, whose promotions are planned already
WEEK = np.array([0.9, 0.85, 0.9, 1.0, 1.25, 1.4, 0.7])  # Monday to Sunday


def seasonal_series(seed=0, regressors=(PROMOTION,), days=DAYS):
    """Three shops: level · trend · weekday · promotion · noise.

        y_t = level · (1 + growth · t / 365) · week[t mod 7] · 1.5^promotion_t · e^(0.05 ε_t)

    Args:
        seed: fixes the numbers.
        regressors: `("promotion",)` or `()`.
        days: length.

    Returns:
        A list of three `Series`, beginning on Monday, 1 January 2024.
    """
    wrong = [name for name in regressors if name != PROMOTION]
    if wrong:
        raise ValueError(f"`regressors` of 'seasonal' can be {PROMOTION!r} only. Received: regressors={wrong!r}")
    calendar, found = Calendar("second", DAY, "2024-01-01T00:00:00"), []
    day = np.arange(days)
    for number, name in enumerate(("north", "south", "west")):
        random = np.random.default_rng([seed, number])
        level, growth = random.uniform(50, 500), random.uniform(0, 0.4)
        promotion = (random.random(days) < 0.1).astype(float)
        values = level * (1 + growth * day / 365) * WEEK[day % 7] * 1.5**promotion
        values = values * np.exp(0.05 * random.standard_normal(days))
        known = promotion[:, None] if regressors else np.zeros((days, 0))
        planned = (random.random(AHEAD) < 0.1).astype(float)
        future = planned[:, None] if regressors else np.zeros((AHEAD, 0))
        found.append(Series(name, values.round(1), known, calendar, future=future))
    return found
