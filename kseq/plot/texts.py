"""One unit over a text: each word or character in a box of its value's colour."""

import numpy as np

from kseq.plot.checks import limits, numbers, tokens_for
from kseq.plot.fonts import VISIBLE, drawable
from kseq.plot.heatmaps import LABELS, three_ticks
from kseq.plot.inputs import counts, without_padding
from kseq.plot.style import COLOUR_MAP, INK, LARGE, MISSING, SMALL

POINTS = 16  # size of the type in a figure of our own
LINE, BOX, GAP, PAD = 1.75, 1.4, 0.25, 0.22  # in em: from line to line, height of a box, between words, around ink
BAR = 14  # em: length of the colour bar


def colored_text(tokens, values, *, kind="state", padding=False, title=None, label=None, width=45, ax=None):
    """Draws a text whose tokens stand in coloured boxes: what one unit does as it reads.

    Args:
        tokens: list of strings, drawn as words with gaps; or one string, drawn character by character.
        values: `(steps,)`, one number per token. NaN or masked ones are hatched.
        kind: `"gate"`: the scale goes from 0 to 1; `"state"`: it is symmetric about 0.
        padding: whether to keep the padding at both ends, as in `heatmap`.
        title: what stands above.
        label: what stands at the colour bar. Default: by `kind`.
        width: length of a line in em (about two characters each); longer texts are wrapped.
        ax: `matplotlib.axes.Axes` to draw on; the text is scaled to fit. Default: a new figure at 16 points.

    Returns:
        The `Axes`. The boxes are `ax.patches` with `get_gid() == "box"`, in the order of the tokens.

    Raises:
        ValueError: tokens and values do not fit, or a gate is not between 0 and 1.
    """
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    values = numbers(values, "values", (1,))
    letters = isinstance(tokens, str)
    tokens = tokens_for(tokens, len(values))
    drawn = without_padding(counts(values, tokens), padding)
    values, tokens = values[drawn], tokens[drawn]
    if not width >= 10:
        raise ValueError(f"`width` must be at least 10 em. Received: width={width}")
    low, high = limits(values, kind)
    shown, families = drawable(tokens, longest=2 * int(width) - 6)
    font = _font(families, mono=letters)
    sizes = [_advance(text, font) for text in shown]
    if letters:
        sizes = [max(0.62, size) for size in sizes]  # the advance of a monospaced letter
    boxes, lines = _wrap(tokens, sizes, width, letters)

    label = label or LABELS[kind]
    used = max(max(x + size for x, _, size in boxes), BAR + 2 + 0.55 * len(label), 0.7 * len(title or ""))
    width = max(used, width) if lines > 1 else used  # one line: no wider than it need be

    bottom = lines * LINE + 2.9  # below the text: the colour bar with ticks and label
    top = 1.4 if title else 0.2
    if ax is None:
        figure = Figure(figsize=((width + 1) * POINTS / 72, (bottom + top) * POINTS / 72))
        ax = figure.add_axes((0, 0, 1, 1))
    colours = ScalarMappable(Normalize(low, high), colormaps[COLOUR_MAP])
    for text, value, (x, line, size) in zip(shown, values, boxes, strict=True):
        masked = np.isnan(value)
        fill = MISSING["facecolor"] if masked else colours.to_rgba(value)
        look = MISSING if masked else {"facecolor": fill, "edgecolor": "none"}
        y = line * LINE + (LINE - BOX) / 2
        ax.add_patch(Rectangle((x, y), size, BOX, **look, gid="box"))
        faint = text in VISIBLE.values()
        inset = (size - _advance(text, font)) / 2
        path = TextPath((0, 0), text, size=1, prop=font, usetex=False, _interpolation_steps=1) if text else None
        if path is not None:
            path = Affine2D().scale(1, -1).translate(x + inset, y + BOX * 0.7).transform_path(path)
            patch = PathPatch(path, facecolor=contrast(fill), edgecolor="none", alpha=0.5 if faint else 1, gid="ink")
            ax.add_patch(patch)
    ax.set(xlim=(-0.5, width + 0.5), ylim=(bottom, -top), aspect="equal")
    ax.set_axis_off()
    if title:
        ax.text(0, -0.4, title, fontsize=LARGE, color=INK)
    place = ax.inset_axes((0, lines * LINE + 0.5, BAR, 0.5), transform=ax.transData)
    bar = ax.figure.colorbar(colours, cax=place, orientation="horizontal")
    three_ticks(bar, low, high)
    place.tick_params(labelsize=SMALL, colors=INK)
    bar.outline.set_visible(False)
    ax.text(BAR + 1.2, lines * LINE + 0.75, label, fontsize=SMALL, color=INK, va="center")
    return ax


def contrast(colour):
    """Black or white: whichever stands out more against `colour` (WCAG 2's contrast of relative luminance)."""
    light = luminance(colour)
    return "black" if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else "white"


def luminance(colour):
    """Relative luminance of a colour, 0 (black) to 1 (white)."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _font(families, mono):
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=["DejaVu Sans Mono", *families] if mono else families, size=100)


def _advance(text, font):
    """Width of a text in em."""
    from matplotlib.textpath import text_to_path

    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 100 if text else 0.0


def _wrap(tokens, sizes, width, letters):
    """For each token `(x, line, width of its box)`; and the number of lines."""
    pad, gap = (0, 0) if letters else (PAD, GAP)
    boxes, x, line = [], 0.0, 0
    for number, (token, size) in enumerate(zip(tokens, sizes, strict=True)):
        size += 2 * pad
        # a word of characters is not torn apart, if it fits on a line at all
        ahead = size
        if letters and (number == 0 or tokens[number - 1].isspace()) and not token.isspace():
            rest = tokens[number:]
            end = next((n for n, other in enumerate(rest) if other.isspace()), len(rest))
            ahead = sum(sizes[number : number + end])
        if x > 0 and (x + size > width or (x + ahead > width and ahead <= width)):
            x, line = 0.0, line + 1
        boxes.append((x, line, size))
        x += size + gap
        if token == "\n":
            x, line = 0.0, line + 1
    return boxes, line + (1 if x > 0 else 0)
