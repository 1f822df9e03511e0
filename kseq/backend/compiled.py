"""Functions of tensors that read a model's weights: compiled once, used often, and gone when the model is.

    program = compiled(function, model.variables)
    outputs = program(*inputs)

TensorFlow: a `tf.function`, by XLA or as a graph. It reads the variables when it runs, so weights that were trained
further are seen. JAX: `jax.jit`; the values of the variables are arguments, for what is closed over would be compiled
in as constants. PyTorch: eager, in inference mode.
"""

import weakref

import keras


class Program:
    """A compiled function. `traces` counts how often Python went through it: once for each set of shapes.

    Args:
        function: takes and returns nested tuples of tensors; written with `keras.ops`.
        variables: the Keras variables that it reads.
        xla: whether XLA compiles it on TensorFlow: slow to begin with, then fast.
        donated: numbers of the arguments whose memory the outputs may take; they are not used again afterwards.
    """

    def __init__(self, function, variables, xla=True, donated=()):
        self.traces = 0

        def counted(*arguments):
            self.traces += 1
            return function(*arguments)

        self._call = globals()[f"_{keras.backend.backend()}"](counted, list(variables), xla, donated)

    def __call__(self, *arguments):
        return self._call(*arguments)


def _tensorflow(function, variables, xla, donated):
    import tensorflow as tf

    return tf.function(function, jit_compile=xla, autograph=False)


def _jax(function, variables, xla, donated):
    import jax

    def with_values(values, *arguments):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*arguments)

    program = jax.jit(with_values, donate_argnums=tuple(number + 1 for number in donated))
    return lambda *arguments: program([v.value for v in variables], *arguments)


def _torch(function, variables, xla, donated):
    import torch

    def tensor(x):  # scalars stay Python's or NumPy's: slicing by them is quicker
        return keras.ops.convert_to_tensor(x) if getattr(x, "shape", ()) else x

    def run(*arguments):
        with torch.inference_mode():
            return function(*keras.tree.map_structure(tensor, arguments))

    return run


def runs_eagerly():
    """Whether programs are not compiled at all, so that every shape costs the same."""
    return keras.backend.backend() == "torch"


def repeat(first, last, body, carry):
    """`for i in range(first, last): carry = body(i, carry)`, inside a program; `first` and `last` may be tensors.

    Where programs run eagerly, `i` is a Python integer: slicing by it is quicker.
    """
    if runs_eagerly():
        first, last = int(first), int(last)

    def same_shapes(i, carry):
        # Some loops inside lose a size that was known, and a loop wants back what it was given.
        return keras.tree.map_structure(with_shape_of, carry, body(i, carry))

    return keras.ops.fori_loop(first, last, same_shapes, carry)


def with_shape_of(before, after):
    """`after`, with the sizes of `before` where all of them are known."""
    wanted, came = (tuple(getattr(tensor, "shape", ())) for tensor in (before, after))
    return after if wanted == came or None in wanted else keras.ops.reshape(after, wanted)


class ProgramsByModel:
    """Keeps what was made for a model as long as the model lives and has the same variables.

    What is kept must not hold the model itself, or neither would ever go.
    """

    def __init__(self):
        self._kept = weakref.WeakKeyDictionary()

    def get(self, model, key, make):
        """What is kept under `key`, or what `make()` gives, which is kept then."""
        layout = tuple(map(id, model.variables))  # another one after `add`, quantising and the like
        before, items = self._kept.get(model, (None, None))
        if before != layout:
            items = {}
            self._kept[model] = (layout, items)
        if key not in items:
            items[key] = make()
        return items[key]

    def of(self, model):
        """All that is kept for a model: key -> thing."""
        return dict(self._kept.get(model, (None, {}))[1])
