"""How `recurrent-forward` is checked: right answers from `kseq.scratch`, and the mistakes that are recognised."""

from pathlib import Path

import numpy as np

from kseq.assignments.exercises import Assignment, Exercise
from kseq.scratch import Dense, SimpleRNN


def step(X_t, A, W_X, W_A, b_A):
    """One time step, right."""
    (new_A,), _ = SimpleRNN(W_X, W_A, b_A).step(X_t, (A,))
    return new_A


def forward(X, W_X, W_A, b_A):
    """The whole sequence, right."""
    return SimpleRNN(W_X, W_A, b_A).forward(X).outputs


def output(A, W_Y, b_Y):
    """The output layer, right."""
    return Dense(W_Y, b_Y, activation="softmax").forward(A).outputs


# --- the hidden calls: sizes differ from each other, and one call comes twice ---


def sizes(rng, count):
    """Different numbers from 2 to 7: no two axes have the same length."""
    return [int(size) for size in rng.permutation(np.arange(2, 8))[:count]]


def weights(rng, d, units):
    """W_X, W_A and b_A, large enough that no term could be left out unseen."""
    shapes = {"W_X": (d, units), "W_A": (units, units), "b_A": (units,)}
    return {name: rng.uniform(0.2, 0.8, shape) * rng.choice([-1, 1], shape) for name, shape in shapes.items()}


def step_calls(rng):
    """Twice the same, the first step of a sequence (A = 0), a batch of one."""
    batch, d, units, other = sizes(rng, 4)
    W = weights(rng, d, units)
    first = {"X_t": rng.normal(size=(batch, d)), "A": rng.uniform(-0.9, 0.9, (batch, units)), **W}
    start = {"X_t": rng.normal(size=(other, d)), "A": np.zeros((other, units)), **W}
    single = {"X_t": rng.normal(size=(1, d)), "A": rng.uniform(-0.9, 0.9, (1, units)), **W}
    return [first, start, first, single]


def forward_calls(rng):
    """Two batches of the same shape, the first one again, then a batch of one and sequences of one step."""
    batch, steps, d, units, other = sizes(rng, 5)
    W = weights(rng, d, units)
    shapes = [(batch, steps, d), (batch, steps, d), None, (1, other, d), (other, 1, d)]
    calls = [None if shape is None else {"X": rng.normal(size=shape), **W} for shape in shapes]
    calls[2] = calls[0]
    return calls


def output_calls(rng):
    """Ordinary scores, scores near 1000 (their exp is infinite), rows far apart, the first again, a batch of one."""
    batch, steps, units, k = sizes(rng, 4)
    W = {"W_Y": rng.normal(size=(units, k)), "b_Y": rng.uniform(0.5, 1.5, k) * rng.choice([-1, 1], k)}
    first = {"A": rng.uniform(-0.9, 0.9, (batch, steps, units)), **W}
    large = {**first, "b_Y": W["b_Y"] + 1000}  # the same for all classes: the probabilities do not change
    # W_Y + 1000 adds 1000·ΣA to all scores of a row, which does not change its probabilities; but one row's are then so
    # much smaller than another's that with the largest score of the whole array taken off, all its exp are 0
    uneven = {**first, "A": first["A"].copy(), "W_Y": W["W_Y"] + 1000}
    uneven["A"][0, 0], uneven["A"][-1, -1] = 0.9, -0.9
    single = {"A": rng.uniform(-0.9, 0.9, (1, steps, units)), **W}
    return [first, large, uneven, first, single]


# --- mistakes: each is computed, and named only where the student's numbers equal it ---

IN_A_STEP = {
    "no recurrence": "the recurrent term A·W_A drops out",
    "no bias": "the bias b_A is missing",
    "no tanh": "the tanh is missing",
    "sigmoid": "a sigmoid stands where tanh is asked for",
    "W_A transposed": "W_A is transposed: `A @ W_A.T` instead of `A @ W_A`",
}
OVER_TIME = {
    "no recurrence": "every step starts from zeros again: the state after one step must go into the next one",
    "kept between calls": "the state is not reset: a call of `forward` starts from where the call before it ended",
    "kept between sequences": "the state is not reset: each sequence of the batch starts where the one before it ended",
    "along the batch": "the loop runs over the batch: `for X_t in X` walks along the first axis; step t is `X[:, t]`",
    "axes swapped": "the axes of the result are (step, batch, unit): use `np.stack(…, axis=1)`",
    "one array": "all steps share one array, which ends up with the last state: collect a new array at every step",
    "last only": "only the last state is returned: collect the states of all steps",
    "before the step": "the state before each step is collected, not the one after it",
    "backward": "the sequence is read from its end to its beginning",
}
IN_THE_OUTPUT = {
    "no bias": "the bias b_Y is missing",
    "no softmax": "the softmax is missing: these are the scores A·W_Y + b_Y",
    "sigmoid": "a sigmoid stands where softmax is asked for",
    "over the batch": "the softmax runs over the batch (axis 0), not over the classes (axis -1)",
    "over the steps": "the softmax runs over the steps (axis 1), not over the classes (axis -1)",
    "over everything": "the softmax divides by the sum of the whole array: sum over axis -1, with `keepdims=True`",
    "largest of all": "the largest score of the whole array is subtracted: in a row of much smaller scores every exp "
    "is then 0, and 0/0 is nan; subtract each row's largest, over axis -1 with `keepdims=True`",
    "overflow": "exp of large scores is infinite: subtract each row's largest score first (softmax stays the same)",
}


