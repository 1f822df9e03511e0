"""`show`: numbers with their units, for people. Bytes in KiB to TiB, seconds in hours to years, the rest as it is."""

import math

KIB = 1024
BINARY = ((3, "GiB"), (2, "MiB"), (1, "KiB"))
IN_TIB = 10 * KIB**4  # from here on; what one model takes on one machine stays in GiB, and compares at a glance
TIMES = ((365 * 86_400, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
EXACT_BELOW = 2**53  # integers that a float holds exactly


def show(value, unit="", digits=4):
    """A number with its unit, as it stands in a table.

    Args:
        value: a number.
        digits: how many count, where they are not those of the unit (as of bytes and of times).
        unit: `"bytes"`, `"seconds"`, `"USD"`, `"kg CO2e"`, or any other word, which is written behind the number.

    Example:

    >>> show(9_663_676_416, "bytes"), show(2_920_000, "seconds"), show(3.143e23, "FLOP")
    ('9.00 GiB', '33.8 days', '3.143e23 FLOP')
    """
    value = float(value)
    if unit == "bytes":
        return in_gib(value)
    if unit == "seconds":
        return in_time(value)
    if unit in ("parameters", "tokens") and value.is_integer():
        return f"{value:,.0f} {unit}"
    if unit == "USD":
        return f"${in_letters(value)}" if abs(value) >= 1e6 else f"${significant(value, 4 if value >= 1 else 2)}"
    if unit == "kg CO2e" and abs(value) >= 1000:
        return f"{significant(value / 1000, digits)} t CO2e"
    return f"{significant(value, digits)} {unit}".strip()


def significant(value, digits=4):
    """Four digits count: `0.03571`, `12.85`, `1.746e11`; whole numbers below a million are written in full."""
    value = float(value)
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    if value.is_integer() or abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def in_gib(count):
    """Bytes for people: `5.80 GiB`; very many in TiB, few ones in MiB, in KiB or as they are."""
    if abs(count) >= IN_TIB:
        return f"{count / KIB**4:,.2f} TiB"
    for power, unit in BINARY:
        if abs(count) >= KIB**power:
            return f"{count / KIB**power:,.2f} {unit}"
    return f"{count:,.0f} bytes"


def in_time(seconds):
    """Seconds for people: `33.8 days`, `12.0 ms`."""
    if 0 < abs(seconds) < 1:
        return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"
    for length, unit in TIMES:
        if abs(seconds) >= length * (2 if unit in ("years", "days") else 1):
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.1f} seconds"


def in_letters(count):
    """A number of parameters or tokens as people say it: `124.4 M`, `174.6 B`."""
    for size, letter in LETTERS:
        if count >= size:
            return f"{count / size:.4g} {letter}"
    return f"{count:,.0f}"
