"""The layer that keeps a model's vectorizer inside the model."""

import keras


@keras.saving.register_keras_serializable(package="kseq")
class TokenIds(keras.layers.Layer):
    """Passes token ids on unchanged and carries the vectorizer that made them (T1, T2).

    A model that sees integers is only half a model: without the vocabulary nobody can use it. This layer has no
    weights and computes nothing; its config holds the vectorizer, so that saving, cloning, copying or nesting
    the model takes the vocabulary along.

    Args:
        vectorizer: A `WordVectorizer`, a `CharacterVectorizer` or any object with `get_config`, `from_config`
            and a class registered with `keras.saving.register_keras_serializable`. `None` for a model built
            from a plain size.
        context_length: how many ids the model was made to read at once; `None` if there is no limit. Nothing is
            cut: whoever generates asks for it.

    Call arguments:
        ids: Integer tensor of shape `(batch_size, sequence_length)`.

    Returns:
        The same ids as `int32`, shape `(batch_size, sequence_length)`.

    Masks: passes a mask on as it came; the `Embedding` behind it makes one (`mask_zero=True`, id 0 is padding).
    """

    def __init__(self, vectorizer=None, context_length=None, **kwargs):
        # Ids are integers in every precision policy: they must not be cast to the compute dtype.
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        if isinstance(vectorizer, dict):
            vectorizer = keras.saving.deserialize_keras_object(vectorizer)
        self.vectorizer = vectorizer
        self.context_length = context_length
        self.supports_masking = True

    def call(self, ids):
        return keras.ops.cast(ids, "int32")

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, ids):
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self):
        config = super().get_config()
        if self.vectorizer is not None:
            config["vectorizer"] = keras.saving.serialize_keras_object(self.vectorizer)
        if self.context_length is not None:
            config["context_length"] = self.context_length
        return config
