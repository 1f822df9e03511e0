"""What the tests of attention and Transformer blocks share: data, and ways to call any of these layers alike."""

import keras
import numpy as np
from keras import ops

from kseq import layers

RNG = np.random.default_rng(4)
X = RNG.normal(size=(3, 7, 8)).astype("float32")
SOURCE = RNG.normal(size=(3, 5, 6)).astype("float32")
MASK = np.arange(7)[None] < np.array([7, 2, 5])[:, None]
SOURCE_MASK = np.arange(5)[None] < np.array([3, 5, 1])[:, None]

# Every layer that attends, for input 8 wide: name -> layer from keyword arguments.
ATTENTIONS = {
    "dot": lambda **k: layers.DotProductAttention(**k),
    "scaled": lambda **k: layers.DotProductAttention(scaled=True, **k),
    "additive": lambda **k: layers.AdditiveAttention(6, **k),
    "multiplicative": lambda **k: layers.MultiplicativeAttention(**k),
    "heads": lambda **k: layers.MultiHeadAttention(4, 4, **k),
    "grouped": lambda **k: layers.MultiHeadAttention(4, 4, num_key_value_heads=2, rotary=True, **k),
}
BLOCKS = {
    "encoder": lambda **k: layers.TransformerEncoder(2, 12, **k),
    "encoder_norm_first": lambda **k: layers.TransformerEncoder(2, 12, norm_first=True, rotary=True, **k),
    "decoder": lambda **k: layers.TransformerDecoder(2, 12, **k),
    "decoder_norm_first": lambda **k: layers.TransformerDecoder(
        4, 12, num_key_value_heads=2, norm_first=True, rotary=True, activation="gelu", **k
    ),
}


def numbers(x):
    """A tensor of any precision as a float32 array."""
    return ops.convert_to_numpy(ops.stop_gradient(ops.cast(x, "float32")))


def randomised(layer, seed=0, size=0.5):
    """The built layer with weights that nothing cancels in: biases and normalisations are not 0 and 1."""
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape, scale=size).astype("float32") for w in layer.weights])
    return layer


def attend_to_itself(layer, x, mask=None, **options):
    """Calls an attention layer or a block on one sequence with its mask."""
    if isinstance(layer, (layers.TransformerEncoder, layers.TransformerDecoder)):
        return layer(x, mask=mask, **options)
    return layer(x, x, value_mask=mask, **options)


class ToItself(keras.layers.Layer):
    """An attention layer or a block as a layer of one input and its mask."""

    def __init__(self, inner):
        super().__init__(dtype=inner.dtype_policy)
        self.inner = inner
        self.supports_masking = True

    def build(self, shape):
        """Makes the weights of the layer inside."""
        shapes = (shape, shape) if not hasattr(self.inner, "norm_first") else (shape,)
        self.inner.build(*shapes)
        self.built = True

    def call(self, x, mask=None, training=False):
        """Attends to itself."""
        return attend_to_itself(self.inner, x, mask, training=training)
