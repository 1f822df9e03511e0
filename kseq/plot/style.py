"""Colours, lines and sizes that every figure shares: safe for colour-blind eyes, legible in a lecture hall."""

# Okabe and Ito's palette (2008), in an order whose greys differ too.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
INK = "#333333"
SMALL, LARGE = 12, 14  # points: the least that the back row reads, and what it reads with ease

# Lightness grows along the whole map, also for colour-blind eyes: a grey print keeps the order.
COLOUR_MAP = "cividis"
WEIGHT_MAP = "Blues"  # of attention weights: white where nobody looks, and darker all the way
SIGNED_MAP = ("#C77700", "#F3C87A", "#FFFFFF", "#7FB8DE", "#00538A")  # below zero orange, above zero blue and darker
MISSING = {"facecolor": "white", "edgecolor": "#999999", "hatch": "////", "linewidth": 0}  # no number: hatched

DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = "osD^vP"


def line_style(number):
    """Colour, dashes and marker of the n-th line: each of the three alone tells six lines apart."""
    which = number % len(PALETTE)
    return {"color": PALETTE[which], "linestyle": DASHES[which], "marker": MARKERS[which], "linewidth": 2}


def tidy(ax):
    """Takes away the box and sets type large enough for the back row."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=SMALL, colors=INK)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set_fontsize(LARGE)
        text.set_color(INK)
    return ax


def legend(ax):
    """A legend beside the axes, never on a line."""
    return ax.legend(fontsize=SMALL, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handlelength=3)


def new_axes(figsize=(7, 4.5)):
    """Axes of a new figure that no window manager holds on to."""
    from matplotlib.figure import Figure

    return Figure(figsize=figsize, layout="constrained").subplots()
