"""`DotProductAttention`, `AdditiveAttention`, `MultiplicativeAttention`: three ways to score, one way to use them."""

import keras
from keras import ops

from kseq.layers.arguments import check_positive, check_rate, check_width
from kseq.layers.mask_checks import scores_shape, step_mask
from kseq.layers.masking import combine_masks, masked_softmax
from kseq.layers.seeding import derived_seed, for_weight


class SingleAttention(keras.layers.Layer):
    """What the three share: from scores e to weights α = softmax(e) and the output a = Σ α_i · value_i."""

    def __init__(self, dropout=0.0, kernel_initializer="glorot_uniform", seed=None, **kwargs):
        check_rate(dropout=dropout)
        super().__init__(**kwargs)
        self.dropout = dropout
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.seed = seed
        self.supports_masking = True
        self.weights_dropout = (
            keras.layers.Dropout(dropout, seed=derived_seed(seed, "dropout"), dtype=self.dtype_policy)
            if dropout
            else None
        )

    def build(self, query_shape, value_shape, key_shape=None):
        """Makes the weights of the score."""
        key_shape = value_shape if key_shape is None else key_shape
        check_width(query=query_shape, key=key_shape, value=value_shape)
        self.build_score(query_shape[-1], key_shape[-1])
        self.built = True

    def build_score(self, query_dim, key_dim):
        """Makes the weights of the score, if it has any."""

    def score(self, query, key):
        """e: `(B, T, S)`."""
        raise NotImplementedError

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
        """a = Σ α_i · value_i."""
        key = value if key is None else key
        causal = (ops.shape(query)[1], ops.shape(key)[1]) if use_causal_mask else None
        step_mask(query_mask, *query.shape[:2], "query_mask")
        mask = combine_masks(attention_mask, value_mask, key_mask, causal=causal, scores=scores_shape(query, value))
        weights = masked_softmax(self.score(query, key), mask)  # (B, T, S)
        dropped = weights if self.weights_dropout is None else self.weights_dropout(weights, training=training)
        # in half precision, the scores may have left it
        output = ops.matmul(ops.cast(dropped, value.dtype), value)
        return (output, ops.cast(weights, value.dtype)) if return_attention_scores else output

    def compute_mask(self, query, previous_mask):
        """The output has the mask of the query."""
        return keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        """`(B, T, d_v)`."""
        return (*query_shape[:-1], value_shape[-1])

    def compute_output_spec(self, query, value, key=None, *args, return_attention_scores=False, **kwargs):
        """Shapes and dtypes without tracing."""
        output = keras.KerasTensor(self.compute_output_shape(query.shape, value.shape), dtype=self.compute_dtype)
        scores = keras.KerasTensor((*query.shape[:-1], value.shape[1]), dtype=self.compute_dtype)
        return (output, scores) if return_attention_scores else output

    def weight(self, name, shape):
        """One trainable weight."""
        return self.add_weight(name=name, shape=shape, initializer=for_weight(self.kernel_initializer, self.seed, name))

    def get_config(self):
        """The arguments that all three have."""
        return {**super().get_config(), "dropout": self.dropout, "seed": self.seed}


@keras.saving.register_keras_serializable(package="kseq")
class DotProductAttention(SingleAttention):
    """Attention that scores a source by its dot product with the target's query.

    For the state s_t of a decoder (query) and the states h_1 … h_N of an encoder (keys and values):

        e^t = [s_t^T h_1, …, s_t^T h_N]      α^t = softmax(e^t)      a_t = Σ α_i^t h_i

    It has no weights; queries and keys must be equally wide. With `scaled` the scores are divided by √d, as in the
    Transformer: softmax(Q·K^T / √d)·V.

    Args:
        scaled: whether to divide by the root of the width. Default False.
        dropout: share of the weights α that are set to 0 in training. Default 0.
        seed: fixes the dropout.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        query: `(B, T, d)`.
        value: `(B, S, d_v)`.
        key: `(B, S, d)`. Default: `value`.
        attention_mask: booleans that broadcast to `(B, T, S)`, True where the target may attend to the source.
        value_mask, key_mask: booleans `(B, S)`, True where the source counts. Keras fills them in.
        query_mask: `(B, T)`, passed on with the output; it changes nothing else.
        return_attention_scores: whether to return the weights α as well. Default False.
        use_causal_mask: whether a target sees only the sources up to its own number. Default False.
        training: whether dropout is active.

    Returns:
        The output `(B, T, d_v)`, or a tuple of it and the weights α `(B, T, S)`.

    Raises:
        ValueError: query and key are not equally wide; a mask has another shape, or holds floats other than 0 and 1.

    Masks: masked sources get the weight 0. A target with nothing to attend to gets weights and an output of 0.

    Example:

    >>> output, alpha = kseq.DotProductAttention()(decoder, encoder, return_attention_scores=True)

    References:
        Luong et al. (2015), Effective approaches to attention-based neural machine translation; scaled: Vaswani et
        al. (2017). Rows Q3, Q4 and X4 of the course map.
    """

    def __init__(self, scaled=False, dropout=0.0, seed=None, **kwargs):
        super().__init__(dropout=dropout, seed=seed, **kwargs)
        self.scaled = scaled

    def build_score(self, query_dim, key_dim):
        """Checks the widths."""
        if query_dim != key_dim:
            raise ValueError(
                "`query` and `key` must be equally wide for a dot product; MultiplicativeAttention and "
                f"AdditiveAttention take different widths. Received: query {query_dim} wide and key {key_dim} wide"
            )

    def score(self, query, key):
        """e = s^T h, in float32: a sum of many products may leave the range of float16."""
        query, key = wide(query), wide(key)
        query = query * query.shape[-1] ** -0.5 if self.scaled else query
        return ops.matmul(query, ops.transpose(key, (0, 2, 1)))

    def get_config(self):
        """All arguments."""
        return {**super().get_config(), "scaled": self.scaled}


