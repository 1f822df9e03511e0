"""`memory`: the bytes that a model takes while it is trained, on one device or shared by many.

Each parameter has a weight, a gradient and what the optimizer keeps. In float32 with Adam these are 4 + 4 + 8 bytes;
in mixed precision 2 + 2 + 12: weights and gradients of 16 bits, and in float32 both moments and the weights that are
updated. (Keras's own `mixed_float16` keeps float32 variables: count it as float32, which is 16 bytes, too.)
Tensor and pipeline parallelism deal the parameters out; ZeRO deals out, among the copies of data parallelism, first
what the optimizer keeps (stage 1), then the gradients, too (2), then the weights, too (3).
"""

from dataclasses import dataclass

from kseq.scale.activation_bytes import PAPER, RECOMPUTE, activation_memory, check_heads
from kseq.scale.counting import is_table, parameters
from kseq.scale.errors import ScaleError
from kseq.scale.naming import architecture
from kseq.scale.notebooks import pretty
from kseq.scale.number_types import bytes_of, check_count, choice
from kseq.scale.optimizer_bytes import MIXED, optimizer_state
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.units import in_gib

ZERO = "Rajbhandari et al. (2020), ZeRO, arXiv 1910.02054, section 5"
PRECISIONS = {None: "all in `dtype`", "mixed": "16 bits, updated in float32"}
STAGES = range(4)
TENSOR, COPIES = "devices of tensor parallelism", "copies of the model that share by ZeRO"
PIPELINE = "The first stage of a pipeline holds as many micro-batches as there are stages: activations are not divided."
GATHERED = "With ZeRO 3 the weights of the layer that is being computed are gathered, which takes room for a moment."
EVENLY = "Layers and embeddings are taken to be dealt out evenly; of uneven shares the largest is larger."


NO_ACTIVATIONS = given(0, "bytes", name="activations: no batch_size was given")


@dataclass(frozen=True)
class Memory:
    """Bytes that each device holds while a model is trained; every field is a `Quantity`."""

    parameters: Quantity  # of the whole model: their number, not bytes
    weights: Quantity
    gradients: Quantity
    optimizer: Quantity
    activations: Quantity = NO_ACTIVATIONS
    devices: int = 1  # that share the work; all fields but `parameters` are of one of them

    @property
    def training(self):
        """All of them together, in bytes."""
        return derive(
            "memory for training", "bytes", "M_w + M_g + M_o + M_a",
            M_w=self.weights, M_g=self.gradients, M_o=self.optimizer, M_a=self.activations,
        )  # fmt: skip

    def explain(self, depth=3):
        """The derivation of `training`, as on a blackboard."""
        return self.training.explain(depth)

    def as_dict(self):
        """Numbers with their derivations as JSON has them, and their sum as `training`."""
        parts = ("parameters", "weights", "gradients", "optimizer", "activations", "training")
        return {part: getattr(self, part).as_dict() for part in parts} | {"devices": self.devices}

    _repr_pretty_ = pretty

    def __str__(self):
        activations = f", activations {in_gib(self.activations)}" if self.activations else ""
        rest = "" if self.activations else " and the activations"
        devices = f" on each of {self.devices:,} devices" if self.devices > 1 else ""
        return (
            f"{self.parameters:,} parameters: weights {in_gib(self.weights)}, gradients {in_gib(self.gradients)}, "
            f"optimizer {in_gib(self.optimizer)}{activations}; for training {in_gib(self.training)}{rest}{devices}"
        )


