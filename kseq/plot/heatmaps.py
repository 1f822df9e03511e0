"""States and gates as token × unit heat maps (course rows G1, G2)."""

import numpy as np

from kseq.plot.checks import limits, tokens_for
from kseq.plot.fonts import MOST_TOKENS, drawable
from kseq.plot.inputs import counts, kind_of, read_table, without_padding
from kseq.plot.style import COLOUR_MAP, INK, LARGE, MISSING, SMALL, new_axes, tidy

LABELS = {"gate": "gate (0 closed, 1 open)", "state": "state"}
LONGEST_TOKEN = 18  # characters
LINE = 0.23  # inches that one token takes
ORDERS = (False, True, "mean", "peak")


def heatmap(
    values, tokens=None, kind=None, *, padding=False, title=None, label=None, sort_units=False, limit=None, ax=None
):
    """Draws one number for each token and unit: time runs downwards, each row is a token, each column a unit.

    Args:
        values: `(steps, units)`, or a pandas `DataFrame` whose index holds the tokens, such as
            `trace(…)["lstm"].table("forget_gate")`. NaN or masked entries are white, masked steps hatched.
        tokens: list of `steps` strings. Default: those of the table, else positions from 0.
        kind: `"gate"`: the scale goes from 0 to 1; `"state"`: it is symmetric about 0. Default: what
            `values.attrs["kind"]` says; else a gate if all values lie within 0…1.
        padding: whether to keep the padding at both ends: masked steps, and those with an empty token at which the
            state is only held.
        title: what stands above.
        label: what stands at the colour bar. Default: by `kind`.
        sort_units: `"mean"` (or True) puts the units in the order of their mean; `"peak"` in the order of the token
            at which they are largest; False leaves them.
        limit: for states, the end of the scale, so that several figures can share it. Default: the largest |value|.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure, high enough for all tokens (up to 40).

    Returns:
        The `Axes`. Its image is `ax.images[0]`.

    Raises:
        ValueError: shapes, tokens or values do not fit; the message says what was expected.
    """
    values, known, units, said = read_table(values, "values")
    tokens = tokens_for(known if tokens is None else tokens, len(values))
    drawn = without_padding(counts(values, tokens), padding)
    values, tokens = values[drawn], tokens[drawn]
    kind = kind or ("state" if limit is not None else kind_of(values, said))
    low, high = limits(values, kind)
    if limit is not None:
        if kind == "gate" or not limit > 0:
            raise ValueError(
                f"`limit` must be positive, and is for kind='state'. Received: limit={limit}, kind={kind!r}"
            )
        low, high = -limit, limit
    own = ax is None
    if own:
        ax = new_axes((min(12, max(5, 3.2 + 0.13 * values.shape[1])), min(14, max(3, 1.4 + LINE * len(values)))))
    order = unit_order(values, sort_units)
    image = _image(ax, values[:, order], low, high)
    _token_axis(ax, tokens, own)
    _unit_axis(ax, order, units)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.9)
    _dress_bar(bar, label or LABELS[kind])
    if title:
        ax.set_title(title, fontsize=LARGE, color=INK)
    return ax


def gate_panels(panels, tokens=None, *, kinds=None, padding=False, sort_units=False, title=None, fig=None):
    """Draws several gates and states of one layer side by side; the tokens stand once, at the left.

    Args:
        panels: dictionary of label → `(steps, units)` or `DataFrame`, all of one shape, such as the tables of one
            example of a trace: `{"forget_gate": trace(…)["lstm"].table("forget_gate"), …}`.
        tokens: list of `steps` strings. Default: those of the tables, else positions from 0.
        kinds: dictionary of label → `"gate"` or `"state"`. Default: a gate has the word in its label, or `"gate"` in
            its table's `attrs["kind"]`, or all its values within 0…1.
        padding: whether to keep the steps at both ends that are padding in every panel: masked, or with an empty token
            and a state that is only held.
        sort_units: as in `heatmap`; the order is that of the first panel, in all panels.
        title: what stands above all.
        fig: `matplotlib.figure.Figure` (or sub-figure) to draw on. Default: a new one, high enough for all tokens
            (up to 40).

    Returns:
        An array of `Axes`, one per panel. The figure is `axes[0].figure`.

    Raises:
        ValueError: panels, tokens or kinds do not fit; the message says what was expected.
    """
    from matplotlib.figure import Figure

    arrays, tokens, units, said = _read_panels(panels, tokens)
    unknown = [name for name in kinds or {} if name not in arrays]
    if unknown:
        raise ValueError(f"`kinds` must be keyed by {', '.join(arrays)}. Received: {', '.join(map(repr, unknown))}")
    drawn = without_padding(np.any([counts(array, tokens) for array in arrays.values()], axis=0), padding)
    arrays, tokens = {name: array[drawn] for name, array in arrays.items()}, tokens[drawn]
    kinds = {name: (kinds or {}).get(name) or kind_of(array, said[name], name) for name, array in arrays.items()}
    scales = {name: limits(array, kinds[name], f"panels[{name!r}]") for name, array in arrays.items()}
    order = unit_order(next(iter(arrays.values())), sort_units)
    own = fig is None
    if own:
        width = max(2.2, 0.9 + 0.05 * len(order), 0.4 + 0.13 * max(map(len, arrays)))  # titles stand side by side
        fig = Figure(figsize=(min(16, 1.6 + len(arrays) * width), min(14, max(4, 2.2 + LINE * len(tokens)))),
                     layout="constrained")  # fmt: skip
    axes = fig.subplots(1, len(arrays), sharex=True, sharey=True, squeeze=False)[0]
    for ax, (name, array) in zip(axes, arrays.items(), strict=True):
        image = _image(ax, array[:, order], *scales[name])
        ax.set_title(name, fontsize=LARGE, color=INK, parse_math=False)
        _unit_axis(ax, order, units)
        bar = fig.colorbar(image, ax=ax, location="bottom", shrink=0.9, aspect=12)
        three_ticks(bar, *scales[name])
        _dress_bar(bar, kinds[name])
    _token_axis(axes[0], tokens, own)
    for ax in axes[1:]:
        ax.tick_params(labelleft=False, left=False)
        ax.set_ylabel("")
    if title:
        fig.suptitle(title, fontsize=LARGE + 2, color=INK)
    return axes


