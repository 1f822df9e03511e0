"""Draws the unrolled computational graph of a model (course row R6)."""

import numpy as np

from kseq.plot.arrows import inside, is_straight, ways
from kseq.plot.fonts import drawable
from kseq.plot.graph_layout import arrange
from kseq.plot.style import INK, LARGE, SMALL

# kind of node -> (fill, ink): told apart in grey by their lightness, and by their outline
NODES = {
    "input": ("white", INK),
    "state": ("#0072B2", "white"),
    "dense": ("#BFE3D6", "black"),
    "layer": ("#BFE3D6", "black"),
    "attention": ("#EBCDDD", "black"),
    "merge": ("white", "black"),
    "pool": ("#CFE8F7", "black"),
    "output": ("#F4B63F", "black"),
}
# kind of edge -> (dashes, width, colour, what the legend says)
EDGES = {
    "time": ("-", 2.4, "#0072B2", ""),
    "up": ("-", 1.4, INK, ""),
    "pool": ("-", 1.1, "#777777", ""),
    "state": ((0, (4, 1.5)), 2.4, "#B34700", "first state handed over"),
    "attention": ((0, (1, 1.5)), 1.1, "#8A4A70", "attention"),
}
ROW = 0.95  # inches from level to level
COLUMN = (0.9, 1.35)  # inches from step to step: at least, and at most
BOX, PAD = 0.42, 0.13  # inches: height of a box, room beside a label
POINTS = 14


def unrolled_graph(graph, tokens=None, *, max_steps=12, title=None, ax=None):
    """Draws an unrolled graph: inputs below, layers upward, time to the right.

    Args:
        graph: what `kseq.inspection.unroll` returns, or any object with its fields.
        tokens: labels of the input steps, if not those of the graph: a list of strings for the first input that is a
            sequence, or a dictionary input name → list.
        max_steps: of more steps than this the middle ones are left out ("…", with their number); never a single one,
            which would take no less room.
        title: what stands above. Default: the configuration in course words; `""` for none.
        ax: `matplotlib.axes.Axes` to draw on, type scaled to fit. Default: a new figure, as large as needed; vector
            formats work: `unrolled_graph(graph).figure.savefig("unrolled.svg")`.

    Returns:
        The `Axes`. Each node is a patch with the gid `"node-<id>"`, each edge one with `"edge-<source>-<target>"`.

    Raises:
        TypeError: `graph` is no graph.
        ValueError: `max_steps` is below 2, or tokens do not fit.
    """
    if not all(hasattr(graph, name) for name in ("nodes", "edges", "rows", "timelines", "shape")):
        raise TypeError(f"`graph` must come from kseq.inspection.unroll(model, …). Received: {type(graph).__name__}")
    if not max_steps >= 2:
        raise ValueError(f"`max_steps` must be at least 2. Received: max_steps={max_steps}")
    layout = arrange(graph, int(max_steps))
    labels, families = _labels(graph, layout, tokens)
    timed = {node.id for node in graph.nodes if node.id in labels and node.kind in ("input", "output")}
    longest = max((_inches(labels[node], POINTS) for node in timed), default=0)
    points = POINTS if longest < 0.6 else SMALL  # long words would draw the figure out
    widths = {node: _inches(text, points if node in timed else POINTS) for node, text in labels.items()}
    column = float(np.clip(max((widths[node] for node in timed), default=0) + 2 * PAD, *COLUMN))
    names = _row_names(graph, layout)
    words = [graph.shape, *getattr(graph, "traits", ())]
    title = ", ".join(filter(None, words)) if title is None else title
    canvas = _Canvas(graph, layout, column, widths, names, ax, title)
    for node in graph.nodes:
        if node.id in layout.places:
            canvas.node(node, labels[node.id], families, points if node.id in timed else POINTS)
    for edge in graph.edges:
        canvas.edge(edge)
    canvas.gaps()
    for row, side, text in names:
        canvas.row_name(row, side, text)
    canvas.finish(title)
    return canvas.ax


def _inches(text, points):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=100)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 100 * points / 72 if text else 0


