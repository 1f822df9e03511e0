"""`load_tagged_sentences`: words with a tag each, for word labelling (course rows S5, G4)."""

import difflib
import os
from collections import Counter
from pathlib import Path

import numpy as np

from kseq.data.arguments import check_fractions
from kseq.data.errors import DataError, counted
from kseq.data.few_examples import few_examples
from kseq.data.reviews import bundled_path
from kseq.data.splits import SPLITS
from kseq.data.tagged.files import UNIVERSAL_TAGS, read_tagged, read_tagged_file
from kseq.data.tagged.vectorizer import sentence_key

LANGUAGES = ("en", "es", "ru")
MOST_TAGS = 60  # different tags of a set of tags; the largest in use have about 50
TAGGED = {
    "en": "English sentences with the 17 universal tags, written for this course; the default",
    "es": "Spanish sentences with the same tags",
    "ru": "Russian sentences with the same tags",
    "all": "the three languages together",
    "ambiguous": "synthetic English sentences in which only later words decide: Rest before …, Rest is …",
}


def load_tagged_sentences(
    source=None,
    *,
    seed=0,
    batch_size=32,
    word_column=None,
    tag_column=None,
    lowercase=True,
    max_tokens=None,
    min_count=1,
    vectorizer=None,
    validation_fraction=0.1,
    test_fraction=0.2,
):
    """Loads tagged sentences as a `TaggedDataset` whose parts go straight into `fit`.

    Equal sentences are always in the same split. Where the data is split already, the test part stays as it is, and
    sentences of training and validation that are equal to one of it are left out and counted.

    Args:
        source: `None` or `"en"`, `"es"`, `"ru"`, `"all"` (bundled), `"ambiguous"` (synthetic, row G4), or the path of
            your own data: CoNLL-U, CoNLL columns, or lines of word/TAG; a file, or a folder, perhaps with train, dev
            and test files. The format is recognised from the content. Names win over paths: `"./en"` is a path.
        seed: fixes the split, the order of the batches and what is synthetic.
        batch_size: sentences in a batch.
        word_column, tag_column: numbers of the columns, from 1, for files with columns; `None`: 2 and 4 (universal
            tags) in CoNLL-U; in other files those that a header names, else 1 and 2.
        lowercase: whether words are put in lower case for their ids; the spelling that a model sees besides keeps
            its capitals.
        max_tokens: largest vocabulary, the two reserved ids included; `None`: no limit.
        min_count: how often a word must occur in the training split to be part of the vocabulary. With 1, the default,
            "unknown" means: never seen in training.
        vectorizer: that of a trained model, so that the data is scored with the model's own numbers; `lowercase`,
            `max_tokens` and `min_count` are then its own.
        validation_fraction, test_fraction: share of sentences held out where the data is not split already.

    Returns:
        A `kseq.data.tagged.dataset.TaggedDataset`.

    Raises:
        DataError: the data cannot be read: file, line, what was expected, what was found.

    Example:

    >>> sentences = load_tagged_sentences()
    >>> model = build_tagging_model(sentences.vectorizer)
    >>> model.fit(sentences.train, validation_data=sentences.validation, epochs=10)
    """
    from kseq.data.tagged.dataset import TaggedDataset
    from kseq.data.tagged.vectorizer import TaggingVectorizer, check_tags

    fractions = check_fractions(validation_fraction, test_fraction)
    if vectorizer is not None and not isinstance(vectorizer, TaggingVectorizer):
        raise TypeError(f"`vectorizer` must be a TaggingVectorizer. Received: {type(vectorizer).__name__}")
    name, where, files, notes = _read(source, seed, word_column, tag_column)
    for _, file in files:
        notes += [f"{file.path.name}: {note}" if len(files) > 1 else note for note in file.notes]
    parts = split_sentences(files, fractions, seed, where, notes)
    tags = Counter(tag for rows in parts.values() for sentence in rows for tag in sentence.tags)
    if len(tags) < 2:
        raise DataError(f"{where}: expected two or more different tags, found only {next(iter(tags))!r}")
    if vectorizer is None:
        others = sorted(set(tags) - set(UNIVERSAL_TAGS))
        contractions = {}
        for split, file in files:
            for written, ways in file.contractions.items() if split in (None, "train") else ():
                contractions.setdefault(written, Counter()).update(ways)
        vectorizer = TaggingVectorizer.fit(
            [sentence.words for sentence in parts["train"]],
            [sentence.tags for sentence in parts["train"]],
            labels=sorted(tags) if others else UNIVERSAL_TAGS,
            max_tokens=max_tokens,
            min_count=min_count,
            lowercase=lowercase,
            contractions=contractions,
        )
    check_tags(vectorizer.tags, tags.elements(), where)
    notes += case_variants(tags)
    mixed = swapped([sentence for rows in parts.values() for sentence in rows])
    notes += [f"ATTENTION: {counted(len(tags), 'different tag')}{mixed}"] if mixed else []
    notes += few_examples({split: len(rows) for split, rows in parts.items()}, "sentence")
    kinds = ", ".join(dict.fromkeys(file.format for _, file in files))
    return TaggedDataset(
        parts, vectorizer, name=name, batch_size=batch_size, seed=seed, where=str(where), format=kinds, notes=notes
    )


