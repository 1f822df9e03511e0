"""`find_learning_rate`: a short training run with a growing learning rate, to see which ones work."""

import dataclasses

import keras
import numpy as np
import pandas as pd

from kseq.tasks.arguments import check_positive

FORGET = 0.9  # of the running mean that smooths the losses
MARGIN = 10  # between the rate with the lowest loss and the one to train with
BURST = 2.0  # the run ends when the smoothed loss is so many times its lowest value


@dataclasses.dataclass(frozen=True)
class LearningRates:
    """What `find_learning_rate` found; `kseq.plot.learning_rate_curve` draws it.

    Args:
        rates: learning rate of each batch.
        losses: loss of each batch.
        smoothed: running mean of the losses, without its bias towards the beginning.
        suggestion: a rate to begin with: a tenth of the one with the lowest smoothed loss.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float

    def table(self):
        """The curve as a `pandas.DataFrame` with the columns `learning_rate`, `loss`, `smoothed`."""
        return pd.DataFrame({"learning_rate": self.rates, "loss": self.losses, "smoothed": self.smoothed})

    def __repr__(self):
        return (
            f"LearningRates(suggestion={self.suggestion:.2g}, tried {len(self.rates)} from {self.rates[0]:.1e} "
            f"to {self.rates[-1]:.1e})"
        )


def find_learning_rate(model, x, y=None, *, lowest=1e-5, highest=1.0, steps=100, batch_size=None):
    """Trains a copy of the model while the learning rate grows from batch to batch, and looks at the loss.

    Too small, and nothing happens; then the loss falls; too large, and it bursts. A good rate lies well below the one
    with the lowest loss, for training lasts longer than this. It is a place to begin, not the best rate. The model
    itself stays as it is, weights and optimizer included, and so do the data.

    Args:
        model: a compiled functional or sequential model.
        x: what `fit` takes: `dataset.train`, or an array.
        y: targets, where `x` is an array.
        lowest, highest: first and last learning rate; it grows by the same factor at every batch.
        steps: number of batches. The run ends before, when the loss is twice its lowest value.
        batch_size: rows in a batch, where `x` is an array.

    Returns:
        `LearningRates`, with `.suggestion`, `.table()`, and what `kseq.plot.learning_rate_curve` draws.

    Raises:
        ValueError: the model is not compiled, or a rate is out of its range.

    Example:

    >>> found = find_learning_rate(build_text_model(text.vectorizer), text.train)
    >>> model = build_text_model(text.vectorizer, learning_rate=found.suggestion)

    References:
        Smith (2017), Cyclical learning rates for training neural networks.
    """
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError(f"`model` must be a compiled Keras model. Received: {model!r}")
    if not 0 < lowest < highest:
        raise ValueError(f"Rates must be 0 < lowest < highest. Received: lowest={lowest!r}, highest={highest!r}")
    check_positive("steps", steps)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    config = {**model.optimizer.get_config(), "learning_rate": float(lowest)}
    copy.compile(type(model.optimizer).from_config(config), loss=model.loss, jit_compile=model.jit_compile)
    ramp = Ramp(np.geomspace(lowest, highest, steps))
    order = getattr(x, "batches", None)  # of kseq's data: it knows which epoch comes next
    place = None if order is None else (order.epoch, order.start)
    while not ramp.ended:  # as many epochs as it takes; a model's own `fit` might plan a learning rate
        keras.Model.fit(copy, x, y, batch_size=batch_size, callbacks=[ramp], verbose=0)
    if order is not None:
        order.epoch, order.start = place
    losses = np.array(ramp.losses)
    smoothed = np.array(ramp.smoothed)
    return LearningRates(ramp.rates[: len(losses)], losses, smoothed, below_the_lowest(ramp.rates, smoothed))


def below_the_lowest(rates, smoothed):
    """A tenth of the rate with the lowest smoothed loss: there the steps were already so large that it stopped falling.

    Where the loss falls *fastest* says less: a network may begin with outputs that the smallest steps put right.
    """
    return float(max(rates[0], rates[int(np.nanargmin(smoothed))] / MARGIN))


class Ramp(keras.callbacks.Callback):
    """Raises the learning rate batch by batch and writes down the loss of each."""

    def __init__(self, rates):
        super().__init__()
        self.rates, self.losses, self.smoothed = rates, [], []
        self.mean, self.ended = 0.0, False

    def on_train_batch_begin(self, batch, logs=None):
        """Sets the rate; the metrics begin anew, so that the loss is that of one batch."""
        self.model.reset_metrics()
        self.model.optimizer.learning_rate = self.rates[len(self.losses)]

    def on_train_batch_end(self, batch, logs=None):
        """Writes the loss down; ends the run where it bursts or the rates are used up."""
        loss = float(logs["loss"])
        self.losses.append(loss)
        self.mean = FORGET * self.mean + (1 - FORGET) * loss
        self.smoothed.append(self.mean / (1 - FORGET ** len(self.losses)))
        burst = not np.isfinite(loss) or self.smoothed[-1] > BURST * min(self.smoothed)
        self.ended = burst or len(self.losses) == len(self.rates)
        self.model.stop_training = self.ended
