"""Prompts: texts become rows of ids, or an error that says what the vocabulary does not know."""

import keras

from kseq.generation.errors import GenerationError
from kseq.layers.token_ids import TokenIds

SHOWN = 8  # unknown tokens named in an error


def find_vectorizer(model, vectorizer, vocabulary_size):
    """The vectorizer that was given, or the one in the model; it must match the model's scores."""
    found = vectorizer
    if found is None:
        found = getattr(model, "vectorizer", None) or next(carried(model), None)
    if found is None:
        raise GenerationError(
            f"The model {model.name!r} holds no vectorizer, so it cannot read a prompt: give with "
            "`vectorizer=` the one that made the ids it was trained on."
        )
    for name in ("ids", "decode", "vocabulary_size"):
        if not hasattr(found, name):
            raise GenerationError(
                f"`vectorizer` must have `ids`, `decode` and `vocabulary_size`, as those of kseq.data. "
                f"Received: vectorizer of type {type(found).__name__}"
            )
    if found.vocabulary_size != vocabulary_size:
        raise GenerationError(
            f"The vocabularies do not match: the model gives scores for {vocabulary_size} ids, the vectorizer has "
            f"vocabulary_size={found.vocabulary_size}. Use the vectorizer that the model was trained with."
        )
    return found


def carried(model):
    """The vectorizers inside a model, those of nested models too."""
    for layer in model.layers:
        if isinstance(layer, TokenIds) and layer.vectorizer is not None:
            yield layer.vectorizer
        elif isinstance(layer, keras.Model):
            yield from carried(layer)


def prompt_rows(prompt, vectorizer):
    """One list of ids for each prompt."""
    prompts = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(prompts, list | tuple) or not all(isinstance(text, str) for text in prompts):
        received = f"{prompt!r}" if not isinstance(prompt, list | tuple) else f"a list with {odd_one(prompt)!r}"
        raise GenerationError(f"`prompt` must be a string or a list of strings. Received: {received[:100]}")
    if not prompts:
        raise GenerationError("`prompt` is an empty list: expected at least one string.")
    return [ids_of(text, vectorizer) for text in prompts]


def odd_one(prompts):
    """The first of the prompts that is no string."""
    return next(text for text in prompts if not isinstance(text, str))


def ids_of(text, vectorizer):
    """The ids of one prompt; all of them known, and at least one."""
    ids = [int(i) for i in vectorizer.ids(text)]
    if not ids:
        raise GenerationError(
            "`prompt` is empty, so there is nothing to continue: give a first word or character, such as a line break, "
            f'prompt="\\n". Received: prompt={text!r}'
        )
    unknown = getattr(vectorizer, "unknown_id", None)
    if unknown not in ids:
        return ids
    tokens = list(vectorizer.tokenize(text)) if hasattr(vectorizer, "tokenize") else []
    if len(tokens) != len(ids):
        tokens = [text] * len(ids)
    strange = list(dict.fromkeys(token for token, i in zip(tokens, ids, strict=True) if i == unknown))
    more = f" and {len(strange) - SHOWN} more" if len(strange) > SHOWN else ""
    raise GenerationError(
        f"`prompt` holds what the model's vocabulary does not: {', '.join(map(repr, strange[:SHOWN]))}{more}. Leave it "
        f"out, or train on text that has it. Received: prompt={shortened(text)}"
    )


def shortened(text, limit=60):
    """A text for an error message."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
