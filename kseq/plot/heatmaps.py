"""States and gates as token × unit heat maps (course rows G1, G2)."""

import numpy as np

from kseq.plot.checks import limits, numbers, tokens_for
from kseq.plot.fonts import drawable
from kseq.plot.style import COLOUR_MAP, INK, LARGE, MISSING, SMALL, new_axes, tidy

LABELS = {"gate": "gate (0 closed, 1 open)", "state": "state"}
LONGEST_TOKEN = 18  # characters
LINE = 0.23  # inches that one token takes
ORDERS = (False, True, "mean", "peak")


def heatmap(values, tokens=None, kind="gate", *, title=None, label=None, sort_units=False, limit=None, ax=None):
    """Draws one number for each token and unit: time runs downwards, each row is a token, each column a unit.

    Args:
        values: `(steps, units)`. NaN or masked entries are white, masked steps (padding) hatched.
        tokens: list of `steps` strings. Default: numbers from 1.
        kind: `"gate"`: the scale goes from 0 to 1; `"state"`: it is symmetric about 0.
        title: what stands above.
        label: what stands at the colour bar. Default: by `kind`.
        sort_units: `"mean"` (or True) puts the units in the order of their mean; `"peak"` in the order of the token
            at which they are largest; False leaves them.
        limit: for states, the end of the scale, so that several figures can share it. Default: the largest |value|.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure, high enough for all tokens.

    Returns:
        The `Axes`. Its image is `ax.images[0]`.

    Raises:
        ValueError: shapes, tokens or values do not fit; the message says what was expected.
    """
    values = numbers(values, "values", (2,))
    tokens = tokens_for(tokens, len(values))
    low, high = limits(values, kind)
    if limit is not None:
        if kind == "gate" or not limit > 0:
            raise ValueError(
                f"`limit` must be positive, and is for kind='state'. Received: limit={limit}, kind={kind!r}"
            )
        low, high = -limit, limit
    if ax is None:
        units = values.shape[1]
        ax = new_axes((min(12, max(5, 3.2 + 0.13 * units)), min(14, max(3, 1.4 + LINE * len(values)))))
    order = unit_order(values, sort_units)
    image = _image(ax, values[:, order], low, high)
    _token_axis(ax, tokens)
    _unit_axis(ax, order)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.9)
    _dress_bar(bar, label or LABELS[kind])
    if title:
        ax.set_title(title, fontsize=LARGE, color=INK)
    return ax


def gate_panels(panels, tokens=None, *, kinds=None, sort_units=False, title=None, fig=None):
    """Draws several gates and states of one layer side by side; the tokens stand once, at the left.

    Args:
        panels: dictionary of label → `(steps, units)`, all of one shape, such as the values of one example of a trace.
        tokens: list of `steps` strings. Default: numbers from 1.
        kinds: dictionary of label → `"gate"` or `"state"`. Default: `"gate"` where the label has the word in it.
        sort_units: as in `heatmap`; the order is that of the first panel, in all panels.
        title: what stands above all.
        fig: `matplotlib.figure.Figure` (or sub-figure) to draw on. Default: a new one.

    Returns:
        An array of `Axes`, one per panel. The figure is `axes[0].figure`.
    """
    from matplotlib.figure import Figure

    if not isinstance(panels, dict) or not panels:
        raise ValueError(f"`panels` must be a dictionary of label → (steps, units). Received: {type(panels).__name__}")
    arrays = {str(name): numbers(values, f"panels[{name!r}]", (2,)) for name, values in panels.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        found = ", ".join(f"{name}: {array.shape}" for name, array in arrays.items())
        raise ValueError(f"`panels` must all be of one shape (steps, units). Received: {found}")
    unknown = [name for name in kinds or {} if name not in arrays]
    if unknown:
        raise ValueError(f"`kinds` must be keyed by {', '.join(arrays)}. Received: {', '.join(map(repr, unknown))}")
    ((steps, units),) = shapes
    tokens = tokens_for(tokens, steps)
    kinds = {name: (kinds or {}).get(name, "gate" if "gate" in name.lower() else "state") for name in arrays}
    scales = {name: limits(array, kinds[name], f"panels[{name!r}]") for name, array in arrays.items()}
    if fig is None:
        size = (min(16, 1.6 + len(arrays) * max(2.2, 0.9 + 0.05 * units)), min(14, max(4, 2.2 + LINE * steps)))
        fig = Figure(figsize=size, layout="constrained")
    axes = fig.subplots(1, len(arrays), sharex=True, sharey=True, squeeze=False)[0]
    order = unit_order(next(iter(arrays.values())), sort_units)
    for ax, (name, array) in zip(axes, arrays.items(), strict=True):
        image = _image(ax, array[:, order], *scales[name])
        ax.set_title(name.replace("_", " "), fontsize=LARGE, color=INK)
        _unit_axis(ax, order)
        bar = fig.colorbar(image, ax=ax, location="bottom", shrink=0.9, aspect=12)
        bar.set_ticks([scales[name][0], np.mean(scales[name]), scales[name][1]])
        bar.ax.set_xticklabels([f"{tick:.2g}" for tick in bar.get_ticks()])
        _dress_bar(bar, kinds[name])
    _token_axis(axes[0], tokens)
    for ax in axes[1:]:
        ax.tick_params(labelleft=False, left=False)
        ax.set_ylabel("")
    if title:
        fig.suptitle(title, fontsize=LARGE + 2, color=INK)
    return axes


def unit_order(values, how):
    """The order of the columns."""
    if how not in ORDERS:
        raise ValueError(f"`sort_units` must be one of {ORDERS}. Received: sort_units={how!r}")
    if not how:
        return np.arange(values.shape[1])
    if how == "peak":
        return np.argsort(np.where(np.isnan(values), -np.inf, values).argmax(axis=0), kind="stable")
    counts = np.maximum(1, (~np.isnan(values)).sum(axis=0))
    return np.argsort(np.nansum(values, axis=0) / counts, kind="stable")


def _image(ax, values, low, high):
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colours = colormaps[COLOUR_MAP].with_extremes(bad=MISSING["facecolor"])
    for step in np.flatnonzero(np.isnan(values).all(axis=1)):
        ax.add_patch(Rectangle((-0.5, step - 0.5), values.shape[1], 1, **MISSING, gid="masked"))
    return ax.imshow(values, cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")


def _token_axis(ax, tokens):
    """Every token, or as many as fit without touching each other."""
    height = ax.get_window_extent().height / ax.figure.dpi * 72  # points
    every = max(1, int(np.ceil((SMALL + 1) * len(tokens) / max(1, height))))
    shown, families = drawable(tokens, LONGEST_TOKEN)
    ax.set_yticks(np.arange(0, len(tokens), every), shown[::every], family=families, parse_math=False)
    ax.set_ylabel("token" if any(not token.isdigit() for token in tokens) else "step")
    tidy(ax)
    ax.spines[:].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _unit_axis(ax, order):
    """A few unit numbers, from 0 as in the arrays."""
    width = ax.get_window_extent().width / ax.figure.dpi * 72
    every = max(1, int(np.ceil(26 * len(order) / max(1, width))))
    places = np.arange(0, len(order), every)
    ax.set_xticks(places, [str(unit) for unit in order[places]])
    ax.set_xlabel("unit" if (np.diff(order) == 1).all() else "unit (sorted)")
    tidy(ax)
    ax.spines[:].set_visible(False)


def _dress_bar(bar, label):
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.set_label(label, fontsize=LARGE, color=INK)
