"""`NextWordDataset`: contexts of words and the word that comes next, in three splits that go straight into `fit`."""

import functools

import numpy as np

from kseq.data.buckets import Batches, bucket_lengths
from kseq.data.errors import DataError, counted
from kseq.data.few_examples import LEAST_TOKENS, few_examples
from kseq.data.report import Report
from kseq.data.split_dataset import SplitDataset
from kseq.data.splits import SPLITS, check_split

SHORTENED = 0.5  # of the training examples show only the last few words, so that short beginnings are learned too


class NextWordDataset(SplitDataset):
    """Running text for next-word models; made by `kseq.data.load_next_words`. Making one imports no Keras.

    Examples are `(context, next word)`. A context holds the `context_length` tokens before the word, or as many as
    there are since the beginning of the split. Half of the training contexts are shortened, each to a length drawn once
    for all epochs. A word that is not in the vocabulary cannot be answered, so such examples are in no batch;
    `scores` and `baselines` count each of them as a wrong answer.

    Args:
        pieces: list of `kseq.data.texts.splits.Piece`.
        vectorizer: fitted on the training split.
        name: how the dataset is called in reports.
        context_length: words before, at most.
        batch_size: examples in a batch.
        seed: fixes the order of the batches and which contexts are short.
        corpora: list of `kseq.data.texts.files.Corpus` for `describe()`.

    Attributes:
        vectorizer, name, context_length, batch_size, seed: as given.
        notes: list of remarks on what was read.

    Raises:
        DataError: a split has no word that can be an answer.
    """

    def __init__(self, pieces, vectorizer, *, name="text", context_length=16, batch_size=32, seed=0, corpora=()):
        self.pieces, self.vectorizer, self.name = list(pieces), vectorizer, name
        self.context_length, self.batch_size, self.seed = context_length, batch_size, seed
        self.corpora = list(corpora)
        self.notes = [note for corpus in self.corpora for note in corpus.notes]
        skipped = sum(len(corpus.skipped) for corpus in self.corpora)
        if skipped:
            self.notes.append(f"{counted(skipped, 'file')} skipped: not text in UTF-8, or empty")
        where = ", ".join(corpus.where for corpus in self.corpora) or name
        for split in SPLITS:
            if (split == "train" or self.text(split)) and not len(self.places(split)):
                raise DataError(
                    f"{where}: expected words that are in the vocabulary in the {split} split, found none in "
                    f"{counted(len(self.ids(split)), 'word')}; take a longer text, or min_count=1"
                )

        self.notes += few_examples({split: len(self.places(split)) for split in SPLITS}, "word", LEAST_TOKENS)

    def _count(self, split):
        return len(self.places(split))

    def arrays(self, split, *, batch_size=None, seed=None):
        """The batches as NumPy arrays, without Keras: a `kseq.data.buckets.Batches`.

        Yields `(ids, next_ids, weights)` with shapes `(batch_size, length)`, `(batch_size,)`, `(batch_size,)`. Contexts
        are padded at the end.
        """
        self._check_not_empty(split)
        contexts = self.contexts(split)
        training = split == "train"
        return Batches(
            contexts,
            self.ids(split)[self.places(split)],
            self.bucket_lengths,
            batch_size=batch_size or self.batch_size if training else max(self.batch_size, 256),
            shuffle=training,
            seed=self.seed if seed is None else seed,
        )

    def contexts(self, split):
        """The ids before each answer of a split: a list of int32 arrays, 1 to `context_length` long."""
        ids, places = self.ids(split), self.places(split)
        sizes = np.minimum(places, self.context_length)
        if split == "train":
            random = np.random.default_rng([self.seed, 1])
            shorter = random.integers(1, sizes + 1)
            sizes = np.where(random.random(len(sizes)) < SHORTENED, shorter, sizes)
        return [ids[place - size : place] for place, size in zip(places, sizes, strict=True)]

    def places(self, split):
        """Where in `ids(split)` the answers stand: all known words but the first token."""
        places = np.flatnonzero(self.ids(split) != self.vectorizer.unknown_id)
        return places[places > 0]

    def known_share(self, split):
        """Share of the words of a split that are in the vocabulary, so that they can be an answer at all."""
        return len(self.places(split)) / max(1, len(self.ids(split)) - 1)

    def text(self, split):
        """The text of a split as one string."""
        check_split(split)
        return "\n".join(piece.text for piece in self.pieces if piece.split == split)

    def ids(self, split):
        """The word ids of a split, an int32 array of shape `(num_words,)`."""
        if split not in self._ids:
            self._ids[split] = np.array(self.vectorizer.ids(self.text(split)), np.int32)
        return self._ids[split]

    @functools.cached_property
    def bucket_lengths(self):
        """The lengths that batches are padded to, ascending, chosen from the training split."""
        return bucket_lengths([len(context) for context in self.contexts("train")])

    @functools.cached_property
    def frame(self):
        """pandas view: a row for each stretch of a file, with the columns `file`, `split`, `characters`, `text`."""
        import pandas as pd

        rows = [(piece.file, piece.split, len(piece.text), piece.text) for piece in self.pieces]
        return pd.DataFrame(rows, columns=["file", "split", "characters", "text"])

    def describe(self):
        """A report for people: where the text is from, how much there is, and what cannot be an answer."""
        lines = [f"{self.name}: contexts of up to {counted(self.context_length, 'word')}, and the word that comes next"]
        lines += [f"from      {corpus.where}" for corpus in self.corpora]
        lines += ["", f"{'':<12}{'words':>10}{'examples':>10}{'unknown':>10}"]
        for split in SPLITS:
            unknown = 1 - self.known_share(split) if len(self.ids(split)) > 1 else 0.0
            lines.append(f"{split:<12}{len(self.ids(split)):>10,}{len(self.places(split)):>10,}{unknown:>10.1%}")
        lines += [
            "",
            f"vocabulary {self.vectorizer.vocabulary_size:,} ids, two of them reserved; punctuation marks are words"
            f"{', capitals are put in lower case' if self.vectorizer.lowercase else ''}",
            f"batches   of {self.batch_size}, {len(self.arrays('train')):,} in an epoch, padded to "
            f"{', '.join(map(str, self.bucket_lengths))}",
            "unknown   words are never an answer: no example asks for them, and scores count each as a wrong answer",
        ]
        if self.notes:
            lines += ["", "notes", *(f"- {note}" for note in self.notes)]
        return Report("\n".join(lines))

    def baselines(self, split="test"):
        """Scores of models that count, fitted on the training split.

        Returns:
            pandas frame with the columns `top-1 accuracy`, `top-5 accuracy` (unknown words count as wrong answers),
            `perplexity` (over the known words), `order` and `seconds`, indexed by "most frequent words", "bigram" and
            "n-gram" (its order chosen on the validation split).
        """
        from kseq.data.texts.next_word_baselines import next_word_baselines

        return next_word_baselines(self, split)

    @functools.cached_property
    def _ids(self):
        return {}

    def __repr__(self):
        sizes = ", ".join(f"{split}={len(self.places(split)):,}" for split in SPLITS)
        return f"NextWordDataset({self.name!r}, {sizes}, context_length={self.context_length})"
