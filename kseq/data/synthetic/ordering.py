"""Temporal order: two signals among distractors; which came first?"""

import numpy as np

from kseq.data.synthetic.apart import Different
from kseq.data.synthetic.checks import check_integer
from kseq.data.synthetic.guesses import most_frequent
from kseq.data.synthetic.task import SyntheticTask

SYMBOLS = "XYabcd"
CLASSES = ("XX", "XY", "YX", "YY")


def temporal_order(length=100, size=8192, seed=0, batch_size=32):
    """Two signals, X or Y each, among distractors; the four orders are to be told apart (course rows R11, G3).

    The first signal stands between a tenth and two tenths of the sequence, the second between five and six tenths;
    everywhere else is one of the distractors a, b, c, d. The classes are XX, XY, YX and YY.

    Args:
        length: number of steps, 3 or more.
        size: training examples; validation and test have an eighth of them each.
        seed: fixes all examples.
        batch_size: examples in a batch.

    Returns:
        A `SyntheticTask`. Input, one-hot, `(batch_size, length, 6)`; target `(batch_size, 1)`, the number of the class;
        a softmax over four; accuracy. No sequence stands in two splits.

    References:
        Hochreiter and Schmidhuber (1997), section 5.6, task 6a, without its start and end symbols.
    """
    check_integer("length", length, 3)
    ranges = places(length)

    def draw(random, count):
        symbols = random.integers(2, len(SYMBOLS), (count, length))
        for low, high in ranges:
            symbols[np.arange(count), random.integers(low, high, count)] = random.integers(0, 2, count)
        return (symbols,)

    def classes(symbols):
        # the two signals are the only numbers below 2; a row of `signals` holds them in their order
        signals = symbols[symbols < 2].reshape(-1, 2)
        return 2 * signals[:, 0] + signals[:, 1]

    def readable(symbols):
        texts = ["".join(SYMBOLS[s] for s in row) for row in symbols]
        return {"symbols": texts, "target": [CLASSES[c] for c in classes(symbols)]}

    return SyntheticTask(
        "temporal order",
        about=f"Two of {length} symbols are X or Y; which are they, in which order?",
        draw=draw,
        encode=lambda symbols: (
            np.eye(len(SYMBOLS), dtype="float32")[symbols],
            classes(symbols).astype("int32")[:, None],
        ),
        readable=readable,
        guesses={"most frequent order": lambda x, y: most_frequent(4)(x, y)[:, 0]},
        output=(4, "softmax"),
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        solved=0.95,
        reason="guessing gives 1/4, knowing one of the two signals 1/2",
        length=length,
        size=size,
        seed=seed,
        batch_size=batch_size,
        different=Different("length", length, how_many),
    )


def places(length):
    """Where the two signals may stand: `(first step, the step after the last)` of each."""
    return [(length * low // 10, max(length * low // 10 + 1, length * (low + 1) // 10)) for low in (1, 5)]


def how_many(length):
    """The number of different sequences: two signals of two kinds at their places, one of four letters elsewhere."""
    one, two = (high - low for low, high in places(length))
    return one * two * 2**2 * 4 ** (length - 2)
