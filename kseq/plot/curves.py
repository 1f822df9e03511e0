"""Curves of a recurrent network: gradients through time, truncation, memory, parameters (rows R8 to R10, S9)."""

import numpy as np

from kseq.plot.checks import named, numbers, same_steps, tokens_for
from kseq.plot.fonts import LONGEST_WORD, MOST_TOKENS, drawable, slant, step_between
from kseq.plot.inputs import read_norms, without_padding
from kseq.plot.style import INK, LARGE, SMALL, legend, line_style, new_axes, tidy


def gradient_norms(norms, tokens=None, *, padding=False, title=None, label="‖∂L/∂hₜ‖", ax=None):
    """Draws the norm of the gradient at every time step, one line per model or layer, on a logarithmic scale.

    Args:
        norms: what `gradient_flow` returns: one line per layer; or a dictionary of label → such an object, `(steps,)`,
            or `(runs, steps)` for the median and a band over the runs (seeds or examples). NaN or masked steps leave a
            gap; exact zeros stand as hollow marks on the bottom line.
        tokens: list of `steps` strings for the time axis. Default: the words of a `GradientFlow` of one example, else
            positions from 0.
        padding: whether to keep the steps at both ends that are masked in every line.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`. A step keeps its position: without padding, the axis may begin at 28.

    Raises:
        ValueError: lines differ in length, a norm is negative, or nothing is above zero.
    """
    lines, known = read_norms(norms)
    same_steps(lines, "norms")
    _not_negative(lines, "norms")
    steps = next(iter(lines.values())).shape[-1]
    words = tokens_for(known if tokens is None else tokens, steps) if tokens is not None or known else None
    seen = np.any([~np.isnan(np.atleast_2d(array)).all(axis=0) for array in lines.values()], axis=0)
    drawn = without_padding(seen, padding)
    places = np.arange(steps)[drawn]
    own = ax is None
    ax = new_axes((max(7, min(14, 3 + 0.3 * len(places))) if words else 7, 4.5)) if own else ax
    _log_lines(ax, places, {name: array[..., drawn] for name, array in lines.items()}, "norms")
    if words and len(places) <= MOST_TOKENS:
        every = 1 if own else step_between(ax, len(places), SMALL + 2)
        shown, families = drawable(words[drawn], LONGEST_WORD)
        ax.set_xticks(places[::every], shown[::every], family=families, parse_math=False)
        slant(ax.get_xticklabels())
        ax.set_xlabel("token")
    else:
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel("time step t")
    ax.set_ylabel(label)
    return _finish(ax, title, len(lines) > 1)


def truncation_bias(tau, curves, *, title=None, label="against the full gradient", ax=None):
    """Draws how far a gradient that goes back only τ steps is from the full one (course row R8).

    Args:
        tau: the windows, `(windows,)`.
        curves: dictionary of label → `(windows,)` or `(runs, windows)`, such as `{"cosine": …, "relative error": …}`.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.
    """
    ax = new_axes() if ax is None else ax
    lines = named(curves, "curves")
    _lines(ax, _places(tau, lines, "tau"), lines)
    ax.set_xlabel("window τ (steps)")
    ax.set_ylabel(label)
    return _finish(ax, title, True)


