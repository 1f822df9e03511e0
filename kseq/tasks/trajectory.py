"""Trajectories: a history of positions in, those to come out (S1). `build_trajectory_model`, verb `continue_path`."""

import keras
import numpy as np

from kseq.data.seen_sentences import remark_on_seen, warn
from kseq.data.trajectories.dataset import PathScaler, mean_distance
from kseq.tasks.arguments import Seeds
from kseq.tasks.forecast import compiled
from kseq.tasks.forecast_body import check_body, check_context, forecaster
from kseq.tasks.forecast_history import size_or_scaler
from kseq.tasks.forecast_paths import unroll_forecast
from kseq.tasks.forecasting_model import ForecastingModel

keras.saving.register_keras_serializable(package="kseq")(PathScaler)


@keras.saving.register_keras_serializable(package="kseq")
class TrajectoryModel(ForecastingModel):
    """A model of paths; made by `build_trajectory_model`."""

    def continue_path(self, positions, steps=None):
        """Positions in, the positions to come out (S1); beyond the horizon the model reads its own answers.

        Args:
            positions: Array or list `(T, D)`, the latest last, or `(N, T, D)` for several paths of one length.
            steps: How many positions to add. Default: the horizon.

        Returns:
            Array `(steps, D)`, or `(N, steps, D)`.

        Raises:
            ValueError: Fewer positions than the model reads, or other numbers than positions.
        """
        scaler = self._require_vectorizer("continue_path")
        steps = scaler.horizon if steps is None else steps
        if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
            raise ValueError(f"`steps` must be a positive integer. Received: steps={steps!r}")
        D, needed = scaler.num_values, self.get_layer("values").context_length
        expected = f"`positions` must be finite numbers of shape (T, {D}) or (N, T, {D})"
        try:
            paths = np.asarray(positions, float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{expected}. Received: {error}") from None
        if paths.ndim not in (2, 3) or paths.shape[-1] != D:
            raise ValueError(f"{expected}. Received: shape {paths.shape}")
        if not np.isfinite(paths).all():
            place = tuple(np.argwhere(~np.isfinite(paths))[0].tolist())
            raise ValueError(f"{expected}. Received: {paths[place]} at positions[{', '.join(map(str, place))}]")
        if paths.ndim == 2:
            return self.continue_path(paths[None], steps)[0]
        if paths.shape[1] < needed:
            raise ValueError(f"`positions` must have {needed} or more steps. Received: {paths.shape[1]}")
        encoded = scaler.encode(paths)[:, -scaler.context_length :]
        # Where the model cuts its window anyway, what is missing before it does not matter.
        short = scaler.context_length - encoded.shape[1]
        encoded = np.concatenate([np.repeat(encoded[:, :1], short, axis=1), encoded], axis=1)
        known = np.zeros((len(encoded), steps, 0))
        return scaler.decode(unroll_forecast(self, encoded, known, steps, paths=0)[0])

    def new_steps(self, said, known):
        """The forecast as steps of a window: the positions themselves."""
        return said

    def scores(self, dataset, split="test"):
        """`error`, the mean distance between forecast and truth over the horizon; see `TaskModel.scores`.

        Raises:
            ValueError: The split is empty.
        """
        dataset.arrays(split)  # an empty one is refused
        warn(remark_on_seen(self._require_vectorizer("scores"), dataset, split, "steps"))
        windows = dataset.windows(split)
        said = dataset.vectorizer.decode(self.encoded_forecasts(windows))
        return {"error": mean_distance(said, windows.truth)}


def build_trajectory_model(
    vectorizer,
    *,
    architecture="lstm",
    context_length=None,
    horizon=None,
    units=64,
    num_layers=1,
    num_heads=4,
    intermediate_dim=None,
    position="sine",
    residual=True,
    dropout=0.0,
    activation=None,
    clipnorm=1.0,
    learning_rate=2e-3,
    seed=None,
    name="trajectory",
):
    """Builds and compiles a model that says where something will go: `p̂ = W [window] + b + network(window)` (S1).

    The linear shortcut holds "it goes on as it went"; walls, and all else that is no straight line, are the network's.

    Args:
        vectorizer: A dataset's `.vectorizer`. Or the number of coordinates, for those who bring arrays
            `(N, context_length, D)` and `(N, horizon, D)`; then `context_length` must be given.
        architecture: `"dense"` (the flattened window, S8), `"simple_rnn"`, `"lstm"`, `"gru"` or `"transformer"`.
        context_length: Positions that the model reads. Default: all of a window. With 1 it sees one picture and no
            history.
        horizon: Positions forecast at once, for arrays. Default: 1; with a vectorizer it is that of the data.
        units, num_layers, num_heads, intermediate_dim, position, residual, dropout, activation, clipnorm,
            learning_rate, seed, name: As for `build_forecast_model`.

    Returns:
        A compiled `TrajectoryModel`, a `keras.Model` with the verb `continue_path(positions, steps)`. Input: encoded
        positions `(batch_size, context_length, D)`. Output: `(batch_size, horizon, D)`, encoded.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: none; windows are always full.

    Example:

    >>> balls = load_trajectories("ball")
    >>> model = build_trajectory_model(balls.vectorizer, architecture="gru", seed=0)
    >>> model.fit(balls.train, validation_data=balls.validation, epochs=10)
    >>> model.continue_path(balls.paths("test")[0][:8], steps=20)
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
    return compiled(TrajectoryModel(inputs, outputs, name=name), learning_rate, clipnorm)
