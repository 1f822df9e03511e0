"""`TuneDataset`: tunes in three splits, a row of tokens for each (course row S4)."""

import functools

import numpy as np

from kseq.data.aligned_batches import AlignedBatches
from kseq.data.buckets import bucket_lengths
from kseq.data.split_dataset import SplitDataset
from kseq.data.splits import SPLITS, check_split


class TuneBatches(AlignedBatches):
    """Batches `(ids, next_ids, weights)`, each of shape `(batch_size, bucket_length)`; see `AlignedBatches`.

    A row is a tune from its first header line to the empty line that ends it.
    """

    def __init__(self, rows, lengths, **options):
        super().__init__({"ids": [row[:-1] for row in rows]}, [row[1:] for row in rows], lengths, **options)

    def spec(self):
        """`(shape, dtype)` of all arrays of a batch, `None` where sizes differ."""
        inputs, targets, weights = super().spec()
        return inputs["ids"], targets, weights

    def batch(self, plan):
        """The arrays of one batch, from its bucket length and the numbers of its rows."""
        inputs, targets, weights = super().batch(plan)
        return inputs["ids"], targets, weights


class TuneDataset(SplitDataset):
    """Tunes in three splits that go straight into `fit`; made by `kseq.load_tunes`.

    Args:
        tunes: list of `kseq.data.tunes.tune.Tune`.
        splits: for each tune its split.
        vectorizer: a `TuneVectorizer` fitted on the training split.
        name, batch_size, seed: as in every dataset.
        where: the path.
        skipped: list of `(file: line, reason)`.
        notes: list of remarks.

    Attributes:
        notes, skipped, name, batch_size, seed, vectorizer: as given.
    """

    def __init__(self, tunes, splits, vectorizer, *, name, batch_size, seed, where="", skipped=(), notes=()):
        self._tunes, self._splits, self.vectorizer = list(tunes), np.array(splits, object), vectorizer
        self.name, self.batch_size, self.seed, self.where = name, batch_size, seed, where
        self.skipped, self.notes = list(skipped), list(notes)

    def _count(self, split):
        return len(self.tunes(split))

    def arrays(self, split, *, batch_size=None, seed=None, shuffle=None):
        """The batches of a split as NumPy arrays: `(ids, next_ids, weights)`, each `(batch_size, length)`."""
        self._check_not_empty(split)
        return TuneBatches(
            self.rows(split),
            self.bucket_lengths,
            batch_size=batch_size or self.batch_size,
            shuffle=split == "train" if shuffle is None else shuffle,
            seed=self.seed if seed is None else seed,
            texts=self.texts(split),
        )

    def tunes(self, split):
        """The tunes of a split, a list of `Tune`."""
        check_split(split)
        return [tune for tune, own in zip(self._tunes, self._splits, strict=True) if own == split]

    def texts(self, split):
        """The tunes of a split as the model reads them."""
        from kseq.data.tunes.text import model_text

        return [model_text(tune) for tune in self.tunes(split)]

    def rows(self, split):
        """The tunes of a split as int32 arrays of ids, each of shape `(num_tokens,)`."""
        if split not in self._rows:
            rows = self.vectorizer.encode_rows(self.texts(split))
            self._rows[split] = [np.array(row, np.int32) for row in rows]
        return self._rows[split]

    def characters_per_token(self, split):
        """How many characters of ABC stand for a token, in the mean, the first one of each tune left out."""
        texts = self.texts(split)
        first = len("X:1\n")
        return sum(len(text) - first for text in texts) / sum(len(row) - 1 for row in self.rows(split))

    @functools.cached_property
    def bucket_lengths(self):
        """The lengths that batches are padded to, ascending, chosen from the training split."""
        return bucket_lengths([len(row) - 1 for row in self.rows("train")])

    @functools.cached_property
    def frame(self):
        """pandas view: a row for each tune, with title, rhythm, metre, key, number of bars, split, place and text."""
        import pandas as pd

        return pd.DataFrame(
            {
                "title": [tune.title for tune in self._tunes],
                "rhythm": [tune.rhythm for tune in self._tunes],
                "metre": [tune.metre_name for tune in self._tunes],
                "key": [tune.key.name for tune in self._tunes],
                "bars": [len(tune.bars) for tune in self._tunes],
                "is_good": [tune.is_good for tune in self._tunes],
                "split": self._splits,
                "where": [tune.where for tune in self._tunes],
                "abc": [tune.abc for tune in self._tunes],
            }
        )

    def describe(self):
        """A report for people: where the tunes are from, what is in them, and all that was done to them."""
        from kseq.data.tunes.report import describe_tunes

        return describe_tunes(self)

    def baselines(self, split="test"):
        """What a model has to beat: real held-out tunes (the reference) and an n-gram that writes tunes.

        Returns:
            pandas frame with the columns `good tunes`, `full bars`, `in key`, `copied bars`, `copied phrases`,
            `bits_per_character` and `seconds`, indexed by "held-out tunes" and "n-gram"; see `kseq.data.tunes.scores`.
        """
        from kseq.data.tunes.baselines import tune_baselines

        return tune_baselines(self, split)

    @functools.cached_property
    def _rows(self):
        return {}

    def __repr__(self):
        sizes = ", ".join(f"{split}={int((self._splits == split).sum()):,}" for split in SPLITS)
        return f"TuneDataset({self.name!r}, {sizes}, vocabulary_size={self.vectorizer.vocabulary_size})"
