"""The layers that make a model a forecaster: one carries the scaler, one remembers how wrong it was."""

import keras


@keras.saving.register_keras_serializable(package="kseq")
class SeriesValues(keras.layers.Layer):
    """Passes encoded values on, the last `context_length` steps of them, and carries their vectorizer (S3).

    Args:
        vectorizer: A scaler of `kseq.data`, its class registered with Keras; or `None`.
        context_length: Steps that go on; `None`: all.

    Call arguments:
        values: Float tensor of shape `(batch_size, steps, channels)`.

    Returns:
        The same values, shape `(batch_size, context_length, channels)`.

    Masks: none; windows are always full.
    """

    def __init__(self, vectorizer=None, context_length=None, **kwargs):
        super().__init__(**kwargs)
        if isinstance(vectorizer, dict):
            vectorizer = keras.saving.deserialize_keras_object(vectorizer)
        self.vectorizer, self.context_length = vectorizer, context_length

    def call(self, values):
        return values if self.context_length is None else values[:, -self.context_length :]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.context_length or input_shape[1], *input_shape[2:])

    def get_config(self):
        config = {**super().get_config(), "context_length": self.context_length}
        if self.vectorizer is not None:
            config["vectorizer"] = keras.saving.serialize_keras_object(self.vectorizer)
        return config


@keras.saving.register_keras_serializable(package="kseq")
class WindowEnd(keras.layers.Layer):
    """What a network holds after the last step of a window: `(batch_size, steps, units)` → `(batch_size, units)`.

    Masks: none; windows are always full.
    """

    def call(self, states):
        return states[:, -1]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *input_shape[2:])


@keras.saving.register_keras_serializable(package="kseq")
class ForecastErrors(keras.layers.Layer):
    """Passes forecasts on and keeps a sample of errors that were made on held-out data, for intervals.

    Args:
        count: How many errors are kept.

    Call arguments:
        forecasts: Tensor of shape `(batch_size, horizon, num_values)`.

    Returns:
        The same tensor.

    Weights: `errors`, shape `(count, horizon, num_values)`, truth minus forecast, encoded; `state`, 0 before the first
    training, 1 since. Both are saved with the model, and no optimizer touches them.
    """

    def __init__(self, count=200, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def build(self, input_shape):
        self.errors = self.add_weight(
            shape=(self.count, *input_shape[1:]), initializer="zeros", trainable=False, name="errors", dtype="float32"
        )
        self.state = self.add_weight(shape=(), initializer="zeros", trainable=False, name="state", dtype="float32")

    def call(self, forecasts):
        return forecasts * 1.0

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "count": self.count}
