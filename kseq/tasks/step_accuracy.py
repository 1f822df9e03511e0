"""`StepAccuracy`: the share of right answers over all steps that count."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseq")
class StepAccuracy(keras.metrics.Mean):
    """Share of the steps at which the most probable class is the right one (S5).

    Keras's own `"accuracy"` takes the mean of each row over the length of its batch before it adds up, so that the
    words of batches that are padded to more steps would count for less. Here every step has its own weight.

    Args:
        name, dtype: as in every Keras metric.

    Example:

    >>> metric = StepAccuracy()
    >>> metric.update_state([[1, 0]], [[[0.1, 0.9], [0.2, 0.8]]], sample_weight=[[1.0, 0.0]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self._direction = "up"

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: ids of shape `(batch_size, sequence_length)`.
            y_pred: logits or probabilities of shape `(batch_size, sequence_length, num_classes)`.
            sample_weight: `(batch_size, sequence_length)` or `(batch_size,)`. Without, the steps of Keras's mask
                count, or all.
        """
        right = ops.cast(ops.equal(ops.cast(y_true, "int32"), ops.cast(ops.argmax(y_pred, -1), "int32")), self.dtype)
        weights = getattr(y_pred, "_keras_mask", None) if sample_weight is None else sample_weight
        weights = ops.ones_like(right) if weights is None else ops.cast(weights, self.dtype)
        if len(weights.shape) < len(right.shape):  # one weight a row counts for all its steps
            weights = ops.expand_dims(weights, -1) * ops.ones_like(right)
        self.total.assign_add(ops.sum(right * weights))
        self.count.assign_add(ops.sum(weights))
