"""What models of series and of paths share: a linear beginning, errors that are remembered."""

import inspect

import keras
import numpy as np

from kseq.tasks.forecast_body import begin_linear, windows_in
from kseq.tasks.model import TaskModel

FIT = inspect.signature(keras.Model.fit)


class ForecastingModel(TaskModel):
    """Base of `ForecastModel` and `TrajectoryModel`."""

    monitor, monitor_mode = "val_loss", "min"
    first_batches = 0  # the line is a good model from the beginning on: `train` may keep any epoch

    def fit(self, *args, **kwargs):
        """As Keras's. Before the first time, ridge regression on the training windows gives the shortcut its weights.

        If the training ends worse on the validation data than it began, the model goes back to that beginning.
        Afterwards the model remembers its errors on the validation data, or without such data on the training data,
        for the intervals of its forecasts.
        """
        given = FIT.bind(self, *args, **kwargs).arguments
        train = windows_in(given.get("x"), given.get("y"))
        validation = given.get("validation_data")
        validation = None if validation is None else windows_in(validation)
        memory, line = self.get_layer("errors"), "linear" in [layer.name for layer in self.layers]
        start = None
        if line and train is not None and not float(memory.state):
            begin_linear(self, train, validation)
            memory.state.assign(1.0)
            if validation is not None and len(validation):
                start = self.mean_error(validation), self.get_weights()
        history = super().fit(*args, **kwargs)
        if start is not None and start[0] < self.mean_error(validation):
            self.set_weights(start[1])  # the network had nothing to add: the line stays
        held_out = train if validation is None or not len(validation) else validation
        if held_out is not None:
            self.remember_errors(held_out)
        return history

    def remember_errors(self, windows):
        """Keeps a sample of the errors on some windows, evenly over time; see `kseq.layers.series_values`."""
        memory = self.get_layer("errors")
        complete = np.flatnonzero(windows.weights.min(axis=1) > 0)
        if len(complete):
            said = self.encoded_forecasts(windows)[complete]
            # Around 0, in the mean: errors add up where forecasts feed back or are differences, and sums of errors with
            # another mean (those with a median of 0 have one) run off the forecast. And a little wider: n errors divide
            # what may come into n + 1 parts that are equally likely.
            errors = windows.targets[complete] - said
            errors = (errors - errors.mean(axis=0)) * ((len(complete) + 1) / len(complete))
            order = np.argsort(errors.mean(axis=(1, 2)), kind="stable")
            places = np.linspace(0, len(complete) - 1, memory.count).round().astype(int)
            memory.errors.assign(errors[order][places].astype("float32"))
        memory.state.assign(1.0)

    def mean_error(self, windows):
        """Mean absolute error on some windows, encoded: what training brings down."""
        errors = np.abs(windows.targets - self.encoded_forecasts(windows)).mean(axis=-1)
        return float(np.sum(errors * windows.weights) / max(1.0, windows.weights.sum()))

    @property
    def remembered_errors(self):
        """The sample of errors, `(count, horizon, num_values)`, encoded."""
        return np.array(self.get_layer("errors").errors)

    def encoded_forecasts(self, windows):
        """What the model says to `Windows`, `(N, horizon, num_values)`, encoded."""
        return self.say(windows.inputs, windows.known)

    def say(self, inputs, known, batch_size=1024):
        """The encoded forecast `(N, H, V)` for arrays; rows are filled up, so that few shapes are compiled."""
        N, found = len(inputs), []
        for start in range(0, N, batch_size):
            some = inputs[start : start + batch_size], known[start : start + batch_size]
            count = len(some[0])
            size = batch_size if count > 256 else 256 if count > 16 else 16
            x, k = (np.resize(part, (size, *part.shape[1:])).astype("float32") for part in some)
            said = self.predict_on_batch({"window": x, "known": k} if known.shape[-1] else x)
            found.append(np.asarray(said)[:count])
        return np.concatenate(found) if found else np.zeros((0, *self.output_shape[1:]))
