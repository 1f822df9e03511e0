"""Which learning rates work: the loss of a short run in which the rate grows from batch to batch."""

import numpy as np

from kseq.plot.checks import numbers
from kseq.plot.inputs import is_table
from kseq.plot.style import INK, LARGE, PALETTE, SMALL, new_axes, tidy

FOUND = "what `kseq.tasks.find_learning_rate` returns, or a table with `learning_rate` and `loss`"


def learning_rate_curve(records, *, suggestion=None, title=None, label="loss", ax=None):
    """Draws the loss against the learning rate: flat, falling, bursting; the suggested rate is marked.

    Args:
        records: what `find_learning_rate` returns; a `DataFrame`, a dictionary of columns, or a list of dictionaries
            with `learning_rate` and `loss`, and `smoothed` where there is one.
        suggestion: a rate to be marked. Default: that of the record.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`, the horizontal scale logarithmic. A burst at the end is cut off above.

    Raises:
        ValueError: rates are missing or not positive.
    """
    rates, losses, smoothed, known = _read(records)
    suggestion = known if suggestion is None else suggestion
    ax = new_axes((8, 4.5)) if ax is None else ax
    line = losses if smoothed is None else smoothed
    if smoothed is not None:
        ax.plot(rates, losses, color="#999999", linewidth=1, label="each batch")
    ax.plot(rates, line, color=PALETTE[0], linewidth=3, label="smoothed" if smoothed is not None else "loss")
    ax.set_xscale("log")
    low, start = np.nanmin(line), line[np.isfinite(line)][0]
    span = max(start - low, 0.05 * abs(start), 1e-6)
    ax.set_ylim(low - 0.15 * span, start + 0.45 * span)
    if suggestion is not None:
        if not rates.min() <= suggestion <= rates.max():
            raise ValueError(
                f"`suggestion` must be a rate from {rates.min():.3g} to {rates.max():.3g}. Received: {suggestion}"
            )
        height = np.interp(np.log(suggestion), np.log(rates), line)
        ax.axvline(suggestion, color=PALETTE[5], linewidth=2, linestyle=(0, (4, 2)))
        ax.plot([suggestion], [height], marker="o", markersize=11, color=PALETTE[5], linestyle="none")
        right = np.log(suggestion / rates.min()) < 0.6 * np.log(rates.max() / rates.min())
        ax.annotate(
            f"{suggestion:.2g}", (suggestion, 0.96), (8 if right else -8, 0), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="left" if right else "right", va="top", fontsize=LARGE, color=INK,
        )  # fmt: skip
    ax.set_xlabel("learning rate")
    ax.set_ylabel(label)
    if title:
        ax.set_title(title)
    ax.legend(fontsize=SMALL, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return tidy(ax)


def _read(records):
    """`(rates, losses, smoothed or None, suggestion or None)`."""
    suggestion = getattr(records, "suggestion", None)
    if hasattr(records, "rates") and hasattr(records, "losses"):
        columns = {
            "learning_rate": records.rates,
            "loss": records.losses,
            "smoothed": getattr(records, "smoothed", None),
        }
    elif is_table(records) or isinstance(records, dict):
        columns = {name: records[name] for name in ("learning_rate", "loss", "smoothed") if name in records}
    elif isinstance(records, list | tuple) and records and all(isinstance(row, dict) for row in records):
        columns = {name: [row[name] for row in records] for name in ("learning_rate", "loss", "smoothed")
                   if all(name in row for row in records)}  # fmt: skip
    else:
        raise ValueError(f"`records` must be {FOUND}. Received: {type(records).__name__}")
    missing = [name for name in ("learning_rate", "loss") if name not in columns]
    if missing:
        raise ValueError(f"`records` must have {', '.join(missing)}. Received: {', '.join(columns) or 'neither'}")
    rates = numbers(columns["learning_rate"], "learning_rate", (1,))
    losses = np.asarray(columns["loss"], float)
    smoothed = columns.get("smoothed")
    smoothed = None if smoothed is None else np.asarray(smoothed, float)
    for name, values in (("loss", losses), ("smoothed", smoothed)):
        if values is not None and values.shape != rates.shape:
            raise ValueError(f"`{name}` must have one entry for each of the {len(rates)} learning rates. "
                             f"Received: shape {values.shape}")  # fmt: skip
    if not rates.min() > 0:
        raise ValueError(f"`learning_rate` must be positive. Received: {rates.min()}")
    if not np.isfinite(losses).any():
        raise ValueError("`loss` holds no finite number. Received: all NaN")
    return rates, losses, smoothed, suggestion
