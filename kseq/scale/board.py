"""`board`: derivations as a teacher writes them: a formula, the same with numbers, below each symbol what it is."""

import textwrap

from kseq.scale import formulas
from kseq.scale.units import significant

WIDTH = 100  # columns
FILLED = 84  # characters that a formula may take with its numbers before only its symbols are shown
STEP = "    "
EVERYTHING = 100  # levels


def board(quantities, depth=None):
    """The derivations of some quantities, one after the other.

        time of training = C/(n·P·u) = 3.142e23/(1,024·3.12e14·0.45) = 25.3 days   [1]
            C = FLOPs of training = 6·N·D = 6·1.746e11·3e11 = 3.142e23 FLOP
                …

    What was written once is not written again.

    Args:
        quantities: list of `Quantity`.
        depth: how many levels of inputs are written out. None: all, so that each symbol is explained.

    Returns:
        Text in lines of at most 100 columns, where words allow it; at the end the sources by their numbers, and what is
        to be noted.
    """
    writer, parts = _Writer(), []
    for one in quantities:
        parts.append("\n".join(writer.lines(one, "", EVERYTHING if depth is None else depth, "")))
    last = [_folded(f"[{number}] {source}", STEP) for source, number in writer.sources.items()]
    last += [_folded(f"Note: {note}", "      ") for note in writer.notes]
    if last and len(parts) > 1:
        last.insert(0, "")
    return "\n".join(["\n\n".join(filter(None, parts)), *last])


class _Writer:
    """Remembers which symbols were explained, which sources have a number, and what is to be noted."""

    def __init__(self):
        self.sources, self.notes, self.derived, self.said = {}, {}, set(), set()

    def number(self, source):
        return self.sources.setdefault(source, len(self.sources) + 1)

    def lines(self, one, symbol, depth, indent):
        """The lines of one quantity and, one step further in, of its inputs."""
        said = (symbol, one.name, float(one))
        if (symbol or not one.formula) and said in self.said:
            return []
        self.said.add(said)
        if one.note:
            self.notes[one.note] = None
        title = f"{symbol}{' = ' if symbol and one.name else ''}{one.name}"
        computed = (one.name, one.formula, float(one), *map(float, one.inputs.values()))  # also if computed anew
        if one.formula and computed in self.derived:
            if not symbol:
                return []
            return [_folded(f"{indent}{title} = {one}   (as above)", indent + 2 * STEP)]
        self.derived.add(computed)
        marks = "".join(f"[{self.number(source)}]" for source in one.sources if source)
        marks = f"   {marks}" if marks else ""
        if not one.formula:
            return [_folded(f"{indent}{title} = {one}{marks}", indent + 2 * STEP)]
        filled = formulas.with_numbers(one.formula, {name: significant(value) for name, value in one.inputs.items()})
        filled = [filled] if len(filled) <= FILLED and filled != one.formula else []
        found = [_equations([f"{indent}{title}", one.formula, *filled, f"{one}{marks}"], indent + 2 * STEP)]
        if depth:
            for name, value in one.inputs.items():
                found += self.lines(value, name, depth - 1, indent + STEP)
        return found


def _equations(sides, indent):
    """`a = b = c` in one line where there is room, else a line for each side."""
    line = " = ".join(sides)
    if len(line) <= WIDTH:
        return line
    first, *others = sides
    return "\n".join(
        [_folded(f"{first} = {others[0]}", indent), *(_folded(f"{indent}= {side}", indent) for side in others[1:])]
    )


def _folded(line, indent):
    return textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
