"""Arithmetic of large models, with sources. Standard library and NumPy only; nothing is allocated.

>>> from kseq.scale import architecture, memory, parameters
>>> parameters("gpt3-175b")
174604259328
>>> print(memory("gpt2"))
124,439,808 parameters: weights 474.70 MiB, gradients 474.70 MiB, optimizer 949.40 MiB; for training 1.85 GiB and …
"""

import lazy_loader

# No module is called like a name in it: whoever imports the module would hide the name.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "counting": ["parameter_parts", "parameters"],
        "description": ["Architecture"],
        "errors": ["ScaleError"],
        "footprint": ["Memory", "in_gib", "memory"],
        "naming": ["architecture"],
        "published": ["ARCHITECTURES"],
    },
)
