"""What `TransformerEncoder` and `TransformerDecoder` are built of: sublayers, what goes round them, the dense part."""

import keras
from keras import ops

from kseq.layers.arguments import check_positive, check_rate, check_width
from kseq.layers.mask_checks import pair_mask, scores_shape, step_mask
from kseq.layers.multi_head_attention import MultiHeadAttention
from kseq.layers.seeding import derived_seed, for_weight


class TransformerBlock(keras.layers.Layer):
    """Arguments, sublayers and residual connections of a block."""

    def __init__(
        self,
        num_heads,
        intermediate_dim,
        key_dim=None,
        dropout=0.0,
        activation="relu",
        norm_first=False,
        layer_norm_epsilon=1e-5,
        rotary=False,
        rotary_wavelength=10_000,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        seed=None,
        **kwargs,
    ):
        check_positive(num_heads=num_heads, intermediate_dim=intermediate_dim)
        if key_dim is not None:
            check_positive(key_dim=key_dim)
        check_rate(dropout=dropout)
        super().__init__(**kwargs)
        self.num_heads, self.intermediate_dim, self.key_dim = num_heads, intermediate_dim, key_dim
        self.dropout, self.norm_first, self.layer_norm_epsilon = dropout, norm_first, layer_norm_epsilon
        self.activation = keras.activations.get(activation)
        self.rotary, self.rotary_wavelength, self.use_bias = rotary, rotary_wavelength, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.seed = seed
        self.supports_masking = True

    def make_attention(self, name, width, **options):
        """A `MultiHeadAttention` with the settings of the block."""
        return MultiHeadAttention(
            **{
                "num_heads": self.num_heads,
                "key_dim": self.head_width(width),
                "rotary": self.rotary,
                "rotary_wavelength": self.rotary_wavelength,
                "dropout": self.dropout,
                "use_bias": self.use_bias,
                "kernel_initializer": self.kernel_initializer,
                "bias_initializer": self.bias_initializer,
                "seed": derived_seed(self.seed, name),
                "name": name,
                "dtype": self.dtype_policy,
                **options,
            }
        )

    def checked_masks(self, x, mask, attention_mask, source=None, prefix=""):
        """The two masks as booleans, complained of under the names that they have here.

        Args:
            x: the block's sequence, where the queries come from.
            mask: by step of the source.
            attention_mask: by query and step of the source.
            source: where the keys come from, if not from `x`.
            prefix: what the names of the arguments begin with.
        """
        source = x if source is None else source
        name = f"{prefix}sequence_mask" if prefix else "mask"
        mask = step_mask(mask, *source.shape[:2], name)
        scores = scores_shape(x, source, (self.num_heads,))
        return mask, pair_mask(attention_mask, scores, f"{prefix}attention_mask", name)

    def head_width(self, width):
        """`key_dim`, or the width of the sequence shared among the heads."""
        if self.key_dim is None and width % self.num_heads:
            raise ValueError(
                "`num_heads` must divide the width of the sequence where `key_dim` is not given. "
                f"Received: num_heads={self.num_heads} for a sequence {width} wide"
            )
        return self.key_dim or width // self.num_heads

    def make_norm(self, name, shape):
        """A layer normalisation, built."""
        norm = keras.layers.LayerNormalization(
            epsilon=self.layer_norm_epsilon, center=self.use_bias, name=name, dtype=self.dtype_policy
        )
        norm.build(shape)
        return norm

    def make_dense(self, name, units, shape, activation=None):
        """A dense layer, built."""
        seed = derived_seed(self.seed, name)
        dense = keras.layers.Dense(
            units,
            activation=activation,
            use_bias=self.use_bias,
            kernel_initializer=for_weight(self.kernel_initializer, seed, "kernel"),
            bias_initializer=for_weight(self.bias_initializer, seed, "bias"),
            name=name,
            dtype=self.dtype_policy,
        )
        dense.build(shape)
        return dense

    def build_feed_forward(self, shape):
        """Makes the two dense layers and the dropout behind every sublayer."""
        check_width(sequence=shape)
        width = shape[-1]
        self.feed_forward_norm = self.make_norm("feed_forward_norm", shape)
        self.intermediate = self.make_dense("intermediate", self.intermediate_dim, shape, self.activation)
        self.output_projection = self.make_dense("output_projection", width, (*shape[:-1], self.intermediate_dim))
        self.residual_dropout = None
        if self.dropout:
            seed = derived_seed(self.seed, "residual_dropout")
            self.residual_dropout = keras.layers.Dropout(
                self.dropout, seed=seed, name="residual_dropout", dtype=self.dtype_policy
            )

    def around(self, norm, x, sublayer, training=False):
        """Add and normalise: x + f(norm(x)), or norm(x + f(x)). `sublayer` gives its output and anything else.

        Returns:
            A tuple of the new x and of that else.
        """
        y, extra = sublayer(norm(x) if self.norm_first else x)
        if self.residual_dropout is not None:
            y = self.residual_dropout(y, training=training)
        y = ops.add(x, y)
        return y if self.norm_first else norm(y), extra

    def feed_forward(self, x):
        """The same two dense layers at every step."""
        return self.output_projection(self.intermediate(x)), None

    def compute_mask(self, x, previous_mask):
        """The output has the mask of the input."""
        return keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None

    def compute_output_shape(self, x_shape, encoder_sequence_shape=None):
        """As it came: D × N in, D × N out."""
        return tuple(x_shape)

    def spec(self, x, *sources, return_attention_scores=False):
        """Shapes and dtypes without tracing: the output and, if asked for, the weights over each of `sources`."""
        output = keras.KerasTensor(x.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        batch, length = x.shape[:2]
        scores = [
            keras.KerasTensor((batch, self.num_heads, length, source.shape[1]), dtype=self.compute_dtype)
            for source in sources
        ]
        return (output, *scores)

    def get_config(self):
        """The arguments that both blocks have."""
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "key_dim": self.key_dim,
            "dropout": self.dropout,
            "activation": keras.activations.serialize(self.activation),
            "norm_first": self.norm_first,
            "layer_norm_epsilon": self.layer_norm_epsilon,
            "rotary": self.rotary,
            "rotary_wavelength": self.rotary_wavelength,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "seed": self.seed,
        }
