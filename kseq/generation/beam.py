"""Beam search: the most probable text, not the most probable next token each time.

    score(y) = Σ_t log P(y_t | x, y_1, …, y_{t-1}) / |y|^α        α: the length penalty

After each token, every one of the k best beginnings is continued with every token of the vocabulary, and the k best of
all these stay. What ends in a stop string leaves the race and is kept aside with its score.

References:
    Graves (2012), Sequence transduction with recurrent neural networks; Wu et al. (2016), Google's neural machine
    translation system, for the length penalty (here a plain power of the number of tokens).
"""

import dataclasses
import functools

import numpy as np
from keras import ops

from kseq.generation import loops
from kseq.generation.sampling import NEVER
from kseq.generation.session import window_start
from kseq.generation.streaming import TextStream


@dataclasses.dataclass(frozen=True)
class Beginning:
    """A text in the race.

    Args:
        ids: its new tokens.
        total: Σ log P of them.
        row: the row of the state that it goes on from.
    """

    ids: tuple = ()
    total: float = 0.0
    row: int = 0

    def score(self, penalty):
        """Its log-probability, comparable with that of texts of other lengths."""
        return self.total / len(self.ids) ** penalty

    def bound(self, penalty, longest):
        """No text that goes on from here has a higher score: Σ log P only falls."""
        return max(self.total / length**penalty for length in (len(self.ids) + 1, longest))


def beam_search(model, prompt, ids, vectorizer, options):
    """The best continuations of one prompt, a list of `(text, score)`, the best first.

    Args:
        model: see `kseq.generation.stepping.Stepper`.
        prompt: its text.
        ids: its ids, at least one.
        vectorizer: has `decode`.
        options: checked `Options`.
    """
    states = BeamStates(model, ids, options)
    stream = functools.partial(TextStream, vectorizer, ids, options.stop, prompt)
    beginnings, ends = [Beginning()], {}  # ends: text -> score
    for length in range(1, options.max_new_tokens + 1):
        is_last = length == options.max_new_tokens
        going_on, left = [], options.num_beams
        for one in best_first(beginnings, states.log_probabilities(beginnings)):
            text, is_end = one_text([*ids, *one.ids], stream(), is_last) if options.stop or is_last else (None, False)
            if is_end:
                ends[text] = max(ends.get(text, -np.inf), one.score(options.length_penalty))
            else:
                going_on.append(one)
            left -= is_last or not is_end  # what ends early takes no place in the race from those that go on
            if not left:
                break
        beginnings = going_on
        if not beginnings or is_decided(beginnings, ends, options):
            break
    best = sorted(ends.items(), key=lambda end: -end[1])
    return [(text, float(score)) for text, score in best[: options.num_results]]


def best_first(beginnings, log_probabilities):
    """All beginnings with one more token, by falling Σ log P; those with impossible tokens are left out."""
    totals = np.array([one.total for one in beginnings])[:, None] + log_probabilities  # (k, V)
    size = totals.shape[1]
    for place in np.argsort(-totals, axis=None, kind="stable"):
        row, token = divmod(int(place), size)
        if log_probabilities[row, token] < NEVER / 2:
            return
        yield Beginning((*beginnings[row].ids, token), float(totals[row, token]), row)


def one_text(ids, stream, is_last):
    """The new text in a row of ids, and whether it has come to its end."""
    stream.push(ids, is_last)
    return stream.text, stream.is_finished


def is_decided(beginnings, ends, options):
    """Whether none of the beginnings can still come among the best texts that are asked for."""
    if len(ends) < options.num_results:
        return False
    worst = sorted(ends.values(), reverse=True)[options.num_results - 1]
    return all(one.bound(options.length_penalty, options.max_new_tokens) <= worst for one in beginnings)


class BeamStates:
    """The model's states for the beginnings in the race, one row each."""

    def __init__(self, model, prompt, options):
        self._scores = loops.scores_of(model)
        self._prompt, self._banned = list(prompt), list(options.banned)
        total = len(prompt) + options.max_new_tokens
        self._shape = loops.shape_for(
            options.num_beams, total, self._scores.context_length, self._scores.vocabulary_size
        )
        xla = loops.pays(self._scores.stepper, options.max_new_tokens)
        self._read = loops.reader(model, self._shape, xla)
        self._step = loops.stepper_program(model, self._shape, xla)
        self._start = self._fed = None  # no window is open

    def log_probabilities(self, beginnings):
        """log P of each next token after each beginning, `(len(beginnings), V)`, in float64."""
        filled = [*beginnings, *[beginnings[0]] * (self._shape.batch_size - len(beginnings))]
        rows = np.array([[*self._prompt, *one.ids] for one in filled], "int32")
        parents = np.array([one.row for one in filled], "int32")
        position = rows.shape[1]
        if self._start is None or position - self._start > self._shape.length:
            self._open(rows)
            parents = np.arange(len(filled), dtype="int32")
        while self._start + self._fed < position:
            ids = rows[:, self._start + self._fed, None]
            logits, self._state = self._step(ids, parents, self._state, np.int32(self._fed))
            self._fed += 1
            parents = np.arange(len(filled), dtype="int32")
        logits = ops.convert_to_numpy(logits)[: len(beginnings)].astype("float64")
        logits[:, self._banned] = NEVER
        logits -= logits.max(axis=-1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))

    def _open(self, rows):
        """Begins a window: an empty state reads the rows in pieces, all but the last token."""
        batch_size, length = self._shape.batch_size, self._shape.length
        self._start = window_start(rows.shape[1], length)
        self._state = self._scores.stepper.empty_state(batch_size, length)
        pieces, self._fed = loops.pieces(rows.shape[1] - self._start - 1)
        if self._fed:
            window = np.zeros((batch_size, length + 1), "int32")
            there = rows[:, self._start :]
            window[:, : there.shape[1]] = there
            self._state = self._read(window, self._state, np.int32(pieces))
