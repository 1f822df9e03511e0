"""`Dataset`: what every loader returns: splits that go straight into `fit`, and a frank account of themselves."""

import functools

from kseq.data.arguments import check_counts
from kseq.data.buckets import Batches, bucket_lengths
from kseq.data.split_dataset import SplitDataset
from kseq.data.splits import SPLITS, check_split


class Dataset(SplitDataset):
    """Labelled texts in three splits.

    Made by a loader such as `kseq.load_reviews`; making one imports no Keras.

    Args:
        frame: pandas frame with the columns `text`, `label` (name of the class), `split` (`"train"`,
            `"validation"`, `"test"`; rows with another value are kept but not used) and any others.
        vectorizer: fitted on the training split; holds the names of the classes.
        name: how the dataset is called in reports.
        batch_size: rows in a batch.
        seed: fixes the order of the batches.
        about: a `kseq.data.assembly.About` for `describe()`.

    Attributes:
        frame, vectorizer, name, batch_size, seed: as given.
        notes: list of remarks on the data: what was moved, skipped or found.
    """

    def __init__(self, frame, vectorizer, *, name="data", batch_size=32, seed=0, about=None):
        check_counts(batch_size=batch_size)
        self.frame, self.vectorizer, self.name = frame, vectorizer, name
        self.batch_size, self.seed, self.about = batch_size, seed, about
        self.notes = list(about.notes) if about else []

    @property
    def num_classes(self):
        """Number of classes."""
        return self.vectorizer.num_classes

    def _count(self, split):
        return len(self._part(split))

    def arrays(self, split, *, batch_size=None, seed=None):
        """The batches of a split as NumPy arrays, without Keras: a `kseq.data.buckets.Batches`.

        Yields `(ids, labels, weights)` with shapes `(batch_size, length)`, `(batch_size,)`, `(batch_size,)`; see there
        for the weights.
        """
        self._check_not_empty(split)
        return Batches(
            self._rows(split),
            self.labels(split),
            self.bucket_lengths,
            batch_size=batch_size or self.batch_size,
            shuffle=split == "train",
            seed=self.seed if seed is None else seed,
            texts=self.texts(split),
        )

    def texts(self, split):
        """The texts of a split, as a list."""
        return self._part(split).text.tolist()

    def labels(self, split):
        """The class ids of a split, as an int32 array."""
        return self.vectorizer.encode_labels(self._part(split).label)

    @functools.cached_property
    def bucket_lengths(self):
        """The lengths that batches are padded to, ascending, chosen from the training split."""
        return bucket_lengths([len(row) for row in self._rows("train")])

    def describe(self):
        """A report for people: where the data is from, what is in it, and all that was done to it."""
        from kseq.data.report import describe

        return describe(self)

    def baselines(self, split="test"):
        """Scores of methods that know nothing of order, fitted on the training split.

        Returns:
            pandas frame with the columns `accuracy` and `seconds`, indexed by "majority class", "bag of words"
            (single words) and "bag of 1–2-grams".
        """
        from kseq.data.baselines import baselines

        return baselines(self, split)

    def _part(self, split):
        check_split(split)
        return self.frame[self.frame.split == split]

    @functools.cached_property
    def _encoded(self):
        return {}

    def _rows(self, split):
        if split not in self._encoded:
            import numpy as np

            rows = self.vectorizer.encode_rows(self.texts(split))
            self._encoded[split] = [np.array(row, np.int32) for row in rows]
        return self._encoded[split]

    def __repr__(self):
        sizes = ", ".join(f"{split}={(self.frame.split == split).sum():,}" for split in SPLITS)
        return f"Dataset({self.name!r}, {sizes}, labels={self.vectorizer.labels})"
