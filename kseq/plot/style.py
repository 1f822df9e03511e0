"""Colours and sizes that every figure shares: safe for colour-blind eyes, legible in a lecture hall."""

# Okabe and Ito's palette (2008), in an order whose greys differ too.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
INK = "#333333"


def tidy(ax):
    """Takes away the box and sets type large enough for the back row."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=12, colors=INK)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set_fontsize(14)
        text.set_color(INK)
    return ax


def new_axes(figsize=(7, 4.5)):
    """Axes of a new figure that no window manager holds on to."""
    from matplotlib.figure import Figure

    return Figure(figsize=figsize, layout="constrained").subplots()
