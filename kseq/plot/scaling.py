"""Scaling laws, and theory beside measurement: straight lines on two logarithmic scales (rows L6, G6, X9)."""

import itertools

import numpy as np

from kseq.plot.lengths import by_model, read_records
from kseq.plot.style import INK, SMALL, legend, line_style, new_axes, tidy
from kseq.plot.word_maps import shared


def scaling_frontier(laws, models=None, *, value="parameters", along="flops", title=None, label=None, ax=None):
    """Draws what a scaling law holds best for each amount of computing, and where trained models lie beside it.

    Args:
        laws: a pandas `DataFrame` or a list of dictionaries with `model` (the name of the law), `flops` and
            `parameters`: points of each line.
        models: the same for models that were trained, one row each; drawn as points with their names. `None`: none.
        value: name of what is drawn upwards: `"parameters"`, `"tokens"`, `"loss"`, …
        along: name of what is drawn to the right.
        title: what stands above.
        label: what stands at the vertical axis. Default: `value`.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, both scales logarithmic. A model above a line of parameters is larger than that law advises for its
        computing, and has read too little.

    Raises:
        ValueError: a column is missing, or something is not positive.

    Example:

    >>> scaling_frontier([{"model": "Chinchilla", "flops": c, "parameters": (c / 120) ** 0.5} for c in (1e21, 1e24)])

    References:
        Kaplan et al. (2020), arXiv 2001.08361; Hoffmann et al. (2022), arXiv 2203.15556, figure 1.
    """
    lines = _positive(by_model(read_records(laws, "laws"), value, along), "laws", value)
    ax = new_axes((9, 5.4)) if ax is None else ax
    for number, (name, found) in enumerate(lines.items()):
        style = line_style(number) | {"marker": None, "linewidth": 2.5}
        ax.plot(list(found), [np.median(one) for one in found.values()], **style, label=name)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel({"flops": "FLOPs of training"}.get(along, along))
    ax.set_ylabel(label or value)
    _finish(ax, title)
    if models is not None:
        from matplotlib.patheffects import withStroke

        points = _positive(by_model(read_records(models, "models"), value, along), "models", value)
        places = [(x, np.median(y)) for found in points.values() for x, y in found.items()]
        names = [name for name, found in points.items() for _ in found]
        ax.scatter(*zip(*places, strict=True), s=45, color=INK, marker="o", zorder=5, gid="models")
        ax.margins(0.08)
        for name, place, (offset, near) in zip(names, places, _beside(ax, names, places), strict=True):
            far = {"arrowstyle": "-", "color": "#888888", "linewidth": 0.8, "shrinkA": 0, "shrinkB": 4}
            ax.annotate(
                name, place, offset, textcoords="offset points", fontsize=SMALL, color=INK, va="center",
                path_effects=[withStroke(linewidth=3, foreground="white")],
                arrowprops=None if near else far,
            )  # fmt: skip
    return ax


def _beside(ax, words, points):
    """Where each label stands beside its point, in points, as near as lines, points and other labels leave room; and
    whether that is so near that it needs no line to its point."""
    from matplotlib.textpath import TextPath

    ax.figure.draw_without_rendering()  # only now the axes have their size
    scale = 72 / ax.figure.dpi
    places = ax.transData.transform(points) * scale
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]  # left, bottom, right, top
    for line in ax.lines:
        corners = ax.transData.transform(line.get_xydata()) * scale
        for ends in itertools.pairwise(corners):
            taken += _along(*ends)
    left, bottom, right, top = np.array(ax.bbox.extents) * scale
    found, labels = [], []
    for own, (word, (x, y)) in enumerate(zip(words, places, strict=True)):
        width, half = TextPath((0, 0), str(word), size=SMALL).get_extents().width + 3, 0.75 * SMALL
        choices = []
        for rise, away, side in itertools.product(range(-8, 9), (0, 20, 45, 80), (1, -1)):
            dx, dy = (7 + away if side > 0 else -7 - away - width), 0.75 * SMALL * rise
            box = (x + dx, y + dy - half, x + dx + width, y + dy + half)
            near = not away and abs(dy) < SMALL
            lead = [] if near else _along((x, y), (dx + x + (0 if side > 0 else width), y + dy))
            lost = sum(shared(box, other) for place, other in enumerate(taken) if place != own)
            lost += sum(shared(part, other) for part in (box, *lead) for other in labels)
            lost += width * 2 * half - shared(box, (left, bottom, right, top))  # outside of the axes
            choices.append((round(lost, 3), np.hypot(7 + away, dy), -side, (dx, dy), near, [box, *lead]))
        *_, offset, near, covered = min(choices)
        found.append((offset, near))
        labels += covered
    return found


def _along(start, end):
    """A straight line as small boxes."""
    steps = np.linspace(start, end, 2 + int(np.hypot(*np.subtract(end, start)) / 3))
    return [(x - 2, y - 2, x + 2, y + 2) for x, y in steps]


