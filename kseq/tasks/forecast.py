"""Forecasting: many numbers in, the next one or several out (S3, R4). `build_forecast_model`, verb `forecast`."""

import os

import keras
import numpy as np

from kseq.data.series.scaler import SeriesScaler
from kseq.tasks.arguments import Seeds
from kseq.tasks.forecast_body import check_body, check_context, forecaster
from kseq.tasks.forecast_history import history_of, made_from, size_or_scaler
from kseq.tasks.forecast_paths import COLUMNS, interval_columns, unroll_forecast
from kseq.tasks.forecast_scores import check_horizon, naive_errors, rolling_forecasts, score_table
from kseq.tasks.forecasting_model import ForecastingModel

keras.saving.register_keras_serializable(package="kseq")(SeriesScaler)


@keras.saving.register_keras_serializable(package="kseq")
class ForecastModel(ForecastingModel):
    """A forecaster of series; made by `build_forecast_model`."""

    def forecast(self, history, steps=None, *, series=None, dates=None, regressors=None, paths=200, seed=0):
        """Numbers in, the numbers to come out, with intervals (S3).

        Beyond the horizon the forecasts feed back; see `kseq.tasks.forecast_paths`.

        Args:
            history: a `SeriesDataset` (its series to their ends), one of its `.series`, a pandas Series with dates as
                its index, or a list of numbers, the latest last; NaN where missing.
            steps: How many steps to forecast. Default: the horizon.
            series: Name of the series, where the model knows several and `history` does not say which it is.
            dates: The dates of `history`, where it has none.
            regressors: What is known in advance, `(steps, R)`; for a list of numbers, which brings no regressors of
                the past either, those of the history and then those to come, `(len(history) + steps, R)`.
            paths: How many futures the intervals are taken from, where forecasts feed back.
            seed: Fixes the futures.

        Returns:
            pandas frame, a row for each step, with the columns `median`, `lower_80`, `upper_80`, `lower_95`,
            `upper_95`; the index is the date, or the number of the step from 1 on. For a dataset of several series the
            first level of the index is the name. `kseq.plot.forecast_fan` knows from its `attrs` what it follows.

        Raises:
            ValueError: The history is shorter than what the model reads, or something else is missing.
        """
        scaler = self._require_vectorizer("forecast")
        steps = _positive("steps", scaler.horizon if steps is None else steps)
        if isinstance(history, (str, os.PathLike)):
            raise TypeError(
                "`history` must be numbers or a dataset. Received: a path or name; load it first: "
                f"model.forecast(load_series({str(history)!r}, vectorizer=model.vectorizer), steps={steps})"
            )
        if hasattr(history, "windows_of"):
            import pandas as pd

            frames = {
                one.name: self.forecast(one, steps, regressors=regressors, paths=paths, seed=seed)
                for one in history.series
            }
            if len(frames) == 1:
                return next(iter(frames.values()))
            together = pd.concat(frames, names=["series"])
            together.attrs = {"histories": [frame.attrs["histories"][0] for frame in frames.values()]}
            return together
        one, future = history_of(scaler, history, steps, series, dates, regressors)
        W, T = scaler.context_length, len(one)
        past, _ = scaler.inputs(one.values, one.regressors, one.positions, one.calendar, one.name)
        ahead = one.first + T + np.arange(steps)
        known = scaler.known_inputs(future, ahead, one.calendar)
        point, futures = unroll_forecast(self, past[None, -W:], known[None], steps, paths, seed)
        columns = self.columns(one, np.array([T]), point, futures)
        frame = _frame({name: column[0] for name, column in columns.items()}, one.calendar, ahead, T)
        frame.attrs = {"histories": [made_from(one, frame)]}
        return frame

    def columns(self, series, origins, point, futures):
        """The columns of a forecast, each `(N, S)`, in units of the data."""
        from kseq.data.series.values import filled

        scaler, values = self.vectorizer, filled(series.values)
        size = max(1, scaler.lost)
        before = np.stack([values[origin - size : origin] for origin in origins])
        point = scaler.levels(point[..., 0], before, series.name)
        futures = scaler.levels(futures[..., 0], before[:, None], series.name)
        return {name: scaler.backward(column) for name, column in interval_columns(point, futures).items()}

    def new_steps(self, said, known):
        """The forecast as steps of a window `(N, H, channels)`: observed, with the regressors of those steps."""
        scaler = self.vectorizer
        parts = [said] + [np.ones_like(said)] * scaler.observed + [known[..., : len(scaler.regressors)]]
        return np.concatenate(parts, axis=-1)

    def rolling_origin(self, dataset, split="test", steps=None, *, every=1, paths=100, seed=0):
        """Forecasts from every moment of a split, with the truth: what happens to one who forecasts again and again.

        Args:
            dataset: A `SeriesDataset`.
            split: Name of the split. Only forecasts that end in it are made.
            steps: How far to forecast. Default: the horizon.
            every: From every how manieth moment.
            paths, seed: As for `forecast`.

        Returns:
            pandas frame with the columns `series`, `origin` (the date of the last known value), `step` (from 1),
            `date`, `truth`, and those of `forecast`.

        Raises:
            ValueError: The split reaches into what the model was trained on, or has fewer than `steps` steps.
        """
        scaler = self._require_vectorizer("rolling_origin")
        steps = _positive("steps", scaler.horizon if steps is None else steps)
        return rolling_forecasts(self, dataset, split, steps, _positive("every", every), paths, seed)

    def scores(self, dataset, split="test", steps=None):
        """MASE, MAE, and how often the truth lay inside the intervals; see `TaskModel.scores`.

        Args:
            dataset: A `SeriesDataset`.
            split: Name of the split.
            steps: How far to forecast; the scores are means over them, beside `dataset.baselines(split, steps)`.
                Default: the horizon, which must then be that of the dataset.

        MASE counts in the period of the dataset, as its baselines do.

        Raises:
            ValueError: The horizon is not that of the dataset, or the split reaches into what the model was trained on.
        """
        self._require_vectorizer("scores")
        check_horizon(self, dataset, steps)
        table, _ = score_table(dataset, self.rolling_origin(dataset, split, steps))
        return {name: float(column.mean()) for name, column in table.items()}

    def scores_by_series(self, dataset, split="test", steps=None):
        """What `scores` returns, for each series on its own: a mean over all hides the one that goes wrong.

        Args:
            dataset, split, steps: As for `scores`.

        Returns:
            pandas frame, a row for each series, with the columns `MASE`, `MAE`, `inside 80 %`, `inside 95 %`, and the
            MAE of the naive forecast at the same moments: `seasonal naive MAE` or, without a season, `last value MAE`.
        """
        scaler = self._require_vectorizer("scores_by_series")
        check_horizon(self, dataset, steps)
        table, series = score_table(dataset, self.rolling_origin(dataset, split, steps))
        name, naive = naive_errors(dataset, split, scaler.horizon if steps is None else steps)
        found = table.groupby(series, sort=False).mean()
        found[f"{name} MAE"] = found.index.map(naive)
        return found


