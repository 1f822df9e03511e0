"""The embedded Reber grammar: one letter at the beginning decides one at the end."""

import functools

import numpy as np

from kseq.data.synthetic.apart import Different
from kseq.data.synthetic.checks import check_integer
from kseq.data.synthetic.guesses import most_frequent
from kseq.data.synthetic.task import SyntheticTask

LETTERS = "BTPSXVE"
# state -> the letters that may come next, and the state that each leads to; a string ends in state 6 with E
GRAMMAR = {
    0: {"T": 1, "P": 2},
    1: {"S": 1, "X": 3},
    2: {"T": 2, "V": 4},
    3: {"X": 2, "S": 5},
    4: {"P": 3, "V": 5},
    5: {"E": 6},
}
SHORTEST = 5  # BTXSE and BPVVE


def embedded_reber(length=20, size=8192, seed=0, batch_size=32):
    """A long-distance agreement in an artificial language (course rows G1, G3, R11).

    A sentence reads B, then T or P, then a whole string of the Reber grammar, then the *same* T or P again, then E:
    as in "The students who take CS344 at Wellesley College are …" the word after the clause depends on one before
    it. The network reads all up to the end of the inner string and says which letter must come: T or P. The inner
    string has the same letters in it, and says nothing about the answer.

    Args:
        length: number of letters that are read, 7 or more; the letter that decides is the second one.
        size: training examples; validation and test have an eighth of them each.
        seed: fixes all examples.
        batch_size: examples in a batch.

    Returns:
        A `SyntheticTask`. Input, one-hot in the order B, T, P, S, X, V, E, `(batch_size, length, 7)`; target
        `(batch_size, 1)`, 0 for T and 1 for P; a sigmoid; accuracy. All strings of that length are equally likely,
        and none stands in two splits (from 13 letters on there are enough of them).

    References:
        Reber (1967), Implicit learning of artificial grammars; embedded by Cleeremans et al. (1989) and used by
        Hochreiter and Schmidhuber (1997), section 5.1, who ask for every next letter.
    """
    check_integer("length", length, SHORTEST + 2, "B, the letter that decides, and the shortest inner string")

    def draw(random, count):
        first = random.integers(1, 3, (count, 1))  # T or P
        start = np.full((count, 1), LETTERS.index("B"))
        return (np.concatenate([start, first, inner_strings(random, count, length - 2)], axis=1),)

    def readable(letters):
        texts = ["".join(LETTERS[i] for i in row) for row in letters]
        return {"letters": texts, "target": [text[1] for text in texts]}

    return SyntheticTask(
        "embedded Reber grammar",
        about=f"After {length} letters: which one must follow, T or P? It is the one that stood second.",
        draw=draw,
        encode=lambda letters: (
            np.eye(len(LETTERS), dtype="float32")[letters],
            (letters[:, 1:2] == LETTERS.index("P")).astype("int32"),
        ),
        readable=readable,
        guesses={"more frequent letter": most_frequent(1)},
        output=(1, "sigmoid"),
        loss="binary_crossentropy",
        metric="accuracy",
        solved=0.95,
        reason="far above 0.5, which is all that the inner string tells",
        length=length,
        size=size,
        seed=seed,
        batch_size=batch_size,
        # B, the letter that decides and the B of the inner string are followed by all ways to its end
        different=Different("length", length, lambda length: 2 * endings(0, length - 3)),
    )


def inner_strings(random, count, length):
    """Strings of the Reber grammar with exactly `length` letters, all equally likely, `(count, length)`."""
    letters, states = np.zeros((count, length), int), np.zeros(count, int)
    for position in range(1, length):
        left = length - position - 1  # letters still to come after this one
        for state in np.unique(states):
            rows = np.flatnonzero(states == state)
            ways = {letter: endings(after, left) for letter, after in GRAMMAR[state].items()}
            total = sum(ways.values())
            options = list(ways)
            # exact integers may have hundreds of digits, so they are divided before they become floats
            chosen = random.choice(len(options), size=len(rows), p=[ways[o] / total for o in options])
            letters[rows, position] = np.array([LETTERS.index(o) for o in options])[chosen]
            after = np.array([GRAMMAR[state][o] for o in options])[chosen]
            # `states` changes only for rows that are done with this position
            states[rows] = after + len(GRAMMAR) + 1
        states -= len(GRAMMAR) + 1
    return letters


@functools.cache
def _counts(left):
    """For every state the number of ways to reach the end in exactly `left` more letters."""
    if left == 0:
        return (0, 0, 0, 0, 0, 0, 1)
    before = _counts(left - 1)
    return (*(sum(before[after] for after in GRAMMAR[state].values()) for state in GRAMMAR), 0)


def endings(state, left):
    """The number of ways to end a string from `state` in exactly `left` more letters."""
    for fewer in range(0, left, 100):  # so that a long string does not recurse deeply
        _counts(fewer)
    return _counts(left)[state]
