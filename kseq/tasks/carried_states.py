"""States that are carried from batch to batch: when they begin at zero, and with which data they make sense (R8)."""

import keras

from kseq.data.texts.streams import EvaluationStreams, TrainingStreams
from kseq.tasks.arguments import check_positive


def stateful_layers(model):
    """The layers that go on from the final states of the batch before."""
    return [layer for layer in model.layers if getattr(layer, "stateful", False)]


def reset(model):
    """Puts all carried states back to zero."""
    for layer in stateful_layers(model):
        layer.reset_state()


class ResetStates(keras.callbacks.Callback):
    """Puts the states to zero when an epoch begins, for then the streams begin anew.

    Not in an epoch of a resumed run that begins in its middle: there the states are those that were saved.

    Args:
        data: what `fit` is given.
    """

    def __init__(self, data):
        super().__init__()
        self.batches = getattr(data, "batches", None)

    def on_epoch_begin(self, epoch, logs=None):
        """Resets."""
        if not getattr(self.batches, "start", 0):
            reset(self.model)


def check_streams(model, data):
    """Refuses a kseq dataset whose batches do not go on where the one before ended.

    Arrays and other people's datasets are taken as they come: whoever brings them lays them out.

    Raises:
        ValueError: one line that says how to load the text.
    """
    batches = getattr(data, "batches", None)
    if batches is None:
        return
    is_stream = isinstance(batches, TrainingStreams | EvaluationStreams)
    if not is_stream or batches.batch_size != model.streams:
        came = f"streams of batch_size={batches.batch_size}" if is_stream else "batches of unconnected windows"
        raise ValueError(
            f"{model.name!r} carries its states from batch to batch in {model.streams} streams: load the text with "
            f"load_text(..., stateful=True, batch_size={model.streams}). Received: {came}"
        )


def remark_on_streams(model, data):
    """One line on streams that go into a model that does not carry its states; else `None`."""
    batches = getattr(data, "batches", None)
    if not isinstance(batches, TrainingStreams | EvaluationStreams):
        return None
    return (
        f"the text is laid out in {batches.batch_size} streams (stateful=True), but {model.name!r} begins every batch "
        "anew and learns nothing from that: build it with "
        f"build_text_model(..., stateful=True, batch_size={batches.batch_size}), recurrent, or load the text without "
        "stateful=True"
    )


def check_stateful(stateful, batch_size, architecture):
    """Refuses states that nobody can carry, and streams that nobody counted."""
    if stateful and architecture == "transformer":
        raise ValueError(
            "`stateful` needs a recurrent architecture: a Transformer has no state to carry. "
            f"Received: architecture={architecture!r}, stateful=True"
        )
    if bool(stateful) != (batch_size is not None):
        raise ValueError(
            "`stateful` and `batch_size`, the number of streams in the data, go together. "
            f"Received: stateful={stateful!r}, batch_size={batch_size!r}"
        )
    if stateful:
        check_positive("batch_size", batch_size)
