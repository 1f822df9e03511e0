"""What comes back from attention and Transformer blocks: every matrix on the way, by name, forward and backward."""

from dataclasses import dataclass, field

import numpy as np

from kseq.scratch.runs import Back, FlatRun


class ByName:
    """Matrices by name: `run["weights"]`; of a part of a block by its path, `run["self_attention/weights"]`.

    It is read like a dict of `matrices()`: `for name in run`, `run.items()`, `dict(run)`, `len(run)`, `name in run`.
    Only `run.values` is no method: it is the dict of what was computed, in which a part of a block is a run by itself.
    """

    def __getitem__(self, path):
        name, _, rest = path.partition("/") if isinstance(path, str) else (path, "", "")
        value = self.values.get(name)
        if value is None or (rest and not isinstance(value, ByName)):
            raise KeyError(f"no {path!r} in {self.kind}; there are: {', '.join(self.values)}")
        return value[rest] if rest else value

    def __contains__(self, path):
        return path in self.values or path in self.matrices()

    def __iter__(self):
        return iter(self.matrices())

    def __len__(self):
        return len(self.matrices())

    def __bool__(self):
        return True  # a run is something, however many matrices it has

    def keys(self):
        """The paths of all matrices."""
        return self.matrices().keys()

    def items(self):
        """The paths of all matrices, each with its matrix."""
        return self.matrices().items()

    def matrices(self):
        """All of them in one dict, path -> array, in the order in which they were computed."""
        flat = {}
        for name, value in self.values.items():
            inside = value.matrices() if isinstance(value, ByName) else None
            flat |= {name: value} if inside is None else {f"{name}/{n}": a for n, a in inside.items()}
        return flat

    def example(self, n):
        """The matrices of example number n of the batch, without the batch's axis: what a picture wants."""
        return {name: array[0 if len(array) == 1 else n] for name, array in self.matrices().items()}


def table(title, arrays):
    """One line per matrix: its name and its shape."""
    width = max((len(name) for name in arrays), default=0)
    return "\n".join([title, *(f"  {name:<{width}}  {np.shape(array)}" for name, array in arrays.items())])


@dataclass(repr=False)
class MatrixRun(ByName, FlatRun):
    """A forward pass: `.outputs`, and every matrix on the way by name. `print(run)` lists them with their shapes.

    `for name in run` goes over the same names, `run.items()` over the matrices, too.
    """

    kind: str = "MatrixRun"
    """what was run"""
    mask: np.ndarray | None = None
    """`(batch, steps)` booleans, True for the keys that count, where they were given"""

    def __repr__(self):
        return table(self.kind, self.matrices())


@dataclass(repr=False)
class MatrixBack(ByName, Back):
    """A backward pass: `back["weights"]` is ∂L/∂weights, in the shape of `run["weights"]`.

    `.gradients` are those of the parameters, `.d_x` is that of the first input.
    """

    values: dict = field(default_factory=dict)
    """name -> ∂L/∂(the matrix of this name in the run), or the `MatrixBack` of a part"""
    d_inputs: dict = field(default_factory=dict)
    """name -> ∂L/∂(each array that came in), over all the roles that it played: where the query is also key and value,
    `d_inputs["query"]` is the whole of it"""
    kind: str = "MatrixBack"
    """what was run"""

    def __repr__(self):
        inside = {f"∂L/∂{name}": d for name, d in self.matrices().items()}
        weights = {f"∂L/∂{name} (parameter)": d for name, d in self.gradients.items()}
        return table(f"{self.kind}, backward", inside | weights)
