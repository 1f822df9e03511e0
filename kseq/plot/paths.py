"""Where the ball was, where it went, and where models say it goes (row S1)."""

import numpy as np

from kseq.plot.checks import numbers
from kseq.plot.style import INK, LARGE, legend, line_style, new_axes, tidy


def ball_paths(history, futures, truth=None, *, box=None, title=None, ax=None):
    """Draws a path in the plane and what is said to follow.

    Args:
        history: `(T, 2)` positions that were seen.
        futures: dictionary of name -> `(steps, 2)` positions, such as those of a model and of constant velocity; or one
            array.
        truth: `(steps, 2)`: where it went.
        box: `(left, bottom, right, top)` of walls. Default: none.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: positions are not of shape `(steps, 2)`.
    """
    history = _positions(history, "history")
    futures = futures if isinstance(futures, dict) else {"forecast": futures}
    futures = {str(name): _positions(path, f"futures[{name!r}]") for name, path in futures.items()}
    ax = new_axes((8, 5)) if ax is None else ax
    if box is not None:
        left, bottom, right, top = box
        ax.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=INK, linewidth=3)
    ax.plot(*history.T, color=INK, linewidth=2, marker="o", markersize=6, label="history")
    if truth is not None:
        path = np.concatenate([history[-1:], _positions(truth, "truth")])
        ax.plot(*path.T, color=INK, linewidth=1, linestyle=":", marker="o", markersize=6, markerfacecolor="white",
                label="truth")  # fmt: skip
    for number, (name, path) in enumerate(futures.items()):
        style = line_style(number) | {"marker": "sD^vPo"[number % 6]}
        ax.plot(*np.concatenate([history[-1:], path]).T, **style, markersize=5, label=name)
    ax.set_aspect("equal")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    if title:
        ax.set_title(title, fontsize=LARGE)
    legend(ax)
    return tidy(ax)


def _positions(values, name):
    array = numbers(values, name, (2,))
    if array.shape[1] != 2:
        raise ValueError(f"`{name}` must be positions of shape (steps, 2). Received: shape {array.shape}")
    return array
