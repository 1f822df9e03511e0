"""Chinchilla: the constants of its law of loss (printed, in the TeX source, fitted again by others), and its tables."""

from typing import NamedTuple

HOFFMANN = "Hoffmann et al. (2022), arXiv 2203.15556"
REFIT = "Besiroglu et al. (2024), arXiv 2404.10102"

# L(N, D) = E + A/N^α + B/D^β, in nats per token
CONSTANTS = {
    "unrounded": ({"E": 1.6934, "A": 406.4, "B": 410.7, "α": 0.3392, "β": 0.2849}, f"{HOFFMANN}, TeX source"),
    "rounded": ({"E": 1.69, "A": 406.4, "B": 410.7, "α": 0.34, "β": 0.28}, f"{HOFFMANN}, equation 10"),
    "refit": ({"E": 1.8172, "A": 482.01, "B": 2085.43, "α": 0.3478, "β": 0.3658}, REFIT),
}
NOTES = {
    "unrounded": "",
    "rounded": "The rounded exponents ask for twice the compute that the paper's own table has for 175 B parameters.",
    "refit": "Fitted again to the points of the paper's figure 4; it agrees with approaches 1 and 2. Standard errors: "
    "E 0.03, A 125, B 1293, α 0.02, β 0.02.",
}


class Row(NamedTuple):
    """One size in the tables: the compute for which it is best, and the tokens to train it on."""

    parameters: float
    flops: float
    tokens: float


SIZES = (400e6, 1e9, 10e9, 67e9, 175e9, 280e9, 520e9, 1e12, 10e12)
TABLES = {  # approach -> where it is printed
    1: f"{HOFFMANN}, table 3",
    2: f"{HOFFMANN}, table A3, approach 2",
    3: f"{HOFFMANN}, table A3, approach 3",
}
FLOPS = {
    1: (1.92e19, 1.21e20, 1.23e22, 5.76e23, 3.85e24, 9.90e24, 3.43e25, 1.27e26, 1.30e28),
    2: (1.84e19, 1.20e20, 1.32e22, 6.88e23, 4.54e24, 1.18e25, 4.19e25, 1.59e26, 1.75e28),
    3: (2.21e19, 1.62e20, 2.46e22, 1.71e24, 1.26e24, 3.52e25, 1.36e26, 5.65e26, 8.55e28),  # 175 B: misprinted
}
TOKENS = {
    1: (8.0e9, 20.2e9, 205.1e9, 1.5e12, 3.7e12, 5.9e12, 11.0e12, 21.2e12, 216.2e12),
    2: (7.7e9, 20.0e9, 219.5e9, 1.7e12, 4.3e12, 7.1e12, 13.4e12, 26.5e12, 292.0e12),
    3: (9.2e9, 27.1e9, 410.1e9, 4.1e12, 12.0e12, 20.1e12, 43.5e12, 94.1e12, 1425.5e12),
}
MISPRINTED = (3, 175e9)  # approach and size of the row whose FLOPs contradict 6·N·D
OFF_THE_LINE = 67e9  # the other rows of each table lie on a straight line, in logarithms, within 0.4 %

# Exponents a of N = k·C^a: as printed, and the interval printed behind them
EXPONENTS = {1: (0.50, 0.488, 0.502), 2: (0.49, 0.462, 0.534), 3: (0.46, 0.454, 0.455)}
EXPONENTS_SOURCE = f"{HOFFMANN}, table 2"
GOPHER = 5.76e23  # FLOP, that Chinchilla was to spend better
GOPHER_SIZES = (40e9, 70e9)  # "somewhere between 40 and 70 billion parameters"
GOPHER_SOURCE = f"{HOFFMANN}, section 4"


def rows(approach):
    """The nine rows of an approach, as printed.

    Args:
        approach: 1, 2 or 3.

    Returns:
        A list of `Row`.
    """
    return [Row(*row) for row in zip(SIZES, FLOPS[approach], TOKENS[approach], strict=True)]
