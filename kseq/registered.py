"""Registers every kseq class with Keras, for those who call `keras.saving.load_model` themselves.

`import kseq` registers nothing, since it must not load Keras. `kseq.load_model` imports this module first; whoever
loads a kseq model with Keras's own function does the same:

>>> import keras, kseq.registered
>>> model = keras.saving.load_model("sentiment.keras")
"""

from kseq import layers  # noqa: F401
from kseq.tasks import (  # noqa: F401
    fit_schedule,
    forecast,
    metrics,
    music,
    next_word,
    sentiment,
    step_loss,
    tagging,
    text,
    token_loss,
    trajectory,
    translation,
)
