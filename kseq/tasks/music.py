"""Music: a header in, a tune out (S4, one-to-many). `build_music_model` and the verb `compose`."""

import math

import keras
import numpy as np

from kseq import layers
from kseq.data.seen_sentences import warn
from kseq.data.tunes.prompts import prompt_texts
from kseq.data.tunes.scores import tune_scores
from kseq.data.tunes.text import END, FIRST, TuneVectorizer
from kseq.data.tunes.tune import Tune
from kseq.data.unknown_input import remark_on_unknown, share_of
from kseq.layers.token_ids import TokenIds
from kseq.layers.tune_clock import TuneClock
from kseq.tasks.arguments import Seeds, check_choice, check_clipnorm, check_fraction, check_positive
from kseq.tasks.fit_schedule import FitSchedule
from kseq.tasks.metrics import Perplexity, bits_per_character
from kseq.tasks.step_loss import StepLoss
from kseq.tasks.text import CELLS, TextModel, build_text_model

keras.saving.register_keras_serializable(package="kseq")(TuneVectorizer)

ARCHITECTURES = ("lstm", "gru", "transformer")
PEAKS = {"lstm": 8e-3, "gru": 8e-3, "transformer": 1.5e-3}  # learning rates
TEMPERATURE = 0.7
CONTEXT_LENGTH = 512
SCORED = 100  # tunes that `scores` lets the model write


class ComposedTune(Tune):
    """A `Tune` that a model wrote, as it wrote it; nothing is repaired.

    Attributes:
        finished: whether the model ended the tune; `False` if `max_new_tokens` did.
    """

    def __init__(self, abc, finished=True, where=""):
        super().__init__(abc, where)
        self.finished = finished

    @property
    def problems(self):
        """As of every tune; besides, a tune without an end has that problem."""
        return [*super().problems, *([] if self.finished else ["the tune was not ended"])]


@keras.saving.register_keras_serializable(package="kseq")
class MusicModel(TextModel):
    """A language model of ABC notation: ids in, logits of the next token out; made by `build_music_model`."""

    monitor, monitor_mode = "val_loss", "min"

    def compose(
        self, prompt=None, count=None, *, temperature=TEMPERATURE, seed=None, max_new_tokens=None, attempts=1, **options
    ):
        """Writes tunes (S4).

        Args:
            prompt: `None`: the model is free. A dictionary with some of `key`, `metre` and `rhythm`, such as
                `{"key": "D", "metre": "6/8"}`. Or ABC: header lines, or the beginning of a tune that goes on. What is
                left open is drawn from the headers of the training tunes.
            count: how many tunes. Default: one.
            temperature: below 1 the tunes get safer, above 1 wilder.
            seed: integer that fixes the tunes.
            max_new_tokens: longest tune, in tokens. Default: that of the training data.
            attempts: how often a tune that is not good (`tune.problems`) is written anew at most. 1, the default:
                what the model writes is what you get.
            **options: `top_k`, `top_p` and `sampler`, as of `kseq.generation.generate`.

        Returns:
            A `ComposedTune` for `count=None`, else a list: `.abc`, `.notes`, `.problems`, `.save_midi(path)`,
            `.save_wav(path)`; `kseq.plot.piano_roll(tune.notes)` draws it.

        Raises:
            ValueError: an argument or the prompt cannot be used.

        Example:

        >>> tune = model.compose({"key": "D", "metre": "6/8"}, seed=1)
        >>> tune.save_midi("jig.mid")
        """
        self._require_vectorizer("compose")
        number = 1 if count is None else count
        check_positive("count", number)
        check_positive("attempts", attempts)
        seed = int(np.random.randint(2**31)) if seed is None else seed
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise ValueError(f"`seed` must be an integer from 0 on, or None. Received: seed={seed!r}")
        prompts = prompt_texts(prompt, self.vectorizer, number, int(seed))
        if options.get("sampler", "random") == "random":
            options["temperature"] = temperature
        tunes = self._written(prompts, int(seed), max_new_tokens, options)
        for attempt in range(1, attempts):
            again = [i for i, tune in enumerate(tunes) if not tune.is_good]
            if not again:
                break
            new = self._written([prompts[i] for i in again], int(seed) + attempt * 7919, max_new_tokens, options)
            for i, tune in zip(again, new, strict=True):
                tunes[i] = tune
        return tunes[0] if count is None else tunes

    def _written(self, prompts, seed, max_new_tokens, options):
        """The tunes that the model makes of the prompts."""
        longest = max(len(self.vectorizer.ids(prompt)) for prompt in prompts)
        room = (self.context_length or self.vectorizer.max_length or CONTEXT_LENGTH) - longest
        if room < 1:
            raise ValueError(f"`prompt` must leave room for new notes. Received: {longest} tokens")
        length = room if max_new_tokens is None else max_new_tokens
        options = options | {"banned": self.vectorizer.header_ids()}  # the header ends where the music begins
        texts = self.generate(prompts, length, stop=END, seed=seed, include_prompt=False, **options)
        tunes = []
        for number, (prompt, text) in enumerate(zip(prompts, texts, strict=True), 1):
            # A text that was stopped by the end of a tune is one that still had room.
            finished = len(self.vectorizer.ids(text)) < length
            whole = (prompt + text).rstrip().replace(FIRST, f"X:{number}\n", 1)
            tunes.append(ComposedTune(whole, finished, f"tune {number}"))
        return tunes

    def scores(self, dataset, split="test", count=SCORED, temperature=TEMPERATURE, seed=0):
        """Scores of `count` tunes that the model writes, nothing chosen or repaired, and bits per character on a split.

        Args:
            dataset: a `TuneDataset`; its training split says which bars are copied.
            split: where the loss is measured.
            count, temperature, seed: of the tunes that are written.

        Returns:
            Dictionary of the columns of `dataset.baselines(split)`; see `kseq.data.tunes.scores.tune_scores`.
        """
        rows = dataset.rows(split)
        share = share_of(np.concatenate(rows), self._require_vectorizer("scores").unknown_id) if rows else 0.0
        warn(remark_on_unknown(share, f"{split} tokens", "is it other music"))
        loss = self.evaluate(dataset.batches(split, shuffle=False), return_dict=True, verbose=0)["loss"]
        tunes = self.compose(count=count, temperature=temperature, seed=seed)
        return {
            **tune_scores(tunes, dataset.tunes("train")),
            "bits_per_character": bits_per_character(loss, dataset, split),
            "perplexity": math.exp(loss),
        }


