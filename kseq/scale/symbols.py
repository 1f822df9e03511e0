"""`symbols`: the sizes of an architecture by the letters that the course's formulas use.

    V vocabulary    T context    d width    d_ff feed-forward width    L layers    L_e layers of the encoder
    H heads    G heads of keys and values    k width of a head

and, where there are such parts: T_w tokens of a sliding window, L_f layers that look beyond it, T_learned rows of the
table of positions, R buckets of distances, S segments, K classes, p pixels along a patch, c colours.

On one board a letter has one meaning. So memory is M with an index (M_w weights, M_g gradients, M_o optimizer, M_a
activations, M_kv keys and values), C are the FLOPs of a run or step, F and a_T those of a token and of its attention,
and W are weights that are multiplied with: their number.
"""

from kseq.scale.quantity import given

LETTERS = {
    "V": ("vocabulary_size", "tokens of the vocabulary"),
    "T": ("context_length", "tokens of the context"),
    "d": ("embedding_dim", "width"),
    "d_ff": ("intermediate_dim", "width inside the feed-forward layer"),
    "L": ("num_layers", "layers"),
    "L_e": ("num_encoder_layers", "layers of the encoder"),
    "H": ("num_heads", "heads"),
    "G": ("num_key_value_heads", "heads of keys and values"),
    "k": ("key_dim", "width of a head"),
    "R": ("relative_buckets", "buckets of distances"),
    "S": ("segments", "segments"),
    "K": ("num_classes", "classes"),
    "p": ("patch_size", "pixels along a patch"),
    "c": ("channels", "colours of a pixel"),
    "T_w": ("attention_window", "tokens of the sliding window"),
    "L_f": ("full_attention_layers", "layers that look beyond the window"),
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
    """All layers, as a formula says it: `L`, with an encoder `(L + L_e)`."""
    return "(L + L_e)" if sizes.num_encoder_layers else "L"


def seen(sizes, length="T"):
    """How many tokens a token looks at in each layer, and in how many layers: `L·T`, with a window `L·min(T, T_w)`.

    Args:
        sizes: an `Architecture`.
        length: what stands for the tokens that there are.

    Returns:
        A part of a formula.
    """
    if not sizes.attention_window:
        return f"L·{length}"
    near = f"min({length}, T_w)"
    if not sizes.full_attention_layers:
        return f"L·{near}"
    return f"(L_f·{length} + (L − L_f)·{near})"
