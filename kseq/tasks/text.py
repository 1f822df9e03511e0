"""Text: what comes next? (S4, R3, L1). `build_text_model` and the verb `generate`."""

import inspect
import math
import warnings

import keras

from kseq import layers
from kseq.data.seen_sentences import warn
from kseq.data.unknown_input import remark_on_unknown_text
from kseq.layers.token_ids import TokenIds
from kseq.scale import Architecture
from kseq.tasks import carried_states
from kseq.tasks.arguments import Seeds, check_choice, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.decoder_only import decoder_only
from kseq.tasks.fit_schedule import FitSchedule
from kseq.tasks.machine_memory import check_fits
from kseq.tasks.metrics import Perplexity, bits_per_character
from kseq.tasks.model import TaskModel
from kseq.tasks.planned_fit import PlannedFit
from kseq.tasks.position import POSITIONS
from kseq.tasks.token_loss import NextTokenLoss
from kseq.tasks.vocabulary import vocabulary_of
from kseq.tasks.word_table import embedding_width, word_table

CELLS = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
ARCHITECTURES = (*CELLS, "transformer")
PEAKS = {"simple_rnn": 3e-3, "lstm": 6e-3, "gru": 6e-3, "transformer": 2.5e-3}  # learning rates
GPT_HINT = {"gpt": "A GPT is architecture='transformer'; `build_gpt_model` makes one of a published size."}
FIT = inspect.signature(keras.Model.fit)


@keras.saving.register_keras_serializable(package="kseq")
class TextModel(TaskModel):
    """A language model: ids in, logits of the next token out; made by `build_text_model` or `build_gpt_model`."""

    monitor, monitor_mode = "val_loss", "min"  # there is no accuracy

    @property
    def context_length(self):
        """How many tokens the model was made to read at once; `None` for recurrent models, which have no limit."""
        return next((layer.context_length for layer in self.layers if isinstance(layer, TokenIds)), None)

    @property
    def streams(self):
        """How many streams the model carries states for (`stateful`); `None` if every window begins at zero."""
        return self.input_shape[0] if carried_states.stateful_layers(self) else None

    def generate(self, prompt, max_new_tokens=200, **options):
        """Raw text in, the same text continued out (S4).

        Args:
            prompt: a string, or a list of strings.
            max_new_tokens: how many tokens are added at most.
            **options: `sampler`, `temperature`, `top_k`, `top_p`, `stop`, `callback`, `seed` and the others of
                `kseq.generation.generate`, where they are described.

        Returns:
            A string for a string, a list of strings for a list.
        """
        from kseq.generation import generate

        self._require_vectorizer("generate")
        return generate(self, prompt, max_new_tokens, **options)

    def scores(self, dataset, split="test"):
        """Loss, perplexity and bits per character on a split; see `TaskModel.scores`."""
        warn(remark_on_unknown_text(dataset, split))
        loss = self.evaluate(dataset.batches(split, shuffle=False), return_dict=True, verbose=0)["loss"]
        bits = bits_per_character(loss, dataset, split)
        return {"loss": loss, "perplexity": math.exp(loss), "bits_per_character": bits}

    def fit(self, *args, **kwargs):
        """As Keras's; besides, the learning rate learns how long the training is going to be (see `FitSchedule`).

        Windows longer than the model's context are a warning: the model learns from all of them, but will never
        read so much at once again.
        """
        given = FIT.bind(self, *args, **kwargs)
        length = window_length(given.arguments.get("x"))
        if None not in (length, self.context_length) and length > self.context_length:
            warnings.warn(
                f"The training data has windows of {length} tokens, but the model was made for context_length="
                f"{self.context_length}, where `generate` stops. Build the model with context_length={length}, or "
                f"load the text with context_length={self.context_length}.",
                stacklevel=2,
            )
        # Recurrent layers bring their own fast loop; they don't need XLA.
        has_blocks = any(isinstance(layer, layers.TransformerDecoder) for layer in self.layers)
        plan = PlannedFit(given.arguments.get("initial_epoch", 0), xla=has_blocks)
        callbacks = given.arguments.get("callbacks") or []
        # First, so that a callback that resumes an earlier training finds the whole plan in place.
        callbacks = [plan, *(callbacks if isinstance(callbacks, list | tuple) else [callbacks])]
        if self.streams:
            carried_states.check_streams(self, given.arguments.get("x"))
            # Last, so that such a callback has said where the epoch begins.
            callbacks.append(carried_states.ResetStates(given.arguments.get("x")))
        else:
            warn(carried_states.remark_on_streams(self, given.arguments.get("x")))
        given.arguments["callbacks"] = callbacks
        return super().fit(*given.args[1:], **given.kwargs)

    def evaluate(self, x=None, *args, **kwargs):
        """As Keras's; carried states begin at zero."""
        if self.streams:
            carried_states.check_streams(self, x)
            carried_states.reset(self)
        return super().evaluate(x, *args, **kwargs)


