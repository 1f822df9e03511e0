"""Sentiment: many words in, one label out (S3). `build_sentiment_model` and the verb `classify`."""

from typing import NamedTuple

import keras
import numpy as np

from kseq.layers.positions import PositionEmbedding
from kseq.layers.token_ids import TokenIds
from kseq.tasks.arguments import Seeds, check_choice, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.by_length import batches_by_length, round_up
from kseq.tasks.model import TaskModel
from kseq.tasks.position import POSITIONS
from kseq.tasks.pretrained import MovedBody, check_pretrained
from kseq.tasks.reading import encoder, positions_to_learn, recurrent_layer
from kseq.tasks.text import CELLS
from kseq.tasks.vocabulary import classes_of
from kseq.tasks.word_table import embedding_width, word_table

ARCHITECTURES = ("dense", *CELLS, "transformer")
DROPOUT = {"transformer": 0.1}  # with 0.3 it needs twice the epochs to learn from the order of words, or never does
USUAL_DROPOUT = 0.3


class Classification(NamedTuple):
    """What `classify` says of one text."""

    label: str
    probability: float


@keras.saving.register_keras_serializable(package="kseq")
class SentimentModel(TaskModel):
    """A text classifier; made by `build_sentiment_model`."""

    def classify(self, texts, batch_size=64):
        """Raw text in, label and probability out (S3).

        Args:
            texts: A list of strings, or one string.
            batch_size: Number of texts that go through the network at once.

        Returns:
            A list with one `Classification(label, probability)` per text, in the same order; for one string,
            one `Classification`.
        """
        vectorizer = self._require_vectorizer("classify")
        if isinstance(texts, str):
            return self.classify([texts])[0]
        texts = list(texts)
        probabilities = self.probabilities(texts, batch_size)
        winners = probabilities.argmax(axis=1)
        return [
            Classification(vectorizer.labels[winner], float(row[winner]))
            for winner, row in zip(winners, probabilities, strict=True)
        ]

    def probabilities(self, texts, batch_size=64):
        """The probability of every label for every text, shape `(len(texts), num_classes)`.

        Args:
            texts: A list of strings.
            batch_size: Number of texts that go through the network at once.
        """
        vectorizer = self._require_vectorizer("probabilities")
        result = np.zeros((len(texts), max(2, vectorizer.num_classes)), "float32")
        longest = self._longest_text()
        for chosen in batches_by_length([len(text) for text in texts], batch_size):
            ids = vectorizer.encode([texts[index] for index in chosen])
            rows, length = round_up(len(ids), batch_size), round_up(ids.shape[1], longest)
            padded = np.zeros((rows, length), ids.dtype)
            padded[: len(ids), : ids.shape[1]] = ids
            padded[len(ids) :, 0] = vectorizer.unknown_id  # a row of padding only has nothing to average
            result[chosen] = all_classes(np.asarray(self.predict_on_batch(padded)))[: len(ids)]
        return result

    def _longest_text(self):
        """How many words the vectorizer keeps of a text, or the model has learned positions for; `None`: no limit."""
        limits = [layer.context_length for layer in self.layers if isinstance(layer, PositionEmbedding)]
        return min((limit for limit in (*limits, self.vectorizer.max_length) if limit), default=None)


def all_classes(outputs):
    """One column per class: a sigmoid gives only the probability of the second class."""
    return outputs if outputs.shape[1] > 1 else np.concatenate([1 - outputs, outputs], axis=1)