def _read_panels(panels, tokens):
    """Label → array; the tokens, the names of the units, and label → what its table says of its kind."""
    if not isinstance(panels, dict) or not panels:
        raise ValueError(
            "`panels` must be a dictionary of label → (steps, units), such as {'forget_gate': "
            f"trace(…)['lstm'].table('forget_gate')}}. Received: {type(panels).__name__}"
        )
    read = {str(name): read_table(values, f"panels[{name!r}]") for name, values in panels.items()}
    arrays = {name: found[0] for name, found in read.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        found = ", ".join(f"{name}: {array.shape}" for name, array in arrays.items())
        raise ValueError(f"`panels` must all be of one shape (steps, units). Received: {found}")
    known = {name: found[1] for name, found in read.items() if found[1] is not None}
    for name, words in known.items() if tokens is None else ():
        first, before = next(iter(known.items()))
        if words != before:
            where = next(n for n, pair in enumerate(zip(before, words, strict=True)) if pair[0] != pair[1])
            raise ValueError(
                "`panels` must be of one text, as the tokens stand once; or give `tokens=`. Received: row "
                f"{where} is {before[where]!r} in {first!r} and {words[where]!r} in {name!r}"
            )
    tokens = tokens_for(next(iter(known.values()), None) if tokens is None else tokens, next(iter(shapes))[0])
    units = next((found[2] for found in read.values() if found[2] is not None), None)
    return arrays, tokens, units, {name: found[3] for name, found in read.items()}


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


def _token_axis(ax, tokens, own):
    """Every token, up to 40 in a figure of our own; or as many as fit without touching each other."""
    height = ax.get_window_extent().height / ax.figure.dpi * 72  # points
    fits = own and len(tokens) <= MOST_TOKENS
    every = 1 if fits else max(1, int(np.ceil((SMALL + 1) * len(tokens) / max(1, height))))
    shown, families = drawable(tokens, LONGEST_TOKEN)
    ax.set_yticks(np.arange(0, len(tokens), every), shown[::every], family=families, parse_math=False)
    ax.set_ylabel("token" if any(not token.isdigit() for token in tokens) else "step")
    tidy(ax)
    ax.spines[:].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _unit_axis(ax, order, names=None):
    """A few unit numbers, from 0 as in the arrays, or as the table calls them."""
    width = ax.get_window_extent().width / ax.figure.dpi * 72
    every = max(1, int(np.ceil(26 * len(order) / max(1, width))))
    places = np.arange(0, len(order), every)
    ax.set_xticks(places, [str(unit) if names is None else names[unit] for unit in order[places]])
    ax.set_xlabel("unit" if (np.diff(order) == 1).all() else "unit (sorted)")
    tidy(ax)
    ax.spines[:].set_visible(False)


def three_ticks(bar, low, high):
    """Numbers below a colour bar; those at its ends do not reach beyond it."""
    ticks = [low, (low + high) / 2, high]
    bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
    first, _, last = bar.ax.get_xticklabels()
    first.set_ha("left")
    last.set_ha("right")


def _dress_bar(bar, label):
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.set_label(label, fontsize=LARGE, color=INK)
