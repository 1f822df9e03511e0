"""`architecture`: from a name, spelt as people spell it, to an `Architecture`."""

import re
import reprlib
from collections.abc import Mapping
from pathlib import Path

from kseq.scale.description import Architecture, field_names
from kseq.scale.errors import ScaleError, check_fields, near
from kseq.scale.published.architectures import ALIASES, ARCHITECTURES, UNPUBLISHED
from kseq.scale.published.models import NUMBER_ONLY, OTHER_NAMES

NEEDED = ("num_layers", "num_heads", "embedding_dim", "context_length")
HUGGING_FACE = "model_type"  # what their configurations have, and no mapping of our fields


def architecture(config, **changes):
    """The `Architecture` of a name, with any of its fields changed.

    Args:
        config: a name of `ARCHITECTURES`, in which capitals, spaces, hyphens and underscores make no difference
            (`"gpt3-175b"`, `"GPT-3 175B"`, `"ViT-B/16"`, `"DALL·E"`); an `Architecture`; a mapping of its fields; or
            a configuration as Hugging Face writes it, as a dictionary or as the path of its `config.json` (see
            `read_config`). Names win over paths.
        **changes: fields that shall be otherwise, such as `vocabulary_size=65`.

    Returns:
        An `Architecture`.

    Raises:
        ScaleError: The name is unknown (near ones are offered) or belongs to a model whose size nobody published, a
            field is unknown or missing, or sizes are impossible.

    Example:

    >>> architecture("GPT-2 XL").num_layers
    48
    """
    if isinstance(config, str):
        config = by_name(config)
    elif isinstance(config, Path) or (isinstance(config, Mapping) and HUGGING_FACE in config):
        config = read(config)
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
            "`config` must be a name such as 'gpt2', an Architecture, a mapping of its fields, or a Hugging Face "
            f"config. Received: config={reprlib.repr(config)}"
        )
    return config.changed(**changes) if changes else config


def by_name(name):
    """The `Architecture` that has this name, or that the file of this name describes."""
    known = key(name) in spellings()
    if not known and (name.endswith(".json") or (Path(name) / "config.json").is_file()):
        return read(name)
    return ARCHITECTURES[canonical(name)]


def read(config):
    """`read_config`, loaded when there is something to read."""
    from kseq.scale.hugging_face import read_config

    return read_config(config)


def spellings():
    """What counts of each name -> the name as `ARCHITECTURES` has it."""
    return {key(known): known for known in ARCHITECTURES} | {key(alias): known for alias, known in ALIASES.items()}


def canonical(name):
    """The name as `ARCHITECTURES` has it."""
    names = spellings()
    if key(name) in names:
        return names[key(name)]
    facts = UNPUBLISHED | NUMBER_ONLY
    others = {key(known): known for known in facts} | {key(alias): known for alias, known in OTHER_NAMES.items()}
    if later := [spelling for spelling in others if key(name).startswith(spelling)]:  # "claude-3-opus" is a Claude
        refuse(name, facts[others[max(later, key=len)]])
    names = others | names
    close = near(key(name), list(names))
    for spelling in sorted(names, key=len, reverse=True):  # offer names as they are written, not as they are compared
        close = close.replace(f"'{spelling}'", f"'{names[spelling]}'")
    raise ScaleError(
        f"No architecture is called {name!r}. {close}Known: {', '.join(ARCHITECTURES)}. Received: config={name!r}"
    )


def refuse(name, model):
    """Says what is known of a model that has no sizes to compute with."""
    form = "" if model.parameters is None else " (no form that an Architecture can say)"
    raise ScaleError(
        f"{name!r} cannot be computed with{form}. {model.name} ({model.maker}, since {model.since}): {model.known} "
        f"Source: {model.source}. Received: config={name!r}"
    )


def key(name):
    """What counts of a name: its letters and numbers, `3.1` with its point."""
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^a-z0-9.]", "", name.casefold())
