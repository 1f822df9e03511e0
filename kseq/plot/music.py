"""A piano roll: which note sounds when (row S4)."""

from kseq.plot.style import INK, PALETTE, new_axes, tidy

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
BLACK_KEYS = (1, 3, 6, 8, 10)
WHITE_KEYS = tuple(key for key in range(12) if key not in BLACK_KEYS)
MOST_NUMBERS = 20  # of bars along the axis


def piano_roll(notes, *, bar=None, pickup=0.0, scale=None, title=None, ax=None):
    """Draws notes as bars: time to the right, pitch upwards, black keys of the piano in grey.

    Args:
        notes: list of objects with `pitch` (MIDI number, 60 is middle C), `start` and `length` in quarter notes, such
            as `tune.notes`; or of such triples.
        bar: length of a bar in quarter notes: a line and a number where each begins, from 1. Default: no lines,
            and quarter notes along the axis.
        pickup: what sounds before the first whole bar, in quarter notes.
        scale: pitch classes of the key (0 for C), such as `tune.key.scale`: notes outside stand out. Default: none
            does.
        title: what stands above.
        ax: `matplotlib.axes.Axes` to draw on. Default: a new figure.

    Returns:
        The `Axes`.

    Raises:
        ValueError: there are no notes.
    """
    rows = [(note.pitch, note.start, note.length) if hasattr(note, "pitch") else tuple(note) for note in notes]
    if not rows:
        raise ValueError("`notes` must hold at least one note. Received: an empty list")
    ax = new_axes((9, 4)) if ax is None else ax
    low, high = min(row[0] for row in rows) - 1, max(row[0] for row in rows) + 1
    end = max(start + length for _, start, length in rows)
    for pitch in range(low, high + 1):
        if pitch % 12 in BLACK_KEYS:
            ax.axhspan(pitch - 0.5, pitch + 0.5, color="#eeeeee", linewidth=0)
    for outside in (False, True):
        chosen = [row for row in rows if (scale is not None and row[0] % 12 not in scale) == outside]
        if chosen:
            pitches, starts, lengths = zip(*chosen, strict=True)
            ax.barh(
                pitches,
                [0.94 * length for length in lengths],
                left=starts,
                height=0.8,
                color=PALETTE[5] if outside else PALETTE[0],
                hatch="//" if outside else None,
                edgecolor="white",
                linewidth=0,
                label="not in key" if outside else "in key",
            )
    if bar:
        lines = [pickup + number * bar for number in range(int((end - pickup) / bar + 1e-6) + 1)]
        for place in lines:
            ax.axvline(place, color="#bbbbbb", linewidth=0.8, zorder=0)
        every = -(-len(lines) // MOST_NUMBERS)
        begun = [(place, number) for number, place in enumerate(lines, 1) if place < end - 1e-6]
        ax.set_xticks([place for place, _ in begun[::every]], [str(number) for _, number in begun[::every]])
    if any(scale is not None and row[0] % 12 not in scale for row in rows):
        ax.legend(frameon=False, loc="upper right", fontsize=12)
    # Every row has its name, where there is room; else those on white keys, else C and G.
    shown = range(12) if high - low < 14 else WHITE_KEYS if high - low < 26 else (0, 7)
    ticks = [pitch for pitch in range(low, high + 1) if pitch % 12 in shown]
    ax.set_yticks(ticks, [f"{NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in ticks])
    ax.set_ylim(low - 0.5, high + 0.5)
    ax.set_xlim(0, end)
    ax.set_xlabel("bar" if bar else "quarter notes")
    ax.set_ylabel("pitch")
    if title:
        ax.set_title(title, color=INK)
    return tidy(ax)
