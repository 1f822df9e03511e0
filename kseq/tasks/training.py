"""Training as the command line and the comparisons do it: `fit`, stopped when validation stops improving."""

import contextlib
import warnings
from pathlib import Path

import keras

from kseq.tasks.checkpoints import Checkpoint, is_unfinished

# Before so many batches a model has hardly begun, so patience does not count: small data takes several epochs for them.
FIRST_BATCHES = 200


def train(model, dataset, epochs=20, patience=3, callbacks=(), verbose="auto", checkpoint=None, resume=False,
          overwrite=False):  # fmt: skip
    """Fits a model on a dataset and keeps the weights of its best epoch.

    Args:
        model: A compiled model.
        dataset: A dataset of kseq; `train` and `validation` are used, `test` is not touched. Without validation every
            epoch is trained and the last weights stay.
        epochs: At most this many passes over the training split.
        patience: Passes without a better validation score after which training stops: the one that counts for the
            task (`model.monitor`), such as a higher accuracy, or for a language model a lower loss. The first 200
            batches do not try it, and a score that jumps (accuracy, BLEU) counts from there on, if training goes on so
            long.
        callbacks: Further Keras callbacks.
        verbose: As in `fit`.
        checkpoint: A `.keras` file in which the run is kept while it goes on. After Ctrl-C, or if the process was
            killed, the same call with `resume=True` goes on exactly where it was saved last: at Ctrl-C, at the end
            of an epoch, or a minute ago. In the end the file holds the trained model.
        resume: Whether to go on from `checkpoint`.
        overwrite: Whether `checkpoint` may replace a finished model that is there.

    Returns:
        The Keras `History`; of a resumed run, with the epochs before.

    Raises:
        ValueError: `checkpoint` holds a run that was stopped, and `resume` was not asked for; the run of another
            model or other data; or a finished model, and `overwrite` was not asked for.
    """
    if resume and checkpoint is None:
        raise ValueError("`resume` needs the file to go on from. Received: resume=True, checkpoint=None")
    if checkpoint is not None and not str(checkpoint).endswith(".keras"):
        raise ValueError(f"`checkpoint` must end in .keras. Received: checkpoint={str(checkpoint)!r}")
    if checkpoint is not None and not resume and is_unfinished(checkpoint):
        raise ValueError(f"{checkpoint} holds a run that was stopped: go on with resume=True, or choose another file.")
    there = checkpoint is not None and Path(checkpoint).exists() and Path(checkpoint).stat().st_size
    if there and not (resume or overwrite):
        raise ValueError(f"{checkpoint} is there already: choose another file, or say overwrite=True.")
    batches, validation = dataset.train, dataset.validation
    monitor = getattr(model, "monitor", "val_accuracy")
    measures = model.measures(dataset) if validation is not None and hasattr(model, "measures") else []
    watched = []
    if validation is not None:
        best = BestWeights(
            monitor=monitor,
            mode=getattr(model, "monitor_mode", "max"),
            patience=patience,
            restore_best_weights=True,
            verbose=0 if verbose == 0 else 1,  # says which epoch's weights are kept
            patient_until=getattr(model, "first_batches", FIRST_BATCHES) // len(batches),
        )
        watched = [best]
    saving = contextlib.nullcontext()
    if checkpoint is not None:
        keeper = Checkpoint(checkpoint, batches, resume=resume, remember=watched)
        saving = keeper.saving_on_interrupt()
        watched.insert(0, keeper)
    with saving, warnings.catch_warnings():
        # The epoch in which a run goes on has fewer batches than Keras expects.
        warnings.filterwarnings("ignore", r"Your input ran out of data; interrupting training")
        history = model.fit(
            batches,
            validation_data=validation,
            epochs=epochs,
            callbacks=[*measures, *watched, *callbacks],
            verbose=verbose,
        )
    if checkpoint is not None:
        model.save(checkpoint)  # the best weights, and nothing to resume any more
        history.epoch = [row["epoch"] for row in keeper.history]
        names = dict.fromkeys(name for row in keeper.history for name in row if name != "epoch")
        history.history = {name: [row.get(name) for row in keeper.history] for name in names}
    return history


class BestWeights(keras.callbacks.EarlyStopping):
    """Keras's early stopping, which a checkpoint can carry over, and which keeps the best epoch from the first one on.

    Of epochs with the same score, as small data has often, the one with the lowest validation loss is kept. A share of
    few examples (accuracy, BLEU) jumps while a model has hardly begun; so a score of which more is better begins anew
    after `patient_until`, and earlier epochs are kept only where training ends before. A loss does not jump so.

    Args:
        patient_until: number of epochs in which patience does not count. (Keras's `start_from_epoch` would not look at
            their scores either, and the best of them would be lost.)
        **settings: as for `keras.callbacks.EarlyStopping`.
    """

    COUNTS = ("wait", "best_epoch", "stopped_epoch")
    SCORES = ("best", "best_loss")

    def __init__(self, *, patient_until=0, **settings):
        super().__init__(**settings)
        self.patient_until, self.best_loss = patient_until, None

    def on_epoch_end(self, epoch, logs=None):
        """Keeps the weights if they are the best so far; stops when patience has come to its end."""
        stopped = self.model.stop_training
        if self.mode == "max" and epoch == self.patient_until > 0:
            self.best = self.best_weights = self.best_loss = None
        super().on_epoch_end(epoch, logs)
        score, loss = logs.get(self.monitor), logs.get("val_loss")
        if self.best_epoch == epoch:
            self.best_loss = loss
        elif score == self.best and loss is not None and self.best_loss is not None and loss < self.best_loss:
            self.best_loss, self.best_epoch, self.best_weights = loss, epoch, self.model.get_weights()
        if epoch < self.patient_until:
            self.wait, self.stopped_epoch, self.model.stop_training = 0, 0, stopped

    def state(self):
        """What it remembers: numbers, and the best weights so far."""
        return {
            name: None if (v := getattr(self, name)) is None else float(v) for name in (*self.COUNTS, *self.SCORES)
        }, list(self.best_weights or [])

    def set_state(self, state, weights):
        """Remembers what `state` gave."""
        for name, value in state.items():
            setattr(self, name, int(value) if name in self.COUNTS and value is not None else value)
        self.best_weights = weights or None
