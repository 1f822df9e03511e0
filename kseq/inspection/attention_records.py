"""What `trace` gives back of an attention layer: who looks where, and every matrix on the way."""

import dataclasses

import numpy as np
import pandas as pd

from kseq.inspection.errors import InspectionError
from kseq.inspection.missing import UnknownName, missing_attention_array, unknown_word
from kseq.inspection.unmasked import name_padding, note_on_padding, with_places

PAIRS = ("scores", "weights")
AXES = {
    **dict.fromkeys(("query", "key", "value", "context"), ("batch", "head", "step", "dim")),
    **dict.fromkeys(PAIRS, ("batch", "head", "query", "key")),
    **dict.fromkeys(("input", "output"), ("batch", "step", "unit")),
}
BY_KEY = ("key", "value")  # arrays whose steps are keys, not queries


@dataclasses.dataclass(repr=False)
class AttentionTrace:
    """One call of one attention layer: queries, keys, values, scores, weights, output.

    Args:
        name: `"mha"`, `"block_1/self_attention"`, `"mha#2"` at the second call.
        cell: the class of the layer, such as `"MultiHeadAttention"`.
        values: arrays by name. `query`, `key`, `value`, `(batch, head, step, dim)`: as they meet, after projection (and
            rotation); grouped heads have fewer keys and values than queries. `scores`, `(batch, head, query, key)`:
            what goes into the softmax, scaled, not masked yet. `weights`, of the same shape: what comes out.
            `context`, `(batch, head, step, dim)`: weights·value. `input` and `output`, `(batch, step, unit)`: what the
            queries are made of, and what the layer gave.
        allowed: `(batch, head or 1, query, key)` booleans: True where a query may look.
        scale: what the products of query and key were multiplied by to give `scores`: 1/√d, or 1.
        steps: the positions that the queries stand for.
        query_counts, key_counts: `(batch, step)` booleans: False at padding.
        self_attention: whether queries and keys are made of the same sequence.
        tokens, key_tokens: lists of lists of str, `(batch, step)`, or `None`.

    Layers with one head have an axis of length 1 for it, so that all layers are read alike. `weights` of a masked key
    are exactly 0. Where a layer was given no mask, padding is a key like any other; tables call it "[PAD]", and `note`
    and `print` say so.

    Example:

    >>> layer.table("weights", head=0, example=0)   # query tokens down, key tokens across, without padding
    >>> layer.at("it")                              # where a word looks, head by head
    """

    name: str
    cell: str
    values: dict
    allowed: np.ndarray
    scale: float
    steps: np.ndarray
    query_counts: np.ndarray
    key_counts: np.ndarray
    self_attention: bool
    tokens: list | None = None
    key_tokens: list | None = None

    axes = AXES

    def __getitem__(self, what):
        if what not in self.values:
            raise missing_attention_array(self, what)
        return self.values[what]

    def __contains__(self, what):
        return what in self.values

    def keys(self):
        """The names of the arrays."""
        return self.values.keys()

    @property
    def heads(self):
        """Number of heads (of the queries)."""
        return self["weights"].shape[1]

    @property
    def nbytes(self):
        """Memory of all arrays together."""
        return sum(array.nbytes for array in self.values.values())

    @property
    def note(self):
        """One line about padding that words look at, because the layer was given no mask; `None` if there is none."""
        return note_on_padding(
            self.name, self.tokens, self.key_tokens, self.allowed, self.query_counts, self.key_counts
        )

    def table(self, what="weights", head=0, example=0):
        """One array of one example and head as a table, without padding.

        Args:
            what: `"weights"` or `"scores"`: query tokens down, key tokens across. Anything else: tokens down, numbers
                across.
            head: number of the head; `"mean"` for the mean over the heads (weights and scores). Keys and values of
                grouped heads are those that this head uses.
            example: which example of the batch.

        Returns:
            A `pandas.DataFrame`; index and columns hold the tokens or, where there are none, the positions. Its
            `attrs` say what it is: `"what"`, `"kind"` (`"weights"` or `"state"`), `"layer"`, `"head"`.
        """
        array = self[what][self._number(example, len(self["weights"]), "example")]
        if AXES[what][1] == "head":
            array = self._of_head(what, array, head)
        rows, index = self._axis(what in BY_KEY, example)
        if what in PAIRS:
            columns, across = self._axis(True, example)
            array, across = array[:, columns], across.rename("key" if self.key_tokens is None else "key token")
        else:
            across = pd.RangeIndex(array.shape[-1], name=AXES[what][-1])
        frame = pd.DataFrame(array[rows], index=index, columns=across)
        frame.attrs |= {
            "kind": "weights" if what == "weights" else "state", "what": what, "layer": self.name,
            "head": head if AXES[what][1] == "head" else None,
        }  # fmt: skip
        return frame

    def matrices(self, head=0, example=0):
        """Q·Kᵀ → scale → mask → softmax → ·V of one head, each step as a table; `kseq.plot.attention_steps` takes it.

        Args:
            head, example: as in `table`; a number.

        Returns:
            A dict: `"Q"`, `"K"`, `"V"`, `"scores"` (before the scaling), `"scaled"`, `"masked"` (-inf where a query may
            not look), `"weights"`, `"output"` (weights·V, the context of this head).
        """
        self._number(head, self.heads, "head")
        found = {
            letter: self.table(what, head, example)
            for letter, what in (("Q", "query"), ("K", "key"), ("V", "value"), ("scaled", "scores"))
        }
        allowed = self.allowed[example]
        allowed = allowed[head if len(allowed) > 1 else 0]
        allowed = allowed[np.ix_(self._axis(False, example)[0], self._axis(True, example)[0])]
        scaled = found.pop("scaled")
        found |= {"scores": scaled / self.scale, "scaled": scaled, "masked": scaled.where(allowed, -np.inf)}
        return found | {
            "weights": self.table("weights", head, example), "output": self.table("context", head, example)
        }  # fmt: skip

    def at(self, token, most=3):
        """Where one word looks: for every place where it stands, and every head, the keys with the largest weights.

        Args:
            token: a token, or a position (an integer).
            most: how many keys.

        Returns:
            A `pandas.DataFrame` indexed by example, step and head. Columns: `"first"`, the key that gets most, and
            `"weight"`; then `"others"`, the next ones with their weights. A key whose word stands in several places has
            its position behind it: `"call@7"`.

        Raises:
            InspectionError: the token does not occur, or there are no tokens.
        """
        here = self._places(token)
        rows, index = [], []
        for example, row in zip(*np.nonzero(here), strict=True):
            names = with_places(self._names(True, example), self.key_counts[example])
            for head in range(self.heads):
                weights = self["weights"][example, head, row]
                order = np.argsort(-weights, kind="stable")[:most]
                others = [f"{names[k]} {weights[k]:.2f}" for k in order[1:] if weights[k] > 0]
                rows.append({"first": names[order[0]], "weight": weights[order[0]], "others": ", ".join(others)})
                index.append((example, self.steps[row], head))
        return pd.DataFrame(rows, pd.MultiIndex.from_tuples(index, names=["example", "step", "head"]))

    def summary(self):
        """A row of `Trace.frame`."""
        batch, heads, queries, keys = self["weights"].shape
        return {
            "layer": self.name, "cell": self.cell, "batch": batch, "steps": queries, "keys": keys, "heads": heads,
            "units": self["query"].shape[-1], "arrays": ", ".join(self.values),
        }  # fmt: skip

    def _of_head(self, what, array, head):
        if isinstance(head, str) and head == "mean":
            if what not in PAIRS:
                raise InspectionError(f"`head` must be a number for {what!r}. Received: head='mean'")
            return array.mean(axis=0)
        head = self._number(head, self.heads, "head", " or 'mean'")
        return array[head * len(array) // self.heads]

    def _axis(self, of_keys, example):
        """`(booleans, pandas index)`: which steps count, and their names."""
        counts = (self.key_counts if of_keys else self.query_counts)[example]
        tokens = self.key_tokens if of_keys else self.tokens
        names = np.array(self._names(of_keys, example), object)[counts]
        return counts, pd.Index(names, name="step" if tokens is None else "token")

    def _names(self, of_keys, example):
        tokens = self.key_tokens if of_keys else self.tokens
        if tokens is not None:
            return name_padding(tokens[example])
        return list(range(self["weights"].shape[3])) if of_keys else [int(step) for step in self.steps]

    def _places(self, token):
        if isinstance(token, int | np.integer) and not isinstance(token, bool):
            here = self.query_counts & (self.steps == token)
            if not here.any():
                raise InspectionError(
                    f"This trace has no step {token} that counts. Its steps: {self.steps[0]} … {self.steps[-1]}"
                )
            return here
        if self.tokens is None:
            raise InspectionError(
                f"`at` needs words, and the trace of {self.name!r} has none: give `vocabulary=` (or `tokens=`) to "
                "`trace`; positions work without: `at(3)`"
            )
        words = np.array([name_padding(line) for line in self.tokens], object).reshape(self.query_counts.shape)
        here = self.query_counts & (words == token)
        if not here.any():
            raise UnknownName(str(unknown_word(words[self.query_counts], token)))
        return here

    def _number(self, value, count, name, other=""):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 0 <= value < count:
            raise InspectionError(
                f"`{name}` must be an integer from 0 to {count - 1}{other}. Received: {name}={value!r}"
            )
        return int(value)

    def __repr__(self):
        batch, heads, queries, keys = self["weights"].shape
        what = (
            f"AttentionTrace({self.name!r}: {self.cell}; batch {batch}, {heads} heads, {queries} queries, {keys} keys; "
            f"{', '.join(self.values)})"
        )
        return f"{what}\n{self.note}" if self.note else what
