"""Words into vectors: a numeric table with one row per word, row T1."""

import numpy as np

from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.runs import Back, FlatRun


class Embedding:
    """Row number `id` of the table E stands for the word `id`: the same as a one-hot vector times E, without the zeros.

    Args:
        E: `(words, d)`; Keras calls it `embeddings`.
    """

    def __init__(self, E):
        self.E = as_weights(E, "E", ("words", "d"))

    @classmethod
    def random(cls, words, d, seed=0, dtype="float64"):
        """Uniform in ±0.05, as Keras starts it."""
        return cls(np.random.default_rng(seed).uniform(-0.05, 0.05, (words, d)).astype(dtype))

    @property
    def parameters(self):
        return {"E": self.E}

    def forward(self, ids):
        """`ids` `(batch, steps)` whole numbers -> a `FlatRun` with `.outputs` `(batch, steps, d)`."""
        ids = np.asarray(ids)
        words = len(self.E)
        if ids.dtype.kind not in "iub" or (ids.size and not (ids.min() >= 0 and ids.max() < words)):
            came = f"{ids.min()} to {ids.max()}, {ids.dtype}" if ids.size else ids.dtype
            raise ValueError(f"ids: expected whole numbers from 0 to {words - 1}. Received: {came}")
        # x_t = E[id_t]
        return FlatRun(self.E[ids], {"ids": ids})

    def backward(self, run, d_outputs):
        """From ∂L/∂x `(batch, steps, d)` to a `Back`; ids have no gradient, so `d_x` is `None`."""
        d_outputs = np.asarray(d_outputs, self.E.dtype)
        check_shape(d_outputs, "d_outputs", run.outputs.shape)
        # ∂L/∂E[word] = Σ ∂L/∂x_t over all t where the word stands
        d_E = np.zeros_like(self.E)
        np.add.at(d_E, run.values["ids"], d_outputs)
        return Back({"E": d_E}, None)
