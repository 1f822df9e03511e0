"""How much each position of the input moves the output: bars over the tokens."""

import numpy as np

from kseq.plot.checks import tokens_for
from kseq.plot.fonts import LONGEST_WORD, MOST_TOKENS, drawable, slant, step_between
from kseq.plot.inputs import read_profile, without_padding
from kseq.plot.style import INK, PALETTE, SMALL, new_axes, tidy


def receptive_profile(
    values, tokens=None, *, example=0, padding=False, title=None, label="influence on the output", ax=None
):
    """Draws one bar per token: how much it moves the output.

    Args:
        values: what `kseq.inspection.receptive_profile` returns; or `(positions,)`, or `(runs, positions)` for the mean
            with a line from the lowest to the highest. NaN or masked positions have no bar. Negative values (an
            occlusion that helps) go down, in a second colour.
        tokens: list of strings. Default: those of the profile, else positions from 0.
        example: which example of a `ReceptiveProfile` of several.
        padding: whether to keep the padding at both ends: masked positions, and those with an empty token whose value
            is exactly 0.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`; the bars are `ax.patches`.

    Raises:
        ValueError: values, tokens or example do not fit.
    """
    array, known = read_profile(values, example)
    rows = np.atleast_2d(array)
    words = tokens_for(known if tokens is None else tokens, rows.shape[1])
    empty = np.array([not word for word in words])
    drawn = without_padding(~(np.isnan(rows) | (empty & (rows == 0))).all(axis=0), padding)
    rows, words = rows[:, drawn], words[drawn]
    steps = rows.shape[1]
    seen = ~np.isnan(rows).all(axis=0)
    mean, low, high = (np.zeros(steps) for _ in range(3))
    mean[seen] = np.nanmean(rows[:, seen], axis=0)
    low[seen], high[seen] = np.nanmin(rows[:, seen], axis=0), np.nanmax(rows[:, seen], axis=0)
    own = ax is None
    ax = new_axes((max(6, min(14, 2 + 0.3 * steps)), 4)) if own else ax
    places = np.arange(steps)
    bars = ax.bar(places, np.where(seen, mean, np.nan), width=0.8, color=PALETTE[0])
    for bar, value in zip(bars, mean, strict=True):
        if value < 0:
            bar.set(facecolor=PALETTE[1], hatch="//", edgecolor=INK)
    if len(rows) > 1:
        ax.vlines(places[seen], low[seen], high[seen], color=INK, linewidth=2)
    if (mean < 0).any():
        ax.axhline(0, color=INK, linewidth=1)
    shown, families = drawable(words, LONGEST_WORD)
    every = 1 if own and steps <= MOST_TOKENS else step_between(ax, steps, SMALL + 4)
    turned = max(map(len, shown)) * SMALL * 0.65 > ax.get_window_extent().width / ax.figure.dpi * 72 / steps
    ax.set_xticks(places[::every], shown[::every], family=families, parse_math=False)
    if turned and any(not word.isdigit() for word in words):
        slant(ax.get_xticklabels())
    ax.set_xlim(-0.6, steps - 0.4)
    ax.set_xlabel("token" if any(not word.isdigit() for word in words) else "position")
    ax.set_ylabel(label)
    if title:
        ax.set_title(title)
    tidy(ax)
    ax.tick_params(axis="x", length=0)
    return ax
