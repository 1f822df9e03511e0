"""A forecast as a fan: what was, what may come, and what came (row S3)."""

import numpy as np

from kseq.plot.checks import numbers
from kseq.plot.style import INK, LARGE, PALETTE, legend, new_axes, tidy

BANDS = (("95", 0.18), ("80", 0.38))  # the wider one first, and paler


def forecast_fan(history, forecast, truth=None, *, dates=None, shown=None, title=None, label="value", ax=None):
    """Draws the end of a series, the forecast with its 80 % and 95 % intervals, and what really came.

    Args:
        history: `(T,)` values before the forecast, of one series: numbers, a pandas Series, or one of a dataset's
            `.series`; the last two bring their dates.
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
        ValueError: `median` is missing, lengths do not agree, the forecast is one of several series, or it follows
            other values or dates than those of the history.
    """
    dates = _own_dates(history, forecast) if dates is None else dates
    history = getattr(history, "values", history)
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
    dates, ahead = (None, np.arange(1, steps + 1)) if dates is None else _both_dates(dates, forecast)
    _check_pair(history, forecast, columns["median"])
    shown = min(len(history), max(24, 3 * steps) if shown is None else shown)
    past = np.arange(1 - shown, 1) if dates is None else dates[-shown:]
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
    elif np.issubdtype(dates.dtype, np.datetime64):
        short_dates(ax)
    else:
        ax.set_xlabel("step")
    if title:
        ax.set_title(title, fontsize=LARGE)
    legend(ax)
    return tidy(ax)


def _own_dates(history, forecast):
    """The dates that a history brings itself, where the forecast has dates, too."""
    dates = getattr(history, "dates", getattr(history, "index", None))
    both = [getattr(np.asarray(one), "dtype", None) for one in (dates, getattr(forecast, "index", None))]
    return np.asarray(dates) if all(np.issubdtype(kind, np.datetime64) for kind in both) else None


def _both_dates(dates, forecast):
    """The dates of the history and those of the forecast, which must follow them."""
    dates, ahead = np.asarray(dates), np.asarray(getattr(forecast, "index", None))
    if all(np.issubdtype(one.dtype, np.integer) for one in (dates, ahead)):  # numbers of steps, the forecast from 1
        return dates, dates[-1] + 1 + ahead - ahead[0]
    try:
        dates = dates.astype("datetime64[s]")
    except (TypeError, ValueError) as error:
        raise ValueError(f"`dates` must be dates. Received: {error}") from None
    if not np.issubdtype(ahead.dtype, np.datetime64):
        raise ValueError("`dates` must be left out where the forecast has no dates as its index. Received: dates")
    first, last = ahead[0].astype("datetime64[s]"), dates[-1]
    usual = np.diff(dates[-24:]).max() if len(dates) > 1 else None
    if first <= last or (usual is not None and first - last > 2 * usual):
        raise ValueError(
            f"`dates` must end right before the forecast begins, {first.item():%Y-%m-%d %H:%M}. "
            f"Received: dates up to {last.item():%Y-%m-%d %H:%M}"
        )
    return dates, ahead


def _check_pair(history, forecast, median):
    """Refuses a history that ends otherwise than the one the forecast was made from, as far as that is known.

    A forecast of kseq remembers the last values that it follows. Where its own numbers have been changed since
    (into other units, say) nothing is known.
    """
    known = getattr(forecast, "attrs", {}).get("histories", ())
    own = [entry for entry in known if np.isclose(entry["first"], median[0], rtol=1e-3, atol=0)]
    for entry in own:
        tail = np.array([np.nan if value is None else value for value in entry["tail"]])[-len(history) :]
        margin = 1e-3 * np.nanmax(np.abs(tail), initial=0.0)
        if np.allclose(history[-len(tail) :], tail, rtol=0, atol=margin, equal_nan=True):
            return
    if own:
        ends = [", ".join(f"{value:g}" for value in values[-3:]) for values in (tail, history)]
        raise ValueError(
            f"`history` must be what the forecast follows, the values of {own[-1]['name']!r} up to … {ends[0]}. "
            f"Received: values up to … {ends[1]}"
        )


def short_dates(ax):
    """Labels that leave out what the one before says already, as many as there is room for."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if isinstance(ax.xaxis.get_major_locator(), AutoDateLocator):
        locator = AutoDateLocator(minticks=3, maxticks=8)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
