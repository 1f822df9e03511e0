"""A contiguous split of running text: its beginning for training, what follows for validation, its end for the test."""

import re
from dataclasses import dataclass
from itertools import accumulate

from kseq.data.errors import DataError
from kseq.data.splits import SPLITS

SHORTEST = 2  # characters; one to read and one to predict


@dataclass
class Piece:
    """A stretch of one file that belongs to one split."""

    file: str
    split: str
    text: str


def cut_corpora(corpora, fractions, furthest=0):
    """Cuts each corpus in two places.

    Args:
        corpora: list of `kseq.data.texts.files.Corpus`.
        fractions: shares of the characters of each for validation and test.
        furthest: how many characters a cut may move back to stand before white space; 0: it stands where it is.

    Returns:
        List of `Piece`, corpus by corpus and in the order of the text.
    """
    return [piece for corpus in corpora for piece in _cut(corpus, fractions, furthest)]


def _cut(corpus, fractions, furthest):
    size = sum(map(len, corpus.texts))
    cuts = [int(size * (1 - sum(fractions))), int(size * (1 - fractions[1]))]
    whole = "".join(corpus.texts)
    cuts = [_between_words(whole, cut, furthest) if 0 < cut < size else cut for cut in cuts]
    for split, begin, end in zip(SPLITS, [0, *cuts], [*cuts, size], strict=True):
        wanted = split == "train" or fractions[SPLITS.index(split) - 1] > 0
        if wanted and end - begin < SHORTEST:
            raise DataError(
                f"{corpus.where}: expected a text long enough to be split, found {size:,} characters, of which "
                f"{end - begin} would be the {split} split"
            )
    pieces, ends = [], list(accumulate(map(len, corpus.texts)))
    for name, text, end in zip(corpus.names, corpus.texts, ends, strict=True):
        begin = end - len(text)
        # The cuts as this file sees them.
        borders = [0, *(min(max(cut - begin, 0), len(text)) for cut in cuts), len(text)]
        for split, first, last in zip(SPLITS, borders, borders[1:], strict=False):
            if first < last:
                pieces.append(Piece(name, split, text[first:last]))
    return pieces


def _between_words(text, cut, furthest):
    """`cut`, moved back to the last white space before it if that is near."""
    spaces = [match.start() for match in re.finditer(r"\s+", text[max(0, cut - furthest) : cut])]
    return max(0, cut - furthest) + spaces[-1] if spaces else cut
