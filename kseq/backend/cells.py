"""One time step of each recurrent cell, forwards and backwards: the equations of the course, with `keras.ops`.

`step` computes the states at time t from the states at time t-1 (rows R1, R2, G1, G2). `step_back` turns the
gradients that arrive at the states of time t into the gradients at the states of time t-1 and at the
pre-activations of time t (row R7). Loops over time live elsewhere: `kseq.backend.bptt`.

Two conventions keep both short and fast. Capital letters: B is the batch size, H the number of units.

- All gates come from one product and go through one `tanh`, because σ(x) = ½·tanh(x/2) + ½. The columns that
  belong to a σ-gate are halved once, outside the loop (`half` says which); the gate is then `½·a + ½`.
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
        (dh,) = d_states
        (a,) = saved
        # tanh' = 1 - tanh²
        dz = dh * (1.0 - a * a)
        # ∂h_t/∂h_{t-1}: back through the product with U
        return (ops.matmul(dz, U_T),), (dz, dz)


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
        return (h, c), (a,)

    @staticmethod
    def step_back(d_states, states, saved, U_T):
        dh, dc = d_states
        _, c = states
        (a,) = saved
        a_i, a_f, g, a_o = ops.split(a, 4, axis=-1)
        i, f, o = sigmoid_of_half(a_i), sigmoid_of_half(a_f), sigmoid_of_half(a_o)
        tanh_c = ops.tanh(f * c + i * g)
        # h' = o∘tanh(c'): the gradient reaches c' through tanh, and directly from time t+1
        dc = dc + dh * o * (1.0 - tanh_c * tanh_c)
        # c' = f∘c + i∘g; a σ-gate moves half as much as its a, hence the ½
        da = ops.concatenate([dc * g * 0.5, dc * c * 0.5, dc * i, dh * tanh_c * 0.5], axis=-1)
        dz = da * (1.0 - a * a)
        # along c the gradient is only multiplied by f: no product with U (the additive path)
        return (ops.matmul(dz, U_T), dc * f), (dz, dz)


class GRU:
    """z, r = σ(x W + h U + b), n = tanh(x W + r∘(h U + b')), h' = z∘h + (1-z)∘n: row G2.

    This is the form with `reset_after=True`; z keeps the old state (Keras's convention). The blocks of columns are
    in Keras's order z, r, n.
    """

    half = (0.5, 0.5, 1.0)

    @staticmethod
    def split_bias(bias, half):
        # b' is multiplied by r, so it cannot join z; the recurrent biases of z and r can
        inside, recurrent = bias[0] * half, bias[1] * half
        units = inside.shape[0] // 3
        gates = ops.concatenate([recurrent[: 2 * units], ops.zeros_like(recurrent[2 * units :])], axis=0)
        return inside + gates, (recurrent[2 * units :],)

    @staticmethod
    def step(z, states, U, b_n):
        (h,) = states  # (B, H)
        units = h.shape[-1]
        hU = ops.matmul(h, U)  # (B, 3H)
        a_zr = ops.tanh(z[:, : 2 * units] + hU[:, : 2 * units])
        q = hU[:, 2 * units :] + b_n
        keep, r = sigmoid_of_half(a_zr[:, :units]), sigmoid_of_half(a_zr[:, units:])
        n = ops.tanh(z[:, 2 * units :] + r * q)
        h = n + keep * (h - n)
        return (h,), (a_zr, n, q)

    @staticmethod
    def step_back(d_states, states, saved, U_T):
        (dh,) = d_states
        (h,) = states
        a_zr, n, q = saved
        units = h.shape[-1]
        keep, r = sigmoid_of_half(a_zr[:, :units]), sigmoid_of_half(a_zr[:, units:])
        # h' = z∘h + (1-z)∘n
        d_n = dh * (1.0 - keep) * (1.0 - n * n)
        # n sees r∘q, so r receives q and q receives r
        d_zr = ops.concatenate([dh * (h - n) * 0.5, d_n * q * 0.5], axis=-1) * (1.0 - a_zr * a_zr)
        dz = ops.concatenate([d_zr, d_n], axis=-1)  # at x W
        dzh = ops.concatenate([d_zr, d_n * r], axis=-1)  # at h U
        return (dh * keep + ops.matmul(dzh, U_T),), (dz, dzh)


CELLS = {cell.__name__: cell for cell in (SimpleRNN, LSTM, GRU)}
