"""Word labelling: a tag for every word (S5, G4). `build_tagging_model` and the verb `tag`."""

from collections.abc import Iterable
from typing import NamedTuple

import keras
import numpy as np

from kseq import layers
from kseq.data.seen_sentences import remark_on_length, remark_on_seen, warn
from kseq.data.tagged.baselines import tag_scores
from kseq.data.tagged.vectorizer import SPELLING, TaggingVectorizer
from kseq.data.unknown_input import remark_on_unknown, share_of
from kseq.layers.joined_features import JoinedFeatures
from kseq.layers.spelling import RareWordDropout, SpellingEmbedding
from kseq.layers.token_ids import TokenIds
from kseq.tasks.arguments import Seeds, check_choice, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.by_length import batches_by_length, round_up
from kseq.tasks.model import TaskModel
from kseq.tasks.position import POSITIONS, add_position
from kseq.tasks.reading import encoder, recurrent_layer
from kseq.tasks.step_accuracy import StepAccuracy
from kseq.tasks.step_loss import StepLoss
from kseq.tasks.text import CELLS
from kseq.tasks.vocabulary import classes_of
from kseq.tasks.word_table import embedding_width, word_table

keras.saving.register_keras_serializable(package="kseq")(TaggingVectorizer)

ARCHITECTURES = (*CELLS, "transformer")
CHARACTER_DIM = 16  # width of a character's vector
WORD_DROPOUT = 0.02  # share of all words that become unknown in training; of those seen once it is half


class TaggedWord(NamedTuple):
    """What `tag` says of one word."""

    word: str
    tag: str


@keras.saving.register_keras_serializable(package="kseq")
class TaggingModel(TaskModel):
    """A tagger; made by `build_tagging_model`."""

    def tag(self, sentences, batch_size=64):
        """Sentences in, a tag for every word out (S5).

        Args:
            sentences: A list of sentences, each a string or a list of words; or one string. Strings are cut into words
                as in the training data: punctuation marks are words, and "don't" is two words if it was there.
            batch_size: Number of sentences that go through the network at once.

        Returns:
            For each sentence a list of `TaggedWord(word, tag)`; for one string, one such list.
        """
        vectorizer = self._require_vectorizer("tag")
        if isinstance(sentences, str):
            return self.tag([sentences], batch_size)[0]
        if not isinstance(sentences, Iterable):
            raise TypeError(f"`sentences` must be a sentence, or a list of sentences. Received: {sentences!r}")
        sentences = list(sentences)
        warn(remark_on_single_words(sentences))
        words = [vectorizer.words(sentence) for sentence in sentences]
        warn(remark_on_length(vectorizer, max(map(len, words), default=0)))
        return [
            [TaggedWord(word, vectorizer.tags[winner]) for word, winner in zip(row, chances.argmax(-1), strict=True)]
            for row, chances in zip(words, self.probabilities(words, batch_size), strict=True)
        ]

    def probabilities(self, sentences, batch_size=64):
        """The probability of every tag for every word.

        Args:
            sentences: A list of sentences, each a string or a list of words.
            batch_size: Number of sentences that go through the network at once.

        Returns:
            A list with one array of shape `(num_words, num_tags)` for each sentence.
        """
        vectorizer = self._require_vectorizer("probabilities")
        words = [vectorizer.words(sentence) for sentence in sentences]
        result = [np.zeros((0, vectorizer.num_classes), "float32")] * len(words)
        some = [i for i, sentence in enumerate(words) if sentence]
        for places in batches_by_length([len(words[i]) for i in some], batch_size):
            chosen = [some[place] for place in places]
            filled = [words[i] for i in chosen]
            filled += filled[:1] * (round_up(len(chosen), batch_size) - len(chosen))
            inputs = vectorizer.inputs(filled, round_up(len(words[chosen[-1]])))
            logits = np.asarray(keras.ops.convert_to_numpy(self.predict_on_batch(inputs)), "float32")
            for i, row in zip(chosen, logits, strict=False):
                exponentials = np.exp(row[: len(words[i])] - row[: len(words[i])].max(-1, keepdims=True))
                result[i] = exponentials / exponentials.sum(-1, keepdims=True)
        return result

    def scores(self, dataset, split="test"):
        """Accuracy, unknown-word accuracy and where there are such words, ambiguous-word accuracy; see `TaskModel`."""
        warn(remark_on_seen(self._require_vectorizer("scores"), dataset, split))
        warn(remark_on_unknown(share_of(dataset.unknown(split), True), f"{split} words", "is it another language"))
        return tag_scores(dataset, split, self.said(dataset, split))

    def said(self, dataset, split="test"):
        """The tags that the model gives the words of a split: a list of lists."""
        return [[word.tag for word in row] for row in self.tag(dataset.sentences(split))]


