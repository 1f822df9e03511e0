"""`parameters`: how many numbers a model has to learn, exactly, and in which of its parts they are.

With width D, feed-forward width F, H heads of width K, G heads of keys and values, vocabulary V and context T:

    attention      D·H·K + 2·D·G·K + H·K·D    (4·D² in the usual case H·K = D, G = H)
    feed-forward   2·D·F, gated 3·D·F         (8·D² where F = 4·D)
    embedding      V·D, once more for an output layer that is not tied; T·D for learned positions

and a bias for each output of a layer that has biases.
"""

from kseq.scale.errors import ScaleError
from kseq.scale.naming import architecture


def parameters(config, **changes):
    """The exact number of parameters of an architecture (row L1); nothing is allocated.

    Args:
        config: a name such as `"gpt3-175b"`, an `Architecture`, or a mapping of its fields.
        **changes: fields that shall be otherwise, such as `vocabulary_size=65`.

    Returns:
        An integer.

    Raises:
        ScaleError: The name is unknown, the sizes are impossible, or the size of the vocabulary is not known.

    Example:

    >>> parameters("gpt2")
    124439808

    References:
        Radford et al. (2019); Brown et al. (2020), whose 175 B are 174,604,259,328.
    """
    return sum(parameter_parts(config, **changes).values())


def parameter_parts(config, **changes):
    """The parameters of each part; their sum is `parameters`.

    Args:
        config: a name, an `Architecture`, or a mapping of its fields.
        **changes: fields that shall be otherwise.

    Returns:
        A dictionary of part -> integer, of all layers together: `"token_embedding"`, `"position_embedding"`,
        `"attention"` (each token to those of its own sequence), `"cross_attention"` (decoder to encoder),
        `"feed_forward"`, `"normalization"`, `"output"` (0 where it is the embedding).

    Raises:
        ScaleError: as in `parameters`.
    """
    sizes = architecture(config, **changes)
    if sizes.vocabulary_size is None:
        raise ScaleError(
            f"`vocabulary_size` must be given for {sizes.name!r}: it depends on the text. "
            "Received: vocabulary_size=None"
        )
    width, vocabulary = sizes.embedding_dim, sizes.vocabulary_size
    decoder, encoder = sizes.num_layers, sizes.num_encoder_layers
    cross = decoder if encoder else 0  # every block of the decoder looks at the encoder
    norms = 2 * (decoder + encoder) + cross  # one for each sublayer
    if sizes.norm_first:
        norms += 1 + bool(encoder)  # and one at the end of each stack
    return {
        "token_embedding": vocabulary * width,
        "position_embedding": sizes.context_length * width if sizes.position == "learned" else 0,
        "attention": (decoder + encoder) * attention(sizes),
        "cross_attention": cross * attention(sizes),
        "feed_forward": (decoder + encoder) * feed_forward(sizes),
        "normalization": norms * width * (2 if sizes.norm_bias else 1),
        "output": (0 if sizes.tied_embeddings else vocabulary * width) + vocabulary * sizes.output_bias,
    }


def attention(sizes):
    """Parameters of one attention layer."""
    width = sizes.embedding_dim
    queries, keys = sizes.num_heads * sizes.key_dim, sizes.num_key_value_heads * sizes.key_dim
    biases = queries + 2 * keys + width if sizes.use_bias else 0
    return width * queries + 2 * width * keys + queries * width + biases


def feed_forward(sizes):
    """Parameters of one feed-forward layer."""
    into = 2 if sizes.gated else 1  # matrices that lead in
    biases = into * sizes.intermediate_dim + sizes.embedding_dim if sizes.use_bias else 0
    return (into + 1) * sizes.embedding_dim * sizes.intermediate_dim + biases
