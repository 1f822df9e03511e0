"""Arrays in, matplotlib `Axes` out. This room knows nothing of Keras."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"style": ["INK", "PALETTE"], "training": ["training_curves"]}
)
