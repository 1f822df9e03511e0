"""Synthetic sentences in which only later words tell the tag of a word (course row G4).

A small grammar writes them. Each holds one ambiguous word, its focus:

    Rest and relaxation are healthy       NOUN      Rest before your next class       VERB
    Pass me the orange                    NOUN      Pass me the orange marker         ADJ

What stands before the focus is the same for both tags, so whoever only looks back can only guess. Sometimes the
words right behind it are the same, too ("Rest before class" / "Rest before class is healthy").

The test split holds what training never shows: ambiguous words that no training sentence has, ambiguous words that
training shows with one of their tags only, now with the other one, and other words around them. The four sentences
above are in no split.
"""

import random
from pathlib import Path

from kseq.data.tagged.files import Sentence, TaggedFile

COURSE_SENTENCES = (  # row G4: sentence, place of the ambiguous word, its tag
    ("Rest and relaxation are healthy", 0, "NOUN"),
    ("Rest before your next class", 0, "VERB"),
    ("Pass me the orange", 3, "NOUN"),
    ("Pass me the orange marker", 3, "ADJ"),
)
_PATIENCE = 10_000  # sentences written before, one after the other, until the grammar counts as exhausted


def _words(*lines):
    return tuple(tuple(line.split()) for line in lines)


# Ambiguous words: in training with both tags, with the first only, with the second only, in the test split only.
NOUN_VERB = _words(
    "rest walk dance work sleep talk travel study swim practice run cook drink dream paint climb sail exercise play "
    "train help hope change fish hunt jump kick nap smoke vote",
    "stretch march jog surf",
    "hike ski skate row",
    "laugh whisper whistle dive cycle drive gallop paddle",
)
NOUN_ADJECTIVE = _words(
    "orange gold silver olive rose cream lime peach coral copper ruby lilac indigo maroon beige ivory sapphire khaki "
    "magenta cyan ochre teal brass chrome plastic",
    "plum bronze scarlet crimson",
    "violet emerald amber turquoise",
    "lemon cherry mint mustard lavender pearl",
)
SHARE = 0.02  # of the training sentences have an ambiguous word that they show with one tag only
# All other words that change: (training and validation, test).
OTHERS = {
    "thing": _words(
        "marker pen cup box bag chair hat coat lamp plate ring scarf shirt bottle bowl ball ribbon button pencil towel",
        "notebook spoon jacket curtain kite candle wallet blanket envelope",
    ),
    "need": _words("relaxation music fun silence water food company patience", "sunshine friendship harmony"),
    "adjective": _words(
        "healthy good important useful pleasant necessary wonderful cheap", "beneficial enjoyable harmless"
    ),
    "event": _words("class lesson exam meeting trip game lunch dinner", "lecture seminar interview"),
    "order": _words("relax eat listen breathe wait read think smile", "recover concentrate meditate"),
    "time": _words("morning evening afternoon winter summer", "night autumn"),
}
# Words with their tags; what stands before the focus, whatever its tag will be, and behind it by its tag.
ACTIVITY_BEFORE = ("", "", "", "Today/NOUN ,/PUNCT", "Remember/VERB :/PUNCT", "As/ADP always/ADV ,/PUNCT")
ACTIVITY_BEHIND = {
    "NOUN": (
        "and/CCONJ {need}/NOUN are/AUX {adjective}/ADJ",
        "is/AUX {adjective}/ADJ",
        "before/ADP {event}/NOUN is/AUX {adjective}/ADJ",
        "before/ADP your/PRON next/ADJ {event}/NOUN is/AUX {adjective}/ADJ",
        "in/ADP the/DET {time}/NOUN helps/VERB everyone/PRON",
        "with/ADP friends/NOUN helps/VERB you/PRON",
        "every/DET day/NOUN makes/VERB us/PRON strong/ADJ",
    ),
    "VERB": (
        "and/CCONJ {order}/VERB before/ADP the/DET {event}/NOUN",
        "and/CCONJ {order}/VERB every/DET day/NOUN",
        "before/ADP {event}/NOUN",
        "before/ADP your/PRON next/ADJ {event}/NOUN",
        "in/ADP the/DET {time}/NOUN",
        "with/ADP friends/NOUN",
        "every/DET day/NOUN",
        "when/SCONJ you/PRON can/AUX",
    ),
}
THING_BEFORE = (
    "Pass/VERB me/PRON the/DET",
    "Give/VERB her/PRON the/DET",
    "Show/VERB us/PRON the/DET",
    "Bring/VERB him/PRON the/DET",
    "I/PRON like/VERB the/DET",
    "She/PRON took/VERB the/DET",
    "We/PRON want/VERB the/DET",
)
THING_BEHIND = {
    "NOUN": (
        "",
        "",
        "on/ADP the/DET {thing}/NOUN",
        "and/CCONJ the/DET {thing}/NOUN",
        "now/ADV",
        "for/ADP {event}/NOUN",
    ),
    "ADJ": (
        "{thing}/NOUN",
        "{thing}/NOUN",
        "{thing}/NOUN and/CCONJ the/DET {thing}/NOUN",
        "{thing}/NOUN now/ADV",
        "{thing}/NOUN for/ADP {event}/NOUN",
    ),
}
KINDS = (  # ambiguous words, their two tags, what stands before and behind
    (NOUN_VERB, ("NOUN", "VERB"), ACTIVITY_BEFORE, ACTIVITY_BEHIND),
    (NOUN_ADJECTIVE, ("NOUN", "ADJ"), THING_BEFORE, THING_BEHIND),
)


