"""The decoder block: it looks back at itself, then at the encoder, then thinks. Rows X8 and L1."""

import numpy as np

from kseq.scratch.checks import as_mask, check_shape
from kseq.scratch.feed_forward import FeedForward
from kseq.scratch.layer_normalization import LayerNormalization
from kseq.scratch.matrices import MatrixBack, MatrixRun
from kseq.scratch.multi_head_attention import MultiHeadAttention
from kseq.scratch.sublayers import Block


class TransformerDecoder(Block):
    """Masked self-attention, cross-attention to an encoder if there is one, and the dense network.

    The self-attention is causal: position t sees 0 … t. Without cross-attention it is the block of a GPT (row L1).
    Round each of the three goes add & norm, as in `TransformerEncoder`.

    Args:
        self_attention: a `MultiHeadAttention`.
        self_attention_norm: a `LayerNormalization`.
        feed_forward: a `FeedForward`.
        feed_forward_norm: a `LayerNormalization`.
        cross_attention: a `MultiHeadAttention` whose keys and values come from the encoder; or `None`.
        cross_attention_norm: a `LayerNormalization`; or `None`.
        norm_first: where the norm stands.
    """

    part_names = (
        "self_attention",
        "self_attention_norm",
        "cross_attention",
        "cross_attention_norm",
        "feed_forward",
        "feed_forward_norm",
    )

    def __init__(
        self,
        self_attention,
        self_attention_norm,
        feed_forward,
        feed_forward_norm,
        cross_attention=None,
        cross_attention_norm=None,
        norm_first=False,
    ):
        self.self_attention = self_attention
        self.self_attention_norm = self_attention_norm
        self.cross_attention = cross_attention
        self.cross_attention_norm = cross_attention_norm
        self.feed_forward = feed_forward
        self.feed_forward_norm = feed_forward_norm
        self.norm_first = norm_first

    @classmethod
    def random(
        cls,
        d,
        num_heads,
        intermediate_dim,
        d_encoder=None,
        activation="relu",
        norm_first=False,
        epsilon=1e-5,
        use_bias=True,
        seed=0,
        dtype="float64",
        **options,
    ):
        """Random parts of the width d. With `d_encoder`, the width of an encoder's output, there is cross-attention.

        `options` go to `MultiHeadAttention.random` for the self-attention (rotary, num_key_value_heads …).
        """
        heads = {"use_bias": use_bias, "dtype": dtype}
        cross = d_encoder is not None
        return cls(
            MultiHeadAttention.random(d, num_heads, seed=[seed, 0], **heads, **options),
            LayerNormalization.random(d, dtype, epsilon),
            FeedForward.random(d, intermediate_dim, [seed, 1], dtype, activation, use_bias),
            LayerNormalization.random(d, dtype, epsilon),
            MultiHeadAttention.random(d, num_heads, d_value=d_encoder, seed=[seed, 2], **heads) if cross else None,
            LayerNormalization.random(d, dtype, epsilon) if cross else None,
            norm_first,
        )

    def forward(
        self,
        x,
        encoder_sequence=None,
        mask=None,
        encoder_mask=None,
        attention_mask=None,
        encoder_attention_mask=None,
    ):
        """From the bottom to the top of the block.

        Args:
            x: `(batch, T, d)`.
            encoder_sequence: `(batch, S, d_encoder)`, what the encoder gave, if there is cross-attention.
            mask: `(batch, T)`, True for the steps that count.
            encoder_mask: `(batch, S)`, True for the encoder's steps that count.
            attention_mask: `(T, T)` and so on, True where a step may attend to a step, if the causal mask allows it.
            encoder_attention_mask: `(T, S)` and so on, the same for the encoder's steps.

        Returns:
            A `MatrixRun`: x (and encoder_sequence), the runs self_attention, cross_attention, feed_forward and those
            of their norms, the sums …_residual, and output `(batch, T, d)`.
        """
        if (encoder_sequence is None) != (self.cross_attention is None):
            expected = "no encoder_sequence, there is no" if self.cross_attention is None else "one, there is"
            came = "None" if encoder_sequence is None else f"shape {np.shape(encoder_sequence)}"
            raise ValueError(f"encoder_sequence: expected {expected} cross-attention. Received: {came}")
        x = np.asarray(x, self.self_attention.W_Q.dtype)
        check_shape(x, "x", ("batch", "steps", len(self.self_attention.W_Q)))
        mask = as_mask(mask, x.shape[:2])
        values = {"x": x}

        def self_attention(x):
            return self.self_attention.forward(x, mask=mask, attention_mask=attention_mask, use_causal_mask=True)

        def cross_attention(x):
            return self.cross_attention.forward(
                x, encoder_sequence, mask=encoder_mask, attention_mask=encoder_attention_mask
            )

        # every position looks back at the positions up to its own
        r = self.around("self_attention", x, self_attention, values)
        # queries from here, keys and values from the encoder
        if self.cross_attention is not None:
            values["encoder_sequence"] = np.asarray(encoder_sequence, x.dtype)
            r = self.around("cross_attention", r, cross_attention, values)
        y = self.around("feed_forward", r, self.feed_forward.forward, values)
        return MatrixRun(y, values | {"output": y}, type(self).__name__, mask)

    def backward(self, run, d_outputs):
        """From ∂L/∂output to a `MatrixBack`; `.d_inputs` has ∂L/∂x and ∂L/∂encoder_sequence."""
        d_y = np.asarray(d_outputs, run.outputs.dtype)
        check_shape(d_y, "d_outputs", run.outputs.shape)
        backs = {"output": d_y}
        d_r = self.around_back("feed_forward", d_y, run, backs)
        if self.cross_attention is not None:
            d_r = self.around_back("cross_attention", d_r, run, backs)
            # keys and values were made of the encoder's output: this goes on into the encoder
            backs["encoder_sequence"] = backs["cross_attention"].d_inputs["value"]
        d_x = self.around_back("self_attention", d_r, run, backs)
        values, gradients = self.in_order(run, backs | {"x": d_x})
        d_inputs = {name: values[name] for name in ("x", "encoder_sequence") if name in values}
        return MatrixBack(gradients, d_x, values=values, d_inputs=d_inputs, kind=run.kind)
