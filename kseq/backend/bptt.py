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
        A tuple `(hs, states, saved)`: `hs` is `(T, B, H)` or `None`; `saved` is for `backward`, if it was kept.
    """

    def body(carry, inputs):
        states, _ = carry
        z_t, *mask_t = inputs
        new, saved = cell.step(z_t, states, *params)
        if mask_t:
            new = tuple(ops.where(mask_t[0], n, s) for n, s in zip(new, states, strict=True))
        out = (new[0],) if sequences else ()
        return (new, () if keep else saved), out + ((*states, *saved) if keep else ())

    # Nobody reads the gates of the last step. But if they were not returned, XLA would merge all of a step into one
    # loop over the numbers, too long for it to vectorise: three times slower for the GRU.
    gates = () if keep else cell.step(z[0], states, *params)[1]
    (last, gates), stacked = scan(body, (states, gates), (z,) if mask is None else (z, mask))
    hs, *saved = stacked if sequences else (None, *stacked)
    return hs, last, tuple(saved) if keep else gates


def backward(cell, scan, U_T, mask, saved, d_hs, d_states):
    """Backpropagation through time: the loop from the last step to the first.

    Args:
        cell: one of `kseq.backend.cells`.
        scan: the loop of the backend.
        U_T: `(K, H)`, the recurrent weights transposed.
        mask: `(T, B, 1)` booleans, or `None`.
        saved: what `forward` kept.
        d_hs: `(T, B, H)`, gradients at the states h of all steps, or `None`.
        d_states: tuple of gradients at the final states.

    Returns:
        A tuple `(dz, dzh, d_states)`: the gradients at the pre-activations as `x·W` and as `h·U` see them,
        `(T, B, K)` each, and at the initial states. The first two differ only in the GRU; elsewhere they are one.
    """
    n_states = len(d_states)

    def body(d_states, inputs):
        d_h, mask_t, saved_t = inputs
        if d_h is not None:
            d_states = (d_states[0] + d_h, *d_states[1:])
        d_new, dz = cell.step_back(d_states, saved_t[:n_states], saved_t[n_states:], U_T)
        if mask_t is not None:
            # a masked step hands the gradient on as it is and adds nothing to the weights
            d_new = tuple(ops.where(mask_t, n, d) for n, d in zip(d_new, d_states, strict=True))
            dz = tuple(ops.where(mask_t, d, ops.zeros_like(d)) for d in dz)
        return d_new, dz

    d_first, dz = scan(body, d_states, (d_hs, mask, saved), reverse=True)
    return dz[0], dz[-1], d_first


def weight_gradients(params, saved, dzh):
    """The gradients at `params`: ∂L/∂U = Σ_t h_{t-1}ᵀ · ∂L/∂z_t as one product over all T·B rows.

    Args:
        params: tuple `(U, …)` as in `forward`.
        saved: what `forward` kept; first the states h *before* each step, `(T, B, H)`.
        dzh: `(T, B, K)` from `backward`.

    Returns:
        A tuple of gradients, one for each of `params`.
    """
    U, *bias = params
    h = ops.reshape(saved[0], (-1, U.shape[0]))  # (T·B, H)
    rows = ops.reshape(dzh, (-1, U.shape[1]))  # (T·B, K)
    return ops.matmul(ops.transpose(h), rows), *(ops.sum(rows, axis=0) for _ in bias)
