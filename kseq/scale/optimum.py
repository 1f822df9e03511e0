"""`compute_optimal`: how large a model, and how much text, for a given amount of compute.

The loss of a language model with N parameters that has read D tokens once is close to

    L(N, D) = E + A/N^α + B/D^β

and training costs C = 6·N·D. With C fixed the loss is least where (approach 3 of Hoffmann et al., 2022)

    N = G·(C/6)^(β/(α+β))    D = C/(6·N)    G = (α·A/(β·B))^(1/(α+β))

Approaches 1 and 2 of the same paper have no formula, only a table: here a straight line through it, N = k·C^a. They
say nothing of the loss. Approach 1 is what is taken where nobody says which: Chinchilla itself has the size that it
advises, and approach 3, when others fitted it anew, came close to it.
"""

import math
from dataclasses import dataclass

from kseq.scale.board import board
from kseq.scale.errors import ScaleError, near
from kseq.scale.given_numbers import positive
from kseq.scale.notebooks import pretty
from kseq.scale.published.chinchilla import CONSTANTS, NOTES, OFF_THE_LINE, TABLES, rows
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.units import in_letters


@dataclass(frozen=True)
class Optimum:
    """The best split of an amount of compute between parameters and tokens."""

    flops: Quantity  # C
    parameters: Quantity  # N
    tokens: Quantity  # D
    loss: Quantity | None  # nats per token, by the law of loss; None: approaches 1 and 2 have none
    approach: int
    constants: str  # of the law of loss; empty without one

    _repr_pretty_ = pretty

    @property
    def tokens_per_parameter(self):
        """D/N: about 20 by approaches 1 and 2 and by the refit, and growing with C by approach 3."""
        return derive("tokens per parameter", "tokens/parameter", "D/N", D=self.tokens, N=self.parameters)

    def __str__(self):
        loss = "" if self.loss is None else f", loss {self.loss:.3f} nats per token"
        return (
            f"{self.flops}: {in_letters(self.parameters)} parameters on {in_letters(self.tokens)} tokens "
            f"({self.tokens_per_parameter:.3g} each){loss}"
        )

    def explain(self, depth=3):
        """The derivations of size, data and loss (where there is one) as on a blackboard."""
        return board([one for one in (self.parameters, self.tokens, self.loss) if one is not None], depth)


def compute_optimal(*, flops=None, parameters=None, tokens=None, approach=None, constants=None):
    """The size and the data with which a given amount of compute is spent best (row L6).

    One of the three is given, the other two follow.

    Args:
        flops: compute of the training in FLOP: which model is best for it?
        parameters: size of the model: for which compute is it the best one, and on how many tokens?
        tokens: tokens that there are: which model can they feed?
        approach: 1 (the envelope of training curves) and 2 (curves of equal compute) are lines through the paper's
            tables, in logarithms (all rows but that of 67 B lie on one within 0.4 %); beyond 400 M to 10 T parameters
            they are continued. 3 minimises the law of loss. Default: 1, or 3 where `constants` are given.
        constants: of the law of loss, for approach 3 only: `"unrounded"` (the paper's TeX source, its default),
            `"rounded"` (its text), or `"refit"` (Besiroglu et al., 2024).

    Returns:
        An `Optimum`: `.parameters`, `.tokens`, `.flops`, `.tokens_per_parameter`, each a `Quantity`, and `.loss`, which
        is `None` by approaches 1 and 2. A loss can be compared with others by the same constants only: each fit has its
        own E.

    Raises:
        ScaleError: None or more than one of the three is given, or one is not positive; no such approach or constants;
            constants with an approach that has none.

    Example:

    >>> print(compute_optimal(flops=5.76e23))
    5.76e23 FLOP: 67.92 B parameters on 1.413 T tokens (20.8 each)
    >>> print(compute_optimal(flops=5.76e23, constants="refit"))
    5.76e23 FLOP: 72.25 B parameters on 1.329 T tokens (18.4 each), loss 1.973 nats per token

    References:
        Hoffmann et al. (2022), Training compute-optimal large language models, arXiv 2203.15556.
        Besiroglu et al. (2024), Chinchilla scaling: a replication attempt, arXiv 2404.10102.
    """
    brought = {"flops": flops, "parameters": parameters, "tokens": tokens}
    named = [name for name, value in brought.items() if value is not None]
    if len(named) != 1:
        received = ", ".join(f"{name}={brought[name]!r}" for name in named) or "none of them"
        raise ScaleError(f"One of `flops`, `parameters` and `tokens` must be given. Received: {received}")
    if approach is None:
        approach = 1 if constants is None else 3
    if approach not in TABLES:
        raise ScaleError(f"`approach` must be 1, 2 or 3. Received: approach={approach!r}")
    unit = {"flops": "FLOP", "parameters": "parameters", "tokens": "tokens"}[named[0]]
    known = positive(named[0], brought[named[0]], unit, "given")
    if constants is None and approach == 3:
        constants = "unrounded"
    law = None if constants is None else _constants(constants)  # so that wrong ones are said
    if law and approach != 3:
        raise ScaleError(
            f"`constants` are those of approach 3: approach {approach} has no law of loss. "
            f"Received: approach={approach}, constants={constants!r}"
        )
    try:
        found = _from_loss(named[0], known, law) if law else _from_table(named[0], known, approach)
    except OverflowError as error:
        raise ScaleError(f"`{named[0]}` is too large to compute with. Received: {named[0]}={known.exact!r}") from error
    compute, size, data = found
    loss = expected_loss(size, data, constants) if law else None
    return Optimum(compute, size, data, loss, approach, constants or "")


