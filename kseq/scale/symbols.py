"""`symbols`: the sizes of an architecture by the letters that the course's formulas use.

    V vocabulary    T context    d width    d_ff feed-forward width    L layers    E layers of the encoder
    H heads    G heads of keys and values    k width of a head

and, where there are such parts: T_learned rows of the table of positions, r buckets of distances, S segments,
K classes, p pixels along a patch, c colours.
"""

from kseq.scale.quantity import given

LETTERS = {
    "V": ("vocabulary_size", "words of the vocabulary"),
    "T": ("context_length", "tokens of the context"),
    "d": ("embedding_dim", "width"),
    "d_ff": ("intermediate_dim", "width inside the feed-forward layer"),
    "L": ("num_layers", "layers"),
    "E": ("num_encoder_layers", "layers of the encoder"),
    "H": ("num_heads", "heads"),
    "G": ("num_key_value_heads", "heads of keys and values"),
    "k": ("key_dim", "width of a head"),
    "r": ("relative_buckets", "buckets of distances"),
    "S": ("segments", "segments"),
    "K": ("num_classes", "classes"),
    "p": ("patch_size", "pixels along a patch"),
    "c": ("channels", "colours of a pixel"),
    "T_learned": ("learned_positions", "learned positions"),
}


def symbols(sizes):
    """The sizes of an `Architecture`, each a `Quantity` that carries its source.

    Args:
        sizes: an `Architecture`.

    Returns:
        A dictionary of letter -> `Quantity`, to be handed to `derive`. What is not known (a vocabulary) is left out.

    Example:

    >>> from kseq.scale import architecture
    >>> symbols(architecture("gpt3-175b"))["d"]
    12288
    """
    values = {letter: (getattr(sizes, field), name) for letter, (field, name) in LETTERS.items()}
    return {
        letter: given(value, source=sizes.source, name=name)
        for letter, (value, name) in values.items()
        if value is not None
    }


def stack(sizes):
    """All layers, as a formula says it: `L`, with an encoder `(L + E)`."""
    return "(L + E)" if sizes.num_encoder_layers else "L"