def memory(
    config,
    *,
    dtype="float32",
    optimizer="adam",
    precision=None,
    batch_size=None,
    context=None,
    recompute=None,
    zero=0,
    data=1,
    tensor=1,
    pipeline=1,
    dropout=None,
    **changes,
):
    """What training needs in bytes, on each device; nothing is allocated (row L6).

    Args:
        config: a name such as `"gpt2"`, an `Architecture`, a mapping of its fields, a path of a Hugging Face
            `config.json`, or a `LayerTable`.
        dtype: type of the weights, their gradients and moments: `"float32"`, `"bfloat16"` or `"float16"`.
        optimizer: `"adam"`, `"adamw"`, `"sgd"`, `"momentum"`, `"adafactor"` or `"adam8bit"`.
        precision: `"mixed"`: weights, gradients and activations take 2 bytes, moments and a copy of the weights are
            float32. `None`: all is as `dtype` says.
        batch_size: sequences that go through a device at once (a micro-batch). `None`: no activations.
        context: tokens of each sequence. `None`: the context length of the architecture.
        recompute: `"none"`, `"selective"`, `"flash"` or `"full"`, as in `activation_memory`. `None`: `"flash"`.
        zero: stage of ZeRO, 0 to 3: what the `data` copies share instead of each having all.
        data: copies of the model (data parallelism).
        tensor: devices that share each layer (tensor parallelism).
        pipeline: devices that share the layers (pipeline parallelism).
        dropout: whether there is dropout, whose masks are activations, too. `None`: as the architecture was trained.
        **changes: fields of the architecture that shall be otherwise, such as `vocabulary_size=65`.

    Returns:
        A `Memory`: `weights`, `gradients`, `optimizer`, `activations`, and `training`, their sum.

    Raises:
        ScaleError: as in `parameters`, or a type, word or number is not possible.

    Example:

    >>> in_gib(memory("gpt2-xl").training)
    '23.21 GiB'
    >>> print(memory("gpt3-175b", precision="mixed", zero=3, data=8, tensor=8))
    174,604,259,328 parameters: weights 5.08 GiB, gradients 5.08 GiB, optimizer 30.49 GiB; for training 40.65 GiB and …

    References:
        Rajbhandari et al. (2020), arXiv 1910.02054 (ZeRO); Korthikanti et al. (2022), arXiv 2205.05198 (activations);
        Dao et al. (2022), arXiv 2205.14135 (FlashAttention).
    """
    bytes_of(dtype)
    choice("precision", precision, PRECISIONS)
    if recompute is not None:
        choice("recompute", recompute, RECOMPUTE)
    for name, value in {"data": data, "tensor": tensor, "pipeline": pipeline}.items():
        check_count(name, value)
    if isinstance(zero, bool) or zero not in STAGES:
        raise ScaleError(f"`zero` must be 0, 1, 2 or 3: the stage of ZeRO. Received: zero={zero!r}")
    if is_table(config):
        sizes, count = config, config.parameters
    else:
        sizes = architecture(config, **changes)
        count = parameters(sizes)
        check_heads(sizes, tensor)
        _check_pipeline(sizes, pipeline)
    kept = "bfloat16" if precision and dtype == "float32" else dtype
    states = model_states(
        sizes, count, dtype=kept, optimizer=optimizer, mixed=bool(precision), zero=zero,
        data=data, tensor=tensor, pipeline=pipeline,
    )  # fmt: skip
    if batch_size is not None:
        how = {"context": context, "recompute": recompute, "tensor": tensor, "dtype": kept, "dropout": dropout}
        states["activations"] = _staged(activation_memory(sizes, batch_size=batch_size, **how), pipeline)
    return Memory(parameters=count, **states, devices=data * tensor * pipeline)


def model_states(sizes, count, *, dtype, optimizer="adam", mixed=False, zero=0, data=1, tensor=1, pipeline=1):
    """Weights, gradients and what the optimizer keeps, on one device.

    Args:
        sizes: an `Architecture` or a `LayerTable`; only Adafactor looks into it.
        count: the number of parameters, as a `Quantity`.
        dtype: type of weights and gradients.
        optimizer: as in `memory`.
        mixed: whether the optimizer keeps float32 beside them.
        zero: stage of ZeRO.
        data: copies of the model.
        tensor: devices that share each layer.
        pipeline: devices that share the layers.

    Returns:
        A dictionary of `"weights"`, `"gradients"`, `"optimizer"` -> `Quantity` in bytes.
    """
    size = given(bytes_of(dtype), "bytes", MIXED if mixed else "", name=f"bytes of a {dtype}")
    state, master = (4, 4) if mixed else (size.exact, 0)
    whole = {
        "weights": derive("weights", "bytes", "N·b", N=count, b=size),
        "gradients": derive("gradients", "bytes", "N·b", N=count, b=size),
        "optimizer": optimizer_state(sizes, count, optimizer, state, master),
    }
    shared_from = {"optimizer": 1, "gradients": 2, "weights": 3}  # the stage of ZeRO
    return {
        part: _share(part, value, tensor, pipeline, data if zero >= shared_from[part] else 1)
        for part, value in whole.items()
    }


def _share(part, whole, tensor, pipeline, data):
    """The part of one device."""
    divisors = {"n_t": (tensor, TENSOR), "n_p": (pipeline, "stages of the pipeline"), "n_d": (data, COPIES)}
    divisors = {symbol: given(n, "devices", name=name) for symbol, (n, name) in divisors.items() if n > 1}
    if not divisors:
        return whole
    below, all_of = "·".join(divisors), f"M_{part}"
    formula = f"{all_of}/({below})" if len(divisors) > 1 else f"{all_of}/{below}"
    note = GATHERED if part == "weights" and data > 1 else EVENLY if tensor * pipeline > 1 else ""
    source = ZERO if data > 1 else ""
    return derive(f"{part} of one device", "bytes", formula, source=source, note=note, **{all_of: whole}, **divisors)


def _staged(activations, pipeline):
    if pipeline == 1:
        return activations
    return derive("activations of the first stage", "bytes", "M_s", source=PAPER, note=PIPELINE, M_s=activations)


def _check_pipeline(sizes, pipeline):
    layers = sizes.num_layers + sizes.num_encoder_layers
    if pipeline > layers:
        raise ScaleError(
            f"`pipeline` must be at most the {layers} layers of {sizes.name!r}. Received: pipeline={pipeline}"
        )
