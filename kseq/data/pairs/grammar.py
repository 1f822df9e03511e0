"""Synthetic English–French pairs in which one word far away decides (course rows Q6, Q3).

"The animal didn't cross the street because it was too tired": *it* is the animal, in French *il*. "… too wide": *it* is
the street, *elle*. A small grammar writes such pairs, at any scale; they are no natural text. It also writes plain
descriptions, "I see a small white cat", "Je vois un petit chat blanc", which teach the genders and another order
of words.

In the test split no two nouns stand together that do so in a training sentence, they always differ in gender, and each
sentence comes twice, once with an adjective for each noun. So whoever looks at one noun only, or has learned
combinations by heart, is right half of the time.
"""

import functools
import random
import re
from dataclasses import dataclass

from kseq.data.pairs.files import PairTable
from kseq.data.pairs.grammar_words import (
    BEFORE,
    BEHIND,
    CAUSES,
    OBJECTS,
    OF_OBJECTS,
    OF_SUBJECTS,
    PLANS,
    SUBJECTS,
    TIMES,
    VERBS,
)

DESCRIPTIONS = 0.4  # share of the pairs
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
_PATIENCE = 500  # sentences written before, one after the other, until descriptions count as exhausted
_VOWELS = "aeiouhyàâéèêëîïôûœ"
NO_LOOK = ("", None, None)  # adjectives beside a noun: English, before the French noun, behind it
STREETS = [noun for noun in OBJECTS if noun.english == "street"]


@dataclass(frozen=True)
class Agreement:
    """A pair whose pronoun agrees with one of two nouns.

    source, target: the sentences.
    referent: the English noun that "it" refers to.
    rival: the other one.
    pronoun: "il" or "elle".
    """

    source: str
    target: str
    referent: str
    rival: str
    pronoun: str


def agreements(dataset, split="test"):
    """The pairs of `load_sentence_pairs("grammar")` in which a pronoun agrees, as a list of `Agreement`.

    Args:
        dataset: the `PairDataset` of the grammar.
        split: name of the split.
    """
    frame = dataset.frame
    if "referent" not in frame:
        raise ValueError(f"`dataset` must be load_sentence_pairs('grammar'). Received: {dataset.name!r}")
    kept = frame[(frame.split == split) & (frame.kind == "agreement")]
    return [Agreement(*row) for row in kept[["source", "target", "referent", "rival", "pronoun"]].to_numpy()]


def pronoun_in(translation):
    """ "il" or "elle", as a French translation has it behind "parce qu'" or "car"; `None` if there is neither."""
    found = re.search(r"(?:parce\s+qu['’]\s*|\bcar\s+)(il|elle)\b", translation.casefold())
    return found and found.group(1)


def right_pronouns(translations, agreed):
    """Share of translations with the right pronoun.

    Args:
        translations: list of French sentences.
        agreed: the `Agreement` of each.
    """
    pairs = list(zip(translations, agreed, strict=True))
    return sum(pronoun_in(text) == own.pronoun for text, own in pairs) / len(pairs)


def grammar_tables(count, seed=0):
    """Writes pairs in three splits.

    Args:
        count: number of pairs of all splits together, at least 20.
        seed: fixes them.

    Returns:
        `(tables, extra)`: a `PairTable` for each split, and the columns `kind`, `referent`, `rival`, `pronoun` of all
        their rows.
    """
    if count < 20:
        raise ValueError(f"`max_pairs` must be at least 20 for the grammar. Received: max_pairs={count}")
    tables, rows = [], []
    held = {split: round(count * share) for split, share in SHARES.items() if split != "train"}
    for split in SHARES:
        number = held.get(split, count - sum(held.values()))
        own = _written(number, split, seed)
        table = PairTable(f"grammar-{split}", "written by a seeded grammar, ready split", "UTF-8", split=split)
        table.languages = ("English", "French")
        for line, (source, target, *_) in enumerate(own, 1):
            table.add(line, source, target)
        tables.append(table)
        rows += own
    names = ("kind", "referent", "rival", "pronoun")
    return tables, {name: [row[place] for row in rows] for place, name in enumerate(names, 2)}


