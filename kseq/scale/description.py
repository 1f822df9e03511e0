"""`Architecture`: the sizes of a Transformer, and nothing else."""

import dataclasses
import numbers
from dataclasses import dataclass

from kseq.scale.errors import ScaleError, check_fields

CHOICES = {
    "position": ("learned", "rotary", "sine"),
    "normalization": ("layer", "rms"),
}
SIZES = (
    "context_length",
    "num_layers",
    "num_heads",
    "num_key_value_heads",
    "key_dim",
    "embedding_dim",
    "intermediate_dim",
)
FLAGS = ("gated", "norm_first", "tied_embeddings", "use_bias", "norm_bias", "output_bias")


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The sizes of a Transformer language model: enough to build it, and to compute what it costs.

    What is `None` follows from the rest, as the comment behind it says, and is filled in at once: every field of a
    finished `Architecture` has a value, except a vocabulary or published number that nobody gave. To change a size use
    `changed`, which works out anew what follows from it.

    Example:

    >>> ours = Architecture(num_layers=4, num_heads=4, embedding_dim=128, context_length=64, vocabulary_size=65)
    >>> ours.intermediate_dim, ours.changed(embedding_dim=256).intermediate_dim
    (512, 1024)

    Raises:
        ScaleError: A size is not a positive integer, heads do not divide the width, or a word is unknown.
    """

    # sizes
    num_layers: int  # blocks of the decoder, or of the only stack there is
    num_heads: int  # query heads of each block
    embedding_dim: int  # width of the residual stream, d_model
    context_length: int  # tokens the model was made to read at once
    vocabulary_size: int | None = None  # None: it depends on the text
    intermediate_dim: int | None = None  # width inside the feed-forward layer. None: 4 · embedding_dim
    num_key_value_heads: int | None = None  # fewer than num_heads: grouped heads. None: num_heads
    key_dim: int | None = None  # width of a head. None: embedding_dim / num_heads
    num_encoder_layers: int = 0  # blocks of an encoder that the decoder attends to; 0: there is none
    # parts
    activation: str = "gelu"  # inside the feed-forward layer, by Keras's name
    gated: bool = False  # two matrices lead into the feed-forward layer, one opens the other (GLU, SwiGLU)
    position: str = "learned"  # "learned": a table of context_length rows. "sine", "rotary": no parameters
    rotary_wavelength: float = 10_000  # base of the angles of "rotary" (and of "sine")
    normalization: str = "layer"  # "layer", or "rms": no mean, no bias
    norm_first: bool = True  # normalization before each sublayer, and once more at the end
    use_bias: bool = True  # biases of attention and feed-forward layers
    norm_bias: bool | None = None  # bias of the normalization. None: use_bias, and never with "rms"
    tied_embeddings: bool = True  # the output layer is the embedding, transposed
    output_bias: bool = False  # bias of the output layer
    # where it comes from
    name: str = "custom"
    source: str = ""  # paper and table
    published_parameters: float | None = None  # as printed there, rounded as there
    note: str = ""  # where what is printed contradicts itself
    _derived: frozenset = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self):
        for name in ("num_heads", "embedding_dim"):  # the others follow from these
            self._check_size(name)
        if self.key_dim is None and self.embedding_dim % self.num_heads:
            raise ScaleError(
                f"`num_heads` must divide embedding_dim={self.embedding_dim}, or `key_dim` must be given. "
                f"Received: num_heads={self.num_heads}"
            )
        follows = {
            "intermediate_dim": 4 * self.embedding_dim,
            "num_key_value_heads": self.num_heads,
            "key_dim": self.embedding_dim // self.num_heads,
            "norm_bias": self.use_bias is True and self.normalization == "layer",
        }
        derived = frozenset(name for name in follows if getattr(self, name) is None)
        for name in derived:
            object.__setattr__(self, name, follows[name])
        object.__setattr__(self, "_derived", derived)
        self._check()

    def _check(self):
        for name in SIZES:
            self._check_size(name)
        if self.vocabulary_size is not None:
            self._check_size("vocabulary_size")
        self._check_size("num_encoder_layers", least=0)
        if self.num_heads % self.num_key_value_heads:
            raise ScaleError(
                f"`num_key_value_heads` must divide num_heads={self.num_heads}, so that all groups are alike. "
                f"Received: num_key_value_heads={self.num_key_value_heads}"
            )
        for name in FLAGS:
            if not isinstance(getattr(self, name), bool):
                raise ScaleError(f"`{name}` must be True or False. Received: {name}={getattr(self, name)!r}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                listed = ", ".join(map(repr, choices))
                raise ScaleError(f"`{name}` must be one of {listed}. Received: {name}={getattr(self, name)!r}")
        if self.norm_bias and self.normalization == "rms":
            raise ScaleError("`norm_bias` must be False with normalization='rms', which has none. Received: True")

    def _check_size(self, name, least=1):
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
            raise ScaleError(f"`{name}` must be an integer from {least} on. Received: {name}={value!r}")

    @property
    def head_groups(self):
        """How many query heads share one head of keys and values; 1 where every head has its own."""
        return self.num_heads // self.num_key_value_heads

    def changed(self, **fields):
        """The same with other values; what was not given but followed from the sizes follows from the new ones.

        Args:
            **fields: names and values of fields, such as `vocabulary_size=65`.

        Returns:
            A new `Architecture`.

        Raises:
            ScaleError: There is no such field, or the new sizes are impossible.
        """
        check_fields(fields, field_names())
        return dataclasses.replace(self, **{**dict.fromkeys(self._derived), **fields})

    def as_dict(self):
        """The fields as a dictionary that `Architecture(**…)` takes, and JSON too."""
        return {name: getattr(self, name) for name in field_names()}


def field_names():
    """What an `Architecture` is made of."""
    return [field.name for field in dataclasses.fields(Architecture) if field.init]
