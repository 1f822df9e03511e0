"""`TaggedDataset`: tagged sentences in three splits whose batches go straight into `fit`."""

import functools

import numpy as np

from kseq.data.aligned_batches import AlignedBatches
from kseq.data.arguments import check_counts
from kseq.data.buckets import bucket_lengths
from kseq.data.split_dataset import SplitDataset
from kseq.data.splits import SPLITS, check_split
from kseq.data.tagged.vectorizer import sentence_key


class TaggedDataset(SplitDataset):
    """Sentences with a tag for every word (S5).

    Made by `kseq.load_tagged_sentences`; making one imports no Keras.

    Args:
        parts: dictionary of split -> list of `kseq.data.tagged.files.Sentence`.
        vectorizer: a `TaggingVectorizer`, fitted on the training split.
        name: how the dataset is called in reports.
        batch_size: sentences in a batch.
        seed: fixes the order of the batches.
        where, format: for `describe()`: what was read.
        notes: remarks on the data: what was left out or found.

    Attributes:
        parts, vectorizer, name, batch_size, seed, where, format, notes: as given.
    """

    def __init__(self, parts, vectorizer, *, name="tagged", batch_size=32, seed=0, where="", format="", notes=()):
        check_counts(batch_size=batch_size)
        self.parts, self.vectorizer, self.name = parts, vectorizer, name
        self.batch_size, self.seed = batch_size, seed
        self.where, self.format, self.notes = where, format, list(notes)

    def _count(self, split):
        return len(self._part(split))

    def arrays(self, split, *, batch_size=None, seed=None):
        """The batches of a split as NumPy arrays, without Keras: a `kseq.data.AlignedBatches`.

        Yields `(inputs, tags, weights)`: `inputs` is a dictionary of `"ids"` `(batch_size, length)` and `"characters"`
        `(batch_size, length, 9)`; see there for the weights.
        """
        self._check_not_empty(split)
        ids, characters, tags = self._encoded(split)
        return AlignedBatches(
            {"ids": ids, "characters": characters},
            tags,
            self.bucket_lengths,
            batch_size=batch_size or self.batch_size,
            shuffle=split == "train",
            seed=self.seed if seed is None else seed,
            texts=self.texts(split),
        )

    def sentences(self, split):
        """The words of each sentence of a split: a list of lists."""
        return [sentence.words for sentence in self._part(split)]

    def tags(self, split):
        """The tags of each sentence of a split: a list of lists."""
        return [sentence.tags for sentence in self._part(split)]

    def keys(self, split):
        """A string for each sentence of a split, the same for sentences that count as equal."""
        return [sentence_key(words) for words in self.sentences(split)]

    def texts(self, split):
        """The sentences of a split as they were written, or where nobody said so, their words with spaces between."""
        return [text_of(sentence) for sentence in self._part(split)]

    def focus(self, split):
        """The place of the ambiguous word in each sentence of a split, or `None` if this data has none (G4)."""
        places = [sentence.extra.get("focus") for sentence in self._part(split)]
        return None if not places or any(place is None for place in places) else np.array(places)

    def unknown(self, split):
        """Whether each word of a split is not in the vocabulary, a boolean array over all its words in turn."""
        rows = self._encoded(split)[0]
        return np.concatenate(rows) == self.vectorizer.unknown_id if rows else np.zeros(0, bool)

    @functools.cached_property
    def bucket_lengths(self):
        """The lengths that batches are padded to, ascending, chosen from the training split."""
        return bucket_lengths([len(sentence.words) for sentence in self.parts["train"]])

    @functools.cached_property
    def frame(self):
        """pandas view, a row for each sentence: `split`, `text`, `words`, `tags`, `line`, and what else is known."""
        import pandas as pd

        rows = [
            {"split": split, "text": text_of(s), "words": s.words, "tags": s.tags, "line": s.line, **s.extra}
            for split in SPLITS
            for s in self.parts[split]
        ]
        return pd.DataFrame(rows)

    def describe(self):
        """A report for people: where the data is from, what is in it, and all that was done to it."""
        from kseq.data.tagged.report import describe_tagged

        return describe_tagged(self)

    def baselines(self, split="test"):
        """Scores of methods that look at no context, fitted on the training split.

        Returns:
            pandas frame with the columns `accuracy`, `unknown-word accuracy` (of words never seen in training) and
            `seconds`, and for data with ambiguous words `ambiguous-word accuracy`, indexed by "most frequent tag" and
            "most frequent tag per word".
        """
        from kseq.data.tagged.baselines import tagged_baselines

        return tagged_baselines(self, split)

    def _part(self, split):
        check_split(split)
        return self.parts[split]

    @functools.cached_property
    def _numbers(self):
        return {}

    def _encoded(self, split):
        """`(ids, characters, tags)` of a split: lists of arrays."""
        part = self._part(split)
        if split not in self._numbers:
            words = [sentence.words for sentence in part]
            vectorizer = self.vectorizer
            tags = vectorizer.encode_tags([sentence.tags for sentence in part])
            self._numbers[split] = vectorizer.encode_rows(words), vectorizer.spell_rows(words), tags
        return self._numbers[split]

    def __repr__(self):
        sizes = ", ".join(f"{split}={len(self.parts[split]):,}" for split in SPLITS)
        return f"TaggedDataset({self.name!r}, sentences: {sizes}, tags={len(self.vectorizer.tags)})"


def text_of(sentence):
    """A sentence as one string."""
    return " ".join(sentence.words) if sentence.text is None else sentence.text
