"""The adding problem: two marked numbers, far apart, are to be added."""

import numpy as np

from kseq.data.synthetic.checks import check_integer
from kseq.data.synthetic.guesses import mean_target
from kseq.data.synthetic.task import SyntheticTask


def adding_problem(length=100, size=8192, seed=0, batch_size=32):
    """The adding problem (course rows R9 to R11, G1, G3).

    Every step shows a number from [0, 1) and a mark. Two steps are marked with 1, one in the first half of the
    sequence and one in the second; all others have 0. After the last step the sum of the two marked numbers is asked.

    Whoever answers 1, the mean, is wrong by the variance of a sum of two uniform numbers: 1/12 + 1/12 = 1/6. Keeping
    one of the two numbers leaves 1/12.

    Args:
        length: number of steps, 2 or more.
        size: training examples; validation and test have an eighth of them each.
        seed: fixes all examples.
        batch_size: examples in a batch.

    Returns:
        A `SyntheticTask`. Input `(batch_size, length, 2)`, target `(batch_size, 1)`, a linear output, mean squared
        error.

    Example:

    >>> task = adding_problem(length=50)
    >>> model = keras.Sequential([keras.Input((50, 2)), kseq.GRU(32), kseq.Dense(1)])
    >>> model.compile(keras.optimizers.Adam(0.005), task.loss)
    >>> model.fit(task.train, validation_data=task.validation, epochs=5)

    References:
        Hochreiter and Schmidhuber (1997), Long short-term memory, section 5.4; with numbers from [0, 1) as in Le et
        al. (2015), A simple way to initialize recurrent networks of rectified linear units.
    """
    check_integer("length", length, 2, "two steps are marked")
    half = length // 2

    def draw(random, count):
        values = random.random((count, length), dtype="float32")
        return values, random.integers(0, half, count), random.integers(half, length, count)

    def encode(values, first, second):
        rows = np.arange(len(values))
        marks = np.zeros_like(values)
        marks[rows, first] = marks[rows, second] = 1
        x = np.stack([values, marks], axis=-1)  # (count, length, 2)
        return x, (values[rows, first] + values[rows, second])[:, None]

    def readable(values, first, second):
        rows = np.arange(len(values))
        one, two = values[rows, first], values[rows, second]
        return {"first step": first, "first": one, "second step": second, "second": two, "target": one + two}

    return SyntheticTask(
        "adding problem",
        about=f"Among {length} numbers two are marked; what is their sum?",
        draw=draw,
        encode=encode,
        readable=readable,
        guesses={
            "always 1": lambda x, y: np.ones((len(x), 1)),
            "mean of the training targets": mean_target,
        },
        output=(1, "linear"),
        loss="mse",
        metric="mse",
        solved=0.01,
        reason="wrong by 0.1 on average; keeping only one of the two numbers leaves 1/12 = 0.083, none 1/6 = 0.167",
        length=length,
        size=size,
        seed=seed,
        batch_size=batch_size,
    )
