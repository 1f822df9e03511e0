"""`to_keras`: the same model made of plain Keras layers, for people who don't have kseq."""

import keras

from kseq import layers
from kseq.layers.token_ids import TokenIds

# kseq layer -> the Keras layer with the same configuration, weights and results.
EQUALS = {
    layers.SimpleRNN: keras.layers.SimpleRNN,
    layers.LSTM: keras.layers.LSTM,
    layers.GRU: keras.layers.GRU,
    layers.Bidirectional: keras.layers.Bidirectional,
}


def to_keras(model):
    """Returns the same model made of plain Keras layers only; it loads where kseq is not installed.

    The vectorizer stays behind, for Keras has no place for it: share it with `model.vectorizer.save(path)`, or
    encode first: `plain.predict(model.vectorizer.encode(texts))`.

    Args:
        model: A model from one of kseq's builders, or any Keras model that uses kseq layers.

    Where a step of an attention has nothing to attend to, kseq's weights are 0 and Keras's are not; no step that
    counts should come to that.

    Returns:
        A `keras.Model`, `Sequential` if `model` is and functional otherwise, with the same weights and outputs,
        compiled like `model` if `model` is.

    Raises:
        ValueError: A layer has no Keras equal; the message names it.
    """
    if not isinstance(model, keras.Model) or not model.built:
        raise ValueError(f"`model` must be a built Keras model. Received: {model!r}")
    # Cloning calls a function for every layer; the class of the model itself must become plain too.
    is_sequential = isinstance(model, keras.Sequential)
    source = model if is_sequential else keras.Model(model.input, model.output, name=model.name)
    plain = keras.models.clone_model(source, clone_function=plain_layer)
    if not plain.built:
        plain.build(model.input_shape)
    # Attention has the same weights in the same order, but Keras's stand in three axes, heads apart.
    plain.set_weights([w.reshape(own.shape) for w, own in zip(model.get_weights(), plain.weights, strict=True)])
    if model.compiled:
        plain.compile_from_config(model.get_compile_config())
    return plain


def plain_layer(layer):
    """The Keras equal of one layer, not yet built, with the same name and configuration."""
    if isinstance(layer, TokenIds):
        # An identity: the mask is made by the Embedding behind it.
        return keras.layers.Identity(name=layer.name)
    if type(layer) in EQUALS:
        config = layer.get_config()
        if isinstance(layer, keras.layers.Bidirectional):
            for side in ("layer", "backward_layer"):
                if side in config:
                    config[side] = keras.saving.serialize_keras_object(plain_layer(getattr(layer, SIDES[side])))
        return EQUALS[type(layer)].from_config(config)
    if type(layer) is layers.MultiHeadAttention:
        return plain_attention(layer)
    if isinstance(layer, keras.Model):
        return to_keras(layer)
    if type(layer).__module__.startswith("kseq."):
        raise ValueError(
            f"The layer {layer.name!r} ({type(layer).__name__}) has no equal among Keras's layers, so this model "
            "cannot be written in plain Keras."
        )
    return type(layer).from_config(layer.get_config())


def plain_attention(layer):
    """Keras's attention with the settings of ours, if it has them."""
    for name, wanted in {"num_key_value_heads": layer.num_heads, "rotary": False}.items():
        if getattr(layer, name) != wanted:
            raise ValueError(
                f"The layer {layer.name!r} (MultiHeadAttention) has {name}={getattr(layer, name)}, which "
                "keras.layers.MultiHeadAttention has not, so this model cannot be written in plain Keras."
            )
    config = layer.get_config()
    for name in ("num_key_value_heads", "rotary", "rotary_wavelength"):
        del config[name]
    config["output_shape"] = config.pop("output_dim")
    return keras.layers.MultiHeadAttention.from_config(config)


SIDES = {"layer": "forward_layer", "backward_layer": "backward_layer"}
