"""Positional encoding: every position has a pattern of its own (row X3)."""

import numpy as np

from kseq.plot.checks import numbers, tokens_for
from kseq.plot.fonts import LONGEST_WORD, MOST_TOKENS, drawable
from kseq.plot.style import INK, LARGE, SIGNED_MAP, SMALL, line_style, tidy

CURVES = (0, 1 / 8, 1 / 5, 1 / 3)  # where the columns lie that are drawn as waves: each slower than the one before
LANE = 2.6  # from wave to wave


def positional_encoding(matrix, tokens=None, *, curves=None, title=None, fig=None):
    """Draws a positional encoding: a row for each position, and some of its columns as the waves that they are.

    Args:
        matrix: `(positions, dim)`, such as `kseq.scratch.positional_encoding(50, 64)`, or a learned table.
        tokens: words that stand at the positions, where they are to be seen.
        curves: numbers of the columns that are drawn as waves. Default: four, from the fastest to a
            slow one. `()`: none.
        title: what stands above.
        fig: `matplotlib.figure.Figure` (or sub-figure) to draw on. Default: a new one.

    Returns:
        The `Axes` of the matrix; its image is `ax.images[0]`, the waves are in `ax.figure.axes[1]`.

    Raises:
        ValueError: the shape, the tokens or the columns do not fit.

    Example:

    >>> positional_encoding(kseq.scratch.positional_encoding(40, 32))
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    matrix = numbers(matrix, "matrix", (2,))
    positions, dim = matrix.shape
    even = [int(part * dim) // 2 * 2 for part in CURVES]  # sines
    columns = list(dict.fromkeys(even)) if curves is None else list(curves)
    wrong = [c for c in columns if not isinstance(c, int | np.integer) or not 0 <= c < dim]
    if wrong:
        raise ValueError(f"`curves` must be columns from 0 to {dim - 1}. Received: {wrong[0]!r}")
    words = tokens_for(tokens, positions)
    if fig is None:
        fig = Figure(figsize=(12 if columns else 7, min(12, max(3.6, 1.6 + 0.11 * positions))), layout="constrained")
    ax, waves = fig.subplots(1, 2, sharey=True, width_ratios=(3, 2)) if columns else (fig.subplots(), None)
    end = max(1e-9, np.nanmax(np.abs(matrix)))
    colours = LinearSegmentedColormap.from_list("signed", SIGNED_MAP)
    image = ax.imshow(matrix, cmap=colours, vmin=-end, vmax=end, aspect="auto", interpolation="nearest")
    ax.set_xlabel("dimension")
    ax.set_ylabel("position" if tokens is None else "token")
    if tokens is not None:
        every = max(1, int(np.ceil(positions / MOST_TOKENS)))
        shown, families = drawable(words, LONGEST_WORD)
        shown = [f"{word}  {place}" for place, word in enumerate(shown)]
        ax.set_yticks(np.arange(0, positions, every), shown[::every], family=families, parse_math=False)
    bar = fig.colorbar(image, ax=ax, shrink=0.9)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    tidy(ax)
    ax.spines[:].set_visible(False)
    if waves is not None:
        places, width = np.arange(positions), LANE * end
        for number, column in enumerate(columns):
            style = line_style(number) | {
                "markersize": 5,
                "marker": line_style(number)["marker"] if positions <= 60 else "",
            }
            waves.axvline(number * width, color="#cccccc", linewidth=1)
            waves.plot(matrix[:, column] + number * width, places, **style, gid=f"column {column}")
            ax.axvline(column, ymin=1.0, ymax=1.03, color=style["color"], linewidth=5, clip_on=False)
        waves.set_xticks([number * width for number in range(len(columns))], columns)
        waves.set_xlabel("dimension")
        waves.set_title("some columns as waves", fontsize=LARGE, color=INK)
        tidy(waves)
        waves.tick_params(labelleft=False)
    if title:
        ax.set_title(title, fontsize=LARGE, color=INK, pad=20)
    return ax
