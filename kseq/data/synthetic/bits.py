"""Parity: is the number of ones odd? One bit of memory, and every step can turn it over."""

from kseq.data.synthetic.apart import Different
from kseq.data.synthetic.checks import check_integer
from kseq.data.synthetic.guesses import most_frequent
from kseq.data.synthetic.task import SyntheticTask


def parity(length=20, size=8192, seed=0, batch_size=32):
    """Is the number of ones odd (course rows R11, G3)?

    A state of one bit is enough, but each step counts: whoever misses one knows nothing. Learning it from the
    last answer alone is hard, because no shorter part of the input says anything about the target.

    Args:
        length: number of bits, 4 or more.
        size: training examples; validation and test have an eighth of them each.
        seed: fixes all examples.
        batch_size: examples in a batch.

    Returns:
        A `SyntheticTask`. Input `(batch_size, length, 1)`, bits as 0 and 1; target `(batch_size, 1)`, 1 for odd; a
        sigmoid; accuracy. No row of bits stands in two splits.

    References:
        Minsky and Papert (1969), Perceptrons; as a task for recurrent networks Hochreiter and Schmidhuber (1996).
    """
    check_integer("length", length, 4, "with fewer bits there are too few different rows for three splits")

    def encode(bits):
        return bits[:, :, None].astype("float32"), (bits.sum(axis=1, keepdims=True) % 2).astype("int32")

    def readable(bits):
        return {"bits": ["".join(map(str, row)) for row in bits], "target": bits.sum(axis=1) % 2}

    return SyntheticTask(
        "parity",
        about=f"Is the number of ones among {length} bits odd?",
        draw=lambda random, count: (random.integers(0, 2, (count, length)),),
        encode=encode,
        readable=readable,
        guesses={"more frequent answer": most_frequent(1)},
        output=(1, "sigmoid"),
        loss="binary_crossentropy",
        metric="accuracy",
        solved=0.95,
        reason="far above 0.5, which is all that anyone gets who misses a single bit",
        length=length,
        size=size,
        seed=seed,
        batch_size=batch_size,
        different=Different("length", length, lambda length: 2**length),
    )
