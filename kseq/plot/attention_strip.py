"""Q·Kᵀ → scale → mask → softmax → ·V as a strip of matrices, one step after the other (row X4)."""

from dataclasses import dataclass

import numpy as np

from kseq.plot.attention_inputs import read_steps
from kseq.plot.fonts import drawable
from kseq.plot.style import INK, LARGE, MISSING, SIGNED_MAP, SMALL, WEIGHT_MAP
from kseq.plot.texts import contrast

CAPTIONS = {
    "Q": ("Q", "what each word\nasks"),
    "K": ("Kᵀ", "what each word\noffers"),
    "scores": ("Q·Kᵀ", "how well they fit"),
    "scaled": ("Q·Kᵀ / √d", "not too large"),
    "masked": ("masked", "not everyone\nmay look"),
    "weights": ("weights", "shares: each row\nadds up to 1"),
    "V": ("V", "what each word\nhas to say"),
    "output": ("weights·V", "what each word\nhears"),
}
BEFORE = {"K": "·", "scores": "=", "scaled": "÷√d", "masked": "mask", "weights": "softmax", "V": "·", "output": "="}
ACROSS = ("K", "scores", "scaled", "masked", "weights")  # their columns are keys
LINES = (  # ways to cut the strip, the widest first
    (tuple(CAPTIONS),),
    (("Q", "K", "scores", "scaled"), ("masked", "weights", "V", "output")),
    (("Q", "K", "scores"), ("scaled", "masked"), ("weights", "V", "output")),
)
SCALES = (("Q", "K"), ("scores", "scaled", "masked"), ("V", "output"))  # what shares its colours: dividing makes paler
MOST_WIDE = 12  # numbers across that are written; more are drawn narrow
NARROW = 6.0  # cells that a matrix with more numbers takes
LONGEST = 12  # characters of a token
INCH = 0.5  # of a cell with a number in it
SMALL_INCH = 0.26
GAP, WORD, BELOW = 0.45, 1.1, 1.05  # inches: for a sign, for an arrow with a word, for what is written below


def attention_steps(
    matrices, queries=None, keys=None, *, head=0, example=0, values=None, width=16, title=None, ax=None
):
    """Draws how attention is computed, matrix by matrix: Q·Kᵀ → scale → mask → softmax → ·V.

    Args:
        matrices: dictionary of `"Q"` `(queries, d)`, `"K"` `(keys, d)`, `"scores"`, `"scaled"`, `"masked"`, `"weights"`
            `(queries, keys)`, `"V"` `(keys, d_v)`, `"output"` `(queries, d_v)`; a run of `kseq.scratch`, such as
            `scaled_dot_product_attention(Q, K, V)`; or an attention layer of a trace, `trace(…)["mha"]`. `"scaled"` and
            `"masked"` may be missing; a mask that forbids nothing is not drawn.
        queries: list of tokens. Default: those of the trace, else positions.
        keys: list of tokens. Default: the queries', where there are as many keys.
        head, example: which one, where there are several.
        values: whether to write the numbers into the cells. Default: where they are at most 12 in each row.
        width: of a new figure, in inches; a longer strip goes on in the next line.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on, scaled to fit. Default: a new figure.

    Returns:
        The `Axes`. Each matrix is one of `ax.collections`, with its name as `get_gid()`.

    Raises:
        ValueError: a matrix is missing, or does not fit the others.

    Example:

    >>> run = kseq.scratch.scaled_dot_product_attention(Q, K, V, kseq.scratch.causal_mask(5))
    >>> attention_steps(run, "the cat sat on it".split())
    """
    from matplotlib.figure import Figure

    found, queries, keys = read_steps(matrices, queries, keys, head, example)
    steps = [step for step in CAPTIONS if step in found]
    if "masked" in steps and not np.isneginf(found["masked"]).any():
        steps.remove("masked")
    blocks = {step: found[step].T if step == "K" else found[step] for step in steps}
    longest = max(max(blocks[step].shape[1] for step in ACROSS if step in blocks), len(queries))
    written = max(array.shape[1] for array in blocks.values()) <= MOST_WIDE if values is None else bool(values)
    inch = INCH if written else max(SMALL_INCH, min(INCH, 4.0 / longest))
    shown_q, families = drawable(queries, LONGEST)
    shown_k, more = drawable(keys, LONGEST)
    look = {"fontsize": SMALL, "color": INK, "family": list(dict.fromkeys([*families, *more])), "parse_math": False}
    label = 0.1 * max(map(len, [*shown_q, *shown_k])) / inch + 0.5  # cells that a token takes at the side
    places, size = _arrange(blocks, steps, width / inch, label, 1 / inch)
    if ax is None:
        figure = Figure(figsize=(size[0] * inch, size[1] * inch + (0.5 if title else 0.1)), layout="constrained")
        ax = figure.subplots()
    ax.set(xlim=(0, size[0]), ylim=(size[1], 0), aspect="equal")
    ax.set_axis_off()
    limits = _limits(blocks)
    for step in steps:
        place = places[step]
        _matrix(ax, step, blocks[step], place, limits[step], written)
        _caption(ax, step, place, 1 / inch)
        _sign(ax, step, place, 1 / inch)
        _tokens(ax, step, place, shown_q, shown_k, look)
    if title:
        ax.set_title(title, fontsize=LARGE + 2, color=INK)
    return ax


@dataclass
class Place:
    """Where a matrix stands, in cells: its box, the middle of what stands before it, the line of its caption."""

    x: float
    y: float
    width: float
    height: float
    sign: float
    caption: float = 0.0
    named: bool = False  # whether the tokens of its rows stand at its left


