"""`LayerTable`: what each layer of a model costs, one row for each call of a layer, and the sums.

`kseq.inspection.describe` makes it from a Keras model; it is plain numbers and knows nothing of Keras.
"""

import keyword
import re
import textwrap
from dataclasses import dataclass

from kseq.scale.formulas import FUNCTIONS, names
from kseq.scale.notebooks import pretty
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.units import in_letters, significant

RESERVED = (*FUNCTIONS, "name", "unit", "formula", "source", "note")  # in a formula, and in `derive`
WIDTHS = (34, 20)  # of the columns of names and kinds in a printed table, at most
BACKWARD = (
    "Backwards there is one product for the gradient of the weights and one for that of the inputs; what multiplies "
    "the data (F_data) needs none of its inputs, so it costs twice, not three times, its forward pass."
)
SYMBOLS = {  # of the formulas of FLOPs, as far as they are printed
    "T": "steps",
    "T_d": "steps",
    "S": "steps that are looked at",
    "m": "numbers that come in",
    "n": "numbers that come out",
    "h": "units",
    "U": "units",
    "d": "width",
    "e": "width of what is looked at",
    "f": "filters, or width of the keys' input",
    "H": "heads",
    "G": "heads of keys and values",
    "k": "width of a head",
    "v": "width of a head's values",
    "V": "vocabulary",
    "K": "steps or pixels under the kernel",
    "c": "channels",
    "F": "FLOPs of what is inside",
}


@dataclass(frozen=True)
class LayerCost:
    """One call of one layer.

    Attributes:
        name: where the layer is: `"lstm"`, `"encoder_1/self_attention"`; `"table#2"` at the second call.
        kind: its class, `"LSTM"`.
        parameters: how many; 0 at the second call, for they are the same.
        flops: of its matrix products in a forward pass over one example: 2 for each multiplication and addition.
        activations: values that it writes for one example and that the backward pass reads again.
        formula: of the FLOPs, in the symbols of the course; empty where there is no matrix product.
        data_flops: those of `flops` that multiply weights by data, which needs no gradient.
        frozen: how many of its parameters are not trained.
    """

    name: str
    kind: str
    parameters: int
    flops: float = 0
    activations: int = 0
    formula: str = ""
    data_flops: float = 0
    frozen: int = 0