def build_text_model(
    vectorizer,
    *,
    architecture="lstm",
    context_length=64,
    embedding_dim=None,
    units=256,
    num_layers=None,
    num_heads=4,
    intermediate_dim=None,
    position="rotary",
    norm_first=True,
    embeddings=None,
    dropout=0.0,
    activation=None,
    recurrent_initializer="orthogonal",
    stateful=False,
    batch_size=None,
    learning_rate=None,
    clipnorm=1.0,
    seed=None,
    name="text",
):
    """Builds and compiles a language model: every token of a text is predicted from those before it (R3, S4, L1).

    The tokens are those of the vectorizer: characters, words or sub-words. The recurrent architectures (R1, G1, G2)
    carry a state along and read texts of any length; `"transformer"` is the decoder of GPT (X8, L1), which looks
    back at most `context_length` tokens.

    Args:
        vectorizer: A dataset's `.vectorizer`; or the vocabulary size, an integer that includes ids 0 (padding)
            and 1 (unknown), for those who bring arrays of ids.
        architecture: `"simple_rnn"`, `"lstm"`, `"gru"` or `"transformer"`.
        context_length: Longest text that the Transformer reads at once, in tokens. Recurrent models have no limit.
        embedding_dim: Width of a token's vector (T1), and of everything in a Transformer. Default: 128, or that of
            `embeddings`.
        units: Width of the recurrent state.
        num_layers: Number of recurrent layers or Transformer blocks on top of each other. Default: 1 and 4.
        num_heads: Number of heads of the Transformer's attention (X6); divides `embedding_dim`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * embedding_dim`.
        position: How the Transformer learns where a token stands (X3): `"sine"`, `"learned"` or `"rotary"`.
        norm_first: Whether the Transformer normalizes before each sublayer (pre-norm) or after it.
        embeddings: Pre-trained word vectors to begin with (T1), for tokens that are words: a
            `kseq.data.WordVectors`, or the path of a GloVe, word2vec or fastText file. They decide about
            `embedding_dim`.
        dropout: Fraction of entries that are dropped in training: of the vectors and of what each layer gives.
        activation: Activation of the recurrent cell or of the feed-forward layers. Default: `tanh` and `gelu`.
        recurrent_initializer: Initializer of the recurrent kernel.
        stateful: Whether a recurrent model carries its states from batch to batch (R8), for
            `load_text(..., stateful=True, batch_size=…)`: it knows what came before the window, though the gradient
            goes back to the window's beginning only. Every epoch and evaluation begins at zero.
        batch_size: The number of streams with `stateful`, as in the data; without, it is not fixed.
        learning_rate: Of the Adam optimizer. A number is the peak of a rate that warms up and then falls to 0 over
            each call of `fit` (see `FitSchedule`); a `keras.optimizers.schedules.LearningRateSchedule` is used as
            it is. Default: what suits the architecture.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `TextModel`, a `keras.Model` with the verb `generate(prompt)`. Input: ids of shape
        `(batch_size, sequence_length)`. Output: logits of shape `(batch_size, sequence_length, vocabulary_size)`:
        the scores, before the softmax, of the token that comes next after each.

    Raises:
        ValueError: An argument is out of its range, or the model is too large for this machine; the message names
            it, what was expected and what came.

    Masks: id 0 is padding and goes at the end; no result before it depends on it, for nothing looks ahead, and it
    does not count in the loss.

    Example:

    >>> text = load_text("verse", context_length=64)
    >>> model = build_text_model(text.vectorizer, architecture="transformer")
    >>> model.fit(text.train, validation_data=text.validation, epochs=10)
    >>> model.generate("Roses are red")

    References:
        Mikolov et al. (2010), Recurrent neural network based language model; Radford et al. (2018), Improving
        language understanding by generative pre-training. Rows R3, S4 and L1 of the course map.
    """
    check_choice("architecture", architecture, ARCHITECTURES, GPT_HINT)
    check_choice("position", position, POSITIONS)
    num_layers = (4 if architecture == "transformer" else 1) if num_layers is None else num_layers
    for argument, value in {
        "context_length": context_length,
        "units": units,
        "num_layers": num_layers,
        "num_heads": num_heads,
    }.items():
        check_positive(argument, value)
    check_fraction("dropout", dropout)
    check_clipnorm(clipnorm)
    carried_states.check_stateful(stateful, batch_size, architecture)
    vocabulary_size, vectorizer = vocabulary_of(vectorizer)
    embedding_dim = embedding_width(embedding_dim, embeddings, 128)
    seeds = Seeds(seed)
    if architecture == "transformer":
        check_heads(embedding_dim, num_heads, position)
        sizes = Architecture(
            name=name,
            vocabulary_size=vocabulary_size,
            context_length=context_length,
            num_layers=num_layers,
            num_heads=num_heads,
            embedding_dim=embedding_dim,
            intermediate_dim=intermediate_dim,
            activation=activation or "gelu",
            position=position,
            norm_first=norm_first,
            use_bias=False,
        )
        check_fits(sizes)
        ids, logits = decoder_only(sizes, vectorizer, dropout, seeds, embeddings)
    else:
        ids, logits = recurrent(
            vectorizer,
            word_table(vectorizer, vocabulary_size, embedding_dim, embeddings, seeds, mask_zero=False),
            architecture,
            {"units": units, "activation": activation or "tanh", "recurrent_initializer": recurrent_initializer},
            num_layers,
            dropout,
            seeds,
            batch_size,
        )
    learning_rate = PEAKS[architecture] if learning_rate is None else learning_rate
    return compiled(TextModel(ids, logits, name=name), learning_rate, clipnorm)


