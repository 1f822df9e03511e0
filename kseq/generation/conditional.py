"""`ConditionalStepper`: the source is read once and at once; the target is then written step by step.

    memory = read(source)                                     the encoder
    logits, state = step(ids, memory, state, position)        the decoder, one word further

The graph of a functional model with two inputs is split: what does not depend on the target is the reader, the rest
is the writer. Of each layer of the writer `kseq.generation.stepping_layers` knows how it goes on.
"""

import keras
from keras import ops

from kseq.generation.errors import GenerationError
from kseq.generation.stepping import calls_between
from kseq.generation.stepping_layers import ByItself, ByStates, way_of_stepping
from kseq.layers import TransformerDecoder
from kseq.layers.attention import SingleAttention


class ConditionalStepper:
    """Steps through the decoder of an encoder–decoder, with the results of the whole forward pass (Q1, X1).

    Args:
        model: a functional `keras.Model` with the inputs `"target"`, ids `(batch_size, T)`, and one or more others,
            such as `"source"`; the output is `(batch_size, T, vocabulary_size)`. Masks must be arguments in its
            graph: what Keras carries along by itself is lost between two steps.

    Raises:
        GenerationError: the model has no such inputs, or a layer of its decoder looks ahead or is not known.
    """

    def __init__(self, model):
        inputs = {tensor.name: tensor for tensor in getattr(model, "inputs", None) or ()}
        target = inputs.pop("target", None)
        if target is None or not inputs:
            raise GenerationError(
                "`model` must have an input 'target' and one that is translated, such as 'source'. "
                f"Received: {model.name!r} with the inputs {', '.join(t.name for t in model.inputs)}"
            )
        self._target, self._sources = id(target), {name: id(tensor) for name, tensor in inputs.items()}
        self._output = id(model.outputs[0])
        self.vocabulary_size = int(model.outputs[0].shape[-1])
        depends, needed, self._reader, self._writer = {self._target}, [], [], []
        for call in calls_between(model.inputs, model.outputs[0]):
            asked = [id(tensor) for tensor in call.arguments.keras_tensors]
            if depends.isdisjoint(asked):
                self._reader.append(call)
                continue
            self._writer.append((call, way_of_writing(call, depends)))
            needed += [one for one in asked if one not in depends]
            depends.update(id(tensor) for tensor in call.outputs)
        self._memory = list(dict.fromkeys(needed))  # what the writer needs of the reader, in a fixed order

    def read(self, sources):
        """The memory of the sources: all that the decoder asks for.

        Args:
            sources: dictionary of input name -> tensor, the batch first.

        Returns:
            A tuple of tensors, the batch first in each.
        """
        tensors = {self._sources[name]: value for name, value in sources.items()}
        for call in self._reader:
            args, kwargs = call.arguments.fill_in(tensors)
            y = call.operation(*args, **kwargs)
            tensors.update((id(t), value) for t, value in zip(call.outputs, keras.tree.flatten(y), strict=True))
        return tuple(tensors[one] for one in self._memory)

    def begin(self, memory, batch_size, length):
        """What the decoder starts from.

        Args:
            memory: from `read`.
            batch_size: number of rows.
            length: how many words there will be at most.

        Returns:
            `(fixed, state)`, nested tuples of tensors, the batch first in each: what stays the same for a row at all
            steps, and what changes.
        """
        tensors = self._given(memory)
        pairs = []
        for call, way in self._writer:
            args, kwargs = call.arguments.fill_in({id(t): tensors.get(id(t)) for t in call.arguments.keras_tensors})
            pairs.append(way.begin(args, kwargs, batch_size, length))
        return (memory, tuple(fixed for fixed, _ in pairs)), tuple(state for _, state in pairs)

    def step(self, ids, fixed, state, position):
        """The next word of each row.

        Args:
            ids: `(batch_size, 1)`, the words before.
            fixed, state: from `begin`, or the state of the step before.
            position: how many words are in the state already, an integer or a scalar int32 tensor.

        Returns:
            `(logits, state)`; the logits are `(batch_size, V)` in float32.
        """
        memory, own = fixed
        tensors, after = {**self._given(memory), self._target: ops.convert_to_tensor(ids, "int32")}, []
        for (call, way), kept, before in zip(self._writer, own, state, strict=True):
            args, kwargs = call.arguments.fill_in(tensors)
            y, new = way.step(args, kwargs, kept, before, position)
            after.append(new)
            outputs = keras.tree.flatten(y) if not isinstance(y, tuple | list) else y
            tensors.update((id(t), value) for t, value in zip(call.outputs, outputs, strict=False))
        return ops.cast(tensors[self._output][:, -1], "float32"), tuple(after)

    def _given(self, memory):
        return dict(zip(self._memory, memory, strict=True))


def way_of_writing(call, depends):
    """How a call of a layer goes on, where some of what it is given comes from the source."""
    layer = call.operation
    others = [tensor for tensor in call.arguments.keras_tensors if id(tensor) not in depends]
    if isinstance(layer, keras.layers.RNN) and others:
        return FromStates(layer)
    if isinstance(layer, TransformerDecoder) and others:
        return Block(layer)
    if isinstance(layer, SingleAttention) and others:
        return Plain(ByItself(layer))
    return Plain(way_of_stepping(call, None))


class Plain:
    """A layer that needs nothing of the source, or needs it anew at each step."""

    def __init__(self, way):
        self.way = way

    def begin(self, args, kwargs, batch_size, length):
        return (), self.way.empty_state(batch_size, length)

    def step(self, args, kwargs, fixed, state, position):
        return self.way.step(args, kwargs, state, position)


class FromStates:
    """A recurrent layer whose first state is what the encoder was left with."""

    def __init__(self, layer):
        self.layer, self.way = layer, ByStates(layer)

    def begin(self, args, kwargs, batch_size, length):
        states = kwargs["initial_state"] if "initial_state" in kwargs else args[1]
        return (), tuple(ops.cast(state, self.layer.compute_dtype) for state in keras.tree.flatten(states))

    def step(self, args, kwargs, fixed, state, position):
        return self.way.step(args[:1], {"sequences": kwargs.get("sequences")}, state, position)


class Block:
    """A `TransformerDecoder` with cross-attention: the encoder's keys and values are projected once."""

    def __init__(self, layer):
        self.layer = layer

    def begin(self, args, kwargs, batch_size, length):
        encoder = kwargs["encoder_sequence"] if "encoder_sequence" in kwargs else args[1]
        mask = kwargs.get("encoder_sequence_mask")
        state, cross = self.layer.empty_state(batch_size, length, encoder_sequence=encoder, encoder_mask=mask)
        return cross, state

    def step(self, args, kwargs, fixed, state, position):
        x, (state, _) = self.layer.step(args[0] if args else kwargs["x"], (state, fixed), position)
        return (x,), state
