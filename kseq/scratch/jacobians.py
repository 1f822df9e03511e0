"""How far a state reaches: the product of T Jacobians that tends to 0 or ∞, row R9."""

import numpy as np

from kseq.scratch.walking import keep


def state_jacobian(cell, run, t, k, which=None, examples=None):
    """∂state_t/∂state_k = ∂state_t/∂state_{t-1} · … · ∂state_{k+1}/∂state_k.

    It is computed from the left, by sending the S unit vectors back through the steps t, …, k+1.

    Args:
        cell: the cell that made the run.
        run: what `cell.forward` gave.
        t: the later step, from 0, in the order of processing.
        k: the earlier step; -1 is the initial state.
        which: a name or names of state, as in `cell.jacobian`: for an LSTM, `"h"` gives ∂h_t/∂h_k with c_k held fixed
            (the cell states of the steps between them move on with h).
        examples: numbers of the examples to compute it for; `None`: all.

    Returns:
        `(batch, S, S)`, S = units · number of states (of those in `which`): entry [b, i, j] is
        ∂state_t[i] / ∂state_k[j]. A masked step hands its state on, so it is the identity.
    """
    steps = len(run.steps)
    if not -1 <= k <= t < steps:
        raise ValueError(f"t, k: expected -1 <= k <= t < {steps}. Received: t={t}, k={k}")
    chosen = np.arange(len(run.x))[slice(None) if examples is None else np.atleast_1d(examples)]
    d_state = cell.basis(len(chosen))
    for s in range(t, k, -1):
        values = {name: array[chosen] for name, array in run.steps[s].items()}
        d_prev, _ = cell.back_in_time(d_state, values)
        d_state = d_prev if run.mask is None else keep(run.mask[chosen, s], d_prev, d_state)
    return cell.as_matrix(d_state, which)
