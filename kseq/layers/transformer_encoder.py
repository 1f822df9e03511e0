"""`TransformerEncoder`: every step looks at all steps, then thinks for itself."""

import keras

from kseq.layers.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable(package="kseq")
class TransformerEncoder(TransformerBlock):
    """The encoder block of the Transformer: self-attention, then the same dense network on every position.

    Round each of the two goes a residual connection with a layer normalisation:

        norm_first=False (the paper's):  x ← norm(x + attention(x))      x ← norm(x + dense(x))
        norm_first=True:                 x ← x + attention(norm(x))      x ← x + dense(norm(x))

    where dense(x) = activation(x W_1 + b_1) W_2 + b_2. A model of `norm_first` blocks needs one more normalisation
    behind the last of them; in exchange deep ones learn without warm-up.

    Args:
        num_heads: number of attention heads.
        intermediate_dim: width of the hidden layer of the dense network.
        key_dim: width of a head. Default: the width of the sequence divided by `num_heads`.
        dropout: share dropped in training, of the attention weights and of the output of both parts. Default 0.
        activation: of the dense network. Default `"relu"`.
        norm_first: where the normalisation stands. Default False.
        layer_norm_epsilon: Default 1e-5.
        rotary: whether queries and keys are turned by their positions (see `RotaryEmbedding`). Default False.
        rotary_wavelength: `max_wavelength` of the rotation. Default 10,000.
        use_bias: whether attention, dense layers and normalisations have biases. Default True.
        kernel_initializer: of all matrices. Default `"glorot_uniform"`.
        bias_initializer: of all biases. Default `"zeros"`.
        seed: fixes initial weights and dropout.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        x: `(B, T, D)`.
        attention_mask: booleans that broadcast to `(B, T, T)`, True where the row may attend to the column.
        mask, x_mask: booleans `(B, T)`, True where a step counts; Keras fills in the one or the other.
        return_attention_scores: whether to return the attention weights as well. Default False.
        training: whether dropout is active.

    Returns:
        `(B, T, D)`, or a tuple of that and the attention weights `(B, H, T, T)`.

    Raises:
        ValueError: `num_heads` does not divide D and `key_dim` is not given; a mask has another shape, or holds
            floats other than 0 and 1.

    Masks: masked steps get no attention; what comes out at them means nothing. The mask goes on.

    Example:

    >>> kseq.TransformerEncoder(num_heads=4, intermediate_dim=128)(np.ones((2, 7, 32))).shape
    (2, 7, 32)

    References:
        Vaswani et al. (2017), Attention is all you need; norm first: Xiong et al. (2020), On layer normalization in
        the Transformer architecture. Row X7 of the course map.
    """

    def build(self, x_shape):
        """Makes the sublayers."""
        self.build_feed_forward(x_shape)
        self.self_attention = self.make_attention("self_attention", x_shape[-1])
        self.self_attention.build(x_shape, x_shape)
        self.self_attention_norm = self.make_norm("self_attention_norm", x_shape)
        self.built = True

    def call(self, x, attention_mask=None, mask=None, x_mask=None, return_attention_scores=False, training=None):
        """Attention, then the dense network."""
        mask, attention_mask = self.checked_masks(x, x_mask if mask is None else mask, attention_mask)

        def attention(x):
            result = self.self_attention(
                x,
                x,
                attention_mask=attention_mask,
                value_mask=mask,
                return_attention_scores=return_attention_scores,
                training=training,
            )
            return result if return_attention_scores else (result, None)

        x, scores = self.around(self.self_attention_norm, x, attention, training)
        x, _ = self.around(self.feed_forward_norm, x, self.feed_forward, training)
        return (x, scores) if return_attention_scores else x

    def compute_output_spec(self, x, *args, return_attention_scores=False, **kwargs):
        """Shapes and dtypes without tracing."""
        return self.spec(x, x, return_attention_scores=return_attention_scores)

    def empty_state(self, batch_size, length, dtype=None):
        """Refused: there is nothing to step through."""
        raise NotImplementedError(
            f"TransformerEncoder {self.name!r} looks at later steps, too, and cannot go step by step: "
            "use a TransformerDecoder."
        )

    def step(self, x, state, position):
        """Refused, as in `empty_state`."""
        self.empty_state(None, None)