@keras.saving.register_keras_serializable(package="kseq")
class AdditiveAttention(SingleAttention):
    """Attention that scores with a small network: a hidden layer over the sum of projected query and key.

        e_i = v^T tanh(s W_q + h_i W_k)      α = softmax(e)      a = Σ α_i h_i

    Query and key may have different widths. It computes `units` numbers for every pair of target and source, where
    the other scores compute one.

    Args:
        units: width of the hidden layer.
        dropout: share of the weights α that are set to 0 in training. Default 0.
        kernel_initializer: of `query_kernel` (d_q, units), `key_kernel` (d_k, units) and `v` (units,).
        seed: fixes initial weights and dropout.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        As in `DotProductAttention`; query `(B, T, d_q)`, key `(B, S, d_k)`.

    Returns:
        The output `(B, T, d_v)`, or with `return_attention_scores` a tuple of it and the weights α `(B, T, S)`.

    Masks: masked sources get the weight 0. A target with nothing to attend to gets weights and an output of 0.

    Example:

    >>> output = kseq.AdditiveAttention(units=64)(decoder, encoder)

    References:
        Bahdanau et al. (2015), Neural machine translation by jointly learning to align and translate. Row Q4 of the
        course map.
    """

    def __init__(self, units, dropout=0.0, kernel_initializer="glorot_uniform", seed=None, **kwargs):
        check_positive(units=units)
        super().__init__(dropout=dropout, kernel_initializer=kernel_initializer, seed=seed, **kwargs)
        self.units = units

    def build_score(self, query_dim, key_dim):
        """W_q, W_k and v."""
        self.query_kernel = self.weight("query_kernel", (query_dim, self.units))
        self.key_kernel = self.weight("key_kernel", (key_dim, self.units))
        self.v = self.weight("v", (self.units,))

    def score(self, query, key):
        """e = v^T tanh(s W_q + h W_k)."""
        s, h = ops.matmul(query, self.query_kernel), ops.matmul(key, self.key_kernel)  # (B, T, U), (B, S, U)
        hidden = ops.tanh(s[:, :, None] + h[:, None])  # (B, T, S, U)
        # v as a vector: a matrix (units, 1) under four axes is what Keras 3.10 gets wrong on TensorFlow's fast kernels.
        return wide(ops.matmul(hidden, self.v))

    def get_config(self):
        """All arguments."""
        own = {"units": self.units, "kernel_initializer": keras.initializers.serialize(self.kernel_initializer)}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="kseq")
class MultiplicativeAttention(SingleAttention):
    """Attention that scores with a matrix between query and key: a dot product in a learned space.

        e_i = s W h_i^T      α = softmax(e)      a = Σ α_i h_i

    Query and key may have different widths.

    Args:
        dropout: share of the weights α that are set to 0 in training. Default 0.
        kernel_initializer: of `kernel` (d_q, d_k).
        seed: fixes initial weights and dropout.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        As in `DotProductAttention`; query `(B, T, d_q)`, key `(B, S, d_k)`.

    Returns:
        The output `(B, T, d_v)`, or with `return_attention_scores` a tuple of it and the weights α `(B, T, S)`.

    Masks: masked sources get the weight 0. A target with nothing to attend to gets weights and an output of 0.

    Example:

    >>> output = kseq.MultiplicativeAttention()(decoder, encoder)

    References:
        Luong et al. (2015), Effective approaches to attention-based neural machine translation ("general"). Row Q4
        of the course map.
    """

    def __init__(self, dropout=0.0, kernel_initializer="glorot_uniform", seed=None, **kwargs):
        super().__init__(dropout=dropout, kernel_initializer=kernel_initializer, seed=seed, **kwargs)

    def build_score(self, query_dim, key_dim):
        """W."""
        self.kernel = self.weight("kernel", (query_dim, key_dim))

    def score(self, query, key):
        """e = s W h^T, in float32 from the second product on."""
        s = wide(ops.matmul(query, self.kernel))  # (B, T, d_k)
        return ops.matmul(s, ops.transpose(wide(key), (0, 2, 1)))

    def get_config(self):
        """All arguments."""
        own = {"kernel_initializer": keras.initializers.serialize(self.kernel_initializer)}
        return {**super().get_config(), **own}


def wide(x):
    """Half precision as float32; everything else as it is."""
    return ops.cast(x, "float32") if keras.backend.standardize_dtype(x.dtype) in ("float16", "bfloat16") else x
