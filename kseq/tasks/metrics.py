"""`Perplexity` and `BitsPerCharacter`: the loss of a language model in units that people compare."""

import math

import keras
from keras import ops


class MeanCrossEntropy(keras.metrics.Mean):
    """The mean cross-entropy of the next token in nats, over all tokens that are no padding; base of both metrics.

    Args:
        from_logits: whether the model gives logits, as `build_text_model`'s do, or probabilities.
        mask_id: the target id that does not count, 0 for padding; `None` if all count.
        name, dtype: as in every Keras metric.
    """

    def __init__(self, from_logits=True, mask_id=0, name="cross_entropy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.from_logits, self.mask_id = from_logits, mask_id
        self._direction = "down"

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: ids of shape `(batch_size, sequence_length)`.
            y_pred: logits (or probabilities) of shape `(batch_size, sequence_length, vocabulary_size)`.
            sample_weight: optional weights that broadcast to `(batch_size, sequence_length)`.
        """
        y_true = ops.cast(y_true, "int32")
        losses = ops.sparse_categorical_crossentropy(y_true, ops.cast(y_pred, "float32"), from_logits=self.from_logits)
        weights = ops.ones_like(losses) if self.mask_id is None else ops.cast(y_true != self.mask_id, losses.dtype)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, losses.dtype)
            while len(sample_weight.shape) < len(weights.shape):  # one weight a row counts for all its tokens
                sample_weight = ops.expand_dims(sample_weight, -1)
            weights = weights * sample_weight
        return super().update_state(losses, weights)

    def get_config(self):
        """What is needed to make an equal metric."""
        return {**super().get_config(), "from_logits": self.from_logits, "mask_id": self.mask_id}


@keras.saving.register_keras_serializable(package="kseq")
class Perplexity(MeanCrossEntropy):
    """`exp(L)`, where L is the mean cross-entropy of the next token in nats (L1).

    A model that spreads its probability evenly over k tokens has perplexity k: "it hesitates between k tokens".
    Only models with the same tokens can be compared by it.

    Args:
        from_logits: whether the model gives logits, as `build_text_model`'s do, or probabilities.
        mask_id: the target id that does not count, 0 for padding; `None` if all count.
        name, dtype: as in every Keras metric.

    Example:

    >>> metric = Perplexity()
    >>> metric.update_state([[2, 3]], np.zeros((1, 2, 65)))
    >>> round(float(metric.result()), 3)
    65.0
    """

    def __init__(self, from_logits=True, mask_id=0, name="perplexity", dtype=None):
        super().__init__(from_logits, mask_id, name, dtype)

    def result(self):
        """`exp` of the mean over all tokens so far."""
        return ops.exp(super().result())


@keras.saving.register_keras_serializable(package="kseq")
class BitsPerCharacter(MeanCrossEntropy):
    """`L / ln 2 · tokens / characters`: how many bits a perfect compressor would need for a character (L1).

    Unlike perplexity it compares models of characters, words and sub-words: whatever the tokens are, the text has
    the same number of characters.

    Args:
        characters_per_token: mean number of characters that a token of this text stands for; 1 for characters.
        from_logits, mask_id, name, dtype: as in `Perplexity`.
    """

    def __init__(self, characters_per_token=1.0, from_logits=True, mask_id=0, name="bits_per_character", dtype=None):
        super().__init__(from_logits, mask_id, name, dtype)
        if not characters_per_token > 0:
            raise ValueError(
                f"`characters_per_token` must be above 0. Received: characters_per_token={characters_per_token!r}"
            )
        self.characters_per_token = characters_per_token

    def result(self):
        """Bits for a character, over all tokens so far."""
        return super().result() / (math.log(2) * self.characters_per_token)

    def get_config(self):
        """What is needed to make an equal metric."""
        return {**super().get_config(), "characters_per_token": self.characters_per_token}


def bits_per_character(loss, dataset, split="test"):
    """A mean loss in nats per token as bits per character of the text it was measured on.

    Args:
        loss: what `evaluate` gives for the split.
        dataset: a `kseq.data.TextDataset`.
        split: name of the split.
    """
    return loss / math.log(2) / dataset.characters_per_token(split)
