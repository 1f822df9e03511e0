"""GPT: `build_gpt_model`, a decoder-only Transformer of a published size, or of your own (L1)."""

import difflib
from collections.abc import Mapping

from kseq.scale import ScaleError, architecture
from kseq.tasks.arguments import Seeds, check_clipnorm, check_fraction, check_heads, check_positive
from kseq.tasks.decoder_only import check_can_be_built, decoder_only
from kseq.tasks.machine_memory import check_fits
from kseq.tasks.text import PEAKS, TextModel, compiled
from kseq.tasks.vocabulary import vocabulary_of
from kseq.tasks.word_table import embedding_width

STANDARD = "tiny"  # what a mapping that leaves something out is filled up with


def build_gpt_model(
    vectorizer,
    config=STANDARD,
    *,
    embeddings=None,
    dropout=0.0,
    learning_rate=PEAKS["transformer"],
    clipnorm=1.0,
    seed=None,
    name="gpt",
    **sizes,
):
    """Builds and compiles a GPT: a decoder-only Transformer that predicts the next token (L1).

    Args:
        vectorizer: A dataset's `.vectorizer`; or the vocabulary size, an integer that includes ids 0 (padding)
            and 1 (unknown), for those who bring arrays of ids.
        config: The name of a size, such as `"tiny"` (4 layers, 4 heads, width 128, context 64), `"mini"` (6, 6,
            384, 256) or the published `"gpt2"` and `"gpt3-175b"` (all of them: `kseq.scale.ARCHITECTURES`); a
            `kseq.scale.Architecture`; or a mapping of its fields, which is filled up from `"tiny"`.
        embeddings: Pre-trained word vectors to begin with (T1), for tokens that are words: a
            `kseq.data.WordVectors`, or the path of a GloVe, word2vec or fastText file. They decide about
            `embedding_dim`.
        dropout: Fraction of entries that are dropped in training: of the vectors and of what each part gives.
        learning_rate: Of the Adam optimizer. A number is the peak of a rate that warms up and then falls to 0 over
            each call of `fit` (see `FitSchedule`); a `keras.optimizers.schedules.LearningRateSchedule` is used as
            it is.
        clipnorm: Gradients longer than this, per weight, are shortened (R10). `None` for no clipping.
        seed: Integer that fixes weights and dropout.
        name: Name of the model.
        **sizes: Fields of `config` that shall be otherwise, such as `num_layers=2` or `position="learned"`.

    Returns:
        A compiled `TextModel`, a `keras.Model` with the verb `generate(prompt)`. Input: ids of shape
        `(batch_size, sequence_length)`. Output: logits of shape `(batch_size, sequence_length, vocabulary_size)`.
        It has exactly `kseq.scale.parameters(config, vocabulary_size=…)` parameters.

    Raises:
        ValueError: The model needs more memory than the machine has (the message names the GiB, and nothing was
            allocated); a name or field is unknown (near ones are offered); or an argument is out of its range.

    Masks: id 0 is padding and goes at the end; no result before it depends on it, for nothing looks ahead, and it
    does not count in the loss.

    Example:

    >>> text = load_text("verse", context_length=64)
    >>> model = build_gpt_model(text.vectorizer, config="tiny")
    >>> model.fit(text.train, validation_data=text.validation, epochs=10)
    >>> model.generate("Roses are red")

    References:
        Radford et al. (2018), Improving language understanding by generative pre-training; Radford et al. (2019);
        Brown et al. (2020). Row L1 of the course map.
    """
    check_fraction("dropout", dropout)
    check_clipnorm(clipnorm)
    vocabulary_size, vectorizer = vocabulary_of(vectorizer)
    if embeddings is not None:
        sizes["embedding_dim"] = embedding_width(None, embeddings)
    wanted = sizes_of(config, {**sizes, "vocabulary_size": vocabulary_size})
    check_can_be_built(wanted)
    check_fits(wanted)
    ids, logits = decoder_only(wanted, vectorizer, dropout, Seeds(seed), embeddings)
    return compiled(TextModel(ids, logits, name=name), learning_rate, clipnorm)


def sizes_of(config, changes):
    """The `Architecture` of a name or mapping, with the changes."""
    if isinstance(config, Mapping):
        changes, config = {**config, **changes}, STANDARD
    known = set(type(architecture(STANDARD)).__dataclass_fields__)
    for field in changes:
        if field not in known:
            near = difflib.get_close_matches(str(field), known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(sorted(known))}."
            raise ScaleError(f"A GPT has no size {field!r}.{hint} Received: {field}={changes[field]!r}")
    sizes = architecture(config)
    if "key_dim" not in changes and "key_dim" in sizes._derived:
        width, heads = (changes.get(field, getattr(sizes, field)) for field in ("embedding_dim", "num_heads"))
        check_positive("embedding_dim", width)
        check_positive("num_heads", heads)
        check_heads(width, heads, changes.get("position", sizes.position))
    return sizes.changed(**changes)
