"""The layers with which `build_sentiment_model` reads the vectors of a text: recurrent ones, or Transformer blocks."""

import keras

from kseq import layers
from kseq.tasks.position import add_position
from kseq.tasks.text import CELLS


def recurrent_layer(architecture, units, activation, recurrent_initializer, bidirectional, seeds, number):
    """One recurrent layer that returns its state at every step, in one or both directions."""

    def one_direction(name, **more):
        return getattr(layers, CELLS[architecture])(
            units,
            activation=activation or "tanh",
            kernel_initializer=seeds.initializer("glorot_uniform"),
            recurrent_initializer=seeds.initializer(recurrent_initializer),
            return_sequences=True,
            name=name,
            **more,
        )

    forward = one_direction(f"{architecture}_{number}")
    if not bidirectional:
        return forward
    # Left to itself Keras clones the seed, too: both directions would begin with the same weights.
    backward = one_direction(f"backward_{architecture}_{number}", go_backwards=True)
    return layers.Bidirectional(forward, backward_layer=backward, name=f"bidirectional_{number}")


def encoder(x, num_layers, position, context_length, blocks, seeds):
    """Transformer blocks in which every word looks at all others, with the positions that they need."""
    x = add_position(x, position, context_length, seeds)
    for number in range(1, num_layers + 1):
        x = layers.TransformerEncoder(**blocks, rotary=position == "rotary", seed=seeds.next(), name=f"block_{number}")(
            x
        )
    return keras.layers.LayerNormalization(epsilon=1e-5, name="final_norm")(x) if blocks["norm_first"] else x


def positions_to_learn(context_length, vectorizer):
    """How many positions there are to be learned: as many as a text may have words.

    Raises:
        ValueError: texts may be longer.
    """
    if vectorizer is None:
        return context_length
    longest = vectorizer.max_length
    context_length = context_length or longest
    if context_length and (longest is None or longest > context_length):
        raise ValueError(
            f"`context_length` must be at least the vectorizer's `max_length` with position='learned': give that many, "
            f"or load the texts with load_reviews(..., max_length={context_length}). "
            f"Received: context_length={context_length}, max_length={longest}"
        )
    return context_length
