"""The next word: many words in, one word out (S3, R5). `build_next_word_model` and the verb `complete`."""

import math
import warnings
from typing import NamedTuple

import keras
import numpy as np

from kseq import layers
from kseq.data.seen_sentences import warn
from kseq.data.unknown_input import remark_on_unknown, share_of, without_known_words
from kseq.layers.last_step import LastStep
from kseq.layers.token_ids import TokenIds
from kseq.tasks.arguments import Seeds, check_choice, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.by_length import round_up
from kseq.tasks.metrics import Perplexity
from kseq.tasks.model import TaskModel
from kseq.tasks.position import POSITIONS, add_position
from kseq.tasks.text import CELLS, drop
from kseq.tasks.vocabulary import vocabulary_of
from kseq.tasks.word_table import embedding_width, word_table

ARCHITECTURES = (*CELLS, "transformer")
RATES = {"simple_rnn": 1e-3, "lstm": 2e-3, "gru": 2e-3, "transformer": 1e-3}


class Completion(NamedTuple):
    """A word that may come next, and its probability among all words that are ever offered."""

    word: str
    probability: float

    def __repr__(self):
        return f"Completion(word={self.word!r}, probability={self.probability:.3g})"


@keras.saving.register_keras_serializable(package="kseq")
class NextWordModel(TaskModel):
    """A model of the next word: ids in, one row of logits out; made by `build_next_word_model`."""

    monitor, monitor_mode = "val_loss", "min"  # steadier than the accuracy, and it counts every probability

    @property
    def context_length(self):
        """How many words before the model looks at; `None` if nothing says so."""
        return next((layer.context_length for layer in self.layers if isinstance(layer, TokenIds)), None)

    def complete(self, texts, k=5, batch_size=256):
        """Raw text in, the most probable next words out (S3, R5).

        Args:
            texts: A string, or a list of strings, none empty. Of each the last `context_length` words are read; it may
                be shorter. If no word of a text is known, the answer is a guess, and a warning says so.
            k: How many words are offered. "Unknown" is never one of them.
            batch_size: Number of texts that go through the network at once.

        Returns:
            A list of `k` `Completion(word, probability)`, the most probable first; for a list of texts, a list of
            such lists.

        Raises:
            ValueError: a text is empty, or `k` is below 1.
        """
        vectorizer = self._require_vectorizer("complete")
        check_positive("k", k)
        rows = [texts] if isinstance(texts, str) else list(texts)
        empty = [number for number, text in enumerate(rows) if not text.strip()]
        if empty:
            where = "" if isinstance(texts, str) else f" at place {empty[0]}"
            raise ValueError(f"`texts` must have a word to go on from. Received: {rows[empty[0]]!r}{where}")
        guessed = [text for text in rows if not vectorizer.knows(text)]
        if guessed:
            warnings.warn(
                f"{without_known_words(len(guessed), len(rows))}, such as {guessed[0][:40]!r}; it only guessed.",
                stacklevel=2,
            )
        words = vectorizer.readable_vocabulary
        reserved = vectorizer.vocabulary_size - len(words)
        answers = []
        for row in self.probabilities(rows, batch_size):
            best = np.argsort(-row[reserved:], kind="stable")[:k]
            answers.append([Completion(words[index].strip(" "), float(row[reserved + index])) for index in best])
        return answers[0] if isinstance(texts, str) else answers

    def probabilities(self, texts, batch_size=256):
        """The probability of every id after every text: float32 `(len(texts), vocabulary_size)`; unknown has 0."""
        vectorizer = self._require_vectorizer("probabilities")
        rows = [row[-(self.context_length or len(row)) :] for row in vectorizer.encode_rows(list(texts), cut=False)]
        result = np.zeros((len(rows), vectorizer.vocabulary_size), np.float32)
        for start in range(0, len(rows), batch_size):
            ids = vectorizer.pad(rows[start : start + batch_size])
            # Few shapes, so that little is compiled; what only fills the batch is read and thrown away.
            padded = np.zeros((round_up(len(ids), batch_size), round_up(ids.shape[1], self.context_length)), np.int32)
            padded[:, 0] = vectorizer.unknown_id
            padded[: len(ids), : ids.shape[1]] = ids
            logits = np.asarray(self.predict_on_batch(padded), np.float64)[: len(ids)]
            logits[:, [vectorizer.pad_id, vectorizer.unknown_id]] = -np.inf
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            result[start : start + len(ids)] = odds / odds.sum(axis=1, keepdims=True)
        return result

    def scores(self, dataset, split="test"):
        """Top-1 and top-5 accuracy and perplexity on a split; see `TaskModel.scores`.

        An unknown next word counts as a wrong answer in both accuracies, as in the baselines; the perplexity is that of
        the known ones.
        """
        share = share_of(dataset.ids(split), self._require_vectorizer("scores").unknown_id)
        warn(remark_on_unknown(share, f"{split} words", "is it another language"))
        scores = self.evaluate(dataset.batches(split), return_dict=True, verbose=0)
        known = dataset.known_share(split)
        return {
            "top-1 accuracy": scores["accuracy"] * known,
            "top-5 accuracy": scores["top_5_accuracy"] * known,
            "perplexity": math.exp(scores["loss"]),
        }


