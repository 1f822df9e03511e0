"""`TransformerDecoder`: every step looks at itself and what came before and, if there is an encoder, at all it read."""

import keras
from keras import ops

from kseq.layers.attention_heads import attend
from kseq.layers.masking import combine_masks
from kseq.layers.multi_head_attention import with_heads
from kseq.layers.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable(package="kseq")
class TransformerDecoder(TransformerBlock):
    """The decoder block of the Transformer: masked self-attention, cross-attention, dense network.

    The self-attention is causal: step t sees the steps up to t, so what is predicted from it depends on nothing later.
    Called with an encoder's output it also has cross-attention: queries from the decoder, keys and values from the
    encoder. Without one it is the block of a GPT. Normalisation and residual connections as in `TransformerEncoder`.

    Args:
        num_heads: number of attention heads.
        intermediate_dim: width of the hidden layer of the dense network.
        key_dim: width of a head. Default: the width of the sequence divided by `num_heads`.
        num_key_value_heads: how many heads of the self-attention have their own keys and values (see
            `MultiHeadAttention`). Default: `num_heads`.
        dropout: share dropped in training, of the attention weights and of the output of all parts. Default 0.
        activation: of the dense network. Default `"relu"`.
        norm_first: where the normalisation stands. Default False.
        layer_norm_epsilon: Default 1e-5.
        rotary: whether queries and keys of the self-attention are turned by their positions. Default False.
        rotary_wavelength: `max_wavelength` of the rotation. Default 10,000.
        use_bias: whether attention, dense layers and normalisations have biases. Default True.
        kernel_initializer: of all matrices. Default `"glorot_uniform"`.
        bias_initializer: of all biases. Default `"zeros"`.
        seed: fixes initial weights and dropout.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        x: `(B, T, D)`.
        encoder_sequence: `(B, S, D_e)`, if the block is to have cross-attention.
        attention_mask: booleans that broadcast to `(B, T, T)`, besides the causal mask.
        encoder_attention_mask: booleans that broadcast to `(B, T, S)`, for the cross-attention.
        mask, x_mask: booleans `(B, T)`, True where a step counts; Keras fills in the one or the other.
        encoder_sequence_mask: booleans `(B, S)`; Keras fills it in.
        return_attention_scores: whether to return the attention weights as well. Default False.
        training: whether dropout is active.

    Returns:
        `(B, T, D)`. With `return_attention_scores` a tuple of that, the weights of the self-attention `(B, H, T, T)`
        and, if there is an encoder, those of the cross-attention `(B, H, T, S)`.

    Raises:
        ValueError: `num_heads` does not divide D and `key_dim` is not given; an encoder is missing, or too many; a mask
            has another shape, or holds floats other than 0 and 1.

    Masks: masked steps get no attention; the mask goes on. Where only the end is padded a causal block needs no mask,
    for no real step sees the end: leave it out, then nothing is spent on it.

    Step by step: `empty_state` and `step`.

    Example:

    >>> kseq.TransformerDecoder(num_heads=4, intermediate_dim=128)(np.ones((2, 7, 32))).shape
    (2, 7, 32)

    References:
        Vaswani et al. (2017), Attention is all you need; without an encoder: Radford et al. (2018), Improving language
        understanding by generative pre-training. Rows X8 and L1 of the course map.
    """

    def __init__(self, num_heads, intermediate_dim, key_dim=None, num_key_value_heads=None, **kwargs):
        super().__init__(num_heads, intermediate_dim, key_dim, **kwargs)
        self.num_key_value_heads = num_heads if num_key_value_heads is None else num_key_value_heads
        self.cross_attention = self.cross_attention_norm = None

    def build(self, x_shape, encoder_sequence_shape=None):
        """Makes the sublayers; those of the cross-attention only if there is an encoder."""
        self.build_feed_forward(x_shape)
        width = x_shape[-1]
        self.self_attention = self.make_attention("self_attention", width, num_key_value_heads=self.num_key_value_heads)
        self.self_attention.build(x_shape, x_shape)
        self.self_attention_norm = self.make_norm("self_attention_norm", x_shape)
        if encoder_sequence_shape is not None:
            self.cross_attention = self.make_attention("cross_attention", width, rotary=False)
            self.cross_attention.build(x_shape, encoder_sequence_shape)
            self.cross_attention_norm = self.make_norm("cross_attention_norm", x_shape)
        self.built = True

    def call(
        self,
        x,
        encoder_sequence=None,
        attention_mask=None,
        encoder_attention_mask=None,
        mask=None,
        x_mask=None,
        encoder_sequence_mask=None,
        return_attention_scores=False,
        training=None,
    ):
        """Self-attention, cross-attention, dense network."""
        self.check_encoder(encoder_sequence)
        mask, attention_mask = self.checked_masks(x, x_mask if mask is None else mask, attention_mask)
        if encoder_sequence is not None:
            encoder_sequence_mask, encoder_attention_mask = self.checked_masks(
                x, encoder_sequence_mask, encoder_attention_mask, encoder_sequence, "encoder_"
            )
        asked = {"return_attention_scores": return_attention_scores, "training": training}

        def self_attention(x):
            result = self.self_attention(
                x, x, attention_mask=attention_mask, value_mask=mask, use_causal_mask=True, **asked
            )
            return result if return_attention_scores else (result, None)

        def cross_attention(x):
            result = self.cross_attention(
                x,
                encoder_sequence,
                attention_mask=encoder_attention_mask,
                value_mask=encoder_sequence_mask,
                **asked,
            )
            return result if return_attention_scores else (result, None)

        x, scores = self.around(self.self_attention_norm, x, self_attention, training)
        scores = (scores,)
        if encoder_sequence is not None:
            x, cross_scores = self.around(self.cross_attention_norm, x, cross_attention, training)
            scores = (*scores, cross_scores)
        x, _ = self.around(self.feed_forward_norm, x, self.feed_forward, training)
        return (x, *scores) if return_attention_scores else x

    def check_encoder(self, encoder_sequence):
        """Refuses a call that does not fit what was built."""
        if (encoder_sequence is None) != (self.cross_attention is None):
            built, came = ("without", "one") if self.cross_attention is None else ("with", "none")
            raise ValueError(
                f"TransformerDecoder {self.name!r} was built {built} an `encoder_sequence`, and so has "
                f"{'no' if self.cross_attention is None else 'a'} cross-attention. Received: {came}"
            )

    def empty_state(self, batch_size, length, dtype=None, encoder_sequence=None, encoder_mask=None):
        """The cache for `length` steps, with the encoder's keys and values, which are projected once.

        Args:
            batch_size: number of rows.
            length: how many steps there will be at most.
            dtype: of the cache. Default: the compute dtype of the layer.
            encoder_sequence: `(batch_size, S, D_e)`, if there is an encoder.
            encoder_mask: `(batch_size, S)`, True where a step of it counts.

        Returns:
            A nested tuple of tensors whose first axis is the batch.
        """
        self.check_encoder(encoder_sequence)
        state = self.self_attention.empty_state(batch_size, length, dtype)
        if encoder_sequence is None:
            return state, ()
        cross = self.cross_attention.keys_and_values(ops.cast(encoder_sequence, self.compute_dtype))
        return state, cross if encoder_mask is None else (*cross, ops.cast(encoder_mask, "bool"))

    def step(self, x, state, position):
        """The output of `n` new steps.

        Args:
            x: `(B, n, D)`; n > 1 for a prompt.
            state: what `empty_state` or the step before gave.
            position: how many steps are in the state, integer or scalar int32 tensor.

        Returns:
            A tuple of the output `(B, n, D)` and the new state; equal to the full pass.
        """
        x = ops.cast(x, self.compute_dtype)
        own, cross = state
        x, own = self.around(self.self_attention_norm, x, lambda x: self.self_attention.step(x, own, position))
        if cross:
            x, _ = self.around(self.cross_attention_norm, x, lambda x: (self.read(x, *cross), None))
        x, _ = self.around(self.feed_forward_norm, x, self.feed_forward)
        return x, (own, cross)

    def read(self, x, keys, values, mask=None):
        """Cross-attention to keys and values that were projected before."""
        mask = with_heads(combine_masks(None, mask))
        heads, _ = attend(self.cross_attention.queries(x), keys, values, mask)
        return self.cross_attention.join(heads)

    def compute_output_spec(self, x, encoder_sequence=None, *args, return_attention_scores=False, **kwargs):
        """Shapes and dtypes without tracing."""
        sources = (x,) if encoder_sequence is None else (x, encoder_sequence)
        return self.spec(x, *sources, return_attention_scores=return_attention_scores)

    def get_config(self):
        """All arguments."""
        return {**super().get_config(), "num_key_value_heads": self.num_key_value_heads}
