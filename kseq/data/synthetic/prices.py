"""The ten-day price table of the course."""

import numpy as np

from kseq.data.synthetic.task import SyntheticTask

PRICES = (0.5, 0.17, 0.0, 0.67, 0.33, 0.17, 0.83, 0.5, 0.0, 1.0)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def price_table():
    """Ten days of prices, and the next day's price is asked on each of them (course row R4).

    The prices of two weeks, Monday to Friday, brought into [0, 1]: 0.5 0.17 0 0.67 0.33 0.17 0.83 0.5 0 1.0. The
    target is the same row shifted by one day. The last day has no next one, so there are nine steps.

    It is there to compute by hand and to watch a network learn nine targets by heart. Nothing is held out:
    `validation` and `test` are `None`, and the naive guesses are scored on the days themselves.

    Returns:
        A `SyntheticTask` with one example. Input and target `(1, 9, 1)`, a linear output at every step, mean squared
        error.

    Example:

    >>> price_table().frame.head(3)
       week  day     X  target
    0     1  Mon  0.50    0.17
    1     1  Tue  0.17    0.00
    2     1  Wed  0.00    0.67
    """
    prices = np.array(PRICES, "float32")

    def readable(rows):
        targets = [*prices[1:], np.nan]
        weeks = np.repeat([1, 2], len(DAYS))
        return {"week": weeks, "day": [*DAYS, *DAYS], "X": prices, "target": np.array(targets, "float32")}

    return SyntheticTask(
        "price table",
        about="What is tomorrow's price? Ten days, Monday to Friday twice.",
        draw=lambda random, count: (np.tile(prices, (count, 1)),),
        encode=lambda rows: (rows[:, :-1, None], rows[:, 1:, None]),
        readable=readable,
        guesses={"mean price": lambda x, y: np.full_like(x, y.mean()), "today's price": lambda x, y: x},
        output=(1, "linear"),
        loss="mse",
        metric="mse",
        solved=None,
        reason="nine targets can only be learnt by heart",
        length=len(prices) - 1,
        size=1,
        seed=0,
        batch_size=1,
        per_step=True,
        splits=("train",),
    )
