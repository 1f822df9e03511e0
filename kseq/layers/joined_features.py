"""`JoinedFeatures`: what is known of each step, side by side."""

import keras


@keras.saving.register_keras_serializable(package="kseq")
class JoinedFeatures(keras.layers.Concatenate):
    """Joins features of the same steps: `keras.layers.Concatenate` along the last axis.

    Call arguments:
        inputs: list of tensors `(batch_size, timesteps, features)`, all of the same steps.

    Returns:
        A tensor `(batch_size, timesteps, Σ features)`.

    Masks: the first one that an input has goes on. (Keras's own layer spreads each mask over all features to join them,
    which Keras 3.10 cannot do while the number of steps is unknown.)

    Example:

    >>> JoinedFeatures()([np.ones((2, 5, 3)), np.ones((2, 5, 4))]).shape
    (2, 5, 7)
    """

    def compute_mask(self, inputs, mask=None):
        """The first mask there is."""
        return next((one for one in mask or () if one is not None), None)
