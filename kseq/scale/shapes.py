"""`shape_of`, `shape_named`: from a number of parameters alone to an architecture in GPT-3's proportions."""

import math

from kseq.scale.counting import parameters
from kseq.scale.errors import ScaleError
from kseq.scale.given_numbers import number_in
from kseq.scale.naming import architecture
from kseq.scale.published.architectures import ARCHITECTURES
from kseq.scale.units import in_letters

LEAST, MOST = 1e7, 1e13  # below, the vocabulary alone is larger; above, nobody has published proportions
PUBLISHED_IS_NEAR = 0.05
FAMILY = "gpt3-"


def shape_named(text):
    """The architecture that a size such as `"1.3B"`, `"350m"` or `"7e9"` stands for; None where it is no size.

    A number alone is none: 300 what?

    Args:
        text: a number with a letter or an exponent.

    Raises:
        ScaleError: as in `shape_of`.
    """
    count = None if text.strip()[-1:].isdigit() and "e" not in text.casefold() else number_in(text)
    if count is None:
        return None
    shape = shape_of(count)
    if shape.name in ARCHITECTURES:
        return shape.changed(note=f"{text} is taken as {shape.name}, of nearly that size. {shape.note}".strip())
    return shape


def shape_of(count):
    """An architecture of about so many parameters.

    A size of GPT-3 where one is within 5 %; otherwise GPT-3's proportions for that size: the depth and the head width
    of the nearest row of table 2.1, with depth and width moved until the count fits.

    Args:
        count: number of parameters, `1.3e9`.

    Returns:
        An `Architecture`; its `note` says that it was chosen here.

    Raises:
        ScaleError: fewer than 10 M or more than 10 T parameters.

    Example:

    >>> shape_of(1.3e9).name, shape_of(1e9).name
    ('gpt3-xl', '1B-like-gpt3')

    References:
        Brown et al. (2020), arXiv 2005.14165, table 2.1.
    """
    if not LEAST <= count <= MOST:
        raise ScaleError(
            f"A size must lie between {in_letters(LEAST)} and {in_letters(MOST)} parameters: below, the vocabulary "
            "alone is larger, above nobody published proportions; give layers and width instead. "
            f"Received: {count:g} parameters"
        )
    rows = [one for name, one in ARCHITECTURES.items() if name.startswith(FAMILY)]
    nearest = min(rows, key=lambda row: distance(row, count))
    if distance(nearest, count) <= math.log1p(PUBLISHED_IS_NEAR):
        return nearest
    depths = range(math.ceil(0.75 * nearest.num_layers), math.floor(1.25 * nearest.num_layers) + 1)
    shapes = [
        nearest.changed(**sizes(nearest, depth, heads)) for depth in depths for heads in around(nearest, depth, count)
    ]
    best = min(shapes, key=lambda one: (round(distance(one, count), 2), abs(one.num_layers - nearest.num_layers)))
    return architecture(
        best,
        name=f"{in_letters(count).replace(' ', '')}-like-gpt3",
        source=nearest.source,
        published_parameters=None,
        note=f"Nobody published this shape: it was chosen here, in the proportions of {nearest.name}, to come near "
        f"{in_letters(count)} parameters. Give --layers, --width and --heads for your own.",
    )


def around(row, depth, count):
    """The two numbers of heads, one too few and one too many, with which such a depth has so many parameters."""
    # 12·L·d² + (V + T)·d = N, solved for d
    fixed = row.vocabulary_size + row.context_length
    width = (math.sqrt(fixed**2 + 48 * depth * count) - fixed) / (24 * depth)
    heads = max(1, int(width / row.key_dim))
    return heads, heads + 1


def sizes(row, depth, number):
    """The fields that differ from the row: depth, and heads of the same width."""
    return {"num_layers": depth, "num_heads": number, "key_dim": row.key_dim, "embedding_dim": number * row.key_dim}


def distance(one, count):
    """How far a size is from the one asked for, whichever is larger: |log(N / count)|."""
    return abs(math.log(parameters(one) / count))
