"""What a model has seen in training, kept in its vectorizer: nobody scores it on its training examples unawares.

Another `seed`, sample or longest sentence than in the training makes another split of the same data, and most of its
test sentences were trained on. A vectorizer cannot keep all training sentences, so it keeps the smallest of their
hashes (a bottom-k sketch): of all sentences whose hash is as small as that, it knows whether they were there.
"""

import hashlib
import warnings

KEPT = 512  # hashes: about 5 kB in a saved model
DIGITS = 10  # hexadecimal, of a hash: chance meetings are 1 in 10¹²
ENOUGH = 0.02  # share of sentences seen, below which other data just has a few sentences in common


def seen_of(keys):
    """The sketch of training sentences, a string.

    Args:
        keys: a string for each sentence, the same for sentences that count as equal.
    """
    return "".join(sorted({_hash(key) for key in keys})[:KEPT])


def share_seen(seen, keys):
    """About which share of sentences was in the training: a number from 0 to 1.

    Args:
        seen: what `seen_of` returned for the training sentences.
        keys: those of the sentences in question.
    """
    known = {seen[place : place + DIGITS] for place in range(0, len(seen), DIGITS)}
    hashes = {_hash(key) for key in keys}
    if len(known) == KEPT:
        last = max(known)
        hashes = {one for one in hashes if one <= last}  # of the others nothing is known
    return len(hashes & known) / len(hashes) if hashes else 0.0


def remark_on_seen(vectorizer, dataset, split, unit="sentences"):
    """One line on held-out sentences that the model was trained on; `None` where there is nothing to say.

    Args:
        vectorizer: the model's, with the sketch `.seen`.
        dataset: the dataset that is scored, with the method `keys`.
        split: name of the split; the training split may always be scored.
        unit: what is counted.
    """
    share = share_seen(vectorizer.seen, dataset.keys(split)) if split != "train" and vectorizer.seen else 0.0
    if share <= ENOUGH:
        return None
    return (
        f"the model was trained on about {share:.0%} of these {split} {unit}, so its score says little: split the "
        f"data as in its training (seed={dataset.seed} here; sample, shares held out and lengths count, too)"
    )


def remark_on_length(vectorizer, longest, unit="words"):
    """One line on input far longer than all that the model was trained on; else `None`.

    Args:
        vectorizer: the model's, with `.longest`; 0 if that is not known.
        longest: the longest input.
        unit: what is counted.
    """
    if not vectorizer.longest or longest <= 2 * vectorizer.longest:
        return None
    return (
        f"a sentence has {longest:,} {unit}, the longest one in the training of this model {vectorizer.longest:,}: "
        "expect little of it, or cut it into sentences"
    )


def warn(remark):
    """Says a remark, if there is one, as a Python warning; the command line prints it as one line."""
    if remark:
        warnings.warn(remark, stacklevel=3)


def _hash(key):
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=DIGITS // 2).hexdigest()
