"""The table of word vectors at the beginning of every model of text: random, or begun with pre-trained ones (T1)."""

import os

import numpy as np

from kseq import layers
from kseq.data import WordVectors, load_word_vectors
from kseq.data.errors import counted
from kseq.data.word_vectors import vectors_width
from kseq.layers.tied_embedding import TiedEmbedding
from kseq.tasks.arguments import check_positive

_said = set()  # what has been said of tables that are begun, so that three seeds say it once


def word_table(
    vectorizer,
    vocabulary_size,
    embedding_dim,
    embeddings,
    seeds,
    mask_zero=True,
    name="embedding",
    kind=layers.Embedding,
    initializer=None,
):
    """The `Embedding` layer of a model.

    With `embeddings` each token that has a pre-trained vector begins with it, in whatever case the file writes it; all
    others begin with random numbers of the same mean and spread. All of them are trained further. A table that makes
    the scores of a GPT, too (`TiedEmbedding`), is scaled to the spread it has without. The numbers go into
    the weights, so a saved model does not need the file. How many tokens were found is said once.

    Args:
        vectorizer: Whose `readable_vocabulary` names the tokens; `None` for a model built from a plain size.
        vocabulary_size: Number of ids, padding and unknown included.
        embedding_dim: Width of a vector; with `embeddings` theirs, see `embedding_width`.
        embeddings: A `kseq.data.WordVectors`; the path of a GloVe, word2vec or fastText file; or `None`.
        seeds: `kseq.tasks.arguments.Seeds`; one seed is taken.
        mask_zero: Whether id 0 is masked.
        name: Name of the layer.
        kind: The class of the layer.
        initializer: Of the numbers without `embeddings`. Default: uniform, from `seeds`.

    Returns:
        A layer: ids `(batch_size, sequence_length)` → vectors `(batch_size, sequence_length, embedding_dim)`.

    Raises:
        ValueError: `embeddings` is something else, has no word of the vocabulary, or there is no vectorizer to tell
            which id is which word.
    """
    if initializer is None:
        initializer = seeds.initializer("uniform")
    layer = kind(vocabulary_size, embedding_dim, mask_zero=mask_zero, embeddings_initializer=initializer, name=name)
    if embeddings is not None:
        check_embeddings(embeddings)
        if vectorizer is None:
            raise ValueError(
                "`embeddings` needs to know which id is which word: build the model with a dataset's `.vectorizer`. "
                "Received: a plain vocabulary size"
            )
        layer.build((None, None))
        random = layer.get_weights()[0]
        table = filled(random, vectorizer, embeddings, seeds.next())
        if isinstance(layer, TiedEmbedding):  # it makes the scores, too: they must begin as small as without
            table *= random.std() / table.std()
        layer.embeddings.assign(table)
    return layer


def filled(table, vectorizer, embeddings, seed):
    """The table, float32 `(vocabulary_size, width)`, with the pre-trained vectors in their rows."""
    tokens = vectorizer.readable_vocabulary
    if not isinstance(embeddings, WordVectors):
        embeddings = load_word_vectors(embeddings, words=tokens)
    if embeddings.width != table.shape[1]:
        raise ValueError(
            f"`embedding_dim` must be the width of `embeddings`, {embeddings.width}. "
            f"Received: embedding_dim={table.shape[1]}"
        )
    rows = embeddings.rows_of(tokens)
    found = rows >= 0
    if not found.any():
        raise ValueError(
            f"`embeddings` must have vectors for words of the vocabulary ({', '.join(map(repr, tokens[:4]))}, …). "
            f"Received: {embeddings!r} with none of them"
        )
    known = embeddings.matrix[rows[found]]
    random = np.random.default_rng(seed)
    table = random.normal(known.mean(axis=0), known.std() or 0.05, table.shape).astype(np.float32)
    table[len(table) - len(tokens) :][found] = known
    say_once(
        f"{embeddings.name}: vectors for {found.sum():,} of {counted(len(tokens), vectorizer._unit)} of the vocabulary"
        + "".join(f"; {note}" for note in embeddings.notes)
    )
    return table


def embedding_width(embedding_dim, embeddings, default=None):
    """How wide the table is: as `embeddings`, if there are any; else `embedding_dim`, or the default if it is `None`.

    Raises:
        ValueError: there is a default, but somebody asked for another width than that of `embeddings`.
    """
    if default is not None and embedding_dim is not None:
        check_positive("embedding_dim", embedding_dim)
    if embeddings is None:
        return default if embedding_dim is None else embedding_dim
    check_embeddings(embeddings)
    width = vectors_width(embeddings)
    if default is not None and embedding_dim not in (None, width):
        raise ValueError(
            f"`embedding_dim` must be the width of `embeddings`, {width}, or be left out. "
            f"Received: embedding_dim={embedding_dim}"
        )
    return width


def check_embeddings(embeddings):
    """Refuses what is neither word vectors nor the path of a file with some."""
    if not isinstance(embeddings, WordVectors | str | os.PathLike):
        raise ValueError(
            "`embeddings` must be a kseq.data.WordVectors, the path of a GloVe, word2vec or fastText file, or None. "
            f"Received: {type(embeddings).__name__}"
        )


def say_once(line):
    """Prints a line, unless it has been printed."""
    if line not in _said:
        _said.add(line)
        print(line)
