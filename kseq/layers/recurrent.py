"""`SimpleRNN`, `LSTM` and `GRU`: Keras's layers with a faster loop over time.

Only `inner_loop` is replaced, the one method that walks through time. Arguments, weights, states, dropout and casting
remain Keras's own code, so that weights can be swapped with Keras's layers both ways.
"""

import keras
from keras import activations, ops

from kseq.backend import recurrence


def _is(activation, name):
    return activation is getattr(activations, name) or activation is getattr(ops, name)


class FastTimeLoop:
    """Replaces `inner_loop` of a Keras recurrent layer where `kseq.backend` knows a faster one."""

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Walks through time.

        Args:
            sequences: `(batch_size, timesteps, features)`.
            initial_state: list of tensors `(batch_size, units)`.
            mask: booleans `(batch_size, timesteps)`, or `None`.
            training: whether dropout is active.

        Returns:
            A tuple `(last_output, outputs, states)`.
        """
        if keras.tree.is_nested(mask):
            mask = mask[0]
        if mask is not None:
            mask = ops.cast(mask, "bool")
        if not self._covered(sequences, mask, training):
            last, outputs, states = super().inner_loop(sequences, initial_state, mask, training)
            if mask is not None and keras.backend.backend() == "jax":
                last, outputs = self._hide(last, outputs, mask)
            return last, outputs, states

        if training and self.dropout:
            # one dropout mask for all time steps, as in Keras
            dropped = self.cell.get_dropout_mask(sequences[:, 0, :])
            sequences = sequences * ops.expand_dims(dropped, axis=1)
        if self.stateful and keras.backend.backend() == "torch":
            # Keras overwrites the layer's states in place, but the gradient still needs the old ones
            initial_state = [ops.copy(s) for s in initial_state]

        cell = self.cell
        outputs, states = recurrence.run(
            type(cell).__name__.removesuffix("Cell"),
            sequences,
            (cell.kernel, cell.recurrent_kernel, cell.bias),
            initial_state,
            mask=mask,
            go_backwards=self.go_backwards,
            sequences=self.return_sequences,
            training=training,
        )
        last = states[0]
        states = [last if s is None else s for s in states]  # `None`: not known, and nobody asked
        if mask is not None:
            last, outputs = self._hide(last, outputs, mask)
        # without `return_sequences` nobody reads the outputs; Keras only casts them
        return last, last if outputs is None else outputs, states

    @property
    def variables(self):
        """As Keras's, with the states of a stateful layer: on JAX, Keras carries on only what it finds here.

        They are no weights: files, counts of parameters and `set_weights` know nothing of them.
        """
        states = getattr(self, "states", None) if getattr(self, "stateful", False) else None
        return [*super().variables, *([] if states is None else keras.tree.flatten(states))]

    def _covered(self, sequences, mask, training):
        """Whether the fast loop does the same as Keras's with these settings, on this device."""
        cell = self.cell
        usual = (
            _is(cell.activation, "tanh")
            and _is(getattr(cell, "recurrent_activation", activations.sigmoid), "sigmoid")
            and getattr(cell, "reset_after", True)
            and getattr(cell, "implementation", 2) == 2
            and cell.use_bias
            and not cell.recurrent_dropout
            and not self.unroll
            and getattr(self, "use_cudnn", "auto") is not True
            and getattr(cell, "quantization_mode", None) is None
        )
        kind = type(cell).__name__.removesuffix("Cell")
        needs_states = self.return_state or self.stateful
        return usual and recurrence.covers(kind, sequences, cell.units, mask, training, needs_states)

    def _hide(self, last, outputs, mask):
        """Zeros before the first step that counts (or, if so set, at every masked step)."""
        if self.go_backwards:
            mask = ops.flip(mask, axis=1)
        seen = mask if self.zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0  # (B, T)
        last = ops.where(seen[:, -1:], last, ops.zeros_like(last))
        if self.return_sequences:
            outputs = ops.where(ops.expand_dims(seen, -1), outputs, ops.zeros_like(outputs))
        return last, outputs

    def compute_output_spec(self, sequences, initial_state=None, mask=None, training=False):
        """Shapes and dtypes without tracing the loop: a model is built sooner."""
        shapes = self.compute_output_shape(sequences.shape)
        if not self.return_state:
            return keras.KerasTensor(shapes, dtype=self.compute_dtype)
        return tuple(keras.KerasTensor(shape, dtype=self.compute_dtype) for shape in shapes)

    def compute_mask(self, inputs, previous_mask):
        """The mask goes on with the sequence; a single output and the states have none."""
        mask = keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None
        mask = mask if self.return_sequences else None
        return [mask] + [None] * len(self.state_size) if self.return_state else mask


