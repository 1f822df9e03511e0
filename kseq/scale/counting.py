"""`parameters`: how many numbers a model has to learn, exactly, and in which of its parts they are.

With width d, feed-forward width d_ff, H heads of width k, G heads of keys and values, vocabulary V and L layers:

    attention      L·(2·d·H·k + 2·d·G·k)      (4·L·d² in the usual case H·k = d, G = H)
    feed-forward   2·L·d·d_ff, gated 3·L·d·d_ff     (8·L·d² where d_ff = 4·d)
    embedding      V·d, once more for an output layer that is not tied; T·d for learned positions

and a bias for each output of a layer that has biases. Each line below is such a formula, and it is what is computed.
"""

from kseq.scale.errors import ScaleError
from kseq.scale.formulas import names
from kseq.scale.naming import architecture
from kseq.scale.quantity import derive
from kseq.scale.symbols import stack, symbols

PARTS = "parameters of"


def parameters(config, **changes):
    """The exact number of parameters of an architecture (rows L1, L6); nothing is allocated.

    Args:
        config: a name such as `"gpt3-175b"`, an `Architecture`, a mapping of its fields, a configuration as Hugging
            Face writes it (or the path of its `config.json`), or a `LayerTable` of `kseq.inspection.describe`.
        **changes: fields that shall be otherwise, such as `vocabulary_size=65`.

    Returns:
        A `Quantity` in `"parameters"`, the sum of `parameter_parts`. `.explain()` writes all parts out.

    Raises:
        ScaleError: The name is unknown, the sizes are impossible, or the size of the vocabulary is not known.

    Example:

    >>> parameters("gpt2")
    124439808

    References:
        Radford et al. (2019); Brown et al. (2020), whose 175 B are 174,604,259,328.
    """
    if is_table(config, changes):
        return config.parameters
    sizes = architecture(config, **changes)
    parts = {part: number for part, number in parameter_parts(sizes).items() if number}
    return derive("parameters", "parameters", " + ".join(parts), note=sizes.note, **parts)


def parameter_parts(config, **changes):
    """The parameters of each part; their sum is `parameters`.

    Args:
        config: as in `parameters`.
        **changes: fields that shall be otherwise.

    Returns:
        A dictionary of part -> `Quantity`, of all layers together: `"token_embedding"`, `"position_embedding"` (what
        is learned about positions, wherever it stands), `"attention"` (each token to those of its own sequence),
        `"cross_attention"` (decoder to encoder), `"feed_forward"`, `"normalization"`, `"output"` (0 where it is the
        embedding). Where there are such parts also `"segment_embedding"`, `"patch_embedding"` (with the vector of the
        class token) and `"pooler"`. Of a `LayerTable`: one for each kind of layer.

    Raises:
        ScaleError: as in `parameters`.
    """
    if is_table(config, changes):
        return config.parameter_parts()
    sizes = architecture(config, **changes)
    if sizes.vocabulary_size is None and not sizes.patch_size:
        raise ScaleError(
            f"`vocabulary_size` must be given for {sizes.name!r}: it depends on the text. "
            "Received: vocabulary_size=None"
        )
    of = symbols(sizes)
    parts = {
        "token_embedding": count("token embedding", "V·d" if sizes.vocabulary_size else "0", of),
        "position_embedding": positions(sizes, of),
        "attention": attention("attention", stack(sizes), sizes, of),
        "cross_attention": attention("attention to the encoder", "L" if sizes.num_encoder_layers else "0", sizes, of),
        "feed_forward": feed_forward(sizes, of),
        "normalization": normalization(sizes, of),
        "output": output(sizes, of),
    }
    if sizes.segments:
        parts["segment_embedding"] = count("segment embedding", "S·d", of)
    if sizes.patch_size:
        parts["patch_embedding"] = count("patch embedding and class token", "(c·p² + 1)·d + d", of)
    if sizes.pooler:
        parts["pooler"] = count("pooler", "d² + d", of)
    return parts


def is_table(config, changes=()):
    """Whether it is a `LayerTable`, which has counted its parameters itself and has no fields to change."""
    found = hasattr(config, "parameter_parts")
    if found and changes:
        raise ScaleError(f"A LayerTable has no fields that could be otherwise. Received: {', '.join(changes)}")
    return found


def count(name, formula, of):
    """One part: its formula, with those symbols that stand in it."""
    return derive(f"{PARTS} the {name}", "parameters", formula, **{symbol: of[symbol] for symbol in names(formula)})


def attention(name, layers, sizes, of):
    """Queries d·H·k, keys and values 2·d·G·k, output H·k·d, in each layer."""
    if layers == "0":
        return count(name, "0", of)
    terms = "2·d·H·k + 2·d·G·k"
    if sizes.has_bias("qkv_bias"):
        terms += " + (H + 2·G)·k"
    if sizes.use_bias:
        terms += " + d"
    return count(name, f"{layers}·({terms})", of)


def feed_forward(sizes, of):
    """Into the wider space, by two matrices where one of them is a gate, and back."""
    into = 2 if sizes.gated else 1
    terms = f"{into + 1}·d·d_ff"
    if sizes.has_bias("feed_forward_bias"):
        terms += (" + 2·d_ff" if sizes.gated else " + d_ff") + " + d"
        terms = f"({terms})"
    return count("feed-forward layers", f"{stack(sizes)}·{terms}", of)


def positions(sizes, of):
    """A table of vectors, a table of numbers for each stack and head, matrices for distances; or nothing."""
    formula = {
        "learned": "T_learned·d",
        "relative": "2·R·H" if sizes.num_encoder_layers else "R·H",
        "transformer-xl": f"{stack(sizes)}·(d·H·k + 2·H·k)",
    }.get(sizes.position, "0")
    return count("positions", formula, of)


def normalization(sizes, of):
    """A scale, and a shift where there is a bias, at each of the places where the layers are normalized."""
    each = 3 if sizes.num_encoder_layers else 2  # sublayers of a block of the decoder
    places = f"{sizes.norms_per_block or each}·L" + (" + 2·L_e" if sizes.num_encoder_layers else "")
    after = sizes.norm_first * (1 + bool(sizes.num_encoder_layers)) + sizes.embedding_norm
    places += f" + {after}" if after else ""  # at the end of each stack, and behind the embedding
    of_heads = f" + 2·{stack(sizes)}·k" if sizes.qk_norm else ""  # of each query and each key, the same for all heads
    return count("normalizations", f"({places})·{'2·' if sizes.norm_bias else ''}d{of_heads}", of)


def output(sizes, of):
    """From the width to a number for each word, or for each class."""
    if sizes.num_classes:
        return count("output layer", "d·K + K", of)
    terms = [] if sizes.tied_embeddings or not sizes.vocabulary_size else ["V·d"]
    if sizes.output_bias and sizes.vocabulary_size:
        terms.append("V")
    return count("output layer", " + ".join(terms) or "0", of)
