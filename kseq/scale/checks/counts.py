"""`counts`: the rows of a table of parameters, beside ours."""

from kseq.scale.checks.check import Check
from kseq.scale.counting import parameters
from kseq.scale.naming import architecture


def counts(table, printed, source="", causes=None):
    """Printed numbers of parameters beside the computed ones.

    Args:
        table: where they were printed.
        printed: mapping of an architecture's name -> the exact number, or (the number, half of its last printed digit).
        source: paper and table; empty: the source of each architecture.
        causes: mapping of name -> why it does not agree.

    Returns:
        A list of `Check`.
    """
    found = []
    for name, number in printed.items():
        published, rounding = number if isinstance(number, tuple) else (number, 0)
        found.append(
            Check(
                table=table,
                row=name,
                what="parameters",
                published=published,
                rounding=rounding,
                computed=parameters(name),
                source=source or architecture(name).source,
                cause=(causes or {}).get(name, ""),
            )
        )
    return found
