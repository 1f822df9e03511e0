"""Follows a Keras functional graph, operation by operation, and unrolls it over time.

What flows along the graph is not numbers but `Value`s: which nodes of the drawing a tensor comes from, step by step.
Structure is read from Keras's own record (each tensor's operation and its arguments), never from names.
"""

from dataclasses import dataclass, replace

import keras

from kseq.inspection.graph import Edge, Node, Row

MASKS = ("mask", "attention_mask", "query_mask", "value_mask", "key_mask", "padding_mask", "training")


@dataclass(frozen=True)
class Value:
    """Where a tensor comes from: for every step the ids of the nodes it is made of.

    A vector has one entry and no timeline. `axis` is the axis of the tensor that runs along the steps.
    """

    steps: tuple  # of tuples of node ids
    timeline: int | None = None
    axis: int = 1

    @property
    def everything(self):
        """All nodes the tensor is made of."""
        return tuple(dict.fromkeys(node for step in self.steps for node in step))


class Walk:
    """Collects nodes, edges and rows on the way through a model."""

    def __init__(self):
        self.nodes, self.edges, self.rows = [], {}, []  # edges: (source, target) -> kind, so that none is there twice
        self.lengths, self.many, self._same = [], [], []
        self._names = {}
        self.handed_over = set()  # timelines whose recurrent layers begin with somebody else's state

    # -- timelines ---------------------------------------------------------------------------------------------------
    def new_timeline(self, length, many=None):
        """A time axis of its own; `many`: whether the model means several steps (default: whether there are)."""
        self.lengths.append(length)
        self.many.append(length > 1 if many is None else many)
        self._same.append(len(self._same))
        return len(self.lengths) - 1

    def timeline(self, number):
        """The timeline that stands for `number`, now that some were found to be the same."""
        while number is not None and self._same[number] != number:
            number = self._same[number]
        return number

    def join(self, timelines):
        """Timelines that meet step by step are one."""
        first, *others = sorted({self.timeline(t) for t in timelines})
        for other in others:
            self._same[other] = first
            self.many[first] = self.many[first] or self.many[other]
        return first

    # -- drawing -----------------------------------------------------------------------------------------------------
    def row(self, kind, name, cell="", direction="", timeline=None):
        """Begins a row; gives its number. A name that was there before gets a number: `lstm#2`."""
        times = self._names[name] = self._names.get(name, 0) + 1
        name = name if times == 1 else f"{name}#{times}"
        self.rows.append(Row(kind, name, cell, direction, timeline))
        return len(self.rows) - 1

    def node(self, row, step, label):
        """Adds a node; gives its id."""
        self.nodes.append(Node(len(self.nodes), self.rows[row].kind, row, step, label))
        return len(self.nodes) - 1

    def edge(self, sources, target, kind):
        """Joins every source with the target."""
        for source in sources:
            self.edges.setdefault((source, target), kind)

    def layer(self, kind, name, cell, value, symbol, edge="up"):
        """A row with one node for each step of `value`, joined with what that step is made of."""
        row = self.row(kind, name, cell, timeline=value.timeline)
        steps = []
        for number, sources in enumerate(value.steps):
            step = None if value.timeline is None else number
            target = self.node(row, step, numbered(symbol, step))
            self.edge(sources, target, edge)
            steps.append((target,))
        return replace(value, steps=tuple(steps))

    def relabel(self, row, kind, symbol):
        """A row turns out to be of another kind."""
        self.rows[row] = replace(self.rows[row], kind=kind)
        for node in [node for node in self.nodes if node.row == row]:
            self.nodes[node.id] = replace(node, label=numbered(symbol, node.step))

    def label(self, nodes, labels):
        """Writes labels of one's own on nodes."""
        for node, text in zip(nodes, labels, strict=True):
            self.nodes[node] = replace(self.nodes[node], label=str(text))

    def finished(self):
        """Nodes, edges, rows and timelines, with timelines that were joined under one number."""
        rows = [replace(row, timeline=self.timeline(row.timeline)) for row in self.rows]
        nodes = [replace(node, kind=rows[node.row].kind) for node in self.nodes]
        edges = [Edge(source, target, kind) for (source, target), kind in self.edges.items()]
        lengths = {row.timeline: self.lengths[row.timeline] for row in rows if row.timeline is not None}
        return nodes, edges, rows, dict(sorted(lengths.items()))


def numbered(symbol, step):
    """x₁: the course counts from 1."""
    digits = "" if step is None else str(step + 1)
    return symbol + digits.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def tensors_of(structure):
    """The symbolic tensors in nested arguments, in order."""
    return [leaf for leaf in keras.tree.flatten(structure) if isinstance(leaf, keras.KerasTensor)]


def arguments_of(call):
    """Positional and keyword arguments of one recorded call, without masks: they decide what counts, not what it is."""
    kwargs = {name: value for name, value in call.arguments.kwargs.items() if name not in MASKS}
    return call.arguments.args, kwargs


def calls_between(inputs, outputs):
    """Every recorded call on the way from `inputs` to `outputs`, each after those it needs.

    Raises:
        ValueError: an output hangs on a tensor that is no input.
    """
    known = {id(tensor) for tensor in inputs}
    ordered, done, stack = [], set(), [(tensor, False) for tensor in reversed(outputs)]
    while stack:  # depth first, without recursion: a loop written out by hand makes a deep graph
        tensor, ready = stack.pop()
        if id(tensor) in known:
            continue
        history = getattr(tensor, "_keras_history", None)
        if history is None:
            raise ValueError("the tensor has no record of the operation it came from")
        operation, index, _ = history
        call = operation._inbound_nodes[index]
        if ready:
            if id(call) not in done:
                done.add(id(call))
                ordered.append(call)
        elif id(call) not in done:
            if call.is_input:
                raise ValueError(f"input {operation.name!r} is not among the model's inputs")
            stack.append((tensor, True))
            stack += [(needed, False) for needed in reversed(tensors_of(arguments_of(call)))]
    return ordered
