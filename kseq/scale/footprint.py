"""`memory`: the bytes that parameters, their gradients and Adam's moments take before any text is read."""

from dataclasses import dataclass

from kseq.scale.counting import parameters
from kseq.scale.errors import ScaleError
from kseq.scale.naming import architecture
from kseq.scale.units import in_gib

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
ADAM_MOMENTS = 2


@dataclass(frozen=True)
class Memory:
    """Bytes of a model that is being trained, without the activations, which depend on the batch."""

    parameters: int  # their number, not bytes
    weights: int
    gradients: int
    optimizer: int

    @property
    def training(self):
        """All of them together, in bytes."""
        return self.weights + self.gradients + self.optimizer

    def __str__(self):
        return (
            f"{self.parameters:,} parameters: weights {in_gib(self.weights)}, gradients {in_gib(self.gradients)}, "
            f"optimizer {in_gib(self.optimizer)}; for training {in_gib(self.training)} and the activations"
        )


def memory(config, *, dtype="float32", **changes):
    """What weights, gradients and Adam need, in bytes; nothing is allocated.

    Adam keeps two numbers beside each weight, in the type of the weight, as Keras does.

    Args:
        config: a name such as `"gpt2"`, an `Architecture`, or a mapping of its fields.
        dtype: type of the weights: `"float32"`, `"bfloat16"` or `"float16"`.
        **changes: fields that shall be otherwise, such as `vocabulary_size=65`.

    Returns:
        A `Memory`: `weights`, `gradients`, `optimizer`, and `training`, their sum.

    Raises:
        ScaleError: as in `parameters`, or the type is unknown.

    Example:

    >>> in_gib(memory("gpt2-xl").training)
    '23.21 GiB'
    """
    if dtype not in BYTES:
        raise ScaleError(f"`dtype` must be one of {', '.join(map(repr, BYTES))}. Received: dtype={dtype!r}")
    count = parameters(architecture(config, **changes))
    size = count * BYTES[dtype]
    return Memory(parameters=count, weights=size, gradients=size, optimizer=ADAM_MOMENTS * size)
