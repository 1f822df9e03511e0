"""What comes back from a walk through time: `Run` from the way forward, `Back` from the way back."""

from dataclasses import dataclass

import numpy as np


def shapes(arrays):
    """`h (2, 3), c (2, 3)` from a dict of arrays: what can be read of arrays in one line."""
    return ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items()) or "none"


@dataclass(repr=False)
class Run:
    """A forward pass of one cell over a batch of sequences, with everything that was computed on the way.

    All of it is in the order of processing: with `go_backwards=True`, step 0 has read the last input.
    """

    outputs: np.ndarray
    """`(batch, steps, units)`: h_t; at a masked step the output before it, 0 before the first step that counts"""
    state: tuple
    """the state after the last step, one array `(batch, units)` per name of state"""
    steps: list
    """one dict per step, name -> array: every intermediate value of `step`"""
    states: list
    """the state after each step, as in `state`; where the mask says so it is the one before"""
    initial_state: tuple
    """the state before step 0"""
    x: np.ndarray
    """`(batch, steps, d)`: the inputs in the order of processing"""
    mask: np.ndarray | None = None
    """`(batch, steps)` booleans in the order of processing, or `None`: every step counts"""
    go_backwards: bool = False
    state_names: tuple = ("h",)

    def __repr__(self):
        state = dict(zip(self.state_names, self.state, strict=True))
        options = ", masked" * (self.mask is not None) + ", go_backwards" * self.go_backwards
        return (
            f"Run({len(self.steps)} steps: {shapes({'x': self.x, 'outputs': self.outputs})}; {shapes(state)}{options})"
        )

    @property
    def last(self):
        """`(batch, units)`: the last output, what a layer without `return_sequences` gives (many-to-one, row S3)."""
        return self.outputs[:, -1]

    def sequence(self, name):
        """One quantity over all steps: `(batch, steps, …)`.

        For the name of a state it is the state as it was carried on; for any other value what each step computed,
        also where the mask then threw it away.
        """
        if name in self.state_names:
            n = self.state_names.index(name)
            return np.stack([state[n] for state in self.states], axis=1)
        return np.stack([values[name] for values in self.steps], axis=1)


@dataclass(repr=False)
class FlatRun:
    """A forward pass of a layer without memory, such as `Dense`."""

    outputs: np.ndarray
    """what the layer gives"""
    values: dict
    """name -> array: what it was computed from"""

    def __repr__(self):
        return f"FlatRun({shapes({'outputs': self.outputs} | self.values)})"


@dataclass(repr=False)
class Back:
    """A backward pass: what a small change of each number would do to the loss L."""

    gradients: dict
    """∂L/∂θ for each parameter θ, summed over examples and steps (row R7); named like `.parameters`"""
    d_x: np.ndarray | None
    """∂L/∂x in the order of the *input*, in the shape of `x`; `None` for word ids, which have no gradient"""
    d_initial_state: tuple = ()
    """∂L/∂state before step 0, one array `(batch, units)` per name of state"""
    d_states: dict | None = None
    """name of state -> `(batch, steps, units)`: the total ∂L/∂h_t, from the step's own output and from everything
    later, in the order of processing. "c" is the LSTM's second state: what changing c_t after step t, with h_t left
    alone, would do."""

    def __repr__(self):
        others = {} if self.d_x is None else {"d_x": self.d_x}
        others |= {f"d_states[{name!r}]": d for name, d in (self.d_states or {}).items()}
        return f"Back(gradients: {shapes(self.gradients)}; {shapes(others)})"
