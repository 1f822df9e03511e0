"""`architecture`: from a name, spelt as people spell it, to an `Architecture`."""

import difflib
import re
import reprlib
from collections.abc import Mapping
from pathlib import Path

from kseq.scale.description import Architecture, field_names
from kseq.scale.errors import ScaleError, check_fields, either
from kseq.scale.published.architectures import ALIASES, ARCHITECTURES, UNPUBLISHED
from kseq.scale.published.models import NUMBER_ONLY, OTHER_NAMES

NEEDED = ("num_layers", "num_heads", "embedding_dim", "context_length")
OFFERED = 4  # names that may have been meant
FOLDER = ("./", "../", "/", "~", ".\\")  # what begins so is a path
FILE = "config.json"
HUGGING_FACE = "model_type"  # what their configurations have, and no mapping of our fields


def architecture(config, **changes):
    """The `Architecture` of a name, with any of its fields changed.

    Args:
        config: a name of `ARCHITECTURES`, in which capitals, spaces, hyphens and underscores make no difference
            (`"gpt3-175b"`, `"GPT-3 175B"`, `"ViT-B/16"`, `"DALL·E"`); a size such as `"13B"` or `"7e9"`, for a model
            in GPT-3's proportions; an `Architecture`; a mapping of its fields; or a configuration as Hugging Face
            writes it, as a dictionary or as the path of its `config.json` or folder (see `read_config`). Names win
            over paths: one without a suffix is told by a slash, as in `"./llama-7b"`.
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
    """The `Architecture` that has this name or this size, or that the file of this name describes."""
    if is_path(name):
        return read(Path(name).expanduser())
    if key(name) not in spellings():
        from kseq.scale.shapes import shape_named  # late: it changes architectures that have a name

        if shape := shape_named(name):
            return shape
    return ARCHITECTURES[canonical(name)]


def is_path(text):
    """Whether a text is the path of a file or folder: it begins as one, ends in `/` or `.json`, or has a slash and is
    no published name."""
    if text.startswith(FOLDER) or text.endswith(("/", "\\", ".json")):
        return True
    return ("/" in text or "\\" in text) and key(text) not in spellings() and Path(text).expanduser().exists()


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
    here = f"The folder of this name is written './{name}'. " if name and (Path(name) / FILE).is_file() else ""
    raise ScaleError(
        f"No architecture is called {name!r}. {here}{either(meant(name, others | names))}"
        f"Known: {', '.join(ARCHITECTURES)}. Received: config={name!r}"
    )


def meant(name, names):
    """Names that may have been meant: those of the family that was named (`"llama 3"`), else those spelt like it.

    Args:
        name: what was asked for.
        names: dictionary of what counts of a name -> the name.
    """
    family = [one for one in ARCHITECTURES if key(name) in {key(part) for part in beginnings(one)}]
    alike = [names[one] for one in difflib.get_close_matches(key(name), names, n=len(names), cutoff=0.5)]
    return (family or list(dict.fromkeys(alike)))[:OFFERED]


def beginnings(name):
    """What stands before each hyphen: `"gpt3"` of `"gpt3-175b"`."""
    parts = name.split("-")
    return ["-".join(parts[:number]) for number in range(1, len(parts))]


def refuse(name, model):
    """Says what is known of a model that has no sizes to compute with."""
    form = "" if model.parameters is None else ": of its sizes only the number of parameters is known here"
    raise ScaleError(
        f"{name!r} cannot be computed with{form}. {model.name} ({model.maker}, since {model.since}): {model.known} "
        f"Source: {model.source}. Received: config={name!r}"
    )


def key(name):
    """What counts of a name: its letters and numbers, `3.1` with its point."""
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^a-z0-9.]", "", name.casefold())