def window_length(data):
    """How many tokens the rows of training data have, a dataset's `.train` or an array; `None` if nothing says so."""
    length = getattr(getattr(data, "batches", None), "context_length", None)
    shape = getattr(data, "shape", ())
    return shape[1] if length is None and len(shape) == 2 else length


def recurrent(vectorizer, table, architecture, cell, num_layers, dropout, seeds, batch_size=None):
    """Input and output of a recurrent language model: ids → logits of the next token.

    Args:
        vectorizer: goes into the model; or `None`.
        table: the layer of the token vectors. Padding stands at the end and the cells look back only: no mask is
            needed, and without one they are faster.
        architecture: name of the recurrent layers.
        cell: dictionary of their `units`, `activation` and `recurrent_initializer`.
        num_layers: how many of them stand on top of each other.
        dropout: fraction of entries dropped in training.
        seeds: `kseq.tasks.arguments.Seeds`.
        batch_size: number of streams whose states are carried; `None`: none are.
    """
    ids = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="ids")
    x = table(TokenIds(vectorizer, name="token_ids")(ids))
    for number in range(1, num_layers + 1):
        x = drop(x, dropout, seeds, f"drop_{number}")
        x = getattr(layers, CELLS[architecture])(
            cell["units"],
            activation=cell["activation"],
            kernel_initializer=seeds.initializer("glorot_uniform"),
            recurrent_initializer=seeds.initializer(cell["recurrent_initializer"]),
            return_sequences=True,
            stateful=batch_size is not None,
            name=f"{architecture}_{number}",
        )(x)
    x = drop(x, dropout, seeds, "drop_features")
    logits = layers.Dense(
        table.input_dim, kernel_initializer=seeds.initializer("glorot_uniform"), dtype="float32", name="logits"
    )(x)
    return ids, logits


def drop(x, dropout, seeds, name):
    """Dropout, if there is any."""
    return keras.layers.Dropout(dropout, seed=seeds.next(), name=name)(x) if dropout else x


def compiled(model, learning_rate, clipnorm):
    """The model with Adam, a rate that follows `fit`, and the loss of the next token."""
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        learning_rate = FitSchedule(learning_rate)
    model.compile(
        # A memory of 100 squared gradients rather than 1,000: trainings here are short.
        optimizer=keras.optimizers.Adam(learning_rate, beta_2=0.99, clipnorm=clipnorm),
        loss=NextTokenLoss(),
        weighted_metrics=[Perplexity()],
    )
    model.optimizer.build(model.trainable_variables)  # so that a model saved untrained loads without a warning
    return model
