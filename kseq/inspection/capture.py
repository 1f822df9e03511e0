"""Seeing what goes into and comes out of each layer that can be traced while the model runs, without changing it.

Keras looks `call` up on the layer each time, so for the duration of one eager run each recurrent layer gets a `call`
of its own that writes down its arguments. That reaches layers inside `Bidirectional`, wrappers, nested and subclassed
models, where no second model with more outputs could be built.
"""

import contextlib
import dataclasses

import keras
import numpy as np
from keras import ops

from kseq.backend.inference import without_gradients
from kseq.inspection.attention_capture import attending
from kseq.inspection.attention_finding import traceable_layers
from kseq.inspection.errors import InspectionError, one_line
from kseq.inspection.finding import Recurrent, choose, found_recurrent, recurrent_layers, walk
from kseq.inspection.fitting import checked_embeddings, described
from kseq.inspection.residual import of_points, residual_points

ARGUMENTS = ("sequences", "initial_state", "mask", "training")  # of `RNN.call`, in this order
PLAIN_CALLS = {getattr(keras.layers, name).call for name in ("RNN", "SimpleRNN", "LSTM", "GRU")}
_ABSENT = object()


@dataclasses.dataclass
class Call:
    """One call of one recurrent layer: what it got and what it gave.

    Args:
        name: the layer's name, with `"#2"` at the second call of a shared layer.
        layer: the Keras layer.
        cells: its cells.
        sequences: the input, `(batch, steps, features)`, in input order.
        mask: `(batch, steps)` booleans, or `None`.
        initial_state: one array `(batch, units)` per state of each cell, first cell first; `None` for zeros.
        outputs: `(batch, steps, units)` in the order of processing, also where the layer returned only the last step;
            `(batch, units)` for a subclass with a `call` of its own that returned only the last step.
        states: the final states, flat like `initial_state`, or `None` where the layer does not return them.
        go_backwards: whether the layer began at the last step.
    """

    name: str
    layer: keras.layers.RNN
    cells: tuple
    sequences: np.ndarray
    mask: np.ndarray | None
    initial_state: list | None
    outputs: np.ndarray
    states: list | None
    go_backwards: bool

    @property
    def entries(self):
        """A name for each cell: `"lstm#2"`, or `"rnn/0#2"`, `"rnn/1#2"`."""
        return Recurrent(self.name, self.layer, self.cells).entries

    def to_numpy(self):
        """The same call with NumPy arrays instead of the backend's tensors."""
        changed = {
            "sequences": to_numpy(self.sequences),
            "mask": None if self.mask is None else to_numpy(self.mask).astype(bool),
            "outputs": to_numpy(self.outputs),
        }
        for name in ("initial_state", "states"):
            value = getattr(self, name)
            changed[name] = None if value is None else [to_numpy(s) for s in value]
        return dataclasses.replace(self, **changed)


def to_numpy(tensor):
    """A NumPy array; half precision, which NumPy computes with slowly or not at all, becomes float32."""
    if keras.backend.standardize_dtype(tensor.dtype) in ("bfloat16", "float16"):
        tensor = ops.cast(tensor, "float32")
    return ops.convert_to_numpy(tensor)


def arguments_of(args, kwargs):
    """The arguments of `RNN.call` by name: a dict of sequences, initial_state, mask, training."""
    given = dict.fromkeys(ARGUMENTS) | dict(zip(ARGUMENTS, args, strict=False)) | kwargs
    if keras.tree.is_nested(given["mask"]):
        given["mask"] = given["mask"][0]
    return given


@contextlib.contextmanager
def hooked(model, wrapper, layers=None):
    """While this lasts, every call of a recurrent layer of `model` goes through `wrapper`.

    Afterwards, also after an error, the layers are as they were; the states of stateful layers too.

    Args:
        model: a built Keras model (or layer).
        wrapper: a function `wrapper(record, original_call, args, kwargs)`; what it returns is what the layer
            returns. `record` is a `Recurrent` that says which layer it is and which call of it (`"lstm#2"`);
            `original_call(*args, **kwargs)` does what the layer always does; `arguments_of(args, kwargs)` gives the
            arguments by name.
        layers: names, as for `trace`; `None` for all.

    Yields:
        The list of the `Recurrent` layers that are watched.

    Raises:
        InspectionError: there is no such layer, or one that cannot be looked into.
    """
    with _hooked(found_recurrent(model), choose(recurrent_layers(model), layers), wrapper) as chosen:
        yield chosen


@contextlib.contextmanager
def _hooked(found, chosen, wrapper):
    """As `hooked`, for layers that are chosen already; the states of all that were found are kept."""
    counts, changed = {}, []

    def put(layer, name, function):
        # around Keras's and PyTorch's tracking of attributes
        changed.append((layer, name, vars(layer).get(name, _ABSENT)))
        vars(layer)[name] = function

    def watch(recurrent):
        original = recurrent.layer.call

        def call(*args, **kwargs):
            number = counts[recurrent.name] = counts.get(recurrent.name, 0) + 1
            record = recurrent
            if number > 1:
                record = dataclasses.replace(recurrent, name=f"{recurrent.name}#{number}")
            return wrapper(record, original, args, kwargs)

        put(recurrent.layer, "call", call)

    try:
        with unchanged_states(found):
            for recurrent in chosen:
                watch(recurrent)
                for shortcut in ("_can_attempt_fused_lstm", "_can_attempt_fused_gru"):
                    # on a GPU newer versions of Keras run both directions at once, past the two layers
                    if hasattr(recurrent.bidirectional, shortcut):
                        put(recurrent.bidirectional, shortcut, lambda *args, **kwargs: False)
            yield chosen
    finally:
        for layer, name, before in reversed(changed):
            if before is _ABSENT:
                vars(layer).pop(name, None)
            else:
                vars(layer)[name] = before