def sigmoid(z):
    """σ(z)."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def mistaken_step(X_t, A, W_X, W_A, b_A, made):
    """One step with the mistakes `made`."""
    z = X_t @ W_X
    if "no recurrence" not in made:
        z = z + A @ (W_A.T if "W_A transposed" in made else W_A)
    if "no bias" not in made:
        z = z + b_A
    if "no tanh" in made:
        return z
    return sigmoid(z) if "sigmoid" in made else np.tanh(z)


def mistaken_steps(calls, made):
    """The answers of a mistaken `step`."""
    return [mistaken_step(**call, made=made) for call in calls]


def mistaken_forwards(calls, made):
    """The answers of a mistaken `forward`; its steps may be mistaken too."""
    answers, A = [], None
    for call in calls:
        X, W = call["X"], {name: value for name, value in call.items() if name != "X"}
        if "along the batch" in made:
            X = X.swapaxes(0, 1)
        if "backward" in made:
            X = X[:, ::-1]
        groups = np.split(X, len(X)) if "kept between sequences" in made else [X]
        if A is None or "kept between calls" not in made:
            A = np.zeros((len(groups[0]), len(W["W_A"])))
        try:
            states = []  # of each group: (rows, steps, units)
            for group in groups:
                of_group = []
                for t in range(group.shape[1]):
                    before, A = A, mistaken_step(group[:, t], A, **W, made=made)
                    of_group.append(before if "before the step" in made else A)
                states.append(np.stack(of_group, axis=1))
            answers.append(arranged(np.concatenate(states), made))
        except ValueError:  # a state kept from a call of another shape
            answers.append(None)
    return answers


def arranged(states, made):
    """The states as a mistaken `forward` would return them."""
    if "one array" in made:
        states = np.broadcast_to(states[:, -1:], states.shape)
    if "last only" in made:
        return states[:, -1]
    # `for X_t in X` stacks along the axis it walked along: (batch, step, unit) again.
    swaps = ("along the batch" in made) + ("axes swapped" in made)
    return states.swapaxes(0, 1) if swaps == 1 else states


def mistaken_outputs(calls, made):
    """The answers of a mistaken `output`."""
    axes = {"over the batch": 0, "over the steps": 1, "over everything": None}
    axis = next((axes[name] for name in axes if name in made), -1)
    answers = []
    for call in calls:
        z = call["A"] @ call["W_Y"] + (0 if "no bias" in made else call["b_Y"])
        if "no softmax" in made:
            answers.append(z)
        elif "sigmoid" in made:
            answers.append(sigmoid(z))
        else:
            with np.errstate(all="ignore"):
                taken_from = None if "largest of all" in made else axis
                e = np.exp(z if "overflow" in made else z - z.max(axis=taken_from, keepdims=True))
                answers.append(e / e.sum(axis=axis, keepdims=True))
    return answers


# --- arrays that do not fit together: said only where the shapes leave no doubt ---


def forward_hint(call, shapes):
    """Rows that are steps met rows that are examples."""
    (batch, steps, _), units = call["X"].shape, len(call["W_A"])
    if batch == steps or sorted(shapes) != sorted([(steps, units), (batch, units)]):
        return None
    return (
        f"One of the two has a row for each of the {steps} steps, the other for each of the {batch} examples. X[t] is "
        "the t-th example, all its steps; X[:, t] is the t-th step of all examples. A has a row for each example."
    )


def output_hint(call, shapes):
    """An axis was lost in a sum or maximum."""
    every = (*call["A"].shape[:2], len(call["b_Y"]))
    if len(set(every)) < 3 or sorted(shapes) != [every[:2], every]:
        return None
    return "A sum or maximum over axis -1 loses that axis; with `keepdims=True` it stays, with the length 1."


ASSIGNMENT = Assignment(
    name="recurrent-forward",
    title="The forward pass of a simple recurrent network in NumPy: step, sequence, output (R2)",
    starter=Path(__file__).with_name("starter.py"),
    exercises=(
        Exercise(
            right=step,
            formula="tanh(X_t·W_X + A·W_A + b_A)",
            points=2,
            axes=("batch", "unit"),
            make_calls=step_calls,
            mistakes=IN_A_STEP,
            mistaken=mistaken_steps,
        ),
        Exercise(
            right=forward,
            formula="`step` for one time step after the other, from zeros",
            points=2,
            axes=("batch", "step", "unit"),
            make_calls=forward_calls,
            mistakes={**IN_A_STEP, **OVER_TIME},
            mistaken=mistaken_forwards,
            hint=forward_hint,
        ),
        Exercise(
            right=output,
            formula="softmax(A·W_Y + b_Y)",
            points=1,
            axes=("batch", "step", "class"),
            make_calls=output_calls,
            mistakes=IN_THE_OUTPUT,
            mistaken=mistaken_outputs,
            hint=output_hint,
        ),
    ),
)
