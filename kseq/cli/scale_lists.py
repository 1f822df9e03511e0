"""`kseq scale --list` and `kseq scale --published`: all names, and published numbers beside ours."""

import json
import textwrap

from kseq.cli.answers import WIDTH, wrapped
from kseq.scale import (
    ACCELERATORS,
    ARCHITECTURES,
    REGIONS,
    UNPUBLISHED,
    ScaleError,
    parameters,
)
from kseq.scale.naming import canonical, key
from kseq.scale.published.models import NUMBER_ONLY
from kseq.scale.units import in_letters, significant


def names(as_json=False):
    """Every name that MODEL, --gpu and --region know.

    Args:
        as_json: whether only the names are wanted, as JSON.
    """
    if as_json:
        known = {"models": ARCHITECTURES, "accelerators": ACCELERATORS, "regions": REGIONS, "unpublished": UNPUBLISHED}
        return json.dumps({kind: list(entries) for kind, entries in known.items()}, indent=2, ensure_ascii=False)
    lines = ["Models (capitals, spaces and hyphens make no difference)"]
    lines += in_columns({name: size(one) for name, one in ARCHITECTURES.items()})
    lines += ["", "Only the number of parameters is published"]
    lines += in_columns({name: in_letters(one.parameters) for name, one in NUMBER_ONLY.items()})
    lines += ["", "Not even that is published", *in_columns(dict.fromkeys(UNPUBLISHED, ""))]
    lines += ["", "Accelerators (--gpu): memory in GiB, 16-bit peak in TFLOP/s without sparsity"]
    lines += in_columns({name: specification(one) for name, one in ACCELERATORS.items()})
    lines += ["", "Regions (--region): grams of CO2e for each kWh"]
    lines += in_columns({name: f"{1000 * one.intensity:,.0f}" for name, one in REGIONS.items()})
    return "\n".join(lines)


def specification(one):
    """Memory and peak of an accelerator."""
    return f"{one.memory / 2**30:.0f} {float(one.peak()) / 1e12:>7,.4g}"


def size(one):
    """Parameters in letters; a sign where they depend on the text."""
    known = one.vocabulary_size or one.image_size
    return in_letters(parameters(one)) if known else "(+ vocabulary)"


def in_columns(entries):
    """Names and numbers in as many columns as fit, to be read downwards.

    Args:
        entries: dictionary of name -> number as text.
    """
    pairs = list(entries.items())
    for count in range(len(pairs), 0, -1):
        rows = -(-len(pairs) // count)
        columns = [pairs[first : first + rows] for first in range(0, len(pairs), rows)]
        blocks = [aligned(column) for column in columns]
        if count == 1 or sum(len(block[0]) + 3 for block in blocks) <= WIDTH:
            return [
                "  " + "   ".join(block[row] for block in blocks if row < len(block)).rstrip() for row in range(rows)
            ]
    return []


def aligned(column):
    """Names to the left, numbers to the right."""
    left, right = (max(len(pair[side]) for pair in column) for side in (0, 1))
    return [f"{name:<{left}}  {number:>{right}}" if right else f"{name:<{left}}" for name, number in column]


def published_table(models, as_json=False):
    """Published numbers beside computed ones.

    Args:
        models: names; none of them means all.
        as_json: whether JSON is wanted.
    """
    from kseq.scale import CONTRADICTIONS, published_checks  # late: they compute every row

    checks = published_checks()
    if models:
        wanted = [key(canonical(name)) for name in models]
        checks = [check for check in checks if any(is_about(check, name) for name in wanted)]
        if not checks:
            raise ScaleError(f"No published table has {', '.join(models)}. All tables: kseq scale --published")
    if as_json:
        return json.dumps([entry(check) for check in checks], indent=2, ensure_ascii=False)
    lines, table = [], None
    for check in checks:
        if check.table != table:
            table = check.table
            lines += ["", table, f"  {'':<44} {'published':>17} {'computed':>17}   difference"]
        mark = "" if check.agrees else "  (!)"
        what = textwrap.shorten(f"{check.row}: {check.what}", 44, placeholder=" …")
        ours = written(check.computed, check)
        lines.append(f"  {what:<44} {printed(check):>17} {ours:>17}   {check.deviation:+.2%}{mark}")
        if not check.agrees and check.cause:
            lines += textwrap.wrap(check.cause, WIDTH, initial_indent="      ", subsequent_indent="      ")
    agree = sum(check.agrees for check in checks)
    rest = "" if agree == len(checks) else "; the others, marked (!), have their cause below them"
    lines = [f"{agree} of {len(checks)} published numbers agree{rest}.", *lines]
    if not models:
        lines += ["", "Where what is printed contradicts itself"]
        for one in CONTRADICTIONS:
            text = f"printed {one.printed}, computed {one.computed}. {one.explanation} [{one.source}]"
            lines += ["", f"  {one.subject}", wrapped(f"    {text}", "    ")]
    return "\n".join(lines)


def is_about(check, name):
    """Whether a row is about a model."""
    return key(check.row) == name or name in key(check.row)


def printed(check):
    """The published number, or its range."""
    ends = check.published if isinstance(check.published, tuple) else (check.published,)
    return " to ".join(written(end, check) for end in ends)


def written(number, check):
    """All digits of a count that is known exactly; of the rest as many as people print."""
    if check.computed.unit != "parameters":
        return significant(number, 4 if isinstance(check.published, tuple) else 6)
    exact = check.within == check.rounding == 0 and not isinstance(check.published, tuple)
    return f"{float(number):,.0f}" if exact and check.agrees else in_letters(number)


def entry(check):
    """A row as JSON has it."""
    return {
        "table": check.table,
        "row": check.row,
        "what": check.what,
        "published": check.published,
        "computed": check.computed.as_dict(),
        "agrees": check.agrees,
        "deviation": check.deviation,
        "cause": check.cause,
        "source": check.source,
    }