def split_sentences(files, fractions, seed, where, notes):
    """A dictionary of split -> sentences. Equal sentences are never in two splits.

    Args:
        files: list of `(split or None, TaggedFile)`.
        fractions: shares for validation and test, where there is none.
        seed: fixes the choice.
        where: named in errors.
        notes: list to which remarks are added.
    """
    parts = {split: [] for split in SPLITS}
    for split, file in files:
        for sentence in file.sentences:
            sentence.extra.setdefault("file", file.path.name)
        parts[split or "train"] += file.sentences
    ready = [split for split in SPLITS[1:] if parts[split]]
    for later, split in ((("validation", "test"), "train"), (("test",), "validation")):
        held = {key_of(sentence) for other in later for sentence in parts[other]}
        kept = [sentence for sentence in parts[split] if key_of(sentence) not in held]
        left = len(parts[split]) - len(kept)
        if left:
            are = "is" if left == 1 else "are"
            notes.append(f"{counted(left, f'{split} sentence')} left out: {are} equal to one of {' or '.join(later)}")
        parts[split] = kept
    random = np.random.default_rng(seed)
    total = len(parts["train"])
    for split, fraction in zip(("test", "validation"), reversed(fractions), strict=True):
        if split in ready or not fraction:
            continue
        if ready:
            notes.append(f"no {split} file: {fraction:.0%} of the training sentences held out for it")
        parts["train"], parts[split] = hold_out(parts["train"], round(total * fraction), random)
    if not parts["train"] or (not ready and not parts["test"] and fractions[1]):
        lone = [sentence for _, file in files for sentence in file.sentences]
        hint = swapped(lone)
        if len(lone) == 1 and len(lone[0].words) > 1 and "columns" in files[0][1].format:
            hint = f" of {len(lone[0].words)} lines, a word a line: a blank line ends a sentence, and there is none"
        different = len({key_of(sentence) for sentence in lone})
        found = counted(different, "different sentence") + (f" among {total:,}" if different < total else "")
        raise DataError(f"{where}: expected enough different sentences to split, found {found}{hint}")
    return parts


def swapped(sentences):
    """A question where words and tags look as if they had changed places: few words, and more tags than words."""
    words = {word for sentence in sentences for word in sentence.words}
    tags = {tag for sentence in sentences for tag in sentence.tags}
    if len(tags) <= 1.5 * len(words) or len(words) > MOST_TAGS:
        return ""
    return "; are word and tag swapped? (word_column=2, tag_column=1)"


def case_variants(tags):
    """Remarks on tags that differ in case only; `tags` is a `Counter`."""
    groups = {}
    for tag in tags:
        groups.setdefault(tag.casefold(), []).append(tag)
    several = [sorted(group, key=lambda tag: -tags[tag]) for group in groups.values() if len(group) > 1]
    shown = "; ".join(" and ".join(f"{tag} ({counted(tags[tag], 'word')})" for tag in group) for group in several)
    return [f"ATTENTION: tags that differ in case only are different classes: {shown}"] if several else []


def hold_out(sentences, wanted, random):
    """`(kept, chosen)`: about `wanted` sentences drawn by lot, equal ones together, each part in its old order."""
    groups = {}
    for number, sentence in enumerate(sentences):
        groups.setdefault(key_of(sentence), []).append(number)
    groups, chosen = list(groups.values()), set()
    for i in random.permutation(len(groups))[: len(groups) - 1]:  # at least one stays
        if len(chosen) >= max(1, wanted):
            break
        chosen.update(groups[i])
    kept = [sentence for number, sentence in enumerate(sentences) if number not in chosen]
    return kept, [sentences[number] for number in sorted(chosen)]


def key_of(sentence):
    """Two sentences with the same key are the same sentence: case does not count."""
    return sentence_key(sentence.words)


def _read(source, seed, word_column, tag_column):
    """`(name, where, [(split or None, TaggedFile)], notes)` for a name or a path."""
    if not isinstance(source, str | os.PathLike | None):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    source = "en" if source is None else source
    if source in TAGGED and (word_column, tag_column) != (None, None):
        raise ValueError(f"`word_column` and `tag_column` are for files of your own. Received: source={source!r}")
    if source == "ambiguous":
        from kseq.data.tagged.ambiguous import ambiguous_files

        return source, "kseq's own grammar (synthetic)", ambiguous_files(seed=seed), []
    if source in TAGGED:
        files = []
        for language in LANGUAGES if source == "all" else (source,):
            file = read_tagged_file(bundled_path(f"tagged_{language}.conllu"))
            for sentence in file.sentences:
                sentence.extra["language"] = language
            files.append((None, file))
        where = files[0][1].path if len(files) == 1 else files[0][1].path.parent
        return source, where, files, []
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            name = path.resolve().name if path.is_dir() else path.stem
            return name, path, *read_tagged(path, word_column, tag_column)
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), TAGGED, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file or folder; {meant}names are {', '.join(TAGGED)}")
