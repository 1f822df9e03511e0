"""Translation: many words in, many out, in another order and number (S6). `build_translation_model`, `translate`."""

from typing import NamedTuple

import keras
import numpy as np

from kseq.data.pairs.vectorizer import PairVectorizer
from kseq.tasks.arguments import Seeds, check_choice, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.fit_schedule import FitSchedule
from kseq.tasks.model import TaskModel
from kseq.tasks.step_loss import StepLoss
from kseq.tasks.translation_networks import SCORES, Frame, recurrent, spread_normal, transformer
from kseq.tasks.word_table import embedding_width, word_table

ARCHITECTURES = ("seq2seq", "attention", "transformer")
CELLS = ("gru", "lstm")
POSITIONS = ("sine", "rotary")
# Standard deviation of word vectors at the beginning, recurrent: with the 0.03 that Keras begins with, all words look
# alike to a decoder for epochs (validation loss after three epochs of 27,000 pairs 3.1, against 2.2).
SPREAD = 0.3
PEAKS = {"seq2seq": 4e-3, "attention": 4e-3, "transformer": 2e-3}  # learning rates

# The vectorizer is plain Python and knows nothing of Keras; whoever saves or loads a model comes by here.
keras.saving.register_keras_serializable(package="kseq")(PairVectorizer)


class Translation(NamedTuple):
    """What `translate` says of one sentence; printed, it is its text."""

    text: str
    score: float  # Σ log P / number of words ^ length_penalty
    source_words: tuple  # as the model read them
    words: tuple  # as the model wrote them
    alignment: np.ndarray | None  # (words, source words): how much each word looked at each; None without attention

    def __str__(self):
        return self.text


@keras.saving.register_keras_serializable(package="kseq")
class TranslationModel(TaskModel):
    """An encoder–decoder: source and target ids in, logits of each target word out; by `build_translation_model`."""

    # The score that counts. The loss begins to rise while translations still get better: the model grows too sure of
    # its words, but the best one stays the best.
    monitor, monitor_mode = "val_bleu", "max"

    def translate(self, sentences, beam=4, length_penalty=1.0, details=False, unknown="copy", max_words=None):
        """Raw sentences in, their translations out (S6).

        The decoder runs freely: what it writes is what it reads next. Sentences are translated together, the source is
        read once, and each word costs one step.

        Args:
            sentences: A list of strings, or one string.
            beam: Number of beginnings that beam search keeps; 1 is greedy search, several times as fast.
            length_penalty: α in score = Σ log P / words^α. 0 favours short translations; 1 is the mean.
            details: Whether to return `Translation` records, with score, words and alignment.
            unknown: What is done where the model wants to write a word that its vocabulary lacks, as for a rare
                name: `"copy"` writes the source word that it looks at most, `"never"` has it choose another word. A
                model without attention looks at no word, and so does the latter. Source words that the vocabulary
                lacks are read as one and the same unknown word.
            max_words: After how many words a translation is cut. Default: twice the words of the source, and 10.

        Returns:
            A list of strings in the order of the sentences, or with `details` of `Translation`; for one string, one.
            A sentence without any word has the translation `""`.
        """
        from kseq.tasks.translating import translations

        self._require_vectorizer("translate")
        check_positive("beam", beam)
        check_choice("unknown", unknown, ("copy", "never"))
        if max_words is not None:
            check_positive("max_words", max_words)
        if isinstance(sentences, str):
            return self.translate([sentences], beam, length_penalty, details, unknown, max_words)[0]
        done = translations(self, list(sentences), beam, float(length_penalty), unknown, max_words, align=details)
        return done if details else [one.text for one in done]

    def fit(self, *args, **kwargs):
        """As Keras's; besides, the learning rate learns how long the training is going to be (see `FitSchedule`)."""
        from kseq.tasks.translation_training import planned

        return super().fit(**planned(self, args, kwargs))

    def measures(self, dataset):
        """A callback that puts `val_bleu`, of a fixed sample of the validation split, into the logs of each epoch."""
        from kseq.tasks.translation_training import ValidationBleu

        return [ValidationBleu(dataset)]

    def scores(self, dataset, split="test", beam=4):
        """BLEU, chrF and exact match of the translations of a split; see `TaskModel.scores`."""
        from kseq.tasks.translation_training import scores_of

        return scores_of(self, dataset, split, beam)

    def exposure(self, dataset, split="validation", sentences=500):
        """What teacher forcing hides: the loss with the right words before each word, and with the model's own (Q1).

        In training every word is predicted from the right words before it; in use, from those that the model wrote
        itself. What it has never seen are its own mistakes (exposure bias).

        Args:
            dataset: A dataset from `load_sentence_pairs`.
            split: Name of the split.
            sentences: How many pairs of it are taken, at most.

        Returns:
            A pandas frame with the rows `teacher forcing` and `free running` and the columns `loss` (nats a word of
            the reference) and `accuracy` (its words that come out at their place).
        """
        from kseq.tasks.translation_training import exposure_of

        return exposure_of(self, dataset, split, sentences)


