"""How good are written tunes, and how new? (course row S4: scores of music generation)

"Good" is counted, not heard: a tune that can be read, with full bars, in key. A model could reach it by copying, so the
share of copied bars and phrases stands beside it, and beside both the same shares for real tunes that no model saw.
"""

import numpy as np

PHRASE = 4  # bars
COLUMNS = ("good tunes", "full bars", "in key", "copied bars", "copied phrases")


def bar_texts(tune):
    """The bars of a tune as ABC, pickups left out: equal texts are equal bars."""
    return [bar.text for bar in tune.bars if bar.metre is None or bar.length == bar.metre]


def phrases(texts):
    """All rows of four bars that follow each other."""
    return [tuple(texts[i : i + PHRASE]) for i in range(len(texts) - PHRASE + 1)]


def tune_scores(tunes, training_tunes):
    """Scores of written tunes.

    Args:
        tunes: list of `Tune`s, those of a model or real ones.
        training_tunes: the tunes that the model learned from.

    Returns:
        Dictionary:
            good tunes: share of the tunes without `problems`: readable, four bars or more, all full or paired, in key.
            full bars: share of the bars that are full or paired; bars of unreadable tunes are not among them.
            in key: share of the notes that belong to the key, the mean over the tunes that can be read.
            copied bars: share of the bars that stand in a training tune note for note.
            copied phrases: the same of rows of four bars.
    """
    from kseq.data.tunes.abc_bars import bar_problems

    if not tunes:
        raise ValueError("`tunes` must hold at least one tune. Received: an empty list")
    known = [bar_texts(tune) for tune in training_tunes]
    known_bars = {text for texts in known for text in texts}
    known_phrases = {phrase for texts in known for phrase in phrases(texts)}
    readable = [tune for tune in tunes if not tune.error]
    written = [bar_texts(tune) for tune in readable]
    bars = [text for texts in written for text in texts]
    rows = [phrase for texts in written for phrase in phrases(texts)]
    total = sum(len(tune.bars) for tune in readable)
    wrong = sum(len(bar_problems(tune.parts)) for tune in readable)
    return {
        "good tunes": float(np.mean([tune.is_good for tune in tunes])),
        "full bars": 1 - wrong / total if total else np.nan,
        "in key": float(np.mean([tune.in_key for tune in readable])) if readable else np.nan,
        "copied bars": _share(bars, known_bars),
        "copied phrases": _share(rows, known_phrases),
    }


def _share(found, known):
    return sum(one in known for one in found) / len(found) if found else float("nan")
