"""`Bidirectional`: one layer reads forwards, one backwards."""

import keras


@keras.saving.register_keras_serializable(package="kseq")
class Bidirectional(keras.layers.Bidirectional):
    """Reads a sequence in both directions, with a layer for each, and joins what they say.

    "Rest and relaxation …" or "Rest before …": whether the first word is a noun shows only in what follows. Use it
    where the whole sequence is known (labelling, translation, sentiment), not where the future is to be predicted.

    Args:
        layer: the recurrent layer to read forwards. Its config makes both directions; its weights are not used.
        merge_mode: how the outputs are joined: `"concat"`, `"sum"`, `"mul"`, `"ave"`, or `None` for a tuple of both.
        backward_layer: another layer to read backwards, with `go_backwards=True`.
        **kwargs: all further arguments of `keras.layers.Bidirectional`.

    Call arguments:
        sequences: `(batch_size, timesteps, features)`.
        initial_state: list of the states of the forward layer, then those of the backward layer.
        mask: booleans `(batch_size, timesteps)`, True where a step counts.
        training: whether dropout is active.

    Returns:
        `(batch_size, timesteps, 2 * units)` with `return_sequences`, else `(batch_size, 2 * units)`; without the
        factor 2 where the outputs are not concatenated. With `return_state` a tuple of that and the final states.

    Masks: with `return_sequences` the output of a masked step is 0 in both directions. The mask goes on with the
    sequence; a single output and the states have none.

    Example:

    >>> kseq.Bidirectional(kseq.LSTM(5, return_sequences=True))(np.ones((2, 7, 3))).shape
    (2, 7, 10)

    References:
        Schuster and Paliwal (1997), Bidirectional recurrent neural networks. Row G4 of the course map.
    """

    def compute_mask(self, inputs, previous_mask):
        """The mask goes on with the sequence; a single output and the states have none."""
        mask = keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None
        mask = mask if self.return_sequences else None
        masks = [mask] if self.merge_mode else [mask, mask]
        if self.return_state:
            masks += [None] * 2 * len(self.forward_layer.state_size)
        return masks if len(masks) > 1 else mask
