"""Learning from the prompt: accuracy against the number of examples in it (row L3)."""

import numpy as np

from kseq.plot.lengths import read_records
from kseq.plot.style import INK, legend, line_style, new_axes, tidy

GROUPS = ("model", "architecture", "mappings", "split")  # of columns, one line for each of their values
REFERENCES = {
    "best": ("best possible", (0, (4, 2))),
    "guess": ("guessing", (0, (1, 1))),
    "baseline": ("baseline", (0, (1, 1))),
}


def few_shot_curve(records, *, value="accuracy", by=None, title=None, label=None, ax=None):
    """Draws how often the answer is right against the number of examples in the prompt.

    Args:
        records: what `kseq.inspection.few_shot_curve` returns; or a `DataFrame` or list of dictionaries with `examples`
            and the value; `seed` where there are several (mean, and band from worst to best); `best`, `guess` or
            `baseline`, drawn as broken lines in ink.
        value: what is drawn.
        by: name of the column that says what a line is. Default: the first of `model`, `architecture`, `mappings`,
            `split` that has several values.
        title: what stands above.
        label: what stands at the vertical axis. Default: the value's name.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: a column is missing.
    """
    rows = read_records(records)
    wanted = ["examples", value] + ([by] if by else [])
    missing = [name for name in wanted if any(name not in row for row in rows)]
    if missing:
        raise ValueError(f"`records` must have {', '.join(missing)} in each record. Received: {', '.join(rows[0])}")
    by = by or next((name for name in GROUPS if len({row.get(name) for row in rows}) > 1), None)
    ax = new_axes((8, 4.5)) if ax is None else ax
    for number, group in enumerate(dict.fromkeys(row.get(by) for row in rows)):
        mine = [row for row in rows if row.get(by) == group]
        x, found = _by_seed(mine, value)
        style = line_style(number)
        ax.plot(x, np.nanmean(found, axis=0), **style | {"linewidth": 3}, label=_name(by, group, value))
        if len(found) > 1:
            low, high = np.nanmin(found, axis=0), np.nanmax(found, axis=0)
            ax.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)
    attrs = getattr(records, "attrs", {})
    for name, (text, dashes) in REFERENCES.items():
        known = [row for row in rows if row.get(name) is not None]
        if known:
            x, found = _by_seed(known, name)
            ax.plot(x, np.nanmean(found, axis=0), color=INK, linestyle=dashes, linewidth=2, label=text, gid=name)
        elif isinstance(attrs.get(name), float):
            ax.axhline(attrs[name], color=INK, linestyle=dashes, linewidth=2, label=text, gid=name)
    x = sorted({row["examples"] for row in rows})
    ax.set_xticks(x, [str(n) for n in x])
    ax.set_ylim(min(0.0, ax.get_ylim()[0]), max(1.03, ax.get_ylim()[1]) if value.startswith("accuracy") else None)
    ax.set_xlabel("examples in the prompt")
    ax.set_ylabel(label or value)
    if title:
        ax.set_title(title)
    legend(ax)
    return tidy(ax)


def _by_seed(rows, value):
    """`(examples, (seeds, examples))`; several rows of one seed are averaged."""
    x = sorted({row["examples"] for row in rows})
    seeds = list(dict.fromkeys(row.get("seed") for row in rows))
    cells = [[[row[value] for row in rows if (row.get("seed"), row["examples"]) == (s, n)] for n in x] for s in seeds]
    return x, np.array([[np.mean(cell) if cell else np.nan for cell in line] for line in cells], dtype=float)


def _name(by, group, value):
    if by is None:
        return value
    return f"{group:,} mappings" if by == "mappings" and isinstance(group, int | np.integer) else str(group)
