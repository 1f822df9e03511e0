"""Copying: some symbols, a long silence, and then they are to be said again."""

import numpy as np

from kseq.data.synthetic.apart import Different
from kseq.data.synthetic.checks import check_integer
from kseq.data.synthetic.guesses import most_frequent
from kseq.data.synthetic.task import SyntheticTask


def copy_task(length=100, size=8192, seed=0, batch_size=32, *, items=5, symbols=8):
    """Remember a few symbols over a delay and repeat them (course rows R11, G3).

    First come `items` symbols, then `length` blanks, then `items` times the signal to speak. At each signal the next
    of the symbols is asked, in the order in which they came. Only these last steps are scored.

    Args:
        length: number of blanks, the delay; 0 or more.
        size: training examples; validation and test have an eighth of them each.
        seed: fixes all examples.
        batch_size: examples in a batch.
        items: how many symbols are to be remembered.
        symbols: how many different ones there are.

    Returns:
        A `SyntheticTask`. Input, one-hot with two extra columns for blank and signal,
        `(batch_size, 2 * items + length, symbols + 2)`; target `(batch_size, 2 * items + length)`, integers; a softmax
        over the symbols at every step; weights that are 0 except at the last `items` steps; accuracy. No series of
        symbols stands in two splits.

    References:
        Hochreiter and Schmidhuber (1997), section 5; in this form Arjovsky et al. (2016), Unitary evolution recurrent
        neural networks.
    """
    check_integer("length", length, 0)
    check_integer("items", items, 1)
    check_integer("symbols", symbols, 2)
    steps = 2 * items + length

    def draw(random, count):
        return (random.integers(0, symbols, (count, items)),)

    def encode(chosen):
        blank, signal = symbols, symbols + 1
        shown = np.full((len(chosen), steps), blank)
        shown[:, :items] = chosen
        shown[:, -items:] = signal
        x = np.eye(symbols + 2, dtype="float32")[shown]  # (count, steps, symbols + 2)
        y = np.zeros((len(chosen), steps), "int32")
        y[:, -items:] = chosen
        weights = np.zeros((len(chosen), steps), "float32")
        weights[:, -items:] = steps / items  # 1 on average
        return x, y, weights

    def most_frequent_symbol(x, y):
        return most_frequent(symbols)(x, y[:, -items:])[:, :1].repeat(steps, axis=1)

    return SyntheticTask(
        "copy task",
        about=f"{items} of {symbols} symbols, {length} blanks, then the symbols are to be repeated.",
        draw=draw,
        encode=encode,
        readable=lambda chosen: {"target": [" ".join(map(str, row)) for row in chosen]},
        guesses={"most frequent symbol": most_frequent_symbol},
        output=(symbols, "softmax"),
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        solved=0.95,
        reason=f"all but one in twenty symbols are right; guessing gives 1/{symbols} = {1 / symbols:.3f}",
        length=length,
        size=size,
        seed=seed,
        batch_size=batch_size,
        per_step=True,
        different=Different("items", items, lambda items: symbols**items),
    )
