"""Training curves: one measure over the epochs, training beside validation."""

import numpy as np

from kseq.plot.style import INK, PALETTE, new_axes, tidy


def training_curves(history, measure="accuracy", ax=None, baselines=None):
    """Draws a measure over the epochs, on the training and the validation split.

    Args:
        history: Dictionary of name → one value per epoch, such as `model.fit(...).history`, or a list of such
            dictionaries (one per seed): then the mean is drawn with a band from the lowest to the highest.
        measure: Name of the measure, such as `"accuracy"` or `"loss"`; `"val_" + measure` is drawn beside it
            where it is there.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.
        baselines: Dictionary of name → value, drawn as dotted lines.

    Returns:
        The `Axes`.

    Raises:
        ValueError: `measure` was not recorded.
    """
    runs = [history] if isinstance(history, dict) else list(history)
    if not runs or measure not in runs[0]:
        recorded = ", ".join(runs[0]) if runs else "nothing"
        raise ValueError(f"`measure` must be one that was recorded ({recorded}). Received: measure={measure!r}")
    ax = new_axes() if ax is None else ax
    lines = {"training": (measure, PALETTE[0], "--o"), "validation": (f"val_{measure}", PALETTE[5], "-s")}
    for label, (key, color, form) in lines.items():
        if key not in runs[0]:
            continue
        length = min(len(run[key]) for run in runs)  # early stopping may end the runs at different epochs
        values = np.array([run[key][:length] for run in runs])  # (runs, epochs)
        epochs = np.arange(1, length + 1)
        ax.plot(epochs, values.mean(axis=0), form, color=color, label=label, linewidth=2)
        if len(runs) > 1:
            ax.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=color, alpha=0.2, linewidth=0)
    for number, (name, value) in enumerate((baselines or {}).items()):
        ax.axhline(value, color=INK, linestyle=(0, (1, 1 + number)), linewidth=1.5, label=name)
    ax.set_xlabel("epoch")
    ax.set_ylabel(measure)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(fontsize=12, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))  # beside, never on a line
    return tidy(ax)
