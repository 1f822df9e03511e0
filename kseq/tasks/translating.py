"""From sentences to their translations, with what each word of them looked at."""

import keras
import numpy as np

from kseq.backend.compiled import Program, ProgramsByModel
from kseq.data.seen_sentences import remark_on_length, warn
from kseq.generation.conditional_beam import Search, best_targets
from kseq.generation.loops import rounded
from kseq.tasks.translation_networks import alignment_of

MOST_ROWS = 128  # beginnings that go through the decoder at once
UNKNOWN = "\ufffd"  # what a vectorizer writes for a word that it does not know

_kept = ProgramsByModel()


def translations(model, sentences, beam, length_penalty, unknown, max_words, align):
    """A list of `Translation`; see `TranslationModel.translate`.

    Args:
        align: whether the alignment is wanted; else it is computed only where a word is copied.
    """
    from kseq.tasks.translation import Translation

    vectorizer = model.vectorizer
    is_text = [bool(vectorizer.source.tokenize(text)) for text in sentences]
    rows = [np.asarray(row, "int32") for row in vectorizer.source_rows(sentences)] if sentences else []
    unit = "tokens" if vectorizer.source._unit == "word" else f"{vectorizer.source._unit}s"
    warn(remark_on_length(vectorizer, max(map(len, rows), default=0), unit))
    looks = alignment_of(model) is not None
    never = (vectorizer.pad_id, vectorizer.begin_id)
    if not (looks and unknown == "copy"):
        never = (*never, vectorizer.unknown_id)
    search = Search(vectorizer.begin_id, vectorizer.end_id, never, beam, length_penalty)
    # A blank line stays a blank line.
    result = [Translation("", 0.0, (), (), np.zeros((0, 0), "float32") if looks else None) for _ in sentences]
    # Sentences of similar length go together: least is padding, and the batch is done when its longest is.
    order = sorted((i for i, there in enumerate(is_text) if there), key=lambda i: len(rows[i]))
    size = max(1, MOST_ROWS // beam)
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        source = padded([rows[i] for i in chosen])
        longest = [max_words or 2 * len(rows[i]) + 10 for i in chosen]
        found = best_targets(model, {"source": source}, longest, search)
        weights = [None] * len(chosen)
        if looks and (align or any(vectorizer.unknown_id in ids for ids, _ in found)):
            weights = alignments(model, source, [ids for ids, _ in found])
        for i, (ids, score), seen in zip(chosen, found, weights, strict=True):
            source_words = tuple(vectorizer.source_tokens(sentences[i]))
            words = tuple(vectorizer.target_tokens(np.asarray(ids, "int32")))
            text = vectorizer.decode_target([ids])[0] if ids else ""
            seen = None if seen is None else seen[: len(ids), : len(rows[i])]
            if seen is not None:
                text, words = copied(text, words, source_words, seen)
            result[i] = Translation(text, score, source_words, words, seen)
    return result


def greedy_rows(model, source, longest):
    """What the model writes for rows of source ids, the most probable word each time: lists of ids without the end."""
    vectorizer = model.vectorizer
    search = Search(vectorizer.begin_id, vectorizer.end_id, (vectorizer.pad_id, vectorizer.begin_id))
    return [ids for ids, _ in best_targets(model, {"source": source}, longest, search)]


def copied(text, words, source_words, weights):
    """Text and words with each unknown word replaced by the source word that it looked at most.

    References:
        Luong et al. (2015), Addressing the rare word problem in neural machine translation.
    """
    words = list(words)
    for i, word in enumerate(words):
        if word == UNKNOWN:
            words[i] = source_words[int(weights[i].argmax())]
            text = text.replace(UNKNOWN, words[i], 1)
    return text, tuple(words)


def alignments(model, source, targets):
    """How much each target word looked at each source word: a list of arrays `(T, S)`; heads are averaged."""
    begin = model.vectorizer.begin_id
    target = padded([np.array([begin, *ids], "int32") for ids in targets])
    filled = rounded(len(source))
    source, target = (np.concatenate([rows, np.repeat(rows[:1], filled - len(rows), 0)]) for rows in (source, target))
    weights = alignment_program(model)(source, target)
    return list(keras.ops.convert_to_numpy(weights)[: len(targets)])


def alignment_program(model):
    """The compiled full pass `(source, target) -> (B, T, S)`."""

    def make():
        part = keras.Model({tensor.name: tensor for tensor in model.inputs}, alignment_of(model))

        def weights(source, target):
            weights = keras.ops.cast(part({"source": source, "target": target}, training=False), "float32")
            return keras.ops.mean(weights, axis=1) if len(weights.shape) == 4 else weights

        return Program(weights, model.variables, xla=False)

    return _kept.get(model, "alignment", make)


def padded(rows):
    """One int32 array with zeros behind the end of each row; few lengths are compiled."""
    length = rounded(max(8, *map(len, rows))) if len(rows) > 1 else rounded(max(8, len(rows[0])))
    result = np.zeros((len(rows), length), "int32")
    for own, row in zip(result, rows, strict=True):
        own[: len(row)] = row
    return result
