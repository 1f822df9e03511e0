"""From token to token: lines whose width is the weight (rows Q6, X5)."""

import numpy as np

from kseq.plot.attention_inputs import read_weights
from kseq.plot.fonts import drawable
from kseq.plot.style import INK, LARGE, PALETTE, SMALL, new_axes, tidy

WIDEST = 9.0  # points of a line with the weight 1
SIZE = 15  # points of the tokens
ROW = 0.36  # inches that a token takes
APART = 4.0  # inches between the columns
CHOSEN, OTHERS = PALETTE[5], PALETTE[0]
LONGEST = 20  # characters of a token


def token_links(
    weights, queries=None, keys=None, *, chosen=None, head=0, example=0, least=0.05, values=None, title=None, ax=None
):
    """Draws a line from each token that looks to each token that it looks at, as wide as the weight.

    Args:
        weights: as in `attention_map`: `(queries, keys)`, a table, `trace(…)["mha"]`, or `(heads, queries, keys)`.
        queries: list of tokens, in the left column.
        keys: list of tokens, in the right column. Default: the queries' own, where there are as many.
        chosen: a query, or a list of them, by token or by position: only their lines are drawn. Default: all.
        head: number of the head, or `"mean"`, where there are several.
        example: which example of a trace.
        least: weights below this are not drawn.
        values: whether to write the weight beside each key, the largest that arrives there. Default: where one query
            is chosen.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`. The lines are `ax.lines`, the widest last, each with `"query→key"` positions as `get_gid()`.

    Raises:
        ValueError: weights or tokens do not fit, or there is no such query.

    Example:

    >>> token_links(trace(model, texts)["block_1/self_attention"], chosen="it", head=2)
    """
    array, queries, keys = read_weights(weights, queries, keys, head=head, example=example)
    if not 0 <= least < 1:
        raise ValueError(f"`least` must be a weight, 0 or more and less than 1. Received: least={least}")
    rows = _chosen(chosen, queries)
    written = (len(rows) == 1 and chosen is not None) if values is None else bool(values)
    T, S = array.shape
    if ax is None:
        words = 0.13 * (min(LONGEST, max(map(len, queries))) + min(LONGEST, max(map(len, keys))))
        ax = new_axes((APART + words + (0.6 if written else 0), max(2.4, 0.9 + ROW * max(T, S))))
    height = max(T, S)
    left, right = (np.arange(count) + (height - count) / 2 for count in (T, S))
    lines = [(array[t, s], t, s) for t in rows for s in range(S) if array[t, s] >= max(least, 1e-9)]
    for weight, t, s in sorted(lines):
        colour = CHOSEN if chosen is not None else OTHERS
        ax.plot(
            *_way(left[t], right[s]), color=colour, linewidth=max(1.0, WIDEST * weight), alpha=0.45 + 0.5 * weight,
            solid_capstyle="butt", gid=f"{t}→{s}",
        )  # fmt: skip
    looked_at = {s for _, _, s in lines}
    _column(ax, queries, left, -0.02, "right", set(rows) if chosen is not None else None)
    _column(ax, keys, right, 1.02, "left", looked_at if chosen is not None else None)
    if written:
        _weights(ax, array[rows].max(axis=0), right, least)
    ax.text(-0.02, -0.95, "query: who looks", ha="right", va="center", fontsize=SMALL, color=INK)
    ax.text(1.02, -0.95, "key: at whom", ha="left", va="center", fontsize=SMALL, color=INK)
    ax.set(xlim=(0, 1), ylim=(height - 0.4, -1.3))
    tidy(ax)
    ax.set_axis_off()
    if title:
        ax.set_title(title, fontsize=LARGE + 2, color=INK)
    return ax


def _chosen(chosen, queries):
    """The positions of the chosen queries, all for `None`."""
    if chosen is None:
        return list(range(len(queries)))
    found = []
    for one in [chosen] if isinstance(chosen, str | int | np.integer) else list(chosen):
        if isinstance(one, int | np.integer) and not isinstance(one, bool):
            here = [int(one)] if 0 <= one < len(queries) else []
        else:
            here = [place for place, token in enumerate(queries) if token == one]
        if not here:
            words = ", ".join(map(repr, dict.fromkeys(queries)))
            raise ValueError(
                f"`chosen` must be a query, or its position from 0 to {len(queries) - 1}; there are {words:.200}. "
                f"Received: chosen={one!r}"
            )
        found += here
    return found


def _way(start, end):
    """An even curve from the left column to the right one."""
    x = np.linspace(0, 1, 41)
    return x, start + (end - start) * x * x * (3 - 2 * x)


def _column(ax, tokens, places, x, side, strong):
    """The tokens of one column; those that are not `strong` are pale, if there are strong ones."""
    shown, families = drawable(tokens, LONGEST)
    for number, (word, y) in enumerate(zip(shown, places, strict=True)):
        pale = strong is not None and number not in strong
        ax.text(
            x, y, word, ha=side, va="center", fontsize=SIZE, family=families, parse_math=False, gid="token",
            color="#767676" if pale else INK, fontweight="bold" if strong is not None and not pale else "normal",
        )  # fmt: skip


def _weights(ax, weights, places, least):
    """The numbers, on the lines where they arrive."""
    for weight, y in zip(weights, places, strict=True):
        if weight >= max(least, 1e-9):
            text = ax.text(
                0.97, y, f"{weight:.2f}".removeprefix("0"), ha="right", va="center", fontsize=SMALL, color=INK
            )
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})
