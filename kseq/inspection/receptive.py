"""How much each position of the input moves the output: `receptive_profile` (rows R9, R11)."""

import dataclasses

import keras
import numpy as np
from keras import ops

from kseq.backend.gradients import value_and_gradients
from kseq.backend.inference import without_gradients
from kseq.inspection import tokens as words
from kseq.inspection.capture import outputs_of, to_numpy
from kseq.inspection.errors import InspectionError
from kseq.inspection.fitting import described
from kseq.inspection.losses import as_arrays, check_weights
from kseq.inspection.positions import find_positions
from kseq.inspection.through_time import replayed, run_model

METHODS = ("gradient", "occlusion")
MAX_OUTPUTS = 64  # numbers per example; each takes one way back
MAX_ROWS = 256  # examples that run at once in `occlusion`


@dataclasses.dataclass(eq=False)
class ReceptiveProfile:
    """How much each position of the input moves the output of a model; from `receptive_profile`.

    Args:
        values: `(batch, positions)`, not negative; 0 at padding.
        tokens: for each example the list of its tokens, or `None`.
        method: `"gradient"` or `"occlusion"`.
        outputs: the model's outputs that were looked at, `(batch, outputs)`.
    """

    values: np.ndarray
    tokens: list | None
    method: str
    outputs: np.ndarray

    def table(self):
        """A `pandas.DataFrame` with a row for each example and position: `example`, `position`, `token` (where
        known), `value`."""
        import pandas as pd

        example, position = (index.ravel() for index in np.indices(self.values.shape))
        columns = {"example": example, "position": position}
        if self.tokens is not None:
            columns["token"] = [self.tokens[e][p] for e, p in zip(example, position, strict=True)]
        return pd.DataFrame(columns | {"value": self.values.ravel()})

    def __repr__(self):
        batch, positions = self.values.shape
        return f"ReceptiveProfile({self.method}, {batch} examples × {positions} positions)"


def receptive_profile(
    model, x, *, method="gradient", output=None, layer=None, replacement=None, tokens=None, vocabulary=None
):
    """Shows how much each position of the input moves the output of a model.

    - `"gradient"`: the norm of ∂output/∂(vector at that position), where the vector is the embedding of an id or the
      features of a series. It says what a *small* change would do; where a sigmoid or softmax is saturated, everything
      is small.
    - `"occlusion"`: by how much the output changes when the position is replaced: a large change, one at a time.

    A model that forgets shows a profile that falls towards the beginning. Dropout is off, and nothing in the model
    changes. Examples must not depend on each other.

    Args:
        model: a built Keras model with one input; it needs no recurrent layer.
        x: a batch of ids `(batch, positions)`, of series `(batch, positions, features)`, or of texts, if the model has
            a vectorizer.
        method: `"gradient"` or `"occlusion"`.
        output: which number of the output to look at: an index, or a tuple of them for an output with several axes
            (`(-1, 0)`: the first number of the last step). `None`: the whole output of an example as one vector.
        layer: name of the `Embedding` whose positions are meant, if there are several.
        replacement: for `"occlusion"`: an id, or for series a number or a vector. `None`: the unknown id if the model
            has a vectorizer, else zeros in place of the vector (in a series under a `Masking` layer with
            `mask_value=0` that means: left out).
        tokens, vocabulary: as in `trace`.

    Returns:
        A `ReceptiveProfile` with `values` `(batch, positions)`, `tokens` and `table()`.

    Raises:
        InspectionError: an argument is out of its range, the model has several inputs or outputs, or numbers come out
            that are not finite.

    Masks: positions that the embedding (`mask_zero=True`) or a `Masking` layer masks are 0. Without a mask, padding is
    an input like any other, and its value says how much it disturbs.

    Example:

    >>> profile = receptive_profile(model, ["a film I would not see again"])
    >>> profile.table().sort_values("value")

    References:
        Simonyan, Vedaldi and Zisserman (2014), Deep inside convolutional networks (gradients); Zeiler and Fergus
        (2014), Visualizing and understanding convolutional networks (occlusion).
    """
    if method not in METHODS:
        raise InspectionError(f"`method` must be 'gradient' or 'occlusion'. Received: method={method!r}")
    if replacement is not None and method == "gradient":
        raise InspectionError(f"`replacement` needs method='occlusion'. Received: replacement={replacement!r}")
    reading = words.read(model, x, tokens, vocabulary, argument="x")
    x = reading.inputs if ops.is_tensor(reading.inputs) else as_arrays(reading.inputs)
    if keras.tree.is_nested(x):
        raise InspectionError(f"`x` must be one array, as positions are those of one input. Received: {x!r:.60}")
    ids, loops = [], []

    def run(x):
        """The chosen outputs, `(batch, outputs)`."""
        loops.clear()
        ids.clear()
        with replayed(model, ops.zeros(()), loops, of_inputs=True), outputs_of(model, words.VECTORIZERS, ids):
            return _selected(run_model(model, x, loops), output)

    with keras.StatelessScope(), without_gradients():
        positions, outputs = find_positions(model, x, layer, run)
    outputs = to_numpy(outputs)
    if method == "gradient":
        values = _by_gradient(model, positions, run, outputs)
    else:
        vectorizer = words.find_vectorizer(model)
        if replacement is None and vectorizer is not None and positions.ids is not None:
            replacement = vectorizer.unknown_id
        with keras.StatelessScope(), without_gradients():
            values = _by_occlusion(positions, run, outputs, replacement)
    if not np.isfinite(values).all():
        check_weights(model)
        raise InspectionError(f"The output of the model {model.name!r} is not finite for this `x`: {described(x)}")
    if positions.mask is not None:
        values = np.where(positions.mask, values, 0)
    line = words.tokens_for("input", reading.rows(ids), tokens, *values.shape, positions.mask)
    return ReceptiveProfile(values, line, method, outputs)