def remark_on_single_words(sentences):
    """One line on strings that are words of one sentence rather than sentences; `None` where there is no doubt."""
    words = [one for one in sentences if isinstance(one, str) and one.strip()]
    if len(words) < 2 or len(words) < len(sentences) or any(len(one.split()) > 1 for one in words):
        return None
    if all(one.strip()[-1] in ".!?…" for one in words):  # "Stop!", "Why?"
        return None
    shown = ", ".join(map(repr, words[:3])) + (", …" if len(words) > 3 else "")
    return (
        f"{len(words):,} strings of one word each were tagged as {len(words):,} sentences, no word seeing the others; "
        f"a single sentence is one string, or a list in a list: [[{shown}]]"
    )


def build_tagging_model(
    vectorizer,
    *,
    architecture="lstm",
    num_classes=None,
    bidirectional=True,
    characters=None,
    embedding_dim=64,
    units=64,
    num_layers=1,
    num_heads=4,
    intermediate_dim=None,
    position="sine",
    context_length=None,
    norm_first=True,
    embeddings=None,
    dropout=None,
    word_dropout=0.1,
    activation=None,
    recurrent_initializer="orthogonal",
    clipnorm=1.0,
    learning_rate=2e-3,
    seed=None,
    name="tagging",
):
    """Builds and compiles a tagger: the synchronised many-to-many configuration of the course (S5, G4).

    Each word becomes a vector, made of the word itself and of its spelling; the network reads the vectors, and at every
    word what it then knows is turned into a tag. With `bidirectional=False` it knows only the words before, so it
    cannot tell the noun in "Rest and relaxation are healthy" from the verb in "Rest before your next class".

    Args:
        vectorizer: A dataset's `.vectorizer`, which holds words, characters and tags; or the vocabulary size, an
            integer that includes ids 0 (padding) and 1 (unknown), for those who bring arrays of ids.
        architecture: `"simple_rnn"`, `"lstm"`, `"gru"` or `"transformer"`.
        num_classes: Number of tags. Default: those of the vectorizer; needed with a plain size.
        bidirectional: Whether later words count, too: recurrent layers read in both directions; the words of a
            Transformer look at all others, else only at those before.
        characters: Whether the spelling of words is read, too. Default: yes, except with a plain size, which knows
            no characters.
        embedding_dim: Width of a word vector (T1) and of the vector of its spelling, and with a Transformer of
            everything.
        units: Width of the recurrent state, per direction. A Transformer has none.
        num_layers: Number of recurrent layers or Transformer blocks on top of each other.
        num_heads: Number of heads of the Transformer's attention (X6); divides `embedding_dim`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * embedding_dim`.
        position: How the Transformer learns where a word stands (X3): `"sine"`, `"learned"` or `"rotary"`.
        context_length: Longest sentence, in words, that `position="learned"` has positions for.
        norm_first: Whether the Transformer normalizes before each sublayer (pre-norm) or after it.
        embeddings: Word vectors to begin with: a `kseq.data.WordVectors`, or a file in the format of GloVe, word2vec or
            fastText. Default: they are learned from nothing.
        dropout: Fraction of the entries of the word vectors, and of the features before the output, that are dropped
            in training, and inside a Transformer. Default: 0.1 for `"transformer"`, 0.3 for the others.
        word_dropout: Fraction of whole words, spelling included, that the network must do without in training, so that
            it learns what their neighbours tell about them.
        activation: Activation of the recurrent cell. Default: Keras's (`tanh`); `gelu` for `"transformer"`.
        recurrent_initializer: Initializer of the recurrent kernel.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        learning_rate: Of the Adam optimizer: a number or a `keras.optimizers.schedules.LearningRateSchedule`.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `TaggingModel`, a `keras.Model` with the verb `tag(sentences)`. Input: a dictionary of `"ids"`
        `(batch_size, sequence_length)` and `"characters"` `(batch_size, sequence_length, 9)`, as
        `vectorizer.inputs(sentences)` makes them; with a plain size only the ids, no dictionary. Output: logits of
        shape `(batch_size, sequence_length, num_classes)`.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: id 0 is padding. No tag of a word depends on it.

    Example:

    >>> sentences = load_tagged_sentences()
    >>> model = build_tagging_model(sentences.vectorizer)
    >>> model.fit(sentences.train, validation_data=sentences.validation, epochs=10)
    >>> model.tag("I like red apples")

    References:
        Graves and Schmidhuber (2005), Framewise phoneme classification with bidirectional LSTM; Plank et al. (2016),
        Multilingual part-of-speech tagging with bidirectional LSTMs. Rows S5 and G4 of the course map.
    """
    check_choice("architecture", architecture, ARCHITECTURES)
    check_choice("position", position, POSITIONS)
    sizes = {"embedding_dim": embedding_dim, "units": units, "num_layers": num_layers, "num_heads": num_heads}
    optional = {"intermediate_dim": intermediate_dim, "context_length": context_length}
    for argument, value in (sizes | {key: value for key, value in optional.items() if value is not None}).items():
        check_positive(argument, value)
    dropout = (0.1 if architecture == "transformer" else 0.3) if dropout is None else dropout
    check_fraction("dropout", dropout)
    check_fraction("word_dropout", word_dropout)
    check_clipnorm(clipnorm)
    vocabulary_size, num_classes, vectorizer = classes_of(vectorizer, num_classes)
    characters = vectorizer is not None if characters is None else characters
    for argument, value in {
        "bidirectional": bidirectional,
        "characters": characters,
        "norm_first": norm_first,
    }.items():
        if not isinstance(value, bool):
            raise ValueError(f"`{argument}` must be True or False. Received: {argument}={value!r}")
    if characters and vectorizer is None:
        raise ValueError(
            "`characters` needs a dataset's vectorizer, which knows how words are spelt. Received: characters=True and "
            f"a vocabulary size of {vocabulary_size}"
        )
    embedding_dim = embedding_width(embedding_dim, embeddings)
    if architecture == "transformer":
        check_heads(embedding_dim, num_heads, position)
    seeds = Seeds(seed)

    ids = keras.Input((None,), dtype="int32", name="ids")
    x = TokenIds(vectorizer, name="token_ids")(ids)
    x = RareWordDropout(
        WORD_DROPOUT,
        rare_from=None if vectorizer is None else vocabulary_size - vectorizer.singles,
        seed=seeds.next(),
        name="unknown_words",
    )(x)
    x = word_table(vectorizer, vocabulary_size, embedding_dim, embeddings, seeds, mask_zero=True, name="embedding")(x)
    inputs = ids
    if vectorizer is not None:
        inputs = {"ids": ids, "characters": keras.Input((None, SPELLING), dtype="int32", name="characters")}
    if characters:
        spelling = SpellingEmbedding(
            vectorizer.num_characters,
            CHARACTER_DIM,
            embedding_dim,
            embeddings_initializer=seeds.initializer("uniform"),
            kernel_initializer=seeds.initializer("glorot_uniform"),
            name="spelling",
        )(inputs["characters"])
        x = JoinedFeatures(name="word_and_spelling")([x, spelling])
    # Whole words, too: a model that must do without a word learns what its neighbours tell about it.
    x = keras.layers.Dropout(word_dropout, noise_shape=(None, None, 1), seed=seeds.next(), name="drop_words")(x)
    x = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_entries")(x)
    if architecture == "transformer":
        if x.shape[-1] != embedding_dim:
            x = keras.layers.Dense(
                embedding_dim, kernel_initializer=seeds.initializer("glorot_uniform"), name="together"
            )(x)
        blocks = {
            "num_heads": num_heads,
            "intermediate_dim": intermediate_dim or 4 * embedding_dim,
            "activation": activation or "gelu",
            "norm_first": norm_first,
            "dropout": dropout,
        }
        read = encoder if bidirectional else decoder
        x = read(x, num_layers, position, context_length, blocks, seeds)
    else:
        for number in range(1, num_layers + 1):
            x = recurrent_layer(architecture, units, activation, recurrent_initializer, bidirectional, seeds, number)(x)
    x = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_features")(x)
    logits = keras.layers.Dense(
        num_classes, kernel_initializer=seeds.initializer("glorot_uniform"), dtype="float32", name="logits"
    )(x)

    model = TaggingModel(inputs, logits, name=name)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, clipnorm=clipnorm),
        loss=StepLoss(),
        weighted_metrics=[StepAccuracy()],  # weighted: padding weighs nothing
    )
    model.optimizer.build(model.trainable_variables)  # so that a model saved untrained loads without a warning
    return model


def decoder(x, num_layers, position, context_length, blocks, seeds):
    """Transformer blocks in which every word looks only at those before, as `kseq.tasks.reading.encoder` otherwise."""
    x = add_position(x, position, context_length, seeds)
    for number in range(1, num_layers + 1):
        block = layers.TransformerDecoder(
            **blocks, rotary=position == "rotary", seed=seeds.next(), name=f"block_{number}"
        )
        x = block(x)
    return keras.layers.LayerNormalization(epsilon=1e-5, name="final_norm")(x) if blocks["norm_first"] else x
