"""`TextDataset`: running text in three splits whose windows go straight into `fit`."""

import functools

import numpy as np

from kseq.data.errors import DataError
from kseq.data.few_examples import LEAST_TOKENS, few_examples
from kseq.data.split_dataset import SplitDataset
from kseq.data.splits import SPLITS, check_split
from kseq.data.texts.streams import EvaluationStreams, TrainingStreams
from kseq.data.texts.windows import EvaluationWindows, TrainingWindows


class TextDataset(SplitDataset):
    """Running text for language models.

    Made by `kseq.load_text`; making one imports no Keras.

    Args:
        pieces: list of `kseq.data.texts.splits.Piece`.
        vectorizer: fitted on the training split.
        name: how the dataset is called in reports.
        context_length: tokens in a window.
        stride: distance between the starts of training windows; `None`: `context_length`.
        batch_size: windows in a batch.
        seed: fixes the order of the batches.
        steps_per_epoch: batches in a training epoch; `None`: as many as go once through the text.
        corpora: list of `kseq.data.texts.files.Corpus` for `describe()`.
        stateful: whether the batches are streams: row b of a batch goes on where row b of the one before ended.

    Attributes:
        vectorizer, name, context_length, stride, batch_size, seed, steps_per_epoch, stateful: as given.
        skipped: dict from the files that could not be read to the reason.
        notes: list of remarks on what was read.

    Raises:
        DataError: the training split is shorter than a window and the token after it.
    """

    def __init__(
        self,
        pieces,
        vectorizer,
        *,
        name="text",
        context_length=64,
        stride=None,
        batch_size=32,
        seed=0,
        steps_per_epoch=None,
        corpora=(),
        stateful=False,
    ):
        self.pieces, self.vectorizer, self.name = list(pieces), vectorizer, name
        self.context_length, self.stride = context_length, stride or context_length
        self.batch_size, self.seed, self.steps_per_epoch = batch_size, seed, steps_per_epoch
        self.corpora, self.stateful = list(corpora), stateful
        self.skipped = {file: reason for corpus in self.corpora for file, reason in corpus.skipped.items()}
        self.notes = [note for corpus in self.corpora for note in corpus.notes]
        where = ", ".join(corpus.where for corpus in self.corpora) or name
        for split in SPLITS:
            needed = context_length * (batch_size if stateful else 1) + 1 if split == "train" else 2
            if (split == "train" or self.text(split)) and len(self.ids(split)) < needed:
                setting = f"context_length={context_length}{f', batch_size={batch_size}' if stateful else ''}"
                raise DataError(
                    f"{where}: expected {needed:,} or more tokens in the {split} split ({setting}), found "
                    f"{len(self.ids(split)):,}; take a longer text or a shorter context"
                )
        self.notes += window_notes(self)
        self.notes += few_examples({split: len(self.ids(split)) for split in SPLITS}, "token", LEAST_TOKENS)

    def batches(self, split, **settings):
        """What `fit` and `evaluate` take, with other settings than the dataset's own.

        Args:
            split: `"train"`: `(x, y)`; `"validation"`, `"test"`: `(x, y, weights)`, see `kseq.data.texts.windows`.
            **settings: as for `arrays`.
        """
        from kseq.data.texts.keras_windows import keras_windows

        return keras_windows(self.arrays(split, **settings))

    def _count(self, split):
        return len(self.ids(split))

    def arrays(self, split, *, shuffle=None, **settings):
        """The same batches as NumPy arrays, without Keras.

        Args:
            split: `"train"`, `"validation"` or `"test"`.
            shuffle: `True`: random windows without weights; `False`: all windows in their order, each token
                predicted once; `None`: shuffled for training only. With `stateful` nothing is shuffled: `True` gives
                the streams of training, `False` those that predict each token once.
            **settings: `context_length`, `stride`, `batch_size`, and where shuffled `seed`, `steps_per_epoch`, and
                `epoch` and `start`: the epoch and the batch in it to begin with.

        Returns:
            `kseq.data.texts.windows.TrainingWindows` or `EvaluationWindows`; with `stateful`, those of
            `kseq.data.texts.streams`.
        """
        self._check_not_empty(split)
        ids = self.ids(split)
        shuffle = split == "train" if shuffle is None else shuffle
        own = {"context_length": self.context_length, "batch_size": self.batch_size}
        if self.stateful:
            kind, streams = (TrainingStreams, {"seed": self.seed}) if shuffle else (EvaluationStreams, {})
            return kind(ids, **{**own, **streams, **settings})
        if not shuffle:
            return EvaluationWindows(ids, **{**own, **settings})
        own |= {"stride": self.stride, "seed": self.seed, "steps_per_epoch": self.steps_per_epoch}
        return TrainingWindows(ids, **{**own, **settings})

    def text(self, split):
        """The text of a split as one string, as the vectorizer sees it."""
        check_split(split)
        return self._texts[split]

    def ids(self, split):
        """The token ids of a split, an int32 array of shape `(num_tokens,)`."""
        if split not in self._ids:
            self._ids[split] = np.array(self.vectorizer.ids(self.text(split)), np.int32)
        return self._ids[split]

    def characters_per_token(self, split="train"):
        """Mean length of a token: a loss in nats per token, divided by it and by ln 2, is in bits per character.

        Bits per character compare models of different tokens. An unknown token counts as long as it is, but the model
        need not spell it: with many of them the bits come out too low.
        """
        return len(self.text(split)) / len(self.ids(split))

    @functools.cached_property
    def frame(self):
        """pandas view: a row for each stretch of a file, with the columns `file`, `split`, `characters`, `text`."""
        import pandas as pd

        rows = [(piece.file, piece.split, len(piece.text), piece.text) for piece in self.pieces]
        return pd.DataFrame(rows, columns=["file", "split", "characters", "text"])

    def describe(self):
        """A report for people: where the text is from, how much there is, and all that was done to it."""
        from kseq.data.texts.report import describe_text

        return describe_text(self)

    def baselines(self, split="test"):
        """Losses of models that count, fitted on the training split.

        Returns:
            pandas frame with the columns `order`, `loss` (nats per token), `perplexity`, `bits_per_character` and
            `seconds`, indexed by "unigram", "bigram" and "n-gram" (smoothed, its order chosen on validation).
        """
        from kseq.data.texts.baselines import text_baselines

        return text_baselines(self, split)

    @functools.cached_property
    def _texts(self):
        return {split: "".join(piece.text for piece in self.pieces if piece.split == split) for split in SPLITS}

    @functools.cached_property
    def _ids(self):
        return {}

    def __repr__(self):
        sizes = ", ".join(f"{split}={len(self.ids(split)):,}" for split in SPLITS)
        return f"TextDataset({self.name!r}, tokens: {sizes}, vocabulary_size={self.vectorizer.vocabulary_size})"


def window_notes(dataset):
    """Remarks on windows that are long for the text."""
    length, notes = dataset.context_length, []
    if dataset.arrays("train").num_windows == 1:
        room = len(dataset.ids("train")) // (dataset.batch_size + 1)
        advice = f"; with a context_length of {room:,} a batch is full of different ones" if room > 1 else ""
        notes.append(
            f"the train split holds one window of {length:,} tokens: batches repeat it, a little moved{advice}"
        )
    for split in SPLITS[1:]:
        predicted = len(dataset.ids(split)) - 1
        if 0 < predicted < length:
            notes.append(
                f"the {split} split is shorter than a window: it is read as one of {predicted:,} tokens, and the loss "
                "is still the mean over all of them"
            )
    return notes
