"""Walking through time, forward (rows R1, R2) and back (R7, R8): the same for every cell.

A cell brings four things, each in its own file with the equations above the lines: `step`, one time step forward;
`back_in_time`, the same step backward; `back_to_weights`, from there to the weights; and `parameters`.
"""

import numpy as np

from kseq.scratch.checks import as_mask, came, check_shape
from kseq.scratch.runs import Back, Run
from kseq.scratch.walking import Rows, add, keep, seen, sweeps


class Recurrent:
    """What `SimpleRNN`, `LSTM` and `GRU` share. Computes in the dtype of its weights.

    `.parameters` is a dict name -> array. They are the cell's own arrays: an optimizer changes them in place.
    """

    state_names = ("h",)
    blocks = 1  # how many pre-activations stand side by side in W and U

    @property
    def d(self):
        """Number of features of x_t."""
        return self.input_weights.shape[0]

    @property
    def units(self):
        """Number of units of the state."""
        return self.input_weights.shape[1] // self.blocks

    @property
    def dtype(self):
        return self.input_weights.dtype

    def __repr__(self):
        return f"{type(self).__name__}(d={self.d}, units={self.units}, {self.dtype})"

    def initial_state(self, batch_size):
        """h_0 = 0: one array `(batch_size, units)` per name of state."""
        return tuple(np.zeros((batch_size, self.units), self.dtype) for _ in self.state_names)

    def project(self, x):
        """x W + b, the part of a step that does not depend on the state: `(…, d)` -> `(…, blocks·units)`."""
        xW = x @ self.input_weights
        if self.input_bias is not None:
            xW += self.input_bias
        return xW

    def split(self, a):
        """The blocks of `units` columns in `(…, blocks·units)`."""
        u = self.units
        return [a[..., n * u : (n + 1) * u] for n in range(self.blocks)]

    def prepare(self, x_t, state):
        """Checks the two arguments of a single `step`; returns x_t W + b and the state."""
        x_t = np.asarray(x_t, self.dtype)
        check_shape(x_t, "x_t", ("batch", self.d))
        return self.project(x_t), self.as_state(state, len(x_t))

    def as_state(self, state, batch, argument="state"):
        """A tuple of arrays `(batch, units)`. A single array will do for a cell with one state; `None` means zeros."""
        if state is None:
            return self.initial_state(batch)
        zeros = self.initial_state(batch)
        parts = (state,) if isinstance(state, np.ndarray) and state.ndim < 3 else state
        if not hasattr(parts, "__len__") or len(parts) != len(zeros):
            arrays = "one array" if len(zeros) == 1 else f"{len(zeros)} arrays"
            expected = f"{arrays}, {' and '.join(self.state_names)}, of the shape {zeros[0].shape}"
            raise ValueError(f"{argument}: expected {expected}. Received: {came(state, argument)}")
        state = tuple(z if s is None else np.asarray(s, self.dtype) for s, z in zip(parts, zeros, strict=True))
        for s in state:
            check_shape(s, argument, (batch, self.units))
        return state

    def step(self, x_t, state, xW=None):
        """One time step forward, the definition of the cell: each cell has its own.

        Args:
            x_t: `(batch, d)`.
            state: one array `(batch, units)` per name of state.
            xW: x_t W + b where it is known already, `(batch, blocks·units)`; the pre-activations overwrite it.

        Returns:
            The next state, and a dict with every value on the way.
        """
        raise NotImplementedError

    def step_back(self, d_state, values):
        """One time step backward: the chain rule through `step`.

        Args:
            d_state: ∂L/∂state_t, one array `(batch, units)` per name of state.
            values: what `step` gave.

        Returns:
            ∂L/∂state_{t-1}, ∂L/∂x_t `(batch, d)`, and a dict ∂L/∂θ named like `.parameters`.
        """
        d_state_prev, d_a = self.back_in_time(self.as_state(d_state, len(values["x"]), "d_state"), values)
        d_x_t, gradients = self.back_to_weights(d_a, values)
        return d_state_prev, d_x_t, gradients

    def forward(self, x, state=None, mask=None, go_backwards=False):
        """Walks through time: `state = step(x_t, state)` for each t.

        Args:
            x: `(batch, steps, d)`.
            state: the state to start from; zeros if `None`.
            mask: `(batch, steps)`, True for the steps that count. At any other the state stays, and the output is the
                one before (0 before the first step that counts).
            go_backwards: read x from its end. The results are in the order of processing.

        Returns:
            A `Run`.
        """
        x = np.asarray(x, self.dtype)
        check_shape(x, "x", ("batch", "steps", self.d))
        batch, steps, _ = x.shape
        if not steps:
            raise ValueError(f"x: expected at least one step. Received: x.shape={x.shape}")
        mask = as_mask(mask, (batch, steps))
        state = initial_state = self.as_state(state, batch)
        if go_backwards:
            x, mask = x[:, ::-1], None if mask is None else mask[:, ::-1]

        # x W + b for all steps in one product: (steps, batch, blocks·units)
        in_time = np.ascontiguousarray(x.swapaxes(0, 1))
        xW = self.project(in_time.reshape(steps * batch, -1)).reshape(steps, batch, -1)

        outputs = np.empty((batch, steps, self.units), self.dtype)
        values, states = [], []
        for t in range(steps):
            new_state, values_t = self.step(in_time[t], state, xW[t])
            state = new_state if mask is None else keep(mask[:, t], new_state, state)
            outputs[:, t] = state[0]
            values.append(values_t)
            states.append(state)
        if mask is not None:
            outputs[~seen(mask)] = 0
        return Run(outputs, state, values, states, initial_state, x, mask, go_backwards, self.state_names)

    def backward(self, run, d_outputs=None, d_state=None, tau=None, *, d_last=None, states_only=False):
        """Backpropagation through time: from the outputs' gradients to those of weights, inputs and states (row R7).

        Args:
            run: what `forward` gave.
            d_outputs: ∂L/∂outputs, `(batch, steps, units)` in the order of processing.
            d_state: ∂L/∂(last state), one array `(batch, units)` or `None` per name of state.
            tau: truncation (row R8): what the loss says at step t goes back through the τ steps t, …, t-τ+1 and no
                further. `None`: all the way. Takes up to τ times as long.
            d_last: ∂L/∂`run.last`, `(batch, units)`, where only the last output is used.
            states_only: leave out `gradients` and `d_x`.

        Returns:
            A `Back`. Gradients are summed over the batch: divide in the loss if you mean the mean.
        """
        batch, steps, _ = run.outputs.shape
        d_own = self._own(run, d_outputs, d_last)  # ∂L/∂h_t from the output of step t alone
        zero = self.initial_state(batch)
        d_final = self.as_state(d_state, batch, "d_state")
        total = {name: np.zeros(run.outputs.shape, self.dtype) for name in self.state_names}
        d_pre_activations = [None] * steps
        d_initial = zero
        for end, tau_end, alone in sweeps(steps, tau):
            d_now = d_final if end == steps - 1 else zero
            if alone and not any(np.any(d) for d in (d_own[:, end], *d_now)):
                continue
            for t in range(end, tau_end, -1):
                # ∂L/∂h_t = what came back from step t+1, and what output t says
                if t == end or not alone:
                    d_now = (d_now[0] + d_own[:, t], *d_now[1:])
                for name, d in zip(self.state_names, d_now, strict=True):
                    total[name][:, t] += d
                d_prev, d_a = self.back_in_time(d_now, run.steps[t])
                if run.mask is not None:  # nothing happened at a masked step: the gradient passes it by
                    d_prev = keep(run.mask[:, t], d_prev, d_now)
                    d_a = {name: np.where(run.mask[:, t, None], d, 0) for name, d in d_a.items()}
                d_now = d_prev
                d_pre_activations[t] = add(d_pre_activations[t], d_a)
            if tau_end == -1:
                d_initial = tuple(d + new for d, new in zip(d_initial, d_now, strict=True))
        back = Back({}, None, d_initial, total)
        if not states_only:
            self._to_weights(run, d_pre_activations, back)
        return back

    def _own(self, run, d_outputs, d_last):
        d_own = np.zeros(run.outputs.shape, self.dtype)
        for argument, d, part in (("d_outputs", d_outputs, np.s_[:]), ("d_last", d_last, np.s_[:, -1])):
            if d is not None:
                d = np.asarray(d, self.dtype)
                check_shape(d, argument, d_own[part].shape)
                d_own[part] += d
        if run.mask is not None:  # an output before the first step that counts is 0, whatever the state
            d_own[~seen(run.mask)] = 0
        return d_own

    def _to_weights(self, run, d_pre_activations, back):
        """Σ_t: all steps of all examples are rows of one product (a step that no gradient reached gives 0)."""
        batch, steps, _ = run.outputs.shape
        known = next((d for d in d_pre_activations if d is not None), None)
        if known is None:
            known = self.back_in_time(self.initial_state(batch), run.steps[0])[1]
        nothing = {name: np.zeros_like(d) for name, d in known.items()}
        d_a = [nothing if d is None else d for d in d_pre_activations]
        rows = {name: np.concatenate([d[name] for d in d_a]) for name in nothing}
        d_x, back.gradients = self.back_to_weights(rows, Rows(run.steps))
        d_x = d_x.reshape(steps, batch, -1).swapaxes(0, 1)
        back.d_x = d_x[:, ::-1] if run.go_backwards else d_x

    def jacobian(self, values, which=None):
        """∂state_t/∂state_{t-1} of one step: how much each unit before moves each unit after (row R9).

        Args:
            values: what `step` gave.
            which: a name or names of state to leave out the others: for an LSTM, `"h"` gives ∂h_t/∂h_{t-1}
                with c_{t-1} held fixed, though c_{t-1} has come from the same steps as h_{t-1}.

        Returns:
            `(batch, S, S)`, S = units · number of states: entry [b, i, j] is ∂state_t[i] / ∂state_{t-1}[j].
        """
        basis = self.basis(len(values["x"]))
        return self.as_matrix(self.back_in_time(basis, values)[0], which)

    def basis(self, batch):
        """The S unit vectors as `d_state`, arrays `(S, batch, units)`: the i-th asks for ∂state_t[i]."""
        S = self.units * len(self.state_names)
        ones = np.repeat(np.eye(S, dtype=self.dtype)[:, None], batch, axis=1)  # (S, batch, S)
        return tuple(np.split(ones, len(self.state_names), axis=-1))

    def as_matrix(self, d_state, which=None):
        """Arrays `(S, batch, units)` put together as `(batch, S, S)`, rows and columns of the states in `which`."""
        names = self.state_names if which is None else (which,) if isinstance(which, str) else tuple(which)
        if not names or not set(names) <= set(self.state_names):
            raise ValueError(f"which: expected names among {', '.join(self.state_names)}. Received: which={which!r}")
        matrix = np.concatenate(d_state, axis=-1).swapaxes(0, 1)
        u = self.units
        kept = np.concatenate([np.arange(u) + u * self.state_names.index(name) for name in names])
        return matrix[:, kept[:, None], kept]