def theory_against_length(
    records, measured=None, *, value="flops", theory="by its formula", crossings=True, title=None, label=None, ax=None
):
    """Draws what a layer costs against the length of the sequence by its formula, where lines cross, and what was
    measured beside it.

    Args:
        records: a pandas `DataFrame` or a list of dictionaries with `model`, `length` and the value; drawn as lines.
        measured: the same as it was measured, in the same unit; drawn as points in the colour of the line of the same
            name (several of one model and length: the median). `None`: none.
        value: name of what is drawn upwards: `"flops"`, `"seconds"`, `"steps"`, …
        theory: what the line is beside what was measured; in the legend behind its name. A time that follows from FLOPs
            is the least there can be, so `"at least"`.
        crossings: the lengths at which two lines cross, to be marked. `True`: found from the lines, straight between
            the given lengths on logarithmic scales (so give lengths that lie close together); `False`: none.
        title: what stands above.
        label: what stands at the vertical axis. Default: `value`.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, both scales logarithmic.

    Raises:
        ValueError: a column is missing, something is not positive, or something was measured that has no line.

    Example:

    >>> lines = [{"model": "LSTM", "length": n, "flops": 1e6 * n} for n in (64, 4096)]
    >>> lines += [{"model": "attention", "length": n, "flops": 1e3 * n * n} for n in (64, 4096)]
    >>> theory_against_length(lines)

    References:
        Vaswani et al. (2017), arXiv 1706.03762, table 1.
    """
    lines = _positive(by_model(read_records(records), value), "records", value)
    points = (
        {} if measured is None else _positive(by_model(read_records(measured, "measured"), value), "measured", value)
    )
    if unknown := [name for name in points if name not in lines]:
        raise ValueError(f"`measured` must have the names of `records`: {', '.join(lines)}. Received: {unknown[0]!r}")
    ax = new_axes((9, 5.2)) if ax is None else ax
    for number, (name, found) in enumerate(lines.items()):
        style = line_style(number)
        shown = f"{name}, {theory}" if name in points else name
        ax.plot(list(found), [np.median(one) for one in found.values()], **style | {"marker": None}, label=shown)
        if name in points:
            x, y = list(points[name]), [np.median(one) for one in points[name].values()]
            ax.plot(x, y, color=style["color"], marker=style["marker"], ms=9, ls="", label=f"{name}, measured")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    if crossings is True:
        crossings = [length for pair in itertools.combinations(lines.values(), 2) for length in meetings(*pair)]
    for length in crossings or ():
        near = min(lines.values(), key=lambda line: _gap(line, lines, length))  # of the two that meet there
        height = _at(near, length)
        ax.plot(length, height, marker="o", ms=15, mfc="none", mec=INK, mew=2, ls="", gid="crossing")
        ax.annotate(
            f"T = {length:,.0f}", (length, height), (6, -12), textcoords="offset points", fontsize=SMALL, color=INK,
            ha="left", va="top",
        )  # fmt: skip
    lengths = sorted({n for found in (*lines.values(), *points.values()) for n in found})
    if len(lengths) > 8:
        lengths = [n for n in lengths if n & (n - 1) == 0] or lengths  # powers of two
        lengths = lengths[:: -(-len(lengths) // 8)]
    ax.set_xticks(lengths, [f"{n:,.0f}" for n in lengths])
    ax.minorticks_off()
    ax.set_xlabel("length of the sequence T")
    ax.set_ylabel(label or value)
    return _finish(ax, title)


def meetings(one, other):
    """Lengths at which two lines `{length: values}` cross, straight between their common lengths on logarithmic
    scales."""
    lengths = sorted(set(one) & set(other))
    gap = [np.log(np.median(one[n]) / np.median(other[n])) for n in lengths]
    found = []
    for (x, before), (end, after) in itertools.pairwise(zip(lengths, gap, strict=True)):
        if before * after < 0:
            found.append(float(np.exp(np.interp(0, *_rising((before, after), np.log((x, end)))))))
        elif before == 0 and after and any(gap[: lengths.index(x)]):  # they meet at one of the lengths and part again
            found.append(x)
    return found


def _rising(x, y):
    """As `numpy.interp` wants them: the smaller first."""
    return (x, y) if x[0] < x[1] else (x[::-1], y[::-1])


def _at(line, length):
    """The height of a line at a length, straight on logarithmic scales."""
    return float(np.exp(np.interp(np.log(length), np.log(list(line)), np.log([np.median(y) for y in line.values()]))))


def _gap(line, lines, length):
    """How far away the nearest other line is."""
    others = [other for other in lines.values() if other is not line]
    return min(abs(np.log(_at(line, length) / _at(other, length))) for other in others) if others else 0


def _positive(lines, name, value):
    for line, found in lines.items():
        if min(found) <= 0 or min(one.min() for one in found.values()) <= 0:
            raise ValueError(f"`{name}` must be positive, both scales being logarithmic. Received: {value} of {line!r}")
    return lines


def _finish(ax, title):
    if title:
        ax.set_title(title)
    ax.grid(color="#dddddd", linewidth=0.8)
    ax.set_axisbelow(True)
    legend(ax)
    return tidy(ax)