def build_music_model(
    vectorizer,
    *,
    architecture="lstm",
    context_length=CONTEXT_LENGTH,
    embedding_dim=None,
    units=256,
    num_layers=None,
    num_heads=4,
    intermediate_dim=None,
    position="rotary",
    norm_first=True,
    dropout=0.3,
    activation=None,
    recurrent_initializer="orthogonal",
    learning_rate=None,
    clipnorm=1.0,
    seed=None,
    name="music",
):
    """Builds and compiles a model that writes tunes in ABC notation, note by note (S4: one-to-many).

    It is the language model of `build_text_model` (R3, L1); its tokens are notes, bar signs and header lines.
    The header comes first, so that key, metre and rhythm are what every note is conditioned on. The recurrent ones
    see a clock besides (`TuneClock`): how much of the bar is left, a position encoding that counts time.

    Args:
        vectorizer: A dataset's `.vectorizer`, a `TuneVectorizer`; or the vocabulary size for those who bring ids.
        architecture: `"lstm"`, `"gru"` or `"transformer"`.
        context_length: Longest tune in tokens, header included, that the Transformer reads. Recurrent models have no
            limit.
        embedding_dim: Width of a token's vector, and of everything in a Transformer. Default: 64, Transformer 192.
        units: Width of the recurrent state.
        num_layers: Number of recurrent layers or Transformer blocks on top of each other. Default: 1 and 4.
        num_heads: Number of heads of the Transformer's attention; divides `embedding_dim`.
        intermediate_dim: Width inside the Transformer's feed-forward layers. Default: `4 * embedding_dim`.
        position: How the Transformer learns where a token stands (X3): `"sine"`, `"learned"` or `"rotary"`.
        norm_first: Whether the Transformer normalizes before each sublayer (pre-norm) or after it.
        dropout: Fraction of entries that are dropped in training.
        activation: Activation of the recurrent cell or of the feed-forward layers. Default: `tanh` and `gelu`.
        recurrent_initializer: Initializer of the recurrent kernel.
        learning_rate: As of `build_text_model`: the peak of a rate that warms up and falls over the training.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.

    Returns:
        A compiled `MusicModel`, a `keras.Model` with the verb `compose(prompt)`. Input: ids of shape
        `(batch_size, sequence_length)`. Output: logits `(batch_size, sequence_length, vocabulary_size)`.

    Raises:
        ValueError: An argument is out of its range; the message names it, what was expected and what came.

    Masks: id 0 is padding and goes at the end; no result before it depends on it, and it does not count in the loss.

    Example:

    >>> tunes = load_tunes()
    >>> model = build_music_model(tunes.vectorizer, architecture="lstm", seed=0)
    >>> model.fit(tunes.train, validation_data=tunes.validation, epochs=30)
    >>> model.compose({"key": "G"}, seed=1).save_wav("tune.wav")

    References:
        Sturm et al. (2016), Music transcription modelling and composition using deep learning (LSTMs on ABC tokens).
        Row S4 of the course map.
    """
    check_choice("architecture", architecture, ARCHITECTURES)
    num_layers = (4 if architecture == "transformer" else 1) if num_layers is None else num_layers
    if embedding_dim is None:
        embedding_dim = 192 if architecture == "transformer" else 64
    if architecture == "transformer" or isinstance(vectorizer, int):
        text = build_text_model(
            vectorizer,
            architecture=architecture,
            context_length=context_length,
            embedding_dim=embedding_dim,
            units=units,
            num_layers=num_layers,
            num_heads=num_heads,
            intermediate_dim=intermediate_dim,
            position=position,
            norm_first=norm_first,
            dropout=dropout,
            activation=activation,
            recurrent_initializer=recurrent_initializer,
            clipnorm=clipnorm,
            seed=seed,
        )
        ids, logits = text.input, text.output
    else:
        for argument, value in {"embedding_dim": embedding_dim, "units": units, "num_layers": num_layers}.items():
            check_positive(argument, value)
        check_fraction("dropout", dropout)
        check_clipnorm(clipnorm)
        cell = {"activation": activation or "tanh", "recurrent_initializer": recurrent_initializer}
        ids, logits = recurrent(vectorizer, architecture, embedding_dim, units, num_layers, cell, dropout, Seeds(seed))
    model = MusicModel(ids, logits, name=name)
    learning_rate = PEAKS[architecture] if learning_rate is None else learning_rate
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        learning_rate = FitSchedule(learning_rate)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, beta_2=0.99, clipnorm=clipnorm),
        loss=StepLoss(mask_id=0),  # the mean over all tokens, however long the tunes are
        weighted_metrics=[Perplexity()],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def recurrent(vectorizer, architecture, embedding_dim, units, num_layers, cell, dropout, seeds):
    """Input and output of a recurrent composer: ids → logits of the next token, with a clock of the bars."""
    if not hasattr(vectorizer, "clock"):
        raise ValueError(
            "The first argument must be the `.vectorizer` of `load_tunes`, or a vocabulary size. "
            f"Received: {type(vectorizer).__name__}"
        )
    ids = keras.Input((None,), dtype="int32", name="ids")
    tokens = TokenIds(vectorizer, name="token_ids")(ids)
    x = layers.Embedding(
        vectorizer.vocabulary_size,
        embedding_dim,
        embeddings_initializer=seeds.initializer("uniform"),
        name="embedding",
    )(tokens)
    clock = TuneClock(
        embedding_dim, *vectorizer.clock(), embeddings_initializer=seeds.initializer("uniform"), name="clock"
    )(tokens)
    for number in range(1, num_layers + 1):
        if dropout:
            x = keras.layers.Dropout(dropout, seed=seeds.next(), name=f"drop_{number}")(x)
        if number == 1:  # behind the dropout: a clock must not miss a beat
            x = keras.layers.Add(name="notes_and_clock")([x, clock])
        x = getattr(layers, CELLS[architecture])(
            units,
            activation=cell["activation"],
            kernel_initializer=seeds.initializer("glorot_uniform"),
            recurrent_initializer=seeds.initializer(cell["recurrent_initializer"]),
            return_sequences=True,
            name=f"{architecture}_{number}",
        )(x)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=seeds.next(), name="drop_features")(x)
    x = keras.layers.Concatenate(name="features_and_clock")([x, clock])  # a full bar decides at once what comes
    logits = layers.Dense(
        vectorizer.vocabulary_size,
        kernel_initializer=seeds.initializer("glorot_uniform"),
        dtype="float32",
        name="logits",
    )(x)
    return ids, logits
