"""Which model is meant: a published name, a size, a Keras model, a Hugging Face config, or sizes given one by one."""

import math
import re
from pathlib import Path

import click

from kseq.scale import UNPUBLISHED, Architecture, architecture
from kseq.scale.naming import is_path, key, spellings
from kseq.scale.published.models import NUMBER_ONLY, OTHER_NAMES

KERAS = ".keras"
VOCABULARY, CONTEXT = 50_257, 2048  # of GPT-3: taken where only layers and width are given
HEAD = 64
LLAMA = {
    "activation": "silu",
    "gated": True,
    "position": "rotary",
    "normalization": "rms",
    "use_bias": False,
    "tied_embeddings": False,
}
FIELDS = {
    "layers": "num_layers",
    "width": "embedding_dim",
    "heads": "num_heads",
    "kv_heads": "num_key_value_heads",
    "head_width": "key_dim",
    "feed_forward": "intermediate_dim",
    "vocabulary": "vocabulary_size",
    "encoder_layers": "num_encoder_layers",
}


def model_of(text, sizes, style, context=None):
    """What a MODEL on the command line means.

    Args:
        text: a name, a size such as `1.3B`, or a path, told by its suffix or a slash; None where only sizes are given.
        sizes: dictionary of option -> number, without those that were not given.
        style: `"gpt"`, `"llama"` or None.
        context: tokens of a sequence: the context length of a model given by its sizes.

    Returns:
        An `Architecture`, or a `LayerTable` of a Keras model.
    """
    changes = {FIELDS[name]: value for name, value in sizes.items()}
    if text is None:
        return from_sizes(changes, style, context)
    path = Path(text).expanduser()
    if path.suffix == KERAS:
        return from_keras(path, changes, style, context)
    if (file := config_file(text)) and not file.is_file():
        raise click.UsageError(f"there is no file {file}.")
    return styled(architecture(text), changes, style)


def config_file(text):
    """The Hugging Face configuration that a MODEL is; None where it is a name, a size or a Keras model."""
    if text is None or text.endswith(KERAS) or not is_path(text):
        return None
    path = Path(text).expanduser()
    return path if path.suffix == ".json" else path / "config.json"


def file_of(text):
    """The file that a MODEL is read from; None where it is a name or a size."""
    return Path(text).expanduser() if text and text.endswith(KERAS) else config_file(text)


def facts_of(text):
    """What is known of a model without sizes to compute with, such as GPT-4; None where there is more, or nothing."""
    facts = {key(name): model for name, model in (UNPUBLISHED | NUMBER_ONLY).items()}
    facts |= {key(other): model for other, name in OTHER_NAMES.items() for model in [facts[key(name)]]}
    if key(text) in spellings():
        return None
    fitting = [name for name in facts if key(text).startswith(name)]  # "claude-3-opus" is a Claude
    return facts[max(fitting, key=len)] if fitting else None


def styled(config, changes, style):
    """An architecture with other sizes, in another style."""
    changes = {**(LLAMA if style == "llama" else {}), **changes}
    if not changes:
        return config
    if "num_heads" not in changes and "embedding_dim" in changes and "key_dim" not in changes:
        changes["num_heads"] = heads_of(changes["embedding_dim"])
    shown = ", ".join(f"{name}={value}" for name, value in changes.items())
    note = f"Changed from {config.name}: {shown}."
    other = config.changed(**changes, name=f"{config.name}, changed", published_parameters=None)
    return other.changed(note=f"{config.note} {note}".strip())


def from_sizes(changes, style, context):
    """An architecture that nobody has named; what is not given is as in GPT-3, and said."""
    for name, option in (("num_layers", "--layers"), ("embedding_dim", "--width")):
        if name not in changes:
            raise click.UsageError(f"missing {option}; expected a MODEL, or --layers and --width. kseq scale --list")
    width, taken = changes["embedding_dim"], {}
    if "num_heads" not in changes:
        taken["num_heads"] = heads_of(width) if "key_dim" not in changes else max(1, width // changes["key_dim"])
    if "vocabulary_size" not in changes:
        taken["vocabulary_size"] = VOCABULARY
    if style == "llama" and "intermediate_dim" not in changes:
        taken["intermediate_dim"] = 256 * math.ceil(8 * width / 3 / 256)  # Touvron et al. (2023): 2/3 of 4·d
    if context is None:
        taken["context_length"] = CONTEXT
    options = {field: option.replace("_", "-") for option, field in FIELDS.items()} | {"context_length": "context"}
    said = ", ".join(f"--{options[name]} {value}" for name, value in taken.items())
    sizes = {"context_length": context, **taken, **changes}
    return Architecture(
        name="your model",
        note=f"Not given, so taken: {said}." if said else "",
        **(LLAMA if style == "llama" else {}),
        **sizes,
    )


def heads_of(width):
    """Heads of width 64, as most models have them."""
    if width % HEAD:
        raise click.UsageError(f"--width {width} is no multiple of {HEAD}; say how many --heads there are.")
    return width // HEAD


def from_keras(path, changes, style, context):
    """A table of the layers of a saved Keras model."""
    if changes or style:
        raise click.UsageError(f"{path.name} has its sizes: --layers, --width and the like are for architectures.")
    if not path.is_file():
        raise click.UsageError(f"there is no file {path}.")
    import kseq
    from kseq.inspection import describe
    from kseq.inspection.errors import InspectionError
    from kseq.tasks.saving import ModelFileError

    try:
        model = kseq.load_model(path)
    except ModelFileError as error:
        if own := re.search(r"the model needs (?:\S+\.)?(\w+), which is neither", str(error)):
            raise click.UsageError(
                f"{path.name} needs {own[1]}, a layer or function of your own, which the command line cannot import. "
                "In Python: import its file, then kseq.inspection.describe(keras.models.load_model(path))."
            ) from error
        raise
    try:
        return describe(model, length=context)
    except InspectionError as error:
        from kseq.cli.scale_words import in_options  # late: it reads FIELDS

        raise click.UsageError(in_options(str(error))) from error
