"""Mistakes, written as students write them: each is named, and only where the numbers are really that mistake's."""

import numpy as np
import pytest

from kseq.assignments.judging import recognise
from tests.assignments.conftest import exercise_of, judged

STEPS = {
    "no recurrence": "    return np.tanh(X_t @ W_X + b_A)",
    "no bias": "    return np.tanh(X_t @ W_X + A @ W_A)",
    "no tanh": "    return X_t @ W_X + A @ W_A + b_A",
    "sigmoid": "    return 1 / (1 + np.exp(-(X_t @ W_X + A @ W_A + b_A)))",
    "W_A transposed": "    return np.tanh(X_t @ W_X + A @ W_A.T + b_A)",
}

LOOP = """
    A = np.zeros((X.shape[0], W_A.shape[0]))
    states = []
    for t in range(X.shape[1]):
        {body}
    return np.stack(states, axis={axis})
"""

FORWARDS = {
    "no recurrence": LOOP.format(body="states.append(step(X[:, t], A, W_X, W_A, b_A))", axis=1),
    "no bias": LOOP.format(body="A = np.tanh(X[:, t] @ W_X + A @ W_A); states.append(A)", axis=1),
    "axes swapped": LOOP.format(body="A = step(X[:, t], A, W_X, W_A, b_A); states.append(A)", axis=0),
    "one array": LOOP.format(body="A[:] = step(X[:, t], A, W_X, W_A, b_A); states.append(A)", axis=1),
    "before the step": LOOP.format(body="states.append(A); A = step(X[:, t], A, W_X, W_A, b_A)", axis=1),
    "backward": LOOP.format(body="A = step(X[:, -1 - t], A, W_X, W_A, b_A); states.append(A)", axis=1),
    "last only": """
    A = np.zeros((X.shape[0], W_A.shape[0]))
    for t in range(X.shape[1]):
        A = step(X[:, t], A, W_X, W_A, b_A)
    return A
""",
    "along the batch": """
    A = np.zeros((X.shape[1], W_A.shape[0]))
    states = []
    for X_t in X:
        A = step(X_t, A, W_X, W_A, b_A)
        states.append(A)
    return np.stack(states)
""",
    "kept between sequences": """
    A = np.zeros(W_A.shape[0])
    states = np.zeros((X.shape[0], X.shape[1], W_A.shape[0]))
    for i in range(X.shape[0]):
        for t in range(X.shape[1]):
            A = step(X[i, t], A, W_X, W_A, b_A)
            states[i, t] = A
    return states
""",
    "kept between calls": """
A = None

def forward(X, W_X, W_A, b_A):
    global A
    states = []
    if A is None:
        A = np.zeros((X.shape[0], W_A.shape[0]))
    for t in range(X.shape[1]):
        A = step(X[:, t], A, W_X, W_A, b_A)
        states.append(A)
    return np.stack(states, axis=1)
""",
}

OUTPUTS = {
    "no bias": "    z = A @ W_Y\n    e = np.exp(z - z.max(-1, keepdims=True))\n    return e / e.sum(-1, keepdims=True)",
    "no softmax": "    return A @ W_Y + b_Y",
    "sigmoid": "    return 1 / (1 + np.exp(-(A @ W_Y + b_Y)))",
    "overflow": "    e = np.exp(A @ W_Y + b_Y)\n    return e / e.sum(axis=-1, keepdims=True)",
    "largest of all": "    z = A @ W_Y + b_Y\n    e = np.exp(z - z.max())\n    return e / e.sum(-1, keepdims=True)",
    **{
        name: f"    z = A @ W_Y + b_Y\n    e = np.exp(z - z.max({axis}))\n    return e / e.sum({axis})"
        for name, axis in {
            "over the batch": "axis=0, keepdims=True",
            "over the steps": "axis=1, keepdims=True",
            "over everything": "",
        }.items()
    },
}

WRITTEN = {"step": STEPS, "forward": FORWARDS, "output": OUTPUTS}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("function", "mistake"), [(name, key) for name, bodies in WRITTEN.items() for key in bodies])
def test_a_mistake_is_named(student, function, mistake, seed):
    exercise = exercise_of(function)
    verdict = judged(student(**{function: WRITTEN[function][mistake]}), exercise, seed)
    assert not verdict.passed
    assert verdict.mistakes == (mistake,)
    assert verdict.lines[-1] == f"Your numbers are what comes out when {exercise.mistakes[mistake]}."