@contextlib.contextmanager
def unchanged_states(recurrents):
    """Puts the states of stateful layers back as they were."""
    variables = [s for r in recurrents if r.layer.stateful for s in keras.tree.flatten(r.layer.states)]
    variables = [v for v in variables if v is not None]
    before = [np.array(ops.convert_to_numpy(v)) for v in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)


def capture(model, inputs, layers=None, check=None, also=(), residual=None):
    """Runs a model once, eagerly and without dropout, and writes down every call of a layer that can be traced.

    Args:
        model: a built Keras model (or layer).
        inputs: whatever the model takes.
        layers: names, as for `trace`; `None` for all.
        check: optional function that gets the list of calls, still as the backend's tensors, before anything is
            copied; it may raise an error.
        also: classes of other layers whose outputs are wanted, such as `TextVectorization`.
        residual: an empty list, which receives the `Point`s of the residual stream, if an attention layer is chosen.

    Returns:
        A tuple: the model's outputs, a list of `Call`s and `AttentionCall`s with NumPy arrays in the order in which
        they happened, and a list of `(layer, output)` for the layers of the classes in `also`.

    Raises:
        InspectionError: there is nothing to look into, or the inputs don't fit the model.
    """
    calls, others, problems = [], [], []

    def write_down(record: Recurrent, original, args, kwargs):
        given = arguments_of(args, kwargs)
        state = given["initial_state"]
        if state is None and record.layer.stateful:
            state = [np.array(ops.convert_to_numpy(s)) for s in keras.tree.flatten(record.layer.states)]
        elif state is not None:
            state = keras.tree.flatten(state)
        # a layer that was told to drop out even now, as for "Monte Carlo dropout", must not do so here
        result, outputs = _with_all_steps(record.layer, original, args[:3], {**kwargs, "training": False})
        states = keras.tree.flatten(result)[1:]
        sizes = (record.name, record.layer, record.cells, given["sequences"], given["mask"], state)
        calls.append(Call(*sizes, outputs, states or None, record.go_backwards))
        return result

    found = traceable_layers(model)
    chosen = choose(found, layers)
    recurrent = [[one for one in some if isinstance(one, Recurrent)] for some in (found, chosen)]
    attention = [one for one in chosen if not isinstance(one, Recurrent)]
    points = [] if residual is None else residual

    with (
        _hooked(*recurrent, write_down),
        attending(attention, calls, problems),
        residual_points(model, points) if attention else contextlib.nullcontext(),
        outputs_of(model, also, others),
        checked_embeddings(model, problems),
        without_gradients(),
    ):
        try:
            outputs = model(inputs, training=False) if _takes_training(model) else model(inputs)
        except Exception as error:
            if problems:
                raise problems[0] from None
            shape = getattr(model, "input_shape", None)
            expected = "" if shape is None else f"; the model {model.name!r} takes the shape {shape}"
            raise InspectionError(
                f"The model cannot be run on `inputs`: {one_line(error)}{expected}. Received: {described(inputs)}"
            ) from error
    if check is not None:
        check(calls)
    try:
        points[:] = of_points(points)
        return outputs, [call.to_numpy() for call in calls], others
    except Exception as error:
        raise InspectionError(
            f"The layer {calls[0].name!r} runs inside compiled code (a tf.function or jit in the model), where no "
            f"numbers can be seen; remove the decorator to look inside ({one_line(error, 80)})"
        ) from error


def _with_all_steps(layer, original, args, kwargs):
    """What the layer returns, and its outputs at all steps even where it returns only the last one."""
    if layer.return_sequences or layer.zero_output_for_mask or type(layer).call not in PLAIN_CALLS:
        result = original(*args, **kwargs)
        return result, keras.tree.flatten(result)[0]
    vars(layer)["return_sequences"] = True
    try:
        result = original(*args, **kwargs)
    finally:
        vars(layer)["return_sequences"] = False
    outputs, *states = keras.tree.flatten(result)
    last = outputs[:, -1]
    return (last, *states) if layer.return_state else last, outputs


@contextlib.contextmanager
def outputs_of(model, classes, found):
    """Collects what other layers give while the model runs."""
    watched = {}
    for path, layer in walk(model):
        # a TextVectorization has a StringLookup inside: the outermost is enough
        if isinstance(layer, tuple(classes)) and not any(path[: len(outer)] == outer for outer in watched):
            watched[path] = layer

    def noting(layer, original):
        def call(*args, **kwargs):
            found.append((layer, original(*args, **kwargs)))
            return found[-1][1]

        return call

    for layer in watched.values():
        vars(layer)["call"] = noting(layer, layer.call)
    try:
        yield
    finally:
        for layer in watched.values():
            vars(layer).pop("call", None)


def _takes_training(layer):
    return getattr(layer, "_call_has_training_arg", True)
