"""Which source words a translation looked at, word by word (course rows Q5, Q6)."""

import unicodedata

from kseq.plot.attention_maps import attention_map
from kseq.plot.style import INK, LARGE

MARK = "#D55E00"  # of cells to look at


def translation_alignment(
    weights,
    source_words=None,
    target_words=None,
    *,
    languages=("source", "target"),
    marks=(),
    head="mean",
    values=None,
    limit=1.0,
    title=None,
    ax=None,
):
    """Draws the alignment of a translation: each row is a word that was written, and says where the model looked.

    In languages with the same order of words a diagonal appears; where the order differs (an adjective behind its
    noun), it crosses itself.

    Args:
        weights: `(target_words, source_words)`, rows that add up to 1; `(heads, target_words, source_words)`; or what
            `model.translate(…, details=True)` says of a sentence (or of a list of one), which brings its words.
        source_words: list of tokens, across.
        target_words: list of tokens, down. Both may be in any script that an installed font has.
        languages: what stands at the axes: across, down.
        marks: list of `(row, column)`, or of `(target word, source word)`: cells with a frame, such as the pronoun
            and its noun.
        head: number of the head, or `"mean"`, where there are several.
        values: whether to write the weights into the cells. Default: where there are at most 12 words.
        limit: the end of the scale. `None`: the largest weight.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`. Its image is `ax.images[0]`.

    Raises:
        ValueError: shapes or words do not fit, or these are no weights: a plain string, an empty translation, that of
            a model without attention.

    Example:

    >>> translation_alignment(model.translate("Do you have a pet?", details=True), languages=("English", "Spanish"))
    """
    weights = _one(weights)
    if _is_translation(weights):
        source_words = weights.source_words if source_words is None else source_words
        target_words = weights.words if target_words is None else target_words
        weights = weights.alignment
        if weights is None:
            raise ValueError(
                "this translation has no alignment: its model is without attention, such as architecture='seq2seq'"
            )
        if not len(weights):
            raise ValueError("this translation is empty: the model wrote no word, so there is nothing to draw")
    across = None if source_words is None else _drawable(source_words)
    down = None if target_words is None else _drawable(target_words)
    ax = attention_map(weights, down, across, head=head, values=values, limit=limit, title=title, ax=ax)
    ax.set_xlabel(languages[0], fontsize=LARGE, color=INK)
    ax.set_ylabel(languages[1], fontsize=LARGE, color=INK, labelpad=8)
    T, S = ax.images[0].get_array().shape
    for row, column in marks:
        _frame(ax, _place(row, target_words, T, "target"), _place(column, source_words, S, "source"))
    return ax


def _is_translation(given):
    return all(hasattr(given, name) for name in ("alignment", "source_words", "words"))


def _one(given):
    """What is drawn: weights, or one translation with its words."""
    several = given if isinstance(given, list) and given and not _is_translation(given) else [given]
    if any(isinstance(one, str) for one in several):
        text = next(one for one in several if isinstance(one, str))
        raise ValueError(
            "a string has no alignment; draw model.translate(…, details=True), which says where each word looked. "
            f"Received: {text[:60]!r}"
        )
    if _is_translation(several[0]):
        if len(several) > 1:
            raise ValueError(f"expected the translation of one sentence. Received: a list of {len(several)}")
        return several[0]
    return given


def _drawable(words):
    """Words as matplotlib has to get them: before 3.11 it draws from left to right only."""
    import matplotlib

    words = [str(word) for word in words]
    new = tuple(map(int, matplotlib.__version__.split(".")[:2])) >= (3, 11)
    return words if new else [turned(word) for word in words]


def turned(word):
    """A word that is written from right to left with its last letter first; any other word as it is."""
    if not any(unicodedata.bidirectional(character) in ("R", "AL") for character in word):
        return word
    letters = []
    for character in word:  # marks stay behind their letter
        if letters and unicodedata.combining(character):
            letters[-1] += character
        else:
            letters.append(character)
    return "".join(reversed(letters))


def _place(where, words, count, name):
    """The number of a row or a column from itself or from its word."""
    if isinstance(where, str):
        words = list(words or ())
        if where not in words:
            raise ValueError(f"`marks` must name words of the {name}: {', '.join(words)}. Received: {where!r}")
        return words.index(where)
    if not 0 <= where < count:
        raise ValueError(f"`marks` must be (row, column) of the map, or words. Received: {where} for {count} places")
    return where


def _frame(ax, row, column):
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=MARK, linewidth=3, gid="mark"))
