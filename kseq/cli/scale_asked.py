"""`Asked`: a model and what the command line says of its training."""

from dataclasses import dataclass, replace
from functools import cached_property

from kseq.scale import Architecture, plan_training
from kseq.scale.units import significant

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
    def unit(self):
        """What FLOPs are counted of: a token, or what an example of a table of layers consists of."""
        if self.is_architecture:
            return "a token" if self.config.vocabulary_size else "a patch"
        return "a step" if self.config.length else "an example"

    def flops_shown(self, value):
        """FLOPs of such a unit; empty where their own unit says so."""
        return "" if self.unit == "a token" else f"{significant(value)} FLOP"

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

    @property
    def changes(self):
        """The options with which it fits, where it does not as asked: dictionary of option -> value."""
        return {"batch" if name == "batch_size" else name: value for name, value in self.plan.remedy.items()}

    @property
    def remedy(self):
        """The same in words: `--recompute selective`; empty where it fits, or where nothing was found."""
        return " ".join(f"--{name} {value}" for name, value in self.changes.items())

    @cached_property
    def better(self):
        """What was asked with the remedy, where there is one."""
        return replace(self, **self.changes) if self.changes else self
