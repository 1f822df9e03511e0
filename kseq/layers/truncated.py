"""`TruncatedBPTT`: the states go on through the whole sequence, the gradient only to the border of its chunk."""

import keras
from keras import ops


class _AllStates:
    """A cell around a cell, whose one state and output are all its states side by side.

    It is not a layer, so that nothing is tracked twice.
    """

    def __init__(self, cell):
        self.cell = cell
        self.state_size = self.output_size = sum(sizes(cell))

    def call(self, inputs, states):
        """One step."""
        _, states = self.cell(inputs, split(states[0], self.cell))
        state = ops.concatenate(keras.tree.flatten(states), axis=-1)
        return state, [state]

    __call__ = call


def split(state, cell):
    """The states of a cell that stand side by side in `state`, `(batch_size, ΣH)`."""
    ends = [sum(sizes(cell)[: n + 1]) for n in range(len(sizes(cell)))]
    return [state[:, end - size : end] for end, size in zip(ends, sizes(cell), strict=True)]


def sizes(cell):
    """The widths of a cell's states."""
    return [cell.state_size] if isinstance(cell.state_size, int) else list(cell.state_size)


@keras.saving.register_keras_serializable(package="kseq")
class TruncatedBPTT(keras.layers.Layer):
    """Truncated backpropagation through time: what a recurrent layer computes stays the same, but not how it learns.

    The sequence is split into chunks of τ steps, counted from its first processed step. The states are carried from
    chunk to chunk, so the outputs are those of the layer by itself. The gradient is stopped at every border: an
    output teaches only the steps of its own chunk, at most τ of them (row R8). That is less than it should, but not
    "no memory beyond τ": what the states happen to carry over a border, a later chunk can learn to use, and what is
    learnt inside a chunk holds everywhere, for the weights are shared. Lost is what no chunk with an error ever
    shows. The benefit is the memory for training, and that the chunks can be trained side by side.

    It runs in two passes. The first finds the states at the borders and leaves no trace for the gradient. The second
    takes the chunks as so many more rows of the batch, each beginning with the states found. So the length of the
    sequences need not be known.

    Args:
        layer: a recurrent layer with a single cell, such as `kseq.LSTM(32)`. Its config makes the layer that is
            trained; its weights are not used. Neither `stateful`, dropout inside, nor `unroll`.
        steps: τ, the number of steps in a chunk, 1 or more.
        **kwargs: all further arguments of `keras.layers.Layer`.

    Call arguments:
        sequences: `(batch_size, timesteps, features)`.
        initial_state: list of the states to begin with, `(batch_size, units)` each. The gradient does not reach them
            from behind the first border.
        mask: booleans `(batch_size, timesteps)`, True where a step counts.
        training: passed on to the layer.

    Returns:
        What `layer` returns.

    Masks: as in `layer`: at a masked step the states stay and the output before is repeated, 0 before the first step
    that counts. The last output and the final states of a row belong to the chunk of its last step that counts, so
    padding does not shorten the way of the gradient. The mask goes on with `return_sequences`; a single output has
    none.

    Example:

    >>> kseq.layers.TruncatedBPTT(kseq.LSTM(5), steps=10)(np.ones((2, 35, 3))).shape
    (2, 5)

    References:
        Williams and Peng (1990), An efficient gradient-based algorithm for on-line training of recurrent network
        trajectories. Row R8 of the course map.
    """

    def __init__(self, layer, steps, **kwargs):
        check_layer(layer)
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"`steps` must be a positive integer. Received: steps={steps!r}")
        kwargs.setdefault("dtype", layer.dtype_policy)
        super().__init__(**kwargs)
        self.steps = steps
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self.go_backwards = layer.go_backwards
        self.layer = type(layer).from_config({**layer.get_config(), "return_sequences": True, "return_state": True})
        self.supports_masking = True

    def build(self, sequences_shape, initial_state_shape=None):
        """Makes the weights, those of `layer`."""
        if not self.layer.built:
            self.layer.build(sequences_shape)
        self.built = True

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """Runs both passes."""
        mask = keras.tree.flatten(mask)[0] if mask is not None else None
        batch, length = ops.shape(sequences)[0], ops.shape(sequences)[1]
        if initial_state is None:
            initial_state = self.layer.get_initial_state(batch_size=batch)
        states = [ops.cast(s, sequences.dtype) for s in keras.tree.flatten(initial_state)]
        x, mask = self._whole_chunks(sequences, mask, length)
        chunks = ops.shape(x)[1] // self.steps

        # Where a step that counts has been seen, from the beginning of the row. `None`: everywhere.
        seen = None if mask is None else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0  # (B, C·τ)
        starts = self._border_states(x, mask, seen, states)  # (B·C, H) each
        folded = ops.reshape(x, (-1, self.steps, x.shape[2]))  # (B·C, τ, D)
        folded_mask = None if mask is None else ops.reshape(mask, (-1, self.steps))
        if self.go_backwards:  # the layer turns round each chunk, but they are in order already
            folded = ops.flip(folded, axis=1)
            folded_mask = None if mask is None else ops.flip(folded_mask, axis=1)
        outputs, *ends = self.layer(folded, initial_state=starts, mask=folded_mask, training=training)

        # From here on (B, C, …). A row's last chunk is the one with its last step that counts.
        ends = [ops.reshape(s, (batch, chunks, s.shape[-1])) for s in ends]
        if mask is None:
            ends = [s[:, -1] for s in ends]
        else:
            at = ops.cast(ops.arange(1, ops.shape(mask)[1] + 1), "int32") * ops.cast(mask, "int32")
            last = ops.maximum(ops.max(at, axis=1) - 1, 0) // self.steps  # (B,)
            ends = [ops.take_along_axis(s, last[:, None, None], axis=1)[:, 0] for s in ends]
        result = ends[0] if seen is None else ops.where(seen[:, -1:], ends[0], ops.zeros_like(ends[0]))
        if self.return_sequences:
            if mask is not None:
                # before the first step that counts in its chunk, the output is that of the chunk before
                fresh = ops.cumsum(ops.cast(ops.reshape(mask, (-1, self.steps)), "int32"), axis=1) > 0
                repeated = ops.reshape(seen, (-1, self.steps)) & ~fresh
                outputs = ops.where(repeated[..., None], starts[0][:, None], outputs)
            result = ops.reshape(outputs, (batch, chunks * self.steps, outputs.shape[-1]))[:, :length]
        return (result, *ends) if self.return_state else result

    def _whole_chunks(self, x, mask, length):
        """The sequence in the order of processing, filled up with masked steps to a whole number of chunks."""
        if self.go_backwards:
            x = ops.flip(x, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        missing = -length % self.steps
        if isinstance(missing, int) and missing == 0:
            return x, None if mask is None else ops.cast(mask, "bool")
        batch = ops.shape(x)[0]
        mask = ops.ones((batch, length), dtype="bool") if mask is None else ops.cast(mask, "bool")
        x = ops.concatenate([x, ops.zeros((batch, missing, x.shape[2]), dtype=x.dtype)], axis=1)
        return x, ops.concatenate([mask, ops.zeros((batch, missing), dtype="bool")], axis=1)

    def _border_states(self, x, mask, seen, states):
        """The first pass: the states that each chunk begins with, `(B·C, H)` each; no gradient flows into them."""
        runner = keras.layers.RNN(
            _AllStates(self.layer.cell), return_sequences=True, dtype=self.dtype_policy, name="all_states"
        )
        first = ops.concatenate(states, axis=-1)  # (B, ΣH)
        _, reached, _ = runner.inner_loop(ops.stop_gradient(x), [first], mask, training=False)  # (B, C·τ, ΣH)
        first, reached = first[:, None], ops.cast(reached, x.dtype)
        if seen is not None:  # as long as everything is masked, some backends show 0
            reached = ops.where(seen[..., None], reached, first)
        borders = ops.stop_gradient(reached[:, self.steps - 1 :: self.steps][:, :-1])
        starts = ops.concatenate([first, borders], axis=1)  # (B, C, ΣH)
        return split(ops.reshape(starts, (-1, starts.shape[-1])), self.layer.cell)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        """The shapes that the layer by itself has."""
        sequence, *states = self.layer.compute_output_shape(sequences_shape)
        result = tuple(sequence) if self.return_sequences else (sequence[0], sequence[2])
        return (result, *map(tuple, states)) if self.return_state else result

    def compute_output_spec(self, sequences, initial_state=None, mask=None, training=False):
        """Shapes and dtypes without tracing."""
        shapes = self.compute_output_shape(sequences.shape)
        if not self.return_state:
            return keras.KerasTensor(shapes, dtype=self.compute_dtype)
        return tuple(keras.KerasTensor(shape, dtype=self.compute_dtype) for shape in shapes)

    def compute_mask(self, inputs, previous_mask):
        """The mask goes on with the sequence; a single output and the states have none."""
        mask = keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None
        mask = mask if self.return_sequences else None
        return [mask] + [None] * len(sizes(self.layer.cell)) if self.return_state else mask

    def get_config(self):
        """The layer as it was given, and `steps`."""
        own = {"return_sequences": self.return_sequences, "return_state": self.return_state}
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": {**layer, "config": {**layer["config"], **own}}, "steps": self.steps}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Makes the layer, and the one inside."""
        layer = keras.saving.deserialize_keras_object(config["layer"], custom_objects=custom_objects)
        return cls(**{**config, "layer": layer})


def check_layer(layer):
    """Refuses what cannot be cut into chunks."""
    single = isinstance(layer, keras.layers.RNN) and all(isinstance(s, int) for s in sizes(layer.cell))
    if not single or isinstance(layer.cell, keras.layers.StackedRNNCells):
        raise ValueError(
            "`layer` must be a recurrent layer with a single cell, such as kseq.LSTM(32). "
            f"Received: layer={getattr(layer, 'name', layer)!r} of type {type(layer).__name__}"
        )
    cell = layer.cell
    refused = {
        "stateful": layer.stateful,
        "unroll": layer.unroll,
        "dropout": getattr(cell, "dropout", 0),
        "recurrent_dropout": getattr(cell, "recurrent_dropout", 0),
    }
    for name, value in refused.items():
        if value:
            advice = " (put a Dropout layer in front)" if "dropout" in name else ""
            raise ValueError(
                f"TruncatedBPTT cannot take a layer with `{name}`{advice}. Received: {layer.name!r} with {name}={value}"
            )
