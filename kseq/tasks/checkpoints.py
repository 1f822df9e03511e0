"""`Checkpoint`: a training run that was stopped, or killed, goes on as if nothing had happened.

One `.keras` file holds it all: the model, as `model.save` writes it, and beside it what Keras does not save: the
place in the data, the state of the dropout, the running means of the metrics, and what early stopping remembers.
`kseq.load_model` reads the same file, so that a half-trained model can be tried out at any time.
"""

import contextlib
import io
import json
import signal
import threading
import time
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np

from kseq.tasks.saving import ModelFileError, load_model

NUMBERS, PLACE = "progress.npz", "progress.json"  # beside Keras's own parts of the archive
SETTINGS = ("batch_size", "context_length", "stride", "seed")  # of the batches; not all data have all of them


class Checkpoint(keras.callbacks.Callback):
    """Saves a run while it goes on, so that it can be resumed exactly: same losses, same weights.

    Args:
        path: the `.keras` file.
        batches: what `fit` is given as data: `dataset.train`, kept in a variable.
        resume: whether to go on from the file. It must be there then.
        seconds: the run is saved after every epoch, and within an epoch when so many seconds have passed.
        remember: other callbacks that belong to the run, with `state()` and `set_state(numbers, arrays)`. Give this one
            to `fit` before them.

    Raises:
        FileNotFoundError: nothing to resume from.
        ValueError: the file holds no unfinished run, or that of another model or other data.

    Example:

    >>> batches = text.train
    >>> model.fit(batches, epochs=10, callbacks=[Checkpoint("run.keras", batches)])
    """

    def __init__(self, path, batches, *, resume=False, seconds=60, remember=()):
        super().__init__()
        self.path, self.batches, self.seconds, self.remember = Path(path), batches, seconds, list(remember)
        self.history, self.epoch, self.batch = [], 0, 0
        self.found = read_progress(self.path) if resume else None
        self.interrupted, self.shortened, self.means, self.saved_at = False, False, None, None
        self.steps_before = 0

    def set_model(self, model):
        """Before anything begins: a run that is resumed began with so many steps of the optimizer behind it.

        A learning rate that follows `fit` finds its place by them, also in a model that was trained until just now.
        """
        super().set_model(model)
        if self.found is not None:
            check_same_run(self.found[0], self.batches, self.path)
            model.optimizer.iterations.assign(self.found[0]["steps_before"])
        self.steps_before = int(model.optimizer.iterations)

    def on_train_begin(self, logs=None):
        """Puts the model back as it was, if the run is resumed."""
        self.saved_at = time.monotonic()
        if self.found is None:
            return
        place, numbers = self.found
        saved = load_model(self.path)
        put(saved.weights, self.model.weights, self.path)
        put(saved.optimizer.variables, self.model.optimizer.variables, self.path)
        assign(hidden_state(self.model), numbers, "state")
        self.history, self.epoch, self.batch = place["history"], place["epoch"], place["batch"]
        self.model._initial_epoch = self.epoch  # as Keras's own BackupAndRestore does

    def on_epoch_begin(self, epoch, logs=None):
        """Saves the epoch before; in one that was broken off, data and means of the metrics go on where they were."""
        order = self.batches.batches
        order.epoch, order.start = epoch, self.batch  # some backends of Keras have peeped into an epoch before
        if self.found is None:
            if self.history:
                self.save()
            if self.interrupted:
                raise KeyboardInterrupt
            return
        place, numbers = self.found
        self.found = None
        if self.batch:
            self.shortened, self.means = True, [v for key, v in numbers.items() if key.startswith("metric_")]
        for number, callback in enumerate(self.remember):  # now, for they forget when the training begins
            arrays = [value for key, value in numbers.items() if key.startswith(f"callback_{number}_")]
            callback.set_state(place["callbacks"][number], arrays)

    def on_train_batch_end(self, batch, logs=None):
        """Counts, saves when it is time, and ends an epoch that did not begin at its first batch."""
        self.batch += 1
        if self.means:  # some backends have no metrics before the first batch; the sums in them are added up only now
            for variable, value in zip(self.model.metrics_variables, self.means, strict=True):
                variable.assign(variable + value)
            if getattr(self.model, "_jax_state", None):  # what Keras on JAX puts back if no further batch comes
                self.model._jax_state["metrics_variables"] = [v.value for v in self.model.metrics_variables]
            self.means = None
        whole = len(self.batches.batches)
        # After the last batch the epoch is scored and then saved; there would be no batch to go on with.
        if self.batch < whole and (self.interrupted or time.monotonic() - self.saved_at > self.seconds):
            self.save()
            if self.interrupted:
                raise KeyboardInterrupt
        if self.shortened and self.batch == whole and keras.backend.backend() == "tensorflow":
            # Keras would ask for as many batches as always, and there the step that gets none moves the dropout on.
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        """Counts; what stops the training now are other callbacks, which come after this one."""
        self.history.append({"epoch": epoch, **{key: float(value) for key, value in (logs or {}).items()}})
        self.epoch, self.batch = epoch + 1, 0
        if self.shortened:
            self.model.stop_training = self.shortened = False

    def on_train_end(self, logs=None):
        """Saves the end. A later `fit` of the same model begins at its own first epoch."""
        self.save()
        self.model._initial_epoch = None

    def save(self):
        """Writes the file in one go: whenever the power fails, there is a whole file, the old or the new one."""
        numbers = {
            **numbered(hidden_state(self.model), "state"),
            **(numbered(self.model.metrics_variables, "metric") if self.batch else {}),
        }
        states = []
        for number, callback in enumerate(self.remember):
            state, arrays = callback.state()
            states.append(state)
            numbers |= numbered(arrays, f"callback_{number}")
        place = {
            "epoch": self.epoch,
            "batch": self.batch,
            "steps_before": self.steps_before,
            "data": description(self.batches.batches),
            "history": self.history,
            "callbacks": states,
        }
        unfinished = self.path.with_name(f".{self.path.stem}.part.keras")
        self.model.save(unfinished)
        buffer = io.BytesIO()
        np.savez(buffer, **numbers)
        with zipfile.ZipFile(unfinished, "a") as archive:
            archive.writestr(NUMBERS, buffer.getvalue())
            archive.writestr(PLACE, json.dumps(place))
        unfinished.replace(self.path)
        self.saved_at = time.monotonic()

    @contextlib.contextmanager
    def saving_on_interrupt(self):
        """While this lasts, Ctrl-C saves the run after the batch that is being computed; a second one stops at once."""
        if threading.current_thread() is not threading.main_thread():  # only the main thread hears of Ctrl-C
            yield
            return

        def stop(*_):
            self.interrupted = True
            signal.signal(signal.SIGINT, before)

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def read_progress(path):
    """The place of an unfinished run in its training, and its numbers; see `Checkpoint` for the errors."""
    if not path.exists():
        raise FileNotFoundError(f"No file {path} to resume from.")
    try:
        with zipfile.ZipFile(path) as archive:
            if PLACE not in archive.namelist():
                raise ValueError(f"{path} holds a finished model: there is nothing to resume.")
            place = json.loads(archive.read(PLACE))
            numbers = np.load(io.BytesIO(archive.read(NUMBERS)), allow_pickle=False)
            return place, dict(numbers)
    except zipfile.BadZipFile as error:
        raise ModelFileError(f"{path}: not a .keras file, or cut short ({error}).") from error


