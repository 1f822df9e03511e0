"""`Bidirectional`: one layer reads forwards, one backwards."""

import keras


@keras.saving.register_keras_serializable(package="kseq")
class Bidirectional(keras.layers.Bidirectional):
    def compute_mask(self, inputs, previous_mask):
        """The mask goes on with the sequence; a single output and the states have none."""
        mask = keras.tree.flatten(previous_mask)[0] if previous_mask is not None else None
        mask = mask if self.return_sequences else None
        masks = [mask] if self.merge_mode else [mask, mask]
        if self.return_state:
            masks += [None] * 2 * len(self.forward_layer.state_size)
        return masks if len(masks) > 1 else mask