def _labels(graph, layout, tokens):
    """Node → text that is drawn, and the fonts for it."""
    labels = {node.id: node.label for node in graph.nodes if node.id in layout.places}
    rows = {row.name: n for n, row in enumerate(graph.rows) if row.kind == "input"}
    if tokens is not None and not isinstance(tokens, dict):
        first = next((name for name, n in rows.items() if graph.rows[n].timeline is not None), next(iter(rows)))
        tokens = {first: tokens}
    for name, words in (tokens or {}).items():
        if name not in rows:
            raise ValueError(f"`tokens` must be keyed by {', '.join(rows)}. Received: {name!r}")
        nodes = [node for node in graph.nodes if node.row == rows[name]]
        words = [str(word) for word in words]
        if len(words) != len(nodes):
            raise ValueError(f"`tokens` must have a label for each of the {len(nodes)} steps. Received: {len(words)}")
        labels |= {node.id: word for node, word in zip(nodes, words, strict=True) if node.id in labels}
    shown, families = drawable(list(labels.values()))
    room = COLUMN[1] - 2 * PAD
    shown = [text if _inches(text, SMALL) <= room else _cut(text, room) for text in shown]
    return dict(zip(labels, shown, strict=True)), families


def _cut(text, room):
    while len(text) > 1 and _inches(text + "…", SMALL) > room:
        text = text[:-1]
    return text + "…"


def _row_names(graph, layout):
    """`(row, side, text)`: the leftmost row of a level is named at the left, the rightmost of several at the right."""
    by_level = {}
    for number, level in layout.levels.items():
        found = [layout.places[n.id][0] for n in graph.nodes if n.row == number and n.id in layout.places]
        by_level.setdefault(level, []).append((min(found), number))
    named = []
    for rows in by_level.values():
        rows = [number for _, number in sorted(rows)]
        named.append((rows[0], "left", _row_name(graph.rows[rows[0]])))
        if len(rows) > 1:
            named.append((rows[-1], "right", _row_name(graph.rows[rows[-1]])))
    return named


def _row_name(row):
    arrow = {"forward": " →", "backward": " ←"}.get(row.direction, "")
    name = row.name.removesuffix("/forward").removesuffix("/backward")
    name = name if len(name) <= 18 else name[:17] + "…"
    if row.kind == "input":
        return "input" if name.startswith(("input_layer", "keras_tensor")) else name
    if row.kind == "output":
        return "output"
    return f"{row.cell}{arrow}\n{name}" if row.cell not in ("", name) and row.kind != "merge" else name


