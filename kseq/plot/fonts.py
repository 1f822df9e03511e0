"""Tokens as they can be drawn: any script, as far as the installed fonts go; white space made visible."""

import warnings
from functools import lru_cache

import numpy as np

BASE = "DejaVu Sans"  # comes with matplotlib: Latin, Cyrillic, Greek, Arabic, many signs and some emoji
# Asked in this order for what the base lacks; those that are installed are used.
OTHERS = (
    "Noto Sans Thai", "Noto Sans CJK JP", "Noto Sans Devanagari", "Noto Sans", "Noto Emoji", "Loma", "Garuda",
    "Thonburi", "Leelawadee UI", "Tahoma", "Hiragino Sans", "PingFang SC", "Microsoft YaHei", "Arial Unicode MS",
    "Segoe UI Symbol", "Segoe UI Emoji", "Apple Symbols", "Symbola", "Unifont",
)  # fmt: skip
VISIBLE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥", "\u00a0": "␣", "\u200b": "", "\ufe0f": ""}
LACKING = "□"
MOST_TOKENS = 40  # so many words are written at an axis, each of them
LONGEST_WORD = 14  # characters, below an axis


def drawable(texts, longest=None):
    """Texts with nothing in them that no installed font has, and the font families to draw them with.

    Args:
        texts: list of strings.
        longest: more characters than this are cut, with "…" at the end.

    Returns:
        `(texts, families)`. Draw with `family=families, parse_math=False`: a dollar sign is a dollar sign.
    """
    shown = ["".join(VISIBLE.get(c, c) for c in text) for text in texts]
    if longest:
        shown = [text if len(text) <= longest else text[: longest - 1] + "…" for text in shown]
    needed = {c for text in shown for c in text if not _has(BASE, c)}
    families, missing = [BASE], set(needed)
    for family in OTHERS if needed else ():
        found = {c for c in missing if _has(family, c)}
        if found:
            families.append(family)
            missing -= found
    if missing:
        warnings.warn(
            f"No installed font has {' '.join(sorted(missing))}: drawn as {LACKING}. A font of the Noto family "
            "(https://fonts.google.com/noto) for that script would do.",
            stacklevel=3,
        )
        shown = ["".join(LACKING if c in missing else c for c in text) for text in shown]
    return shown, families


def step_between(ax, count, points):
    """Which words of an axis along x are written where each takes so many points: every one, every second, …"""
    width = ax.get_window_extent().width / ax.figure.dpi * 72
    return max(1, int(np.ceil(points * count / max(1, width))))


def slant(texts):
    """Words below an axis, so that they end at their mark and do not touch."""
    for text in texts:
        text.set(rotation=60, ha="right", rotation_mode="anchor")


def _has(family, character):
    characters = _characters(family)
    return characters is not None and ord(character) in characters


@lru_cache(maxsize=64)
def _characters(family):
    """The code points of an installed font, or None."""
    from matplotlib import font_manager

    paths = [font.fname for font in font_manager.fontManager.ttflist if font.name == family]
    if not paths:
        return None
    try:
        return frozenset(font_manager.get_font(min(paths, key=len)).get_charmap())
    except RuntimeError:  # a font file in a format that matplotlib cannot read
        return None