def _arrange(blocks, steps, width, label, line):
    """`(step → Place, (width, height) of all)`: in as few lines as fit into the width; `line` is an inch in cells."""
    for cuts in LINES:
        lines = [[step for step in line if step in steps] for line in cuts]
        found = [_line(blocks, some, label, line) for some in lines if some]
        if max(right for _, right in found) <= width:
            break
    places, y, below = {}, 0.0, BELOW * line
    above = label * 0.85 + 0.2  # tokens stand slanted above
    for some, _ in found:
        high = max(place.height for place in some.values())
        for place in some.values():
            place.y, place.caption = y + above + (high - place.height) / 2, y + above + high
        y += above + high + below
        places |= some
    return places, (max(right for _, right in found), y)


def _line(blocks, steps, label, line):
    """`(step → Place, right end)` of one line."""
    places, x = {}, 0.0
    for step in steps:
        rows, columns = blocks[step].shape
        wide = float(columns) if columns <= MOST_WIDE or step in ACROSS else NARROW
        high = NARROW if step == "K" and rows > MOST_WIDE else float(rows)
        before = 0.0 if step not in BEFORE else line * (WORD if len(BEFORE[step]) > 1 else GAP)
        named = step in ("Q", "V") or (not places and step != "K")
        sign, x = x + before / 2, x + before + (label if named else 0.15)
        places[step] = Place(x, 0.0, wide, high, sign, named=named)
        x += wide + 0.15
    return places, x + (label if "output" in steps else 0.2)


def _limits(blocks):
    """The ends of each colour scale; steps of one kind share theirs."""
    limits = {"weights": (0.0, 1.0)}
    for group in SCALES:
        there = [blocks[step] for step in group if step in blocks]
        end = max((np.abs(array[np.isfinite(array)]).max(initial=0.0) for array in there), default=1.0) or 1.0
        limits |= dict.fromkeys(group, (-end, end))
    return limits


def _matrix(ax, step, array, place, limits, written):
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.patches import Rectangle

    signed = LinearSegmentedColormap.from_list("signed", SIGNED_MAP)
    colours = colormaps[WEIGHT_MAP] if step == "weights" else signed
    norm = Normalize(*limits)
    rows, columns = array.shape
    across = np.linspace(place.x, place.x + place.width, columns + 1)
    down = np.linspace(place.y, place.y + place.height, rows + 1)
    wide = min(place.width / columns, place.height / rows) >= 0.5
    edges = {"edgecolors": "#cccccc", "linewidth": 0.6} if wide else {}
    ax.pcolormesh(across, down, np.ma.masked_invalid(array), cmap=colours, norm=norm, gid=step, **edges)
    for row, column in np.argwhere(np.isneginf(array)):
        corner = (across[column], down[row])
        ax.add_patch(Rectangle(corner, place.width / columns, place.height / rows, **MISSING, gid="masked"))
    ax.add_patch(
        Rectangle((place.x, place.y), place.width, place.height, fill=False, edgecolor=INK, linewidth=1.4, gid="frame")
    )
    if not written:
        return
    for (row, column), value in np.ndenumerate(array):
        forbidden = np.isneginf(value)
        look = {"color": INK, "backgroundcolor": "white"} if forbidden else {"color": contrast(colours(norm(value)))}
        middle = ((across[column] + across[column + 1]) / 2, (down[row] + down[row + 1]) / 2)
        text = ax.text(*middle, _number(value, step), ha="center", va="center", fontsize=SMALL, gid="number", **look)
        if forbidden:
            text.get_bbox_patch().set_boxstyle("square", pad=0.05)


def _number(value, step):
    if np.isneginf(value):
        return "−∞"
    if step == "weights":
        return "0" if value == 0 else "1" if value >= 0.995 else f"{value:.2f}".removeprefix("0")
    text = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def _caption(ax, step, place, line):
    """Name and meaning below a matrix; `line` is an inch in cells."""
    name, meaning = CAPTIONS[step]
    x, y = place.x + place.width / 2, place.caption
    ax.text(x, y + 0.1 * line, name, ha="center", va="top", fontsize=LARGE, fontweight="bold", color=INK)
    ax.text(x, y + 0.38 * line, meaning, ha="center", va="top", fontsize=SMALL, color=INK, linespacing=1.05)


def _sign(ax, step, place, line):
    """What is done to come to this matrix: a sign, or an arrow with a word."""
    sign = BEFORE.get(step, "")
    x, y = place.sign, place.y + place.height / 2
    if len(sign) == 1:
        ax.text(x, y, sign, ha="center", va="center", fontsize=28, fontweight="bold", color=INK)
    elif sign:
        half = (WORD / 2 - 0.05) * line
        ax.annotate("", (x + half, y), (x - half, y), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 2.5})
        ax.text(x, y - 0.12 * line, sign, ha="center", va="bottom", fontsize=SMALL, fontweight="bold", color=INK)


def _tokens(ax, step, place, queries, keys, look):
    rows = keys if step == "V" else queries
    sides = [(place.x - 0.2, "right")] if place.named else []
    sides += [(place.x + place.width + 0.2, "left")] if step == "output" else []
    for x, side in sides:
        for row, word in enumerate(rows):
            y = place.y + (row + 0.5) * place.height / len(rows)
            ax.text(x, y, word, ha=side, va="center", gid="token", **look)
    short = max(map(len, keys)) <= 2
    for column, word in enumerate(keys if step in ACROSS else ()):
        x = place.x + (column + (0.5 if short else 0.4)) * place.width / len(keys)
        how = {"ha": "center"} if short else {"ha": "left", "rotation": 55, "rotation_mode": "anchor"}
        ax.text(x, place.y - 0.15, word, va="bottom", gid="token", **how, **look)