class _Canvas:
    """Axes whose units are inches, so that boxes and type keep their proportion."""

    def __init__(self, graph, layout, column, widths, names, ax, title):
        from matplotlib.figure import Figure

        self.graph, self.layout, self.column, self.widths = graph, layout, column, widths
        xs = [self.xy(node)[0] for node in layout.places]
        top = max(y for _, y in layout.places.values()) * ROW
        longest = {side: max((_inches(line, SMALL) for _, s, text in names if s == side for line in text.split("\n")),
                             default=0) for side in ("left", "right")}  # fmt: skip
        self.edges_at = (min(xs) - column / 2 - 0.1, max(xs) + column / 2 + 0.1)
        left, right = self.edges_at[0] - longest["left"] - 0.2, self.edges_at[1] + longest["right"] + 0.2
        right = max(right, left + 0.2 + 1.22 * _inches(title, LARGE + 1))  # bold type is wider
        kinds = {edge.kind for edge in graph.edges}
        self.legend = [kind for kind in EDGES if EDGES[kind][3] and kind in kinds]
        low = -0.45 - (0.35 if layout.gaps else 0) - (0.35 if self.legend else 0)
        high = top + 0.4 + (0.45 if title else 0)
        if ax is None:
            figure = Figure(figsize=(right - left, high - low))
            ax = figure.add_axes((0, 0, 1, 1))
            self.scale = 1.0
        else:
            box = ax.get_window_extent()
            self.scale = min(box.width / (right - left), box.height / (high - low)) / ax.figure.dpi
        ax.set(xlim=(left, right), ylim=(low, high), aspect="equal")
        ax.set_axis_off()
        self.ax, self.low, self.high, self.left = ax, low, high, left
        self.boxes, self.titled = {}, bool(title)

    def xy(self, node):
        x, y = self.layout.places[node]
        return x * self.column, y * ROW

    def text(self, x, y, text, points=SMALL, **kwargs):
        kwargs = {"ha": "center", "va": "center", "color": INK, "parse_math": False} | kwargs
        return self.ax.text(x, y, text, fontsize=points * self.scale, **kwargs)

    def node(self, node, label, families, points):
        from matplotlib.patches import Circle, FancyBboxPatch

        x, y = self.xy(node.id)
        fill, ink = NODES.get(node.kind, NODES["layer"])
        width = max(BOX, self.widths[node.id] + (0.06 if node.kind == "state" else PAD))
        if node.id in self.layout.spans:
            first, last = self.layout.spans[node.id]
            x, width = (first + last) / 2 * self.column, (last - first) * self.column + 2 * BOX
        shape = {
            "edgecolor": INK,
            "facecolor": fill,
            "linewidth": 1.4 * self.scale,
            "zorder": 3,
            "gid": f"node-{node.id}",
        }
        if node.kind == "merge":
            width = BOX * 0.8
            patch = Circle((x, y), width / 2, **shape)
        else:
            style = f"round,pad=0,rounding_size={0.2 if node.kind in ('pool', 'attention') else 0.06}"
            patch = FancyBboxPatch((x - width / 2, y - BOX / 2), width, BOX, boxstyle=style, **shape)
        self.ax.add_patch(patch)
        height = width if node.kind == "merge" else BOX
        self.boxes[node.id] = (patch, (x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        self.text(x, y - 0.01, label, points, color=ink, family=families, zorder=4)

    def edge(self, edge):
        if edge.source not in self.boxes or edge.target not in self.boxes:
            return
        start, end = self.xy(edge.source), self.xy(edge.target)
        if edge.target in self.layout.spans:
            end = (start[0], end[1])  # straight up into the bar
        self.arrow(edge.kind, start, end, edge.source, edge.target)

    def arrow(self, kind, start, end, source=None, target=None):
        """An arrow, bent where a straight one would cross a box that it has nothing to do with."""
        from matplotlib.patches import FancyArrowPatch

        dashes, width, colour, _ = EDGES.get(kind, EDGES["up"])
        others = np.array([box for node, (_, box) in self.boxes.items() if node not in (source, target)]).reshape(-1, 4)
        found = ways(start, end, rise=ROW - BOX / 2 - 0.08)
        page = self.high - (0.45 if self.titled else 0)  # no arc over the title
        free = (way for way in found if not inside(way, others).any() and way[:, 1].max() <= page)
        points = next(free, found[0])
        self.ax.add_patch(
            FancyArrowPatch(
                path=self._between(points, source, target), arrowstyle="-|>", mutation_scale=13 * self.scale,
                shrinkA=0, shrinkB=0, linestyle=dashes, linewidth=width * self.scale, color=colour, zorder=2,
                gid=None if source is None or target is None else f"edge-{source}-{target}",
            )
        )  # fmt: skip

    def _between(self, points, source, target):
        """The part of a way from the edge of one box to the edge of the other."""
        from matplotlib.path import Path

        boxes = np.array([self.boxes[node][1] for node in (source, target) if node is not None]).reshape(-1, 4)
        outside = ~inside(points, boxes).any(axis=1)
        kept = points[outside] if outside.sum() > 2 else points
        if is_straight(points):
            return Path(kept[[0, -1]])
        return Path(np.vstack([kept[:-8:8], kept[-1:]]))

    def gaps(self):
        """Where steps are left out: "…" in every row, arrows in and out of it, and how many there are."""
        for timeline, (column, count) in self.layout.gaps.items():
            x = column * self.column
            lowest = None
            for number, row in enumerate(self.graph.rows):
                if row.timeline != timeline:
                    continue
                y = self.layout.levels[number] * ROW
                lowest = y if lowest is None else min(lowest, y)
                self.text(x, y, "…", POINTS + 4, fontweight="bold")
                if row.kind == "state":
                    beside = sorted(
                        (self.xy(n.id), n.id) for n in self.graph.nodes if n.row == number and n.id in self.boxes
                    )
                    (before, left), (after, right) = (
                        [b for b in beside if b[0][0] < x][-1],
                        next(b for b in beside if b[0][0] > x),
                    )
                    if row.direction == "backward":
                        self.arrow("time", after, (x + 0.2, y), source=right)
                        self.arrow("time", (x - 0.2, y), before, target=left)
                    else:
                        self.arrow("time", before, (x - 0.2, y), source=left)
                        self.arrow("time", (x + 0.2, y), after, target=right)
            self.text(x, lowest - 0.48, f"{count} steps left out")

    def row_name(self, row, side, text):
        y = self.layout.levels[row] * ROW
        x = self.edges_at[0] if side == "left" else self.edges_at[1]
        self.text(x, y, text, ha="right" if side == "left" else "left", linespacing=1.1)

    def finish(self, title):
        from matplotlib.lines import Line2D

        if title:
            self.text(self.left + 0.1, self.high - 0.08, title, LARGE + 1, ha="left", va="top", fontweight="bold")
        if self.legend:
            lines = [
                Line2D([], [], linestyle=EDGES[k][0], linewidth=EDGES[k][1], color=EDGES[k][2]) for k in self.legend
            ]
            self.ax.legend(
                lines, [EDGES[k][3] for k in self.legend], loc="lower left", ncols=len(lines), frameon=False,
                fontsize=SMALL * self.scale, borderaxespad=0.1, handlelength=3,
            )  # fmt: skip
