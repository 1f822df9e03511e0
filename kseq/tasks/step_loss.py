"""`StepLoss`: cross-entropy of an answer at every step, over the steps that count."""

import keras
from keras import ops

from kseq.tasks.token_loss import NextTokenLoss


@keras.saving.register_keras_serializable(package="kseq")
class StepLoss(NextTokenLoss):
    """Cross-entropy in nats, summed over the steps and averaged over the rows (S5, S6).

        L = - 1/B Σ_rows Σ_t w_t log P(y_t)

    With the weights of `kseq.data.AlignedBatches` this is the mean over all real steps of a split, however long its
    rows are. Without weights it is the mean over the steps that are no padding: those whose target is not `mask_id`, or
    where there is none, those of the mask that Keras carries along.

    Args:
        mask_id: the target id that does not count; `None` (default) if all may be answers.
        from_logits: whether the model gives logits (default) or probabilities.
        name, **kwargs: as in every Keras loss.

    Call arguments:
        y_true: ids of shape `(batch_size, sequence_length)`.
        y_pred: of shape `(batch_size, sequence_length, num_classes)`.
        sample_weight: optional, of shape `(batch_size,)` or `(batch_size, sequence_length)`.
    """

    def __init__(self, mask_id=None, from_logits=True, name="step_loss", **kwargs):
        super().__init__(mask_id, name=name, **kwargs)
        self.from_logits = from_logits

    def __call__(self, y_true, y_pred, sample_weight=None):
        losses = self.call(ops.cast(y_true, "int32"), y_pred)  # (B, T)
        if sample_weight is None:
            mask = getattr(y_pred, "_keras_mask", None)
            real = ops.ones_like(losses) if mask is None else ops.cast(mask, losses.dtype)
            if self.mask_id is not None:
                real = ops.cast(y_true != self.mask_id, losses.dtype)
            return ops.sum(losses * real) / ops.maximum(ops.sum(real), 1.0)
        weights = ops.cast(sample_weight, losses.dtype)
        if len(weights.shape) < len(losses.shape):  # one weight a row counts for all its steps
            weights = ops.expand_dims(weights, -1)
        return ops.mean(ops.sum(losses * weights, axis=-1))

    def call(self, y_true, y_pred):
        """The loss of each step, `(batch_size, sequence_length)`; 0 where the target is `mask_id`."""
        losses = ops.sparse_categorical_crossentropy(y_true, ops.cast(y_pred, "float32"), from_logits=self.from_logits)
        return losses if self.mask_id is None else ops.where(y_true != self.mask_id, losses, 0.0)

    def get_config(self):
        """What is needed to make an equal loss."""
        return {**super().get_config(), "from_logits": self.from_logits}
