"""`MultiHeadAttention`: several attentions side by side, each with its own view of the sequence."""

import keras
from keras import ops

from kseq.layers.arguments import check_positive, check_rate, check_width
from kseq.layers.attention_heads import attend
from kseq.layers.mask_checks import scores_shape, step_mask
from kseq.layers.masking import causal_mask, combine_masks
from kseq.layers.rotary import check_even, rotate
from kseq.layers.seeding import derived_seed, for_weight


@keras.saving.register_keras_serializable(package="kseq")
class MultiHeadAttention(keras.layers.Layer):
    """Scaled dot-product attention in several heads, each with its own queries, keys and values.

    With Q = X_q W_Q + b_Q, K = X_k W_K + b_K, V = X_v W_V + b_V, cut into H heads of `key_dim` columns each:

        head_i = softmax(Q_i·K_i^T / √key_dim)·V_i          output = [head_1 … head_H] W_O + b_O

    Self-attention is `layer(x, x)`, cross-attention `layer(x, encoder_outputs)`. The weights are the matrices of the
    equation: `query_kernel`, `key_kernel`, `value_kernel`, `output_kernel`, and `query_bias` and so on.

    Args:
        num_heads: H.
        key_dim: width of a head's queries and keys.
        value_dim: width of a head's values. Default: `key_dim`.
        num_key_value_heads: how many heads have their own keys and values; the heads of a group share them, which
            makes the cache for generation smaller. Must divide `num_heads`. Default: `num_heads`.
        output_dim: width of the output. Default: that of the query.
        rotary: whether queries and keys are turned by their positions (see `RotaryEmbedding`). Default False.
        rotary_wavelength: `max_wavelength` of the rotation. Default 10,000.
        dropout: share of the attention weights that are set to 0 in training. Default 0.
        use_bias: whether there are biases. Default True.
        kernel_initializer: of the four matrices. Default `"glorot_uniform"`.
        bias_initializer: of the biases. Default `"zeros"`.
        kernel_regularizer: of the four matrices. Default: none.
        bias_regularizer: of the biases. Default: none.
        seed: fixes initial weights and dropout.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        query: `(B, T, D)`.
        value: `(B, S, D_v)`.
        key: `(B, S, D_k)`. Default: `value`.
        attention_mask: booleans `(B, T, S)`, `(T, S)` or `(B, H, T, S)`, or what broadcasts to them, True where the
            target may attend to the source.
        value_mask, key_mask: booleans `(B, S)`, True where the source counts. Keras fills them in.
        query_mask: `(B, T)`, passed on with the output; it changes nothing else.
        return_attention_scores: whether to return the attention weights as well. Default False.
        use_causal_mask: whether a target sees only the sources up to its own number. Default False.
        training: whether dropout is active.

    Returns:
        The output `(B, T, output_dim)`, or a tuple of it and the attention weights `(B, H, T, S)`.

    Raises:
        ValueError: a number that is not positive, heads that cannot be grouped, an odd `key_dim` with `rotary`; a mask
            of another shape, or with floats other than 0 and 1 (0 and -inf, say: write `mask == 0`).

    Masks: masked sources get the weight 0. A target with nothing to attend to gets weights of 0, so that its output
    is `output_bias`. The output has the mask of the query. Padding at the end is no concern of a causal
    self-attention, for no real step sees it: without a mask on the input nothing is spent on one.

    Step by step: `empty_state` and `step` do causal self-attention with a cache of keys and values.

    Example:

    >>> kseq.MultiHeadAttention(num_heads=4, key_dim=16)(np.ones((2, 7, 64)), np.ones((2, 7, 64))).shape
    (2, 7, 64)

    References:
        Vaswani et al. (2017), Attention is all you need; grouped heads: Ainslie et al. (2023), GQA. Rows X4 and X6 of
        the course map.
    """

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        num_key_value_heads=None,
        output_dim=None,
        rotary=False,
        rotary_wavelength=10_000,
        dropout=0.0,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        seed=None,
        **kwargs,
    ):
        value_dim = key_dim if value_dim is None else value_dim
        num_key_value_heads = num_heads if num_key_value_heads is None else num_key_value_heads
        check_positive(
            num_heads=num_heads, key_dim=key_dim, value_dim=value_dim, num_key_value_heads=num_key_value_heads
        )
        if output_dim is not None:
            check_positive(output_dim=output_dim)
        if num_heads % num_key_value_heads:
            raise ValueError(
                "`num_key_value_heads` must divide `num_heads`. "
                f"Received: num_heads={num_heads}, num_key_value_heads={num_key_value_heads}"
            )
        if rotary:
            check_even(key_dim=key_dim)
        check_rate(dropout=dropout)
        super().__init__(**kwargs)
        self.num_heads, self.num_key_value_heads = num_heads, num_key_value_heads
        self.key_dim, self.value_dim, self.output_dim = key_dim, value_dim, output_dim
        self.rotary, self.rotary_wavelength = rotary, rotary_wavelength
        self.dropout, self.use_bias, self.seed = dropout, use_bias, seed
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.supports_masking = True
        self.weights_dropout = (
            keras.layers.Dropout(dropout, seed=derived_seed(seed, "dropout"), dtype=self.dtype_policy)
            if dropout
            else None
        )

    def build(self, query_shape, value_shape, key_shape=None):
        """Makes the four matrices and their biases."""
        key_shape = value_shape if key_shape is None else key_shape
        check_width(query=query_shape, key=key_shape, value=value_shape)
        groups = self.num_key_value_heads
        self._add("query", query_shape[-1], self.num_heads * self.key_dim)
        self._add("key", key_shape[-1], groups * self.key_dim)
        self._add("value", value_shape[-1], groups * self.value_dim)
        self._add("output", self.num_heads * self.value_dim, self.output_dim or query_shape[-1])
        self.built = True

    def _add(self, name, width, units):
        kernel = self.add_weight(
            name=f"{name}_kernel",
            shape=(width, units),
            initializer=for_weight(self.kernel_initializer, self.seed, name),
            regularizer=self.kernel_regularizer,
        )
        bias = None
        if self.use_bias:
            bias = self.add_weight(
                name=f"{name}_bias",
                shape=(units,),
                initializer=for_weight(self.bias_initializer, self.seed, f"{name}_bias"),
                regularizer=self.bias_regularizer,
            )
        setattr(self, f"{name}_kernel", kernel)
        setattr(self, f"{name}_bias", bias)

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        """All heads at once."""
        step_mask(query_mask, *query.shape[:2], "query_mask")
        mask = combine_masks(attention_mask, value_mask, key_mask, scores=scores_shape(query, value, (self.num_heads,)))
        queries = self.queries(query)
        keys, values = self.keys_and_values(value, key)
        dropout = None
        if self.weights_dropout is not None and training:
            dropout = self._drop
        heads, weights = attend(
            queries, keys, values, with_heads(mask), use_causal_mask, dropout, return_attention_scores
        )
        output = self.join(heads)
        return (output, weights) if return_attention_scores else output

    def _drop(self, weights):
        return self.weights_dropout(weights, training=True)

    def queries(self, query, start=0):
        """`(B, T, D)` → Q by head, `(B, H, T, key_dim)`, turned by the positions from `start` on if `rotary`."""
        q = self._split(self._project("query", query), self.num_heads, self.key_dim)
        return rotate(q, start, self.rotary_wavelength) if self.rotary else q

    def keys_and_values(self, value, key=None, start=0):
        """`(B, S, D)` → K and V by head, `(B, H_kv, S, key_dim)` and `(B, H_kv, S, value_dim)`."""
        k = self._split(self._project("key", value if key is None else key), self.num_key_value_heads, self.key_dim)
        v = self._split(self._project("value", value), self.num_key_value_heads, self.value_dim)
        return rotate(k, start, self.rotary_wavelength) if self.rotary else k, v

    def join(self, heads):
        """`(B, H, T, value_dim)` → [head_1 … head_H] W_O + b_O, `(B, T, output_dim)`."""
        batch, _, length, _ = ops.shape(heads)
        rows = ops.reshape(ops.transpose(heads, (0, 2, 1, 3)), (batch, length, self.num_heads * self.value_dim))
        return self._project("output", rows)

    def _project(self, name, x):
        y = ops.matmul(x, ops.cast(getattr(self, f"{name}_kernel"), x.dtype))
        return ops.add(y, ops.cast(getattr(self, f"{name}_bias"), x.dtype)) if self.use_bias else y

    def _split(self, x, heads, width):
        batch, length, _ = ops.shape(x)
        return ops.transpose(ops.reshape(x, (batch, length, heads, width)), (0, 2, 1, 3))

    def empty_state(self, batch_size, length, dtype=None):
        """The cache for `length` steps: keys `(B, H_kv, length, key_dim)`, values `(B, H_kv, length, value_dim)`."""
        shape = (batch_size, self.num_key_value_heads, length)
        dtype = dtype or self.compute_dtype
        return ops.zeros((*shape, self.key_dim), dtype=dtype), ops.zeros((*shape, self.value_dim), dtype=dtype)

    def step(self, x, state, position):
        """Causal self-attention of `n` new steps to all before them.

        Args:
            x: `(B, n, D)`; n > 1 for a prompt.
            state: what `empty_state` or the step before gave.
            position: how many steps are in the state, integer or scalar int32 tensor.

        Returns:
            A tuple of the output `(B, n, output_dim)` and the new state; equal to the full causal pass.
        """
        x = ops.cast(x, self.compute_dtype)
        keys, values = state
        check_room(self, x, keys, position)
        k, v = self.keys_and_values(x, start=position)
        keys = ops.slice_update(keys, (0, 0, position, 0), ops.cast(k, keys.dtype))
        values = ops.slice_update(values, (0, 0, position, 0), ops.cast(v, values.dtype))
        visible = causal_mask(ops.shape(x)[1], ops.shape(keys)[2], start=position)[:, None]  # (1, 1, n, length)
        heads, _ = attend(self.queries(x, position), ops.cast(keys, x.dtype), ops.cast(values, x.dtype), visible)
        return self.join(heads), (keys, values)

    def set_keras_weights(self, weights):
        """Takes the weights of a `keras.layers.MultiHeadAttention` or `GroupedQueryAttention` of the same sizes."""
        self.set_weights([w.reshape(own.shape) for w, own in zip(weights, self.weights, strict=True)])

    def get_keras_weights(self):
        """The weights in the shapes and order of `keras.layers.MultiHeadAttention.set_weights`."""
        heads, groups = self.num_heads, self.num_key_value_heads
        ends = {"query": (heads, self.key_dim), "key": (groups, self.key_dim), "value": (groups, self.value_dim)}
        shaped = []
        for weight, value in zip(self.weights, self.get_weights(), strict=True):
            name, kind = weight.name.split("_")
            if name == "output":
                shape = (heads, self.value_dim, value.shape[-1]) if kind == "kernel" else value.shape
            else:
                shape = (*value.shape[:-1], *ends[name])
            shaped.append(value.reshape(shape))
        return shaped

    def compute_mask(self, query, previous_mask):
        """The output has the mask of the query."""
        return keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        """`(B, T, output_dim)`."""
        return (*query_shape[:-1], self.output_dim or query_shape[-1])

    def compute_output_spec(self, query, value, key=None, *args, return_attention_scores=False, **kwargs):
        """Shapes and dtypes without tracing."""
        output = keras.KerasTensor(self.compute_output_shape(query.shape, value.shape), dtype=self.compute_dtype)
        shape = (query.shape[0], self.num_heads, query.shape[1], value.shape[1])
        scores = keras.KerasTensor(shape, dtype=self.compute_dtype)
        return (output, scores) if return_attention_scores else output

    def get_config(self):
        """All arguments."""
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "num_key_value_heads": self.num_key_value_heads,
            "output_dim": self.output_dim,
            "rotary": self.rotary,
            "rotary_wavelength": self.rotary_wavelength,
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "seed": self.seed,
        }


def with_heads(mask):
    """`(B, T, S)` → `(B, 1, T, S)`; a mask by head stays."""
    return mask if mask is None or len(mask.shape) == 4 else mask[:, None]


def check_room(layer, x, keys, position):
    """Refuses steps for which the cache has no place, as far as that is known before it runs."""
    steps, room = x.shape[1], keys.shape[2]
    if isinstance(position, int) and isinstance(steps, int) and isinstance(room, int) and position + steps > room:
        raise ValueError(
            f"The state of {layer.name!r} has room for {room} steps. Received: {steps} steps at position {position}"
        )
