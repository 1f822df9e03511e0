"""From the scores of the next token to the next token: penalty, temperature, top-k, top-p, and a draw (L1).

All functions take rows of logits `(batch_size, vocabulary_size)` in float32 and are written with `keras.ops`, to be
compiled into the loop that generates.

A draw is the largest of logits + Gumbel noise: with g = -log(-log(u)) and u uniform in (0, 1), token i wins with
probability softmax(logits)_i. The noise comes from outside, so that one seed gives one text on every backend.
"""

import dataclasses

import numpy as np
from keras import ops

NEVER = -1e30  # a logit that no penalty, temperature or noise brings back; -inf - -inf would be NaN


@dataclasses.dataclass(frozen=True)
class Sampling:
    """What of all this a program does; another choice is another program.

    Args:
        draws: whether the next token is drawn; otherwise it is the most probable one.
        filters: whether top-k or top-p is asked for.
        penalises: whether tokens that were there before are held back.
        bans: whether some tokens are never written.
    """

    draws: bool = True
    filters: bool = False
    penalises: bool = False
    bans: bool = False


def next_token(logits, seen, noise, settings, sampling):
    """The ids of the next token, `(batch_size,)` int32.

    Args:
        logits: `(batch_size, V)`.
        seen: booleans `(batch_size, V)`, the tokens that were there before; used if `sampling.penalises`.
        noise: Gumbel noise `(batch_size, V)`; used if `sampling.draws`.
        settings: temperature, top_k, top_p, repetition_penalty as four scalars; if `sampling.bans`, booleans `(V,)`
            besides. They may be tensors: other numbers need no other program.
        sampling: a `Sampling`.
    """
    temperature, top_k, top_p, penalty, *banned = settings
    if sampling.bans:
        logits = ops.where(banned[0], NEVER, logits)
    if sampling.penalises:
        logits = penalised(logits, seen, penalty)
    if not sampling.draws:
        return ops.cast(ops.argmax(logits, axis=-1), "int32")
    logits = logits / temperature
    if sampling.filters:
        logits = filtered(logits, top_k, top_p)
    return ops.cast(ops.argmax(logits + noise, axis=-1), "int32")


def penalised(logits, seen, penalty):
    """Logits of tokens seen before, divided by the penalty if positive and multiplied if negative.

    References:
        Keskar et al. (2019), CTRL: a conditional transformer language model for controllable generation.
    """
    return ops.where(seen, ops.where(logits > 0, logits / penalty, logits * penalty), logits)


def filtered(logits, top_k, top_p):
    """Logits with all tokens out of reach that are not among the best.

    Top-k keeps the k best tokens. Of these, top-p keeps the fewest that have at least the probability p together.
    Of equal tokens, the one with the smaller id counts as better, so that never more than k stay.
    """
    order = ops.argsort(-logits, axis=-1)  # (B, V), the best first; equal ones stay in order
    rank = ops.argsort(order, axis=-1)  # where in this order each token stands
    best = ops.take_along_axis(logits, order, axis=-1)
    best = ops.where(ops.arange(logits.shape[-1]) < ops.cast(top_k, "int32"), best, NEVER)
    probabilities = ops.softmax(best, axis=-1)
    before = ops.cumsum(probabilities, axis=-1) - probabilities  # what the better ones have together
    # The best one always stays. Below p = 1 only: rounding must not cut the tail off that p = 1 keeps.
    first = ops.arange(logits.shape[-1]) == 0
    stays = ops.logical_or(ops.logical_or(before < top_p, first), top_p >= 1.0)
    best = ops.where(stays, best, NEVER)
    return ops.take_along_axis(best, rank, axis=-1)


class Noise:
    """Gumbel noise for rows of a batch: every row has a stream of its own, so its text hangs on no other row.

    Args:
        seed: integer.
        rows: the numbers of the rows in the whole batch.
        lengths: of the rows' prompts; the first noise of a row is for its first new token.
        size: of the vocabulary.
    """

    def __init__(self, seed, rows, lengths, size):
        self._streams = [np.random.default_rng([seed, row]) for row in rows]
        self._lengths, self._size = list(lengths), size
        self._position = min(self._lengths)

    def block(self, length):
        """The noise for the next `length` positions, `(length, batch_size, V)`; zeros where a prompt goes on."""
        first, self._position = self._position, self._position + length
        noise = np.zeros((length, len(self._streams), self._size), "float32")
        for row, (stream, known) in enumerate(zip(self._streams, self._lengths, strict=True)):
            begin = min(max(known - first, 0), length)
            uniform = stream.random((length - begin, self._size), dtype="float32")
            uniform = np.clip(uniform, 2**-25, 1 - 2**-24)  # 0 and 1 would give infinite noise
            noise[begin:, row] = -np.log(-np.log(uniform))
        return noise
