"""`LastStep`: of a padded sequence, what stands at its last real step."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseq")
class LastStep(keras.layers.Layer):
    """The vector of the last id of each row that is no padding: from many to one (S3).

        y = x_T,  T = number of ids that are not 0

    Call arguments:
        x: vectors `(batch_size, sequence_length, width)`.
        ids: the ids that they were made from, `(batch_size, sequence_length)`, padded with 0 at the end.

    Returns:
        `(batch_size, width)`; for a row of padding only, its first vector.

    Masks: none is needed, for the ids say what is padding; none goes on.

    Example:

    >>> LastStep()(np.ones((2, 7, 3)), np.array([[5, 4, 3, 0, 0, 0, 0], [2] * 7])).shape
    (2, 3)
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("autocast", False)  # ids must stay integers
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, ids):
        lengths = ops.sum(ops.cast(ops.not_equal(ids, 0), "int32"), axis=1)  # (B,)
        last = ops.maximum(lengths - 1, 0)
        return ops.take_along_axis(x, last[:, None, None], axis=1)[:, 0]

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, x_shape, ids_shape=None):
        return (x_shape[0], x_shape[2])

    def compute_output_spec(self, x, ids):
        return keras.KerasTensor(self.compute_output_shape(x.shape), dtype=x.dtype)