@keras.saving.register_keras_serializable(package="kseq")
class SimpleRNN(FastTimeLoop, keras.layers.SimpleRNN):
    """The simplest recurrent layer: the state before and the input make the new state, with one tanh.

    At every step the same function with the same weights, starting from h_0 = 0:

        h_t = tanh(x_t W + h_{t-1} U + b)

    The course also writes A for the state h and W_X, W_A, b_A for the weights `kernel`, `recurrent_kernel`, `bias`.

    Args:
        units: positive integer, the number of units.
        return_sequences: whether to return the output of every step or only the last one.
        return_state: whether to return the final state besides.
        go_backwards: whether to begin at the last step. The outputs come in the order of processing.
        stateful: whether a batch goes on from the final states of the batch before.
        **kwargs: all further arguments of `keras.layers.SimpleRNN`, with the same meaning and order.
            Another activation, `recurrent_dropout`, `use_bias=False` or `unroll` run at Keras's own speed.

    Call arguments:
        sequences: `(batch_size, timesteps, features)`.
        initial_state: the state h to begin with, `(batch_size, units)`, or a list of that one.
        mask: booleans `(batch_size, timesteps)`, True where a step counts.
        training: whether dropout is active.

    Returns:
        `(batch_size, timesteps, units)` with `return_sequences`, else `(batch_size, units)`. With `return_state` a
        tuple of that and the final state, `(batch_size, units)`.

    Masks: at a masked step the states stay as they are and the output before is repeated. Before the first step that
    counts there is none, so the output is 0, even if there is an initial state (Keras's backends differ in this).
    The mask goes on with `return_sequences`; a single output has none.

    Example:

    >>> layer = kseq.SimpleRNN(5)
    >>> layer(np.ones((2, 7, 3))).shape
    (2, 5)

    References:
        Elman (1990), Finding structure in time. Rows R1 and R2 of the course map; the gradient is row R7.
    """


@keras.saving.register_keras_serializable(package="kseq")
class LSTM(FastTimeLoop, keras.layers.LSTM):
    """Long short-term memory: a cell state c that three gates protect, and an output h.

        i, f, o = σ(x_t W + h_{t-1} U + b)      input, forget and output gate, each with columns of its own
        g = tanh(x_t W + h_{t-1} U + b)         the candidate
        c_t = f ∘ c_{t-1} + i ∘ g               products of single elements
        h_t = o ∘ tanh(c_t)

    From c_t to c_{t-1} the gradient is multiplied by f only, never by a matrix: it can flow over many steps. The
    blocks of columns in `kernel`, `recurrent_kernel` and `bias` are in Keras's order i, f, g, o.

    Args:
        units: positive integer, the number of units.
        return_sequences: whether to return the output of every step or only the last one.
        return_state: whether to return the final states besides.
        go_backwards: whether to begin at the last step. The outputs come in the order of processing.
        stateful: whether a batch goes on from the final states of the batch before.
        **kwargs: all further arguments of `keras.layers.LSTM`, with the same meaning and order.
            Other activations, `recurrent_dropout`, `use_bias=False` or `unroll` run at Keras's own speed.

    Call arguments:
        sequences: `(batch_size, timesteps, features)`.
        initial_state: list of the states h and c to begin with, `(batch_size, units)` each.
        mask: booleans `(batch_size, timesteps)`, True where a step counts.
        training: whether dropout is active.

    Returns:
        `(batch_size, timesteps, units)` with `return_sequences`, else `(batch_size, units)`. With `return_state` a
        tuple of that and the final states, h and c, `(batch_size, units)` each.

    Masks: at a masked step the states stay as they are and the output before is repeated. Before the first step that
    counts there is none, so the output is 0, even if there is an initial state (Keras's backends differ in this).
    The mask goes on with `return_sequences`; a single output has none.

    Example:

    >>> outputs, h, c = kseq.LSTM(5, return_sequences=True, return_state=True)(np.ones((2, 7, 3)))
    >>> outputs.shape, h.shape, c.shape
    ((2, 7, 5), (2, 5), (2, 5))

    References:
        Hochreiter and Schmidhuber (1997), Long short-term memory; Gers et al. (2000) for the forget gate. Row G1 of
        the course map; the gradient is row R7.
    """


@keras.saving.register_keras_serializable(package="kseq")
class GRU(FastTimeLoop, keras.layers.GRU):
    """Gated recurrent unit: two gates where the LSTM has three, and no state besides the output.

        z, r = σ(x_t W + h_{t-1} U + b)                 update and reset gate
        n = tanh(x_t W + b + r ∘ (h_{t-1} U + b'))      the candidate
        h_t = z ∘ h_{t-1} + (1 - z) ∘ n

    Here z *keeps* the old state, which is Keras's convention; in some papers it is the other way round. The blocks of
    columns in the weights are in Keras's order z, r, n; `bias` has two rows, b and b'.

    Args:
        units: positive integer, the number of units.
        return_sequences: whether to return the output of every step or only the last one.
        return_state: whether to return the final state besides.
        go_backwards: whether to begin at the last step. The outputs come in the order of processing.
        stateful: whether a batch goes on from the final states of the batch before.
        **kwargs: all further arguments of `keras.layers.GRU`, with the same meaning and order.
            Other activations, `reset_after=False`, `recurrent_dropout`, `use_bias=False`
            or `unroll` run at Keras's own speed.

    Call arguments:
        sequences: `(batch_size, timesteps, features)`.
        initial_state: the state h to begin with, `(batch_size, units)`, or a list of that one.
        mask: booleans `(batch_size, timesteps)`, True where a step counts.
        training: whether dropout is active.

    Returns:
        `(batch_size, timesteps, units)` with `return_sequences`, else `(batch_size, units)`. With `return_state` a
        tuple of that and the final state, `(batch_size, units)`.

    Masks: at a masked step the states stay as they are and the output before is repeated. Before the first step that
    counts there is none, so the output is 0, even if there is an initial state (Keras's backends differ in this).
    The mask goes on with `return_sequences`; a single output has none.

    Example:

    >>> kseq.GRU(5, return_sequences=True)(np.ones((2, 7, 3))).shape
    (2, 7, 5)

    References:
        Cho et al. (2014), Learning phrase representations using RNN encoder-decoder, with the reset gate behind the
        product as in cuDNN. Row G2 of the course map; the gradient is row R7.
    """
