"""The compiled loops: reading a prompt in pieces, and writing tokens one by one.

    x_{t+1} ~ P(x | x_1, …, x_t)        one step of the model, one choice, and again

The whole loop is one program, so between two tokens there is no Python. All that changes from call to call (where it
begins and ends, the settings of the sampler, the noise) is an argument; a program is made anew only for other shapes,
and shapes are rounded up to few.
"""

import dataclasses

import keras
from keras import ops

from kseq.backend.compiled import Program, ProgramsByModel, repeat, runs_eagerly
from kseq.generation.errors import GenerationError
from kseq.generation.sampling import Sampling, next_token
from kseq.generation.scores import Scores

PIECE = 16  # prompt tokens read at once; the rest, up to one piece, is read token by token
SHORTEST = 32  # the smallest state has room for so many tokens
MOST_NOISE = 2**21  # numbers of noise in one call of `write`, 8 MB
MOST_STEPS = 32  # tokens in one call of `write`

_kept = ProgramsByModel()


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a program is made for.

    Args:
        batch_size: number of rows.
        length: number of tokens that the state has room for.
        steps: number of tokens that one call of `write` can make.
    """

    batch_size: int
    length: int
    steps: int


def shape_for(batch_size, length, limit, vocabulary_size):
    """The smallest of the few shapes that hold so many rows and tokens; never longer than `limit`."""
    rows = rounded(batch_size)
    steps = MOST_STEPS
    while steps > 1 and steps * rows * vocabulary_size > MOST_NOISE:
        steps //= 2
    length = rounded(max(length, SHORTEST))
    return Shape(rows, length if limit is None else min(length, limit), steps)


def pieces(number):
    """How many pieces of a prompt of `number` tokens are read at once, and how many tokens those are."""
    if runs_eagerly():
        return number, number
    return number // PIECE, number // PIECE * PIECE


def pays(stepper, steps):
    """Whether XLA is worth its compile time on TensorFlow, for so many tokens.

    Processor time on two cores, for characters, XLA beside a plain graph: before the first token 1.5 against 0.6 s
    (6 layers, width 384), 1.3 against 0.5 s (4 layers, width 128), 0.3 against 0.1 s (LSTM of 256 units); a token
    1.8 against 4.3 ms, 0.14 against 1.3 ms, 0.06 against 0.10 ms. So XLA has paid after 350 and 680 tokens with
    attention, and after 5,000 without. A model is asked more than once, so some calls may share the cost; two short
    answers never will.
    """
    return steps >= (100 if stepper.remembers_positions else 2000)


def rounded(number):
    """The next power of two."""
    return 1 << (number - 1).bit_length()


def scores_of(model):
    """The `Scores` of a model, made once."""
    if not isinstance(model, keras.Model):
        raise GenerationError(f"`model` must be a built Keras model. Received: {type(model).__name__}")
    return _kept.get(model, "scores", lambda: Scores(model))


def reader(model, shape, xla):
    """The program `read(tokens, state, pieces) -> state`: the first `pieces` · `PIECE` columns of `tokens`.

    Where nothing is compiled, a piece may have any length: `read(tokens, state, length)` takes it all at once.
    """
    scores = scores_of(model)

    def read(tokens, state, pieces):
        def body(piece, state):
            start = piece * PIECE
            ids = ops.slice(tokens, (0, start), (shape.batch_size, PIECE))
            return scores.stepper.step(ids, state, start)[1]

        return repeat(0, pieces, body, state)

    def read_at_once(tokens, state, length):
        return scores.stepper.step(tokens[:, :length], state, 0)[1]

    def make():
        return Program(read_at_once if runs_eagerly() else read, model.variables, xla, donated=(1,))

    return _kept.get(model, ("read", shape, xla), make)


def writer(model, shape, sampling: Sampling, xla):
    """The program that writes token after token.

    `write(tokens, known, state, seen, span, noise, settings) -> (tokens, state, seen)`:

        tokens: `(batch_size, length + 1)` int32; what is written comes to stand here.
        known: `(batch_size,)`, how many tokens of each row are given and stay as they are.
        state: of the model, after all columns before `start`.
        seen: booleans `(batch_size, V)` if the sampler penalises, else `()`.
        span: `start`, `stop`, `base`: the columns `start` to `stop - 1` are read, `start + 1` to `stop` written, and
            the noise begins at column `base`.
        noise: `(steps, batch_size, V)` if the sampler draws, else `()`.
        settings: see `next_token`.
    """
    scores = scores_of(model)
    batch_size = shape.batch_size

    def write(tokens, known, state, seen, span, noise, settings):
        start, stop, base = span

        def body(position, carry):
            tokens, state, seen = carry
            ids = ops.slice(tokens, (0, position), (batch_size, 1))
            logits, state = scores.step(ids, state, position)
            now = noise
            if sampling.draws:  # before the first new token there is no noise, and nothing to draw
                number = ops.maximum(position + 1 - base, 0)
                now = ops.take(noise, number, axis=0)
            new = next_token(logits, seen, now, settings, sampling)
            given = ops.slice(tokens, (0, position + 1), (batch_size, 1))[:, 0]
            new = ops.where(position + 1 < known, given, new)
            tokens = ops.slice_update(tokens, (0, position + 1), new[:, None])
            if sampling.penalises:
                seen = seen | (ops.arange(scores.vocabulary_size) == new[:, None])
            return tokens, state, seen

        return repeat(start, stop, body, (tokens, state, seen))

    def make():
        return Program(write, model.variables, xla, donated=(2,))

    return _kept.get(model, ("write", shape, sampling, xla), make)


def stepper_program(model, shape, xla):
    """The program `step(ids, parents, state, position) -> (logits, state)` for beam search.

    Row i goes on from row `parents[i]` of the state; `ids` is `(batch_size, 1)`, the logits `(batch_size, V)`.
    """
    scores = scores_of(model)

    def step(ids, parents, state, position):
        state = _rows(state, parents)
        return scores.step(ids, state, position)

    return _kept.get(model, ("step", shape, xla), lambda: Program(step, model.variables, xla, donated=(2,)))


def _rows(state, parents):
    """The rows of a state in another order; the batch comes first in every tensor."""
    if isinstance(state, tuple | list):
        return tuple(_rows(one, parents) for one in state)
    return ops.take(state, parents, axis=0)


def programs_of(model):
    """The programs that are kept for a model: key -> `Program`."""
    return {key: kept for key, kept in _kept.of(model).items() if isinstance(kept, Program)}