def expected_loss(parameters, tokens, constants="unrounded"):
    """The loss that a model of this size reaches after this many tokens, in nats per token (row L6).

    The law was fitted to models of 70 M to 16 B parameters on one collection of text; elsewhere its shape holds better
    than its numbers. Compare losses by the same constants only: each fit has its own E, so what lies between two of
    them is the fits', not the models'.

    Args:
        parameters: number of parameters N.
        tokens: number of tokens D, each read once.
        constants: `"unrounded"`, `"rounded"` or `"refit"`, as in `compute_optimal`.

    Returns:
        A `Quantity` in nats per token.

    Raises:
        ScaleError: A number is not positive, or there are no such constants.

    Example:

    >>> round(expected_loss(70e9, 1.4e12), 2)
    1.92

    References:
        Hoffmann et al. (2022), arXiv 2203.15556, equation 10.
    """
    size, data = positive("parameters", parameters, "parameters"), positive("tokens", tokens, "tokens")
    law = _constants(constants)
    return derive("expected loss", "nats/token", "E + A/N^α + B/D^β", N=size, D=data, note=NOTES[constants], **law)


def _constants(constants):
    if constants not in CONSTANTS:
        raise ScaleError(
            f"No constants are called {constants!r}. {near(str(constants), list(CONSTANTS))}Known: "
            f"{', '.join(CONSTANTS)}. Received: constants={constants!r}"
        )
    values, source = CONSTANTS[constants]
    return {symbol: given(value, "", source) for symbol, value in values.items()}


def _from_loss(kind, known, law):
    """C, N and D where the law of loss is least."""
    powers = {symbol: law[symbol] for symbol in "αβ"}
    scale = derive("scale", "", "(α·A/(β·B))^(1/(α + β))", A=law["A"], B=law["B"], **powers)
    compute = known
    if kind == "parameters":
        compute = derive("compute", "FLOP", "6·(N/G)^((α + β)/β)", N=known, G=scale, **powers)
    if kind == "tokens":
        compute = derive("compute", "FLOP", "6·(D·G)^((α + β)/α)", D=known, G=scale, **powers)
    size = known
    if kind != "parameters":
        size = derive("best size", "parameters", "G·(C/6)^(β/(α + β))", G=scale, C=compute, **powers)
    return compute, size, known if kind == "tokens" else _data(compute, size)


def _from_table(kind, known, approach):
    """C, N and D on the line through a table."""
    power, factor = line(approach)
    fitted = {"a": given(power, "", TABLES[approach]), "k": given(factor, "", TABLES[approach])}
    note = f"k and a: the straight line, in logarithms, through {TABLES[approach]}, without its row of 67 B."
    compute = known
    if kind == "parameters":
        compute = derive("compute", "FLOP", "(N/k)^(1/a)", N=known, note=note, **fitted)
    if kind == "tokens":  # D = C/(6·k·C^a)
        compute = derive("compute", "FLOP", "(6·k·D)^(1/(1 − a))", D=known, note=note, **fitted)
    size = known if kind == "parameters" else derive("best size", "parameters", "k·C^a", C=compute, note=note, **fitted)
    return compute, size, known if kind == "tokens" else _data(compute, size)


def _data(compute, size):
    return derive("tokens to train on", "tokens", "C/(6·N)", C=compute, N=size)


def line(approach):
    """The straight line through a table of the paper, in logarithms: log N = log k + a·log C, by least squares.

    Args:
        approach: 1 or 2.

    Returns:
        a and k.
    """
    points = [row for row in rows(approach) if row.parameters != OFF_THE_LINE]
    x = [math.log(point.flops) for point in points]
    y = [math.log(point.parameters) for point in points]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    products = sum((i - middle_x) * (j - middle_y) for i, j in zip(x, y, strict=True))
    power = products / sum((i - middle_x) ** 2 for i in x)
    return power, math.exp(middle_y - power * middle_x)
