"""Registers every kseq class with Keras, for those who call `keras.saving.load_model` themselves.

`import kseq` registers nothing, since it must not load Keras. `kseq.load_model` imports this module first; whoever
loads a kseq model with Keras's own function does the same:

>>> import keras, kseq.registered
>>> model = keras.saving.load_model("sentiment.keras")
"""

from kseq import layers  # noqa: F401  registers the recurrent layers
from kseq.backend.quiet import import_keras
from kseq.data import CharacterVectorizer, WordVectorizer
from kseq.layers import token_ids  # noqa: F401
from kseq.tasks import sentiment  # noqa: F401

# The vectorizers know nothing of Keras (they are plain Python), so they are registered here.
for _class in (WordVectorizer, CharacterVectorizer):
    import_keras().saving.register_keras_serializable(package="kseq")(_class)
