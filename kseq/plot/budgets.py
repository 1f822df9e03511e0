"""What fills the memory, and what trainings emitted or cost: bars and points with their numbers (row L6)."""

import math

import numpy as np

from kseq.plot.lengths import read_records
from kseq.plot.style import INK, MARKERS, PALETTE, SMALL, new_axes, tidy

GIB = 2**30
HATCHES = ("", "//", "..", "\\\\", "xx", "")  # beside the colour, for grey print


def memory_budget(budgets, *, capacity=None, title=None, ax=None):
    """Draws what fills the memory of a device, one stacked bar for each plan, beside what the device has.

    Args:
        budgets: dictionary name → dictionary part → bytes, such as `{"GPT-2": {"weights": 5e8, "gradients": 5e8}}`.
        capacity: bytes that the device has; or a dictionary name → bytes for several. Drawn as upright lines.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, in GiB. Behind each bar stands its sum, and `does not fit` if it is above the largest capacity.

    Raises:
        ValueError: nothing to draw, or a number that is negative or not finite.

    Example:

    >>> memory_budget({"GPT-2": {"weights": 5e8, "gradients": 5e8, "optimizer": 1e9}}, capacity={"T4": 16 * 2**30})
    """
    if not isinstance(budgets, dict) or not budgets or not all(isinstance(one, dict) for one in budgets.values()):
        raise ValueError(f"`budgets` must be a dictionary of name → part → bytes. Received: {type(budgets).__name__}")
    parts = list(dict.fromkeys(part for budget in budgets.values() for part in budget))
    sizes = np.array([[_bytes(budget.get(part, 0), name, part) for part in parts] for name, budget in budgets.items()])
    if capacity is not None and not isinstance(capacity, dict):
        capacity = {"there is": capacity}
    limits = {name: _bytes(size, "capacity", name) / GIB for name, size in (capacity or {}).items()}
    ax = new_axes((9, 1.6 + 0.75 * len(budgets))) if ax is None else ax
    rows, left = np.arange(len(budgets))[::-1], np.zeros(len(budgets))
    for number, part in enumerate(parts):
        width = sizes[:, number] / GIB
        ax.barh(
            rows, width, left=left, height=0.6, color=PALETTE[number % 6], hatch=HATCHES[number % 6], label=part,
            edgecolor="white", linewidth=0.8,
        )  # fmt: skip
        left = left + width
    widest = max(left.max(), *limits.values(), 1e-9) if limits else max(left.max(), 1e-9)
    for row, total in zip(rows, left, strict=True):
        over = limits and total > max(limits.values())
        ax.text(
            total + 0.01 * widest, row, f"{total:,.3g} GiB" + (", does not fit" if over else ""), va="center",
            fontsize=SMALL, color=INK, fontweight="bold" if over else "normal",
            bbox={"fc": "white", "ec": "none", "pad": 1},
        )  # fmt: skip
    for number, (name, size) in enumerate(sorted(limits.items(), key=lambda one: one[1])):
        ax.axvline(size, color=INK, linestyle=(0, (4, 2)), linewidth=2, gid="capacity")
        ax.annotate(
            f"{name}: {size:,.3g} GiB", (size, 1), (0, 3 + 17 * (number % 2)), xycoords=("data", "axes fraction"),
            fontsize=SMALL, textcoords="offset points", ha="center", va="bottom", color=INK,
        )  # fmt: skip
    ax.set_yticks(rows, list(budgets))
    ax.set_xlim(0, (1.45 if limits and left.max() > max(limits.values()) else 1.2) * widest)  # room for the sums
    ax.set_xlabel("GiB of one device")
    ax.set_title(title or "", pad=8 + 17 * min(len(limits), 2))  # above the names of what there is
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.9 / (0.6 + 0.75 * len(budgets)))}
    ax.legend(fontsize=SMALL, frameon=False, ncols=min(len(parts), 5), **below)
    return tidy(ax)


