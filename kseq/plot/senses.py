"""Does a vector know which sense of a word is meant? Beside a control that does not see the context (row X5)."""

import numpy as np

from kseq.plot.checks import numbers
from kseq.plot.lengths import read_records
from kseq.plot.style import INK, LARGE, PALETTE, SMALL, legend, line_style, new_axes, tidy

LABELS = {"shown": "with its sentence", "hidden": "by its position only"}
GUESS = 0.5
MARKERS = ("o", "s")


def sense_separation(records, *, value="accuracy", words=False, title=None, label=None, ax=None):
    """Draws, layer by layer, how often the vector of an ambiguous word stands with its own sense, beside the control.

    Args:
        records: what `kseq.inspection.sense_separation` returns; or a `DataFrame` or list of dictionaries with
            `context` (`"shown"`; `"hidden"` for the control), `layer`, and the value; `seed` and `word` where there
            are.
        value: what is drawn: `"accuracy"`, `"accuracy_both"` or `"margin"`.
        words: whether each word has a line of its own, too, thin; in its sentence, not in the control.
        title: what stands above.
        label: what stands at the vertical axis. Default: by `value`.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`. Lines are means over words and seeds; the bands reach from the worst seed to the best.

    Raises:
        ValueError: a column is missing.
    """
    rows = read_records(records)
    missing = [name for name in ("context", "layer", value) if any(name not in row for row in rows)]
    if missing:
        raise ValueError(f"`records` must have {', '.join(missing)} in each record. Received: {', '.join(rows[0])}")
    guess = getattr(records, "attrs", {}).get("guess", GUESS)
    ax = new_axes((8, 4.5)) if ax is None else ax
    layers = sorted({row["layer"] for row in rows})
    for number, context in enumerate(dict.fromkeys(row["context"] for row in rows)):
        mine = [row for row in rows if row["context"] == context]
        seeds = list(dict.fromkeys(row.get("seed") for row in mine))
        table = np.array([[_mean(mine, value, layer=n, seed=seed) for n in layers] for seed in seeds])
        style = line_style(number)
        ax.plot(layers, table.mean(axis=0), **style | {"linewidth": 3}, label=LABELS.get(context, str(context)))
        if len(seeds) > 1:
            ax.fill_between(layers, table.min(axis=0), table.max(axis=0), color=style["color"], alpha=0.2, linewidth=0)
        for word in dict.fromkeys(row.get("word") for row in mine) if words and number == 0 else ():
            line = [_mean(mine, value, layer=n, word=word) for n in layers]
            ax.plot(layers, line, color=style["color"], linewidth=1, label="_word")
            ax.annotate(str(word), (layers[-1], line[-1]), (6, 0), textcoords="offset points", va="center",
                        fontsize=SMALL, color=INK)  # fmt: skip
    if value != "margin":
        ax.axhline(guess, color=INK, linestyle=(0, (1, 1)), linewidth=2, label="guessing")
        ax.set_ylim(min(guess, *[row[value] for row in rows]) - 0.05, 1.03)
    ax.set_xticks(layers, ["embedding" if layer == 0 else str(layer) for layer in layers])
    ax.set_xlabel("after layer")
    ax.set_ylabel(
        label or {"accuracy": "right sense", "accuracy_both": "right sense, both in one sentence"}.get(value, value)
    )
    if title:
        ax.set_title(title)
    legend(ax)
    return tidy(ax)


