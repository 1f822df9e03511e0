"""`sense_separation`: does the vector of "bank" know which bank is meant? Layer by layer, beside controls."""

import time

import numpy as np
import pandas as pd

from kseq.data.synthetic.senses import TwoSenses, two_senses
from kseq.inspection.errors import InspectionError
from kseq.inspection.senses_model import MASK, HiddenWords, build_sense_model, vectors_at
from kseq.inspection.settings import check_positive_integers, list_of_seeds

COLUMNS = ("seed", "context", "layer", "word", "accuracy", "accuracy_both", "same", "other", "margin")
CONTEXTS = ("shown", "hidden")


def sense_separation(
    task=None,
    *,
    seeds=1,
    num_layers=2,
    num_heads=4,
    embedding_dim=64,
    steps=4000,
    batch_size=32,
    learning_rate=0.004,
    split="test",
    verbose=1,
):
    """Trains a small Transformer on words with two senses and measures how far apart the senses stand (row X5).

    The network learns to guess hidden words, as BERT did. It is never told that a word has two senses, nor which one
    is meant. Afterwards the vectors of the ambiguous word are read off after each layer, on held-out sentences. Each is
    given the sense whose training vectors have the nearer mean; the senses are known only to this measurement.

    Two things it is compared with:

    - layer 0 is the embedding, the same vector for every "bank": it cannot tell the senses apart;
    - with `context` `"hidden"` the same network reads the same sentences, but every word except the ambiguous one is
      hidden. It knows where the word stands, how long the sentence is, and nothing else. In the sentences of
      `two_senses` this tells nothing: the same place comes with either sense.

    Args:
        task: what `kseq.data.synthetic.two_senses` returns. Default: `two_senses(seed=seed)` for each seed.
        seeds: number of seeds (0, 1, …), or a list of seeds. A seed fixes weights, batches and hidden words.
        num_layers: number of Transformer blocks.
        num_heads: attention heads of each.
        embedding_dim: width of the vectors.
        steps: training steps.
        batch_size: sentences at each step.
        learning_rate: the highest one; it grows over the first tenth of the steps and then falls.
        split: `"test"`, whose neighbours never stood beside the ambiguous word in training, or `"validation"`, whose
            did.
        verbose: 0 for silence, 1 for one line per model.

    Returns:
        A `pandas.DataFrame`, one row for each seed, context, layer and word: `accuracy` (share of vectors given the
        right sense; guessing is right in half of them), `accuracy_both` (only sentences that hold both senses), `same`
        and `other` (mean cosine between two vectors of the same and of different senses, after the mean of all training
        vectors of the word is taken away), `margin` (`same - other`). `kseq.plot.sense_separation` draws it.
        `table.attrs` has the split, the guess, the steps and the seconds of training.

    Raises:
        InspectionError: An argument is out of its range; the message names it, what was expected and what came.

    Example:

    >>> table = kseq.sense_separation()
    >>> table[table.word == "bank"]

    References:
        Devlin et al. (2019), BERT (the objective); Wiedemann et al. (2019), Does BERT make any sense?
    """
    seeds = list_of_seeds(seeds)
    if task is not None and not isinstance(task, TwoSenses):
        raise InspectionError(f"`task` must come from two_senses(). Received: task={task!r}")
    if split not in ("validation", "test"):
        raise InspectionError(f"`split` must be 'validation' or 'test'. Received: split={split!r}")
    sizes = {"num_layers": num_layers, "num_heads": num_heads, "embedding_dim": embedding_dim}
    check_positive_integers({**sizes, "steps": steps, "batch_size": batch_size})
    if embedding_dim % num_heads or embedding_dim // num_heads % 2:
        raise InspectionError(
            f"`num_heads` must divide embedding_dim={embedding_dim} into heads of even width (pairs are turned by "
            f"position). Received: num_heads={num_heads}"
        )
    rows, seconds = [], []
    for seed in seeds:
        made = task or two_senses(seed=seed)
        if batch_size > made.size:
            raise InspectionError(
                f"`batch_size` must not be greater than the {made.size} training sentences. "
                f"Received: batch_size={batch_size}"
            )
        started = time.perf_counter()
        look = train(made, seed, steps, batch_size, learning_rate=learning_rate, **sizes)
        seconds.append(time.perf_counter() - started)
        found = [{"seed": seed, **row} for row in measure(look, made, split)]
        rows += found
        if verbose:
            print(f"seed {seed}: {summary(found, num_layers)}, {seconds[-1]:.0f} s", flush=True)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs = {"split": split, "guess": 0.5, "steps": steps, "seconds": seconds}
    return table