@pytest.mark.parametrize(
    ("function", "body", "mistakes"),
    [
        ("step", "    return X_t @ W_X + A @ W_A", {"no tanh", "no bias"}),
        ("step", "    return np.tanh(X_t @ W_X)", {"no recurrence", "no bias"}),
        (
            "output",
            "    z = A @ W_Y\n    e = np.exp(z - z.max())\n    return e / e.sum()",
            {"no bias", "over everything"},
        ),
        (
            "output",
            "    z = A @ W_Y + b_Y\n    e = np.exp(z - z.max())\n    return e / e.sum(axis=0)",
            {"largest of all", "over the batch"},
        ),
        (
            "forward",
            LOOP.format(body="A = np.tanh(X[:, t] @ W_X + A @ W_A); states.append(A)", axis=0),
            {"no bias", "axes swapped"},
        ),
    ],
)
def test_two_mistakes_at_once_are_named(student, function, body, mistakes):
    verdict = judged(student(**{function: body}), exercise_of(function))
    assert set(verdict.mistakes) == mistakes
    assert " and " in verdict.lines[-1]


@pytest.mark.parametrize("function", WRITTEN)
def test_numbers_that_are_near_a_mistake_are_not_named(function):
    exercise = exercise_of(function)
    calls = exercise.make_calls(np.random.default_rng(1))
    for mistake in exercise.mistakes:
        answers = exercise.mistaken(calls, frozenset({mistake}))
        assert recognise(exercise, calls, answers) == (mistake,)
        answers[-1] = None if answers[-1] is None else answers[-1] + 1e-4
        answers[0] = answers[0] + 1e-4
        assert recognise(exercise, calls, answers) == ()


@pytest.mark.parametrize(
    ("function", "body"),
    [
        ("step", "    return np.tanh(0.5 * (X_t @ W_X + A @ W_A + b_A))"),
        ("step", "    return np.tanh(X_t @ W_X + A @ W_A - b_A)"),
        ("step", "    return np.zeros_like(A)"),
        ("forward", LOOP.format(body="A = 0.9 * step(X[:, t], A, W_X, W_A, b_A); states.append(A)", axis=1)),
        ("output", "    return np.ones((*A.shape[:2], b_Y.size)) / b_Y.size"),
    ],
)
def test_what_is_wrong_in_a_way_of_its_own_gets_no_name(student, function, body):
    verdict = judged(student(**{function: body}), exercise_of(function))
    assert (verdict.status, verdict.mistakes) == ("wrong", ())
    assert "The first wrong one, at [batch 0" in verdict.lines[2]


def test_the_first_wrong_number_is_shown_where_it_is(student):
    body = "    new = np.tanh(X_t @ W_X + A @ W_A + b_A)\n    new[1, 0] = 7.25\n    return new"
    lines = judged(student(step=body), exercise_of("step")).lines
    assert "1 of " in lines[1]
    assert "at [batch 1, unit 0]: yours 7.25, expected " in lines[2]


def test_what_is_random_is_found_out(student):
    verdict = judged(student(step="    return np.random.normal(size=A.shape)"), exercise_of("step"))
    assert verdict.lines[-1].startswith("Called twice with the same arguments, it answers differently")


def test_other_right_ways_pass(student):
    file = student(
        step="    z = b_A + np.einsum('...d,du->...u', X_t, W_X) + np.dot(A, W_A)\n"
        "    return 1 - 2 / (np.exp(2 * z) + 1)",
        forward="""def forward(X, W_X, W_A, b_A, *, A=None):
    states = np.empty((*X.shape[:2], len(b_A)))
    for i, sequence in enumerate(X):
        A = np.zeros(len(b_A))
        for t, x in enumerate(sequence):
            A = states[i, t] = step(x, A, W_X, W_A, b_A)
    return states
""",
        output="    z = A @ W_Y + b_Y\n    z = z - z.max(-1, keepdims=True)\n"
        "    return np.exp(z - np.log(np.exp(z).sum(-1, keepdims=True)))",
    )
    for name in WRITTEN:
        verdict = judged(file, exercise_of(name))
        assert verdict.passed, verdict.lines
