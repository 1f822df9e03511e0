"""The two loops of a recurrent layer: forwards through time, and backpropagation through time (row R7).

Row R7 says that the gradients of shared weights add up over time:

    ∂L/∂U = Σ_t h_{t-1}ᵀ · ∂L/∂z_t

Summing T small products one by one is slow. Here the backward loop only computes the gradients ∂L/∂z_t at the
pre-activations; they are stacked, and the sum becomes one large product. The same holds for the input weights: as
`z = x·W + b` is computed for all steps at once before the loop, its gradient is one product, too.

Both functions are independent of the array library: `scan` comes from the module of the backend and has the
signature of `jax.lax.scan`. T is the number of steps, B the batch size, H the number of units, K the number of
columns of U. Everything is time-major here, (T, B, …).
"""

from keras import ops


def forward(cell, scan, z, params, states, mask, sequences, keep):
    """Runs the cell over all time steps.

    Args:
        cell: one of `kseq.backend.cells`.
        scan: the loop of the backend.
        z: `(T, B, K)`, the input side of the pre-activations.
        params: tuple `(U, …)`, what `cell.step` takes besides `z` and the states.
        states: tuple of the initial states, `(B, H)` each.
        mask: `(T, B, 1)` booleans, or `None`. Where it is False, the states stay as they are.
        sequences: whether the states h of all steps are wanted.
        keep: whether to keep what `backward` needs.

    Returns:
        A tuple `(hs, states, saved)`: `hs` is `(T, B, H)` or `None`, `saved` is a tuple or `None`.
    """

    def body(states, inputs):
        z_t, *mask_t = inputs
        new, saved = cell.step(z_t, states, *params)
        if mask_t:
            new = tuple(ops.where(mask_t[0], n, s) for n, s in zip(new, states, strict=True))
        out = (new[0],) if sequences else ()
        return new, out + ((*states, *saved) if keep else ())

    last, stacked = scan(body, states, (z,) if mask is None else (z, mask))
    hs = stacked[0] if sequences else None
    return hs, last, stacked[1 if sequences else 0 :] if keep else None


def backward(cell, scan, params, mask, saved, d_hs, d_states):
    """Backpropagation through time: the reverse loop, then one product for U.

    Args:
        cell: one of `kseq.backend.cells`.
        scan: the loop of the backend.
        params: tuple `(U, …)` as in `forward`.
        mask: `(T, B, 1)` booleans, or `None`.
        saved: what `forward` kept.
        d_hs: `(T, B, H)`, gradients at the states h of all steps, or `None`.
        d_states: tuple of gradients at the final states.

    Returns:
        A tuple `(dz, d_params, d_states)` of the gradients at `z`, at `params` and at the initial states.
    """
    n_states = len(d_states)
    U_T = ops.transpose(params[0])
    one_side = len(params) == 1  # then the gradient at x·W equals the gradient at h·U

    def body(d_states, inputs):
        d_h, mask_t, (*saved_t,) = inputs
        if d_h is not None:
            d_states = (d_states[0] + d_h, *d_states[1:])
        d_new, (dz, dzh) = cell.step_back(d_states, saved_t[:n_states], saved_t[n_states:], U_T)
        if mask_t is not None:
            # a masked step hands the gradient on as it is and adds nothing to the weights
            d_new = tuple(ops.where(mask_t, n, d) for n, d in zip(d_new, d_states, strict=True))
            dz = ops.where(mask_t, dz, ops.zeros_like(dz))
            dzh = dz if one_side else ops.where(mask_t, dzh, ops.zeros_like(dzh))
        return d_new, (dz,) if one_side else (dz, dzh)

    d_first, stacked = scan(body, d_states, (d_hs, mask, saved), reverse=True)
    dz, dzh = stacked[0], stacked[-1]  # (T, B, K)

    # ∂L/∂U = Σ_t h_{t-1}ᵀ · ∂L/∂z_t, as one product over the T·B rows
    h = saved[0]  # (T, B, H), the states *before* each step
    rows = ops.reshape(dzh, (-1, params[0].shape[1]))
    d_U = ops.matmul(ops.transpose(ops.reshape(h, (-1, h.shape[-1]))), rows)
    d_params = (d_U,)
    if not one_side:  # the bias inside the GRU's reset gate
        units = h.shape[-1]
        d_params += (ops.sum(rows[:, -units:], axis=0),)
    return dz, d_params, d_first
