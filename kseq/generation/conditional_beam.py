"""Beam search over a batch of sources at once: the most probable target for each (Q1).

    score(y) = Σ_t log P(y_t | x, y_1, …, y_{t-1}) / |y|^α        α: the length penalty

Every source has k rows in the batch, one for each beginning in its race. A compiled step finds the 2k best
continuations of all k; which of them end, go on or leave is settled in plain Python. One beam is greedy search: the
most probable word each time, until that is the end.

References:
    Graves (2012), Sequence transduction with recurrent neural networks; Sutskever et al. (2014), Sequence to sequence
    learning with neural networks.
"""

import dataclasses

import numpy as np
from keras import ops

from kseq.backend.compiled import Program, ProgramsByModel
from kseq.generation.beam import Beginning
from kseq.generation.conditional import ConditionalStepper
from kseq.generation.loops import rounded
from kseq.generation.sampling import NEVER

_kept = ProgramsByModel()


@dataclasses.dataclass(frozen=True)
class Search:
    """What is searched, and how.

    Args:
        begin_id: what the decoder reads first.
        end_id: the word that ends a target.
        never: ids that are never written.
        num_beams: beginnings in the race of each source; 1 is greedy search.
        length_penalty: α. 0 favours short targets; the larger, the longer they may be.
    """

    begin_id: int
    end_id: int
    never: tuple = (0,)
    num_beams: int = 1
    length_penalty: float = 1.0


class Race:
    """The beginnings of one source, and what has ended."""

    def __init__(self, search, longest):
        self.search, self.longest = search, longest
        self.beginnings, self.ends, self.is_over = [Beginning()], [], longest < 1

    def advance(self, totals, places, vocabulary_size):
        """Takes the best continuations, the best first: Σ log P of each, and row · V + id."""
        going_on, search = [], self.search
        for total, place in zip(totals, places, strict=True):
            if total < NEVER / 2 or len(going_on) == search.num_beams:
                break
            row, token = divmod(place, vocabulary_size)
            one = Beginning((*self.beginnings[row].ids, token), total, row)
            if token == search.end_id or len(one.ids) == self.longest:
                self.ends.append((one.score(search.length_penalty), one.ids))
                if search.num_beams == 1:
                    break
            else:
                going_on.append(one)
        self.beginnings = going_on
        if self.ends:
            best = max(self.ends)[0]
            bounds = [one.bound(search.length_penalty, self.longest) for one in going_on]
            self.is_over = search.num_beams == 1 or all(bound <= best for bound in bounds)
        self.is_over = self.is_over or not going_on

    def best(self):
        """`(ids, score)` of the best target; the ids without the end."""
        score, ids = max(self.ends, default=(0.0, ()))
        return [one for one in ids if one != self.search.end_id], float(score)


def best_targets(model, sources, longest, search):
    """The most probable target of each source that beam search finds.

    Args:
        model: see `ConditionalStepper`.
        sources: dictionary of input name -> array, the batch first; padded.
        longest: list with the number of words, the end among them, after which each target is cut.
        search: a `Search`.

    Returns:
        A list of `(ids, score)`, one for each source: ids without begin and end; the score is that of the equation.
    """
    stepper = _kept.get(model, "stepper", lambda: ConditionalStepper(model))
    count, k, V = len(longest), search.num_beams, stepper.vocabulary_size
    filled = rounded(count)  # few shapes are compiled; rows that only fill the batch are copies of the first
    sources = {name: np.concatenate([rows, np.repeat(rows[:1], filled - count, 0)]) for name, rows in sources.items()}
    length = rounded(max(8, *longest))
    start, step = programs(model, stepper, filled, length, search)
    fixed, state = start(sources)
    races = [Race(search, limit) for limit in longest]
    for position in range(max(longest)):
        ids = np.full((filled, k), search.begin_id, "int32")
        parents = np.zeros((filled, k), "int32")
        totals = np.full((filled, k), NEVER, "float32")
        for i, race in enumerate(races):
            for j, one in enumerate(race.beginnings if not race.is_over else ()):
                ids[i, j] = one.ids[-1] if one.ids else search.begin_id
                parents[i, j], totals[i, j] = one.row, one.total
        parents += np.arange(filled, dtype="int32")[:, None] * k
        best, places, state = step(ids.reshape(-1, 1), parents.reshape(-1), totals, fixed, state, np.int32(position))
        best, places = ops.convert_to_numpy(best).tolist(), ops.convert_to_numpy(places).tolist()
        for i, race in enumerate(races):
            if not race.is_over:
                race.advance(best[i], places[i], V)
        if all(race.is_over for race in races):
            break
    return [race.best() for race in races]


def programs(model, stepper, count, length, search):
    """The two compiled programs for `count` sources and targets of up to `length` words.

    `start(sources) -> (fixed, state)`: reads the sources, each in k rows.
    `step(ids, parents, totals, fixed, state, position) -> (best, places, state)`: row i goes on from row `parents[i]`
    of the state with `ids[i]`; of the continuations of each source the best, `(count, 2k)`, and where they are.
    """
    k, V = search.num_beams, stepper.vocabulary_size
    forbidden = np.isin(np.arange(V), search.never)
    candidates = min(2 * k, k * V)

    def start(sources):
        memory = tuple(ops.repeat(one, k, axis=0) for one in stepper.read(sources))
        return stepper.begin(memory, count * k, length)

    def step(ids, parents, totals, fixed, state, position):
        if k > 1:
            state = rows_of(state, parents)
        logits, state = stepper.step(ids, fixed, state, position)
        logits = logits - ops.logsumexp(logits, axis=-1, keepdims=True)  # log P: (count · k, V)
        logits = ops.where(forbidden, NEVER, logits)
        scores = ops.reshape(ops.reshape(totals, (-1, 1)) + logits, (count, k * V))
        return (*ops.top_k(scores, candidates), state)

    key = (count, length, k, search.never)
    return (
        _kept.get(model, ("start", *key), lambda: Program(start, model.variables, xla=False)),
        _kept.get(model, ("step", *key), lambda: Program(step, model.variables, xla=False)),
    )


def rows_of(state, parents):
    """The rows of a state in another order; the batch comes first in every tensor."""
    if isinstance(state, tuple | list):
        return tuple(rows_of(one, parents) for one in state)
    return ops.take(state, parents, axis=0)
