"""`Asked`: a model and what the command line says of its training."""

from dataclasses import dataclass
from functools import cached_property

from kseq.scale import Architecture, plan_training

GPUS, GPU = 8, "a100-80gb"


@dataclass
class Asked:
    """A model and the options of the command line; None is what was not given."""

    config: object
    tokens: float | None = None
    flops: float | None = None
    gpus: int | None = None
    gpu: str | None = None
    batch: int | None = None
    context: int | None = None
    utilisation: float | None = None
    recompute: str | None = None
    dropout: bool | None = None
    zero: int | None = None
    tensor: int | None = None
    pipeline: int | None = None
    optimizer: str | None = None
    precision: str | None = None
    region: str | None = None
    price: float | None = None

    @property
    def name(self):
        """What the model is called."""
        return self.config.name

    @property
    def is_architecture(self):
        """Whether it is a Transformer whose sizes are known, not a table of layers."""
        return isinstance(self.config, Architecture)

    @property
    def length(self):
        """Tokens of a sequence."""
        if self.context:
            return self.context
        return self.config.context_length if self.is_architecture else self.config.length or 1

    @property
    def writes(self):
        """Whether it writes token by token, so that keys and values are kept."""
        return self.is_architecture and self.config.causal

    @cached_property
    def plan(self):
        """The training that the options describe."""
        return plan_training(
            self.config,
            tokens=self.tokens,
            gpus=self.gpus or GPUS,
            gpu=self.gpu or GPU,
            batch_size=self.batch,
            context=self.context,
            precision=None if self.precision == "float32" else "mixed",
            optimizer=self.optimizer or "adamw",
            recompute=self.recompute,
            dropout=self.dropout,
            zero=self.zero,
            tensor=self.tensor or 1,
            pipeline=self.pipeline or 1,
            utilisation=self.utilisation,
            region=self.region,
            usd_per_hour=self.price,
        )
