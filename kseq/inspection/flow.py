"""How far a gradient reaches back in time: `gradient_flow` (rows R7 and R9)."""

import keras
import numpy as np
from keras import ops

from kseq.backend.gradients import value_and_gradients
from kseq.inspection import tokens as words
from kseq.inspection.capture import outputs_of
from kseq.inspection.errors import InspectionError, listed, one_line
from kseq.inspection.finding import choose, is_wanted, recurrent_layers
from kseq.inspection.flow_records import GradientFlow, StateGradients
from kseq.inspection.losses import BatchLoss, as_arrays, check_finite, check_rows
from kseq.inspection.through_time import replayed, run_model, why_unknown


def gradient_flow(model, x, y, *, layers=None, loss=None, sample_weight=None, tokens=None, vocabulary=None):
    """Shows how strongly the loss depends on the state of every recurrent layer at every time step.

    ∂L/∂h_t is the *total* gradient: through the output of step t and through everything that comes after it, in the
    layer itself, in the layers above, and in a decoder that starts from its state. Where its norm falls towards the
    beginning, the gradient vanishes; where it grows, it explodes (row R9).

    Why not ∂L/∂W step by step? All steps share W, and their contributions add up (row R7): the sum may be large
    because of the last steps while nothing arrives from the first. The gradient at the states does not hide that.

    Dropout is off, and nothing in the model changes: no weight, no state, no metric.

    Args:
        model: a built Keras model with `SimpleRNN`, `LSTM`, `GRU`, `RNN` over their cells, alone or in
            `Bidirectional`, stacked, nested, shared, with masks, from Keras or from kseq.
        x: one batch of inputs, as for `model(x)`; texts, if the model has a vectorizer.
        y: its targets, as for `fit`; names of classes, if the model has a vectorizer that knows them.
        layers: name or list of names, as in `trace`: `"lstm"`, `"bi/forward"`, `"rnn/0"`. `None` for all.
        loss: as for `compile`; `None` for the model's own, regularisation terms included (they don't depend on the
            states and add nothing to the gradients).
        sample_weight: as for `fit`.
        tokens, vocabulary: as in `trace`, for the words in `GradientFlow.table`.

    Returns:
        A `GradientFlow`.

    Raises:
        InspectionError: there is no such layer, one whose cell is not known, no loss, targets that don't fit, or a loss
            that is not finite.

    Masks: at a masked step nothing happens, and the norms and gradients there are NaN (`np.nanmean` skips them).

    Example:

    >>> flow = gradient_flow(model, x, y)
    >>> flow.norms["lstm"].shape
    (32, 100)
    >>> flow.singular_values("lstm", t=99, k=0)

    References:
        Bengio, Simard and Frasconi (1994), Learning long-term dependencies with gradient descent is difficult; Pascanu,
        Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks. Rows R7 and R9.
    """
    for recurrent in choose(recurrent_layers(model), layers):
        problem = why_unknown(recurrent)
        if problem:
            raise InspectionError(f"The layer {recurrent.name!r} has no gradient flow: {problem}")
    reading = words.read(model, x, tokens, vocabulary, argument="x")
    x = reading.inputs if ops.is_tensor(reading.inputs) else as_arrays(reading.inputs)
    y, sample_weight = _targets(model, y), as_arrays(sample_weight)
    check_rows(x, y, sample_weight)
    batch_loss = BatchLoss(model, y, loss, sample_weight)
    loops, ids = [], []

    def run(source):
        loops.clear()
        with replayed(model, source, loops), outputs_of(model, words.VECTORIZERS, ids):
            return batch_loss(x, run_model(model, x, loops))

    value, _ = value_and_gradients(run, np.zeros((), keras.config.floatx()), variables=model.weights)
    check_finite(value, model, y)
    rows, states = reading.rows(ids), {}
    for loop in loops:
        name, shape = loop.recurrent.name, loop.runs[0].outputs.shape[:2]
        mask = None if loop.mask is None else loop.in_order(loop.mask)
        line = words.tokens_for(name, rows, tokens, *shape, mask)
        for index, entry in enumerate(loop.recurrent.entries):
            if is_wanted(entry, layers):
                states[entry] = StateGradients.of(loop, index, line)
    if not states:
        ran = listed([entry for loop in loops for entry in loop.recurrent.entries])
        raise InspectionError(f"The layer did not run on `x`. What ran: {ran}. Received: layers={layers!r}")
    return GradientFlow(float(value), states)


def _targets(model, y):
    """`y` as arrays; names of classes become integers where the model's vectorizer knows them."""
    if words.is_text(y):
        vectorizer = words.find_vectorizer(model)
        if not getattr(vectorizer, "labels", ()):
            raise InspectionError(
                f"`y` holds names, but the model {model.name!r} has no vectorizer that knows them: give integers. "
                f"Received: y={list(y)[:3]!r}"
            )
        try:
            return vectorizer.encode_labels(y)
        except ValueError as error:
            raise InspectionError(f"`y`: {one_line(error)}") from error
    return as_arrays(y)
