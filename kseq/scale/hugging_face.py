"""`read_config`: from a `config.json` as Hugging Face writes it to an `Architecture`."""

import json
from collections.abc import Mapping
from pathlib import Path

from kseq.scale.description import Architecture
from kseq.scale.errors import ScaleError, near
from kseq.scale.hugging_face_families import FAMILIES

FILE = "config.json"
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size")
MIXTURES = ("mixtral", "dbrx", "deepseek_v2", "deepseek_v3", "gpt_oss", "jamba", "llama4", "olmoe")
# Keys that change the answer, where no family reads them -> what they would change.
UNREAD = {
    "quantization_config": "weights of fewer bits",
    "sliding_window": "a window of attention, so keys, values and FLOPs of long texts",
    "attention_chunk_size": "attention within chunks, so keys, values and FLOPs of long texts",
    **dict.fromkeys(EXPERTS, "several feed-forward layers, of which a token meets some"),
    "kv_lora_rank": "keys and values that are kept in a narrower form",
    "add_cross_attention": "a second attention in each layer",
    "pruned_heads": "heads that were cut away",
    "lm_head_bias": "a bias of the output layer",
    "num_nextn_predict_layers": "layers that predict further tokens",
    "vision_config": "an encoder of images",
}


def read_config(config):
    """The architecture that a Hugging Face configuration describes.

    What a family has that its configuration does not say (GPT-2's biases, say) is known here; `head_dim`, `d_kv` and
    groups of heads are read where they are given. Encoders (BERT, RoBERTa) are counted with their pooler and without a
    head for a task, as their `…Model` classes are; a ViT with the classes that it names. Sliding windows are read
    (Mistral, Phi-3; Gemma 2 in every second layer; Qwen where `use_sliding_window` says so). Keys that would change the
    answer and are not read (`quantization_config`, experts) are named in the `note`.

    Args:
        config: the path of a `config.json` or of the folder it is in, or its content as a dictionary.

    Returns:
        An `Architecture`, named as `_name_or_path` says.

    Raises:
        ScaleError: There is no such file or it is no JSON object; `model_type` is a family that is not known here (near
            ones are offered); or a size is missing.

    Example:

    >>> gpt2 = {"model_type": "gpt2", "n_layer": 12, "n_head": 12, "n_embd": 768, "n_positions": 1024}
    >>> read_config({**gpt2, "vocab_size": 50257}).num_layers
    12
    """
    source = "the dictionary"
    if not isinstance(config, Mapping):
        path = Path(config) / FILE if Path(config).is_dir() else Path(config)
        source, config = str(path), content(path)
    family = config.get("model_type")
    if family not in FAMILIES and (family in MIXTURES or any(config.get(key) for key in EXPERTS)):
        raise ScaleError(
            f"The configuration is of a mixture of experts, of which each token meets only some: its sizes cannot be "
            f"described here. Received: model_type={family!r} in {source}"
        )
    if family not in FAMILIES:
        missing = "has no 'model_type'" if family is None else f"is of the family {family!r}, which is not known here"
        raise ScaleError(
            f"The configuration {missing}. {near(str(family), list(FAMILIES)) if family else ''}Known: "
            f"{', '.join(FAMILIES)}. Received: model_type={family!r} in {source}"
        )
    read = Config(config, source)
    fields = {
        "name": config.get("_name_or_path") or family,
        "source": f"a Hugging Face configuration of {config.get('_name_or_path') or family}",
        **FAMILIES[family](read),
    }
    return Architecture(**fields, note=read.note())


def content(path):
    """The JSON object in a file."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = "there is no such file" if isinstance(error, FileNotFoundError) else " ".join(str(error).split())
        raise ScaleError(f"`config` must be the path of a {FILE}: {problem}. Received: config={str(path)!r}") from error
    if not isinstance(config, dict):
        raise ScaleError(f"A {FILE} must hold an object {{…}}. Received: {type(config).__name__} in {path}")
    return config


class Config:
    """A configuration that says which key is missing.

    Args:
        fields: the content, a mapping.
        source: where it came from, for the message.
    """

    def __init__(self, fields, source):
        self.fields, self.source, self.read = fields, source, set()

    def __getitem__(self, keys):
        """The value of a key, or of the first of several names for it that is there."""
        keys = (keys,) if isinstance(keys, str) else keys
        self.read.update(keys)
        for key in keys:
            if self.fields.get(key) is not None:
                return self.fields[key]
        raise ScaleError(
            f"A configuration of the family {self.fields['model_type']!r} must have {' or '.join(map(repr, keys))}. "
            f"Received: {', '.join(sorted(map(str, self.fields)))} in {self.source}"
        )

    def get(self, key, default=None):
        """The value of a key; the default where it is missing or null."""
        self.read.add(key)
        value = self.fields.get(key)
        return default if value is None else value

    def has(self, key):
        """Whether the key is there, if only with null."""
        return key in self.fields

    def note(self):
        """What was not read although it changes the answer."""
        unread = [f"{key} ({what})" for key, what in UNREAD.items() if self.fields.get(key) and key not in self.read]
        return f"Not counted of the configuration: {', '.join(unread)}." if unread else ""
