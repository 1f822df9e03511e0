"""Training as the command line and the comparisons do it: `fit`, stopped when validation stops improving."""

import contextlib
import warnings

import keras

from kseq.tasks.checkpoints import Checkpoint, is_unfinished

# Before so many batches a model has hardly begun: a small data set needs several epochs for them.
FIRST_BATCHES = 200


def train(model, dataset, epochs=20, patience=3, callbacks=(), verbose="auto", checkpoint=None, resume=False):
    """Fits a model on a dataset and keeps the weights of its best epoch.

    Args:
        model: A compiled model.
        dataset: A dataset of kseq; `train` and `validation` are used, `test` is not touched. Without validation every
            epoch is trained and the last weights stay.
        epochs: At most this many passes over the training split.
        patience: Passes without a better validation score after which training stops: the one that counts for the
            task (`model.monitor`), such as a higher accuracy, or for a language model a lower loss.
        callbacks: Further Keras callbacks.
        verbose: As in `fit`.
        checkpoint: A `.keras` file in which the run is kept while it goes on. After Ctrl-C, or if the process was
            killed, the same call with `resume=True` goes on exactly where it was saved last: at Ctrl-C, at the end
            of an epoch, or a minute ago. In the end the file holds the trained model.
        resume: Whether to go on from `checkpoint`.

    Returns:
        The Keras `History`; of a resumed run, with the epochs before.

    Raises:
        ValueError: `checkpoint` holds a run that was stopped, and `resume` was not asked for; or the run of another
            model or other data.
    """
    if resume and checkpoint is None:
        raise ValueError("`resume` needs the file to go on from. Received: resume=True, checkpoint=None")
    if checkpoint is not None and not str(checkpoint).endswith(".keras"):
        raise ValueError(f"`checkpoint` must end in .keras. Received: checkpoint={str(checkpoint)!r}")
    if checkpoint is not None and not resume and is_unfinished(checkpoint):
        raise ValueError(f"{checkpoint} holds a run that was stopped: go on with resume=True, or choose another file.")
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
            start_from_epoch=min(getattr(model, "first_batches", FIRST_BATCHES) // len(batches), epochs - 1),
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
    """Keras's early stopping, which a checkpoint can carry over."""

    COUNTS = ("wait", "best", "best_epoch", "stopped_epoch")

    def state(self):
        """What it remembers: numbers, and the best weights so far."""
        return {name: None if (v := getattr(self, name)) is None else float(v) for name in self.COUNTS}, list(
            self.best_weights or []
        )

    def set_state(self, state, weights):
        """Remembers what `state` gave."""
        for name, value in state.items():
            setattr(self, name, value if name == "best" or value is None else int(value))
        self.best_weights = weights or None
