"""Bars of a tune: are they full, what belongs together, in which order are they played? (course row S4)

Parts of a tune lie between double bars and repeat signs. A part may begin with a pickup, a bar that is not full, and
end with one; the two are *paired* where one follows the other in playing and both together fill a bar.
"""

from dataclasses import dataclass
from fractions import Fraction

PART_SIGNS = ("||", "|]", "|:", ":|", "::")
REPEATS = (":|", "::")


@dataclass
class Bar:
    """What lies between two bar signs.

    number: from 1. line: of the tune, from 0. elements: the `Element`s in it. length: in whole notes.
    metre: how long it ought to be, `None` in free metre. sign: the bar sign behind it, `""` at the end.
    endings: the passes in which it is played; empty for all.
    """

    number: int
    line: int
    elements: list
    length: Fraction
    metre: Fraction | None
    sign: str = ""
    endings: tuple = ()

    @property
    def text(self):
        """The notes as ABC, the same for equal bars."""
        return "".join(element.text + "-" * element.tied for element in self.elements if element.kind != "break")


def bars_of(elements, metre):
    """`(bars, parts)` of a tune; `parts` are lists of `Bar`s.

    Args:
        elements: list of `Element`s.
        metre: length of a bar at the beginning, or `None`.
    """
    bars, parts, current, endings, own_metre = [], [[]], [], (), metre
    for element in [*elements, None]:
        if element is not None and element.kind != "bar":
            if element.kind == "field" and element.text.startswith("[M:"):
                metre = element.value[1]
            if not any(e.length for e in current):
                own_metre = metre
            current.append(element)
            continue
        sign = "" if element is None else element.text.rstrip("0123456789,-")
        length = sum((e.length for e in current), Fraction(0))
        if length:
            line = next(e.line for e in current if e.length)
            bars.append(Bar(len(bars) + 1, line, current, length, own_metre, sign, endings))
            parts[-1].append(bars[-1])
            current, own_metre = [], metre
        elif bars and sign in PART_SIGNS and bars[-1].sign not in REPEATS:
            bars[-1].sign = "::" if bars[-1].sign == ":|" else sign  # two signs with nothing between them
        if element is None:
            break
        new = element.value or ()
        if sign in PART_SIGNS and parts[-1] and not (parts[-1][-1].sign in REPEATS and new):
            parts.append([])
        endings = new if new or sign in PART_SIGNS else endings
    return bars, [part for part in parts if part]


def bar_problems(parts):
    """What is wrong with the bars: a list of `(bar, what was found)`; empty if all are full or paired."""
    problems = []
    last = len(parts) - 1
    for number, part in enumerate(parts):
        following = parts[(number + 1) % len(parts)]  # after the end the tune begins again
        preceding = parts[number - 1]
        for place, bar in enumerate(part):
            if bar.metre is None or bar.length == bar.metre:
                continue
            is_repeat = bar.sign in REPEATS
            partners = []
            if bar.length < bar.metre and place == 0:
                closes = [preceding[-1], *(b for b in part[1:] if b.sign in REPEATS)]
                partners += [b for b in closes if b is not bar]
            if bar.length < bar.metre and (place == len(part) - 1 or is_repeat):
                partners += [part[0]] * is_repeat + [following[0]]
                partners += [part[0]] if number == last else []
            if bar.length < bar.metre:
                partners += across_endings(part, place)
            if not any(b is not bar and b.metre == bar.metre and b.length + bar.length == b.metre for b in partners):
                problems.append((bar, f"{eighths(bar.length)} where a full bar has {eighths(bar.metre)}"))
    return problems


def across_endings(part, place):
    """The bars that may complete one that an ending cuts in two: `…|F2 [1 AB|…:|[2 cd|…`."""
    begins = [i for i, bar in enumerate(part) if bar.endings and i and part[i - 1].endings != bar.endings]
    if not begins:
        return []
    return [part[i] for i in begins] if place == begins[0] - 1 else [part[begins[0] - 1]] * (place in begins)


def eighths(length):
    """A length counted in eighth notes, in words."""
    number = length * 8
    return f"{number if number.denominator == 1 else f'{float(number):.4g}'} eighth{'s' * (number != 1)}"


def playing_order(parts):
    """The bars as they are played, repeats and endings written out: a list of `Bar`s."""
    played = []
    for part in parts:
        numbers = [number for bar in part for number in bar.endings]
        passes = max([2 if any(bar.sign in REPEATS for bar in part) else 1, *numbers])
        for turn in range(1, passes + 1):
            # Where there is no ending for a pass, it is played without one.
            played += [bar for bar in part if not bar.endings or turn in bar.endings]
    return played
