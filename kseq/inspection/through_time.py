"""Recurrent layers that run by `kseq.scratch` while a model is being differentiated.

The backend's automatic differentiation gives ∂L/∂outputs of a recurrent layer, but says nothing of what happens
between its time steps. So for the duration the loop over time of each recurrent layer (`inner_loop`) is replaced by
the same equations in NumPy, whose backpropagation through time is written out (row R7). Everything around the loop,
that is initial states, masks, casting, `return_state`, stays Keras's own code, and the gradient passes through the loop
like through any other operation: from a decoder into the states of its encoder, too.
"""

import contextlib
import dataclasses

import keras
import numpy as np
from keras import ops

from kseq import scratch
from kseq.backend.gradients import NotEagerError, numpy_function
from kseq.backend.threads import one_thread
from kseq.inspection.capture import hooked
from kseq.inspection.errors import InspectionError, one_line
from kseq.inspection.finding import Recurrent, recurrent_layers
from kseq.inspection.fitting import checked_embeddings, described
from kseq.layers.recurrent import FastTimeLoop


@contextlib.contextmanager
def replayed(model, source, loops, of_inputs=False):
    """While this lasts, the recurrent layers of a model run by `kseq.scratch`.

    Layers whose equations are not known (cells, activations or loops of one's own) run as they always do.

    Args:
        model: a built Keras model.
        source: a number (a tensor), 0. Each loop adds it to its input, so that there is something to differentiate
            with respect to: ∂L/∂source reaches every loop that L depends on.
        loops: an empty list, which receives a `Loop` at each call of a recurrent layer.
        of_inputs: whether the first layer's input is differentiated, too, and not only what depends on `source`.
    """
    known = [recurrent for recurrent in _found(model) if why_unknown(recurrent) is None]
    cells = {id(r.layer): [_without_weight_gradients(cell) for cell in r.cells] for r in known}

    def with_known_loop(recurrent, call, args, kwargs):
        layer = recurrent.layer
        # nothing before the first loop depends on `source`
        loop = Loop(recurrent, cells[id(layer)], source, states_only=not loops and not of_inputs)
        loops.append(loop)
        vars(layer)["inner_loop"] = loop.run
        try:
            # a layer that was told to drop out even now must not do so here
            return call(*args[:3], **{**kwargs, "training": False})
        finally:
            vars(layer).pop("inner_loop")

    with hooked(model, with_known_loop, [r.name for r in known]) if known else contextlib.nullcontext():
        yield


def _without_weight_gradients(keras_cell):
    """The cell as `kseq.scratch` knows it, but its way back leaves out ∂L/∂W and ∂L/∂U, half of the work."""
    cell = scratch.read_weights(keras_cell)

    def back_to_weights(d_a, values):
        # ∂L/∂x = ∂L/∂(xW) · Wᵀ; only the GRU tells xW from hU
        return d_a.get("xW", d_a.get("a")) @ cell.input_weights.T, {}

    cell.back_to_weights = back_to_weights
    return cell


def why_unknown(recurrent):
    """Why the gradients between the time steps of a layer are not known here; `None` if they are."""
    if recurrent.problem:
        return recurrent.problem
    if not type(recurrent.layer).inner_loop.__module__.startswith(("keras.", "kseq.")):
        return f"the class {type(recurrent.layer).__name__} has an `inner_loop` of its own"
    for keras_cell in recurrent.cells:
        cell = scratch.read_weights(keras_cell)
        for name in ("activation", "recurrent_activation"):
            if hasattr(cell, name) and getattr(cell, name).derivative is None:
                known = ", ".join(scratch.ACTIVATIONS)
                return f"the derivative of its {name} {getattr(keras_cell, name)!r:.60} is not known (known: {known})"
    return None


def run_model(model, x, loops):
    """The outputs of a model inside `replayed`, or an `InspectionError` that says what is wrong."""
    problems = []
    try:
        with checked_embeddings(model, problems):
            return model(x, training=False)
    except Exception as error:
        # Keras wraps what is raised in a layer in a longer message
        problem = next((p for p in (*problems, *(loop.problem for loop in loops)) if p), None)
        raise problem or InspectionError(
            f"The model {model.name!r} cannot be run on `x`: {one_line(error)}. Received: {described(x)}"
        ) from error


def _found(model):
    try:
        return recurrent_layers(model)
    except InspectionError:
        return []  # a model without recurrence


