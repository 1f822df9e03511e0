"""Tables of docs/llm-scale.md: what was published, what contradicts itself, what nobody has published."""

import re
import textwrap

from kseq.scale import CONTRADICTIONS, UNPUBLISHED, published_checks
from kseq.scale.published.models import MODELS
from kseq.scale.units import in_letters, significant

WIDTH = 120
WHOLE = {"break_long_words": False, "break_on_hyphens": False}


def board(quantity, depth=1):
    """A derivation as on a blackboard."""
    return f"```\n{quantity.explain(depth)}\n```"


def table(head, rows, right=()):
    """A Markdown table.

    Args:
        head: names of the columns.
        rows: cells, as text.
        right: numbers of the columns that are set flush right.
    """
    marks = ["---:" if number in right else "---" for number in range(len(head))]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in [head, marks, *rows])


def heads(one):
    grouped = one.num_key_value_heads != one.num_heads
    return f"{one.num_heads} ({one.num_key_value_heads} of keys and values)" if grouped else one.num_heads


def contradicting():
    rows = []
    for one in CONTRADICTIONS:
        rows.append([one.subject, *one.shown, f"{one.explanation} ({one.source})"])
    return f"""## Where what is printed contradicts itself

A formula beside a number checks the number. Both are shown here; the code never follows a misprint silently.

{table(["", "printed", "computed, or estimated by others", ""], rows)}
"""


def alternatives():
    rows = [[one.name, one.maker, one.since, size(one), f"{one.known} ({one.source})"] for one in MODELS]
    return f"""## The alternatives, and what is not published (L7)

For {len(UNPUBLISHED)} of these {len(MODELS)} models no size has been published. Whoever gives numbers for them has
guessed, and `architecture("gpt-4")` says so, too. In a mixture of experts each token meets only some of the
parameters, the active ones. All of them take memory, but only the active ones count in 6·N·D.

{table(["", "maker", "since", "parameters", "what is known, and who says so"], rows, right=(3,))}
"""


def size(one):
    if one.parameters is None:
        return "not published"
    active = f", {in_letters(one.active)} active" if one.active else ""
    return in_letters(one.parameters) + active


def published():
    parts = []
    for name in dict.fromkeys(check.table for check in published_checks()):
        checks = [check for check in published_checks() if check.table == name]
        rows = [[one.row, one.what, printed(one.published), digits(one.computed), f"{one.deviation:+.2%}",
                 "" if one.agrees else one.cause] for one in checks]  # fmt: skip
        sources = "; ".join(dict.fromkeys(check.source for check in checks))
        head = ["", "", "published", "computed", "deviation", "where they do not agree: why"]
        parts.append(f"### {name}\n\n{sources}\n\n{table(head, rows, right=(2, 3, 4))}")
    return "## Published beside computed\n\n" + "\n\n".join(parts) + "\n"


def printed(number):
    return " to ".join(map(digits, number if isinstance(number, tuple) else (number,)))


def digits(number):
    """Counts in full, the rest with six digits."""
    return f"{float(number):,.0f}" if float(number).is_integer() and number < 1e13 else significant(number, 6)


def filled(text):
    """Markdown with its paragraphs broken to a width that a terminal shows; tables, code and headings as they are."""
    blocks = []
    for block in re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL):
        for part in [block] if block.startswith("```") else re.split(r"(\n{2,})", block):
            plain = part.strip() and not re.match(r"\s*(```|[|#!])", part)
            blocks.append(textwrap.fill(part, WIDTH, **WHOLE) if plain else part)
    return "".join(blocks)
