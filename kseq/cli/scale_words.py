"""What `kseq.scale` says of its arguments, in the words of the command line."""

import re

from kseq.cli.scale_models import FIELDS

LONG = 200  # characters of a list of names from which on it is not printed in an error
OPTIONS = {field: f"--{option.replace('_', '-')}" for option, field in FIELDS.items()} | {
    "context_length": "--context",
    "batch_size": "--batch",
    "length": "--context",
    "usd_per_hour": "--price",
    "dtype": "--precision",
}
SAME = (
    "tensor",
    "pipeline",
    "gpus",
    "gpu",
    "region",
    "utilisation",
    "zero",
    "tokens",
    "context",
    "recompute",
    "dropout",
)
OPTIONS |= {name: f"--{name}" for name in SAME}


def in_options(message):
    """An error of the library with options in the place of arguments, and no long list of names.

    Args:
        message: one line, such as "`num_heads` must divide embedding_dim=2048. Received: num_heads=7".

    Returns:
        "--heads must divide --width 2048. Received: --heads 7".
    """
    message = re.sub(
        r"Known(?: are)?:? ([^:]*)\. Received", lambda found: found[0] if len(found[1]) < LONG else LISTED, message
    )
    message = message.replace("listed in kseq.scale.REGIONS", "which kseq scale --list shows")
    message = message.replace("; or give the carbon intensity of your own electricity in kg CO2e/kWh", "")
    for name, option in sorted(OPTIONS.items(), key=lambda pair: -len(pair[0])):
        message = re.sub(rf"`{name}`|(?<![\w`-]){name}(?==)", option, message)
    message = re.sub(r"(--[a-z-]+)=", r"\1 ", message)
    message = re.sub(r"Received: --[a-z-]+ None", "Received: none", message)
    return message.replace("Received: config=", "Received: MODEL ")


LISTED = "All names: kseq scale --list. Received"