def spectral_radius(radii, norms, *, title=None, label="gradient norm", ax=None):
    """Draws the gradient norm against the largest eigenvalue of the recurrent matrix (course row R9).

    Args:
        radii: spectral radii, `(radii,)`.
        norms: `(radii,)`; or a dictionary of label → `(radii,)` or `(runs, radii)`, such as one line per distance.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, with a line at 1: left of it gradients vanish, right of it they may explode.
    """
    lines = named(norms if isinstance(norms, dict) else {"gradient norm": norms}, "norms")
    _not_negative(lines, "norms")
    ax = new_axes() if ax is None else ax
    _log_lines(ax, _places(radii, lines, "radii"), lines, "norms")
    ax.axvline(1, color=INK, linestyle=(0, (1, 1)), linewidth=1.5, zorder=0)
    for x, side, text in ((-6, "right", "vanishing"), (6, "left", "exploding")):
        ax.annotate(text, (1, 1), (x, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
                    ha=side, fontsize=SMALL, color=INK)  # fmt: skip
    ax.set_xlabel("spectral radius of the recurrent matrix")
    ax.set_ylabel(label)
    if title:
        ax.set_title(title, pad=22)
    return _finish(ax, None, len(lines) > 1)


def parameter_counts(lengths, counts, *, title=None, ax=None):
    """Draws how many parameters a model has as its input grows: a dense network needs more, a recurrent one does not.

    Args:
        lengths: numbers of steps, `(lengths,)`.
        counts: dictionary of label → `(lengths,)`, or one number where the length makes no difference.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, both scales logarithmic (course rows S7, S9).
    """
    places = numbers(lengths, "lengths", (1,))
    if isinstance(counts, dict):
        counts = {
            label: np.full(len(places), values) if np.ndim(values) == 0 else values for label, values in counts.items()
        }
    lines = named(counts, "counts", (1,))
    if min(np.nanmin(array) for array in lines.values()) <= 0 or places.min() <= 0:
        raise ValueError("`lengths` and `counts` must be positive. Received: a value that is not")
    ax = new_axes() if ax is None else ax
    _lines(ax, _places(lengths, lines, "lengths"), lines)
    ax.set(xscale="log", yscale="log", xlabel="sequence length T", ylabel="parameters")
    return _finish(ax, title, True)


def memory_curve(records, *, value=None, threshold=None, title=None, label=None, ax=None):
    """Draws a score against the distance to be remembered, one line per cell: mean, and band from worst to best seed.

    Args:
        records: a pandas `DataFrame`, or a list of dictionaries, with `cell`, `length` and the score; `seed` and
            `baseline` where there are.
        value: name of the score. Default: `"score"`, else `"metric"`, whichever holds numbers.
        threshold: a score at which the task counts as solved, drawn as a line.
        title: what stands above.
        label: what stands at the vertical axis. Default: the name of the score (or what `metric` says it is).
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: a column is missing.
    """
    rows = records.to_dict("records") if hasattr(records, "to_dict") else [dict(row) for row in records]
    if not rows:
        raise ValueError("`records` must hold at least one record. Received: none")
    if value is None:
        value = next((n for n in ("score", "metric") if _is_number(rows[0].get(n))), "score")
    missing = [name for name in ("cell", "length", value) if any(name not in row for row in rows)]
    if missing:
        raise ValueError(f"`records` must have {', '.join(missing)} in each record. Received: {', '.join(rows[0])}")
    ax = new_axes() if ax is None else ax
    lengths = sorted({row["length"] for row in rows})
    for number, cell in enumerate(dict.fromkeys(row["cell"] for row in rows)):
        by_length = {n: [r[value] for r in rows if (r["cell"], r["length"]) == (cell, n)] for n in lengths}
        found = {n: np.array(s, dtype=float) for n, s in by_length.items() if s}
        x = list(found)
        style = line_style(number)
        ax.plot(x, [s.mean() for s in found.values()], **style, label=str(cell))
        if any(len(s) > 1 for s in found.values()):
            ax.fill_between(x, [s.min() for s in found.values()], [s.max() for s in found.values()],
                            color=style["color"], alpha=0.2, linewidth=0)  # fmt: skip
    baselines = {
        n: [r["baseline"] for r in rows if r["length"] == n and _is_number(r.get("baseline"))] for n in lengths
    }
    baselines = {n: np.mean(found) for n, found in baselines.items() if found}
    if baselines:
        mark = {"linestyle": (0, (1, 1)), "marker": "_" if len(baselines) == 1 else None, "markersize": 20}
        ax.plot(list(baselines), list(baselines.values()), color=INK, linewidth=2, label="baseline", **mark)
    if threshold is not None:
        ax.axhline(threshold, color=INK, linewidth=1, label="solved")
    if len(lengths) > 2 and min(lengths) > 0 and max(lengths) / min(lengths) >= 8:
        ax.set_xscale("log", base=2)
    ax.set_xticks(lengths, [str(n) for n in lengths])
    ax.minorticks_off()
    ax.set_xlabel("length of the sequence T")
    kind = rows[0].get("metric")
    ax.set_ylabel(label or (kind if isinstance(kind, str) else value))
    return _finish(ax, title, True)


def _lines(ax, x, lines):
    """One line per label; the band, where there are several runs, reaches from the lowest to the highest."""
    for number, (name, values) in enumerate(lines.items()):
        style = line_style(number)
        rows = np.atleast_2d(values)
        seen = ~np.isnan(rows).all(axis=0)
        middle, low, high = (np.full(rows.shape[1], np.nan) for _ in range(3))
        middle[seen] = np.nanmedian(rows[:, seen], axis=0)
        low[seen], high[seen] = np.nanmin(rows[:, seen], axis=0), np.nanmax(rows[:, seen], axis=0)
        ax.plot(x, middle, **style, label=name, markevery=max(1, len(x) // 12))
        if len(rows) > 1:
            ax.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)


def _log_lines(ax, x, lines, name):
    """As `_lines`, on a logarithmic scale: zeros have no place on it, and are marked on the bottom line."""
    positive = np.concatenate([array[array > 0] for array in lines.values()])
    if not positive.size:
        raise ValueError(f"`{name}` must have something above 0 for a logarithmic scale. Received: zeros only")
    ax.set_yscale("log")
    _lines(ax, x, {label: np.where(array > 0, array, np.nan) for label, array in lines.items()})
    span = max(1.0, np.log10(positive.max() / positive.min()))
    floor = positive.min() / 10 ** (0.08 * span)
    for number, array in enumerate(lines.values()):
        zero = (np.atleast_2d(array) == 0).any(axis=0)
        if zero.any():
            style = line_style(number)
            ax.plot(x[zero], np.full(zero.sum(), floor), linestyle="none", marker=style["marker"], fillstyle="none",
                    color=style["color"], markersize=9, label="_zero")  # fmt: skip
            ax.annotate("0", (0, floor), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                        fontsize=SMALL, color=INK, va="center")  # fmt: skip


def _places(values, lines, name):
    places = numbers(values, name, (1,))
    expected = next(iter(lines.values())).shape[-1]
    if len(places) != expected:
        raise ValueError(f"`{name}` must have one entry for each of the {expected} values. Received: {len(places)}")
    return places


def _not_negative(lines, name):
    for label, array in lines.items():
        if np.nanmin(array) < 0:
            raise ValueError(f"`{name}` must not be negative. Received: {np.nanmin(array):.3g} in {label!r}")


def _is_number(value):
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _finish(ax, title, several):
    if title:
        ax.set_title(title)
    if several:
        legend(ax)
    ax.xaxis.label.set_fontsize(LARGE)
    return tidy(ax)