def build_sentiment_model(
    vectorizer,
    *,
    architecture="lstm",
    num_classes=None,
    embedding_dim=None,
    units=64,
    num_layers=1,
    bidirectional=False,
    residual=False,
    num_heads=4,
    intermediate_dim=None,
    position="sine",
    context_length=None,
    norm_first=True,
    pretrained=None,
    embeddings=None,
    dropout=None,
    activation=None,
    recurrent_initializer="orthogonal",
    clipnorm=1.0,
    learning_rate=2e-3,
    seed=None,
    name="sentiment",
):
    """Builds and compiles a text classifier: the many-to-one configuration of the course (S3, X12).

    `"dense"` is the naive approach (S8): the mean of the word vectors and a dense network, blind to word order.
    The recurrent ones read the words one after another (R1, G1, G2) and average their states over the words.
    `"transformer"` lets all words look at each other (X7) and averages, too. With `pretrained` the network that reads
    the words is that of a language model, with all it has learned from raw text (L2).

    Args:
        vectorizer: A dataset's `.vectorizer`, which holds vocabulary and labels; or the vocabulary size, an
            integer that includes ids 0 (padding) and 1 (unknown), for those who bring arrays of ids.
        architecture: `"dense"`, `"simple_rnn"`, `"lstm"`, `"gru"` or `"transformer"`.
        num_classes: Number of labels. Default: those of the vectorizer; 2 with a plain size.
        embedding_dim: Width of a word vector (T1), and of everything in a Transformer. Default: 64, or that of
            `embeddings`.
        units: Width of the recurrent state, per direction; of the hidden layer for `"dense"`. A Transformer has none.
        num_layers: Number of recurrent (or hidden dense) layers or Transformer blocks on top of each other.
        bidirectional: Whether each recurrent layer reads the text in both directions (G4).
        residual: Whether a shortcut leads around every recurrent layer from the second one on: its input is added
            to its output (G5). The first has none, for a word vector need not be as wide as a state.
        num_heads: Number of heads of the Transformer's attention (X6); divides `embedding_dim`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * embedding_dim`.
        position: How the Transformer learns where a word stands (X3): `"sine"`, `"learned"` or `"rotary"`. With sines
            it takes fewer epochs to find out what the order of the words means.
        context_length: Longest text, in words, that `position="learned"` has positions for; no less than the
            `max_length` of the vectorizer, which is the default. The others need none.
        norm_first: Whether the Transformer normalizes before each sublayer (pre-norm) or after it.
        pretrained: A `TextModel` from `build_text_model` or `build_gpt_model` of the same vocabulary
            (`load_reviews(…, vectorizer=text.vectorizer)`). Its word vectors, positions and layers are copied, so
            that it decides about architecture, sizes and directions; all of it is trained further.
        embeddings: Pre-trained word vectors to begin with (T1): a `kseq.data.WordVectors`, or the path of a GloVe,
            word2vec or fastText file. They decide about `embedding_dim`. Not together with `pretrained`.
        dropout: Fraction of whole words, of the entries of the word vectors, and of the features before the
            output that are dropped in training, and inside a Transformer. Each is drawn by itself. Default: 0.1 for
            `"transformer"`, which drops in every block besides; 0.3 for the others, and with `pretrained`.
        activation: Activation of the recurrent cell (or hidden layer). Default: Keras's for the cell (`tanh`),
            `relu` for `"dense"`, `gelu` for `"transformer"`.
        recurrent_initializer: Initializer of the recurrent kernel; `"identity"` is a remedy of R10, made for
            `"simple_rnn"` with `activation="relu"`.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        learning_rate: Of the Adam optimizer: a number or a `keras.optimizers.schedules.LearningRateSchedule`.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `SentimentModel`, a `keras.Model` with the verb `classify(texts)`. Input: ids of shape
        `(batch_size, sequence_length)`. Output: probabilities of shape `(batch_size, 1)` (of the second label)
        with two classes, `(batch_size, num_classes)` with more.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: id 0 is padding. No result depends on it.

    Example:

    >>> reviews = load_reviews()
    >>> model = build_sentiment_model(reviews.vectorizer, architecture="gru", bidirectional=True)
    >>> model.fit(reviews.train, validation_data=reviews.validation, epochs=5)
    >>> model.classify(["Good, cheap food!"])
    """
    check_choice("architecture", architecture, ARCHITECTURES)
    check_choice("position", position, POSITIONS)
    sizes = {"units": units, "num_layers": num_layers, "num_heads": num_heads}
    for argument, value in sizes.items():
        check_positive(argument, value)
    for argument, value in {"intermediate_dim": intermediate_dim, "context_length": context_length}.items():
        if value is not None:
            check_positive(argument, value)
    if dropout is None:
        dropout = USUAL_DROPOUT if pretrained is not None else DROPOUT.get(architecture, USUAL_DROPOUT)
    check_fraction("dropout", dropout)
    for argument, value in {"bidirectional": bidirectional, "residual": residual, "norm_first": norm_first}.items():
        if not isinstance(value, bool):
            raise ValueError(f"`{argument}` must be True or False. Received: {argument}={value!r}")
    check_clipnorm(clipnorm)
    check_directions(architecture, bidirectional, residual, num_layers)
    vocabulary_size, num_classes, vectorizer = classes_of(vectorizer, num_classes)
    seeds = Seeds(seed)
    if None not in (pretrained, embeddings):
        raise ValueError("`embeddings` cannot go with `pretrained`, which has word vectors. Received: both")
    embedding_dim = embedding_width(embedding_dim, embeddings, 64)
    body = None
    if pretrained is not None:
        check_pretrained(pretrained, vocabulary_size if vectorizer is None else vectorizer)
        body = MovedBody(pretrained, dropout, seeds)
    elif architecture == "transformer":
        check_heads(embedding_dim, num_heads, position)
        if position == "learned":
            context_length = positions_to_learn(context_length, vectorizer)

    ids = keras.Input((None,), dtype="int32", name="ids")
    x = TokenIds(vectorizer, name="token_ids")(ids)
    embed = word_table(vectorizer, vocabulary_size, embedding_dim, embeddings, seeds) if body is None else body.embed
    x = embed(x)
    # Whole words first: a model that must do without any one word learns to use them all.
    x = keras.layers.Dropout(dropout, noise_shape=(None, None, 1), seed=seeds.next(), name="drop_words")(x)
    x = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_entries")(x)
    if body is not None:
        x = keras.layers.GlobalAveragePooling1D(name="mean")(body.read(x))
        body.take_weights()
    elif architecture == "transformer":
        blocks = {
            "num_heads": num_heads,
            "intermediate_dim": intermediate_dim or 4 * embedding_dim,
            "activation": activation or "gelu",
            "norm_first": norm_first,
            "dropout": dropout,
        }
        x = encoder(x, num_layers, position, context_length, blocks, seeds)
        x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
    elif architecture == "dense":
        x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
        for number in range(1, num_layers + 1):
            x = keras.layers.Dense(
                units,
                activation=activation or "relu",
                kernel_initializer=seeds.initializer("glorot_uniform"),
                name=f"hidden_{number}",
            )(x)
    else:
        for number in range(1, num_layers + 1):
            layer = recurrent_layer(
                architecture, units, activation, recurrent_initializer, bidirectional, seeds, number
            )
            below, x = x, layer(x)
            if residual and number > 1:
                x = keras.layers.Add(name=f"residual_{number}")([x, below])
        x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
    x = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_features")(x)
    outputs = keras.layers.Dense(
        1 if num_classes == 2 else num_classes,
        activation="sigmoid" if num_classes == 2 else "softmax",
        kernel_initializer=seeds.initializer("glorot_uniform"),
        dtype="float32",  # probabilities in full precision, whatever the rest computes in
        name="probability",
    )(x)

    model = SentimentModel(ids, outputs, name=name)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, clipnorm=clipnorm),
        loss="binary_crossentropy" if num_classes == 2 else "sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],  # weighted: rows that only fill a batch weigh nothing
    )
    model.optimizer.build(model.trainable_variables)  # so that a model saved untrained loads without a warning
    return model


def check_directions(architecture, bidirectional, residual, num_layers):
    """Refuses directions and shortcuts for what has none, or has its own."""
    why = {
        "dense": "a mean of word vectors has no direction",
        "transformer": "in a Transformer all words see all words",
    }
    if bidirectional and architecture in why:
        raise ValueError(
            f"`bidirectional` needs a recurrent architecture: {why[architecture]}. "
            f"Received: architecture={architecture!r}, bidirectional=True"
        )
    if residual and (architecture in why or num_layers == 1):
        raise ValueError(
            "`residual` leads around the second recurrent layer and later ones: it needs a recurrent architecture and "
            f"num_layers=2 or more. Received: residual=True, architecture={architecture!r}, num_layers={num_layers}"
        )