def build_translation_model(
    vectorizer,
    *,
    architecture="attention",
    attention_score="additive",
    cell="gru",
    bidirectional=True,
    embedding_dim=128,
    units=192,
    num_layers=None,
    num_heads=4,
    intermediate_dim=None,
    position="sine",
    norm_first=True,
    dropout=0.2,
    embeddings=None,
    learning_rate=None,
    clipnorm=1.0,
    seed=None,
    name="translation",
):
    """Builds and compiles an encoder–decoder: many words in, many words out (S6, Q1–Q4, X1).

    `"seq2seq"` (Q1): the encoder's last state starts the decoder, and is all that the decoder ever learns of the
    sentence (Q2). `"attention"` (Q3): besides, each decoder state looks back at all encoder states. `"transformer"`
    (X1): no recurrence. All are trained with teacher forcing: the decoder reads the right words, one behind.

    Args:
        vectorizer: A dataset's `.vectorizer`, which holds both vocabularies; or the vocabulary size of both sides, an
            integer, or a pair of integers, source and target, for those who bring arrays of ids.
        architecture: `"seq2seq"`, `"attention"` or `"transformer"`.
        attention_score: How a decoder state is compared with an encoder state (Q4): `"dot"`, `"additive"` or
            `"multiplicative"`. Only for `"attention"`. On the agreement pairs (Q6) the dot product was still guessing
            after 9 epochs, where the additive score was right from the sixth on (one seed).
        cell: `"gru"` or `"lstm"`, of the recurrent architectures.
        bidirectional: Whether the recurrent encoder reads both ways (G4); the states of both directions are added.
        embedding_dim: Width of a word vector (T1), and of everything in a Transformer.
        units: Width of the recurrent states.
        num_layers: Number of recurrent layers or Transformer blocks, on either side. Default: 1, and 3.
        num_heads: Number of heads of the Transformer's attention (X6); divides `embedding_dim`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * embedding_dim`.
        position: How the Transformer learns where a word stands (X3): `"sine"` or `"rotary"`; neither limits the
            length.
        norm_first: Whether the Transformer normalizes before each sublayer (pre-norm) or after it.
        dropout: Fraction of entries that are dropped in training: of the word vectors and of the features.
        embeddings: Pre-trained word vectors of the source language: a `kseq.data.WordVectors` or the path of a GloVe,
            word2vec or fastText file; or a dictionary with those of `"source"` and `"target"`, equally wide.
        learning_rate: Of the Adam optimizer. A number is the peak of a rate that warms up and then falls to 0 over
            each call of `fit` (see `FitSchedule`); a `keras.optimizers.schedules.LearningRateSchedule` is used as
            it is. Default: what suits the architecture.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `TranslationModel`, a `keras.Model` with the verb `translate(sentences)`. Input: a dictionary with
        `"source"`, ids `(batch_size, S)`, and `"target"`, ids `(batch_size, T)`, that begin with the id of the
        beginning. Output: logits `(batch_size, T, target_vocabulary_size)` of the word that comes next after each.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: id 0 is padding and goes at the end; no result depends on it, and it does not count in the loss.

    Example:

    >>> pairs = load_sentence_pairs("en-es")
    >>> model = build_translation_model(pairs.vectorizer, architecture="attention")
    >>> model.fit(pairs.train, validation_data=pairs.validation, epochs=20)
    >>> model.translate(["Do you have a pet?"])

    References:
        Sutskever et al. (2014), Sequence to sequence learning with neural networks; Bahdanau et al. (2015), Neural
        machine translation by jointly learning to align and translate; Luong et al. (2015), Effective approaches to
        attention-based neural machine translation; Vaswani et al. (2017), Attention is all you need.
    """
    check_choice("architecture", architecture, ARCHITECTURES)
    check_choice("attention_score", attention_score, SCORES)
    check_choice("cell", cell, CELLS)
    check_choice("position", position, POSITIONS, {"learn": "Learned positions end somewhere; sentences need not."})
    is_transformer = architecture == "transformer"
    num_layers = (3 if is_transformer else 1) if num_layers is None else num_layers
    embeddings = embeddings if isinstance(embeddings, dict) else {"source": embeddings}
    for side in ("source", "target"):
        embedding_dim = embedding_width(embedding_dim, embeddings.get(side))
    sizes = {"embedding_dim": embedding_dim, "units": units, "num_layers": num_layers, "num_heads": num_heads}
    for argument, value in sizes.items():
        check_positive(argument, value)
    check_fraction("dropout", dropout)
    check_clipnorm(clipnorm)
    if is_transformer:
        check_heads(embedding_dim, num_heads, position)
    vocabularies, vectorizer = sides_of(vectorizer)
    seeds = Seeds(seed)

    def table(side, size):
        words = None if vectorizer is None else Named(getattr(vectorizer, side), size)
        initializer = spread_normal(seeds, embedding_dim**-0.5 if is_transformer else SPREAD)
        return word_table(
            words, size, embedding_dim, embeddings.get(side), seeds, False, f"{side}_words", initializer=initializer
        )

    frame = Frame(vectorizer, vocabularies, table, dropout, seeds)
    if is_transformer:
        width = intermediate_dim or 4 * embedding_dim
        logits = transformer(frame, num_layers, num_heads, width, position, norm_first)
    else:
        score = attention_score if architecture == "attention" else None
        logits = recurrent(frame, cell, units, num_layers, bidirectional, score)
    model = TranslationModel(frame.inputs, logits, name=name)
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        learning_rate = FitSchedule(PEAKS[architecture] if learning_rate is None else learning_rate)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, beta_2=0.99, clipnorm=clipnorm),
        loss=StepLoss(mask_id=0),
        weighted_metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)  # so that a model saved untrained loads without a warning
    return model


class Named:
    """The names of the ids of one side, for a table of word vectors; begin and end have names of their own."""

    def __init__(self, vectorizer, size):
        marks = [f"\u27e8{i}\u27e9" for i in range(size - vectorizer.vocabulary_size)]
        self.readable_vocabulary, self._unit = [*vectorizer.readable_vocabulary, *marks], vectorizer._unit


def sides_of(vectorizer):
    """Vocabulary sizes of source and target, and the vectorizer, `None` for plain sizes."""
    sizes = (vectorizer, vectorizer) if isinstance(vectorizer, int) else vectorizer
    if isinstance(sizes, tuple | list) and len(sizes) == 2:
        for size in sizes:
            check_positive("vocabulary size", size)
        return tuple(sizes), None
    if not hasattr(vectorizer, "target_size"):
        raise ValueError(
            "The first argument must be the `.vectorizer` of `load_sentence_pairs`, a vocabulary size, or a pair of "
            f"them. Received: {vectorizer!r} of type {type(vectorizer).__name__}"
        )
    return (vectorizer.source_size, vectorizer.target_size), vectorizer
