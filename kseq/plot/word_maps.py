"""A table of word vectors as points in the plane (row T1)."""

import numpy as np

from kseq.plot.checks import numbers
from kseq.plot.style import INK, PALETTE, SMALL, new_axes, tidy

RISES = (0.4, -0.4, 0, 1.2, -1.2, 2.2, -2.2, 3.2, -3.2, 4.2, -4.2)  # of a label over its point, in heights of type
MARKERS = ("o", "s", "D", "^", "v", "P")


def word_map(vectors, words=None, *, groups=None, limit=60, title=None, ax=None):
    """Draws words where their vectors lie, turned so that most of what varies lies in the plane (PCA).

    What lies together here lies together in the table, as far as two of its directions tell: the axes say how much of
    the variance of these words they show.

    Args:
        vectors: array `(words, width)`; or a table with `words` and `matrix`, such as `kseq.data.WordVectors`.
        words: a name for each row. With a table: which of its words are drawn. Default: the first `limit` of it.
        groups: a name for each word, such as `["fruit", "fruit", "city"]`; each group has a colour and a marker.
        limit: words of a table that are drawn at most, if `words` does not say which.
        title: what stands above. If not all words of a table are drawn, their number stands there, too.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: words and vectors do not fit, or there are fewer than three.

    Example:

    >>> word_map(WordVectors.from_model(model), ["river", "sea", "street", "house"])
    """
    if hasattr(vectors, "matrix"):
        total = len(vectors.words)
        words = vectors.words[:limit] if words is None else [str(word) for word in words]
        if len(words) < total:
            title = "\n".join([*([title] if title else []), f"{len(words)} of {total:,} words"])
        vectors = np.stack([vectors.vector(word) for word in words]) if len(words) else np.zeros((0, 2))
    matrix = numbers(vectors, "vectors", (2,)) if len(vectors) else np.zeros((0, 2))
    if len(matrix) < 3:
        raise ValueError(f"`vectors` must hold three words or more to lie in a plane. Received: {len(matrix)}")
    for name, given in {"words": words, "groups": groups}.items():
        if given is None and name == "groups":
            continue
        if given is None or len(given) != len(matrix):
            came = "None" if given is None else len(given)
            raise ValueError(f"`{name}` must have one entry for each of the {len(matrix)} vectors. Received: {came}")
    points, shares = plane(matrix)
    ax = new_axes((8, 6)) if ax is None else ax
    names = ["words"] * len(matrix) if groups is None else [str(group) for group in groups]
    for number, name in enumerate(dict.fromkeys(names)):
        mine = points[[one == name for one in names]]
        colour, marker = PALETTE[number % len(PALETTE)], MARKERS[number % len(MARKERS)]
        ax.scatter(*mine.T, s=40, color=colour, marker=marker, edgecolors="white", linewidths=0.6, label=name)
    for axis, share, name in zip((ax.xaxis, ax.yaxis), shares, ("first", "second"), strict=True):
        axis.set_label_text(f"{name} direction ({share:.0%} of the variance)")
        axis.set_ticks([])
    ax.margins(0.12)
    if groups is not None:
        ax.legend(fontsize=SMALL, frameon=False)
    if title:
        ax.set_title(title)
    tidy(ax)
    for word, point, offset in zip(words, points, label_offsets(ax, words, points), strict=True):
        far = {"arrowstyle": "-", "color": "#aaaaaa", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2}
        ax.annotate(
            word, point, offset, textcoords="offset points", fontsize=SMALL, color=INK, va="center",
            arrowprops=far if np.abs(offset[1]) > 1.5 * SMALL else None,
        )  # fmt: skip
    return ax


def label_offsets(ax, words, points):
    """Where each label stands beside its point, in points: as near as the labels and points before it leave room."""
    ax.figure.draw_without_rendering()  # only now the axes have their size
    places = ax.transData.transform(points) * 72 / ax.figure.dpi
    taken = [(x - 3, y - 3, x + 3, y + 3) for x, y in places]  # left, bottom, right, top
    offsets = []
    for own, (word, (x, y)) in enumerate(zip(words, places, strict=True)):
        width, half = 0.58 * SMALL * len(str(word)), 0.58 * SMALL
        choices = []
        for step in range(len(RISES) * 2):
            rise, left = RISES[step // 2] * SMALL, step % 2
            offset = (-5 - width if left else 5, rise)
            box = (x + offset[0], y + rise - half, x + offset[0] + width, y + rise + half)
            covered = sum(shared(box, other) for place, other in enumerate(taken) if place != own)
            choices.append((covered, step, offset, box))
            if not covered:
                break
        _, _, offset, box = min(choices)
        offsets.append(offset)
        taken.append(box)
    return offsets


def shared(one, other):
    """The area that two boxes share."""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)


def plane(matrix):
    """The two directions in which rows vary most: points `(rows, 2)`, and the shares of the variance.

    The signs are such that each direction's largest number is positive, so that the same table looks the same.
    """
    centred = matrix - matrix.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(matrix), 2))
    kept = min(2, len(sizes))
    points[:, :kept] = left[:, :kept] * sizes[:kept]
    flip = np.where(points[np.abs(points).argmax(axis=0), [0, 1]] < 0, -1, 1)
    total = (sizes**2).sum()
    shares = np.zeros(2)
    shares[:kept] = sizes[:kept] ** 2 / total if total > 0 else 0.0
    return points * flip, shares
