"""Words over their tags, truth beside prediction: what a tagger got right (rows S5, G4)."""

from kseq.plot.fonts import drawable
from kseq.plot.style import INK, LARGE, PALETTE, SMALL

PER_LINE = 8  # words in a line of a strip
LONGEST = 14  # characters of a word
INCH = 1.15  # width of a word
ROW = 0.42  # inches: height of a row of tags or words


def tag_strip(words, tags=None, truth=None, *, names=("said", "truth"), per_line=PER_LINE, title=None, ax=None):
    """Draws a sentence with a coloured box for the tag of each word.

    Equal tags look equal. Where truth and prediction differ, the box of the prediction has a thick frame and a cross,
    so that nobody needs colours to see it.

    Args:
        words: list of strings; or a list of `(word, tag)` as `model.tag` returns it for one sentence, without `tags`.
        tags: list of tags, one for each word.
        truth: list of the true tags, drawn below. Default: none.
        names: what stands at the left of the two rows.
        per_line: words in a line; longer sentences go on in the next one.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`. The boxes are `ax.patches` with `get_gid()` `"tag"` (or `"wrong"`) and `"truth"`, in the order of
        the words.

    Raises:
        ValueError: words and tags differ in number; or these are several sentences.

    Example:

    >>> tag_strip(model.tag("Pass me the orange marker"), truth=["VERB", "PRON", "DET", "ADJ", "NOUN"])
    """
    from matplotlib.figure import Figure

    if tags is None:
        words, tags = _parted(words)
    words, tags, truth = list(words), list(tags), None if truth is None else list(truth)
    for name, row in {"tags": tags, "truth": truth}.items():
        if row is not None and len(row) != len(words):
            raise ValueError(f"`{name}` must have one entry for each of the {len(words)} words. Received: {len(row)}")
    if not words:
        raise ValueError("`words` must hold one word or more. Received: none")
    if isinstance(per_line, bool) or not isinstance(per_line, int) or per_line < 1:
        raise ValueError(f"`per_line` must be a positive integer. Received: per_line={per_line!r}")
    rows = 2 + (truth is not None)  # of a line
    lines = -(-len(words) // per_line)
    height = lines * (rows + 0.5)
    if ax is None:
        width = min(per_line, len(words)) + (0.7 if truth is not None else 0)
        figure = Figure(figsize=(width * INCH, (height + (0.8 if title else 0)) * ROW), layout="constrained")
        ax = figure.subplots()
    looks = looks_of([*(truth or []), *tags])
    shown, families = drawable(words, LONGEST)
    for number, word in enumerate(shown):
        x, y = number % per_line, number // per_line * (rows + 0.5)
        size = LARGE if len(word) < 9 else SMALL
        ax.text(x + 0.5, y + 0.5, word, fontsize=size, color=INK, family=families, gid="word", **CENTRE)
        wrong = truth is not None and tags[number] != truth[number]
        _box(ax, x, y + 1, tags[number], looks, "wrong" if wrong else "tag")
        if truth is not None:
            _box(ax, x, y + 2, truth[number], looks, "truth")
    if truth is not None:
        for y in range(lines):
            for row, name in enumerate(names, 1):
                ax.text(-0.08, y * (rows + 0.5) + row + 0.5, name, fontsize=SMALL, color=INK, ha="right", va="center")
    left = -0.7 if truth is not None else -0.02
    ax.set(xlim=(left, min(per_line, len(words)) + 0.02), ylim=(height, 0))
    ax.set_axis_off()
    if title:
        ax.set_title(title, fontsize=LARGE, color=INK)
    return ax


def _parted(pairs):
    """Words and tags of what `model.tag` returned for one sentence."""
    pairs = [] if isinstance(pairs, str) else list(pairs)
    if pairs and all(isinstance(pair, list) for pair in pairs):
        raise ValueError(
            f"`words` must be one sentence. Received: {len(pairs)} of them; draw each by itself: "
            "for sentence in model.tag(sentences): tag_strip(sentence)"
        )
    if not pairs or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        raise ValueError(
            'Without `tags`, `words` must be the list of (word, tag) that model.tag("…") returns for one sentence. '
            f"Received: {repr(pairs[0]) + ' as its first word' if pairs else 'none'}"
        )
    return [word for word, _ in pairs], [tag for _, tag in pairs]


CENTRE = {"ha": "center", "va": "center", "parse_math": False}
LIGHT = 0.55  # how far a colour is mixed with white: dark type stands out on all of them


def looks_of(tags):
    """Tag -> colour and hatching: as many colours as the palette has, then the same ones hatched."""
    from matplotlib.colors import to_rgb

    looks = {}
    for tag in sorted(set(tags)):
        number = len(looks)
        colour = tuple(1 - (1 - part) * (1 - LIGHT) for part in to_rgb(PALETTE[number % len(PALETTE)]))
        looks[tag] = {"facecolor": colour, "hatch": ("", "///", "...", "xxx")[number // len(PALETTE) % 4]}
    return looks


def _box(ax, x, y, tag, looks, kind):
    from matplotlib.patches import Rectangle

    wrong = kind == "wrong"
    frame = {"edgecolor": "black", "linewidth": 3} if wrong else {"edgecolor": "white", "linewidth": 0}
    look = looks[tag] if not wrong else {**looks[tag], "hatch": ""}
    ax.add_patch(Rectangle((x + 0.04, y + 0.06), 0.92, 0.88, gid=kind, **look, **frame))
    text = f"✗ {tag}" if wrong else tag
    back = {"facecolor": looks[tag]["facecolor"], "edgecolor": "none", "boxstyle": "square,pad=0.1"}
    ax.text(x + 0.5, y + 0.5, text, fontsize=SMALL, color="black", gid="name", bbox=back, **CENTRE)
