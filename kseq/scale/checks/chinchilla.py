"""Hoffmann et al. (2022), tables 2, 3 and A3: the best size for each compute, and what is printed beside it."""

from kseq.scale.checks.check import Check
from kseq.scale.optimum import CONSTANTS, compute_optimal, line
from kseq.scale.published.chinchilla import (
    EXPONENTS,
    EXPONENTS_SOURCE,
    GOPHER,
    GOPHER_SIZES,
    GOPHER_SOURCE,
    HOFFMANN,
    MISPRINTED,
    OFF_THE_LINE,
    TABLES,
)
from kseq.scale.published.chinchilla import rows as printed
from kseq.scale.quantity import derive, given
from kseq.scale.units import in_letters

ON_THE_LINE = 0.004
MISPRINT = "Misprint: 6·N·D of the same row is ten times as much, 1.26e25, and so are the rows above and below."
TOKENS_OFF = "The printed tokens are not C/(6·N) of the same row, not even within their rounding."
LINE_OFF = "The row of 67 B does not lie on the line of the other eight; the line has its FLOPs at a larger size."
NOT_THESE = (
    "The table was not made with the printed constants: its rows rise as N = k·C^0.459, the unrounded constants give "
    "0.456 and the rounded ones 0.452."
)
INTERVAL = "The interval printed behind it, 0.454 to 0.455, leaves out both the printed 0.46 and the table's 0.459."
ROUNDED = "With the constants as the text rounds them the exponent is 0.452, which is not 0.46: they are too coarse."
GRID = "nanoGPT looks for the least loss on a grid of sizes; the formula has it between two of them."


def rows():
    """Checks of every row: C = 6·N·D, the law or the line against it, exponents, and Gopher's compute."""
    return [*_products(), *_predictions(), *_exponents(), *_gopher(), *_nanogpt()]


def _products():
    """C = 6·N·D of each row. All three are rounded in print."""
    for approach, table in TABLES.items():
        for row in printed(approach):
            off = _off_the_products(approach, row)
            yield Check(
                table=_title(approach),
                row=in_letters(row.parameters),
                what="FLOPs, from parameters and tokens",
                published=row.flops,
                computed=derive("compute", "FLOP", "6·N·D", source=table, N=row.parameters, D=row.tokens),
                source=table,
                within=_rounding(row),
                cause=off,
            )


def _off_the_products(approach, row):
    if (approach, row.parameters) == MISPRINTED:
        return MISPRINT
    return TOKENS_OFF if (approach, row.parameters) in ((1, 67e9), (3, 67e9), (3, 280e9)) else ""


def _rounding(row):
    """What half a last digit of tokens (0.1 B or 0.1 T) and FLOPs (three digits) can make, as a share."""
    unit = 1e12 if row.tokens >= 1e12 and row.tokens % 1e11 == 0 else 1e9
    mantissa = float(f"{row.flops:.2e}".split("e")[0])
    return 0.05 * unit / row.tokens + 0.005 / mantissa


def _predictions():
    """What compute_optimal says for the size of each row."""
    for approach, table in TABLES.items():
        for row in printed(approach):
            cause = NOT_THESE if approach == 3 else LINE_OFF if row.parameters == OFF_THE_LINE else ""
            yield Check(
                table=_title(approach),
                row=in_letters(row.parameters),
                what="FLOPs, best for this size",
                published=row.flops,
                computed=compute_optimal(parameters=row.parameters, approach=approach).flops,
                source=table,
                within=ON_THE_LINE,
                cause=f"{MISPRINT} {NOT_THESE}" if (approach, row.parameters) == MISPRINTED else cause,
            )


def _exponents():
    for approach, (value, low, high) in EXPONENTS.items():
        sets = {"": given(line(approach)[0], "", TABLES[approach], name="exponent of the line")}
        if approach == 3:
            sets = {f", {name} constants": _exponent(name) for name in ("unrounded", "rounded")}
        for which, computed in sets.items():
            yield Check(
                table="Chinchilla, table 2",
                row=f"approach {approach}{which}",
                what="exponent a of N = k·C^a",
                published=value,
                computed=computed,
                source=EXPONENTS_SOURCE,
                rounding=0.005,
                cause=ROUNDED if "rounded" in which.split() else "",
            )
            yield Check(
                table="Chinchilla, table 2",
                row=f"approach {approach}{which}",
                what="exponent a, printed interval",
                published=(low, high),
                computed=computed,
                source=EXPONENTS_SOURCE,
                rounding=0.0005,
                cause=INTERVAL if approach == 3 else "",
            )


def _exponent(name):
    values, source = CONSTANTS[name]
    powers = {symbol: given(values[symbol], "", source) for symbol in "αβ"}
    return derive("exponent", "", "β/(α + β)", **powers)


def _gopher():
    """The compute of Gopher, for which Chinchilla was made."""
    for approach in (1, 2, 3):
        yield Check(
            table="Chinchilla, section 4",
            row=f"Gopher's compute, approach {approach}",
            what="parameters",
            published=GOPHER_SIZES,
            computed=compute_optimal(flops=GOPHER, approach=approach).parameters,
            source=GOPHER_SOURCE,
        )
    yield Check(
        table="Chinchilla, section 4",
        row="Chinchilla, 70 B on 1.4 T tokens",
        what="FLOPs",
        published=GOPHER,
        computed=derive("compute", "FLOP", "6·N·D", N=70e9, D=1.4e12),
        source=f"{HOFFMANN}, table 1 and section 4",
        within=0.05 / 1.4,  # tokens are printed with two digits
    )


def _nanogpt():
    best = compute_optimal(flops=2.21e19, constants="rounded")
    for what, value, computed in (("parameters", 316e6, best.parameters), ("tokens", 11.65e9, best.tokens)):
        yield Check(
            table="nanoGPT, scaling_laws.ipynb",
            row="2.21e19 FLOP, rounded constants",
            what=what,
            published=value,
            computed=computed,
            source="nanoGPT, scaling_laws.ipynb, approach 3 on a grid",
            within=0.01,
            cause=GRID,
        )


def _title(approach):
    return "Chinchilla, table 3" if approach == 1 else f"Chinchilla, table A3, approach {approach}"
