"""The three networks of `build_translation_model`: source and target ids → logits of each target word.

    seq2seq        h_1 … h_N = encoder(x),  s_0 = h_N,  s_t = decoder(y_{t-1}, s_{t-1}),  logits_t = s_t W         (Q1)
    attention      besides a_t = Σ α_i^t h_i,  logits_t = tanh([a_t; s_t] W_c) W                                 (Q3)
    transformer    no recurrence: self-attention and cross-attention                                             (X1)

In training the decoder gets the right words before (teacher forcing), so all its steps are computed in one go: the
states s_1 … s_T first, then the attention of all of them at once (Luong's order). Masks are arguments in the graph,
so that decoding can split it into steps.
"""

import keras

from kseq import layers
from kseq.layers.token_ids import TokenIds

SCORES = ("dot", "additive", "multiplicative")


class Frame:
    """What all three networks share: inputs, word vectors, dropout, the output layer.

    Args:
        vectorizer: goes into the model; or `None`.
        sizes: vocabulary sizes of source and target.
        tables: function `(side, size) -> Embedding`.
        dropout: fraction of entries dropped in training.
        seeds: `kseq.tasks.arguments.Seeds`.
    """

    def __init__(self, vectorizer, sizes, tables, dropout, seeds):
        self.dropout, self.seeds = dropout, seeds
        self.sizes = dict(zip(("source", "target"), sizes, strict=True))
        self.inputs = {side: keras.Input((None,), dtype="int32", name=side) for side in self.sizes}
        self.vectors = {}
        for side, size in self.sizes.items():
            carried = vectorizer if side == "source" else None
            ids = TokenIds(carried, name=f"{side}_ids")(self.inputs[side])
            if side == "source":
                self.is_word = ids != 0  # (B, S)
            self.vectors[side] = tables(side, size)(ids)

    def drop(self, x, name):
        """Dropout, if there is any."""
        return keras.layers.Dropout(self.dropout, seed=self.seeds.next(), name=name)(x) if self.dropout else x

    def logits(self, x):
        """(B, T, D) → (B, T, V)."""
        return layers.Dense(
            self.sizes["target"],
            kernel_initializer=self.seeds.initializer("glorot_uniform"),
            dtype="float32",  # logits in full precision, whatever the rest computes in
            name="logits",
        )(x)


def recurrent(frame, cell, units, num_layers, bidirectional, attention_score):
    """Logits of `"seq2seq"`, or with an `attention_score` of `"attention"`."""

    def layer(name, **options):
        return getattr(layers, {"gru": "GRU", "lstm": "LSTM"}[cell])(
            units,
            kernel_initializer=frame.seeds.initializer("glorot_uniform"),
            recurrent_initializer=frame.seeds.initializer("orthogonal"),
            return_sequences=True,
            name=name,
            **options,
        )

    x, last = frame.vectors["source"], []
    for number in range(1, num_layers + 1):
        x = frame.drop(x, f"drop_source_{number}")
        reader = layer(f"encoder_{number}", return_state=True)
        if bidirectional:  # h_i = →h_i + ←h_i, as wide as the states of the decoder
            # A layer of its own, or both directions would begin with the same weights, blind to the order of words.
            backward = layer(f"encoder_{number}_backward", return_state=True, go_backwards=True)
            reader = layers.Bidirectional(reader, merge_mode="sum", backward_layer=backward, name=f"encoder_{number}")
        x, *states = reader(x, mask=frame.is_word)
        half = len(states) // 2
        if bidirectional:
            states = [
                keras.layers.Add(name=f"state_{number}_{i}")(pair)
                for i, pair in enumerate(zip(states[:half], states[half:], strict=True), 1)
            ]
        last.append(states)
    # Padding stands at the end of the target and the decoder looks back only: it needs no mask.
    y = frame.vectors["target"]
    for number, states in enumerate(last, 1):
        y = frame.drop(y, f"drop_target_{number}")
        y = layer(f"decoder_{number}")(y, initial_state=states)
    if attention_score is not None:
        context, _ = attention(attention_score, units, frame.seeds)(
            y, x, value_mask=frame.is_word, return_attention_scores=True
        )
        y = keras.layers.Concatenate(name="context_and_state")([context, y])
        y = layers.Dense(
            units, activation="tanh", kernel_initializer=frame.seeds.initializer("glorot_uniform"), name="combined"
        )(y)
    return frame.logits(frame.drop(y, "drop_features"))


def attention(score, units, seeds):
    """One of the three scores (Q4)."""
    if score == "dot":
        return layers.DotProductAttention(name="attention")
    if score == "additive":
        return layers.AdditiveAttention(units, seed=seeds.next(), name="attention")
    return layers.MultiplicativeAttention(seed=seeds.next(), name="attention")


def transformer(frame, num_layers, num_heads, intermediate_dim, position, norm_first):
    """Logits of `"transformer"`."""
    options = {
        "num_heads": num_heads,
        "intermediate_dim": intermediate_dim,
        "dropout": frame.dropout,
        "norm_first": norm_first,
        "rotary": position == "rotary",
    }

    def placed(side):
        x = frame.vectors[side]
        if position == "sine":
            # As in the paper: else small vectors would drown in sines and cosines between -1 and 1.
            x = keras.layers.Rescaling(x.shape[-1] ** 0.5, name=f"{side}_scale")(x)
            x = layers.PositionalEncoding(name=f"{side}_position")(x)
        return frame.drop(x, f"drop_{side}")

    def normed(x, name):
        return keras.layers.LayerNormalization(epsilon=1e-5, name=name)(x) if norm_first else x

    x = placed("source")
    for number in range(1, num_layers + 1):
        x = layers.TransformerEncoder(**options, seed=frame.seeds.next(), name=f"encoder_{number}")(
            x, mask=frame.is_word
        )
    x, y = normed(x, "encoder_norm"), placed("target")
    for number in range(1, num_layers + 1):
        is_last = number == num_layers
        y = layers.TransformerDecoder(**options, seed=frame.seeds.next(), name=f"decoder_{number}")(
            y, x, encoder_sequence_mask=frame.is_word, return_attention_scores=is_last
        )
        y = y[0] if is_last else y  # the weights of the last block are the alignment
    return frame.logits(normed(y, "decoder_norm"))


def alignment_of(model):
    """The symbolic weights from target to source, `(B, T, S)` or by head `(B, H, T, S)`; `None` without attention."""
    for layer in reversed(model.layers):
        if isinstance(layer, layers.TransformerDecoder):
            outputs = layer.output
            if isinstance(outputs, tuple | list):
                return outputs[-1]
        elif layer.name == "attention":
            return layer.output[1]
    return None


def spread_normal(seeds, stddev):
    """Normal values with the next seed."""
    return keras.initializers.RandomNormal(stddev=stddev, seed=seeds.next())
