"""`plan_training`: does it fit, how long does it take, what does it cost, what does it emit.

print(plan_training("gpt3-xl", gpus=8, gpu="a100-80gb"))
"""

from dataclasses import dataclass, field

from kseq.scale.advising import advice, config_of, room, smallest_zero
from kseq.scale.board import board
from kseq.scale.counting import parameters
from kseq.scale.emissions import carbon, energy, price
from kseq.scale.errors import ScaleError
from kseq.scale.footprint import Memory, memory
from kseq.scale.given_numbers import positive
from kseq.scale.hardware import Accelerator, accelerator
from kseq.scale.notebooks import pretty
from kseq.scale.operations import training_flops
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.timing import training_time
from kseq.scale.units import in_gib, in_letters

TOKENS_PER_PARAMETER = 20
CHINCHILLA = "Hoffmann et al. (2022), arXiv 2203.15556, table 3: about 20 tokens for each parameter"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A training run as it would be: each part a `Quantity`, with its formula and sources."""

    name: str
    parameters: Quantity
    tokens: Quantity
    gpus: int
    gpu: Accelerator
    flops: Quantity  # of the whole run
    time: Quantity  # seconds; a range where the utilisation is one
    gpu_hours: Quantity
    energy: Quantity  # kWh
    carbon: Quantity  # kg CO2e
    price: Quantity  # USD
    memory: Memory  # of each device
    fits: bool
    zero: int  # the stage that was taken
    advice: tuple = field(
        default=()
    )  # what would make it fit, or how much room there is, in the options of `kseq scale`

    @property
    def quantities(self):
        """What it is made of, by name."""
        names = ("parameters", "tokens", "flops", "time", "gpu_hours", "energy", "carbon", "price")
        return {name: getattr(self, name) for name in names} | {"memory": self.memory.training}

    @property
    def machines(self):
        """The devices in words: `8 × A100 80 GB`."""
        return f"{self.gpus:,} × {self.gpu.name}"

    @property
    def verdict(self):
        """Whether it fits, in one sentence."""
        needed, there = in_gib(self.memory.training), in_gib(self.gpu.memory)
        return f"{'It fits' if self.fits else 'It does not fit'}: each device needs {needed} and has {there}."

    _repr_pretty_ = pretty

    def __str__(self):
        return "\n".join(
            (
                f"{self.name} ({in_letters(self.parameters)} parameters) on {in_letters(self.tokens)} tokens with "
                f"{self.machines}:",
                f"{self.verdict}",
                f"It takes {self.time}, {self.gpu_hours}, {self.energy}, {self.carbon} and {self.price}.",
                *self.advice,
            )
        )

    def explain(self):
        """The derivation of each part as on a blackboard.

        Returns:
            Text of many lines.
        """
        return board(self.quantities.values())


def plan_training(
    config,
    *,
    tokens=None,
    gpus=8,
    gpu="a100-80gb",
    batch_size=None,
    context=None,
    precision="mixed",
    optimizer="adamw",
    recompute="none",
    zero=None,
    tensor=1,
    pipeline=1,
    utilisation=None,
    region=None,
    usd_per_hour=None,
):
    """A training run on named accelerators: memory, time, energy, carbon, money.

    Args:
        config: a name such as `"gpt3-xl"`, an `Architecture`, a mapping of its fields, a Hugging Face config or its
            path, or a `LayerTable`.
        tokens: how many are read in training. Default: 20 for each parameter, as Chinchilla found best.
        gpus: number of devices.
        gpu: name of an accelerator.
        batch_size: sequences that a device reads at once; more of them by accumulating gradients. Default: 1.
        context: tokens of a sequence. Default: what the model was made for.
        precision: `"mixed"` (two bytes for weights and gradients, 32-bit master weights) or None (32 bit).
        optimizer: `"adam"`, `"adamw"`, `"sgd"`, `"momentum"`, `"adafactor"`, `"adam8bit"`.
        recompute: activations that are computed again: `"none"`, `"selective"`, `"full"`.
        zero: stage of ZeRO, 0 to 3. Default: the lowest with which it fits; 3 where none does.
        tensor: devices that share each layer.
        pipeline: devices that share the layers among them.
        utilisation: share of the peak that is reached. Default: the range of published runs.
        region: where the electricity comes from.
        usd_per_hour: price of one device for an hour. Default: a range of published ones.

    Returns:
        A `Plan`.

    Raises:
        ScaleError: an unknown name, a size out of range, or `tensor`·`pipeline` does not divide `gpus`.

    Example:

    >>> plan_training("gpt3-xl", gpus=8, gpu="a100-80gb").fits
    True

    References:
        Rows L1 and L6 of the course. Narayanan et al. (2021), arXiv 2104.04473; Rajbhandari et al. (2020),
        arXiv 1910.02054; Patterson et al. (2021), arXiv 2104.10350.
    """
    config, device = config_of(config), accelerator(gpu)
    count = parameters(config)
    data = shares(gpus, tensor, pipeline)
    tokens = number_of_tokens(tokens, count)
    flops = training_flops(config, tokens=tokens, attention=True, recompute=recompute, context=context)
    dtype = "float32" if precision is None else "bfloat16"
    time = training_time(flops, gpus=gpus, gpu=device, dtype=dtype, utilisation=utilisation)
    hours = derive("device hours", "GPU hours", "n·s/3600", n=given(gpus, name="devices"), s=time)
    electricity = energy(gpu_hours=hours, watts=device.watts)
    layout = {
        "batch_size": 1 if batch_size is None else batch_size,
        "context": context,
        "precision": precision,
        "optimizer": optimizer,
        "recompute": recompute,
        "data": data,
        "tensor": tensor,
        "pipeline": pipeline,
    }
    layout["zero"] = smallest_zero(config, device, layout) if zero is None else zero
    needed = memory(config, **layout)
    return Plan(
        name=config.name,
        parameters=count,
        tokens=tokens,
        gpus=gpus,
        gpu=device,
        flops=flops,
        time=time,
        gpu_hours=hours,
        energy=electricity,
        carbon=carbon(electricity, region=region),
        price=price(hours, usd_per_hour=usd_per_hour, gpu=device),
        memory=needed,
        fits=needed.training <= room(device),
        zero=layout["zero"],
        advice=advice(config, device, layout),
    )


def shares(gpus, tensor, pipeline):
    """How many copies of the model there are: what tensor and pipeline parallelism leave of the devices."""
    for name, value in (("gpus", gpus), ("tensor", tensor), ("pipeline", pipeline)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ScaleError(f"`{name}` must be an integer from 1 on. Received: {name}={value!r}")
    if gpus % (tensor * pipeline):
        raise ScaleError(
            f"tensor·pipeline must divide gpus={gpus}, so that all copies of the model are alike. "
            f"Received: tensor={tensor}, pipeline={pipeline}"
        )
    return gpus // (tensor * pipeline)


def number_of_tokens(tokens, count):
    """What is given, or 20 tokens for each parameter."""
    if tokens is None:
        note = f"Nobody said how many tokens: {TOKENS_PER_PARAMETER} for each parameter are taken."
        r = given(TOKENS_PER_PARAMETER, "tokens/parameter", CHINCHILLA, name="tokens for each parameter")
        return derive("tokens of the training", "tokens", "r·N", note=note, r=r, N=count)
    return positive("tokens", tokens, "tokens", name="tokens of the training")
