"""How each kind of layer takes a few new tokens: as it is, through its cell, or by a `step` of its own.

A layer may be used in steps if what it says about a token depends on this token and on those before, never on those
after. Which layers are like that cannot be found out by trying, so they are listed; all others are refused by name.
"""

import inspect

import keras
from keras import ops

from kseq.generation.errors import GenerationError
from kseq.layers import TruncatedBPTT
from kseq.layers.tied_embedding import TiedEmbedding
from kseq.layers.token_ids import TokenIds

# Layers that treat every token by itself: a step is the layer itself.
NAMES = (
    *("Dense", "Embedding", "Identity", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Rescaling"),
    *("LayerNormalization", "BatchNormalization", "RMSNormalization", "UnitNormalization"),
    *("Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization"),
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
)
# The oldest Keras does not have all of them.
KERAS_LAYERS = [getattr(keras.layers, name) for name in NAMES if hasattr(keras.layers, name)]
BY_THEMSELVES = (TokenIds, TiedEmbedding, *KERAS_LAYERS)
# Operations of `keras.ops` in a graph, such as `x + y`, that treat every number by itself.
ELEMENTWISE = frozenset(
    (
        *("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Negative", "Reciprocal", "Maximum", "Minimum"),
        *("Abs", "Absolute", "Cast", "Clip", "Exp", "Log", "Power", "Rsqrt", "Sqrt", "Square", "Tanh", "Sigmoid"),
        *("Elu", "Gelu", "HardSigmoid", "HardSilu", "LeakyRelu", "Relu", "Relu6", "Selu", "Silu", "Softplus"),
    )
)
TIME = 1  # the axis of the tokens in (B, T, D)


class ByItself:
    """A layer or operation that treats every token by itself."""

    remembers_positions = False

    def __init__(self, operation):
        self.operation = operation

    def empty_state(self, batch_size, length):
        return ()

    def step(self, args, kwargs, state, position):
        return self.operation(*args, **kwargs), state


class ByStates:
    """A recurrent layer: its states are all it remembers."""

    remembers_positions = False

    def __init__(self, layer):
        self.layer = layer

    def empty_state(self, batch_size, length):
        return keras.tree.map_structure(
            lambda s: ops.cast(s, self.layer.compute_dtype), tuple(self.layer.get_initial_state(batch_size))
        )

    def step(self, args, kwargs, state, position):
        x = ops.cast(args[0] if args else kwargs["sequences"], self.layer.compute_dtype)
        if x.shape[TIME] == 1:
            y, new = self.layer.cell(x[:, 0], list(state))
            y = y[:, None] if self.layer.return_sequences else y
        else:
            y, new = self._many(x, list(state))
        return y, keras.tree.pack_sequence_as(state, keras.tree.flatten(new))

    def _many(self, x, state):
        """The whole layer over many tokens; it gives its states only if it is told to, and keeps none of its own."""
        told = self.layer.return_state, self.layer.stateful
        self.layer.return_state, self.layer.stateful = True, False
        try:
            y, *new = self.layer(x, initial_state=state, training=False)
        finally:
            self.layer.return_state, self.layer.stateful = told
        return y, new


class ByOwnStep:
    """A layer with `empty_state` and `step`, such as kseq's attention and positions."""

    def __init__(self, layer):
        self.layer = layer
        self.remembers_positions = bool(keras.tree.flatten(layer.empty_state(1, 2)))

    def empty_state(self, batch_size, length):
        return self.layer.empty_state(batch_size, length)

    def step(self, args, kwargs, state, position):
        x = keras.tree.flatten((args, kwargs))[0]
        return self.layer.step(x, state, position)


class Nested:
    """A model as a layer of a model."""

    def __init__(self, stepper):
        self.stepper = stepper

    @property
    def remembers_positions(self):
        return self.stepper.remembers_positions

    def empty_state(self, batch_size, length):
        return self.stepper.empty_state(batch_size, length)

    def step(self, args, kwargs, state, position):
        return self.stepper.step(keras.tree.flatten((args, kwargs))[0], state, position)


def way_of_stepping(call, stepper_class):
    """One of the ways above for a call of a layer in a graph, or an error that names the layer."""
    operation = call.operation
    if isinstance(operation, keras.Model):
        return Nested(stepper_class(operation))
    if isinstance(operation, TruncatedBPTT):
        operation = operation.layer if operation.return_sequences else refuse(operation, "gives only its last output")
    if isinstance(operation, keras.layers.RNN):
        check_recurrent(operation, call)
        return ByStates(operation)
    if callable(getattr(operation, "step", None)) and callable(getattr(operation, "empty_state", None)):
        check_own_step(operation, call)
        return ByOwnStep(operation)
    check_by_itself(operation, call)
    return ByItself(operation)


def check_recurrent(layer, call):
    """Refuses a recurrent layer that sees later tokens, or states from elsewhere."""
    if layer.go_backwards:
        refuse(layer, "begins at the last token, which is not known yet")
    if layer.return_state and len(call.outputs) > 1:
        refuse(layer, "returns its states besides: build it without `return_state`")
    if len(call.arguments.keras_tensors) != 1:
        refuse(layer, "gets more than the sequence, an initial state or a mask")


def check_own_step(layer, call):
    """Refuses a call of a layer that does more than its `step`."""
    args, kwargs = call.arguments.args, dict(call.arguments.kwargs)
    names = list(inspect.signature(layer.call).parameters)
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    first = given[names[0]]
    if "use_causal_mask" in names and not given.pop("use_causal_mask", False):
        refuse(layer, "sees later tokens: call it with `use_causal_mask=True`")
    for name, value in given.items():
        if value is None or value is False or value is first or name == "training":
            continue
        if isinstance(value, int | float) and value == inspect.signature(layer.call).parameters[name].default:
            continue
        refuse(layer, f"is called with `{name}`, which its `step` does not know")
    try:
        layer.empty_state(1, 2)
    except (ValueError, NotImplementedError) as error:
        refuse(layer, f"cannot go on step by step ({error})")


def check_by_itself(operation, call):
    """Refuses what is not known to treat every token by itself."""
    kind = type(operation)
    if isinstance(operation, keras.Layer):
        if not any(isinstance(operation, known) and kind.call is known.call for known in BY_THEMSELVES):
            inner = getattr(operation, "layer", None)
            hint = f" around {inner.name!r}" if isinstance(inner, keras.Layer) else ""
            refuse(operation, f"{hint} is not known to treat a token without those after it".strip())
        check_axes(operation, call)
    elif kind.__name__ not in ELEMENTWISE or not kind.__module__.startswith("keras."):
        refuse(operation, "is not known to treat a token without those after it")
    for value in keras.tree.flatten((call.arguments.args, call.arguments.kwargs)):
        shape = getattr(value, "shape", ())
        if not isinstance(value, keras.KerasTensor) and len(shape) > 1 and shape[-2] != 1:
            refuse(operation, f"is called with a constant of shape {tuple(shape)} that differs from token to token")


def check_axes(layer, call):
    """Refuses a normalisation, a softmax or a concatenation along the tokens."""
    axis = getattr(layer, "axis", None)
    if isinstance(axis, int | list | tuple):
        rank = len(call.outputs[0].shape)
        if any(one % rank <= TIME < rank - 1 for one in ([axis] if isinstance(axis, int) else axis)):
            refuse(layer, "works along the tokens, and so looks ahead")


def refuse(operation, why):
    """Raises the error that names the layer."""
    raise GenerationError(
        f"{operation.name!r} ({type(operation).__name__}) {why}. To generate, every layer must treat a token by "
        "itself, be recurrent, or have `empty_state` and `step`, as kseq's causal attention has."
    )
