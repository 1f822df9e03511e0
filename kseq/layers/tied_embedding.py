"""`TiedEmbedding`: one table of token vectors, at the way in and at the way out."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseq")
class TiedEmbedding(keras.layers.Embedding):
    """An embedding that also turns vectors back into one score for each token (L1).

    A language model needs a vector for every token at its beginning and a column of weights for every token at its
    end. Both say what the token means, so one table E of shape `(vocabulary_size, embedding_dim)` can be both:

        x_t = E[id_t]           on the way in
        logits_t = x_t Eᵀ       on the way out, with `reverse=True`

    The layer is called twice in a model, with the same weights.

    Args:
        input_dim: vocabulary size.
        output_dim: width of a token's vector.
        **kwargs: all further arguments of `keras.layers.Embedding`.

    Call arguments:
        inputs: ids of shape `(batch_size, sequence_length)`; with `reverse`, vectors of shape
            `(batch_size, sequence_length, output_dim)`.
        reverse: whether to give scores for vectors, rather than vectors for ids.

    Returns:
        Vectors of shape `(batch_size, sequence_length, output_dim)`; with `reverse`, logits of shape
        `(batch_size, sequence_length, input_dim)` in float32.

    Masks: as in `keras.layers.Embedding`; with `reverse` the mask is passed on.

    Example:

    >>> table = TiedEmbedding(65, 128)
    >>> table(table(np.ones((2, 7), "int32")), reverse=True).shape
    (2, 7, 65)

    References:
        Press and Wolf (2017), Using the output embedding to improve language models. Row L1 of the course map.
    """

    def call(self, inputs, reverse=False):
        if not reverse:
            return super().call(inputs)
        table = ops.convert_to_tensor(self.embeddings)
        return ops.cast(ops.matmul(ops.cast(inputs, self.compute_dtype), ops.transpose(table)), "float32")

    def compute_output_spec(self, inputs, reverse=False):
        if not reverse:
            return keras.KerasTensor((*inputs.shape, self.output_dim), dtype=self.compute_dtype)
        return keras.KerasTensor((*inputs.shape[:-1], self.input_dim), dtype="float32")

    def compute_mask(self, inputs, mask=None):
        if len(inputs.shape) > 2:
            return mask
        return super().compute_mask(inputs, mask)
