"""Who looks where: attention weights as maps, query tokens down and key tokens across (rows Q5, X4 to X6)."""

import numpy as np

from kseq.plot.attention_inputs import read_layers, read_weights
from kseq.plot.fonts import MOST_TOKENS, drawable, step_between
from kseq.plot.style import INK, LARGE, SMALL, WEIGHT_MAP, new_axes, tidy
from kseq.plot.texts import contrast

LONGEST = 16  # characters of a token
CELL, NUMBERED = 0.3, 0.62  # inches of a cell without and with a number
MOST_NUMBERS = 12  # so many tokens across: the numbers in the cells can still be read
PANEL = 2.0  # inches of a head in a grid, at least
READABLE = 0.21  # inches that a token takes
WIDEST, HIGHEST = 20, 24  # inches of a grid


def attention_map(
    weights, queries=None, keys=None, *, head=0, example=0, values=None, limit=None, title=None, label="weight", ax=None
):
    """Draws who looks where: each row is a query, and says how it shares out its attention among the keys.

    Args:
        weights: `(queries, keys)`, rows that add up to 1; a table such as `trace(…)["mha"].table("weights")`, which
            brings its tokens and leaves padding out; or `trace(…)["mha"]` itself, or `(heads, queries, keys)`.
        queries: list of tokens, down. Default: those of the table, else positions.
        keys: list of tokens, across. Default: those of the table; where there are as many keys, the queries' own.
        head: number of the head, or `"mean"`, where there are several.
        example: which example of a trace.
        values: whether to write the weights into the cells. Default: where there are at most 12 tokens.
        limit: the end of the scale. Default: the largest weight, so that weak attention shows, too; 1 to compare maps.
        title: what stands above.
        label: what stands at the colour bar.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure, large enough for all tokens (up to 40).

    Returns:
        The `Axes`. Its image is `ax.images[0]`.

    Raises:
        ValueError: shapes or tokens do not fit, or these are no weights; the message says what was expected.

    Example:

    >>> attention_map(trace(model, ["the animal slept as it was tired"])["block_1/self_attention"], head=2)
    """
    array, queries, keys = read_weights(weights, queries, keys, head=head, example=example)
    T, S = array.shape
    own = ax is None
    written = max(T, S) <= MOST_NUMBERS if values is None else bool(values)
    if own:
        cell = NUMBERED if written else CELL
        words = 0.095 * max(map(len, [*queries, *keys]))
        ax = new_axes((min(16, max(4.5, 2.4 + words + cell * S)), min(15, max(3, 1.2 + words + 0.8 * cell * T))))
    image = _image(ax, array, limit)
    _queries_axis(ax, queries, own)
    _keys_axis(ax, keys, own)
    ax.set_ylabel("query: who looks", fontsize=LARGE, color=INK, labelpad=8)
    ax.set_xlabel("key: at whom", fontsize=LARGE, color=INK)
    if written:
        _write(ax, image, array)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.9)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.set_label(label, fontsize=LARGE, color=INK)
    if title:
        ax.set_title(title, fontsize=LARGE, color=INK)
    return ax


