"""`Session`: rows of ids that grow. It opens windows on a long text and feeds the compiled loops.

One scalar says how far all rows are. Rows with a longer prompt than others read it to its end while the others
already write: the tokens they have are put in place of those they would have chosen.
"""

import numpy as np
from keras import ops

from kseq.generation import loops
from kseq.generation.sampling import Noise, Sampling


class Session:
    """A batch of texts in the making.

    Args:
        model: see `kseq.generation.stepping.Stepper`.
        rows: a list of ids for each prompt, none empty.
        options: checked `Options`.
        seed: integer.
        first_row: the number of the first row among all prompts; the noise hangs on it.

    Attributes:
        ready: how many tokens all rows have.
        total: how many tokens the longest one will have.
    """

    def __init__(self, model, rows, options, seed, first_row=0):
        self.scores = loops.scores_of(model)
        self.lengths = [len(row) for row in rows]
        self.ready, self.total = min(self.lengths), max(self.lengths) + options.max_new_tokens
        self.limit = self.scores.context_length
        self.shape = loops.shape_for(len(rows), self.total, self.limit, self.scores.vocabulary_size)

        # Rows that only fill up the batch are copies of the first one.
        filling = self.shape.batch_size - len(rows)
        padded = [*rows, *[rows[0]] * filling]
        self._known = np.array([len(row) for row in padded], "int32")
        self._tokens = np.zeros((self.shape.batch_size, self.total), "int32")
        for row, ids in zip(self._tokens, padded, strict=True):
            row[: len(ids)] = ids
        numbers = [first_row + number for number in range(len(padded))]

        sampling = Sampling(
            draws=options.sampler == "random",
            filters=options.top_k is not None or (options.top_p is not None and options.top_p < 1),
            penalises=options.repetition_penalty != 1,
            bans=bool(options.banned),
        )
        self._settings = tuple(
            np.float32(value)
            for value in (
                options.temperature,
                options.top_k or self.scores.vocabulary_size,
                1.0 if options.top_p is None else options.top_p,
                options.repetition_penalty,
            )
        )
        if sampling.bans:
            self._settings += (np.isin(np.arange(self.scores.vocabulary_size), options.banned),)
        xla = loops.pays(self.scores.stepper, options.max_new_tokens)
        self._read = loops.reader(model, self.shape, xla)
        self._write = loops.writer(model, self.shape, sampling, xla)
        self._noise = Noise(seed, numbers, self._known, self.scores.vocabulary_size) if sampling.draws else None
        self._block, self._base = (), self.ready - self.shape.steps  # the first block of noise is still to come
        self._seen = self._seen_tokens() if sampling.penalises else ()
        self._open(window_start(self.ready, self.shape.length))

    def _seen_tokens(self):
        seen = np.zeros((self.shape.batch_size, self.scores.vocabulary_size), bool)
        for row, ids, known in zip(seen, self._tokens, self._known, strict=True):
            row[ids[:known]] = True
        return seen

    def _open(self, start):
        """Begins a window at column `start`: an empty state reads what is there, all but the last token."""
        self._start = start
        self._state = self.scores.stepper.empty_state(self.shape.batch_size, self.shape.length)
        self._window = np.zeros((self.shape.batch_size, self.shape.length + 1), "int32")
        there = self._tokens[:, start : start + self.shape.length + 1]
        self._window[:, : there.shape[1]] = there
        pieces, self._fed = loops.pieces(self.ready - start - 1)
        if self._fed:
            self._state = self._read(self._window, self._state, np.int32(pieces))

    def advance(self, count):
        """Makes `count` more tokens in every row, or as many as are missing to `total`."""
        target = min(self.ready + count, self.total)
        while self.ready < target:
            if self.ready - self._start > self.shape.length:
                self._open(window_start(self.ready, self.shape.length))
            if self.ready >= self._base + self.shape.steps:
                self._base = self.ready
                if self._noise is not None:
                    self._block = self._noise.block(self.shape.steps)
            start = self._start
            stop = min(target, self._base + self.shape.steps, start + self.shape.length + 1)
            self._write_until(stop - start)

    def _write_until(self, stop):
        """Makes the tokens up to column `stop` of the window, itself not included."""
        start, offset = self._fed, self._start
        known = np.maximum(self._known, self.ready) - offset  # what was written counts as given from then on
        span = tuple(np.int32(number) for number in (start, stop - 1, self._base - offset))
        window, self._state, self._seen = self._write(
            self._window, known.astype("int32"), self._state, self._seen, span, self._block, self._settings
        )
        self._window, self._fed = ops.convert_to_numpy(window), stop - 1
        written = slice(self.ready - offset, stop)
        self._tokens[:, offset + written.start : offset + written.stop] = self._window[:, written]
        self.ready = offset + stop

    def ids(self, row):
        """The tokens of a row so far: prompt and new ones, no more than were asked for."""
        return self._tokens[row, : min(self.ready, self.lengths[row] + self.total - max(self.lengths))]


def window_start(position, length):
    """Where the window begins in which the token at `position` is chosen.

    The first window is the beginning of the text. When it is full, its last half is read in anew and the text goes
    on, and so on. It hangs on nothing but the position, so that a batch does the same as its rows one by one.
    """
    step = length - length // 2
    return max(0, -(-(position - length) // step)) * step