@dataclasses.dataclass
class Loop:
    """One walk through time of one recurrent layer, forwards and back.

    All arrays are in the order of processing.

    Args:
        recurrent: which layer, and which call of it.
        cells: its cells as `kseq.scratch` knows them.
        source: see `replayed`.
        states_only: whether nobody asks for the gradient at the input.
    """

    recurrent: Recurrent
    cells: list
    source: object
    states_only: bool = False
    runs: list = None
    """what each cell computed (`kseq.scratch.Run`)"""
    gradients: list = None
    """for each cell "h" (and "c") -> ∂L/∂h_t, `(batch, steps, units)`; `None` if L does not depend on this layer"""
    mask: np.ndarray = None
    """`(batch, steps)` booleans or `None`"""
    problem: InspectionError = None
    """why it could not run"""

    def run(self, sequences, initial_state, mask=None, training=False):
        """Does what `inner_loop` does: returns `(last_output, outputs, states)`."""
        layer = self.recurrent.layer
        mask = mask[0] if keras.tree.is_nested(mask) else mask
        self._with_mask = mask is not None
        sequences = ops.cast(sequences, layer.compute_dtype)
        inputs = [sequences, ops.cast(self.source, sequences.dtype)]
        inputs += [ops.cast(mask, sequences.dtype)] if self._with_mask else []
        try:
            outputs, *states = numpy_function(
                self._forward, self._backward, *inputs, *keras.tree.flatten(initial_state)
            )
        except NotEagerError as error:
            self.problem = InspectionError(
                f"The layer {self.recurrent.name!r} runs inside compiled or vectorised code (tf.function, jit, "
                "TimeDistributed), where no numbers can be seen"
            )
            raise self.problem from error
        last = outputs[:, -1] if layer.return_sequences else outputs
        return last, outputs, keras.tree.pack_sequence_as(initial_state, states)

    def in_order(self, array):
        """`(batch, steps, …)` from the order of processing to the order of the input, or back."""
        return array[:, ::-1] if self.recurrent.go_backwards else array

    @one_thread()
    @np.errstate(over="ignore", invalid="ignore")  # what is not finite is reported with the loss
    def _forward(self, sequences, source, *rest):
        rest = list(rest)
        self.mask = self.in_order(rest.pop(0) > 0.5) if self._with_mask else None
        self.runs, outputs = [], self.in_order(sequences) + source
        for cell in self.cells:
            state = tuple(rest.pop(0) for _ in cell.state_names)
            self.runs.append(cell.forward(outputs, state, mask=self.mask))
            outputs = self.runs[-1].outputs
        outputs = self._show(outputs)
        return outputs if self.recurrent.layer.return_sequences else outputs[:, -1], *self.states()

    def states(self):
        """The final states of all cells, one after another."""
        return [s for run in self.runs for s in run.state]

    @one_thread()
    @np.errstate(over="ignore", invalid="ignore")
    def _backward(self, d_outputs, *d_states):
        d_states, shape = list(d_states), self.runs[-1].outputs.shape
        if not self.recurrent.layer.return_sequences:
            d_last, d_outputs = d_outputs, np.zeros(shape, d_outputs.dtype)
            d_outputs[:, -1] = d_last
        d_outputs, d_first = self._hide(d_outputs)
        self.gradients, d_initial = [], []
        for index in reversed(range(len(self.cells))):
            cell, run, states_only = self.cells[index], self.runs[index], self.states_only and index == 0
            n = len(cell.state_names)
            d_final, d_states = d_states[-n:], d_states[:-n]
            back = cell.backward(run, d_outputs, tuple(d_final), states_only=states_only)
            self.gradients.insert(0, back.d_states)
            d_initial = [*back.d_initial_state, *d_initial]
            # the input of this cell is the output of the one below
            d_outputs = np.zeros_like(run.x) if states_only else back.d_x
        if d_first is not None:
            d_initial[-len(self.cells[-1].state_names)] += d_first
        nothing = [np.zeros((), d_outputs.dtype)] + ([np.zeros(self.mask.shape)] if self._with_mask else [])
        return self.in_order(d_outputs), *nothing, *d_initial

    # What a layer shows at masked steps besides repeating the output before.

    @property
    def _unseen(self):
        """`(batch, steps, 1)`: before the first step that counts."""
        return np.cumsum(self.mask, axis=1)[..., None] == 0

    @property
    def _shows_initial(self):
        """Keras's own layers on JAX show the initial state before the first step that counts, where others show 0."""
        layer = self.recurrent.layer
        return keras.backend.backend() == "jax" and not isinstance(layer, FastTimeLoop) and not layer.unroll

    def _show(self, outputs):
        if self.mask is not None and self.recurrent.layer.zero_output_for_mask:
            return outputs * self.mask[..., None]
        if self.mask is not None and self._shows_initial:
            return np.where(self._unseen, self.runs[-1].initial_state[0][:, None], outputs)
        return outputs

    def _hide(self, d_outputs):
        """The gradients at what is really an output, and those at the initial state h shown instead of one."""
        if self.mask is not None and self.recurrent.layer.zero_output_for_mask:
            return d_outputs * self.mask[..., None], None
        if self.mask is not None and self._shows_initial:
            return d_outputs * ~self._unseen, (d_outputs * self._unseen).sum(axis=1)
        return d_outputs, None