def ambiguous_files(train=2_000, validation=200, test=400, seed=0):
    """The sentences in three splits, as `kseq.data.tagged.loader` splits them: no sentence occurs twice.

    Args:
        train, validation, test: number of sentences; half of them of each kind, half of those with each tag.
        seed: fixes them.

    Returns:
        List of `(split, kseq.data.tagged.files.TaggedFile)`. Each sentence has in `extra` the place of the ambiguous
        word, `"focus"`, and its two tags, `"construction"`.
    """
    used = {tuple(text.casefold().split()) for text, _, _ in COURSE_SENTENCES}
    files = []
    for split, count in {"train": train, "validation": validation, "test": test}.items():
        dice = random.Random(f"{seed} {split}")
        file = TaggedFile(Path(split), "synthetic sentences with one ambiguous word each")
        failures = 0
        while len(file.sentences) < count:
            number = len(file.sentences)
            sentence = ambiguous_sentence(dice, KINDS[number % 2], number // 2 % 2, split == "test")
            key = tuple(word.casefold() for word in sentence.words if word != ".")
            failures = failures + 1 if key in used else 0
            if failures > _PATIENCE:
                raise ValueError(f"The grammar cannot write that many different sentences. Received: {split}={count}")
            if key not in used:
                used.add(key)
                file.sentences.append(sentence)
        files.append((split, file))
    return files


def ambiguous_sentence(dice, kind, which, held_out):
    """One sentence: its ambiguous word has tag number `which` of its kind."""
    words, tags, before, behind = kind
    both, first_only, second_only, unseen = words
    shown, hidden = (first_only, second_only) if which == 0 else (second_only, first_only)
    in_training = shown if dice.random() < SHARE else both
    focus = dice.choice(hidden + unseen if held_out else in_training)
    begin = dice.choice(before).split()
    pieces = [
        *begin,
        f"{focus}/{tags[which]}",
        *dice.choice(behind[tags[which]]).split(),
        *dice.choice(["", "./PUNCT"]).split(),
    ]
    row = [piece.format(**{name: dice.choice(some[held_out]) for name, some in OTHERS.items()}) for piece in pieces]
    words, tags = zip(*(piece.rsplit("/", 1) for piece in row), strict=True)
    words = [words[0].capitalize(), *words[1:]]
    return Sentence(words, list(tags), extra={"focus": len(begin), "construction": " or ".join(kind[1])})
