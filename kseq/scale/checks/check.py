"""`Check`: one published number beside ours."""

from dataclasses import dataclass

from kseq.scale.quantity import Quantity


@dataclass(frozen=True, kw_only=True)
class Check:
    """A number as it was printed, and as it is computed here.

    It agrees where the difference is within `within` (a share of the published number) or `rounding` (half the last
    printed digit, in the unit of the number), or where the number lies in a published range.
    """

    table: str  # where it was printed: "GPT-3, table D.1"
    row: str  # the line there: "GPT-3 13B"
    what: str  # "parameters", "FLOPs", "t CO2e"
    published: float | tuple  # the number, or the lowest and highest of a range
    computed: Quantity
    source: str  # paper, file or model card
    within: float = 0.0
    rounding: float = 0.0
    cause: str = ""  # why it may not agree, for a reader

    @property
    def deviation(self):
        """Share by which the computed number lies above the published one (from the nearer end of a range)."""
        low, high = self.published if isinstance(self.published, tuple) else (self.published, self.published)
        nearest = min(max(float(self.computed), low), high)
        return (float(self.computed) - nearest) / nearest

    @property
    def agrees(self):
        """Whether both are the same but for rounding or the tolerance that the source allows."""
        nearest = float(self.computed) / (1 + self.deviation)
        return abs(self.deviation) <= self.within or abs(float(self.computed) - nearest) <= self.rounding * (1 + 1e-9)