def attention_heads(weights, queries=None, keys=None, *, example=0, title=None, fig=None):
    """Draws all heads side by side, a row for each layer: what each of them has learned to look at.

    Args:
        weights: `(heads, queries, keys)` or `(layers, heads, queries, keys)`; a dictionary label → `(heads, queries,
            keys)`; an attention layer of a trace, `trace(…)["mha"]`; or a whole trace, of which recurrent layers are
            left out. Layers may have different keys (attention to another sequence) and numbers of heads.
        queries, keys: lists of tokens, as in `attention_map`; for all layers.
        example: which example of a trace.
        title: what stands above all.
        fig: `matplotlib.figure.Figure` (or sub-figure) to draw on. Default: a new one.

    Returns:
        An array of `Axes`, `(layers, heads)`. All share one scale, from 0 to 1. Tokens are written where there is room.
    """
    from matplotlib.figure import Figure

    rows = read_layers(weights, queries, keys, example)
    most_heads = max(len(array) for _, array, *_ in rows)
    size = [max(PANEL, READABLE * most) for most in (max(len(r[3]) for r in rows), max(len(r[2]) for r in rows))]
    roomy = False
    if fig is None:
        words = 0.095 * max(len(word) for row in rows for word in [*row[2], *row[3]])
        width, height = 1.6 + words + (size[0] + 0.2) * most_heads, 0.8 + (size[1] + words + 0.5) * len(rows)
        roomy = width <= WIDEST and height <= HIGHEST  # so that every token has its place
        fig = Figure(figsize=(min(WIDEST, width), min(HIGHEST, height)), layout="constrained")
    axes = fig.subplots(len(rows), most_heads, squeeze=False)
    image = None
    for line, (label, array, down, across) in zip(axes, rows, strict=True):
        for head, ax in enumerate(line):
            if head >= len(array):
                ax.set_axis_off()
                continue
            image = _image(ax, array[head], 1.0)
            ax.set_title(f"head {head}", fontsize=SMALL, color=INK)
            _queries_axis(ax, down, roomy)
            _keys_axis(ax, across, roomy)
            if head:
                ax.tick_params(labelleft=False)
        line[0].set_ylabel(label or "", fontsize=LARGE, color=INK)
    bar = fig.colorbar(image, ax=axes, shrink=0.6, pad=0.01)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.set_label("weight", fontsize=LARGE, color=INK)
    if title:
        fig.suptitle(title, fontsize=LARGE + 2, color=INK)
    return axes


def _image(ax, array, limit):
    from matplotlib import colormaps

    if limit is not None and not limit > 0:
        raise ValueError(f"`limit` must be positive. Received: limit={limit}")
    colours = colormaps[WEIGHT_MAP].with_extremes(bad="#dddddd")
    high = limit or np.nanmax(array) or 1.0
    image = ax.imshow(array, cmap=colours, vmin=0, vmax=high, aspect="auto", interpolation="nearest")
    T, S = array.shape
    if max(T, S) <= MOST_TOKENS:  # thin lines, along which the eye finds its row
        ax.set_xticks(np.arange(-0.5, S), minor=True)
        ax.set_yticks(np.arange(-0.5, T), minor=True)
        ax.grid(which="minor", color="#cccccc", linewidth=0.6)
    return image


def _queries_axis(ax, tokens, roomy):
    height = ax.get_window_extent().height / ax.figure.dpi
    fits = roomy and len(tokens) <= MOST_TOKENS
    every = 1 if fits else max(1, int(np.ceil(READABLE * len(tokens) / max(height, 0.1))))
    shown, families = drawable(tokens, LONGEST)
    ax.set_yticks(np.arange(0, len(tokens), every), shown[::every], family=families, parse_math=False)
    _plain(ax, "y")


def _keys_axis(ax, tokens, roomy):
    every = 1 if roomy and len(tokens) <= MOST_TOKENS else step_between(ax, len(tokens), READABLE * 72)
    shown, families = drawable(tokens, LONGEST)
    ax.set_xticks(np.arange(0, len(tokens), every), shown[::every], family=families, parse_math=False)
    _plain(ax, "x")
    ax.xaxis.set_label_position("top")
    ax.tick_params(axis="x", top=False, labeltop=True, bottom=False, labelbottom=False)
    if max(map(len, shown)) > 2:  # letters and short numbers stand upright
        for text in ax.get_xticklabels():
            text.set(rotation=60, ha="left", rotation_mode="anchor")


def _plain(ax, axis):
    tidy(ax)
    ax.spines[:].set_visible(False)
    ax.tick_params(axis=axis, which="both", length=0)


def _write(ax, image, array):
    size = SMALL if max(array.shape) <= MOST_NUMBERS else SMALL - 3
    for (row, column), weight in np.ndenumerate(array):
        if np.isfinite(weight):
            colour = contrast(image.cmap(image.norm(weight)))
            text = "0" if weight == 0 else f"{weight:.2f}".removeprefix("0") if weight < 0.995 else "1"
            ax.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)