def _written(count, split, seed):
    """So many rows of a split, none twice: `(source, target, kind, referent, rival, pronoun)`."""
    dice = random.Random(f"{seed} {split}")
    # The course's example comes first: the first words of all lists.
    course = _twin_rows(*(own[0] for own in (SUBJECTS, STREETS, TIMES, PLANS, VERBS, CAUSES, OF_SUBJECTS, OF_OBJECTS)))
    rows = {row[0]: row for row in course} if split == "test" else {}
    wanted, failures = round(count * DESCRIPTIONS) + len(rows), 0
    while len(rows) < wanted and failures < _PATIENCE:
        row = _description(dice, split, seed)
        failures = failures + 1 if row is None or row[0] in rows else 0
        if row is not None:
            rows.setdefault(row[0], row)
    while len(rows) < count:
        for row in _twins(dice, split, seed):
            if len(rows) < count:
                rows.setdefault(row[0], row)
    return list(rows.values())


@functools.lru_cache(maxsize=8_192)
def _split_of(first, second, seed):
    """The split that two words may stand together in, as if by lot; the course's example is one to be tested on."""
    if (first, second) == ("animal", "street"):
        return "test"
    lot = random.Random(f"{first} {second} {seed}").random()
    return "train" if lot < 0.75 else "validation" if lot < 0.85 else "test"


def _twins(dice, split, seed):
    """A sentence about two nouns, once with an adjective for the one and once for the other."""
    subject, thing = dice.choice(SUBJECTS), dice.choice(OBJECTS)
    if _split_of(subject.english, thing.english, seed) != split:
        return []
    if split != "train" and subject.gender == thing.gender:
        return []
    choices = [dice.choice(own) for own in (TIMES, PLANS, VERBS, CAUSES, OF_SUBJECTS, OF_OBJECTS)]
    rows = _twin_rows(subject, thing, *choices, _look(dice), _look(dice))
    return rows if split != "train" else [dice.choice(rows)]


def _twin_rows(subject, thing, time, plan, verb, cause, of_subject, of_thing, look=NO_LOOK, place=NO_LOOK):
    begin = [
        f"{time[0]} the {look[0]}{subject.english} {plan[0].format(verb.english)} the {place[0]}{thing.english}",
        f"{time[1]} {_the(subject, look)} {_plan(plan[1], verb)} {_the(thing, place)}",
    ]
    rows = []
    for noun, rival, quality in ((subject, thing, of_subject), (thing, subject, of_thing)):
        pronoun = "il" if noun.gender == "m" else "elle"
        source = f"{begin[0]} {cause[0]} it was too {quality.english}."
        target = f"{begin[1]} {cause[1]}{pronoun} était trop {quality.of(noun)}."
        rows.append((_sentence(source), _sentence(target), "agreement", noun.english, rival.english, pronoun))
    return rows


def _description(dice, split, seed):
    """A sentence that says what a noun is like; `None` if its words may not stand together in this split."""
    noun = dice.choice(SUBJECTS + OBJECTS)
    look = _look(dice, often=True)
    if _split_of(noun.english, look[0], seed) != split:
        return None
    article = "un" if noun.gender == "m" else "une"
    phrase = _phrase(noun, look)
    seen = f"{look[0]}{noun.english}"
    an = "an" if seen[0] in "aeiou" else "a"
    kind = dice.randrange(4)
    source, target = (
        (f"i see {an} {seen}.", f"je vois {article} {phrase}."),
        (f"where is the {seen}?", f"où est {_the(noun, look)} ?"),
        (f"this is {an} {seen}.", f"c'est {article} {phrase}."),
        (f"the {seen} was not there.", f"{_the(noun, look)} n'était pas là."),
    )[kind]
    return _sentence(source.replace("i see", "I see")), _sentence(target), "description", "", "", ""


def _look(dice, often=False):
    """Adjectives beside a noun, as in `NO_LOOK`."""
    size = dice.choice(BEFORE) if dice.random() < (0.4 if often else 0.15) else None
    colour = dice.choice(BEHIND) if dice.random() < (0.6 if often else 0.25) else None
    return "".join(f"{word.english} " for word in (size, colour) if word), size, colour


def _phrase(noun, look):
    """A French noun with its adjectives in their places: "petit chat blanc"."""
    _, before, behind = look
    return " ".join([*([before.of(noun)] if before else []), noun.french, *([behind.of(noun)] if behind else [])])


def _the(noun, look):
    phrase = _phrase(noun, look)
    if phrase[0] in _VOWELS:
        return f"l'{phrase}"
    return f"{'le' if noun.gender == 'm' else 'la'} {phrase}"


def _plan(pattern, verb):
    text = pattern.format(done=verb.done, do=verb.french)
    return re.sub(rf"\bde (?=[{_VOWELS}])", "d'", text)


def _sentence(text):
    text = " ".join(text.split())
    return text[0].upper() + text[1:]
