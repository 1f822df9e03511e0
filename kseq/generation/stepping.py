"""`Stepper`: a functional model of a whole sequence becomes one that takes a few new tokens at a time.

    logits, state = step(ids, state, position)

What a recurrent layer calls its state and a Transformer its cache is the same thing: all that the tokens so far have
left behind. The model's graph is walked layer by layer; `kseq.generation.stepping_layers` knows for each one how it
goes on.
"""

import keras

from kseq.generation.errors import GenerationError
from kseq.generation.stepping_layers import way_of_stepping


class Stepper:
    """Steps through a built model, token by token, with the results of the whole forward pass (L1).

    Args:
        model: a functional or sequential `keras.Model` with one input of ids `(batch_size, sequence_length)` and one
            output `(batch_size, sequence_length, vocabulary_size)`. Its weights are used as they are at each step,
            so training it further needs no new `Stepper`.

    Raises:
        GenerationError: the model has no graph, or a layer in it looks ahead or is not known; the message names it.

    Example:

    >>> stepper = Stepper(model)
    >>> state = stepper.empty_state(batch_size=1, length=8)
    >>> logits, state = stepper.step([[5, 3, 8]], state, position=0)     # the prompt: (1, 3, V)
    >>> logits, state = stepper.step([[4]], state, position=3)           # one more token: (1, 1, V)
    """

    def __init__(self, model):
        self.calls = calls_of(model)
        self._input, self._output = id(model.inputs[0]), id(model.outputs[0])
        self._ways = [way_of_stepping(call, Stepper) for call in self.calls]

    def layers(self):
        """All layers that take part, those of nested models too."""
        for call, way in zip(self.calls, self._ways, strict=True):
            yield from way.stepper.layers() if hasattr(way, "stepper") else [call.operation]

    @property
    def remembers_positions(self):
        """Whether the state has a place for every token, as a Transformer's; a recurrent one has the same size."""
        return any(way.remembers_positions for way in self._ways)

    def empty_state(self, batch_size, length):
        """The state before the first token.

        Args:
            batch_size: number of rows.
            length: number of tokens that the state has room for.

        Returns:
            A nested tuple of tensors, the batch first in each.
        """
        return tuple(way.empty_state(batch_size, length) for way in self._ways)

    def step(self, ids, state, position):
        """The next n tokens.

        Args:
            ids: `(batch_size, n)`, n ≥ 1. No padding: a token is read as what it is.
            state: from `empty_state` or the step before.
            position: how many tokens are in the state already, an integer or a scalar int32 tensor.

        Returns:
            `(logits, state)`: `(batch_size, n, V)`, or `(batch_size, V)` for a model that only answers for the last
            token; and the new state, of the same structure and shapes.
        """
        tensors, after = {self._input: keras.ops.convert_to_tensor(ids, "int32")}, []
        for call, way, before in zip(self.calls, self._ways, state, strict=True):
            args, kwargs = call.arguments.fill_in(tensors)
            y, new = way.step(args, kwargs, before, position)
            after.append(new)
            tensors.update((id(t), value) for t, value in zip(call.outputs, keras.tree.flatten(y), strict=True))
        return tensors[self._output], tuple(after)


def calls_of(model):
    """The calls of layers between a model's input and its output, each after those that it needs."""
    if not isinstance(model, keras.Model) or not getattr(model, "outputs", None):
        advice = "call it on ids once, or give it an Input" if isinstance(model, keras.Sequential) else ""
        raise GenerationError(
            "`model` must be a functional or sequential Keras model, so that its layers can be walked one by one"
            f"{advice and ': ' + advice}. Received: {type(model).__name__}"
        )
    for name, tensors in (("input (the ids so far)", model.inputs), ("output (the logits)", model.outputs)):
        if len(tensors) != 1:
            raise GenerationError(
                f"`model` must have one {name}. Received: {model.name!r} with {len(tensors)} {name.split()[0]}s"
            )
    return calls_between(model.inputs, model.outputs[0])


def calls_between(inputs, output):
    """The calls of layers from symbolic `inputs` to a symbolic `output`, each after those that it needs."""
    order, seen, waiting = [], set(map(id, inputs)), [(output, False)]
    while waiting:  # depth first, without recursion: deep models have long chains
        tensor, is_ready = waiting.pop()
        if id(tensor) in seen:
            continue
        operation, index, _ = tensor._keras_history
        call = operation._inbound_nodes[index]
        if is_ready:
            seen.update(id(output) for output in call.outputs)
            order.append(call)
        else:
            waiting.append((tensor, True))
            waiting.extend((before, False) for before in call.arguments.keras_tensors)
    return order
