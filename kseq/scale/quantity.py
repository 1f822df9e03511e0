"""`Quantity`: a number that knows its unit, its formula, what went into it, and who published it.

    C = derive("FLOPs of training", "FLOP", "6·N·D", N=parameters("gpt3-175b"), D=given(300e9, "tokens", GPT3))
    print(C.explain())

The formula is evaluated as it is written, so what the board shows is what was computed.
"""

import itertools

from kseq.scale import formulas
from kseq.scale.errors import ScaleError
from kseq.scale.notebooks import pretty
from kseq.scale.units import EXACT_BELOW, show


class Quantity(float):
    """A number with unit, formula, inputs and sources; everything that takes a float takes it, too.

    It comes from `given` or `derive`. Arithmetic on it gives plain floats. A notebook and `print` show it with its
    unit; its `repr` is the number alone. To `json.dumps` it is a float (`124439808.0`): write `.exact`, which is an
    integer where the value is one, or `.as_dict()`, which has unit and derivation, too.

    Attributes:
        name: what it is, in words.
        unit: `"FLOP"`, `"bytes"`, `"seconds"`, …
        formula: how it was computed, in the symbols of `inputs`; empty for what was given.
        inputs: dictionary of symbol -> `Quantity`.
        sources: tuple of texts: paper and table, model card, formula's origin.
        note: what a reader must know, such as where a printed number contradicts its own formula.
        low, high: the ends of the range where an input is one (utilisation, say); else both are the value itself.
    """

    def __new__(cls, value, name="", unit="", *, formula="", inputs=None, sources=(), note="", low=None, high=None):
        """Use `given` and `derive`."""
        self = super().__new__(cls, value)
        self.name, self.unit, self.formula, self.note = name, unit, formula, note
        self.inputs = dict(inputs or {})
        self.sources = (sources,) if isinstance(sources, str) else tuple(sources)
        self.low, self.high = float(value if low is None else low), float(value if high is None else high)
        return self

    def __reduce__(self):
        """Copies and pickles keep the derivation."""
        fields = {**self.__dict__}
        name, unit = fields.pop("name"), fields.pop("unit")
        return _again, (float(self), name, unit, fields)

    @property
    def exact(self):
        """The value as an integer where it is one, else as a float."""
        return int(self) if self.is_integer() and abs(self) < EXACT_BELOW else float(self)

    @property
    def is_range(self):
        """Whether it has two ends."""
        return self.low != self.high

    def __str__(self):
        shown = show(self, self.unit)
        return f"{shown} ({show(self.low, self.unit)} to {show(self.high, self.unit)})" if self.is_range else shown

    def __repr__(self):
        return str(self.exact)

    _repr_pretty_ = pretty  # in a notebook

    def __format__(self, spec):
        return format(self.exact if spec else str(self), spec)

    def explain(self, depth=3):
        """The derivation as on a blackboard: the formula, the same with numbers, and each input one step further in.

        Args:
            depth: how many levels of inputs are written out.

        Returns:
            Text of several lines; the last ones are the sources, by their numbers, and what is to be noted.
        """
        from kseq.scale.board import board

        return board([self], depth)

    def walk(self):
        """This quantity and all that went into it."""
        yield self
        for one in self.inputs.values():
            yield from one.walk()

    def as_dict(self):
        """Value, unit, formula, inputs and sources as JSON has them."""
        fields = {"value": self.exact, "unit": self.unit, "name": self.name}
        if self.is_range:
            fields |= {"low": self.low, "high": self.high}
        if self.formula:
            fields["formula"] = self.formula
            fields["inputs"] = {symbol: one.as_dict() for symbol, one in self.inputs.items()}
        for name in ("sources", "note"):
            if getattr(self, name):
                fields[name] = list(self.sources) if name == "sources" else self.note
        return fields


def given(value, unit="", source="", *, name="", note="", low=None, high=None):
    """A number that is given, not computed: by the user, by a paper, by a data sheet.

    Args:
        value: the number; of a range, the typical one.
        unit: its unit.
        source: who says so; empty where the user does.
        name: what it is, in words.
        note: what a reader must know.
        low: lower end, where it is a range.
        high: upper end.

    Returns:
        A `Quantity`. One that comes in goes out as it is.
    """
    if isinstance(value, Quantity):
        return value
    return Quantity(value, name, unit, sources=source or (), note=note, low=low, high=high)


def derive(name, unit, formula, *, source="", note="", **inputs):
    """A number that is computed from others, by the formula as it is written.

    Args:
        name: what it is, in words.
        unit: its unit.
        formula: text in the symbols of `inputs`, as `kseq.scale.formulas.evaluate` reads it.
        source: who the formula comes from.
        note: what a reader must know.
        **inputs: symbol -> `Quantity` or number.

    Returns:
        A `Quantity`. Where inputs are ranges it is one, too: from the lowest to the highest value that their ends make
        (so a formula must rise or fall with each input, as all of them here do).
    """
    inputs = {symbol: given(value) for symbol, value in inputs.items()}
    if missing := [symbol for symbol in formulas.names(formula) if symbol not in inputs]:
        raise ScaleError(f"The formula {formula!r} needs {', '.join(missing)}. Received: {', '.join(inputs)}")
    value = formulas.evaluate(formula, {symbol: one.exact for symbol, one in inputs.items()})
    ranges = {symbol: (one.low, one.high) for symbol, one in inputs.items() if one.is_range}
    ends = [value]
    for corner in itertools.product(*ranges.values()):
        ends.append(formulas.evaluate(formula, {**inputs, **dict(zip(ranges, corner, strict=True))}))
    low, high = (min(ends), max(ends)) if ranges else (None, None)
    return Quantity(
        value, name, unit, formula=formula, inputs=inputs, sources=source or (), note=note, low=low, high=high
    )


def _again(value, name, unit, fields):
    return Quantity(value, name, unit, **fields)
