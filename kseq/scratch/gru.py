"""The GRU cell in both of its forms: row G2, and its way back, row R7."""

import numpy as np

from kseq.scratch.activations import find_activation
from kseq.scratch.checks import as_weights, check_shape
from kseq.scratch.initial import glorot, orthogonal, zeros
from kseq.scratch.recurrent import Recurrent


class GRU(Recurrent):
    """Gated recurrent unit: two gates where the LSTM has three, and no second state.

        z, r = σ(x_t W + b + h_{t-1} U + b′)               reset_after=True, Keras's default
        n    = tanh(x_t W + b + r∘(h_{t-1} U + b′))

        z, r = σ(x_t W + b + h_{t-1} U)                    reset_after=False, the older form: no b′
        n    = tanh(x_t W + b + (r∘h_{t-1}) U)

        h_t  = z∘h_{t-1} + (1 − z)∘n                       both

    z *keeps* the old state (Keras's convention; some papers swap z and 1 − z). The three stand side by side, `units`
    columns each, in Keras's order z, r, n.

    Args:
        W: `(d, 3·units)`; Keras calls it `kernel`.
        U: `(units, 3·units)`; `recurrent_kernel`.
        b: `bias`: `(2, 3·units)` with `reset_after` (b for x, b′ for h), else `(3·units,)`. `None`: no bias.
        activation: in place of tanh, a name from `ACTIVATIONS` or a function.
        recurrent_activation: in place of σ.
        reset_after: whether r is applied after the product with U, or before.
    """

    state_names = ("h",)
    blocks = 3

    def __init__(self, W, U, b=None, activation="tanh", recurrent_activation="sigmoid", reset_after=True):
        self.U = as_weights(U, "U", ("units", "3·units"))
        units = self.U.shape[0]
        check_shape(self.U, "U", (units, 3 * units))
        self.W = as_weights(W, "W", ("d", 3 * units))
        self.b = None if b is None else as_weights(b, "b", (2, 3 * units) if reset_after else (3 * units,))
        self.activation = find_activation(activation)
        self.recurrent_activation = find_activation(recurrent_activation, "recurrent_activation")
        self.reset_after = reset_after

    @classmethod
    def random(cls, d, units, seed=0, dtype="float64", reset_after=True, **options):
        """A cell with random weights as Keras starts them: Glorot, orthogonal, zero bias."""
        b = zeros((2, 3 * units) if reset_after else 3 * units, dtype)
        W, U = glorot((d, 3 * units), seed), orthogonal(units, 3 * units, seed)
        return cls(W.astype(dtype), U.astype(dtype), b, reset_after=reset_after, **options)

    @property
    def parameters(self):
        return {"W": self.W, "U": self.U} | ({} if self.b is None else {"b": self.b})

    @property
    def input_weights(self):
        return self.W

    @property
    def input_bias(self):
        return self.b[0] if self.reset_after and self.b is not None else self.b

    def step(self, x_t, state, xW=None):
        """One time step: `x_t` `(batch, d)` and the state h `(batch, units)` make the next state.

        `values` holds x, h_prev, the pre-activations a `(batch, 3·units)`, z, r, n, h; with `reset_after` also q.
        """
        xW, state = self.prepare(x_t, state) if xW is None else (xW, state)
        (h_prev,) = state
        a = xW
        a_zr, a_n = a[..., : 2 * self.units], a[..., 2 * self.units :]  # columns of z and r, and of n
        values = {"x": x_t, "h_prev": h_prev, "a": a}
        if self.reset_after:
            # h_{t-1} U + b′
            hU = h_prev @ self.U
            if self.b is not None:
                hU += self.b[1]
            # z, r = σ(a), a = x_t W + b + h_{t-1} U + b′          (xW is x_t W + b)
            a_zr += hU[..., : 2 * self.units]
            z, r = self.split(self.recurrent_activation.function(a_zr))[:2]
            # n = tanh(x_t W + b + r∘q), q = h_{t-1} U + b′
            q = values["q"] = hU[..., 2 * self.units :]
            a_n += r * q
        else:
            # z, r = σ(a), a = x_t W + b + h_{t-1} U
            a_zr += h_prev @ self.U[:, : 2 * self.units]
            z, r = self.split(self.recurrent_activation.function(a_zr))[:2]
            # n = tanh(x_t W + b + (r∘h_{t-1}) U)
            a_n += (r * h_prev) @ self.U[:, 2 * self.units :]
        n = self.activation.function(a_n)
        # h_t = z∘h_{t-1} + (1 − z)∘n
        h = z * h_prev + (1 - z) * n
        values |= {"z": z, "r": r, "n": n, "h": h}
        return (h,), values

    def back_in_time(self, d_state, values):
        """From ∂L/∂h_t to ∂L/∂h_{t-1}, both `(…, batch, units)`, and to the pre-activations.

        Their gradients are `(…, batch, 3·units)`: "xW" where x_t W + b enters, "hU" where h_{t-1} U enters.
        """
        (d_h,) = d_state
        h_prev, z, r, n = (values[name] for name in ("h_prev", "z", "r", "n"))
        a_z, a_r, a_n = self.split(values["a"])
        gate_back = self.recurrent_activation.back
        u = self.units
        # h_t = z∘h_{t-1} + (1 − z)∘n:      ∂L/∂z = ∂L/∂h∘(h_{t-1} − n),   ∂L/∂n = ∂L/∂h∘(1 − z)
        d_a_z = gate_back(d_h * (h_prev - n), a_z, z)
        d_a_n = self.activation.back(d_h * (1 - z), a_n, n)
        if self.reset_after:
            # r∘q inside tanh: each of the two receives the other
            d_a_r = gate_back(d_a_n * values["q"], a_r, r)
            d_xW = np.concatenate([d_a_z, d_a_r, d_a_n], axis=-1)
            d_hU = np.concatenate([d_a_z, d_a_r, d_a_n * r], axis=-1)
            # ∂L/∂h_{t-1} = ∂L/∂h_t∘z + ∂L/∂(hU) · Uᵀ
            return (d_h * z + d_hU @ self.U.T,), {"xW": d_xW, "hU": d_hU}
        # (r∘h_{t-1}) U inside tanh: back through U first, then each of the two receives the other
        d_rh = d_a_n @ self.U[:, 2 * u :].T
        d_a_r = gate_back(d_rh * h_prev, a_r, r)
        d_a = np.concatenate([d_a_z, d_a_r, d_a_n], axis=-1)
        # ∂L/∂h_{t-1} = ∂L/∂h_t∘z + ∂L/∂(r∘h)∘r + ∂L/∂[z r] · Uᵀ
        d_h_prev = d_h * z + d_rh * r + d_a[..., : 2 * u] @ self.U[:, : 2 * u].T
        return (d_h_prev,), {"xW": d_a, "hU": d_a}

    def back_to_weights(self, d_a, values):
        """From the pre-activations to ∂L/∂x and ∂L/∂weights. A batch of rows: gradients add up (row R7)."""
        d_xW, d_hU, h_prev = d_a["xW"], d_a["hU"], values["h_prev"]
        # ∂L/∂x = ∂L/∂(xW) · Wᵀ,   ∂L/∂W = Σ xᵀ ∂L/∂(xW)
        d_x = d_xW @ self.W.T
        gradients = {"W": values["x"].T @ d_xW}
        if self.reset_after:
            # ∂L/∂U = Σ h_{t-1}ᵀ ∂L/∂(hU),   ∂L/∂b = Σ ∂L/∂(xW),   ∂L/∂b′ = Σ ∂L/∂(hU)
            gradients["U"] = h_prev.T @ d_hU
            b = np.stack([d_xW.sum(axis=0), d_hU.sum(axis=0)])
        else:
            # z and r have seen h_{t-1}, n has seen r∘h_{t-1}
            gates, candidate = d_hU[:, : 2 * self.units], d_hU[:, 2 * self.units :]
            gradients["U"] = np.concatenate([h_prev.T @ gates, (values["r"] * h_prev).T @ candidate], axis=-1)
            b = d_xW.sum(axis=0)
        if self.b is not None:
            gradients["b"] = b
        return d_x, gradients