@dataclass(frozen=True)
class LayerTable:
    """The layers of a model and what they cost; `print` shows it.

    It goes wherever `kseq.scale` takes a `config`: `parameters(table)`, `memory(table)`, `flops_per_token(table)`.

    Attributes:
        name: of the model.
        rows: tuple of `LayerCost`, in the order in which the layers run.
        batch_size: examples in a step of training.
        length: steps of the sequence, or `None` for a model that reads none.
        notes: tuple of sentences on what could not be counted and on what was assumed.

    Example:

    >>> table = LayerTable("one", (LayerCost("dense", "Dense", 20, 32, 4, "2·m·n", data_flops=32),), batch_size=8)
    >>> table.parameters, table.flops, table.step_flops
    (20, 32, 512)
    """

    name: str
    rows: tuple
    batch_size: int = 1
    length: int | None = None
    notes: tuple = ()

    @property
    def parameters(self):
        """All parameters, as a `Quantity`: the sum over the kinds of layers."""
        return _sum("parameters", "parameters", self.parameter_parts().items())

    def parameter_parts(self):
        """Parameters of each kind of layer: dictionary of kind -> `Quantity`."""
        return self._by_kind("parameters", "parameters")

    @property
    def trainable(self):
        """Parameters that are trained, as a `Quantity`."""
        frozen = given(sum(row.frozen for row in self.rows), "parameters", name="parameters that are not trained")
        return derive("trained parameters", "parameters", "N − F", N=self.parameters, F=frozen)

    @property
    def flops(self):
        """FLOPs of the matrix products of a forward pass over one example, as a `Quantity`."""
        return _sum("FLOPs of a forward pass over one example", "FLOP", self._by_kind("flops", "FLOP").items())

    @property
    def training_flops(self):
        """FLOPs of forward and backward pass for one example: 3·F − F_data, three times the forward pass but for the
        first layer.

        Why not three times: a layer's backward pass has one product for the gradient of its weights and one for that of
        its inputs. The inputs of the first layer are data, of which nobody needs the gradient: two times are enough.
        """
        first = given(sum(row.data_flops for row in self.rows), "FLOP", name="products of weights and data")
        return derive(
            "FLOPs of forward and backward pass of one example", "FLOP", "3·F − F_data",
            F=self.flops, F_data=first, note=BACKWARD,
        )  # fmt: skip

    @property
    def step_flops(self):
        """FLOPs of the matrix products of one step of training with `batch_size` examples, as a `Quantity`."""
        return derive("FLOPs of a step of training", "FLOP", "B·C", B=self.batch_size, C=self.training_flops)

    @property
    def flops_per_token(self):
        """FLOPs of a forward pass for each step of the sequence, as a `Quantity`; of a model without one, for each
        example."""
        steps = given(self.length or 1, "tokens", name="steps of an example")
        return derive("FLOPs of a forward pass for each step", "FLOP/token", "F/T", F=self.flops, T=steps)

    @property
    def activations(self):
        """Values that the backward pass reads again, for one example, as a `Quantity` (values, not bytes)."""
        return _sum("values kept for one example", "", self._by_kind("activations", "").items())

    def _by_kind(self, field, unit):
        kinds = {}
        for row in self.rows:
            if value := getattr(row, field):
                kinds.setdefault(row.kind, []).append((row.name, given(value, unit)))
        return {
            kind: rows[0][1] if len(rows) == 1 else _sum(f"{field} of {kind}", unit, rows)
            for kind, rows in kinds.items()
        }

    @property
    def legend(self):
        """What the symbols in the formulas of the rows mean, in one line; empty where there are none."""
        used = {re.sub(r"\d+$", "", name) for row in self.rows for name in names(row.formula)}
        shown = ", ".join(f"{symbol} {meaning}" for symbol, meaning in SYMBOLS.items() if symbol in used)
        return f"In the formulas: {shown}." if shown else ""

    def as_dict(self):
        """Rows and sums as JSON has them."""
        fields = ("name", "kind", "parameters", "flops", "activations", "formula")
        return {
            "name": self.name,
            "batch_size": self.batch_size,
            "length": self.length,
            "parameters": self.parameters.exact,
            "flops": self.flops.exact,
            "training_flops": self.training_flops.exact,
            "activations": self.activations.exact,
            "layers": [
                {field: _plain(getattr(row, field)) for field in fields}
                for row in self.rows
            ],
            "notes": list(self.notes),
        }  # fmt: skip

    _repr_pretty_ = pretty

    def __str__(self):
        head = ("layer", "kind", "parameters", "FLOPs", "values kept", "FLOPs of one example")
        lines = [_cells(row) for row in self.rows]
        sums = ("sum", "", f"{self.parameters:,}", significant(self.flops), significant(self.activations), "")
        widths = [max(len(line[n]) for line in (head, *lines, sums)) for n in range(5)]

        def written(line):
            left = (line[n].ljust(widths[n]) for n in range(2))
            right = (line[n].rjust(widths[n]) for n in range(2, 5))
            return "  ".join((*left, *right, line[5])).rstrip()

        rule = "─" * max(len(written(line)) for line in (head, *lines, sums))
        steps = f", {self.length} steps" if self.length else ""
        below = [
            f"one example{steps}: {significant(self.flops)} FLOPs forward, {significant(self.training_flops)} with the "
            f"backward pass; {in_letters(self.activations)} values kept",
            *self.notes,
        ]
        if legend := self.legend:
            below.insert(0, textwrap.fill(legend, max(len(rule), 80)))
        return "\n".join(
            [self.name, written(head), rule, *map(written, lines), rule, written(sums), "", *below]
        )  # fmt: skip


def _sum(name, unit, parts):
    """A `Quantity` that adds up parts, a list of `(name, Quantity)`, under names that a formula can have."""
    symbols = {}
    for part, value in parts:
        plain = re.sub(r"\W", "_", part, flags=re.ASCII).strip("_") or "part"
        if plain[0].isdigit() or plain in RESERVED or keyword.iskeyword(plain):
            plain = f"_{plain}"
        symbol, number = plain, 1
        while symbol in symbols:
            number += 1
            symbol = f"{plain}_{number}"
        symbols[symbol] = value
    return derive(name, unit, " + ".join(symbols) or "0", **symbols)


def _plain(value):
    return value.exact if isinstance(value, Quantity) else value


def _cells(row):
    name = row.name if len(row.name) <= WIDTHS[0] else f"…{row.name[1 - WIDTHS[0] :]}"
    numbers = (f"{row.parameters:,}", significant(row.flops), significant(row.activations))
    return (name, row.kind[: WIDTHS[1]], *("" if text == "0" else text for text in numbers), row.formula)
