"""What comes with kseq, by kind: the names that the loaders know, for `kseq datasets`."""

from dataclasses import dataclass

from kseq.data.pairs.loader import PAIRS
from kseq.data.reviews import DATASETS
from kseq.data.series.loader import SERIES
from kseq.data.tagged.loader import TAGGED
from kseq.data.texts.loader import TEXTS
from kseq.data.trajectories.loader import TRAJECTORIES
from kseq.data.tunes.loader import TUNES


@dataclass(frozen=True)
class Kind:
    """One kind of data.

    title: what it is and what it is for, a line for people.
    names: dict from the name of a data set to a line about it.
    """

    title: str
    names: dict


CATALOGUE = (
    Kind("Labelled texts: kseq train sentiment --data NAME", DATASETS),
    Kind("Running text: kseq train text (or next_word) --data NAME", TEXTS),
    Kind("Tunes: kseq train music --data NAME", TUNES),
    Kind("Sentences and translations: kseq train translation --data NAME", PAIRS),
    Kind("Tagged sentences: kseq train tagging --data NAME", TAGGED),
    Kind("Series of numbers: kseq train forecast --data NAME", SERIES),
    Kind("Positions over time: kseq train trajectory --data NAME", TRAJECTORIES),
)
