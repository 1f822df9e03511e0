"""`architecture`: from a name, spelt as people spell it, to an `Architecture`."""

import re
from collections.abc import Mapping

from kseq.scale.description import Architecture, field_names
from kseq.scale.errors import ScaleError, check_fields, near
from kseq.scale.published.architectures import ALIASES, ARCHITECTURES

NEEDED = ("num_layers", "num_heads", "embedding_dim", "context_length")


def architecture(config, **changes):
    """The `Architecture` of a name, with any of its fields changed.

    Args:
        config: a name of `ARCHITECTURES`, in which capitals, spaces, hyphens and underscores make no difference
            (`"gpt3-175b"`, `"GPT-3 175B"`); an `Architecture`; or a mapping of its fields.
        **changes: fields that shall be otherwise, such as `vocabulary_size=65`.

    Returns:
        An `Architecture`.

    Raises:
        ScaleError: The name is unknown (near ones are offered), a field is unknown or missing, or sizes are impossible.

    Example:

    >>> architecture("GPT-2 XL").num_layers
    48
    """
    if isinstance(config, str):
        config = ARCHITECTURES[canonical(config)]
    elif isinstance(config, Mapping):
        given = {**config, **changes}
        check_fields(given, field_names())
        missing = [name for name in NEEDED if name not in given]
        if missing:
            raise ScaleError(
                f"A mapping must say {', '.join(f'`{name}`' for name in NEEDED)}; missing: {', '.join(missing)}. "
                f"Received: {dict(config)!r}"
            )
        return Architecture(**given)
    elif not isinstance(config, Architecture):
        raise ScaleError(
            "`config` must be a name such as 'gpt2', an Architecture or a mapping of its fields. "
            f"Received: config={config!r}"
        )
    return config.changed(**changes) if changes else config


def canonical(name):
    """The name as `ARCHITECTURES` has it."""
    names = {key(known): known for known in ARCHITECTURES} | {key(alias): known for alias, known in ALIASES.items()}
    if key(name) in names:
        return names[key(name)]
    close = near(key(name), list(names))
    for spelling in sorted(names, key=len, reverse=True):  # offer names as they are written, not as they are compared
        close = close.replace(f"'{spelling}'", f"'{names[spelling]}'")
    raise ScaleError(
        f"No architecture is called {name!r}. {close}Known: {', '.join(ARCHITECTURES)}. Received: config={name!r}"
    )


def key(name):
    """What counts of a name: its letters and numbers, `3.1` with its point."""
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^a-z0-9.]", "", name.casefold())
