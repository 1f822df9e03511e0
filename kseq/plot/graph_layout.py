"""Where the nodes of an unrolled graph stand: inputs below, layers upward, time to the right.

Knows a graph by its fields only: `nodes` (id, kind, row, step), `edges` (source, target, kind), `rows` (kind, name,
direction, timeline), `timelines` (timeline → steps).
"""

from dataclasses import dataclass, field

import numpy as np

GAP = 0.7  # columns between two timelines
LEAN = 0.24  # columns that the two directions of a bidirectional layer stand aside


@dataclass
class Layout:
    """Places in columns and levels; `places` has the visible nodes only."""

    places: dict  # node id -> (column, level)
    spans: dict = field(default_factory=dict)  # node id -> (first, last column): what gathers many steps is a wide bar
    gaps: dict = field(default_factory=dict)  # timeline -> (column of the "…", steps left out)
    levels: dict = field(default_factory=dict)  # row -> level


def arrange(graph, most):
    """Places the nodes; of a timeline with more than `most` steps the middle ones are left out.

    One step alone is drawn: the "…" would take its room.
    """
    columns, gaps, starts = _columns(graph, most)
    sources, targets = {}, {}
    for edge in graph.edges:
        sources.setdefault(edge.target, []).append(edge)
        targets.setdefault(edge.source, []).append(edge)
    across, spans = {}, {}
    for node in graph.nodes:
        timeline = graph.rows[node.row].timeline
        if timeline is not None and node.step in columns[timeline]:
            lean = (
                {"forward": -LEAN, "backward": LEAN}.get(graph.rows[node.row].direction, 0)
                if _both(graph, node.row)
                else 0
            )
            across[node.id] = columns[timeline][node.step] + lean
    for node in graph.nodes:  # sources come before what they feed
        if graph.rows[node.row].timeline is None:
            across[node.id] = _beside(graph, node, across, sources, targets, starts)
            below = {
                round(across[e.source]) for e in sources.get(node.id, ()) if e.source in across and e.kind != "state"
            }
            if len(below) > 2:
                spans[node.id] = (min(below), max(below))
    levels = _levels(graph, across, spans)
    places = {node.id: (across[node.id], levels[node.row]) for node in graph.nodes if node.id in across}
    return Layout(places, spans, gaps, levels)


def _both(graph, row):
    """Whether a row is one of the two directions of a bidirectional layer."""
    mine = graph.rows[row]
    return any(
        other.direction and other.direction != mine.direction and other.timeline == mine.timeline
        and other.name.rpartition("/")[0] == mine.name.rpartition("/")[0] != ""
        for other in graph.rows
    )  # fmt: skip


def _columns(graph, most):
    """For each timeline: step → column, where its steps are left out, and its first column."""
    row_of = [node.row for node in graph.nodes]
    timeline_of = [row.timeline for row in graph.rows]
    needs = {timeline: set() for timeline in graph.timelines}
    reached = {}  # vector node -> timelines it is made of
    handed = set()
    for edge in sorted(graph.edges, key=lambda e: e.target):
        source, target = timeline_of[row_of[edge.source]], timeline_of[row_of[edge.target]]
        come = {source} if source is not None else reached.get(edge.source, set())
        if target is None:
            reached.setdefault(edge.target, set()).update(come)
        else:
            needs[target] |= come - {target}
            if edge.kind == "state" and source is None:
                handed.add(target)
    order = []
    while len(order) < len(needs):  # each after those it depends on; a circle is broken at the first
        free = [t for t in needs if t not in order and not needs[t] - set(order)]
        order.append(min(free or [t for t in needs if t not in order]))
    columns, gaps, starts, start = {}, {}, {}, 0.0
    for timeline in order:
        steps = graph.timelines[timeline]
        above = _above(graph, timeline, columns) if steps <= most + 1 and not gaps else None
        if above:
            columns[timeline] = above
            starts[timeline] = above[0]
            continue
        start += 1 if timeline in handed else 0  # room for what hands over the first state
        starts[timeline] = start
        if steps <= most + 1:
            columns[timeline] = {step: start + step for step in range(steps)}
        else:
            left, right = (most + 1) // 2, most // 2
            columns[timeline] = {step: start + step for step in range(left)}
            columns[timeline] |= {steps - right + k: start + left + 1 + k for k in range(right)}
            gaps[timeline] = (start + left, steps - most)
        start = max(columns[timeline].values()) + 1 + GAP
    return columns, gaps, starts


def _above(graph, timeline, columns):
    """Step → column over the middle of what each step is made of, as after pooling; None if that is tight."""
    first = min(number for number, row in enumerate(graph.rows) if row.timeline == timeline)
    made = {node.id: (node.step, set()) for node in graph.nodes if node.row == first}
    for edge in graph.edges:
        source = graph.nodes[edge.source]
        if edge.target in made:
            if edge.kind != "up" or graph.rows[source.row].timeline not in columns:
                return None
            made[edge.target][1].add(columns[graph.rows[source.row].timeline][source.step])
    if not all(found for _, found in made.values()):
        return None
    middle = {step: (min(found) + max(found)) / 2 for step, found in sorted(made.values())}
    return middle if all(np.diff(list(middle.values())) >= 1) else None


def _beside(graph, node, across, sources, targets, starts):
    """The column of a node outside time: above what it is made of, below what it feeds, or left of what it starts."""
    found = [across[edge.source] for edge in sources.get(node.id, ()) if edge.source in across]
    if found:
        return float(np.mean([min(found), max(found)]))
    seen, ahead, below = {node.id}, [node.id], []
    while ahead:
        for edge in targets.get(ahead.pop(), ()):
            timeline = graph.rows[graph.nodes[edge.target].row].timeline
            if timeline is not None and edge.kind == "state":
                return starts[timeline] - 1
            if timeline is not None and edge.target in across:
                below.append(across[edge.target])
            elif timeline is None and edge.target not in seen:
                seen.add(edge.target)
                ahead.append(edge.target)
    return float(np.mean([min(below), max(below)])) if below else 0.0


def _levels(graph, across, spans):
    """Each row one level above what it is made of, and no two rows in each other's way."""
    row_of = [node.row for node in graph.nodes]
    below = {}
    for edge in graph.edges:
        source, target = row_of[edge.source], row_of[edge.target]
        if source != target:
            rise = 0 if edge.kind == "state" else 1
            below.setdefault(target, set()).add((source, rise))
    levels, taken = {}, {}
    for number in range(len(graph.rows)):
        nodes = [node.id for node in graph.nodes if node.row == number and node.id in across]
        found = [column for node in nodes for column in (across[node], *spans.get(node, ()))]
        low, high = min(found) - 0.5, max(found) + 0.5
        level = max((levels[source] + rise for source, rise in below.get(number, ()) if source in levels), default=0)
        while any(a < high and low < b for a, b in taken.get(level, ())):
            level += 1
        levels[number] = level
        taken.setdefault(level, []).append((low, high))
    return levels
