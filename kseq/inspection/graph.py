"""The unrolled computational graph as a record: nodes, edges, and what a lecturer would call it (course row R6)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    """One circle or box of the drawing."""

    id: int
    kind: (
        str  # "input", "state", "dense", "output", "pool", "merge", "attention" or "layer" (anything else with weights)
    )
    row: int  # index into `Graph.rows`
    step: int | None  # position in the input, from 0; None: belongs to no single step
    label: str  # a token, or the course's symbol: x₁, h₁, y₁


@dataclass(frozen=True)
class Edge:
    """One arrow. Ids of nodes, and why they are joined."""

    source: int
    target: int
    kind: str  # "time" h_{t-1} → h_t, "up" within a step, "pool" many steps → one, "state" initial state, "attention"


@dataclass(frozen=True)
class Row:
    """The nodes that one layer (one direction, one cell of a stack) adds: the same weights at every step."""

    kind: str
    name: str  # the layer's name: "lstm", "bi/forward", "inner/lstm", "rnn/0", "lstm#2" for its second call
    cell: str  # what computes it: "LSTM", "Dense", "mean"; "" for inputs
    direction: str  # "forward", "backward" or ""
    timeline: int | None  # rows of one timeline share their steps (columns); None: stands beside time


@dataclass(frozen=True)
class Graph:
    """The unrolled computational graph of a model, as `kseq.inspection.unroll` returns it.

    Attributes:
        nodes: list of `Node`; `nodes[i].id == i`.
        edges: list of `Edge`.
        rows: list of `Row`, inputs first, each after those it depends on.
        timelines: dictionary of timeline → number of steps. An encoder and its decoder have one each.
        shape: the configuration in course words: `"one-to-one"`, `"one-to-many"`, `"many-to-one"`,
            `"many-to-many, synchronised"` or `"many-to-many, unsynchronised"` (rows S2 to S6).
        traits: any of `"recurrent"`, `"stacked"`, `"bidirectional"`, `"encoder–decoder"`, `"attention"`.
        name: the model's name.
    """

    nodes: list
    edges: list
    rows: list
    timelines: dict
    shape: str
    traits: tuple = ()
    name: str = ""
    _by_row: dict = field(default_factory=dict, repr=False, compare=False)

    def row(self, name):
        """The nodes of the row called `name`, in the order of their steps.

        Raises:
            KeyError: no row is called so; the message lists those there are.
        """
        if not self._by_row:
            for node in self.nodes:
                self._by_row.setdefault(self.rows[node.row].name, []).append(node)
        if name not in self._by_row:
            raise KeyError(f"`name` must be one of {', '.join(self._by_row)}. Received: name={name!r}")
        return self._by_row[name]

    def edges_of(self, kind):
        """All edges of one kind, such as `"time"`."""
        return [edge for edge in self.edges if edge.kind == kind]

    def __repr__(self):
        lines = [f"<Graph of {self.name!r}: {', '.join((self.shape, *self.traits))}>"]
        for number, row in enumerate(self.rows):
            count = sum(node.row == number for node in self.nodes)
            what = " ".join(filter(None, (row.cell, row.direction)))
            lines.append(f"  {row.name:<20} {row.kind:<10} {what:<16} {count} node{'s' if count > 1 else ''}")
        return "\n".join([*lines, f"  {len(self.nodes)} nodes, {len(self.edges)} edges"])


def shape_of(inputs, outputs, many, handed_over):
    """The configuration in course words.

    Args:
        inputs, outputs: timelines of the model's inputs and outputs, `None` for a plain vector.
        many: function timeline → whether it has several steps.
        handed_over: set of timelines whose first state comes from outside (a decoder's).
    """
    fed, read = {t for t in inputs if many(t)}, {t for t in outputs if many(t)}
    for timeline in read & fed & handed_over:
        if len(set(inputs)) > 1:  # a decoder's own input is its output of the step before, not what is to be translated
            fed = fed - {timeline}
    if not read:
        return "many-to-one" if fed else "one-to-one"
    if not fed:
        return "one-to-many"
    return "many-to-many, " + ("synchronised" if fed == read else "unsynchronised")


def traits_of(nodes, edges, rows):
    """What else a lecturer would say of the graph."""
    steps = sorted({(nodes[edge.target].row, nodes[edge.source].row) for edge in edges})
    below = {}  # row -> all recurrent rows that it depends on
    for target, source in steps:  # rows come after those they depend on
        if source != target:
            own = {source} if rows[source].kind == "state" else set()
            below[target] = below.get(target, set()) | below.get(source, set()) | own
    states = [number for number, row in enumerate(rows) if row.kind == "state"]
    same = [rows[a].timeline == rows[b].timeline for b in states for a in below.get(b, ())]
    found = {
        "recurrent": states,
        "stacked": any(same),
        "bidirectional": {rows[number].direction for number in states} == {"forward", "backward"},
        "encoder–decoder": not all(same),
        "attention": any(row.kind == "attention" for row in rows),
    }
    return tuple(trait for trait, there in found.items() if there)
