"""Pre-train, then fine-tune: the body of a language model becomes the body of a classifier (L2)."""

import keras

from kseq.layers.positions import PositionEmbedding
from kseq.layers.token_ids import TokenIds
from kseq.layers.transformer_block import TransformerBlock
from kseq.tasks.text import TextModel
from kseq.tasks.vocabulary import check_same_vocabulary

LEFT_BEHIND = (keras.layers.InputLayer, TokenIds, keras.layers.Dropout, keras.layers.Dense)


def check_pretrained(pretrained, vocabulary):
    """Refuses what is no language model, or one of another vocabulary.

    Args:
        pretrained: the argument of the builder.
        vocabulary: the vectorizer of the new model, or its plain vocabulary size.

    Raises:
        ValueError: one line that says what differs.
    """
    if not isinstance(pretrained, TextModel):
        raise ValueError(
            "`pretrained` must be a language model from build_text_model or build_gpt_model. "
            f"Received: {pretrained!r} of type {type(pretrained).__name__}"
        )
    theirs = pretrained.vectorizer
    check_same_vocabulary(vocabulary, pretrained.output_shape[-1] if theirs is None else theirs)
    longest = getattr(vocabulary, "max_length", None)
    for layer in pretrained.layers:
        if isinstance(layer, PositionEmbedding) and (longest is None or longest > layer.context_length):
            raise ValueError(
                f"`pretrained` has learned {layer.context_length} positions, so texts may not be longer: load them "
                f"with max_length={layer.context_length}. Received: max_length={longest}"
            )


class MovedBody:
    """Copies of the layers between a language model's ids and its logits: vectors, positions, blocks or cells.

    The copies are layers of their own: training them changes nothing in the language model.

    Args:
        pretrained: a `TextModel`.
        dropout: takes the place of the language model's own in the Transformer's blocks.
        seeds: `kseq.tasks.arguments.Seeds`, for that dropout.
    """

    def __init__(self, pretrained, dropout, seeds):
        self.originals = [layer for layer in pretrained.layers if not isinstance(layer, LEFT_BEHIND)]
        self.copies = [copied(layer, dropout, seeds) for layer in self.originals]

    def embed(self, ids):
        """Vectors of the ids."""
        return self.copies[0](ids)

    def read(self, x):
        """What the rest of the body makes of the vectors."""
        for layer in self.copies[1:]:
            x = layer(x)
        return x

    def take_weights(self):
        """Gives the copies the weights of the originals; the copies must be built."""
        for original, copy in zip(self.originals, self.copies, strict=True):
            copy.set_weights(original.get_weights())


def copied(layer, dropout, seeds):
    """A new layer of the same configuration, without weights."""
    config = layer.get_config()
    if isinstance(layer, keras.layers.Embedding):  # not tied any more; and the mean over a text must know its padding
        return keras.layers.Embedding(layer.input_dim, layer.output_dim, mask_zero=True, name=layer.name)
    if isinstance(layer, TransformerBlock):
        config |= {"dropout": dropout, "seed": seeds.next()}
    return type(layer).from_config(config)
