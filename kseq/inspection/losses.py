"""The loss of a model on one batch, and what can be wrong with the targets."""

import contextlib

import keras
import numpy as np
from keras import ops

from kseq.inspection.errors import InspectionError, one_line
from kseq.inspection.fitting import check_finite_numbers, described


class BatchLoss:
    """A function `(x, y_pred) -> scalar tensor`, made from the compiled loss or from one that is given.

    Args:
        model: a built Keras model.
        y: the targets as arrays (for several outputs in their structure).
        loss: as for `compile`; `None` means the model's own.
        sample_weight: as for `fit`, as arrays.

    Raises:
        InspectionError: there is no loss.
    """

    def __init__(self, model, y, loss=None, sample_weight=None):
        self.y, self.sample_weight = y, sample_weight
        self.kind = loss
        if loss is not None:
            self.owner = keras.Sequential(name="loss")  # a stand-in: `model` must not be compiled anew
            try:
                for name in keras.tree.flatten(loss):
                    if isinstance(name, str) and name not in ("crossentropy", "ce"):  # `compile` knows these besides
                        keras.losses.get(name)
                self.owner.compile(loss=loss)
            except (ValueError, TypeError) as error:
                raise InspectionError(f"`loss` must be as for `compile`. Received: loss={loss!r}") from error
            return
        self.owner = model
        own = getattr(model, "_compile_loss", None)
        self.kind = getattr(own, "_user_loss", None)
        has_own = type(model).__dict__.get("compute_loss") or not isinstance(model, keras.Model)
        compiled = bool(getattr(model, "compiled", False))
        if own is None and (not has_own or not compiled):
            raise InspectionError(
                f"The model {model.name!r} has no loss (compiled: {compiled}): say which one, as for `compile`, for "
                "example loss='mse'. Received: loss=None"
            )

    def __call__(self, x, y_pred):
        self._check(y_pred)
        y, weight = _tensors(self.y), _tensors(self.sample_weight)
        with _fresh(self.owner):
            try:
                return self.owner.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight)
            except Exception as error:
                weights = "" if self.sample_weight is None else f", sample_weight {described(self.sample_weight)}"
                raise InspectionError(
                    f"The loss cannot be computed: {one_line(error)}; the model gives {_shapes(y_pred)}. "
                    f"Received: y {described(self.y)}{weights}"
                ) from error

    def _check(self, y_pred):
        """What Keras would let pass by broadcasting, or report with a crash deep inside."""
        single = not keras.tree.is_nested(y_pred) and not keras.tree.is_nested(self.y)
        if not single or not _is_kerass(self.kind):
            return
        y, shape = self.y, tuple(y_pred.shape)
        name = _name(self.kind)
        allowed = (shape[:-1], (*shape[:-1], 1)) if "sparse" in name else (shape, shape[:-1], (*shape[:-1], 1))
        if y.shape not in allowed:
            shapes = " or ".join(map(str, dict.fromkeys(allowed)))
            raise InspectionError(
                f"`y` must have the shape {shapes} for the loss {name!r}, as the model gives {shape}. "
                f"Received: y {described(self.y)}"
            )
        if "sparse" in name and y.size and (y.min() < 0 or y.max() >= shape[-1]):
            raise InspectionError(
                f"`y` must hold classes from 0 to {shape[-1] - 1}, one for each output of the model. "
                f"Received: y from {y.min()} to {y.max()}"
            )


@contextlib.contextmanager
def _fresh(model):
    """A compiled loss of its own, since Keras's keeps a mean per output and takes its structure from the first `y`."""
    own = getattr(model, "_compile_loss", None)
    if not hasattr(own, "_user_loss"):
        yield
        return
    vars(model)["_compile_loss"] = type(own)(own._user_loss, own._user_loss_weights, output_names=own.output_names)
    try:
        yield
    finally:
        vars(model)["_compile_loss"] = own


def check_finite(value, model, y):
    """Raises an `InspectionError` that says where a loss that is no number comes from."""
    if np.isfinite(value):
        return
    check_finite_numbers(y, "y")
    check_weights(model)
    raise InspectionError(f"The loss must be a finite number, or there is no gradient. Received: {value}")


def check_weights(model):
    """Refuses a model whose weights are not finite."""
    for variable in model.weights:
        if not np.all(np.isfinite(ops.convert_to_numpy(ops.cast(variable, "float32")))):
            raise InspectionError(
                f"The model's weights must be finite. Received: {variable.path!r} with NaN or "
                "infinite values (a training that exploded?)"
            )


def check_rows(x, y, sample_weight):
    """Raises an `InspectionError` unless there are as many targets (and weights) as inputs."""
    rows = {np.shape(a)[:1] for a in keras.tree.flatten(x)}
    for name, given in (("y", y), ("sample_weight", sample_weight)):
        for part in keras.tree.flatten(given):
            if part is not None and np.shape(part)[:1] not in rows:
                raise InspectionError(
                    f"`{name}` must have one row for each of the {next(iter(rows))[0]} examples in `x`. "
                    f"Received: {name} {described(given)}"
                )


def as_arrays(given):
    """NumPy arrays in the structure of `given`; a list of numbers, or of rows of numbers, is one array."""
    if given is None:
        return None
    if isinstance(given, dict):
        return {name: as_arrays(part) for name, part in given.items()}
    if isinstance(given, list | tuple) and any(hasattr(part, "shape") for part in keras.tree.flatten(given)):
        return [as_arrays(part) for part in given]
    return ops.convert_to_numpy(given) if keras.ops.is_tensor(given) else np.asarray(given)


def _tensors(arrays):
    return keras.tree.map_structure(lambda a: None if a is None else ops.convert_to_tensor(a), arrays)


def _is_kerass(loss):
    module = getattr(loss, "__module__", None) or type(loss).__module__
    return isinstance(loss, str) or module.startswith("keras.")


def _name(loss):
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")


def _shapes(y_pred):
    return ", ".join(str(tuple(p.shape)) for p in keras.tree.flatten(y_pred))