def train(task, seed, steps, batch_size, **sizes):
    """The model that shows its vectors, after training on hidden words."""
    ids = task.ids("train")
    vocabulary = task.vectorizer.vocabulary_size
    model, look = build_sense_model(vocabulary, ids.shape[1], steps=steps, seed=seed, **sizes)
    batches = HiddenWords(ids, vocabulary, batch_size, seed)
    for _ in range(steps):
        model.train_on_batch(*batches.next())
    return look


def measure(look, task, split):
    """A dictionary for each context, layer and word."""
    seen, asked = task.occurrences("train"), task.occurrences(split)
    for context in CONTEXTS:
        pairs = zip(
            vectors_at(look, in_context(task.ids("train"), seen, context), seen.sentence, seen.position),
            vectors_at(look, in_context(task.ids(split), asked, context), asked.sentence, asked.position),
            strict=True,
        )
        for layer, (train_vectors, vectors) in enumerate(pairs):
            for word, senses in task.senses.items():
                learnt, tried = (seen.word == word).to_numpy(), (asked.word == word).to_numpy()
                second = {
                    name: (table.sense[chosen] == senses[1]).to_numpy(bool)
                    for name, table, chosen in (("seen", seen, learnt), ("asked", asked, tried))
                }
                right = nearer_mean(train_vectors[learnt], second["seen"], vectors[tried], second["asked"])
                same, other = cosines(vectors[tried] - train_vectors[learnt].mean(axis=0), second["asked"])
                yield {
                    "context": context,
                    "layer": layer,
                    "word": word,
                    "accuracy": right.mean(),
                    "accuracy_both": right[asked.both[tried].to_numpy(bool)].mean(),
                    "same": same,
                    "other": other,
                    "margin": same - other,
                }


def in_context(ids, occurrences, context):
    """The sentences as they are, or with every word hidden but the ambiguous ones."""
    if context == "shown":
        return ids
    kept = ids == 0
    kept[occurrences.sentence, occurrences.position] = True
    return np.where(kept, ids, MASK).astype("int32")


def nearer_mean(learnt, learnt_second, vectors, second):
    """For each vector, whether the mean of its own sense is nearer: 1, 0, and 0.5 where both are as near."""
    first, other = learnt[~learnt_second].mean(axis=0), learnt[learnt_second].mean(axis=0)
    # d(first)² − d(other)² in one product: equal vectors get equal numbers, whatever the rounding
    lean = vectors @ (other - first) - (other @ other - first @ first) / 2
    if np.allclose(first, other, rtol=1e-4, atol=1e-6):  # the means differ by rounding only
        lean = np.zeros(len(vectors))
    return np.where(lean == 0, 0.5, (lean > 0) == second)


def cosines(vectors, second):
    """Mean cosine between two vectors of the same sense, and of different senses."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if lengths.max() < 1e-5:  # all alike: there is no direction to compare
        return 1.0, 1.0
    units = vectors / np.maximum(lengths, 1e-12)
    table, alike = units @ units.T, second[:, None] == second[None]
    same = alike & ~np.eye(len(vectors), dtype=bool)
    return float(table[same].mean()), float(table[~alike].mean())


def summary(rows, layer):
    """`accuracy 0.97 (both senses in one sentence 0.93), position only 0.50`."""
    last = {
        context: [row for row in rows if row["context"] == context and row["layer"] == layer] for context in CONTEXTS
    }
    shown, hidden = (np.mean([row["accuracy"] for row in last[context]]) for context in CONTEXTS)
    both = np.mean([row["accuracy_both"] for row in last["shown"]])
    return f"right sense {shown:.3f} (both senses in a sentence {both:.3f}), by position only {hidden:.3f}"
