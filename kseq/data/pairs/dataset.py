"""`PairDataset`: sentences and their translations in three splits that go straight into `fit` (row S6)."""

import functools

import numpy as np

from kseq.data.aligned_batches import AlignedBatches
from kseq.data.arguments import check_counts
from kseq.data.buckets import bucket_lengths
from kseq.data.pairs.splits import grouped, source_key
from kseq.data.split_dataset import SplitDataset
from kseq.data.splits import SPLITS, check_split, text_key


class PairDataset(SplitDataset):
    """Pairs of sentences for translation models.

    Made by `kseq.load_sentence_pairs`; making one imports no Keras.

    Args:
        sources, targets: lists of strings, a translation in each row.
        splits: `"train"`, `"validation"`, `"test"` for each row; rows with another value are kept but not used.
        vectorizer: a `kseq.data.pairs.vectorizer.PairVectorizer`, fitted on the training split.
        name: how the dataset is called in reports.
        batch_size: pairs in a batch.
        seed: fixes the order of the batches.
        extra: dictionary of further columns of `frame`.
        about: a `kseq.data.assembly.About` for `describe()`.

    Attributes:
        vectorizer, name, batch_size, seed: as given.
        notes: list of remarks on the data: what was left out, skipped or found.
    """

    def __init__(self, sources, targets, splits, vectorizer, *, name="pairs", batch_size=32, seed=0, extra=None,
                 about=None):  # fmt: skip
        check_counts(batch_size=batch_size)
        self._sources, self._targets, self._splits = list(sources), list(targets), np.array(splits, object)
        self.vectorizer, self.name, self.batch_size, self.seed = vectorizer, name, int(batch_size), seed
        self._extra, self.about = dict(extra or {}), about
        self.notes = list(about.notes) if about else []

    @property
    def languages(self):
        """The names of the source and the target language."""
        return self.vectorizer.languages

    def _count(self, split):
        return len(self._rows(split))

    def arrays(self, split, *, batch_size=None, seed=None):
        """The batches of a split as NumPy arrays, without Keras: `kseq.data.AlignedBatches`.

        Yields `({"source": ids, "target": ids}, targets, weights)`: all `(batch_size, length)`. The decoder reads
        `"target"`, the begin id and the words, and is to say `targets`, the words and the end id (teacher forcing);
        see `kseq.data.aligned_batches` for the weights.
        """
        self._check_not_empty(split)
        source, inputs, targets = self._encoded(split)
        return AlignedBatches(
            {"source": source, "target": inputs},
            targets,
            self.bucket_lengths,
            batch_size=batch_size or self.batch_size,
            shuffle=split == "train",
            seed=self.seed if seed is None else seed,
            texts=[self._sources[row] for row in self._rows(split)],
        )

    def pairs(self, split):
        """The rows of a split: a list of `(source, target)`."""
        return [(self._sources[row], self._targets[row]) for row in self._rows(split)]

    def sources(self, split):
        """The different source sentences of a split, in the order of their first rows: what is to be translated.

        Sentences that differ in case or spaces only are one, written as in its first row. Those that differ in
        punctuation ("You're tired." and "You're tired?") are two, but always in one split.
        """
        return [self._sources[rows[0]] for rows in self._groups(split).values()]

    texts = sources

    def keys(self, split):
        """A string for each pair of a split, the same for source sentences that count as equal."""
        return [source_key(source) for source, _ in self.pairs(split)]

    def references(self, split):
        """All translations that the data has of each of `sources(split)`: a list of lists, equal ones once."""
        return [list(dict.fromkeys(self._targets[row] for row in rows)) for rows in self._groups(split).values()]

    @functools.cached_property
    def bucket_lengths(self):
        """The lengths that batches are padded to, ascending, chosen from the training split."""
        source, inputs, _ = self._encoded("train")
        return bucket_lengths([max(len(a), len(b)) for a, b in zip(source, inputs, strict=True)])

    @functools.cached_property
    def frame(self):
        """pandas view: a row for each pair, with the columns `source`, `target`, `split` and any others."""
        import pandas as pd

        return pd.DataFrame({"source": self._sources, "target": self._targets, "split": self._splits, **self._extra})

    def describe(self):
        """A report for people: where the pairs are from, what is in them, and all that was done to them."""
        from kseq.data.pairs.report import describe_pairs

        return describe_pairs(self)

    def baselines(self, split="test"):
        """Scores of methods without a network, fitted on the training split.

        Returns:
            pandas frame with the columns `BLEU`, `chrF`, `exact match` and `seconds`, indexed by "copy the source" and
            "word by word" (a dictionary learned from the training pairs).
        """
        from kseq.data.pairs.baselines import pair_baselines

        return pair_baselines(self, split)

    def _rows(self, split):
        check_split(split)
        return np.flatnonzero(self._splits == split)

    def _groups(self, split):
        rows = self._rows(split)
        return {key: rows[own] for key, own in grouped([text_key(self._sources[row]) for row in rows]).items()}

    @functools.cached_property
    def _ids(self):
        return {}

    def _encoded(self, split):
        """The rows of ids of a split: source, what the decoder reads, what it is to say."""
        if split not in self._ids:
            pairs, pair = self.pairs(split), self.vectorizer
            source = [np.array(row, np.int32) for row in pair.source_rows([source for source, _ in pairs])]
            words = pair.target_rows([target for _, target in pairs])
            inputs = [np.array([pair.begin_id, *row], np.int32) for row in words]
            self._ids[split] = source, inputs, [np.array([*row, pair.end_id], np.int32) for row in words]
        return self._ids[split]

    def __repr__(self):
        sizes = ", ".join(f"{split}={len(self._rows(split)):,}" for split in SPLITS)
        return f"PairDataset({self.name!r}, pairs: {sizes}, {self.languages[0]} → {self.languages[1]})"
