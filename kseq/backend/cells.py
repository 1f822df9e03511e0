"""One time step of each recurrent cell, forwards and backwards: the equations of the course, with `keras.ops`.

`step` computes the states at time t from the states at time t-1 (rows R1, R2, G1, G2). `step_back` turns the
gradients that arrive at the states of time t into the gradients at the states of time t-1 and at the
pre-activations of time t (row R7). Loops over time live elsewhere: `kseq.backend.bptt`.

Two conventions keep both short and fast. Capital letters: B is the batch size, H the number of units.

- All gates come from one product and go through one `tanh`, because σ(x) = ½·tanh(x/2) + ½. The columns that
  belong to a σ-gate are halved once, outside the loop (`half` says which); the gate is then `½·a + ½`. Its
  derivative with respect to the halved pre-activation is 2·σ·(1-σ).
- Pre-activations arrive as `z`, which holds everything that does not depend on the state: `x·W + b`.
"""

from keras import ops


def sigmoid_of_half(a):
    """σ(x), given a = tanh(x/2)."""
    return a * 0.5 + 0.5


class SimpleRNN:
    """h_t = tanh(x_t W + h_{t-1} U + b): rows R1 and R2 (there: W_X, W_A, b_A and the state A)."""

    half = (1.0,)  # one block of columns, no σ-gate

    @staticmethod
    def split_bias(bias, half):
        """The part of the bias that goes into `z`, and what the loop needs besides U."""
        return bias * half, ()

    @staticmethod
    def step(z, states, U):
        (h,) = states  # (B, H)
        a = ops.tanh(z + ops.matmul(h, U))
        return (a,), (a,)

    @staticmethod
    def step_back(d_states, states, saved, U_T):
        (dh,) = d_states  # ∂L/∂h_t
        (a,) = saved
        # tanh' = 1 - tanh²
        dz = dh * (1.0 - a * a)
        # ∂h_t/∂h_{t-1}: back through the product with U
        return (ops.matmul(dz, U_T),), (dz,)


class LSTM:
    """i, f, o = σ(x W + h U + b), g = tanh(x W + h U + b), c' = f∘c + i∘g, h' = o∘tanh(c'): row G1.

    The blocks of columns are in Keras's order i, f, g, o.
    """

    half = (0.5, 0.5, 1.0, 0.5)

    split_bias = SimpleRNN.split_bias

    @staticmethod
    def step(z, states, U):
        h, c = states  # (B, H) each
        a = ops.tanh(z + ops.matmul(h, U))  # (B, 4H)
        a_i, a_f, g, a_o = ops.split(a, 4, axis=-1)
        i, f, o = sigmoid_of_half(a_i), sigmoid_of_half(a_f), sigmoid_of_half(a_o)
        c = f * c + i * g
        h = o * ops.tanh(c)
        return (h, c), (i, f, g, o)

    @staticmethod
    def step_back(d_states, states, saved, U_T):
        dh, dc = d_states
        _, c = states
        i, f, g, o = saved
        tanh_c = ops.tanh(f * c + i * g)
        # h' = o∘tanh(c'): the gradient reaches c' through tanh, and directly from time t+1
        dc = dc + dh * o * (1.0 - tanh_c * tanh_c)
        # c' = f∘c + i∘g, and the derivatives of σ and tanh
        dz_i = dc * g * (2.0 * i * (1.0 - i))
        dz_f = dc * c * (2.0 * f * (1.0 - f))
        dz_g = dc * i * (1.0 - g * g)
        dz_o = dh * tanh_c * (2.0 * o * (1.0 - o))
        dz = ops.concatenate([dz_i, dz_f, dz_g, dz_o], axis=-1)  # (B, 4H)
        # along c the gradient is only multiplied by f: no product with U (the additive path)
        return (ops.matmul(dz, U_T), dc * f), (dz,)


class GRU:
    """z, r = σ(x W + h U + b), n = tanh(x W + r∘(h U + b')), h' = z∘h + (1-z)∘n: row G2.

    This is the form with `reset_after=True`; z keeps the old state (Keras's convention). The blocks of columns are
    in Keras's order z, r, n.
    """

    half = (0.5, 0.5, 1.0)

    @staticmethod
    def split_bias(bias, half):
        return bias[0] * half, (bias[1] * half,)  # b' is multiplied by r, so it cannot join z

    @staticmethod
    def step(x, states, U, b):
        (h,) = states  # (B, H)
        units = h.shape[-1]
        hU = ops.matmul(h, U) + b  # (B, 3H)
        a = ops.tanh(x[:, : 2 * units] + hU[:, : 2 * units])
        z, r = sigmoid_of_half(a[:, :units]), sigmoid_of_half(a[:, units:])
        q = hU[:, 2 * units :]
        n = ops.tanh(x[:, 2 * units :] + r * q)
        h = n + z * (h - n)
        return (h,), (z, r, n, q)

    @staticmethod
    def step_back(d_states, states, saved, U_T):
        (dh,) = d_states
        (h,) = states
        z, r, n, q = saved
        # h' = z∘h + (1-z)∘n, and the derivatives of σ and tanh
        dz_z = dh * (h - n) * (2.0 * z * (1.0 - z))
        dz_n = dh * (1.0 - z) * (1.0 - n * n)
        # n sees r∘q: each of the two receives the other
        dz_r = dz_n * q * (2.0 * r * (1.0 - r))
        dz = ops.concatenate([dz_z, dz_r, dz_n], axis=-1)  # at x W + b
        dzh = ops.concatenate([dz_z, dz_r, dz_n * r], axis=-1)  # at h U + b'
        return (dh * z + ops.matmul(dzh, U_T),), (dz, dzh)


CELLS = {cell.__name__: cell for cell in (SimpleRNN, LSTM, GRU)}
