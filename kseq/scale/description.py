"""`Architecture`: the sizes of a Transformer, and nothing else."""

import dataclasses
import numbers
from dataclasses import dataclass

from kseq.scale.errors import ScaleError, check_fields
from kseq.scale.notebooks import pretty

CHOICES = {
    "position": ("learned", "rotary", "sine", "relative", "transformer-xl", "alibi", "none"),
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
    "relative_buckets",
    "channels",
)
FLAGS = (
    "gated",
    "norm_first",
    "tied_embeddings",
    "use_bias",
    "norm_bias",
    "output_bias",
    "causal",
    "qk_norm",
    "embedding_norm",
    "pooler",
)
MAYBE_FLAGS = ("qkv_bias", "feed_forward_bias")  # None: what `use_bias` says
MAYBE_SIZES = ("vocabulary_size", "position_rows", "norms_per_block")
MOST = 10**12  # of any size: beyond, it is a slip
COUNTS = (  # 0: there is none
    "num_encoder_layers",
    "segments",
    "num_classes",
    "image_size",
    "patch_size",
    "attention_window",
    "full_attention_layers",
)


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The sizes of a Transformer: enough to compute what it costs, and to build it where it is a plain language model.

    What is `None` follows from the rest, as the comment behind it says. Sizes that follow are filled in at once, so
    that those of a finished `Architecture` are numbers, except a vocabulary or published number that nobody gave. To
    change a size use `changed`, which works out anew what follows from it.

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
    # "learned": a table of position_rows vectors. "relative": a table of relative_buckets numbers for each head (T5).
    # "transformer-xl": a matrix and two vectors for each layer. "sine", "rotary", "alibi", "none": no parameters
    position: str = "learned"
    rotary_wavelength: float = 10_000  # base of the angles of "rotary" (and of "sine")
    normalization: str = "layer"  # "layer", or "rms": no mean, no bias
    norm_first: bool = True  # normalization before each sublayer, and once more at the end
    use_bias: bool = True  # biases of attention and feed-forward layers
    norm_bias: bool | None = None  # bias of the normalization. None: use_bias, and never with "rms"
    tied_embeddings: bool = True  # the output layer is the embedding, transposed
    output_bias: bool = False  # bias of the output layer
    # parts that some have
    causal: bool = True  # no token looks ahead; False: an encoder alone, such as BERT
    position_rows: int | None = None  # rows of the "learned" table. None: context_length (with an image's patches)
    relative_buckets: int = 32  # distances that "relative" tells apart
    qkv_bias: bool | None = None  # biases of queries, keys and values. None: use_bias
    feed_forward_bias: bool | None = None  # biases of the feed-forward layers. None: use_bias
    norms_per_block: int | None = None  # of the decoder. None: one for each sublayer
    qk_norm: bool = False  # a normalization of each query and key, in the width of a head (Qwen 3)
    embedding_norm: bool = False  # a normalization behind the embedding
    segments: int = 0  # rows of a table that tells sentences apart (BERT)
    pooler: bool = False  # a layer on the first token (BERT)
    num_classes: int = 0  # outputs of a classifier, which then takes the place of the output layer
    image_size: int = 0  # pixels along an image that is read in patches; 0: text
    patch_size: int = 0  # pixels along a patch
    channels: int = 3  # numbers of a pixel
    attention_window: int = 0  # latest tokens that a token looks at (sliding window); 0: at all before it
    full_attention_layers: int = 0  # layers that look at all in spite of the window (Gemma 2: every second one)
    # how it was trained
    dropout: float = 0.0  # share of what each sublayer gives that was dropped; 0: nothing, or nobody says
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
        self._check_image()

    def _check(self):
        for name in SIZES:
            self._check_size(name)
        for name in MAYBE_SIZES:
            if getattr(self, name) is not None:
                self._check_size(name)
        for name in COUNTS:
            self._check_size(name, least=0)
        if self.num_heads % self.num_key_value_heads:
            raise ScaleError(
                f"`num_key_value_heads` must divide num_heads={self.num_heads}, so that all groups are alike. "
                f"Received: num_key_value_heads={self.num_key_value_heads}"
            )
        for name in (*FLAGS, *(name for name in MAYBE_FLAGS if getattr(self, name) is not None)):
            if not isinstance(getattr(self, name), bool):
                raise ScaleError(f"`{name}` must be True or False. Received: {name}={getattr(self, name)!r}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                listed = ", ".join(map(repr, choices))
                raise ScaleError(f"`{name}` must be one of {listed}. Received: {name}={getattr(self, name)!r}")
        if self.norm_bias and self.normalization == "rms":
            raise ScaleError("`norm_bias` must be False with normalization='rms', which has none. Received: True")
        self._check_dropout()
        if self.full_attention_layers > self.num_layers:
            raise ScaleError(
                f"`full_attention_layers` must be at most num_layers={self.num_layers}. "
                f"Received: full_attention_layers={self.full_attention_layers}"
            )

    def _check_dropout(self):
        rate = self.dropout
        if isinstance(rate, bool) or not isinstance(rate, numbers.Real) or not 0 <= rate < 1:
            raise ScaleError(f"`dropout` must be a share from 0 to below 1. Received: dropout={rate!r}")

    def _check_image(self):
        if bool(self.image_size) != bool(self.patch_size) or (self.patch_size and self.image_size % self.patch_size):
            raise ScaleError(
                f"`patch_size` must divide image_size={self.image_size}. Received: patch_size={self.patch_size}"
            )
        if self.patch_size and self.context_length != (patches := (self.image_size // self.patch_size) ** 2) + 1:
            raise ScaleError(
                f"`context_length` must be {patches + 1} with image_size={self.image_size} and "
                f"patch_size={self.patch_size}: a token for each patch and one for the class. "
                f"Received: context_length={self.context_length}"
            )

    def _check_size(self, name, least=1):
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
            raise ScaleError(f"`{name}` must be an integer from {least} on. Received: {name}={value!r}")
        if value > MOST:
            raise ScaleError(f"`{name}` must be at most {MOST:,}. Received: {name}={value!r}")

    @property
    def head_groups(self):
        """How many query heads share one head of keys and values; 1 where every head has its own."""
        return self.num_heads // self.num_key_value_heads

    @property
    def learned_positions(self):
        """Rows of the table of learned positions."""
        return self.position_rows or self.context_length

    def has_bias(self, name):
        """Whether `"qkv_bias"` or `"feed_forward_bias"` is so, which `use_bias` says where they are not given."""
        return self.use_bias if getattr(self, name) is None else getattr(self, name)

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

    _repr_pretty_ = pretty

    def __str__(self):
        layers = f"{self.num_layers} layers"
        if self.num_encoder_layers:
            layers = f"{self.num_encoder_layers} layers of an encoder and {layers} of a decoder"
        groups = self.num_key_value_heads
        grouped = f" ({groups} of keys and values)" if groups != self.num_heads else ""
        words = f", {self.vocabulary_size:,} words" if self.vocabulary_size else ""
        return (
            f"{self.name or 'Architecture'}: {layers}, width {self.embedding_dim:,}, {self.num_heads} heads{grouped}, "
            f"context {self.context_length:,}{words}"
        )

    def as_dict(self):
        """The fields as a dictionary that `Architecture(**…)` takes, and JSON too."""
        return {name: getattr(self, name) for name in field_names()}


def field_names():
    """What an `Architecture` is made of."""
    return [field.name for field in dataclasses.fields(Architecture) if field.init]
