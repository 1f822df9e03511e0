"""Which word an id stands for, and whether a vocabulary can be the one that the ids were made with."""

import re

import keras
import numpy as np
import pandas as pd

from kseq.inspection.errors import InspectionError

PADDING, UNKNOWN = "", "[UNK]"
# "", "_", "[PAD]", "<pad>", "__mask__": what people call the id 0 if it is no word
PADDING_LIKE = re.compile(r"[\s_#*·-]*|\W*_*pad(ding)?_*\W*|[\W_]+(mask|blank|null|none|empty)[\W_]+", re.IGNORECASE)
IMDB_WORDS = 88_584  # of `keras.datasets.imdb.get_word_index()`, whose ids are 3 lower than those in the data
IMDB_RESERVED = {0: PADDING, 1: "[START]", 2: UNKNOWN}
MOST = 0.5  # a vocabulary without a word for more of the ids than this is another one
AT_ONCE = 1 << 20  # ids that are counted at once
FORM = "`vocabulary` must be a list of words by id, a dict word -> id, a kseq vectorizer or 'imdb'"


class Vocabulary:
    """Words by id.

    Args:
        given: a sequence of words by id (list, tuple, array, `pandas.Series`), a dict word -> id or id -> word (a
            `pandas.Series` with an index that says so is one, too), a kseq vectorizer, `"imdb"`, or Keras's own
            index of the IMDB data.

    Raises:
        InspectionError: it is nothing of the kind.
    """

    def __init__(self, given):
        self.table, self.is_list = _table(given)

    def words(self, ids):
        """Nested lists of tokens for an array of ids; an id without a word becomes `[7]`, id 0 is padding."""
        table = {0: PADDING} | self.table
        return [[table.get(number, f"[{number}]") for number in row] for row in ids.tolist()]

    def problem(self, ids, masks_zero, argument="inputs"):
        """Why these cannot be the words of these ids, as a sentence; `None` if they can.

        Args:
            ids: an array of whole numbers.
            masks_zero: whether the model takes id 0 for padding.
            argument: what the caller calls the ids.
        """
        lowest, highest = int(ids.min()), int(ids.max())
        if lowest < 0:
            return f"The ids in `{argument}` must be 0 or more. Received: {lowest}"
        first = self.table.get(0, PADDING)
        if masks_zero and not PADDING_LIKE.fullmatch(first):
            wrong = f"`vocabulary` gives the id 0 to the word {first!r}, but the model masks id 0 as padding: "
            if self.is_list:
                return f'{wrong}put "" for padding and "[UNK]" in front of the words, or give a dict word -> id'
            return f'{wrong}its ids must begin at 1, or at 2 where 1 is "[UNK]"'
        if self.is_list:
            last = len(self.table) - 1
            if highest > last:
                return (
                    f"`vocabulary` has {last + 1} words, for the ids 0 to {last}, but the ids in `{argument}` go up to "
                    f"{highest}: give the whole list, in the order of the ids"
                )
            return None
        numbers, counts = _counted(ids)
        known = np.isin(numbers, [0, *self.table])
        missing, words = counts[~known].sum(), counts[numbers != 0].sum()  # padding proves nothing
        if missing > MOST * words:
            examples = ", ".join(str(n) for n in numbers[~known][np.argsort(-counts[~known], kind="stable")][:3])
            return (
                f"`vocabulary` has no word for {missing} of the {words} ids in `{argument}`, such as {examples}: it "
                f"has {len(self.table)} words, with ids from {min(self.table)} to {max(self.table)}"
            )
        return None


def is_vectorizer(thing):
    """Whether it is a kseq vectorizer of words or characters, or one like them."""
    return hasattr(thing, "encode") and hasattr(thing, "vocabulary")


def _table(given):
    """A vocabulary as a dict id -> word, and whether it was a list."""
    if is_vectorizer(given):
        given = [PADDING, UNKNOWN, *given.vocabulary]
    if isinstance(given, pd.Series):
        plain = isinstance(given.index, pd.RangeIndex) and given.index.start == 0 and given.index.step == 1
        given = given.tolist() if plain else given.to_dict()
    if isinstance(given, np.ndarray | pd.Index) and given.ndim == 1:
        given = given.tolist()
    if isinstance(given, str) and given == "imdb":
        given = keras.datasets.imdb.get_word_index()
        return _of_imdb(given), False
    if isinstance(given, dict) and given:
        if _is_imdb(given):
            return _of_imdb(given), False
        if all(_is_id(n) for n in given.values()) and all(isinstance(word, str) for word in given):
            return {int(n): str(word) for word, n in given.items()}, False
        if all(_is_id(n) for n in given) and all(isinstance(word, str) for word in given.values()):
            return {int(n): str(word) for n, word in given.items()}, False
    elif isinstance(given, list | tuple) and given and all(isinstance(word, str) for word in given):
        return {n: str(word) for n, word in enumerate(given)}, True  # of `np.str_` a str
    raise InspectionError(f"{FORM}. Received: vocabulary={_short(given)}")


def _of_imdb(index):
    return IMDB_RESERVED | {number + 3: word for word, number in index.items()}


def _is_imdb(index):
    return len(index) == IMDB_WORDS and index.get("the") == 1


def _is_id(number):
    return isinstance(number, int | np.integer)


def _short(given):
    text = " ".join(repr(given).split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def _counted(ids):
    """The ids that occur, and how often."""
    highest = int(ids.max())
    if highest >= 16 * AT_ONCE:
        return np.unique(ids, return_counts=True)
    counts, flat = np.zeros(highest + 1, int), ids.reshape(-1)
    for first in range(0, flat.size, AT_ONCE):
        counts += np.bincount(flat[first : first + AT_ONCE].astype(int), minlength=highest + 1)
    numbers = np.flatnonzero(counts)
    return numbers, counts[numbers]
