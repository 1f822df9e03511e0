"""Looking inside a built model: states, gates, attention, gradients. Records come out; `kseq.plot` draws them."""

import lazy_loader

from kseq.backend.quiet import import_keras

import_keras()

# No module is called like the function in it: whoever imports the module would hide the function.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "tracing": ["trace"],
        "flow": ["gradient_flow"],
        "receptive": ["receptive_profile"],
        "spectral": ["spectral_radius_experiment"],
        "unrolling": ["unroll"],
        "memory": ["memory_curve"],
        "senses": ["sense_separation"],
        "in_context": ["few_shot_curve"],
        "describing": ["describe"],
    },
)