def sense_vectors(panels, *, title=None, fig=None):
    """Draws the vectors of one word as points in two dimensions, coloured by sense, beside a control.

    Each panel is turned so that most of what varies lies in the plane (PCA); all have one scale, so that a control in
    which nothing varies looks like it. Above each stands how many vectors are nearer to the mean of their own sense,
    each left out of its mean.

    Args:
        panels: dictionary of label → `(vectors, senses)`: `(occurrences, dim)`, such as rows of
            `trace(…).residual["block_2/output"]`, and a name for each occurrence, two names in all.
        title: what stands above all.
        fig: `matplotlib.figure.Figure` (or sub-figure) to draw on. Default: a new one.

    Returns:
        An array of `Axes`, one per panel.

    Raises:
        ValueError: vectors and senses do not fit, or there are not two senses with two vectors each.

    Example:

    >>> sense_vectors({"after block 2": (last, senses), "embedding": (first, senses)})
    """
    from matplotlib.figure import Figure

    if not isinstance(panels, dict) or not panels:
        raise ValueError(
            f"`panels` must be a dictionary of label → (vectors, senses). Received: {type(panels).__name__}"
        )
    read = {str(label): _read(label, pair) for label, pair in panels.items()}
    points = {label: _plane(vectors) for label, (vectors, _) in read.items()}
    end = 1.08 * max(np.abs(plane).max() for plane in points.values()) or 1.0
    fig = Figure(figsize=(5 * len(read) + 0.5, 5), layout="constrained") if fig is None else fig
    axes = fig.subplots(1, len(read), sharex=True, sharey=True, squeeze=False)[0]
    for ax, (label, (vectors, senses)) in zip(axes, read.items(), strict=True):
        for number, sense in enumerate(np.unique(senses)):
            mine = points[label][senses == sense]
            ax.scatter(*mine.T, s=55, marker=MARKERS[number], color=PALETTE[number], edgecolors="white", linewidths=0.7,
                       label=sense, alpha=0.85)  # fmt: skip
        ax.set_title(
            f"{label}\n{share_nearer(vectors, senses):.0%} nearer to their own sense", fontsize=LARGE, color=INK
        )
        ax.set(xlim=(-end, end), ylim=(-end, end), aspect="equal", xticks=[], yticks=[])
        ax.axhline(0, color="#dddddd", zorder=0)
        ax.axvline(0, color="#dddddd", zorder=0)
        ax.spines[:].set_color("#bbbbbb")
    axes[0].legend(fontsize=LARGE, frameon=True, loc="best", handletextpad=0.2)
    if title:
        fig.suptitle(title, fontsize=LARGE + 2, color=INK)
    return axes


def share_nearer(vectors, senses):
    """The share of vectors that are nearer to the mean of the others of their sense than to that of the other sense."""
    first, second = np.unique(senses)
    right = 0.0
    for vector, sense in zip(vectors, senses, strict=True):
        own, other = (vectors[senses == name] for name in ((first, second) if sense == first else (second, first)))
        mean = (own.sum(axis=0) - vector) / (len(own) - 1)
        near, far = np.linalg.norm(vector - mean), np.linalg.norm(vector - other.mean(axis=0))
        right += 0.5 if np.isclose(near, far, atol=1e-6) else near < far
    return right / len(vectors)


def _plane(vectors):
    """The two directions in which the vectors vary most: the first right singular vectors of what is centred."""
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    plane = centred @ directions[:2].T
    return plane if plane.shape[1] == 2 else np.pad(plane, ((0, 0), (0, 1)))


def _read(label, pair):
    name = f"panels[{label!r}]"
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"`{name}` must be a pair (vectors, senses). Received: {type(pair).__name__}")
    vectors = numbers(pair[0], f"{name}[0]", (2,))
    senses = np.array([str(sense) for sense in pair[1]])
    if len(senses) != len(vectors):
        raise ValueError(f"`{name}` must have a sense for each of the {len(vectors)} vectors. Received: {len(senses)}")
    names, counts = np.unique(senses, return_counts=True)
    if len(names) != 2 or counts.min() < 2:
        found = ", ".join(f"{sense}: {count}" for sense, count in zip(names, counts, strict=True))
        raise ValueError(f"`{name}` must hold two senses, each at least twice. Received: {found}")
    return vectors, senses


def _mean(rows, value, **wanted):
    found = [row[value] for row in rows if all(row.get(name) == known for name, known in wanted.items())]
    return float(np.mean(found)) if found else np.nan
