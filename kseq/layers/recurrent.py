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
        if not self._covered(sequences, mask):
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

    def _covered(self, sequences, mask):
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
        return usual and recurrence.covers(kind, sequences, mask, self.return_state or self.stateful)

    def _hide(self, last, outputs, mask):
        """Zeros before the first step that counts (or, if so set, at every masked step)."""
        if self.go_backwards:
            mask = ops.flip(mask, axis=1)
        seen = mask if self.zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0  # (B, T)
        last = ops.where(seen[:, -1:], last, ops.zeros_like(last))
        if self.return_sequences:
            outputs = ops.where(ops.expand_dims(seen, -1), outputs, ops.zeros_like(outputs))
        return last, outputs

    def compute_mask(self, inputs, previous_mask):
        """The mask goes on with the sequence; a single output and the states have none."""
        mask = keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None
        mask = mask if self.return_sequences else None
        return [mask] + [None] * len(self.state_size) if self.return_state else mask


@keras.saving.register_keras_serializable(package="kseq")
class SimpleRNN(FastTimeLoop, keras.layers.SimpleRNN):
    pass


@keras.saving.register_keras_serializable(package="kseq")
class LSTM(FastTimeLoop, keras.layers.LSTM):
    pass


@keras.saving.register_keras_serializable(package="kseq")
class GRU(FastTimeLoop, keras.layers.GRU):
    pass
