"""`Cost`: what one call of one layer costs."""

import dataclasses

from kseq.scale import derive, given


@dataclasses.dataclass(frozen=True)
class Cost:
    """The matrix products of a call for one example, and what the backward pass reads again.

    Args:
        formula: FLOPs of the matrix products; empty where there are none.
        sizes: symbol -> number.
        kept: values that the layer writes and the backward pass reads.
        with_data: formula of those products that take the inputs by weights: if the inputs are data, nobody needs
            their gradient. Empty if they are not data.
    """

    formula: str = ""
    sizes: dict = dataclasses.field(default_factory=dict)
    kept: int = 0
    with_data: str = ""

    def flops(self, name, formula=None):
        """The FLOPs as a `Quantity`."""
        formula = self.formula if formula is None else formula
        if not formula:
            return given(0, "FLOP", name=f"matrix products of {name}")
        return derive(f"matrix products of {name}", "FLOP", formula, **self.sizes)