def build_next_word_model(
    vectorizer,
    *,
    architecture="lstm",
    context_length=16,
    embedding_dim=None,
    units=128,
    num_layers=None,
    num_heads=4,
    intermediate_dim=None,
    position="rotary",
    norm_first=True,
    embeddings=None,
    dropout=0.3,
    activation=None,
    recurrent_initializer="orthogonal",
    learning_rate=None,
    clipnorm=1.0,
    seed=None,
    name="next_word",
):
    """Builds and compiles a model of the next word: many words in, one out (S3, R5).

    A language model predicts at every step; this one reads its context and answers once: the last state of a
    recurrent network (R1, G1, G2), or what a Transformer (X8) has at the last word, decides about all words of the
    vocabulary.

    Args:
        vectorizer: A dataset's `.vectorizer`; or the vocabulary size, an integer that includes ids 0 (padding)
            and 1 (unknown), for those who bring arrays of ids.
        architecture: `"simple_rnn"`, `"lstm"`, `"gru"` or `"transformer"`.
        context_length: How many words before are read by `complete`, the last ones of a text; as in the data.
        embedding_dim: Width of a word vector (T1), and of everything in a Transformer. Default: 64, or that of
            `embeddings`.
        units: Width of the recurrent state.
        num_layers: Number of recurrent layers or Transformer blocks on top of each other. Default: 1 and 2.
        num_heads: Number of heads of the Transformer's attention (X6); divides `embedding_dim`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * embedding_dim`.
        position: How the Transformer learns where a word stands (X3): `"sine"`, `"learned"` or `"rotary"`.
        norm_first: Whether the Transformer normalizes before each sublayer (pre-norm) or after it.
        embeddings: Pre-trained word vectors to begin with (T1): a `kseq.data.WordVectors`, or the path of a GloVe,
            word2vec or fastText file. They decide about `embedding_dim`.
        dropout: Fraction of entries that are dropped in training: of the word vectors, in the Transformer's blocks and
            before the output.
        activation: Activation of the recurrent cell or of the feed-forward layers. Default: `tanh` and `gelu`.
        recurrent_initializer: Initializer of the recurrent kernel.
        learning_rate: Of the Adam optimizer: a number or a `keras.optimizers.schedules.LearningRateSchedule`.
            Default: what suits the architecture.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `NextWordModel`, a `keras.Model` with the verb `complete(text)`. Input: ids of shape
        `(batch_size, sequence_length)`. Output: logits of shape `(batch_size, vocabulary_size)`.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: id 0 is padding and goes at the end. No result depends on it.

    Example:

    >>> words = load_next_words("prose", context_length=16)
    >>> model = build_next_word_model(words.vectorizer, architecture="gru")
    >>> model.fit(words.train, validation_data=words.validation, epochs=5)
    >>> model.complete("This morning I took my")

    References:
        Bengio et al. (2003), A neural probabilistic language model. Rows S3 and R5 of the course map.
    """
    check_choice("architecture", architecture, ARCHITECTURES)
    check_choice("position", position, POSITIONS)
    num_layers = (2 if architecture == "transformer" else 1) if num_layers is None else num_layers
    sizes = {"context_length": context_length, "units": units}
    for argument, value in (sizes | {"num_layers": num_layers, "num_heads": num_heads}).items():
        check_positive(argument, value)
    if intermediate_dim is not None:
        check_positive("intermediate_dim", intermediate_dim)
    check_fraction("dropout", dropout)
    check_clipnorm(clipnorm)
    vocabulary_size, vectorizer = vocabulary_of(vectorizer)
    embedding_dim, seeds = embedding_width(embedding_dim, embeddings, 64), Seeds(seed)
    is_recurrent = architecture != "transformer"

    inputs = keras.Input((None,), dtype="int32", name="ids")
    ids = TokenIds(vectorizer, context_length, name="token_ids")(inputs)
    # A causal block never looks at padding, which stands behind; a recurrent layer stops where its mask ends.
    x = word_table(vectorizer, vocabulary_size, embedding_dim, embeddings, seeds, mask_zero=is_recurrent)(ids)
    x = drop(x, dropout, seeds, "drop_vectors")
    if is_recurrent:
        for number in range(1, num_layers + 1):
            x = getattr(layers, CELLS[architecture])(
                units,
                activation=activation or "tanh",
                kernel_initializer=seeds.initializer("glorot_uniform"),
                recurrent_initializer=seeds.initializer(recurrent_initializer),
                return_sequences=number < num_layers,
                name=f"{architecture}_{number}",
            )(x)
    else:
        check_heads(embedding_dim, num_heads, position)
        x = add_position(x, position, context_length, seeds)
        for number in range(1, num_layers + 1):
            x = layers.TransformerDecoder(
                num_heads,
                intermediate_dim or 4 * embedding_dim,
                dropout=dropout,
                activation=activation or "gelu",
                norm_first=norm_first,
                rotary=position == "rotary",
                seed=seeds.next(),
                name=f"block_{number}",
            )(x)
        if norm_first:
            x = keras.layers.LayerNormalization(epsilon=1e-5, name="final_norm")(x)
        x = LastStep(name="last_step")(x, ids)
    x = drop(x, dropout, seeds, "drop_features")
    logits = layers.Dense(
        vocabulary_size, kernel_initializer=seeds.initializer("glorot_uniform"), dtype="float32", name="logits"
    )(x)

    model = NextWordModel(inputs, logits, name=name)
    model.compile(
        optimizer=keras.optimizers.Adam(
            RATES[architecture] if learning_rate is None else learning_rate, clipnorm=clipnorm
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[  # weighted: rows that only fill a batch weigh nothing
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            keras.metrics.SparseTopKCategoricalAccuracy(5, name="top_5_accuracy"),
            Perplexity(),
        ],
    )
    model.optimizer.build(model.trainable_variables)  # so that a model saved untrained loads without a warning
    return model
