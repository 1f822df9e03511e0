"""Tasks that need memory, written by a generator: as long and as many as you like, the same for the same seed.

>>> from kseq.data.synthetic import adding_problem
>>> task = adding_problem(length=200)
>>> task.describe()

The functions in `MEMORY_TASKS` return a `SyntheticTask` of some `length`; `two_senses` and `few_shot_mappings` write
sentences and prompts for small Transformers. Importing this loads neither Keras nor pandas.
"""

import lazy_loader

# No module is called like the function in it: whoever imports the module would hide the function.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adding": ["adding_problem"],
        "ball": ["bouncing_ball"],
        "bits": ["parity"],
        "copying": ["copy_task"],
        "mappings": ["few_shot_mappings"],
        "ordering": ["temporal_order"],
        "prices": ["price_table"],
        "reber": ["embedded_reber"],
        "senses": ["two_senses"],
        "task": ["SyntheticTask"],
    },
)

MEMORY_TASKS = [
    name for name in __all__ if name not in ("SyntheticTask", "few_shot_mappings", "price_table", "two_senses")
]
