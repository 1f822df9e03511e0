"""`Scores`: the logits of the next token, whatever the model's last layer gives."""

import keras
import numpy as np
from keras import ops

from kseq.generation.errors import GenerationError
from kseq.generation.sampling import NEVER
from kseq.generation.stepping import Stepper

RESERVED = (0, 1)  # padding and unknown: no text, so never written


class Scores:
    """A model in steps, whose scores are float32 logits without the tokens that are no text.

    Args:
        model: see `Stepper`. Its output may be logits or, after a softmax, probabilities.
    """

    def __init__(self, model):
        self.stepper = Stepper(model)
        self.vocabulary_size = int(model.outputs[0].shape[-1])
        self.context_length = context_length(model, self.stepper)
        self._gives_probabilities = ends_in_softmax(self.stepper)
        self._never = np.isin(np.arange(self.vocabulary_size), RESERVED)

    def step(self, ids, state, position):
        """As `Stepper.step`, with the scores of the last token only: `(batch_size, V)` float32."""
        logits, state = self.stepper.step(ids, state, position)
        logits = ops.cast(logits if len(logits.shape) == 2 else logits[:, -1], "float32")
        if self._gives_probabilities:
            logits = ops.log(ops.maximum(logits, 1e-30))
        return ops.where(self._never, NEVER, logits), state


def context_length(model, stepper):
    """The longest text that the model can read, or `None` if there is no limit.

    A learned table of positions ends somewhere. So does what a Transformer has seen in training, even if its
    positions could be computed further: `model.context_length`, or a fixed length of its input, says where.
    """
    limits = [getattr(layer, "context_length", None) for layer in stepper.layers()]
    if stepper.remembers_positions:
        limits += [getattr(model, "context_length", None), model.inputs[0].shape[1]]
    return min((int(limit) for limit in limits if limit), default=None)


def ends_in_softmax(stepper):
    """Whether the model's last layer gives probabilities; refuses scores that are neither those nor logits."""
    *_, last = stepper.layers()
    activation = keras.activations.softmax if isinstance(last, keras.layers.Softmax) else None
    activation = getattr(last, "activation", activation)
    if activation in (None, keras.activations.linear):
        return False
    if activation is keras.activations.softmax:
        return True
    raise GenerationError(
        f"The last layer must give logits (no activation) or probabilities (softmax). Received: {last.name!r} with "
        f"activation={getattr(activation, '__name__', activation)!r}"
    )
