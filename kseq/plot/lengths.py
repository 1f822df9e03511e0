"""What a longer sequence costs, and what becomes of the score: recurrent networks beside Transformers (rows G6, X9)."""

import numpy as np

from kseq.plot.style import INK, LARGE, SMALL, legend, line_style, new_axes, tidy

NAMES = ("model", "architecture", "cell")  # of the column that says what a line is
TIMES = {"ms": 1.0, "milliseconds": 1.0, "ms_per_step": 1.0, "seconds": 1000.0, "seconds_per_step": 1000.0}
SCORES = ("score", "accuracy", "metric", "BLEU")


def cost_against_length(records, *, value=None, growth=True, title=None, label="ms per step", ax=None):
    """Draws the time of a step against the length of the sequence, one line per model, both scales logarithmic.

    Args:
        records: a pandas `DataFrame`, or a list of dictionaries, with `model` (or `architecture`), `length`, and `ms`
            (or `seconds`); several rows of one model and length are repetitions: median, and band from best to worst.
        value: name of the time. Default: `"ms"`, else `"seconds"`, which is drawn in ms.
        growth: whether each label says what twice the length costs at the longest sequences.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`. A straight line means a power of the length: work that doubles with the length rises at 45 degrees
        only if both scales are equally long, so read the labels.

    Raises:
        ValueError: a column is missing, or something is not positive.
    """
    rows = read_records(records)
    value = value or next((name for name in TIMES if name in rows[0]), "ms")
    lines = by_model(rows, value)
    factor = TIMES.get(value, 1.0)
    ax = new_axes((8, 4.8)) if ax is None else ax
    for number, (name, found) in enumerate(lines.items()):
        x, times = list(found), [factor * values for values in found.values()]
        if min(x) <= 0 or min(t.min() for t in times) <= 0:
            raise ValueError(f"`length` and `{value}` must be positive. Received: 0 or less for {name!r}")
        middle = [np.median(t) for t in times]
        style = line_style(number)
        text = name
        if growth and len(x) > 1:
            power = np.log(middle[-1] / middle[-2]) / np.log(x[-1] / x[-2])
            text = f"{name}\n×{2**power:.1f} at twice the length"
        ax.plot(x, middle, **style, label=text)
        if any(len(t) > 1 for t in times):
            low, high = [t.min() for t in times], [t.max() for t in times]
            ax.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    _lengths(ax, lines)
    ax.yaxis.set_major_formatter(lambda y, _: f"{y:g}")
    ax.set_ylabel(label)
    ax.grid(axis="y", color="#dddddd", linewidth=0.8)
    return _finish(ax, title)


def score_against_length(records, *, value=None, title=None, label=None, along=None, ax=None):
    """Draws a score against the length of the sequence, one line per model: mean, and band from worst to best seed.

    Args:
        records: as in `cost_against_length`, with a score in place of the time; `baseline`, where there is one, is
            drawn as a dotted line.
            Records of translations (`kseq.tasks.bleu_by_length`) have `words`, too, such as "5–6": those are written
            at the axis.
        value: name of the score. Default: `"score"`, `"accuracy"`, `"metric"` or `"BLEU"`, whichever is there.
        title: what stands above.
        label: what stands at the vertical axis. Default: the name of the score.
        along: what stands at the horizontal axis. Default: that it is a length.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: a column is missing.
    """
    rows = read_records(records)
    value = value or next((name for name in SCORES if name in rows[0]), "score")
    lines = by_model(rows, value)
    ax = new_axes((8, 4.8)) if ax is None else ax
    draw_scores(ax, lines, baselines(rows))
    words = {row["length"]: row["words"] for row in rows if "words" in row}
    if words:  # a few classes of length
        ax.set_xticks(list(words), list(words.values()))
        ax.set_xlabel("words of the source")
        ax.set_ylim(bottom=0)
    else:
        if min(min(found) for found in lines.values()) > 0:
            ax.set_xscale("log", base=2)
        _lengths(ax, lines)
    if along:
        ax.set_xlabel(along)
    ax.set_ylabel(label or value)
    return _finish(ax, title)


def read_records(records, name="records"):
    """A list of dictionaries."""
    if not hasattr(records, "to_dict") and not isinstance(records, list | tuple):
        raise ValueError(f"`{name}` must be a DataFrame or a list of dictionaries. Received: {type(records).__name__}")
    rows = records.to_dict("records") if hasattr(records, "to_dict") else [dict(row) for row in records]
    if not rows:
        raise ValueError(f"`{name}` must hold at least one record. Received: none")
    return rows


def by_model(rows, value, along="length"):
    """`model → {length: values}`, lengths in order; lines without a name are one, called `value`."""
    name = next((name for name in NAMES if name in rows[0]), None)
    missing = [wanted for wanted in (along, value) if any(wanted not in row for row in rows)]
    if missing:
        raise ValueError(f"`records` must have {', '.join(missing)} in each record. Received: {', '.join(rows[0])}")
    lines = {}
    for row in rows:
        line = lines.setdefault(str(row.get(name, value)), {})
        try:
            line.setdefault(row[along], []).append(float(row[value]))
        except (TypeError, ValueError):
            raise ValueError(f"`{value}` must be a number. Received: {row[value]!r}") from None
    return {model: {n: np.array(line[n]) for n in sorted(line)} for model, line in lines.items()}


def baselines(rows, along="length"):
    """`length → mean baseline`, where records have one."""
    found = {}
    for row in rows:
        if isinstance(row.get("baseline"), int | float | np.number) and np.isfinite(row["baseline"]):
            found.setdefault(row[along], []).append(float(row["baseline"]))
    return {n: np.mean(found[n]) for n in sorted(found)}


def draw_scores(ax, lines, dotted):
    """Mean and band of each line, and the baseline."""
    for number, (name, found) in enumerate(lines.items()):
        style = line_style(number)
        ax.plot(list(found), [s.mean() for s in found.values()], **style, label=name)
        if any(len(s) > 1 for s in found.values()):
            low, high = [s.min() for s in found.values()], [s.max() for s in found.values()]
            ax.fill_between(list(found), low, high, color=style["color"], alpha=0.2, linewidth=0)
    if dotted:
        mark = "_" if len(dotted) == 1 else None
        ax.plot(list(dotted), list(dotted.values()), color=INK, linewidth=2, linestyle=(0, (1, 1)), marker=mark,
                markersize=20, label="baseline")  # fmt: skip


def _lengths(ax, lines):
    lengths = sorted({n for found in lines.values() for n in found})
    if len(lengths) > 8:
        lengths = lengths[:: -(-len(lengths) // 8)]
    ax.set_xticks(lengths, [f"{n:g}" for n in lengths])
    ax.minorticks_off()
    ax.set_xlabel("length of the sequence T")


def _finish(ax, title):
    if title:
        ax.set_title(title)
    legend(ax)
    tidy(ax)
    ax.tick_params(labelsize=SMALL)
    ax.xaxis.label.set_fontsize(LARGE)
    return ax