def is_unfinished(path):
    """Whether a file holds a run that can be resumed."""
    try:
        with zipfile.ZipFile(path) as archive:
            return PLACE in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def check_same_run(place, batches, path):
    """Refuses data that is not what the run was begun with."""
    then, now = place["data"], description(batches.batches)
    for name, value in then.items():
        if now.get(name) != value:
            what = "other texts or another vocabulary" if name == "content" else f"{name}={value}"
            came = "" if name == "content" else f" Received: {name}={now.get(name)}"
            raise ValueError(f"{path} was trained with {what}: resume with the same data and settings.{came}")


def description(order):
    """What makes batches the same in every run: how they are drawn, and from what."""
    rows = [order.ids] if hasattr(order, "ids") else [*order.rows, *order.labels]
    rows += [row for column in getattr(order, "inputs", {}).values() for row in column]
    content = 0
    for row in rows:
        wide = np.float64 if np.asarray(row).dtype.kind == "f" else np.int64
        content = zlib.crc32(np.ascontiguousarray(row, wide), content)
    settings = {name: int(getattr(order, name)) for name in SETTINGS if hasattr(order, name)}
    return {**settings, "content": content, "batches": len(order)}


def hidden_state(model):
    """The variables that `model.save` leaves out: those that dropout draws its random numbers from."""
    saved = {id(variable) for variable in model.weights}
    return [variable for variable in model.non_trainable_variables if id(variable) not in saved]


def numbered(values, name):
    """The values as a dictionary of arrays: `name_000`, `name_001` …"""
    return {f"{name}_{number:03}": np.array(value) for number, value in enumerate(values)}


def assign(variables, numbers, name):
    """Gives the variables the values that `numbered` wrote down."""
    for number, variable in enumerate(variables):
        variable.assign(numbers[f"{name}_{number:03}"])


def put(values, variables, path):
    """Copies variables into others, if they are of the same shapes."""
    theirs, ours = [tuple(v.shape) for v in values], [tuple(v.shape) for v in variables]
    if theirs != ours:
        raise ValueError(
            f"{path} holds the run of another model: its weights do not fit. Build it with the same settings, or begin "
            "a new file."
        )
    for value, variable in zip(values, variables, strict=True):
        variable.assign(value)
