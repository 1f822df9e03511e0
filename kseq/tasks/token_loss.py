"""`NextTokenLoss`: cross-entropy of the next token, over all tokens that are no padding."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseq")
class NextTokenLoss(keras.losses.Loss):
    """Mean cross-entropy of the next token, in nats, computed in float32 from logits (R3, L1).

        L = - 1/N Σ_t log P(x_{t+1} | x_1, …, x_t)

    over the N targets that are not `mask_id`. With sample weights, those say what counts and how much: targets of
    padding weigh nothing besides, and the sum is divided by the number of all targets, as Keras does it.

    Args:
        mask_id: the target id that does not count, 0 for padding.
        name, dtype, **kwargs: as in every Keras loss.

    Call arguments:
        y_true: ids of shape `(batch_size, sequence_length)`.
        y_pred: logits of shape `(batch_size, sequence_length, vocabulary_size)`.
        sample_weight: optional, of shape `(batch_size,)` or `(batch_size, sequence_length)`.

    Example:

    >>> float(NextTokenLoss()([[2, 3, 0]], np.zeros((1, 3, 65))))
    4.174387...
    """

    def __init__(self, mask_id=0, name="next_token_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.mask_id = mask_id

    def __call__(self, y_true, y_pred, sample_weight=None):
        targets = ops.cast(y_true, "int32")
        losses = self.call(targets, y_pred)
        if sample_weight is None:
            counts = ops.sum(ops.cast(targets != self.mask_id, "float32"))
            return ops.sum(losses) / ops.maximum(counts, 1.0)
        weights = ops.cast(sample_weight, "float32")
        while len(weights.shape) < len(losses.shape):  # one weight a row counts for all its tokens
            weights = ops.expand_dims(weights, -1)
        return ops.mean(losses * weights)

    def call(self, y_true, y_pred):
        """The loss of each target, of the shape of `y_true`; 0 for padding."""
        losses = ops.sparse_categorical_crossentropy(y_true, ops.cast(y_pred, "float32"), from_logits=True)
        return ops.where(y_true != self.mask_id, losses, 0.0)

    def get_config(self):
        """What is needed to make an equal loss."""
        return {**super().get_config(), "mask_id": self.mask_id}
