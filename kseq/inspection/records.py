"""What `trace` gives back: arrays with names for their axes, and tables to read."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from kseq.inspection.errors import InspectionError, listed, no_such
from kseq.inspection.missing import UnknownName, missing_array, missing_step, missing_word

AXES = ("batch", "step", "unit")
COLUMNS = ("layer", "cell", "direction", "batch", "steps", "keys", "heads", "units", "arrays")
CONTEXT = 2  # tokens on each side in `at`
CONTEXT_WIDTH = 26  # with the three gates of an LSTM that makes less than 80 columns


@dataclasses.dataclass(repr=False)
class LayerTrace:
    """States and gates of one layer (or one cell of a stack) over all steps.

    Args:
        name: `"lstm"`, `"bi/forward"`, `"inner/lstm"`, `"rnn/0"`, `"lstm#2"`.
        cell: `"SimpleRNN"`, `"LSTM"` or `"GRU"`.
        direction: `"forward"`, or `"backward"` for a layer that begins at the last step.
        values: arrays `(batch, step, unit)` by name. LSTM: `hidden_state`, `cell_state`, `input_gate`, `forget_gate`,
            `candidate`, `output_gate`. GRU: `hidden_state`, `update_gate`, `reset_gate`, `candidate`. SimpleRNN:
            `hidden_state`, `pre_activation`.
        steps: the positions in the input that the steps stand for.
        mask: `(batch, step)` booleans, or `None` where every step counts.
        tokens: a list of lists of str, `(batch, step)`, or `None`.

    Position t of every array belongs to position t of the *input*, also for a backward layer, whose state at t has
    seen the inputs from t to the end. At a masked step the states hold what they held before (the initial state, if
    no step before counted), and gates, candidate and pre-activation are NaN: no gate was used there.

    Example:

    >>> layer["forget_gate"].shape
    (2, 7, 16)
    >>> layer.table("forget_gate", example=0)        # tokens × units
    >>> layer.at("not")                              # every place where the word stands
    """

    name: str
    cell: str
    direction: str
    values: dict
    steps: np.ndarray
    mask: np.ndarray | None = None
    tokens: list | None = None

    axes = AXES

    def __getitem__(self, what):
        if what not in self.values:
            raise missing_array(self, what)
        return self.values[what]

    def __contains__(self, what):
        return what in self.values

    def keys(self):
        """The names of the arrays."""
        return self.values.keys()

    @property
    def units(self):
        """Number of units."""
        return self["hidden_state"].shape[-1]

    @property
    def nbytes(self):
        """Memory of all arrays together."""
        return sum(array.nbytes for array in self.values.values())

    def table(self, what, example=0):
        """One array of one example as a table: a row per token, a column per unit. Masked steps are left out.

        Args:
            what: name of an array, such as `"forget_gate"`.
            example: which example of the batch.

        Returns:
            A `pandas.DataFrame`; its index holds the tokens or, where there are none, the positions. Its `attrs` say
            what it is: `"what"`, the name of the array, and `"kind"`, `"gate"` (0 to 1) or `"state"`.
        """
        rows = self[what][self._example(example)]
        counts = self.counts[example]
        if self.tokens is None:
            index = pd.Index(self.steps[counts], name="step")
        else:
            index = pd.Index(np.array(self.tokens[example], object)[counts], name="token")
        frame = pd.DataFrame(rows[counts], index=index, columns=pd.RangeIndex(self.units, name="unit"))
        frame.attrs |= {"kind": "gate" if is_gate(what) else "state", "what": what}
        return frame

    def at(self, token, what=None):
        """What the layer does at one word: a row for every place where it stands.

        Args:
            token: a token, or a position (an integer) in the input.
            what: name or names of the arrays, such as `"cell_state"`, or `keys()` for all. `None`: the gates, and
                all of a cell that has none.

        Returns:
            A `pandas.DataFrame`, indexed by example and step. Columns: the words around it (`context`, cut to what fits
            beside the gates), then for every array one number, the mean over the units: of the gates as they are, of
            states, candidates and pre-activations their absolute values (`|cell_state|`).

        Raises:
            InspectionError: the token does not occur, or there are no tokens.
        """
        is_step = isinstance(token, int | np.integer)
        here = self.counts & (self.steps == token if is_step else self._token_array("at") == str(token))
        if not here.any():
            raise missing_step(self, token) if is_step else missing_word(self, token)
        examples, columns = np.nonzero(here)
        index = pd.MultiIndex.from_arrays([examples, self.steps[columns]], names=["example", "step"])
        frame = self._means(here, what).set_index(index)
        if self.tokens is not None:
            frame.insert(0, "context", [self._context(e, k) for e, k in zip(examples, columns, strict=True)])
        return frame

    def by_token(self, what=None):
        """The same numbers as `at`, averaged for every token: what is special about a word shows beside the others.

        Args:
            what: as in `at`.

        Returns:
            A `pandas.DataFrame` indexed by token, the most frequent first; `count` is the number of places.
        """
        frame = self._means(self.counts, what)
        frame.insert(0, "token", self._token_array("by_token")[self.counts])
        groups = frame.groupby("token", sort=False)
        table = groups.mean()
        table.insert(0, "count", groups.size())
        return table.sort_values("count", ascending=False, kind="stable")

    @property
    def counts(self):
        """`(batch, step)` booleans: which steps are not masked."""
        return np.ones(self["hidden_state"].shape[:2], bool) if self.mask is None else self.mask

    def summary(self):
        """A row of `Trace.frame`."""
        return {
            "layer": self.name,
            "cell": self.cell,
            "direction": self.direction,
            "batch": len(self["hidden_state"]),
            "steps": len(self.steps),
            "units": self.units,
            "arrays": ", ".join(self.values),
        }

    def _means(self, where, what=None):
        if what is None:
            what = sorted(filter(is_gate, self.values), key=lambda name: name != "forget_gate") or self.keys()
        columns = {}
        for name in [what] if isinstance(what, str) else what:
            chosen = self[name][where]
            columns[name if is_gate(name) else f"|{name}|"] = (chosen if is_gate(name) else np.abs(chosen)).mean(
                axis=-1
            )
        return pd.DataFrame(columns)

    def _token_array(self, verb):
        if self.tokens is None:
            raise InspectionError(
                f"`{verb}` needs words, and the trace of {self.name!r} has none: give `vocabulary=` (or `tokens=`) to "
                "`trace`; positions work without: `at(3)`"
            )
        return np.array(self.tokens, object).reshape(self["hidden_state"].shape[:2])

    def _context(self, example, column):
        """`"film was [not] good at"`: as many neighbours as there is room for."""
        row, counts = self.tokens[example], self.counts[example]
        text, open_sides = f"[{row[column]}]", {-1, 1}
        for distance in range(1, CONTEXT + 1):
            for side in sorted(open_sides):
                k = column + side * distance
                # masked steps and steps that were left out are not neighbours
                near = 0 <= k < len(row) and counts[k] and self.steps[k] - self.steps[column] == side * distance
                if near and len(text) + 1 + len(row[k]) <= CONTEXT_WIDTH:
                    text = f"{row[k]} {text}" if side < 0 else f"{text} {row[k]}"
                else:
                    open_sides.discard(side)
        return text

    def _example(self, example):
        batch = len(self["hidden_state"])
        if not isinstance(example, int | np.integer) or not -batch <= example < batch:
            raise InspectionError(f"`example` must be an integer from 0 to {batch - 1}. Received: example={example!r}")
        return example

    def __repr__(self):
        batch, steps, units = self["hidden_state"].shape
        return (
            f"LayerTrace({self.name!r}: {self.cell}, {self.direction}; batch {batch}, {steps} steps, {units} units; "
            f"{', '.join(self.values)})"
        )


class Trace(Mapping):
    """What a model does inside: a mapping from names to `LayerTrace`s (recurrence) and `AttentionTrace`s.

    Args:
        layers: list of `LayerTrace` and `AttentionTrace`.
        outputs: what the model gave, as NumPy arrays.
        tokens: the tokens of the input, a list of lists of str, or `None`.
        residual: a `ResidualStream`, empty where no attention layer was traced.

    Example:

    >>> seen = kseq.inspection.trace(model, ["not good"])
    >>> list(seen)
    ['bi/forward', 'bi/backward']
    >>> seen["bi/forward"]["forget_gate"].shape
    (1, 2, 16)
    """

    def __init__(self, layers, outputs, tokens=None, residual=None):
        self._layers = {layer.name: layer for layer in layers}
        self.outputs = outputs
        self.tokens = tokens
        self.residual = residual

    def __getitem__(self, name):
        if name in self._layers:
            return self._layers[name]
        inside = [known for known in self._layers if known.startswith(f"{name}/")]
        if inside:
            raise UnknownName(f"{name!r} has several parts: {listed(inside)}")
        kinds = {"recurrent" if isinstance(layer, LayerTrace) else "attention": 1 for layer in self.values()}
        raise UnknownName(str(no_such(f"{' or '.join(kinds)} layer", name, list(self._layers))))

    def __iter__(self):
        return iter(self._layers)

    def __len__(self):
        return len(self._layers)

    def frame(self):
        """What there is, as a table: a row per layer."""
        rows = [layer.summary() for layer in self.values()]
        columns = [name for name in COLUMNS if any(name in row for row in rows)]
        return pd.DataFrame([{name: row.get(name, "") for name in columns} for row in rows]).set_index("layer")

    def __repr__(self):
        with pd.option_context("display.width", None, "display.max_colwidth", None, "display.max_columns", None):
            table = self.frame().to_string()
        notes = [layer.note for layer in self.values() if getattr(layer, "note", None)]
        return "\n".join([table, *notes])


def is_gate(name):
    """Whether an array is a gate, with values from 0 to 1."""
    return name.endswith("gate")
