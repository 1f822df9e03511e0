"""The first argument of every builder for text: a vectorizer, or a plain vocabulary size."""

from kseq.tasks.arguments import check_positive


def vocabulary_of(vectorizer):
    """Vocabulary size and vectorizer, `None` for a plain size.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(vectorizer, int) and not isinstance(vectorizer, bool):
        check_positive("vocabulary size", vectorizer)
        return vectorizer, None
    if not hasattr(vectorizer, "vocabulary_size"):
        raise ValueError(
            "The first argument must be a dataset's `.vectorizer` or a vocabulary size. "
            f"Received: {vectorizer!r} of type {type(vectorizer).__name__}"
        )
    return vectorizer.vocabulary_size, vectorizer


def classes_of(vectorizer, num_classes):
    """Vocabulary size, number of classes and vectorizer, whichever of the two first arguments was given."""
    vocabulary_size, vectorizer = vocabulary_of(vectorizer)
    if vectorizer is None:
        num_classes = 2 if num_classes is None else num_classes
    elif num_classes is not None and num_classes != vectorizer.num_classes:
        raise ValueError(
            f"`num_classes` must agree with the vectorizer's {vectorizer.num_classes} labels. "
            f"Received: num_classes={num_classes}"
        )
    else:
        num_classes = vectorizer.num_classes
    if num_classes < 2:
        raise ValueError(f"A classifier needs at least two classes. Received: num_classes={num_classes}")
    return vocabulary_size, num_classes, vectorizer


def check_same_vocabulary(vectorizer, pretrained, argument="pretrained"):
    """Refuses a vectorizer whose ids mean something else than those a model was trained with.

    Labels and `max_length` may differ: they have nothing to do with what an id means.

    Raises:
        ValueError: one line that shows where the two differ first.
    """
    ours, theirs = described(vectorizer), described(pretrained)
    if ours != theirs:
        raise ValueError(
            f"`{argument}` was trained with another vocabulary, so its word vectors belong to other words: "
            f"{difference(ours, theirs)}. Load the data with `vectorizer=` of the text it was trained on"
        )


def described(vectorizer):
    """What an id means: kind of tokens, whether in lower case, and the tokens; or a plain size."""
    if vectorizer is None or isinstance(vectorizer, int):
        return vectorizer
    return type(vectorizer).__name__, vectorizer.lowercase, list(vectorizer.vocabulary)


def difference(ours, theirs):
    """Where two descriptions differ first, in a few words."""
    if not (isinstance(ours, tuple) and isinstance(theirs, tuple)):
        names = [f"a plain size of {x}" if isinstance(x, int) else f"a {x[0]}" for x in (ours, theirs)]
        return f"{names[0]} here, {names[1]} there"
    if ours[0] != theirs[0]:
        return f"a {ours[0]} here, a {theirs[0]} there"
    if ours[1] != theirs[1]:
        return f"lowercase={ours[1]} here, lowercase={theirs[1]} there"
    ours, theirs = ours[2], theirs[2]
    for index, (mine, other) in enumerate(zip(ours, theirs, strict=False), 2):
        if mine != other:
            return f"{len(ours):,} tokens here, {len(theirs):,} there, and id {index} is {mine!r} here, {other!r} there"
    return f"{len(ours):,} tokens here, {len(theirs):,} there"
