"""The forward pass of a recurrent network, in NumPy. Three functions to write, about ten lines in all.

    A_t = tanh(X_t · W_X + A_{t-1} · W_A + b_A)        the state, from A_0 = 0        (`step`, `forward`)
    y_t = softmax(A_t · W_Y + b_Y)                     the output                     (`output`)

Each function says what it gets and what it returns. Replace its `raise NotImplementedError(…)` by your code; keep names
and parameters. `@` is the product of matrices; `*` is not. Two commands show where you stand, as often as you like:

    python recurrent_forward.py     runs the small example at the end
    kseq assignment check           compares your functions with right ones on random numbers

Sizes: `batch` sequences at once, `steps` time steps each, `d` numbers per step, `units` numbers in the state,
`k` classes in the output.
"""
# kseq assignment: recurrent-forward

import numpy as np


def step(X_t, A, W_X, W_A, b_A):
    """One time step: the new state, tanh(X_t · W_X + A · W_A + b_A).

    Args:
        X_t: the input of this step, `(batch, d)`.
        A: the state before this step, `(batch, units)`.
        W_X: `(d, units)`.
        W_A: `(units, units)`.
        b_A: `(units,)`.

    Returns:
        The state after this step, `(batch, units)`: a new array; `A` stays as it is.
    """
    return np.tanh(X_t @ W_X + A @ W_A + b_A)


def forward(X, W_X, W_A, b_A):
    """The whole sequence: `step` for one time step after the other, from a state of zeros.

    Args:
        X: the inputs, `(batch, steps, d)`; `X[:, t]` is the input of step t.
        W_X, W_A, b_A: as in `step`, the same at every step.

    Returns:
        The states after every step, `(batch, steps, units)`.
    """
    A = np.zeros((X.shape[0], W_A.shape[0]))
    states = []
    for t in range(X.shape[1]):
        A = step(X[:, t], A, W_X, W_A, b_A)
        states.append(A)
    return np.stack(states, axis=1)


def output(A, W_Y, b_Y):
    """The probabilities of the classes at every step: softmax(A · W_Y + b_Y).

    softmax(z)_i = exp(z_i) / Σ_j exp(z_j), over the classes. `np.exp(1000)` is infinite, but scores may be that large,
    and those of one row much larger than those of another.

    Args:
        A: the states, `(batch, steps, units)`.
        W_Y: `(units, k)`.
        b_Y: `(k,)`.

    Returns:
        The probabilities, `(batch, steps, k)`; each row of k numbers sums to 1.
    """
    scores = A @ W_Y + b_Y
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


if __name__ == "__main__":
    # One sequence of three steps; only the first input is not 0: what you see at steps 2 and 3 is memory.
    X = np.array([[[1.0], [0.0], [0.0]]])  # (batch 1, steps 3, d 1)
    W_X = np.array([[1.0, 0.5]])  # (d 1, units 2)
    W_A = np.array([[0.5, 0.2], [0.0, -0.5]])  # (units 2, units 2)
    b_A = np.array([0.0, 0.1])  # (units 2,)
    print("step; expected [0.762 0.537]:", step(X[:, 0], np.zeros((1, 2)), W_X, W_A, b_A).round(3), sep="\n")
    A = forward(X, W_X, W_A, b_A)
    print("forward; expected [0.762 0.537] [0.363 -0.016] [0.180 0.179]:", A.round(3), sep="\n")
    W_Y, b_Y = np.array([[1.0, -1.0], [2.0, 0.0]]), np.zeros(2)  # (units 2, k 2), (k 2,)
    print("output; expected [0.931 0.069] [0.667 0.333] [0.672 0.328]:", output(A, W_Y, b_Y).round(3), sep="\n")