def _selected(outputs, output):
    """`(batch, K)`: the numbers of the output that are looked at."""
    if keras.tree.is_nested(outputs):
        number = len(keras.tree.flatten(outputs))
        raise InspectionError(f"The model must have one output. Received: a model with {number}")
    outputs = ops.cast(outputs, keras.config.floatx())
    if output is not None:
        index = output if isinstance(output, tuple) else (output,)
        try:
            np.empty(outputs.shape[1:])[index]
        except (IndexError, TypeError) as error:
            raise InspectionError(
                f"`output` must be an index into the shape {tuple(outputs.shape[1:])} of an output. "
                f"Received: output={output!r}"
            ) from error
        outputs = outputs[(slice(None), *index)]
    return ops.reshape(outputs, (outputs.shape[0], -1))


def _by_gradient(model, positions, run, outputs):
    """‖∂output/∂vector‖: examples are independent, so one way back for the sum over the batch gives all of them."""
    if outputs.shape[1] > MAX_OUTPUTS:
        raise InspectionError(
            f"The output has {outputs.shape[1]} numbers per example, more than {MAX_OUTPUTS}: choose one, such as "
            "output=0 or output=(-1, 0), or take method='occlusion'"
        )

    def sums(change):
        return ops.sum(positions.added(run, change), axis=0)

    _, (gradients,) = value_and_gradients(sums, positions.zeros(), variables=model.weights)
    # (outputs, batch, positions, features) -> (batch, positions)
    return np.sqrt(np.square(gradients.reshape(len(gradients), *positions.shape, -1)).sum(axis=(0, 3)))


def _by_occlusion(positions, run, outputs, replacement):
    """‖change of the output‖ with one position after the other replaced."""
    batch, steps = positions.shape
    at_once = max(1, MAX_ROWS // batch) if positions.may_repeat else 1
    values = np.empty((batch, steps), outputs.dtype)
    for first in range(0, steps, at_once):
        chosen = np.arange(first, min(first + at_once, steps))
        changed = to_numpy(positions.replaced(run, chosen, replacement)).reshape(len(chosen), batch, -1)
        values[:, chosen] = np.linalg.norm(changed - outputs, axis=-1).T
    return values
