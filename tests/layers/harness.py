"""What every layer of kseq must be able to do, whatever it computes."""

import keras
import numpy as np
from keras import ops


def call_with_mask(layer, x, mask):
    """What most layers are called with."""
    return layer(x) if mask is None else layer(x, mask=mask)


def run_layer_test(make_layer, x, output_shape, mask=None, call=call_with_mask):
    """Runs one layer through its paces.

    Args:
        make_layer: function that makes a new layer from keyword arguments, such as the class with its arguments.
        x: an input array.
        output_shape: shape of the (first) output for `x`.
        mask: optional `(batch_size, timesteps)` booleans.
        call: function of layer, input and mask (or `None`) for a layer that is not called with these two.
    """
    layer = make_layer()
    check_config(layer)
    check_symbolic(layer, x, output_shape, call)
    check_training(make_layer, x, mask, call)
    for dtype in ("mixed_bfloat16", "mixed_float16"):
        check_mixed_precision(make_layer, x, mask, dtype, call)
    if mask is not None:
        check_padding(layer, x, mask, call)


def first(outputs):
    """The output in front of the states."""
    return ops.convert_to_numpy(keras.tree.flatten(outputs)[0])


def check_config(layer):
    """A layer made from the config has the same config, and is registered as one of kseq's."""
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    serialized = keras.saving.serialize_keras_object(layer)
    assert serialized["registered_name"] == f"kseq>{type(layer).__name__}"
    assert type(keras.saving.deserialize_keras_object(serialized)) is type(layer)


def check_symbolic(layer, x, output_shape, call=call_with_mask):
    """Shapes promised without computing are those that come out, with unknown batch size and length, too."""
    eager = call(layer, x, None)
    assert first(eager).shape == tuple(output_shape)
    for shape in (x.shape[1:], (None, *x.shape[2:])):
        inputs = keras.Input(shape)
        outputs = keras.tree.flatten(call(layer, inputs, None))
        model = keras.Model(inputs, outputs)
        for symbolic, actual, y in zip(
            outputs, keras.tree.flatten(model.predict(x, verbose=0)), keras.tree.flatten(eager), strict=True
        ):
            assert all(s in (None, n) for s, n in zip(symbolic.shape, actual.shape, strict=True))
            np.testing.assert_allclose(actual, ops.convert_to_numpy(y), atol=1e-5)


def check_training(make_layer, x, mask, call=call_with_mask):
    """One training step changes every weight and leaves finite numbers."""
    layer = make_layer()
    inputs = keras.Input(x.shape[1:])
    masks = keras.Input(x.shape[1:2], dtype="bool")
    outputs = call(layer, inputs, None if mask is None else masks)
    model = keras.Model(inputs if mask is None else [inputs, masks], keras.tree.flatten(outputs)[0])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    before = [w.copy() for w in model.get_weights()]
    target = np.random.default_rng(0).normal(size=first(call(layer, x, None)).shape)
    loss = model.fit(x if mask is None else [x, mask], target, batch_size=len(x), verbose=0).history["loss"][0]
    assert np.isfinite(loss)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.all(np.isfinite(new)) and np.any(old != new)


def check_mixed_precision(make_layer, x, mask, dtype, call=call_with_mask):
    """Computes in half precision, keeps float32 weights and comes close to the float32 result."""
    exact, half = make_layer(), make_layer(dtype=dtype)
    expected = first(call(exact, x, mask))
    call(half, x, mask)  # makes the weights
    half.set_weights(exact.get_weights())
    outputs = keras.tree.flatten(call(half, x.astype("float32"), mask))
    for y in outputs:
        assert keras.backend.standardize_dtype(y.dtype) == dtype.removeprefix("mixed_")
    assert all(w.dtype == "float32" for w in half.weights)
    actual = ops.convert_to_numpy(ops.cast(outputs[0], "float32"))
    np.testing.assert_allclose(actual, expected, atol=0.05)


def check_padding(layer, x, mask, call=call_with_mask):
    """More padding, with any content, changes neither the outputs that count nor the final ones."""
    more = np.concatenate([x, np.full_like(x[:, :3], 100.0)], axis=1)
    longer = np.concatenate([mask, np.zeros_like(mask[:, :3])], axis=1)
    expected, actual = first(call(layer, x, mask)), first(call(layer, more, longer))
    if actual.ndim == 3:
        actual = actual[:, 3:] if getattr(layer, "go_backwards", False) else actual[:, : x.shape[1]]
    np.testing.assert_allclose(actual, expected, atol=1e-6)
