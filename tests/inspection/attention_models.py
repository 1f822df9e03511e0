"""Models in which attention layers stand in every way that Keras knows: name -> function that builds."""

import keras
from keras import layers as L

import kseq.layers as K

STEPS, WIDTH = 5, 6


def on_ids(function, mask_zero=True, **kwargs):
    """A functional model over ids `(batch, steps)`, with random biases, so that no forgotten one goes unnoticed."""
    inputs = keras.Input((None,), dtype="int32")
    x = L.Embedding(9, WIDTH, mask_zero=mask_zero, name="embedding", embeddings_initializer="random_normal")(inputs)
    return keras.Model(inputs, function(x), **kwargs)


def keras_heads(**kwargs):
    return L.MultiHeadAttention(2, 4, bias_initializer="random_normal", name="mha", **kwargs)


def to_itself(layer, **kwargs):
    return lambda: on_ids(lambda x: layer()(x, x, **kwargs))


def list_to_itself(layer, use_causal_mask=False):
    # Keras 3.10 cannot run these layers with a mask that is not causal as well
    return lambda: on_ids(lambda x: layer()([x, x], use_causal_mask=use_causal_mask), mask_zero=use_causal_mask)


def shared():
    def function(x):
        layer = keras_heads()
        return layer(layer(x, x), x)

    return on_ids(function)


def nested():
    inputs = keras.Input((None, WIDTH))
    inner = keras.Model(inputs, keras_heads()(inputs, inputs), name="inner")
    return on_ids(lambda x: keras_heads()(inner(x), x))


class Block(keras.Model):
    """A block of somebody's own, whose residual connections are plain sums."""

    def __init__(self):
        super().__init__()
        self.embedding = L.Embedding(9, WIDTH, mask_zero=True)
        self.parts = [keras_heads(), L.LayerNormalization()]

    def call(self, ids):
        x = self.embedding(ids)
        attention, norm = self.parts
        return norm(x + attention(x, x, use_causal_mask=True))


def subclassed():
    model = Block()
    model(keras.ops.zeros((1, STEPS), "int32"))
    return model


def sequential():
    class Itself(L.Layer):
        """Self-attention as a layer with one input."""

        def __init__(self):
            super().__init__(name="itself")
            self.attention = keras_heads()

        def build(self, shape):
            self.attention.build(shape, shape)

        def call(self, x):
            return self.attention(x, x)

    return keras.Sequential([keras.Input((None,), dtype="int32"), L.Embedding(9, WIDTH), Itself()])


def mask_by_hand():
    def function(x):
        allowed = keras.ops.expand_dims(keras.ops.any(keras.ops.not_equal(x, 0.0), axis=-1), 1)
        return keras_heads()(x, x, attention_mask=allowed)

    return on_ids(function, mask_zero=False)


def own_decoder():
    def function(x):
        memory = K.TransformerEncoder(3, 8, bias_initializer="random_normal", name="encoder")(x)
        decoder = K.TransformerDecoder(
            3, 8, num_key_value_heads=1, rotary=True, norm_first=True, bias_initializer="random_normal", name="decoder"
        )
        return decoder(x, memory)

    return on_ids(function)


def single(cls, *args, **kwargs):
    return to_itself(lambda: cls(*args, name="single", **kwargs))


MODELS = {
    "keras": to_itself(keras_heads),
    "keras, causal": to_itself(keras_heads, use_causal_mask=True),
    "keras, causal, dropout": to_itself(lambda: keras_heads(dropout=0.5), use_causal_mask=True),
    "keras, scores": lambda: on_ids(lambda x: keras_heads()(x, x, return_attention_scores=True)),
    # with dropout, as Keras has no other way on JAX where values are narrower than keys
    "keras, other widths": to_itself(lambda: keras_heads(value_dim=3, output_shape=7, dropout=0.5)),
    "keras, no bias": to_itself(lambda: L.MultiHeadAttention(3, 2, use_bias=False, name="mha")),
    "keras, mask by hand": mask_by_hand,
    "keras, grouped": to_itself(lambda: L.GroupQueryAttention(3, 4, 2, bias_initializer="random_normal", name="gqa")),
    "keras Attention": list_to_itself(lambda: L.Attention(use_scale=True, name="dot")),
    "keras Attention, causal": list_to_itself(lambda: L.Attention(name="dot"), True),
    "keras Attention, concat": list_to_itself(lambda: L.Attention(use_scale=True, score_mode="concat", name="dot")),
    "keras AdditiveAttention": list_to_itself(lambda: L.AdditiveAttention(name="additive")),
    "keras AdditiveAttention, causal": list_to_itself(lambda: L.AdditiveAttention(name="additive"), True),
    "shared": shared,
    "nested": nested,
    "subclassed": subclassed,
    "sequential": sequential,
    "kseq": to_itself(lambda: K.MultiHeadAttention(2, 4, bias_initializer="random_normal", name="mha")),
    "kseq, rotary, grouped": to_itself(
        lambda: K.MultiHeadAttention(4, 2, num_key_value_heads=2, value_dim=3, rotary=True, rotary_wavelength=50),
        use_causal_mask=True,
    ),
    "kseq dot": single(K.DotProductAttention),
    "kseq scaled dot": single(K.DotProductAttention, scaled=True),
    "kseq additive": single(K.AdditiveAttention, 3),
    "kseq multiplicative": single(K.MultiplicativeAttention),
    "kseq encoder and decoder": own_decoder,
}
