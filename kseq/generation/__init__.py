"""Next-token scores -> sequences: samplers, beam search, cached stepping."""

import lazy_loader

from kseq.backend.quiet import import_keras

import_keras()

# No module is called like the function in it: whoever imports the module would hide the function.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "writing": ["generate", "Generated"],
        "stepping": ["Stepper"],
        "errors": ["GenerationError"],
    },
)