def training_footprints(records, *, value="tonnes", by="kind", title=None, label=None, ax=None):
    """Draws what trainings emitted, cost or took, one line each with its number, on a logarithmic scale.

    Points, not bars: a logarithmic scale has no zero for a bar to stand on.

    Args:
        records: a pandas `DataFrame` or a list of dictionaries with `model` and the value; where there are several
            estimates of one model, `low` and `high`, the ends of a bar; and `by`, such as who says so.
        value: name of the number: `"tonnes"`, `"dollars"`, `"MWh"`, …
        by: name of the column whose values get a colour and marker each, if there is one.
        title: what stands above.
        label: what stands at the horizontal axis. Default: tonnes or dollars in words, or the value's name.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, the largest number on top.

    Raises:
        ValueError: a column is missing, or something is not positive.

    Example:

    >>> training_footprints([{"model": "GPT-3", "tonnes": 552}, {"model": "BLOOM", "tonnes": 24.7}])
    """
    rows = read_records(records)
    missing = [name for name in ("model", value) if any(name not in row for row in rows)]
    if missing:
        raise ValueError(f"`records` must have {', '.join(missing)} in each record. Received: {', '.join(rows[0])}")
    rows = sorted(rows, key=lambda row: _positive(row, value))
    kinds = list(dict.fromkeys(row.get(by) for row in reversed(rows)))
    ax = new_axes((9.5, 1.4 + 0.42 * len(rows))) if ax is None else ax
    for place, row in enumerate(rows):
        number = kinds.index(row.get(by))
        low, high = (_positive(row, end) if _given(row, end) else row[value] for end in ("low", "high"))
        colour = PALETTE[number % len(PALETTE)]
        if low != high:
            ax.plot([low, high], [place, place], color=colour, linewidth=6, alpha=0.4, solid_capstyle="butt")
        ax.plot(row[value], place, color=colour, marker=MARKERS[number % len(MARKERS)], ms=10, ls="")
        text = _amount(row[value]) if low == high else f"{_amount(low)} to {_amount(high)}"
        ax.annotate(
            text, (high, place), (11, 0), textcoords="offset points", va="center", fontsize=SMALL, color=INK
        )  # fmt: skip
    ax.set_xscale("log")
    ends = [row.get(end) if _given(row, end) else row[value] for row in rows for end in ("low", "high")]
    room = max(10, max(ends) / min(ends)) ** 0.25  # to the right, for the numbers
    ax.set_xlim(min(ends) / room**0.3, max(ends) * room)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_yticks(range(len(rows)), [row["model"] for row in rows])
    ax.grid(axis="both", color="#dddddd", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_formatter(lambda x, _: _amount(x))
    ax.set_xlabel(label or {"tonnes": "t CO₂e", "dollars": "US dollars"}.get(value, value))
    if kinds != [None]:
        for number, kind in enumerate(kinds):
            style = {"color": PALETTE[number % len(PALETTE)], "marker": MARKERS[number % len(MARKERS)]}
            ax.plot([], [], **style, ms=10, ls="", label=str(kind))
        ax.legend(fontsize=SMALL, frameon=False, loc="lower right")
    if title:
        ax.set_title(title)
    return tidy(ax)


def _bytes(size, name, part):
    size = float(size)
    if not math.isfinite(size) or size < 0:
        raise ValueError(f"Bytes must be finite and not below 0. Received: {part}={size} of {name!r}")
    return size


def _given(row, end):
    return row.get(end) is not None and row[end] == row[end]  # NaN is pandas' nothing


def _positive(row, name):
    if not (isinstance(row[name], int | float | np.number) and 0 < row[name] < math.inf):
        raise ValueError(f"`{name}` must be a positive number. Received: {name}={row[name]!r} of {row['model']!r}")
    return row[name]


def _amount(number):
    """`930`, `12.4 M`, `0.02`: what stands beside a point."""
    for size, letter in ((1e12, " T"), (1e9, " B"), (1e6, " M")):
        if number >= size:
            return f"{number / size:.4g}{letter}"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
