"""Synthetic pairs of reviews: the same words in another order mean the opposite (course rows S3, S8).

A small grammar writes them; they are no real reviews. Both texts of a pair hold exactly the same words, one of them
praises and the other one blames. Whoever only counts words, or pairs of neighbours, gives both the same answer and is
right half of the time.
In the test split every content word (things, places, openings) is one that no training text holds; the words of
praise and blame are the same everywhere.
"""

import random
from pathlib import Path

from kseq.data.sources import Source
from kseq.data.tables import Table


def _words(line):
    return tuple(line.split())


PRAISE = _words(
    "amazing beautiful brilliant charming delightful excellent fantastic good great impressive lovely "
    "marvellous perfect pleasant splendid superb terrific wonderful"
)
BLAME = _words(
    "awful bad bland boring clumsy disappointing dismal dreadful dull horrible lousy mediocre miserable nasty "
    "poor tedious terrible weak"
)

# Content words, (training and validation, test).
THINGS = (
    _words(
        "bakery bar blender book bread breakfast cafe camera chair charger cheese chocolate clinic coffee comedy "
        "concert course curry dentist desk dinner documentary drama exhibition ferry festival film fridge game "
        "garden guide headset hostel hotel jacket kettle keyboard lamp laptop lunch market menu mixer musical novel "
        "opera oven pancake pasta phone pizza play podcast pool printer restaurant salad sandwich series service "
        "show soup steak story tablet tea toaster tour trailer trip waiter watch"
    ),
    _words(
        "aquarium backpack ballet burger cabin cruise drill dumpling gallery gym kayak library microphone museum "
        "noodle router sauna scooter sofa stew tent thriller vacuum zoo"
    ),
)
PLACES = (
    _words(
        "Accra Athens Bergen Bogota Boston Cairo Chennai Dakar Dublin Geneva Hanoi Havana Helsinki Jakarta Kyoto "
        "Lagos Leeds Lima Lisbon Madrid Manila Milan Nairobi Naples Oslo Paris Prague Quito Riga Rome Seoul Sofia "
        "Sydney Toronto Turin Vienna Warsaw Zurich"
    ),
    _words("Bilbao Cork Delhi Ghent Krakow Malmo Perth Porto Salzburg Tampere Tunis Utrecht"),
)
OPENINGS = (
    _words(
        "admittedly basically frankly generally honestly incidentally objectively personally plainly seriously "
        "simply surprisingly truly"
    ),
    _words("briefly candidly clearly curiously evidently overall undeniably"),
)

_PATIENCE = 10_000  # texts written before, one after the other, until the grammar counts as exhausted

# name -> praise; {p} and {n} are words of praise and of blame, {thing} and {place} content words. The blame is the
# same with {p} and {n} swapped. Both stand between the same two neighbours, so that not even pairs of words tell the
# texts apart. In some constructions the last judgement counts, in others the first: neither rule gets far.
CONSTRUCTIONS = {
    "late turn": "at first the {thing} was {n} for us but by the end it was {p} for us",
    "then and now": "last year we had a {n} time in {place} and this year we had a {p} time there",
    "expectation": "i expected to find a {n} {thing} and in {place} i found a {p} {thing}",
    "fear": "we feared that the {thing} might be {n} somehow and it turned out to be {p} somehow",
    "correction": "do not call the {thing} {n} here, call the {thing} {p} here",
    "far from": "far from being {n} here, the {thing} in {place} ended up being {p} here",
    "from to": "in one year the {thing} in {place} went from being {n} indeed to being {p} indeed",
    "despite": "despite a {n} hour in {place} it was a {p} hour with the {thing}",
    "others and me": "my friends in {place} found the {thing} {n} enough while i found the {thing} {p} enough",
    "me and others": "i would say the {thing} was {p} for me even if others say it was {n} for them",
    "truth": "it is not true that the {thing} is {n} there, it is true that the {thing} is {p} there",
    "never and always": "it is never the case that the {thing} is {n} again, it is always so that it is {p} again",
    "always and never": "it is always the case that the {thing} is {p} again and never so that it is {n} again",
    "rather than": "i would call it a {p} {thing} rather than call it a {n} {thing}",
    "afterthought": "what i found in {place} is a {p} {thing} and certainly not a {n} {thing}",
    "wrong belief": "whoever calls the {thing} {n} again is wrong and whoever calls the {thing} {p} again is right",
    "right belief": "whoever calls the {thing} {p} again is right and whoever calls the {thing} {n} again is wrong",
    "advice": "go to {place} if you want a {p} {thing}, stay at home if you want a {n} {thing}",
}


def contrast_pairs(count, seed=0, held_out=False):
    """Writes pairs of opposite texts.

    Args:
        count: number of pairs; each construction gets the same share.
        seed: fixes the pairs.
        held_out: whether to use the content words of the test split instead of those of training.

    Returns:
        List of `(praise, blame, construction)`; no text occurs twice, not even behind another opening.
    """
    dice, used, pairs = random.Random(f"{seed} {held_out}"), set(), []
    names, failures = list(CONSTRUCTIONS), 0
    while len(pairs) < count:
        construction = names[len(pairs) % len(names)]
        words = {
            "p": dice.choice(PRAISE),
            "n": dice.choice(BLAME),
            "thing": dice.choice(THINGS[held_out]),
            "place": dice.choice(PLACES[held_out]),
        }
        opening = dice.choice(["", f"{dice.choice(OPENINGS[held_out])}, "])
        praise = CONSTRUCTIONS[construction].format(**words)
        blame = CONSTRUCTIONS[construction].format(**{**words, "p": words["n"], "n": words["p"]})
        if praise in used:
            failures += 1
            if failures > _PATIENCE:
                raise ValueError(f"The grammar cannot write that many different pairs. Received: count={count}")
            continue
        used.add(praise)
        failures = 0
        pairs.append((opening + praise, opening + blame, construction))
    return pairs


def contrast_source(train_pairs=2_000, validation_pairs=250, test_pairs=500, seed=0):
    """The contrast set as a `kseq.data.sources.Source` with a ready split; both texts of a pair share theirs."""
    own = contrast_pairs(train_pairs + validation_pairs, seed)
    parts = {
        "train": own[:train_pairs],
        "validation": own[train_pairs:],
        "test": contrast_pairs(test_pairs, seed, held_out=True),
    }
    tables, first = [], 0
    for split, pairs in parts.items():
        table = Table(Path(f"contrast-{split}"), "synthetic", "UTF-8", extra={"construction": [], "pair": []})
        for number, (praise, blame, construction) in enumerate(pairs, first):
            table.texts += [praise, blame]
            table.labels += ["positive", "negative"]
            table.extra["construction"] += [construction] * 2
            table.extra["pair"] += [number] * 2
        table.lines = list(range(1, len(table.texts) + 1))
        first += len(pairs)
        tables.append((split, table))
    notes = [
        "synthetic: written by a grammar, no real reviews",
        "the two texts of a pair hold the same words, even the same pairs of neighbours, in another order and have "
        "opposite labels",
        "things, places and openings of the test split occur in no other split",
    ]
    return Source(f"{len(CONSTRUCTIONS)} constructions, seeded, ready split", tables, notes)
