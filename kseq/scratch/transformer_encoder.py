"""The encoder block: attention, add & norm, the same dense network everywhere, add & norm. Row X7."""

import numpy as np

from kseq.scratch.checks import as_mask, check_shape
from kseq.scratch.feed_forward import FeedForward
from kseq.scratch.layer_normalization import LayerNormalization
from kseq.scratch.matrices import MatrixBack, MatrixRun
from kseq.scratch.multi_head_attention import MultiHeadAttention
from kseq.scratch.sublayers import Block


class TransformerEncoder(Block):
    """Every position looks at all the others, and then thinks for itself. D × N numbers in, D × N out.

        r = LayerNorm(x + Attention(x)),   y = LayerNorm(r + FeedForward(r))          as in the paper
        r = x + Attention(LayerNorm(x)),   y = r + FeedForward(LayerNorm(r))          with `norm_first`

    Args:
        self_attention: a `MultiHeadAttention`.
        self_attention_norm: a `LayerNormalization`.
        feed_forward: a `FeedForward`.
        feed_forward_norm: a `LayerNormalization`.
        norm_first: where the norm stands.
    """

    part_names = ("self_attention", "self_attention_norm", "feed_forward", "feed_forward_norm")

    def __init__(self, self_attention, self_attention_norm, feed_forward, feed_forward_norm, norm_first=False):
        self.self_attention = self_attention
        self.self_attention_norm = self_attention_norm
        self.feed_forward = feed_forward
        self.feed_forward_norm = feed_forward_norm
        self.norm_first = norm_first

    @classmethod
    def random(
        cls,
        d,
        num_heads,
        intermediate_dim,
        activation="relu",
        norm_first=False,
        epsilon=1e-5,
        use_bias=True,
        seed=0,
        dtype="float64",
        **options,
    ):
        """Random parts of the width d; `options` go to `MultiHeadAttention.random` (rotary, num_key_value_heads …)."""
        return cls(
            MultiHeadAttention.random(d, num_heads, use_bias=use_bias, seed=[seed, 0], dtype=dtype, **options),
            LayerNormalization.random(d, dtype, epsilon),
            FeedForward.random(d, intermediate_dim, [seed, 1], dtype, activation, use_bias),
            LayerNormalization.random(d, dtype, epsilon),
            norm_first,
        )

    def forward(self, x, mask=None, attention_mask=None):
        """From the bottom to the top of the block.

        Args:
            x: `(batch, steps, d)`.
            mask: `(batch, steps)`, True for the steps that count: nobody attends to the others. What comes out at them
                means nothing.
            attention_mask: `(steps, steps)`, `(batch, steps, steps)` or with heads, True where a row may attend to a
                column.

        Returns:
            A `MatrixRun`: x, the runs self_attention, self_attention_norm, feed_forward, feed_forward_norm, the sums
            self_attention_residual, feed_forward_residual, and output `(batch, steps, d)`.
        """
        x = np.asarray(x, self.self_attention.W_Q.dtype)
        check_shape(x, "x", ("batch", "steps", len(self.self_attention.W_Q)))
        mask = as_mask(mask, x.shape[:2])
        values = {"x": x}
        r = self.around("self_attention", x, lambda x: self.attend(x, mask, attention_mask), values)
        y = self.around("feed_forward", r, self.feed_forward.forward, values)
        return MatrixRun(y, values | {"output": y}, type(self).__name__, mask)

    def attend(self, x, mask, attention_mask):
        """Self-attention."""
        return self.self_attention.forward(x, mask=mask, attention_mask=attention_mask)

    def backward(self, run, d_outputs):
        """From ∂L/∂output to a `MatrixBack`: the same parts from the top to the bottom."""
        d_y = np.asarray(d_outputs, run.outputs.dtype)
        check_shape(d_y, "d_outputs", run.outputs.shape)
        backs = {"output": d_y}
        d_r = self.around_back("feed_forward", d_y, run, backs)
        d_x = self.around_back("self_attention", d_r, run, backs)
        values, gradients = self.in_order(run, backs | {"x": d_x})
        return MatrixBack(gradients, d_x, values=values, d_inputs={"x": d_x}, kind=run.kind)
