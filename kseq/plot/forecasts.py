"""A forecast as a fan: what was, what may come, and what came (row S3)."""

import numpy as np

from kseq.plot.checks import numbers
from kseq.plot.style import INK, LARGE, PALETTE, legend, new_axes, tidy

BANDS = (("95", 0.18), ("80", 0.38))  # the wider one first, and paler


def forecast_fan(history, forecast, truth=None, *, dates=None, shown=None, title=None, label="value", ax=None):
    """Draws the end of a series, the forecast with its 80 % and 95 % intervals, and what really came.

    Args:
        history: `(T,)` values before the forecast, of one series.
        forecast: what `ForecastModel.forecast` returns, or a dictionary or frame with `median` and, where they are to
            be drawn, `lower_80`, `upper_80`, `lower_95`, `upper_95`, each `(steps,)`. The forecast of several series
            is drawn one by one: `forecast.loc["north"]`.
        truth: `(steps,)` or fewer: what came.
        dates: `(T,)` dates of the history; those of the forecast are its index. Default: steps, the forecast from 1.
        shown: how many values of the history are drawn. Default: three times as many as are forecast, at least 24.
        title: what stands above.
        label: what stands at the vertical axis.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: `median` is missing, lengths do not agree, or the forecast is one of several series.
    """
    history = numbers(history, "history", (1,))
    if not hasattr(forecast, "keys") or "median" not in forecast.keys():  # noqa: SIM118  a frame has columns
        raise ValueError(f"`forecast` must have a column 'median'. Received: {type(forecast).__name__}")
    if getattr(getattr(forecast, "index", None), "nlevels", 1) > 1:
        names = list(dict.fromkeys(forecast.index.get_level_values(0)))
        raise ValueError(
            f"`forecast` must be that of one series, such as forecast.loc[{names[0]!r}] with the history of "
            f"{names[0]!r}. Received: forecasts of {', '.join(map(str, names))}"
        )
    columns = {name: numbers(np.asarray(forecast[name]), f"forecast[{name!r}]", (1,)) for name in forecast.keys()}  # noqa: SIM118
    steps = len(columns["median"])
    if dates is not None and len(dates) != len(history):
        raise ValueError(f"`dates` must have one for each of the {len(history)} values. Received: {len(dates)}")
    shown = min(len(history), max(24, 3 * steps) if shown is None else shown)
    past = np.arange(1 - shown, 1) if dates is None else np.asarray(dates)[-shown:]
    ahead = np.arange(1, steps + 1) if dates is None else np.asarray(forecast.index)
    ax = new_axes((9, 4.5)) if ax is None else ax
    ax.plot(past, history[-shown:], color=INK, linewidth=2, label="history")
    # The fan begins at the last value, so that no gap is left.
    x = np.concatenate([past[-1:], ahead])
    for band, alpha in BANDS:
        if f"lower_{band}" in columns:
            low, high = (np.concatenate([history[-1:], columns[f"{end}_{band}"]]) for end in ("lower", "upper"))
            ax.fill_between(x, low, high, color=PALETTE[0], alpha=alpha, linewidth=0, label=f"{band} % interval")
    ax.plot(x, np.concatenate([history[-1:], columns["median"]]), color=PALETTE[0], linewidth=2, linestyle="--",
            label="forecast")  # fmt: skip
    if truth is not None:
        truth = numbers(truth, "truth", (1,))
        if len(truth) > steps:
            raise ValueError(f"`truth` must have at most {steps} values, as many as forecast. Received: {len(truth)}")
        ax.plot(
            ahead[: len(truth)],
            truth,
            color=PALETTE[5],
            linewidth=0,
            marker="o",
            markersize=7,
            zorder=4,
            markerfacecolor="none",
            markeredgewidth=2,
            label="truth",
        )  # fmt: skip  rings: the forecast shows inside
    ax.set_ylabel(label)
    if dates is None:
        ax.set_xlabel("step")
    else:
        short_dates(ax)
    if title:
        ax.set_title(title, fontsize=LARGE)
    legend(ax)
    return tidy(ax)


def short_dates(ax):
    """Labels that leave out what the one before says already, as many as there is room for."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if isinstance(ax.xaxis.get_major_locator(), AutoDateLocator):
        locator = AutoDateLocator(minticks=3, maxticks=8)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
