"""How much memory a trace would take, found out before anything large is made."""

import dataclasses
import math

import keras

from kseq.inspection import space
from kseq.inspection.arrays import bytes_needed
from kseq.inspection.capture import Call, capture
from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import is_wanted
from kseq.inspection.positions_in_time import positions_of

MANY = 100_000  # time steps of all examples together: from here on one example is tried first
FEW_STEPS = 37  # of that one, where the model takes any number; no round one, which a layer might make of its own


@dataclasses.dataclass
class Budget:
    """Refuses a trace that would not fit into the memory.

    Args:
        layers, steps, max_bytes: as for `trace`.
    """

    layers: object
    steps: object
    max_bytes: float | None

    def __post_init__(self):
        if self.max_bytes is not None and (not isinstance(self.max_bytes, int | float) or not self.max_bytes > 0):
            raise InspectionError(f"`max_bytes` must be a positive number. Received: max_bytes={self.max_bytes!r}")

    def try_one_example(self, model, inputs):
        """Where there are many examples or steps, finds out with a small piece of the input what all would take.

        Raises:
            InspectionError: the arrays would not fit, or the model itself could not run.
        """
        shapes = [tuple(getattr(x, "shape", ())) for x in keras.tree.flatten(inputs)]
        if not all(shapes) or not all(isinstance(n, int) for shape in shapes for n in shape):
            return
        batch, steps = (*shapes[0], 1)[:2]
        if max(math.prod(shape[:2]) for shape in shapes) < MANY:
            return
        try:
            rows = self._rows(model, inputs, batch, FEW_STEPS) if _any_length(model, inputs, steps) else []
            if rows and all(row.of_length(FEW_STEPS) for row in rows):  # they keep the number of steps
                rows = [row.with_length(steps) for row in rows]
            else:
                rows = self._rows(model, inputs, batch)
        except InspectionError:
            return  # what is wrong will show again, or the model takes nothing but whole batches
        self._compare(rows, sum(row.bytes_to_run for row in rows))

    def _rows(self, model, inputs, batch, steps=None):
        """The sizes for `batch` examples, as the first one shows them."""
        piece = keras.tree.map_structure(lambda x: x[:1] if steps is None else x[:1, :steps], inputs)
        return [_row(call, batch) for call in capture(model, piece, self.layers)[1]]

    def check(self, calls):
        """Refuses, before anything is copied, what would not fit."""
        self._compare([_row(call) for call in calls])

    def _compare(self, rows, to_run=0):
        sizes, one_step = {}, 0
        for row in rows:
            positions = positions_of(self.steps, row.length, row.name)
            number = row.length if positions is None else len(positions)
            for name, size, one in zip(row.entries, row.sizes(number), row.sizes(1), strict=True):
                if is_wanted(name, self.layers):
                    sizes[name] = size
                    one_step += one
        total, free, readable = sum(sizes.values()), space.free_bytes(), space.readable
        allowed = space.SHARE * free if self.max_bytes is None else self.max_bytes
        if total > allowed:
            each = ", ".join(f"{name} {readable(size)}" for name, size in list(sizes.items())[:6])
            limit = "half of the free memory" if self.max_bytes is None else f"max_bytes={self.max_bytes}"
            few = max(1, int(allowed // max(1, one_step)))
            smallest = min(sizes, key=sizes.get)
            raise InspectionError(
                f"This trace would take {readable(total)} ({each}), more than the {readable(allowed)} allowed "
                f"({limit}). Choose less: layers={smallest!r}, steps=range({few}), or fewer than {rows[0].batch} "
                "examples; `max_bytes` allows more"
            )
        if to_run > free:
            raise InspectionError(
                f"This trace would take {readable(total)}, but to run the model at once on {rows[0].batch} examples "
                f"takes {readable(to_run)} at least, more than the {readable(free)} that are free. Give fewer examples"
            )


@dataclasses.dataclass
class _Row:
    """The sizes of one call of one recurrent layer."""

    name: str
    entries: tuple
    cells: tuple
    batch: int
    length: int
    features: int
    itemsize: int

    @classmethod
    def of(cls, call, batch):
        length, features = call.sequences.shape[1:3]
        itemsize = 8 if keras.backend.standardize_dtype(call.sequences.dtype) == "float64" else 4
        return cls(call.name, call.entries, call.cells, batch, int(length), int(features), itemsize)

    def sizes(self, number):
        """What the values of each cell take for `number` steps."""
        return [bytes_needed(cell, self.batch, number, self.itemsize) for cell in self.cells]

    def of_length(self, steps):
        """Whether the layer runs over so many steps."""
        return self.length == steps

    def with_length(self, steps):
        """The sizes for another number of steps."""
        return dataclasses.replace(self, length=steps)

    @property
    def bytes_to_run(self):
        """What the layer's input and output take together, whatever else is kept."""
        return self.batch * self.length * (self.features + self.cells[-1].units) * self.itemsize


@dataclasses.dataclass
class _AttentionRow:
    """The sizes of one call of one attention layer; `widths` are those of query, key, value, input and output."""

    name: str
    batch: int
    length: int
    keys: int
    heads: int
    widths: tuple
    itemsize: int

    @classmethod
    def of(cls, call, batch):
        seen = call.seen
        (length, features), output = seen["inputs"].shape[1:], math.prod(call.output.shape[2:])
        # noted after the split into heads, or before it
        widths = tuple(math.prod(seen[name].shape[2:]) for name in ("query", "key", "value"))
        split = len(seen["query"].shape) == 4
        heads = seen["query"].shape[2] if split else getattr(call.layer, "num_heads", 1)
        itemsize = 8 if keras.backend.standardize_dtype(call.output.dtype) == "float64" else 4
        sizes = (batch, int(length), int(seen["keys_from"].shape[1]), int(heads))
        return cls(call.name, *sizes, (*widths, int(features), output), itemsize)

    @property
    def entries(self):
        """Its name, in a tuple."""
        return (self.name,)

    def sizes(self, number):
        """What all arrays take for `number` queries: above all scores, weights and mask for every pair."""
        query, key, value, features, output = self.widths
        pairs = number * self.keys * (2 * self.heads * self.itemsize + 1)
        vectors = number * (2 * query + features + output) + self.keys * (key + value)
        return [self.batch * (pairs + vectors * self.itemsize)]

    def of_length(self, steps):
        """Whether queries and keys both run over so many steps."""
        return self.length == self.keys == steps

    def with_length(self, steps):
        """The sizes for another number of steps."""
        return dataclasses.replace(self, length=steps, keys=steps)

    @property
    def bytes_to_run(self):
        """What the layer's scores, input and output take together."""
        numbers = self.heads * self.length * self.keys + self.length * sum(self.widths[3:])
        return self.batch * numbers * self.itemsize


def _row(call, batch=None):
    if isinstance(call, Call):
        return _Row.of(call, batch or call.sequences.shape[0])
    return _AttentionRow.of(call, batch or call.output.shape[0])


def _any_length(model, inputs, steps):
    """Whether the model takes fewer than the `steps` that it is given."""
    expected = getattr(model, "inputs", None) or []
    shape = tuple(expected[0].shape) if len(expected) == 1 and not keras.tree.is_nested(inputs) else ()
    return len(shape) > 1 and shape[1] is None and steps > FEW_STEPS