def _positive(name, value):
    """A whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")
    return value


def _frame(columns, calendar, positions, T):
    """The frame of one forecast."""
    import pandas as pd

    if calendar.kind == "step":
        index = pd.Index(positions - T + 1 - (positions[0] - T), name="step")
    else:
        index = pd.DatetimeIndex(calendar.dates(positions), name="date")
    return pd.DataFrame(columns, index=index)[list(COLUMNS)]


def build_forecast_model(
    vectorizer,
    *,
    architecture="lstm",
    context_length=None,
    horizon=None,
    units=32,
    num_layers=1,
    num_heads=4,
    intermediate_dim=None,
    position="sine",
    residual=True,
    dropout=0.0,
    activation=None,
    clipnorm=1.0,
    learning_rate=1e-3,
    seed=None,
    name="forecast",
):
    """Builds and compiles a forecaster: many-to-one with a horizon of 1, many-to-many with more (S3, R4).

        ŷ = W [window, known] + b + network(window, known)

    The shortcut W is a linear autoregression. `fit` begins with its least-squares solution and a network that says
    nothing, and trains both for the absolute error: the network learns what the line cannot.

    Args:
        vectorizer: A dataset's `.vectorizer`, which holds scale, season, window and horizon. Or the number of values at
            each step, for those who bring arrays `(N, context_length, values)` and `(N, horizon, values)`; then
            `context_length` must be given.
        architecture: `"dense"` (the flattened window, S8), `"simple_rnn"`, `"lstm"`, `"gru"` or `"transformer"`.
        context_length: Steps that the model reads. Default: all of a window; fewer are cut off inside the model.
        horizon: Steps forecast at once, for arrays. Default: 1; with a vectorizer it is that of the data.
        units: Width of the recurrent state, of a hidden layer, or of everything in a Transformer.
        num_layers: Number of recurrent (or hidden dense) layers or Transformer blocks on top of each other.
        num_heads: Number of heads of the Transformer's attention; divides `units`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * units`.
        position: How the Transformer learns where a step stands: `"sine"`, `"learned"` or `"rotary"`.
        residual: Whether the linear shortcut leads around the network.
        dropout: Fraction of the network's features that are dropped in training.
        activation: Of the recurrent cell or hidden layer. Default: `tanh`; `relu` for `"dense"`; `gelu` for
            `"transformer"`.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        learning_rate: Of the Adam optimizer: a number or a `keras.optimizers.schedules.LearningRateSchedule`.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `ForecastModel`, a `keras.Model` with the verb `forecast(history, steps)`. Input: encoded windows
        `(batch_size, context_length, channels)`, or a dictionary `window`, `known` where something is known in advance.
        Output: `(batch_size, horizon, 1)`, encoded.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: none; windows are always full. Missing values are filled with the one before and, where the training part
    has some, marked in a channel of their own.

    Example:

    >>> series = load_series("airline", test_size=24)
    >>> model = build_forecast_model(series.vectorizer, architecture="gru", seed=0)
    >>> train(model, series, epochs=100, patience=10)
    >>> model.forecast(series, steps=12)

    References:
        Hyndman and Koehler (2006), Another look at measures of forecast accuracy (MASE). Rows S3, R4, S8 of the
        course map.
    """
    sizes = {
        "units": units,
        "num_layers": num_layers,
        "num_heads": num_heads,
        "intermediate_dim": intermediate_dim,
        "context_length": context_length,
        "horizon": horizon,
    }
    check_body(architecture, sizes, position, dropout, clipnorm, residual)
    vectorizer = size_or_scaler(vectorizer, context_length, horizon)
    seeds = Seeds(seed)
    inputs, outputs = forecaster(
        vectorizer,
        check_context(context_length, vectorizer),
        architecture,
        units=units,
        num_layers=num_layers,
        num_heads=num_heads,
        intermediate_dim=intermediate_dim,
        position=position,
        activation=activation,
        dropout=dropout,
        residual=residual,
        seeds=seeds,
    )
    return compiled(ForecastModel(inputs, outputs, name=name), learning_rate, clipnorm)


def compiled(model, learning_rate, clipnorm):
    """The model with Adam and the absolute error, which is what is measured."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, clipnorm=clipnorm), loss=keras.losses.MeanAbsoluteError()
    )
    model.optimizer.build(model.trainable_variables)  # so that a model saved untrained loads without a warning
    return model
