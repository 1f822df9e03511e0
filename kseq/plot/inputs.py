"""What `kseq.inspection` returns, known by its form: tables, gradient flows, profiles. No other room is imported."""

import numpy as np

from kseq.plot.checks import KINDS, numbers

TABLE = "a table such as `trace(…)['lstm'].table('forget_gate')`"
PROFILE = "the ReceptiveProfile that `kseq.inspection.receptive_profile` returns"
FLOW = "a GradientFlow, or a dictionary of label → GradientFlow or numbers"


def is_table(values):
    """Whether this is a pandas `DataFrame`, or anything of its form."""
    return all(hasattr(values, name) for name in ("columns", "index", "to_numpy"))


def read_table(values, name):
    """`(array, tokens, units, kind)` of an array or table `(steps, units)`; what is not known is `None`."""
    if not is_table(values):
        return numbers(values, name, (2,), TABLE), None, None, None
    array = numbers(values.to_numpy(), name, (2,), TABLE)
    units = [str(unit) for unit in values.columns]
    kind = getattr(values, "attrs", {}).get("kind")
    return array, [str(token) for token in values.index], units, kind if kind in KINDS else None


def kind_of(array, said=None, label=""):
    """`"gate"` or `"state"`: as the label or the table says; else what lies within 0…1 is a gate."""
    if "gate" in label.lower():
        return "gate"
    return said or ("gate" if np.nanmin(array) >= 0 and np.nanmax(array) <= 1 else "state")


def read_profile(values, example):
    """`(array, tokens)` of numbers, or of one example of a `ReceptiveProfile`."""
    if not hasattr(values, "values") or not hasattr(values, "tokens"):
        if is_table(values):  # its columns are numbers of examples and positions, not influences
            raise ValueError(f"`values` must be {PROFILE}, or numbers. Received: {type(values).__name__}")
        return numbers(values, "values", (1, 2), PROFILE), None
    array = numbers(values.values, "values.values", (2,))
    if not isinstance(example, int | np.integer) or not 0 <= example < len(array):
        raise ValueError(f"`example` must be a whole number from 0 to {len(array) - 1}. Received: example={example!r}")
    return array[example], None if values.tokens is None else list(values.tokens[example])


def read_norms(norms):
    """`(lines, tokens)`: label → `(steps,)` or `(runs, steps)`; the words, if all lines are of one text and agree."""
    if hasattr(norms, "norms"):
        norms = {None: norms}
    if not isinstance(norms, dict) or not norms:
        raise ValueError(f"`norms` must be {FLOW}. Received: {type(norms).__name__}")
    lines, texts = {}, []
    for label, values in norms.items():
        if not hasattr(values, "norms"):
            lines[str(label)] = numbers(values, f"norms[{label!r}]", (1, 2), FLOW)
            continue
        known = getattr(values, "tokens", None) or {}
        for layer, array in values.norms.items():
            name = layer if label is None else str(label) if len(values.norms) == 1 else f"{label}: {layer}"
            lines[name] = numbers(array, f"norms[{name!r}]", (1, 2))
            if known.get(layer) and len(known[layer]) == 1:
                texts.append([str(token) for token in known[layer][0]])
            elif lines[name].ndim == 2 and len(lines[name]) > 1:
                texts.append(None)  # several texts on one line: no words fit
    return lines, texts[0] if texts and all(text == texts[0] for text in texts) else None


def counts(values, words):
    """Which steps are no padding: booleans `(steps,)`.

    Padding is masked (NaN), or has an empty token and a state that was only held: 0 from the start, or the one before.
    """
    rows = values.reshape(len(values), -1)
    held = (rows == 0).all(axis=1)
    held[1:] |= (rows[1:] == rows[:-1]).all(axis=1)
    return ~(np.isnan(rows).all(axis=1) | (held & np.array([not word for word in words])))


def without_padding(seen, padding):
    """The steps to draw: a slice from the first to the last that counts, or all of them.

    Args:
        seen: booleans `(steps,)`: whether a step counts in any line or panel.
        padding: whether to keep the others at both ends.
    """
    steps = np.flatnonzero(seen)
    return slice(0, len(seen)) if padding or not len(steps) else slice(int(steps[0]), int(steps[-1]) + 1)
