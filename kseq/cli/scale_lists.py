"""`kseq scale --list` and `kseq scale --published`: all names, and published numbers beside ours."""

import json
import textwrap

from kseq.cli.answers import WIDTH, wrapped
from kseq.scale import (
    ACCELERATORS,
    ARCHITECTURES,
    CONTRADICTIONS,
    REGIONS,
    UNPUBLISHED,
    ScaleError,
    in_gib,
    parameters,
    published_checks,
    show,
)
from kseq.scale.naming import canonical, key
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
    lines += in_columns(f"{name} {size(one)}" for name, one in ARCHITECTURES.items())
    lines += ["", "Not published, so no number here"]
    lines += in_columns(UNPUBLISHED)
    lines += ["", "Accelerators (--gpu): memory, 16-bit peak without sparsity"]
    lines += in_columns(
        f"{name} {in_gib(one.memory)}, {show(float(one.peak()) / 1e12)} TFLOP/s" for name, one in ACCELERATORS.items()
    )
    lines += ["", "Regions (--region): kg CO2e for each kWh"]
    lines += in_columns(f"{name} {significant(one.intensity)}" for name, one in REGIONS.items())
    return "\n".join(lines)


def size(one):
    """Parameters in letters; a sign where they depend on the text."""
    return in_letters(parameters(one)) if one.vocabulary_size else "(its vocabulary is the text's)"


def in_columns(texts):
    """Texts in as many columns as fit."""
    texts = list(texts)
    width = max(map(len, texts), default=0) + 2
    columns = max(1, (WIDTH - 2) // width)
    rows = -(-len(texts) // columns)
    return ["  " + "".join(f"{text:<{width}}" for text in texts[row::rows]).rstrip() for row in range(rows)]


def published_table(models, as_json=False):
    """Published numbers beside computed ones.

    Args:
        models: names; none of them means all.
        as_json: whether JSON is wanted.
    """
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
            lines += ["", table, f"  {'':<34} {'published':>24} {'computed':>24}  difference"]
        mark = "" if check.agrees else "  differs"
        lines.append(
            f"  {f'{check.row}, {check.what}'[:34]:<34} {printed(check):>24} {significant(check.computed, 6):>24}  "
            f"{check.deviation:+.2%}{mark}"
        )
        if not check.agrees and check.cause:
            lines += textwrap.wrap(check.cause, WIDTH, initial_indent="      ", subsequent_indent="      ")
    agree = sum(check.agrees for check in checks)
    lines = [f"{agree} of {len(checks)} published numbers agree; the others have a cause below them.", *lines]
    if not models:
        lines += ["", "Where what is printed contradicts itself"]
        for one in CONTRADICTIONS:
            text = f"{one.subject}: printed {one.printed}, computed {one.computed}. {one.explanation} [{one.source}]"
            lines.append(wrapped(f"  {text}", "    "))
    return "\n".join(lines)


def is_about(check, name):
    """Whether a row is about a model."""
    return key(check.row) == name or name in key(check.row)


def printed(check):
    """The published number, or its range."""
    ends = check.published if isinstance(check.published, tuple) else (check.published,)
    return " to ".join(significant(end, 6) for end in ends)


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
