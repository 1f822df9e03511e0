"""The decoder-only Transformer of every GPT: from a `kseq.scale.Architecture` to a model (L1)."""

import keras

from kseq import layers
from kseq.layers.tied_embedding import TiedEmbedding
from kseq.layers.token_ids import TokenIds
from kseq.tasks.position import add_position, normal
from kseq.tasks.word_table import word_table

# What an `Architecture` may say that the blocks of `kseq.layers` cannot be.
CAN_BE_BUILT = {
    "causal": True,
    "num_encoder_layers": 0,
    "gated": False,
    "normalization": "layer",
    "norms_per_block": None,
    "qk_norm": False,
    "embedding_norm": False,
    "position_rows": None,
    "segments": 0,
    "pooler": False,
    "num_classes": 0,
    "patch_size": 0,
    "attention_window": 0,
}
POSITIONS = ("learned", "rotary", "sine")


def decoder_only(sizes, vectorizer, dropout, seeds, embeddings=None):
    """Input and output of a decoder-only Transformer: ids → logits of the next token.

        x = E[ids] (+ positions)
        x ← x + attention(norm(x)),  x ← x + dense(norm(x))      in every block
        logits = norm(x) Eᵀ, or norm(x) W

    The last matrix of every sublayer begins at 0: at first each block passes its input on unchanged, so that depth
    costs nothing and a high learning rate does no harm.

    Args:
        sizes: a `kseq.scale.Architecture` with its `vocabulary_size`.
        vectorizer: goes into the model; or `None`.
        dropout: fraction of entries dropped in training.
        seeds: `kseq.tasks.arguments.Seeds`.
        embeddings: pre-trained vectors to begin with, as wide as `sizes` says; or `None`. See `word_table`.

    Returns:
        The tensors `(ids, logits)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = TokenIds(vectorizer, sizes.context_length, name="token_ids")(ids)
    # No mask: padding stands at the end, and a causal block never looks there.
    kind = TiedEmbedding if sizes.tied_embeddings else layers.Embedding
    width, initializer = sizes.embedding_dim, normal(seeds)
    table = word_table(
        vectorizer, sizes.vocabulary_size, width, embeddings, seeds, mask_zero=False, kind=kind, initializer=initializer
    )
    x = table(x)
    x = add_position(x, sizes.position, sizes.context_length, seeds, sizes.rotary_wavelength)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_vectors")(x)
    blocks = []
    for number in range(1, sizes.num_layers + 1):
        blocks.append(
            layers.TransformerDecoder(
                sizes.num_heads,
                sizes.intermediate_dim,
                key_dim=sizes.key_dim,
                num_key_value_heads=sizes.num_key_value_heads,
                dropout=dropout,
                activation=sizes.activation,
                norm_first=sizes.norm_first,
                rotary=sizes.position == "rotary",
                rotary_wavelength=sizes.rotary_wavelength,
                use_bias=sizes.use_bias,
                seed=seeds.next(),
                name=f"block_{number}",
            )
        )
        x = blocks[-1](x)
    if sizes.norm_first:
        x = keras.layers.LayerNormalization(epsilon=1e-5, center=sizes.norm_bias, name="final_norm")(x)
        for block in blocks:
            begin_at_zero(block)
    if sizes.tied_embeddings:
        return ids, table(x, reverse=True)
    return ids, layers.Dense(
        sizes.vocabulary_size,
        use_bias=sizes.output_bias,
        kernel_initializer=normal(seeds),
        dtype="float32",  # logits in full precision, whatever the rest computes in
        name="logits",
    )(x)


def check_can_be_built(sizes):
    """Refuses an architecture with parts that kseq's blocks don't have."""
    if sizes.position not in POSITIONS:
        raise ValueError(
            f"{sizes.name!r} cannot be built, only computed with: the positions of kseq's decoder-only Transformer are "
            f"{', '.join(POSITIONS)}. Received: position={sizes.position!r}"
        )
    same = dict.fromkeys(("norm_bias", "qkv_bias", "feed_forward_bias"), sizes.use_bias)
    for argument, possible in {**CAN_BE_BUILT, **same}.items():
        if argument in same and getattr(sizes, argument) is None:  # as `use_bias`
            continue
        if getattr(sizes, argument) != possible:
            raise ValueError(
                f"{sizes.name!r} cannot be built, only computed with: kseq's decoder-only Transformer has "
                f"{argument}={possible!r}. Received: {argument}={getattr(sizes, argument)!r}"
            )


def begin_at_zero(block):
    """Sets the last matrix of both sublayers to 0."""
    for kernel in (block.self_attention.output_kernel, block.output_projection.kernel):
        kernel.assign(keras.ops.zeros(kernel.shape, kernel.dtype))
