"""`plan_training`: does it fit, how long does it take, what does it cost, what does it emit.

print(plan_training("gpt3-xl", gpus=8, gpu="a100-80gb"))
"""

from dataclasses import dataclass

from kseq.scale import places
from kseq.scale.advising import advice, config_of, room, smallest_zero
from kseq.scale.board import board
from kseq.scale.counting import is_table, parameters
from kseq.scale.emissions import carbon, energy, price
from kseq.scale.errors import ScaleError
from kseq.scale.footprint import Memory, memory
from kseq.scale.given_numbers import positive
from kseq.scale.hardware import Accelerator, accelerator
from kseq.scale.notebooks import pretty
from kseq.scale.operations import training_flops
from kseq.scale.published.prices import rent
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.timing import training_time
from kseq.scale.units import in_gib, in_letters

TOKENS_PER_PARAMETER = 20
UNSAID_TOKENS = (
    "No time, price or carbon: say how many tokens (--tokens). 20 for each parameter is a rule for causal language "
    "models, and {} is none."
)
UNSAID_PRICE = "No price known for {}: give --price, in USD for an hour of one device."
CHINCHILLA = "Hoffmann et al. (2022), arXiv 2203.15556, table 3: about 20 tokens for each parameter"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A training run as it would be: each part a `Quantity`, with its formula and sources.

    A part that cannot be said is None, and `unsaid` says why: time, energy, carbon and price of what is no language
    model where no tokens are given; the price of devices without a known one.
    """

    name: str
    parameters: Quantity
    tokens: Quantity | None
    gpus: int
    gpu: Accelerator
    flops: Quantity | None  # of the whole run
    time: Quantity | None  # seconds; a range where the utilisation is one
    gpu_hours: Quantity | None
    energy: Quantity | None  # kWh
    carbon: Quantity | None  # kg CO2e
    price: Quantity | None  # USD
    memory: Memory  # of each device
    fits: bool
    zero: int  # the stage that was taken
    advice: tuple = ()  # sentences (`Advice`): what would make it fit, or how much room there is
    unsaid: tuple = ()  # what is missing, and why

    @property
    def quantities(self):
        """What it is made of and what is known of it, by name."""
        names = ("parameters", "tokens", "flops", "time", "gpu_hours", "energy", "carbon", "price")
        found = {name: getattr(self, name) for name in names} | {"memory": self.memory.training}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def remedy(self):
        """The arguments of `plan_training` with which it fits, by the first advice; empty where it fits already."""
        return {} if self.fits or not self.advice else self.advice[0].arguments

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
        data = "" if self.tokens is None else f" on {in_letters(self.tokens)} tokens"
        taken = [self.time, self.gpu_hours, self.energy, self.carbon, self.price]
        shown = ", ".join(str(one) for one in taken if one is not None)
        return "\n".join(
            (
                f"{self.name} ({in_letters(self.parameters)} parameters){data} with {self.machines}:",
                f"{self.verdict}",
                *([f"It takes {shown}."] if shown else []),
                *self.unsaid,
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
    recompute=None,
    dropout=None,
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
        tokens: how many are read in training. Default: 20 for each parameter, as Chinchilla found best for causal
            language models; of what is none only the memory is said then.
        gpus: number of devices.
        gpu: name of an accelerator.
        batch_size: sequences that a device reads at once; more of them by accumulating gradients. Default: 1.
        context: tokens of a sequence. Default: what the model was made for.
        precision: `"mixed"` (two bytes for weights and gradients, 32-bit master weights) or None (32 bit, the default
            of `memory`).
        optimizer: `"adam"`, `"adamw"`, `"sgd"`, `"momentum"`, `"adafactor"`, `"adam8bit"`.
        recompute: activations that are computed again, as in `activation_memory`: `"none"`, `"selective"`, `"flash"` or
            `"full"`. Default: `"flash"`. What FlashAttention repeats is not among the FLOPs of the run: published
            utilisations do not count it either.
        dropout: whether there is dropout. Default: as the architecture was trained.
        zero: stage of ZeRO, 0 to 3. Default: the lowest with which it fits; 3 where none does.
        tensor: devices that share each layer.
        pipeline: devices that share the layers among them.
        utilisation: share of the peak that is reached. Default: the range of published runs.
        region: where the electricity comes from.
        usd_per_hour: price of one device for an hour. Default: a range of published ones, where there are some.

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
    factor = None if region is None else places.region(region)  # so that a wrong name is said in any case
    unsaid = []
    parts = dict.fromkeys(("tokens", "flops", "time", "gpu_hours", "energy", "carbon", "price"))
    if tokens is None and not is_language_model(config):
        unsaid.append(UNSAID_TOKENS.format(config.name))
    else:
        data_read = number_of_tokens(tokens, count)
        exactly = {"convention": "exact", "attention": True, "recompute": counted(recompute), "context": context}
        flops = training_flops(config, tokens=data_read, **exactly)
        dtype = "float32" if precision is None else "bfloat16"
        time = training_time(flops, gpus=gpus, gpu=device, dtype=dtype, utilisation=utilisation)
        hours = derive("device hours", "GPU hours", "n·s/3600", n=given(gpus, name="devices"), s=time)
        electricity = energy(gpu_hours=hours, watts=device.watts)
        parts |= {"tokens": data_read, "flops": flops, "time": time, "gpu_hours": hours, "energy": electricity}
        parts["carbon"] = carbon(electricity, region=factor)
        if usd_per_hour is None and rent(device) is None:
            unsaid.append(UNSAID_PRICE.format(device.name))
        else:
            parts["price"] = price(hours, usd_per_hour=usd_per_hour, gpu=device)
    layout = {
        "batch_size": 1 if batch_size is None else batch_size,
        "context": context,
        "precision": precision,
        "optimizer": optimizer,
        "recompute": recompute,
        "dropout": dropout,
        "data": data,
        "tensor": tensor,
        "pipeline": pipeline,
    }
    layout["zero"] = smallest_zero(config, device, layout) if zero is None else zero
    needed = memory(config, **layout)
    return Plan(
        name=config.name,
        parameters=count,
        gpus=gpus,
        gpu=device,
        memory=needed,
        fits=needed.training <= room(device),
        zero=layout["zero"],
        advice=advice(config, device, layout),
        unsaid=tuple(unsaid),
        **parts,
    )


def is_language_model(config):
    """Whether it is of the kind that Chinchilla's rule of 20 tokens was found on: one causal stack over text."""
    if is_table(config):
        return False
    return config.causal and not (config.num_encoder_layers or config.patch_size or config.name == "dall-e")


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


def counted(recompute):
    """What is computed twice and counted: FlashAttention's repetition is in no published utilisation (MFU)."""
    return "none" if recompute in (None, "flash") else recompute


def number_of_tokens(tokens, count):
    """What is given, or 20 tokens for each parameter."""
    if tokens is None:
        note = f"Nobody said how many tokens: {TOKENS_PER_PARAMETER} for each parameter are taken."
        r_D = given(TOKENS_PER_PARAMETER, "tokens/parameter", CHINCHILLA, name="tokens for each parameter")
        return derive("tokens of the training", "tokens", "r_D·N", note=note, r_D=r_D, N=count)
    return positive("tokens", tokens, "tokens", name="tokens of the training")
